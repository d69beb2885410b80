"""One-time codes: six digits, sent by e-mail, that show who reads that address.

The table never holds a code: it is derived, with the desk's key, from a seed that the code's item and its event keep.
A code lives on business time, so that its end can be lived through locally.
"""

import hmac
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.shared import clock
from functions.shared.items import Items, Key, Put, over
from functions.shared.keys import Keys
from functions.shared.refusal import TOO_MANY_TRIES, WRONG_CODE, Refused

LIFE = timedelta(minutes=10)
MAX_TRIES = 5
# Bounds both the e-mails that a stranger can cause and the guesses that new codes give them.
MAX_AN_HOUR = 10
_HOUR = timedelta(hours=1)
_KEPT_SECONDS = 24 * 60 * 60


def code(key: Key, seed: str, keys: Keys) -> str:
    """The six digits."""
    digest = keys.derived(seed, f"code {key.pk} {key.sk} {seed}")
    return f"{int.from_bytes(digest) % 1_000_000:06}"


def enclosed(key: Key, seed: str) -> Mapping[str, str]:
    """What an event carries, as its fact `code`, in place of the digits."""
    return {"pk": key.pk, "sk": key.sk, "seed": seed}


def disclosed(enclosure: Mapping[str, str], keys: Keys) -> str:
    """The digits of an enclosed code, for its e-mail."""
    return code(Key(enclosure["pk"], enclosure["sk"]), enclosure["seed"], keys)


def issue(items: Items, key: Key, seed: str, now: datetime, about: Mapping[str, Any] | None = None) -> Put:
    """A new code at `key`, which replaces the one before; `about` is kept with it.

    Raises Refused `too_many_tries` when too many were asked for within the hour.
    """
    known = items.get(key, {})
    since = datetime.fromisoformat(known["asked_since"]) if "asked_since" in known else now
    asked = known.get("asked", 0)
    if not since <= now < since + _HOUR:
        since, asked = now, 0
    if asked >= MAX_AN_HOUR:
        raise Refused(TOO_MANY_TRIES, retry_after=int((since + _HOUR - now).total_seconds()) + 1)
    attributes = {
        "seed": seed,
        "until": clock.rfc3339(now + LIFE),
        "about": about or {},
        "tries": 0,
        "asked": asked + 1,
        "asked_since": clock.rfc3339(since),
    }
    return _kept(items, key, attributes)


def about(items: Items, key: Key) -> Mapping[str, Any]:
    """What is kept with the code at `key`; empty when there is none."""
    kept: Mapping[str, Any] = items.get(key, {}).get("about", {})
    return kept


def spend(items: Items, key: Key, given: str, now: datetime, keys: Keys) -> Put:
    """The write that uses up the code, which must be the one given.

    Raises Refused `wrong_code` for another, or one that is used up, too old, or was never sent. The try is counted all
    the same, over the very item that was read: guesses made at one time cannot be more than the tries.
    """
    known = items.get(key, {})
    tries = known.get("tries", 0)
    kept = {name: known[name] for name in ("asked", "asked_since") if name in known}
    is_open = "seed" in known and tries < MAX_TRIES and clock.rfc3339(now) < known["until"]
    # Compared even when there is none, so that it takes as long.
    right = code(key, known.get("seed", ""), keys)
    if hmac.compare_digest(right.encode(), given.encode()) and is_open:
        return _kept(items, key, kept)
    opened = {name: known[name] for name in ("seed", "until", "about") if name in known}
    raise Refused(WRONG_CODE, _kept(items, key, {**kept, **opened, "tries": tries + 1}))


def _kept(items: Items, key: Key, attributes: Mapping[str, Any]) -> Put:
    return over(key, items.get(key), {**attributes, "expires_at": int(time.time()) + _KEPT_SECONDS})
