"""The trial: 30 days of a product, once for each account, with notice before it ends. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.calendar import A_DAY
from functions.shared.due import Due
from functions.shared.events import DESK, Holds, Mail, Told
from functions.shared.items import Key, Put, Write
from functions.shared.session import person
from functions.subscriptions.subscription import Subscription, partition

TRIAL_ENDING = Told(
    "trial_ending",
    "trials",
    mails=(Mail("trials.mails.ending", holds=Holds(("trial",), ("administrator",))),),
    publishes=("end", "available_on"),
)
TRIAL_ENDED = Told(
    "trial_ended",
    "trials",
    mails=(Mail("trials.mails.ended", holds=Holds(("trial_ended",), ("administrator",))),),
    publishes=("end", "available_on"),
)
# The day on which it begins is the first, so the last day of use is 29 days later and Standard opens on the day after.
DAYS = 30
FIRST_NOTICE = "trial_first_notice"
LAST_NOTICE = "trial_last_notice"
OVER = "trial_over"
# How long before the last day its end is announced.
_NOTICES = {FIRST_NOTICE: timedelta(days=7), LAST_NOTICE: timedelta(days=1)}


def trial_key(email: str, product: str) -> Key:
    """Where it is kept that an account has tried a product."""
    return Key(person(email), f"TRIAL#{product.casefold()}")


def last_day(start: date) -> date:
    """The last day of use of a trial that begins then."""
    return start + (DAYS - 1) * A_DAY


def available_on(trial: Subscription) -> date:
    """The first day after the trial, on which the edition can be chosen."""
    return trial.end + A_DAY


def facts(trial: Subscription) -> dict[str, Any]:
    """What its events and e-mails say of it."""
    return {**trial.facts(), "end": trial.end, "available_on": available_on(trial)}


def deadlines(trial: Subscription) -> Iterator[Put]:
    """What falls due in a trial that has just begun."""
    for kind, before in _NOTICES.items():
        yield Due(trial.end - before, kind, trial.id).put()
    yield Due(available_on(trial), OVER, trial.id).put()


def decide_first_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice a week before the trial ends, unless it is so late that the last one takes its place."""
    if clock.day(now) < stored.end - _NOTICES[LAST_NOTICE]:
        yield from _notice(stored, FIRST_NOTICE, now)


def decide_last_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice on the day before the last one, or on that one if it is late."""
    yield from _notice(stored, LAST_NOTICE, now)


def _notice(stored: Subscription, kind: str, now: datetime) -> Iterator[Write]:
    if stored.on(clock.day(now)).status == "trial":
        yield from TRIAL_ENDING.event(now, DESK, facts(stored)).written(partition(stored.id), kind)


def decide_over(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The day after the last one: the trial has ended, and its user is told what can follow."""
    ended = stored.on(clock.day(now))
    if stored.status != "trial" or ended.status != "trial_ended":
        return
    yield ended.put()
    yield from TRIAL_ENDED.event(now, DESK, facts(ended)).written(partition(stored.id), OVER)


# What is decided once each kind of note falls due, and what that tells.
WORK = {FIRST_NOTICE: decide_first_notice, LAST_NOTICE: decide_last_notice, OVER: decide_over}
TELLS = (TRIAL_ENDING, TRIAL_ENDED)
