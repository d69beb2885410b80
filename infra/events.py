"""The catalogue of events that webhooks tell, drawn from the code into infra/WEBHOOKS.md: `python -m infra.events`."""

from collections.abc import Mapping
from pathlib import Path

from functions.shared.events import Told
from functions.shared.texts import Texts
from functions.workers.happenings import ABOUT, FACTS, PUBLISHED, Fact
from infra import drawn

PAGE = Path(__file__).with_name("WEBHOOKS.md")
BEGIN = "<!-- drawn from the code by `python -m infra.events` -->\n"


def catalogue() -> str:
    """Every event that is published, with what a history says of it, then what each fact means."""
    events = ["| event | what happened | facts of its own |", "|---|---|---|"]
    events += [_row(told) for _, told in sorted(PUBLISHED.items())]
    about, own = _facts("fact of every event, where it has one", ABOUT), _facts("fact", FACTS)
    return "\n".join([*events, "", *about, "", *own]) + "\n"


def drawn_into(page: str, drawing: str) -> str:
    """The page with the catalogue in its place. Raises ValueError when it has no place for one."""
    return drawn.into(page, BEGIN, drawing)


def _row(told: Told) -> str:
    wording = Texts("en").entry(told.history if told.in_history else f"{told.mails[0].texts}.subject")
    facts = ", ".join(f"`{name}`" for name in told.publishes or ())
    return f"| `{told.name}` | {wording} | {facts} |"


def _facts(head: str, facts: Mapping[str, Fact]) -> list[str]:
    rows = [f"| `{name}` | {fact.form} | {fact.meaning} |" for name, fact in facts.items()]
    return [f"| {head} | form | what it is |", "|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(drawn_into(PAGE.read_text("utf-8"), catalogue()), "utf-8")
