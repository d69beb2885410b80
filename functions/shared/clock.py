"""Business time: the only place that asks what time it is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_offset = timedelta()


def now() -> datetime:
    """The business time, in UTC."""
    return datetime.now(UTC) + _offset


def day(moment: datetime) -> date:
    """The business date of a moment: the calendar day in Europe/Paris."""
    return moment.astimezone(PARIS).date()


def begins(day: date) -> datetime:
    """When a business date begins."""
    return datetime.combine(day, time(), PARIS)


def offset() -> timedelta:
    """How far business time stands from real time; zero wherever the desk is deployed."""
    return _offset


def travel(to_offset: timedelta) -> None:
    """Set business time that far from real time; only the local cloud and the tests do."""
    global _offset
    _offset = to_offset


def rfc3339(moment: datetime) -> str:
    """A moment as the API writes it, in UTC, to the microsecond so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
