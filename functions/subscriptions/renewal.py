"""Renewal: what happens to a subscription by itself when its last day nears and when it is over. Pure.

The notice is due no earlier than three months and no later than one month before a yearly subscription renews (code de
la consommation, article L215-1).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from functions.shared import clock
from functions.shared.calendar import A_DAY, at_least_months_after, months_after
from functions.shared.due import Due
from functions.shared.events import DESK, Event, Holds, Mail, Told
from functions.shared.items import Put, Write
from functions.subscriptions.billing import with_french_vat
from functions.subscriptions.subscription import Subscription, partition, struck_off
from functions.subscriptions.takeovers import ended_with_contract

RENEWAL_NOTICED = Told(
    "renewal_noticed",
    "renewal",
    mails=(Mail("renewal.mails.notice", holds=Holds(("active",), ("administrator",), until="renews_on")),),
    publishes=("end", "renews_on", "seats", "next_year_cents", "next_year_with_vat_cents"),
)
# The invoice of the year that begins follows.
RENEWED = Told("renewed", "renewal", calls_for=("notifications",), publishes=("begins", "end", "seats", "unit_price"))
ENDED = Told(
    "ended",
    "cancellation",
    mails=(Mail("cancellation.mails.ended", holds=Holds(("ended",), ("administrator",))),),
    publishes=("end",),
)
PERIOD_OVER = "subscription_period_over"
NOTICE = "renewal_notice"


def deadlines(subscription: Subscription, today: date) -> tuple[Put, ...]:
    """What falls due in the present year of a subscription that has just become active or cancelled."""
    earliest, latest = notice_window(subscription.end)
    notes: list[Due] = []
    if subscription.status in ("active", "cancelling"):
        notes.append(Due(subscription.end + A_DAY, PERIOD_OVER, subscription.id))
    if subscription.status == "active" and today <= latest:
        notes.append(Due(max(earliest, today), NOTICE, subscription.id))
    return tuple(note.put() for note in notes)


def notice_window(end: date) -> tuple[date, date]:
    """The first and last day on which the notice of the renewal that follows `end` may go out."""
    renewal = end + A_DAY
    return at_least_months_after(renewal, -3), months_after(renewal, -1)


def decide_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice, once for each renewal and to the administrator of that day."""
    today = clock.day(now)
    subscription = stored.on(today)
    earliest, latest = notice_window(subscription.end)
    end = subscription.end.isoformat()
    if subscription.status != "active" or stored.noticed_end == end or not earliest <= today <= latest:
        return
    yield replace(stored, noticed_end=end).put()
    seats = subscription.seats_of_next_year
    data = {
        **subscription.facts(),
        "end": subscription.end,
        "renews_on": subscription.end + A_DAY,
        "seats": seats,
        "next_year_cents": seats * subscription.unit_price,
        "next_year_with_vat_cents": with_french_vat(seats * subscription.unit_price),
        "is_consumer": subscription.is_consumers,
    }
    yield from RENEWAL_NOTICED.event(now, DESK, data).written(partition(stored.id), NOTICE)


def decide_period_over(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The day after the last one: a cancelled subscription ends, an active one begins its next year."""
    today = clock.day(now)
    subscription = stored.on(today)
    if subscription == stored:
        return
    if subscription.status == "ended":
        yield subscription.unasked.put()
        yield from struck_off(subscription)
        data = {**subscription.facts(), "end": subscription.end}
        ended = (partition(stored.id), ENDED.event(now, DESK, data))
        for where, event in (ended, *ended_with_contract(subscription, DESK, now)):
            yield from event.written(where, PERIOD_OVER)
    elif subscription.status == "active":
        yield subscription.put()
        yield from deadlines(subscription, today)
        for event in renewed(stored, now):
            yield from event.written(partition(stored.id), PERIOD_OVER)


def renewed(stored: Subscription, now: datetime) -> tuple[Event, ...]:
    """That it has begun another year since it was stored, if it has: told by whoever is the first to store that."""
    subscription = stored.on(clock.day(now))
    if subscription.status != "active" or subscription.end == stored.end:
        return ()
    data = {
        **subscription.facts(),
        "begins": subscription.year_begins,
        "end": subscription.end,
        "seats": subscription.seats,
        "unit_price": subscription.unit_price,
    }
    return (RENEWED.event(now, DESK, data),)


# What is decided once each kind of note falls due, and what that tells.
WORK = {PERIOD_OVER: decide_period_over, NOTICE: decide_notice}
TELLS = (RENEWAL_NOTICED, RENEWED, ENDED)
