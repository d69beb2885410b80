"""What falls due on a day: a note to look then, written in the transaction of the change that makes it so.

The notes stand in one partition in order of their days, so that one query finds all that is due, however late it is.
A note is never taken back: whoever looks decides by the state of that day.
"""

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from functions.shared.items import Key, Put

if TYPE_CHECKING:
    from functions.shared.store import Store

_PARTITION = "DUE"


class Due(NamedTuple):
    """Work of a kind (a name in functions/workers/daily.py) about a subject, to be done on a business day."""

    on: date
    kind: str
    subject: str

    @property
    def key(self) -> Key:
        """Where it is noted."""
        return Key(_PARTITION, f"{self.on.isoformat()}#{self.kind}#{self.subject}")

    def put(self) -> Put:
        """The note; writing it twice is writing it once."""
        return Put(self.key, {})


def until(store: "Store", today: date) -> list[Due]:
    """All that is due by the end of that day, the oldest first."""
    found = store.query(_PARTITION, first="0", last=f"{today.isoformat()}#~")
    return [_noted(key) for key, _ in found]


def _noted(key: Key) -> Due:
    on, kind, subject = key.sk.split("#", 2)
    return Due(date.fromisoformat(on), kind, subject)
