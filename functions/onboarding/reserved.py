"""Addresses that are kept for whoever had them: nobody else gets one while it can still be taken back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.onboarding.account import Account
from functions.shared import clock
from functions.shared.items import Items, Key, Put, over
from functions.shared.session import person

# How long a change of address can be undone.
UNDOABLE = timedelta(days=7)
# Longer than any work is late that still goes by the address: who has it now is found by it.
_KEPT = timedelta(days=90)


def reserved_key(email: str) -> Key:
    """Where it is kept that an address was somebody's, and who has their account now."""
    return Key(person(email), "RESERVED")


def reserve(account: Account, to: str, items: Items, link: Key, until: datetime) -> Put:
    """Keep an account's address for it once it is `to` be found at another, with the link that takes it back."""
    key = reserved_key(account.email)
    kept: Mapping[str, Any] = {
        "account_id": account.account_id,
        "to": to,
        "link": link.pk,
        "reserved_until": clock.rfc3339(until),
        "expires_at": int((until + _KEPT - clock.offset()).timestamp()),
    }
    return over(key, items.get(key), kept)


def is_reserved(items: Items, email: str, now: datetime) -> bool:
    """Whether an address is kept for somebody, as was read."""
    kept = items.get(reserved_key(email))
    return kept is not None and clock.rfc3339(now) < kept["reserved_until"]
