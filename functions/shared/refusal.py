"""How a rule says no: a code that the API, the texts and the pages share."""

from datetime import date
from typing import TYPE_CHECKING

from functions.shared.texts import Language

if TYPE_CHECKING:
    from functions.shared.store import Write


class Refusal(Exception):
    """What a request is answered with when it is not done; said in `language` once the reader is known.

    `writes` are committed all the same: a wrong try that counts.
    """

    language: Language | None = None
    writes: "tuple[Write, ...]" = ()


class Refused(Refusal):
    """The rules do not permit it; `facts` go into the answer and its wording."""

    def __init__(self, code: str, **facts: str | int | date) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Invalid(Refusal):
    """Fields that are wrong, all at once: (field, code, facts for the wording)."""

    def __init__(self, *errors: tuple[str, str, dict[str, object]]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code, _ in errors))
        self.errors = errors
