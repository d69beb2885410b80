"""How a rule says no: a code that the API, the texts and the pages share."""


class Refused(Exception):
    """A request that the rules do not permit; `facts` go into the answer and its wording."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Invalid(Exception):
    """Fields that are wrong, all at once: (field, code, facts for the wording)."""

    def __init__(self, *errors: tuple[str, str, dict[str, object]]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code, _ in errors))
        self.errors = errors
