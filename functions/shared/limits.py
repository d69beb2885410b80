"""Limits: how often something may be done within a time, by whom or from where: no guessing, no flood, no cost.

A limit of *tries* is counted before the try, by a conditional write of its own, so that many at one time cannot get
past it; where only failures count, it is given back when the try succeeds. Its time begins with its first try and is
never prolonged: whoever is kept out by somebody else's tries is so for no longer than that. A limit of *budget* is
counted in the very transaction of what it pays for: it costs no call, and its times follow one another.

Both are kept under keyed digests, so that the table holds no stranger's address.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

from functions.shared import clock
from functions.shared.calendar import A_DAY
from functions.shared.items import Count, Key
from functions.shared.keys import Keys
from functions.shared.refusal import TOO_MANY_TRIES, USED_UP, Refused
from functions.shared.store import Store, Window, retry_lost_races

QUARTER = 15 * 60
HOUR = 60 * 60
DAY = 24 * HOUR
# How many counts «everybody» is spread over, by network address: one item bears a thousand writes a second at most.
SHARES = 16


class Limit(NamedTuple):
    """At most so many of `what`, for each of `whose`, within that many seconds, for the table in infra/README.md.

    `counted`: of tries, whether all of them or those that fail count; of a budget, what is paid for in a transaction.
    One of a budget that is `by_day` counts the days in Paris, however long they are.
    Beyond one, a request is refused, or `silenced` where that would tell who is known (what it is about is just not
    done), or `guarded`: done with a longer code, so that nobody has to be kept from theirs for others' guesses.
    """

    what: str
    whose: str
    most: int
    seconds: int
    counted: Literal["tries", "failures", "budget"] = "budget"
    beyond: Literal["refused", "silenced", "guarded"] = "refused"
    by_day: bool = False


class Try(NamedTuple):
    """One of a limit's tries: where it counts."""

    limit: Limit
    key: Key


def tried(limit: Limit, who: str, keys: Keys) -> Try:
    """A try of somebody, or from somewhere."""
    return Try(limit, Key(f"TRIES#{_digest(limit, who, keys)}", "WINDOW"))


def tried_by_all(limit: Limit, network: str, keys: Keys) -> Try:
    """A try that counts for everybody: in the share that the network address belongs to."""
    share = int.from_bytes(keys.digest(f"share {network}")) % SHARES
    return tried(limit, str(share), keys)


def spent(limit: Limit, who: str, now: datetime, keys: Keys, times: int = 1, *, said: str | None = None) -> Count:
    """So many out of somebody's budget, for the transaction that it is for: that fails with `used_up` beyond it.

    `said` as in Refused.
    """
    window, left = _window(limit, now)
    return Count(
        Key(f"BUDGET#{_digest(limit, who, keys)}", f"WINDOW#{window}"),
        limit.most,
        times,
        int(time.time()) + max(limit.seconds, left),
        Refused(USED_UP, said=said, retry_after=left),
    )


def _window(limit: Limit, now: datetime) -> tuple[int, int]:
    """Which of a budget's times it is, and how many seconds of it are left."""
    if limit.by_day:
        today = clock.day(now)
        return today.toordinal(), int((clock.begins(today + A_DAY) - now).total_seconds()) + 1
    seconds = int(now.timestamp())
    window = seconds // limit.seconds
    return window, (window + 1) * limit.seconds - seconds


class Tries:
    """The tries of one request: counted once, however often the request is decided anew."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: list[tuple[Try, Window]] | None = None
        self.beyond: set[str] = set()

    def count(self, tries: Iterable[Try]) -> None:
        """Count them, in their order, before anything is tried.

        Raises Refused `too_many_tries`, with the seconds to wait, at the first limit that is reached and refuses.
        """
        if self._counted is not None:
            return
        self._counted = []
        for one in tries:
            # What is silenced sends nothing: it is not to use up what others of the same person's have.
            if "silenced" in self.beyond and one.limit.beyond != "refused":
                continue
            window = retry_lost_races(partial(self._count, one))
            if window.is_counted:
                self._counted.append((one, window))
            elif one.limit.beyond != "refused":
                self.beyond.add(one.limit.beyond)
            else:
                raise Refused(TOO_MANY_TRIES, retry_after=max(1, window.until - int(clock.now().timestamp())))

    def give_back(self, *, succeeded: bool) -> None:
        """Count those no longer that were not made, or, of one that `succeeded`, those of which only failures count."""
        for one, window in self._counted or ():
            if not succeeded or one.limit.counted == "failures":
                self._store.uncount(one.key, window)
        self._counted = []

    def _count(self, one: Try) -> Window:
        now = int(clock.now().timestamp())
        return self._store.count(one.key, one.limit.most, now, one.limit.seconds, clock.offset())


def _digest(limit: Limit, who: str, keys: Keys) -> str:
    return keys.digest(f"limit {limit.what} {limit.whose} {who}").hex()
