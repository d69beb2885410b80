"""References: names for orders and subscriptions that a person can read out on the telephone."""

import hashlib
import secrets
from datetime import UTC, datetime

from functions.shared import clock

# Crockford's base 32: no letter that looks like a digit or another letter.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference(now: datetime) -> str:
    """A new reference; in the order of their text they are in the order of time, to about a millisecond."""
    thousandth = now.microsecond * 1024 // 1_000_000
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{_coded(thousandth << 30 | secrets.randbits(30), 8)}"


def contract_number(subscription_id: str, now: datetime) -> str:
    """The contract number of a subscription, always the same for the same one."""
    number = int.from_bytes(hashlib.sha256(subscription_id.encode()).digest()[:8])
    return f"G-{clock.day(now).year}-{_coded(number, 10)}"


def _coded(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
