"""How long papers wait for a decision: an item kept of each for thirty days, and once a day what they come to.

A wait counts working days alone, whole days of 24 hours: what comes on a Saturday begins to wait on Monday.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.onboarding.papers import Kind
from functions.shared import clock
from functions.shared.calendar import A_DAY, is_working_day
from functions.shared.items import Item, Key, Put
from functions.shared.store import Store

PARTITION = "WAITS"
SUMMARY = Key(PARTITION, "SUMMARY")
DAYS = 30
# Of fewer decisions no usual time can be told.
FEWEST = 5


class Waits(NamedTuple):
    """How long the papers waited, in working seconds, that were decided upon in the last thirty days."""

    decided: int
    median: int
    ninety: int

    @classmethod
    def of(cls, seconds: Sequence[int]) -> "Waits | None":
        """Half of them waited so long at most, and nine in ten; None of none."""
        if not seconds:
            return None
        sorted_ = sorted(seconds)
        return cls(len(sorted_), _within(sorted_, 50), _within(sorted_, 90))

    @classmethod
    def stored(cls, item: Item | None) -> "Waits | None":
        """As the last morning had it, unless nothing was decided."""
        return cls(item["decided"], item["median"], item["ninety"]) if item and item["decided"] else None

    @property
    def usual(self) -> int | None:
        """In how many working seconds nine of ten are answered, if there were enough to tell."""
        return self.ninety if self.decided >= FEWEST else None


def waited(account_id: str, kind: Kind, sent_at: str, now: datetime) -> Put:
    """What is kept of a decision that is made now."""
    seconds = int(working_time(datetime.fromisoformat(sent_at), now).total_seconds())
    gone = now - clock.offset() + (DAYS + 1) * A_DAY
    key = Key(PARTITION, f"{clock.rfc3339(now)}#{account_id}#{kind}")
    return Put(key, {"seconds": seconds, "expires_at": int(gone.timestamp())})


def working_time(begin: datetime, end: datetime) -> timedelta:
    """How much of the time between the two lies on working days in Paris."""
    day, passed = clock.day(begin), timedelta()
    while day <= clock.day(end):
        if is_working_day(day):
            passed += min(end, clock.begins(day + A_DAY)) - max(begin, clock.begins(day))
        day += A_DAY
    return max(passed, timedelta())


def summarise(store: Store, now: datetime) -> None:
    """Keep what the waits of the last thirty days come to; doing so again does no harm."""
    first, last = (clock.rfc3339(moment) for moment in (now - DAYS * A_DAY, now + A_DAY))
    found = Waits.of([item["seconds"] for _, item in store.query(PARTITION, first=first, last=last)])
    store.put(Put(SUMMARY, (found or Waits(0, 0, 0))._asdict()))


def _within(seconds: Sequence[int], percent: int) -> int:
    """The nearest rank: that share of them is no longer."""
    return seconds[-(-len(seconds) * percent // 100) - 1]
