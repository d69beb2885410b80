"""One-time codes: six digits (ten under attack), sent by e-mail, that show who reads that address.

The table never holds a code: it is derived, with the desk's key, from a seed that the code's item and its event keep.
From the same seed comes a long one for the link of the same e-mail: it names the code's item and cannot be guessed, so
that whoever reads the e-mail can use it wherever they are.
A code lives on business time, so that its end can be lived through locally.
"""

import hmac
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.items import Delete, Item, Items, Key, Put, over
from functions.shared.keys import Keys
from functions.shared.refusal import WRONG_CODE, Refused

LIFE = timedelta(minutes=10)
MAX_TRIES = 5
DIGITS = 6
# Where so many codes were asked for that six digits could be guessed in the end.
GUARDED_DIGITS = 10
# A long one: what its item is called for, then 256 bits, both in hexadecimal.
LONG = 128
_NAME = 64
_KEPT_SECONDS = 24 * 60 * 60


def code(key: Key, seed: str, keys: Keys, digits: int = DIGITS) -> str:
    """The digits."""
    digest = keys.derived(seed, f"code {key.pk} {key.sk} {seed}")
    return f"{int.from_bytes(digest) % 10**digits:0{digits}}"


def enclosed(key: Key, seed: str, digits: int = DIGITS) -> Mapping[str, str | int]:
    """What an event carries, as its fact `code`, in place of the digits."""
    return {"pk": key.pk, "sk": key.sk, "seed": seed, "digits": digits}


def disclosed(enclosure: Mapping[str, Any], keys: Keys) -> str:
    """The digits of an enclosed code, for its e-mail."""
    key, digits = Key(enclosure["pk"], enclosure["sk"]), enclosure.get("digits", DIGITS)
    return code(key, enclosure["seed"], keys, digits)


def long_one(enclosure: Mapping[str, Any], keys: Keys) -> str:
    """What the link of an enclosed code's e-mail carries: `named` says whose it is."""
    return _long(Key(enclosure["pk"], enclosure["sk"]), enclosure["seed"], keys)


def named(given: str) -> str | None:
    """The name, a digest, of the item that a long code is for; none of one that is typed."""
    return given[:_NAME] if len(given) == LONG else None


def _long(key: Key, seed: str, keys: Keys) -> str:
    return key.sk[-_NAME:] + keys.derived(seed, f"long code {key.pk} {key.sk} {seed}").hex()


def issue(
    items: Items,
    key: Key,
    seed: str,
    now: datetime,
    about: Mapping[str, Any] | None = None,
    digits: int = DIGITS,
) -> Put:
    """A new code at `key`, which replaces the one before; `about` is kept with it."""
    until = clock.rfc3339(now + LIFE)
    attributes = {"seed": seed, "digits": digits, "until": until, "about": about or {}, "tries": 0}
    return _kept(items, key, attributes)


def about(items: Items, key: Key) -> Mapping[str, Any]:
    """What is kept with the code at `key`; empty when there is none."""
    kept: Mapping[str, Any] = items.get(key, {}).get("about", {})
    return kept


def is_open(item: Item | None, enclosure: Mapping[str, Any], now: datetime) -> bool:
    """Whether the code that an event encloses would still be taken, as its own item says."""
    known = item or {}
    return known.get("seed") == enclosure["seed"] and _is_open(known, now)


def _is_open(known: Item, now: datetime) -> bool:
    return "seed" in known and known.get("tries", 0) < MAX_TRIES and clock.rfc3339(now) < known["until"]


def spend(items: Items, key: Key, given: str, now: datetime, keys: Keys) -> Delete:
    """The write that uses up the code, which must be the one given.

    Raises Refused `wrong_code` for another, or one that is used up, too old, or was never sent. The try is counted all
    the same, over the very item that was read: guesses made at one time cannot be more than the tries. Where no code
    was sent nothing is written.
    """
    known = items.get(key, {})
    tries = known.get("tries", 0)
    # Compared even when there is none, so that it takes as long.
    seed = known.get("seed", "")
    is_long = len(given) == LONG
    right = _long(key, seed, keys) if is_long else code(key, seed, keys, known.get("digits", DIGITS))
    if hmac.compare_digest(right.encode(), given.encode()) and _is_open(known, now):
        return Delete(key, known)
    raise Refused(WRONG_CODE, *([_kept(items, key, {**known, "tries": tries + 1})] if _is_open(known, now) else []))


def _kept(items: Items, key: Key, attributes: Mapping[str, Any]) -> Put:
    return over(key, items.get(key), {**attributes, "expires_at": int(time.time()) + _KEPT_SECONDS})
