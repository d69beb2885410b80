"""Events: what happened, written in the transaction that made it happen; audit trail and outbox in one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.shared import clock
from functions.shared.store import Item, Key, Put, new

PREFIX = "EVENT#"
LAST = "EVENT#~"


@dataclass(frozen=True)
class Event:
    """Something that happened to a subscription or an account; `data` is what its mails and history say."""

    type: str
    at: datetime
    by: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def put(self, partition: str, cause: str) -> Put:
        """The event as an item of its aggregate; `cause` (the request's key) makes its id the same at a repeat."""
        at = clock.rfc3339(self.at)
        event_id = hashlib.sha256(f"{partition} {at} {self.type} {cause}".encode()).hexdigest()[:32]
        attributes = {"event_id": event_id, "type": self.type, "at": at, "by": self.by, "data": self.data}
        return new(Key(partition, f"{PREFIX}{at}#{event_id}"), attributes)


def occurred(item: Item) -> Event:
    """An event as it was stored."""
    return Event(item["type"], datetime.fromisoformat(item["at"]), item["by"], item.get("data", {}))
