"""The log of e-mails: which left for whom, and what became of each, for 90 days. Pure.

It holds what an e-mail is made from again (its event and its wording), never a code or a link of it. SES tells of one
message more than once, late and in any order: what an entry keeps is the last of these words that is known, so that
nothing depends on which was told first.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from functions.shared import clock
from functions.shared.events import Holds, Mail
from functions.shared.items import Item, Key, Put, new, next_version
from functions.shared.session import person

type Fate = Literal["sending", "failed", "sent", "put_off", "delivered", "bounced", "rejected"]
type MailState = Literal["sent", "delivered", "bounced", "failed"]

KEPT = timedelta(days=90)
PREFIX = "MAIL#"
LAST = "MAIL#~"
# The tag of a message by which SES says whose it is: digits, hyphens, and no address.
TAG = "mail"
# An answer from a machine («out of the office») follows a delivery as a bounce that passes; one that does not pass
# takes the delivery back. What could not be handed over is tried again.
_ORDER: tuple[Fate, ...] = ("sending", "failed", "sent", "put_off", "delivered", "bounced", "rejected")
_SHOWN: dict[Fate, MailState] = {
    "sending": "failed",
    "failed": "failed",
    "sent": "sent",
    "put_off": "bounced",
    "delivered": "delivered",
    "bounced": "bounced",
    "rejected": "failed",
}
# By then whoever was sending it has died.
_SENDING_LASTS = timedelta(minutes=1)
_ID = re.compile(r"(?P<at>\d{20})-(?P<event>[0-9a-f]{32})-(?P<part>[0-9a-f]{8})", re.ASCII)
_PART_DIGITS = 8


class Logged(NamedTuple):
    """An entry: of which event (where that is kept), which of its e-mails, under which subject without its code."""

    about: Key
    mail: Mail
    subject: str
    at: datetime


def mail_id(called_at: datetime, event_id: str, recipient: str, texts: str) -> str:
    """What an e-mail is known by: when it was called for, by which event, and which of that event's it is."""
    return f"{called_at.astimezone(UTC):%Y%m%d%H%M%S%f}-{event_id}-{part(recipient, texts)}"


def part(recipient: str, texts: str) -> str:
    """Which of an event's e-mails it is."""
    return hashlib.sha256(f"{recipient}#{texts}".encode()).hexdigest()[:_PART_DIGITS]


def event_and_part(of_mail: str) -> tuple[str, str] | None:
    """By which event an e-mail was called for, and which of its it is; None for what is no e-mail's name."""
    found = _ID.fullmatch(of_mail)
    return (found["event"], found["part"]) if found else None


def sent_key(event_id: str, recipient: str, texts: str) -> Key:
    """Where it is kept that an e-mail of an event is being sent, or is."""
    return Key(f"{PREFIX}{event_id}", f"{recipient}#{texts}")


def is_logged(mail: Mail) -> bool:
    """Whether it goes to a person of whom something is kept: neither to the firm's accounts, nor to who has left."""
    return mail.to != "accounts" and mail.leaves_trace


def key(recipient: str, of_mail: str) -> Key:
    """Where an e-mail is logged: beside all else of the person."""
    return Key(person(recipient), f"{PREFIX}{of_mail}")


def begun(at: Key, item: Item | None, logged: Logged) -> Put | None:
    """The entry of an e-mail that is about to be sent; None where an earlier try has made it."""
    if item is not None:
        return None
    attributes = {
        "about": list(logged.about),
        "texts": logged.mail.texts,
        "holds": {name: value for name, value in logged.mail.holds._asdict().items() if value},
        "subject": logged.subject,
        "at": clock.rfc3339(logged.at),
        "state": "sending",
        "expires_at": int((logged.at - clock.offset() + KEPT).timestamp()),
    }
    return new(at, attributes)


def noted(at: Key, item: Item | None, fate: Fate, when: datetime | None = None) -> Put | None:
    """The entry with what became of its e-mail, and when it was sent; None where that is known, or it is gone."""
    if item is None or not is_news(item["state"], fate):
        return None
    sent = {} if when is None else {"at": clock.rfc3339(when)}
    return next_version(at, {**item, "state": fate, **sent})


def is_news(known: Fate | None, fate: Fate) -> bool:
    """Whether it is the later word on a message, whichever was told first."""
    return known is None or _ORDER.index(known) < _ORDER.index(fate)


def holds(entry: Item) -> Holds:
    """How long it is true what an e-mail says, as it was when that left."""
    kept = entry["holds"]
    return Holds(
        status=tuple(kept.get("status", ())),
        recipient=tuple(kept.get("recipient", ())),
        account=tuple(kept.get("account", ())),
        paper=tuple(kept.get("paper", ())),
        until=kept.get("until", ""),
        that_day=kept.get("that_day", False),
    )


def kind(texts: str) -> str:
    """What an e-mail is called for others: by its wording."""
    return texts.replace(".mails.", ".")


def state(item: Item, now: datetime) -> MailState | None:
    """What became of it, as it is shown; None while it is being sent."""
    is_new = now - datetime.fromisoformat(item["at"]) < _SENDING_LASTS
    return None if item["state"] == "sending" and is_new else _SHOWN[item["state"]]
