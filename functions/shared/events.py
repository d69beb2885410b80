"""Events: what happened, written in the transaction that made it happen; audit trail and outbox in one."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from functions.shared import clock
from functions.shared.store import Item, Key, Put, new

PREFIX = "EVENT#"
# Who does what the clock, an inspection or a decision brings about by itself.
DESK = "guichet"
LAST = "EVENT#~"
_BUSINESS_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Event:
    """Something that happened to a subscription or an account; `data` is what its mails and history say.

    One that matters for a while only is `kept_until` then.
    """

    type: str
    at: datetime
    by: str
    data: Mapping[str, Any] = field(default_factory=dict)
    kept_until: datetime | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What is told of it: who did it, and its data with business dates as dates, for each language to write."""
        return {"by": self.by, **{name: _dated(value) for name, value in self.data.items()}}

    def put(self, partition: str, cause: str) -> Put:
        """The event as an item of its aggregate; `cause` (the request's key) makes its id the same at a repeat."""
        at = clock.rfc3339(self.at)
        event_id = hashlib.sha256(f"{partition} {at} {self.type} {cause}".encode()).hexdigest()[:32]
        attributes = {
            "event_id": event_id,
            "type": self.type,
            "at": at,
            "by": self.by,
            "data": self.data,
            "expires_at": self.kept_until and int((self.kept_until - clock.offset()).timestamp()),
        }
        return new(Key(partition, f"{PREFIX}{at}#{event_id}"), attributes)


def _dated(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and _BUSINESS_DATE.fullmatch(value) else value


def occurred(item: Item) -> Event:
    """An event as it was stored."""
    return Event(item["type"], datetime.fromisoformat(item["at"]), item["by"], item.get("data", {}))
