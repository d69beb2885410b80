"""Links in e-mails: whoever holds the 256-bit token may do one thing, for a while; the table keeps only its SHA-256.

A token is derived from a seed: the event that calls for the mail carries the seed (as `link` in its data), the mail
carries the token, and neither a repeat nor the table gives it away. In the mail it belongs behind the link's `#`,
which reaches no server and so no log.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from functions.shared import clock
from functions.shared.items import Delete, Item, Items, Key, Put, new, next_version
from functions.shared.keys import Keys, written
from functions.shared.refusal import LINK_EXPIRED, NOT_FOUND, Code, Refused

# How long a link that is too old is still told from one that never was.
_REMEMBERED = timedelta(days=90)


class Link(NamedTuple):
    """What a link is good for: one purpose, about one subject, until a moment of business time.

    `said` is what whoever asked for it has said already.
    """

    purpose: str
    subject: str
    valid_until: datetime
    said: Mapping[str, Any] = MappingProxyType({})


def token(of_seed: str, keys: Keys) -> str:
    """The 256-bit token that goes into the e-mail."""
    return written(keys.derived(of_seed, f"link {of_seed}"))


def key(of_token: str) -> Key:
    """Where a token's link is kept; keep it too where the link may have to be revoked."""
    return Key(f"LINK#{hashlib.sha256(of_token.encode()).hexdigest()}", "LINK")


def made(of_token: str, link: Link) -> Put:
    """A new link."""
    return new(key(of_token), _attributes(link))


def prolonged(at: Key, item: Item, until: datetime) -> Put:
    """The same link, good for longer."""
    link = Link(item["purpose"], item["subject"], until, item.get("said", {}))
    return next_version(at, {**_attributes(link), "version": item["version"]})


def is_over(item: Item, now: datetime) -> bool:
    """Whether a link is too old."""
    return now >= datetime.fromisoformat(item["valid_until"])


def _attributes(link: Link) -> Item:
    return {
        "purpose": link.purpose,
        "subject": link.subject,
        "said": dict(link.said),
        "valid_until": clock.rfc3339(link.valid_until),
        "expires_at": int((link.valid_until - clock.offset() + _REMEMBERED).timestamp()),
    }


def opened(
    items: Items, of_token: str, purpose: str, now: datetime, since: Mapping[str, str] = MappingProxyType({})
) -> Link:
    """The link behind a token, for this purpose.

    Raises Refused: `not_found` for one that is unknown, ended or for something else, `link_expired` for one too old,
    with what has become of it `since`.
    """
    link = known(items, of_token, purpose)
    if now >= link.valid_until:
        raise Refused(LINK_EXPIRED, **since)
    return link


def known(items: Items, of_token: str, purpose: str) -> Link:
    """The same however old it is: what a new link may be asked for with. Raises Refused `not_found`."""
    item = items.get(key(of_token))
    if item is None or item["purpose"] != purpose:
        raise Refused(NOT_FOUND)
    return Link(item["purpose"], item["subject"], datetime.fromisoformat(item["valid_until"]), item.get("said", {}))


def done_since(status: str, why_not: Code | None) -> Mapping[str, str]:
    """What is said of a link that is too old once what it was for is done: why, and how its subscription stands."""
    return {"because": why_not.name, "subscription_status": status} if why_not else {}


def is_good(item: Item | None, subject: str, now: datetime) -> bool:
    """Whether a link about that subject still opens, as its own item says."""
    return item is not None and item["subject"] == subject and not is_over(item, now)


def ended(items: Items, at: Key) -> Delete:
    """A link that opens no more: revoked, or of single use and gone in the transaction of what it allowed."""
    return Delete(at, items[at])
