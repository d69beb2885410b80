"""References: names for orders and subscriptions that a person can read out on the telephone."""

import hashlib
from datetime import UTC, datetime

from functions.shared import clock

# Crockford's base 32: no letter that looks like a digit or another letter.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWN_BITS = 30


def reference(now: datetime, seed: str) -> str:
    """The reference of what is made now from a random seed.

    In the order of their text they are in the order of time, to about a millisecond.
    """
    thousandth = now.microsecond * 1024 // 1_000_000
    drawn = _number(f"reference {seed}") >> 64 - _DRAWN_BITS
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{_coded(thousandth << _DRAWN_BITS | drawn, 8)}"


def contract_number(subscription_id: str, now: datetime) -> str:
    """The contract number of a subscription, always the same for the same one."""
    return f"G-{clock.day(now).year}-{_coded(_number(subscription_id), 10)}"


def _number(text: str) -> int:
    """The first 64 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _coded(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
