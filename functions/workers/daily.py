"""Once a day: the work of everything that has fallen due, each piece committed with the end of its note; and what waits
for the staff, in the morning and, of files that end that day, at noon and at five.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from functions.onboarding import account, authentication, staff, waits
from functions.onboarding.account import QUEUE, QUEUED
from functions.onboarding.reserved import reserved_key
from functions.shared import clock, due, log, metrics
from functions.shared.cloud import Cloud
from functions.shared.due import Due
from functions.shared.entry import Handler, enter
from functions.shared.items import Delete, Item, Items, Reads, Write, checks
from functions.shared.metrics import Measured
from functions.shared.session import account_key
from functions.shared.store import Conflict, retry_lost_races
from functions.subscriptions import renewal, return_of_role, takeovers, trial
from functions.subscriptions.subscription import ASKED, ASKED_PREFIX, Subscription, state_key
from functions.workers import accounts, powertools

# Reads what it needs of the subject and says what to write, and to check because the decision stood on it. What it does
# elsewhere must be safe to repeat.
type Work = Callable[[Cloud, str, datetime], Iterable[Write]]


def _of_subscription(decide: Callable[[Subscription, datetime], Iterator[Write]]) -> Work:
    def work(cloud: Cloud, subject: str, now: datetime) -> Iterable[Write]:
        key = state_key(subject)
        item = cloud.store.item(key)
        writes = [*decide(Subscription.stored(item), now)] if item else []
        return [*writes, *checks({key: item}, [key], (), writes)]

    return work


def _return_of_role(cloud: Cloud, subject: str, now: datetime) -> Iterable[Write]:
    item = cloud.store.item(state_key(subject))
    if item is None:
        return []
    keys = return_of_role.keys(_with_former(cloud, Subscription.stored(item)))
    items = cloud.store.snapshot(keys)
    subscription = _with_former(cloud, Subscription.stored(items[keys[0]]))
    if return_of_role.keys(subscription) != keys:
        raise Conflict
    writes = [*return_of_role.decide(subscription, items, now)]
    return [*writes, *checks(items, keys, (), writes)]


def _with_former(cloud: Cloud, subscription: Subscription) -> Subscription:
    """Who had the role before, by the address that they have now."""
    if subscription.unclaimed is None:
        return subscription
    former = subscription.unclaimed["former"]
    moved = cloud.store.item(reserved_key(former)) or {}
    if "to" not in moved or cloud.store.item(account_key(former)) is not None:
        return subscription
    return replace(subscription, unclaimed={**subscription.unclaimed, "former": moved["to"]})


def _takeover_reminder(cloud: Cloud, takeover_id: str, now: datetime) -> Iterable[Write]:
    keys = takeovers.keys(takeover_id)
    items = retry_lost_races(lambda: cloud.store.snapshot(keys))
    known = takeovers.found(items, takeover_id)
    writes = [*takeovers.decide_reminder(*known, now)] if known else []
    return [*writes, *checks(items, keys, (), writes)]


WORK: Mapping[str, Work] = {
    **{kind: _of_subscription(decide) for kind, decide in (renewal.WORK | trial.WORK).items()},
    return_of_role.UNCLAIMED: _return_of_role,
    takeovers.REMINDER: _takeover_reminder,
    account.REMINDER: accounts.papers_reminder,
    account.DEADLINE: accounts.papers_deadline,
    authentication.UNUSED_LOGIN: accounts.unused_login,
}


class Unfinished(Exception):
    """Some of the work failed; its notes stand, so that a later run does it."""


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        now = clock.now()
        if event.get("morning"):
            tell_the_staff(cloud, now)
            return {}
        if event.get("last_day"):
            tell_of_the_last_day(cloud, now)
            return {}
        waits.summarise(cloud.store, now)
        failed = 0
        for note in due.until(cloud.store, clock.day(now)):
            try:
                do_once(cloud, note, now)
            except Exception as error:
                failed += 1
                log.line(
                    "due work failed",
                    level="ERROR",
                    kind=note.kind,
                    on=note.on.isoformat(),
                    cause=log.cause(error),
                    at=log.where(error),
                )
        log.line("daily run", Measured(metrics.DAILY_RUNS), failed=failed)
        if failed:
            raise Unfinished(failed)
        return {}

    return handler


def tell_the_staff(cloud: Cloud, now: datetime) -> None:
    """One e-mail for each member, if anything waits for them; doing so again tells nobody twice on one day."""
    asked = [key for key, _ in cloud.store.query(ASKED, first=ASKED_PREFIX, last=f"{ASKED_PREFIX}~")]
    queue, today = _queue(cloud), clock.day(now)
    if waiting := staff.what_waits(queue, takeovers.decidable_today(asked, now), today):
        ends = staff.ends_today(queue, today)
        _tell_each(cloud, partial(staff.decide_morning, waits=waiting, ends=ends, now=now))


def tell_of_the_last_day(cloud: Cloud, now: datetime) -> None:
    """One e-mail for each member, if anything of which they were not told waits in a file that ends today."""
    if ending := _queue(cloud, clock.day(now).isoformat()):
        _tell_each(cloud, partial(staff.decide_last_day, queue=ending, now=now))


def _queue(cloud: Cloud, deadline: str = "") -> list[Item]:
    """The files in which something waits: all of them, or those of one deadline."""
    return [item for _, item in cloud.store.query(QUEUE, first=f"{QUEUED}{deadline}", last=f"{QUEUED}{deadline}~")]


def _tell_each(cloud: Cloud, decide: Callable[[str, Items], Iterator[Write]]) -> None:
    for key, _ in cloud.store.query(staff.PARTITION, first="!", last="~"):
        email = staff.member_of(key)
        cloud.store.decide(Reads((key, account_key(email)), lambda items: items), partial(decide, email))


def do_once(cloud: Cloud, note: Due, now: datetime) -> None:
    """Do one piece of work; its note goes in the same transaction, so that it is done once however often it is tried.

    Raises Conflict when others keep changing the subject.
    """

    def attempt() -> None:
        writes = WORK[note.kind](cloud, note.subject, now)
        try:
            cloud.store.commit([*writes, Delete(note.key)])
        except Conflict:
            if cloud.store.item(note.key) is not None:
                raise

    retry_lost_races(attempt)


handler = enter(create, "store", write=powertools.write)
