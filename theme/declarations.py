"""Checks what the jobs declare: nothing refused, told or offered lacks its wording, and no wording is left over."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from string import Formatter
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from functions.onboarding.sign_in import Session
from functions.shared import openapi, refusal
from functions.shared.form import Form
from functions.shared.job import AnyJob
from functions.shared.refusal import FORBIDDEN, Code
from functions.shared.texts import LANGUAGES, Texts, topics, wordings
from functions.subscriptions.shown_subscription import ShownSubscription
from functions.subscriptions.subscription import Status, Subscription, mark_of
from theme.forms.fields import fields
from theme.jobs import actions, jobs, told, unlisted

# How a text that a script fills marks a date or an amount (docs/assets/js/words.js).
MARKS = {"day", "language", "moment", "price", "time"}


def faults() -> list[str]:
    """One line for each loose end, with the job and what is missing."""
    return [*unlisted(), *_codes(), *_reasons(), *_events(), *_forms(), *_marks()]


def _codes() -> Iterator[str]:
    general = [code for code in vars(refusal).values() if isinstance(code, Code)]
    codes = {*general, *(code for job in jobs().values() for code in openapi.refusals(job))}
    # One code may be worded in several ways, and is the same in all else.
    yield from _called_alike("codes", {code._replace(worded=None) for code in codes})
    for code in sorted(codes, key=lambda code: code.texts):
        yield from _unworded(code.texts, ("title", "detail"), f"code {code.name}")
    known = {code.texts for code in codes}
    yield from (f"{key}: no code is worded by it" for key in _in_tables("refused") if key not in known)


def _reasons() -> Iterator[str]:
    given = {FORBIDDEN}
    for job in actions():
        codes = {*_reached(job), *([job.not_yours] if job.not_yours != FORBIDDEN else [])}
        given |= codes
        undeclared = sorted(code.name for code in codes if code not in job.refuses)
        yield from (f"job {job.name}: why_not refuses with {name}, which is not in refuses" for name in undeclared)
        if job.done and job.done not in codes:
            yield f"job {job.name}: why_not never refuses with {job.done.name}, by which it would be done"
    for code in sorted(given, key=lambda code: code.texts):
        yield from _unworded(code.texts, ("reason",), f"an action refused with {code.name}")
    texts, known = Texts(LANGUAGES[0]), {code.texts for code in given}
    yield from (
        f"{key}.reason: no action is refused with it"
        for key in _in_tables("refused")
        if key not in known and f"{key}.reason" in texts
    )


def _reached(job: AnyJob) -> set[Code]:
    """Every code by which an action is refused, whatever the subscription."""
    assert job.why_not  # noqa: S101 — it is an action
    return {code for subscription in _every_subscription() if (code := job.why_not(subscription))}


def _every_subscription() -> Iterator[Subscription]:
    licences = get_args(get_type_hints(Subscription)["licence"])
    terms: tuple[Mapping[str, Any] | None, ...] = (None, {"version": ""})
    withdrawable = (None, "", "9999")
    statuses, editions = get_args(Status.__value__), ("premium", "standard")
    takeovers: tuple[Mapping[str, str] | None, ...] = (None, {"id": ""})
    every = product(statuses, editions, licences, (1, 2, 3), terms, withdrawable, (0, 1), takeovers)
    for status, edition, licence, users, accepted, withdrawable_until, price, takeover in every:
        yield Subscription(
            id="",
            contract_number="",
            product="",
            edition=edition,
            licence=licence,
            seats=2,
            users=users,
            status=status,
            administrator="",
            start=date.min,
            end=date.max,
            terms_accepted=accepted,
            withdrawable_until=withdrawable_until,
            withdrawable_by=mark_of("", ""),
            as_of=date.min,
            unit_price=price,
            takeover=takeover,
        )


def _events() -> Iterator[str]:
    every_told = told()
    yield from _called_alike("events", every_told)
    histories = {one.history for one in every_told if one.in_history}
    mails = {key for one in every_told for mail in one.mails for key in mail.wordings}
    for language in LANGUAGES:
        texts = Texts(language)
        yield from (f"{language}: {key} is missing" for key in sorted(histories) if key not in texts)
    for key in sorted(mails):
        parts = ("subject", "body", "path") if f"{key}.button" in Texts(LANGUAGES[0]) else ("subject", "body")
        yield from _unworded(key, parts, "an e-mail")
    yield from (f"{key}: no event is worded by it" for key in _in_tables("history") if key not in histories)
    yield from (f"{key}: no event calls for it" for key in _in_tables("mails", dict) if key not in mails)


def _forms() -> Iterator[str]:
    for job in jobs().values():
        if not (form := job.form):
            continue
        try:
            asked = {field.name for field in fields(form.asks or job.body)}
        except ValueError as unasked:
            yield f"job {job.name}: {unasked}"
            continue
        edited = _edited(form).model_fields
        edits = [name for name in form.edits if name not in asked or name not in edited]
        yield from (f"job {job.name}: edits {name}, which not both the form and its subject have" for name in edits)
        if form.lasts and not job.signed_in:
            yield f"job {job.name}: what lasts is somebody's who is signed in"
        if form.option and not job.why_not:
            yield f"job {job.name}: an option of the portal needs a why_not"
        later = [name for name, code in form.asked_later.items() if name not in asked or code not in job.refuses]
        yield from (f"job {job.name}: asks {name} later, which not both form and refuses have" for name in later)
        if form.hidden_by and form.hidden_by not in job.refuses:
            yield f"job {job.name}: hidden_by {form.hidden_by.name}, which is not in refuses"


def _edited(form: Form) -> type[BaseModel]:
    """What a form's edits begin with."""
    if form.opens:
        return form.opens.answer
    return Session if form.about == "reader" else ShownSubscription


def _marks() -> Iterator[str]:
    for language in LANGUAGES:
        for key, wording in wordings(language):
            marks = {mark for _, _, mark, _ in Formatter().parse(wording) if mark}
            yield from (f"{language}: {key}: nothing is marked {mark}" for mark in sorted(marks - MARKS))
            if marks and (key.endswith((".title", ".detail")) or {"mails", "history"} & set(key.split("."))):
                yield f"{language}: {key}: marked for a script, and filled by the server"


def _in_tables(table: str, kind: type = object) -> Iterator[str]:
    """The keys of what a topic words in that table, of one kind."""
    texts = Texts(LANGUAGES[0])
    for topic in topics(LANGUAGES[0]):
        if (key := f"{topic}.{table}") in texts:
            yield from (f"{key}.{name}" for name, said in texts.entry(key).items() if isinstance(said, kind))


def _unworded(key: str, parts: Iterable[str], what: str) -> Iterator[str]:
    for language, part in product(LANGUAGES, parts):
        if f"{key}.{part}" not in Texts(language):
            yield f"{language}: {key}.{part} is missing ({what})"


def _called_alike(what: str, those: Iterable[Any]) -> Iterator[str]:
    names = [one.name for one in those]
    yield from (f"two {what} are called {name}" for name in sorted({name for name in names if names.count(name) > 1}))
