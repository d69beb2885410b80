"""What is not done yet: a mark for each worker that an event calls for, written in the event's own transaction and
taken away by that worker once its part is done.

A stream forgets after a day and gives a record up after so many tries; a mark stays until the work is done. The marks
of a worker stand in a few partitions in the order of their times, so that what is overdue is found by a query of each,
however late it is, and none of them is written more often than DynamoDB takes (1,000 units a second).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from functions.shared import clock
from functions.shared.items import Item, Key, Put

if TYPE_CHECKING:
    from functions.shared.store import Store

type Worker = Literal["notifications", "sealing", "uploads"]
WORKERS: tuple[Worker, ...] = get_args(Worker.__value__)
PENDING = "PENDING"
# A mark takes three units (two in its transaction, one to take it away), so that this is for 1,300 events a second.
_SHARDS = 4


class Mark(NamedTuple):
    """That a worker still owes something of what happened `at` a time: a `kind` of event about a `subject`.

    `id` is hexadecimal, and the same however often the mark is made.
    `tries` and `cause` (a code) say how often a sweep or the stream has tried in vain, and what was in the way.
    """

    worker: Worker
    at: datetime
    id: str
    subject: str
    kind: str
    tries: int = 0
    cause: str | None = None

    @property
    def key(self) -> Key:
        """Where it stands."""
        return Key(_partition(self.worker, int(self.id[0], 16) % _SHARDS), f"{clock.rfc3339(self.at)}#{self.id}")

    def put(self) -> Put:
        """The mark; writing it twice is writing it once."""
        return Put(self.key, {"of": self.subject, "kind": self.kind, "tries": self.tries, "cause": self.cause})

    def failed(self, cause: str) -> "Mark":
        """The same after one more try."""
        return self._replace(tries=self.tries + 1, cause=cause)


def overdue(store: "Store", worker: Worker, before: datetime) -> list[Mark]:
    """All that a worker should have done by then: what was tried least comes first, then the oldest.

    So what always fails never keeps a sweep, whose time is limited, from what does not.
    """
    last = clock.rfc3339(before)
    found = [
        _marked(worker, key, item)
        for shard in range(_SHARDS)
        for key, item in store.query(_partition(worker, shard), first="0", last=last)
    ]
    return sorted(found, key=lambda mark: (mark.tries, mark.at))


def _partition(worker: Worker, shard: int) -> str:
    return f"{PENDING}#{worker}#{shard}"


def _marked(worker: Worker, key: Key, item: Item) -> Mark:
    at, _, name = key.sk.partition("#")
    return Mark(
        worker, datetime.fromisoformat(at), name, item["of"], item["kind"], item.get("tries", 0), item.get("cause")
    )
