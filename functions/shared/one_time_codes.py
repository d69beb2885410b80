"""One-time codes: six digits (ten under attack), sent by e-mail, that show who reads that address.

The table never holds a code: it is derived, with the desk's key, from a seed that the code's item and its event keep.
A code lives on business time, so that its end can be lived through locally.
"""

import hmac
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.items import Delete, Items, Key, Put, over
from functions.shared.keys import Keys
from functions.shared.refusal import WRONG_CODE, Refused

LIFE = timedelta(minutes=10)
MAX_TRIES = 5
DIGITS = 6
# Where so many codes were asked for that six digits could be guessed in the end.
GUARDED_DIGITS = 10
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


def spend(items: Items, key: Key, given: str, now: datetime, keys: Keys) -> Delete:
    """The write that uses up the code, which must be the one given.

    Raises Refused `wrong_code` for another, or one that is used up, too old, or was never sent. The try is counted all
    the same, over the very item that was read: guesses made at one time cannot be more than the tries. Where no code
    was sent nothing is written.
    """
    known = items.get(key, {})
    tries = known.get("tries", 0)
    is_open = "seed" in known and tries < MAX_TRIES and clock.rfc3339(now) < known["until"]
    # Compared even when there is none, so that it takes as long.
    right = code(key, known.get("seed", ""), keys, known.get("digits", DIGITS))
    if hmac.compare_digest(right.encode(), given.encode()) and is_open:
        return Delete(key, known)
    raise Refused(WRONG_CODE, *([_kept(items, key, {**known, "tries": tries + 1})] if is_open else []))


def _kept(items: Items, key: Key, attributes: Mapping[str, Any]) -> Put:
    return over(key, items.get(key), {**attributes, "expires_at": int(time.time()) + _KEPT_SECONDS})
