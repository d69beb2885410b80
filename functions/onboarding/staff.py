"""The staff: who is told how much waits for them, each morning and on a file's last day, and what they are told.

Pure: no AWS, no clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.events import DESK, Mail, Told
from functions.shared.items import Item, Items, Key, Write, over
from functions.shared.session import account_key, person
from functions.shared.staff import STAFF

MORNING = Told("files_wait", "reviews", mails=(Mail("reviews.mails.morning"),), in_history=False, publishes=None)
LAST_DAY = Told("files_end", "reviews", mails=(Mail("reviews.mails.last_day"),), in_history=False, publishes=None)
TELLS = (MORNING, LAST_DAY)
# Where the members of the staff stand, since nothing is looked for among all accounts (infra/roles.py).
PARTITION = "STAFF"
_MEMBER = "MEMBER#"
# How many days before a file's last one it is urgent.
_URGENT_DAYS = 3
_KEPT = timedelta(days=7)


def member_key(email: str) -> Key:
    """Where it stands that somebody is a member of the staff."""
    return Key(PARTITION, f"{_MEMBER}{email}")


def member_of(key: Key) -> str:
    """Whose place among the staff it is."""
    return key.sk.removeprefix(_MEMBER)


def what_waits(queue: Iterable[Item], takeovers: int, today: date) -> Mapping[str, Any] | None:
    """How much waits for the staff, of whom it says nothing; None when nothing does.

    `takeovers` counts the requests that can be accepted before the next morning.
    """
    files = [item for item in queue if item.get("turn", STAFF) == STAFF]
    if not files and not takeovers:
        return None
    waiting = [clock.day(datetime.fromisoformat(item["since"])) for item in files if item.get("since")]
    last = (today + timedelta(days=_URGENT_DAYS)).isoformat()
    return {
        "waiting": len(files) + takeovers,
        "files": len(files),
        "takeovers": takeovers,
        "papers": sum(len(item["kinds"]) for item in files),
        "messages": sum(bool(item.get("message_waits")) for item in files),
        "urgent": sum(item["deadline"] <= last for item in files),
        "since": min(waiting, default=today),
    }


def decide_morning(
    email: str, items: Items, waits: Mapping[str, Any], ends: Iterable[str], now: datetime
) -> Iterator[Write]:
    """What a member of the staff is told today, once: `waits`, among it what ends today (`ends_today`)."""
    if items.get(member_key(email), {}).get("told_on") != clock.day(now).isoformat():
        yield from _tell(MORNING, email, items, waits, ends, now)


def decide_last_day(email: str, items: Items, queue: Iterable[Item], now: datetime) -> Iterator[Write]:
    """What a member of the staff is told of the files whose last day it is, once of each that has come to wait.

    At midnight what waits is destroyed without having been looked at.
    """
    today = clock.day(now)
    ends = ends_today(queue, today)
    known = items.get(member_key(email), {}).get("told_of", ())
    new = [item for since, item in ends.items() if since not in known]
    if waits := what_waits(new, 0, today):
        yield from _tell(LAST_DAY, email, items, waits, ends, now)


def ends_today(queue: Iterable[Item], today: date) -> Mapping[str, Item]:
    """The files whose last day it is, by the moment since when they have waited."""
    return {item["since"]: item for item in queue if item["deadline"] == today.isoformat() and item.get("since")}


def _tell(
    what: Told, email: str, items: Items, waits: Mapping[str, Any], told_of: Iterable[str], now: datetime
) -> Iterator[Write]:
    """Nothing any more to who has left the staff."""
    account, member = items.get(account_key(email)), items.get(member_key(email))
    if account is None or STAFF not in account["roles"] or member is None:
        return
    told = {"told_on": clock.day(now).isoformat(), "told_of": sorted(told_of)}
    yield over(member_key(email), member, {"email": email, **told})
    data = {"email": email, "language": account["language"], **waits}
    yield from what.event(now, DESK, data, kept_until=now + _KEPT).written(person(email), clock.rfc3339(now))
