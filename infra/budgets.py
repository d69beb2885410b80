"""The table of all limits, drawn from the jobs that count them into infra/README.md: `python -m infra.budgets`."""

from pathlib import Path

from functions.onboarding import app as onboarding
from functions.shared.limits import DAY, HOUR, QUARTER, Limit
from functions.shared.refusal import TOO_MANY_TRIES, USED_UP
from functions.subscriptions import app as subscriptions
from functions.verification import app as verification
from infra import drawn

README = Path(__file__).parent / "README.md"
BEGIN = "<!-- drawn from the jobs by `python -m infra.budgets` -->\n"
_BEYOND = {"silenced": "answered alike, nothing is sent", "guarded": "a code of ten digits, not six"}
_WITHIN = {QUARTER: "15 minutes", HOUR: "an hour", DAY: "a day"}


def table() -> str:
    """All limits, each once, in the order of the jobs."""
    jobs = (*onboarding.JOBS, *subscriptions.JOBS, *verification.JOBS)
    limits = dict.fromkeys(limit for job in jobs for limit in job.limits)
    head = ["| what | of | at most | within | beyond it |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(_row, limits)]) + "\n"


def drawn_into(readme: str, drawing: str) -> str:
    """The page with the table in its place. Raises ValueError when it has no place for one."""
    return drawn.into(readme, BEGIN, drawing)


def _row(limit: Limit) -> str:
    what = f"{limit.what}, failed" if limit.counted == "failures" else limit.what
    code = USED_UP if limit.counted == "budget" else TOO_MANY_TRIES
    beyond = _BEYOND.get(limit.beyond, f"429 `{code.name}`")
    within = "a day in Paris" if limit.by_day else _WITHIN[limit.seconds]
    return f"| {what} | {limit.whose} | {limit.most:,} | {within} | {beyond} |"


if __name__ == "__main__":
    README.write_text(drawn_into(README.read_text("utf-8"), table()), "utf-8")
