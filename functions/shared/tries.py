"""Tries: how often something was got wrong within a window of time."""

from functions.shared import clock
from functions.shared.items import Items, Key, Put, over
from functions.shared.keys import Keys
from functions.shared.refusal import TOO_MANY_TRIES, Refused

WINDOW_SECONDS = 15 * 60
MAX_TRIES = 10


def key(what: str, who: str, keys: Keys) -> Key:
    """Where the tries of the present window are counted; keyed, so that the table holds no stranger's address."""
    window = int(clock.now().timestamp()) // WINDOW_SECONDS
    return Key(f"TRIES#{keys.digest(f'{what} {who}').hex()}", f"WINDOW#{window}")


def refuse_more(items: Items, counted: Key) -> None:
    """Raises Refused `too_many_tries`, with the seconds to wait, once the window's tries are used up."""
    if items.get(counted, {}).get("count", 0) >= MAX_TRIES:
        raise Refused(TOO_MANY_TRIES, retry_after=WINDOW_SECONDS - int(clock.now().timestamp()) % WINDOW_SECONDS)


def counted(items: Items, at: Key) -> Put:
    """One more, for the transaction of what is being tried, where every try counts."""
    window = int(at.sk.removeprefix("WINDOW#"))
    read = items.get(at)
    count = read["count"] if read else 0
    return over(at, read, {"count": count + 1, "expires_at": (window + 1) * WINDOW_SECONDS})
