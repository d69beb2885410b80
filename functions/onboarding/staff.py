"""The staff: who is told each morning how much waits for them, and what they are told. Pure: no AWS, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.events import DESK, Mail, Told
from functions.shared.items import Item, Items, Key, Write, over
from functions.shared.session import account_key, person
from functions.shared.staff import STAFF

MORNING = Told("files_wait", "reviews", mails=(Mail("reviews.mails.morning"),), in_history=False, publishes=None)
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


def decide_morning(email: str, items: Items, waits: Mapping[str, Any], now: datetime) -> Iterator[Write]:
    """What a member of the staff is told today, once; nothing any more to who has left the staff."""
    today = clock.day(now).isoformat()
    account, member = items.get(account_key(email)), items.get(member_key(email))
    if account is None or STAFF not in account["roles"] or member is None or member.get("told_on") == today:
        return
    yield over(member_key(email), member, {"email": email, "told_on": today})
    data = {"email": email, "language": account["language"], **waits}
    event = MORNING.event(now, DESK, data, kept_until=now + _KEPT)
    yield from event.written(person(email), today)
