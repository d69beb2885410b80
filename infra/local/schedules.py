"""Runs what is scheduled by business time, from EventBridge's expressions `rate(…)` and `cron(…)`."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from infra.local.locks import SharedLock

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_A_DAY = timedelta(days=1)
_LONGEST_REST = 60.0
# A cron expression without a time in ten years has none.
_HORIZON_DAYS = 3660


class Expression(Protocol):
    """A rule that gives moments."""

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The moments after this one, in order, in UTC."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from its start."""

    every: timedelta
    start: datetime

    def after(self, moment: datetime) -> Iterator[datetime]:
        due = self.start + self.every * max(0, (moment - self.start) // self.every)
        while True:
            due += self.every
            if due > moment:
                yield due


@dataclass(frozen=True)
class Cron:
    """At the times of day of the days that fit, by the clocks of a time zone."""

    times: tuple[time, ...]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int] | None
    zone: ZoneInfo

    def after(self, moment: datetime) -> Iterator[datetime]:
        first = moment.astimezone(self.zone).date()
        for ahead in range(_HORIZON_DAYS):
            day = first + ahead * _A_DAY
            if not self._fits(day):
                continue
            for at in self.times:
                due = datetime.combine(day, at, self.zone).astimezone(UTC)
                # A time that the clocks skip in spring is skipped; one that they repeat in autumn counts once.
                if due > moment and due.astimezone(self.zone).time() == at:
                    yield due

    def _fits(self, day: date) -> bool:
        return (
            day.month in self.months
            and (self.years is None or day.year in self.years)
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays)
        )


def expression(text: str, zone: str, start: datetime) -> Expression:
    """Read a schedule's expression. Raises ValueError for one that is not understood here."""
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text):
        return Rate(int(found[1]) * _UNITS[found[2]], start)
    if found := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", text):
        minutes, hours, days, months, weekdays, years = found.groups()
        return Cron(
            times=tuple(
                time(hour, minute)
                for hour in sorted(_numbers(hours, 0, 23))
                for minute in sorted(_numbers(minutes, 0, 59))
            ),
            days=_restriction(days, 1, 31),
            months=_numbers(months, 1, 12, _MONTHS),
            weekdays=_restriction(weekdays, 1, 7, _WEEKDAYS),
            years=_restriction(years, 1970, 2199),
            zone=ZoneInfo(zone),
        )
    raise ValueError(f"the local cloud does not understand the schedule {text!r}")


def _restriction(field: str, first: int, last: int, names: Sequence[str] = ()) -> frozenset[int] | None:
    return None if field in ("*", "?") else _numbers(field, first, last, names)


def _numbers(field: str, first: int, last: int, names: Sequence[str] = ()) -> frozenset[int]:
    """The numbers of one field of a cron expression: `*`, `5`, `1-5`, `MON,WED`, `0/15`."""

    def number(text: str) -> int:
        value = names.index(text.upper()) + first if text.upper() in names else int(text)
        if not first <= value <= last:
            raise ValueError(f"{text} is not between {first} and {last}")
        return value

    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = span.partition("-")
        low = first if begin == "*" else number(begin)
        high = number(end) if end else last if step or begin == "*" else low
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def due_between(expression: Expression, start: datetime, end: datetime) -> list[datetime]:
    """The times at which to run when the clock goes from `start` to `end` at once.

    All of them for what runs twice a day or less often; of those that follow more closely, the last: it does what the
    others would have done, and a year is lived through in seconds.
    """
    if isinstance(expression, Rate) and expression.every < _A_DAY / 2:
        # Of a year's 100,000 five minutes, the last is the one.
        start = max(start, end - expression.every)
    kept: list[datetime] = []
    for due in takewhile(lambda due: due <= end, expression.after(start)):
        if kept and due - kept[-1] < _A_DAY / 2:
            kept.pop()
        kept.append(due)
    return kept


@dataclass(frozen=True)
class Schedule:
    """What runs when; `run` is given the time at which it was due."""

    expression: Expression
    run: Callable[[datetime], None]


class Clock(Protocol):
    """Business time, which can be set."""

    def now(self) -> datetime:
        """The business time."""

    def travel(self, offset: timedelta) -> None:
        """Set it that far from real time."""


class Timetable:
    """Runs the schedules by business time: as it passes, and when it is moved."""

    def __init__(self, clock: Clock, calls: SharedLock) -> None:
        self._clock = clock
        self._schedules: list[Schedule] = []
        self._calls = calls
        self._ran_until = clock.now()
        self._stirred = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._pass_time, name="timetable", daemon=True)

    def add(self, schedule: Schedule) -> None:
        """Run one more, from the next time that it comes due."""
        self._schedules.append(schedule)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is running is finished."""
        self._ended = True
        self._stirred.set()
        self._thread.join(timeout=5)

    def move(self, to: datetime, settle: Callable[[], None]) -> None:
        """Set the clock forward, by way of every time that comes due; `settle` lets each run show its effects.

        The caller has the calls alone.
        """
        for due, schedule in self._due(to):
            self._clock.travel(due - datetime.now(UTC))
            schedule.run(due)
            settle()
            self._ran_until = due
        self._clock.travel(to - datetime.now(UTC))
        self._ran_until = to
        self._stirred.set()

    def restart(self) -> None:
        """Business time is real time again. The caller has the calls alone."""
        self._clock.travel(timedelta())
        self._ran_until = self._clock.now()
        self._stirred.set()

    def _due(self, until: datetime) -> list[tuple[datetime, Schedule]]:
        found = [
            (due, schedule)
            for schedule in self._schedules
            for due in due_between(schedule.expression, self._ran_until, until)
        ]
        return sorted(found, key=lambda each: each[0])

    def _pass_time(self) -> None:
        while not self._ended:
            with self._calls.shared():
                now = self._clock.now()
                due = self._due(now)
                self._ran_until = max(now, self._ran_until)
                for moment, schedule in due:
                    schedule.run(moment)
                coming = [next(schedule.expression.after(now), None) for schedule in self._schedules]
            seconds = min(((moment - now).total_seconds() for moment in coming if moment), default=_LONGEST_REST)
            self._stirred.wait(min(seconds, _LONGEST_REST))
            self._stirred.clear()
