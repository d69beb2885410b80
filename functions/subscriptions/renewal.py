"""Renewal: what happens to a subscription by itself when its last day nears and when it is over.

The notice is due no earlier than three months and no later than one month before a yearly subscription renews (code de
la consommation, article L215-1).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from functions.shared import clock
from functions.shared.due import Due
from functions.shared.events import DESK, Event
from functions.shared.store import Put, Write
from functions.subscriptions.subscription import Subscription, facts, partition

PERIOD_OVER = "subscription_period_over"
NOTICE = "renewal_notice"
_A_DAY = timedelta(days=1)


def deadlines(subscription: Subscription, today: date) -> tuple[Put, ...]:
    """What falls due in the present year of a subscription that has just become active or cancelled."""
    earliest, latest = notice_window(subscription.end)
    notes: list[Due] = []
    if subscription.status in ("active", "cancelling"):
        notes.append(Due(subscription.end + _A_DAY, PERIOD_OVER, subscription.id))
    if subscription.status == "active" and today <= latest:
        notes.append(Due(max(earliest, today), NOTICE, subscription.id))
    return tuple(note.put() for note in notes)


def notice_window(end: date) -> tuple[date, date]:
    """The first and last day on which the notice of the renewal that follows `end` may go out."""
    renewal = end + _A_DAY
    return _months_before(renewal, 3, round_up=True), _months_before(renewal, 1, round_up=False)


def decide_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice, once for each renewal and to the administrator of that day."""
    today = clock.day(now)
    subscription = stored.on(today)
    earliest, latest = notice_window(subscription.end)
    end = subscription.end.isoformat()
    if subscription.status != "active" or stored.noticed_end == end or not earliest <= today <= latest:
        return
    yield replace(stored, noticed_end=end).put()
    data = facts(subscription) | {"end": end, "renews_on": (subscription.end + _A_DAY).isoformat()}
    yield Event("renewal_noticed", now, DESK, data).put(partition(stored.id), NOTICE)


def decide_period_over(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The day after the last one: a cancelled subscription ends, an active one begins its next year."""
    today = clock.day(now)
    subscription = stored.on(today)
    if subscription == stored:
        return
    data = facts(subscription) | {"end": subscription.end.isoformat()}
    if subscription.status == "ended":
        yield subscription.put()
        yield Event("ended", now, DESK, data).put(partition(stored.id), PERIOD_OVER)
    elif subscription.status == "active":
        yield subscription.put()
        yield from deadlines(subscription, today)
        yield Event("renewed", now, DESK, data).put(partition(stored.id), PERIOD_OVER)


def _months_before(day: date, months: int, *, round_up: bool) -> date:
    """That many months earlier; where the month has no such day, the next day or the last before it."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        return first_of_next if round_up else first_of_next - _A_DAY
