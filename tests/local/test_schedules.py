"""Schedules: when they come due, and what a moved clock runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from infra.local.locks import SharedLock
from infra.local.schedules import Schedule, Timetable, due_between, expression

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def next_times(text: str, zone: str = "UTC", after: datetime = START, count: int = 3) -> list[str]:
    times = expression(text, zone, START).after(after)
    return [due.strftime("%Y-%m-%dT%H:%M") for due in islice(times, count)]


@pytest.mark.parametrize(
    ("text", "zone", "times"),
    [
        ("rate(1 minute)", "UTC", ["2026-11-24T12:01", "2026-11-24T12:02", "2026-11-24T12:03"]),
        ("rate(12 hours)", "UTC", ["2026-11-25T00:00", "2026-11-25T12:00", "2026-11-26T00:00"]),
        ("rate(7 days)", "UTC", ["2026-12-01T12:00", "2026-12-08T12:00", "2026-12-15T12:00"]),
        ("cron(5 0 * * ? *)", "Europe/Paris", ["2026-11-24T23:05", "2026-11-25T23:05", "2026-11-26T23:05"]),
        ("cron(0/20 13 * * ? *)", "UTC", ["2026-11-24T13:00", "2026-11-24T13:20", "2026-11-24T13:40"]),
        ("cron(0 8 ? * MON-FRI *)", "UTC", ["2026-11-25T08:00", "2026-11-26T08:00", "2026-11-27T08:00"]),
        ("cron(0 8 ? * 1,SAT *)", "UTC", ["2026-11-28T08:00", "2026-11-29T08:00", "2026-12-05T08:00"]),
        ("cron(30 6 1 1,7 ? *)", "UTC", ["2027-01-01T06:30", "2027-07-01T06:30", "2028-01-01T06:30"]),
        ("cron(0 0 29 FEB ? *)", "UTC", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("cron(0 0 1 1 ? 2028)", "UTC", ["2028-01-01T00:00"]),
    ],
)
def test_times_that_come(text: str, zone: str, times: list[str]) -> None:
    assert next_times(text, zone) == times


def test_a_time_that_the_clocks_skip_is_skipped_and_one_that_they_repeat_counts_once() -> None:
    before_spring = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert next_times("cron(30 2 * * ? *)", "Europe/Paris", before_spring, 2) == [
        "2027-03-29T00:30",
        "2027-03-30T00:30",
    ]
    before_autumn = datetime(2027, 10, 30, 12, tzinfo=UTC)
    assert next_times("cron(30 2 * * ? *)", "Europe/Paris", before_autumn, 2) == [
        "2027-10-31T00:30",
        "2027-11-01T01:30",
    ]


@pytest.mark.parametrize(
    "text", ["rate(5 parsecs)", "cron(0 8 * * *)", "cron(61 8 * * ? *)", "cron(0 8 L * ? *)", "daily"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        expression(text, "UTC", START)


def test_a_move_runs_each_daily_time_and_of_those_that_follow_closely_the_last() -> None:
    daily = due_between(expression("cron(5 0 * * ? *)", "Europe/Paris", START), START, START + timedelta(days=60))
    assert len(daily) == 60
    often = due_between(expression("rate(1 minute)", "UTC", START), START, START + timedelta(days=2))
    assert [due.strftime("%d %H:%M") for due in often] == ["26 12:00"]
    mornings = due_between(expression("cron(0/20 8 * * ? *)", "UTC", START), START, START + timedelta(days=2))
    assert [due.strftime("%d %H:%M") for due in mornings] == ["25 08:40", "26 08:40"]


class BusinessClock:
    """Business time of its own."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def travel(self, offset: timedelta) -> None:
        self.offset = offset


def test_a_move_lives_through_every_time_in_order_and_rests_at_its_end() -> None:
    clock = BusinessClock()
    timetable = Timetable(clock, SharedLock())
    begun = clock.now()
    seen: list[str] = []
    for name, text in (("daily", "rate(1 day)"), ("other", "rate(2 days)")):
        timetable.add(Schedule(expression(text, "UTC", begun), _noting(name, clock, begun, seen)))
    timetable.move(begun + timedelta(days=3, hours=1), lambda: seen.append("settled"))
    assert seen == ["daily 1", "settled", "daily 2", "settled", "other 2", "settled", "daily 3", "settled"]
    assert clock.now() - begun - timedelta(days=3, hours=1) < timedelta(seconds=5)
    timetable.restart()
    assert clock.offset == timedelta()


def _noting(name: str, clock: BusinessClock, begun: datetime, seen: list[str]) -> Callable[[datetime], None]:
    def run(due: datetime) -> None:
        assert abs(clock.now() - due) < timedelta(seconds=5)
        seen.append(f"{name} {round((due - begun) / timedelta(days=1))}")

    return run


def test_what_comes_due_as_time_passes_is_run() -> None:
    clock = BusinessClock()
    timetable = Timetable(clock, SharedLock())
    ran: list[datetime] = []
    # Due one tenth of a second from now.
    start = clock.now() - timedelta(minutes=1) + timedelta(seconds=0.1)
    timetable.add(Schedule(expression("rate(1 minute)", "UTC", start), ran.append))
    timetable.start()
    try:
        deadline = clock.now() + timedelta(seconds=5)
        while not ran and clock.now() < deadline:
            pass
        assert len(ran) == 1
    finally:
        timetable.stop()
