"""The build names every loose end of what the jobs declare: a code, a reason, an event, an e-mail, a form, a date."""

from collections.abc import Mapping
from copy import replace
from pathlib import Path

import pytest

from functions.shared.events import Mail, Told
from functions.shared.fields import RequestModel
from functions.shared.form import Form
from functions.shared.job import AnyJob
from functions.shared.refusal import NOT_FOUND, TOO_LARGE, conflict
from functions.shared.texts import LANGUAGES
from functions.subscriptions.subscription import NOT_ACTIVE
from tests.site.conftest import change
from theme import declarations, jobs
from theme.failure import BuildFailed


class Nested(RequestModel):
    """What no form can ask for."""

    lines: list[str]


@pytest.fixture(autouse=True)
def catalogue(catalogue: Path) -> Path:
    """The texts are a copy, and the faults found before are forgotten."""
    return catalogue


def declare(monkeypatch: pytest.MonkeyPatch, job: AnyJob) -> None:
    """One job declares something else."""
    declared: Mapping[str, AnyJob] = {**jobs.jobs(), job.name: job}
    for module in (jobs, declarations):
        monkeypatch.setattr(module, "jobs", lambda: declared)


def test_nothing_is_left_loose() -> None:
    assert declarations.faults() == []


@pytest.mark.parametrize(
    ("topic", "old", "new", "faults"),
    [
        (
            "users",
            "[refused.no_seat_left]",
            "[refused.no_seat]",
            [
                *(f"users.refused.no_seat_left.{part} is missing (code no_seat_left)" for part in ("title", "detail")),
                "users.refused.no_seat: no code is worded by it",
                "users.refused.no_seat_left.reason is missing (an action refused with no_seat_left)",
                "users.refused.no_seat.reason: no action is refused with it",
            ],
        ),
        (
            "errors",
            "[refused.method_not_allowed]",
            "[refused.method]",
            [
                "errors.refused.method_not_allowed.title is missing (code method_not_allowed)",
                "errors.refused.method: no code is worded by it",
            ],
        ),
        (
            "users",
            "user_added = ",
            "user_was_added = ",
            ["users.history.user_added is missing", "users.history.user_was_added: no event is worded by it"],
        ),
        (
            "users",
            "[mails.added]",
            "[mails.joined]",
            ["users.mails.added.subject is missing (an e-mail)", "users.mails.joined: no event calls for it"],
        ),
        ("renewal", "path = ", "leads = ", ["renewal.mails.notice.path is missing (an e-mail)"]),
        ("portal", "{added_at:day}", "{added_at:date}", ["portal.users.added: nothing is marked date"]),
        (
            "renewal",
            "{end}",
            "{end:day}",
            ["renewal.mails.notice.body: marked for a script, and filled by the server"],
        ),
    ],
)
def test_a_wording_that_is_missing_or_left_over(
    catalogue: Path, topic: str, old: str, new: str, faults: list[str]
) -> None:
    for language in LANGUAGES:
        change(catalogue / language / f"{topic}.toml", old, new)

    found = [line.removeprefix("en: ") for line in declarations.faults()]

    assert [fault for fault in faults if fault not in found] == []


def test_a_reason_that_one_language_has_not(catalogue: Path) -> None:
    change(catalogue / "fr/errors.toml", "reason = ", "because = ")
    assert declarations.faults() == [
        "fr: errors.refused.forbidden.reason is missing (an action refused with forbidden)"
    ]


@pytest.mark.parametrize(
    ("job", "changed", "fault"),
    [
        (
            "cancel",
            {"refuses": (NOT_FOUND, NOT_ACTIVE)},
            "job cancel: why_not refuses with already_cancelling, which is not in refuses",
        ),
        ("cancel", {"done": TOO_LARGE}, "job cancel: why_not never refuses with too_large, by which it would be done"),
        ("cancel", {"why_not": None, "done": None}, "job cancel: an option of the portal needs a why_not"),
        ("sign-out", {"refuses": (conflict("not_found", "users"),)}, "two codes are called not_found"),
        ("sign-out", {"tells": (Told("user_added", "session"),)}, "two events are called user_added"),
        (
            "sign-out",
            {"tells": (Told("left", "session", mails=(Mail("session.mails.left"),), in_history=False),)},
            "fr: session.mails.left.subject is missing (an e-mail)",
        ),
        (
            "add-user",
            {"form": Form("users.add", about="subscription", edits=("email",))},
            "job add-user: edits email, which not both the form and its subject have",
        ),
        ("sign-in", {"form": Form("session.sign_in", asks=Nested)}, "job sign-in: no form can ask for lines"),
        (
            "add-user",
            {"form": Form("users.add", about="subscription", hidden_by=TOO_LARGE)},
            "job add-user: hidden_by too_large, which is not in refuses",
        ),
    ],
)
def test_a_job_that_declares_what_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, job: str, changed: dict[str, object], fault: str
) -> None:
    declare(monkeypatch, replace(jobs.job(job), **changed))  # type: ignore[arg-type]
    assert [found for found in declarations.faults() if found.startswith(fault)]


def test_two_jobs_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = replace(jobs.job("cancel"), path="/api/elsewhere")
    monkeypatch.setattr(jobs._functions()[-1], "JOBS", (twin,))
    with pytest.raises(BuildFailed, match="two jobs are called cancel"):
        jobs.jobs.__wrapped__()
