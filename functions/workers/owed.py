"""What each receiver of webhooks is still to be told, in order, and the log of what it was told.

What waits stands in a partition of each receiver, by the place that its event has in the table's stream: so those of
one subscription are in the order in which they came about. Beside it stands the log, for 30 days: it knows each event
once, so that handing one over again owes it to nobody a second time. Neither holds more of an event than where it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from functions.shared import clock
from functions.shared.events import PREFIX
from functions.shared.items import Delete, Item, Key, Put, Set, Write, new, next_version
from functions.shared.store import Conflict

if TYPE_CHECKING:
    from functions.shared.store import Store

type State = Literal["waiting", "delivered", "given_up", "gone"]

WAITING, LOG = "WEBHOOKS", "WEBHOOK-LOG"
# How long it is tried: over a weekend.
GIVEN_UP_AFTER = timedelta(days=3)
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 240)
_LONGEST_WAIT = timedelta(hours=6)
_KEPT = timedelta(days=30)
# As many of what waits as are looked at at once, the oldest of a receiver.
AT_ONCE = 1000
_DIGITS = 40


@dataclass(frozen=True)
class Owed:
    """An event that a receiver is to be told: which, whose, and how often that was tried in vain.

    `place` orders the events; what was left out by the stream and is caught up with comes first.
    """

    receiver: str
    about: str
    event: str
    kind: str
    place: str
    since: datetime
    tries: int = 0
    next_at: datetime | None = None

    @classmethod
    def of(cls, receiver: str, item: Item, sequence_number: str, since: datetime) -> "Owed":
        """By the event's item, with its keys, as the stream has it."""
        event = item["SK"]
        return cls(receiver, item["PK"], event, item["type"], f"{sequence_number:0>{_DIGITS}}#{event}", since)

    @classmethod
    def stored(cls, receiver: str, place: str, item: Item) -> "Owed":
        """As it was kept, waiting or in the log."""
        since = datetime.fromisoformat(item["since"])
        next_at = datetime.fromisoformat(item["next_at"]) if "next_at" in item else None
        return cls(receiver, item["about"], item["event"], item["kind"], place, since, item["tries"], next_at)

    @property
    def event_id(self) -> str:
        """What tells the event from all others, at each attempt alike."""
        return self.event.rpartition("#")[2]

    @property
    def event_key(self) -> Key:
        """Where the event stands."""
        return Key(self.about, self.event)

    @property
    def key(self) -> Key:
        """Where it waits."""
        return Key(f"{WAITING}#{self.receiver}", self.place)

    @property
    def log_key(self) -> Key:
        """Where the log knows it."""
        return Key(f"{LOG}#{self.receiver}", self.event.removeprefix(PREFIX))

    def is_due(self, now: datetime) -> bool:
        """Whether it may be tried now."""
        return self.next_at is None or self.next_at <= now

    def owe(self, now: datetime) -> Iterator[Write]:
        """Owe it for the first time."""
        yield new(self.key, self._attributes(now))
        yield new(self.log_key, {**self._attributes(now), "place": self.place, "state": "waiting"})

    def told(self, answer: str, now: datetime) -> Iterator[Write]:
        """It was told, as the receiver's `answer` says."""
        return self._over("delivered", answer, now)

    def gone(self, now: datetime) -> Iterator[Write]:
        """There is nothing to tell: what it happened to was erased."""
        return self._over("gone", "", now)

    def failed(self, answer: str, now: datetime) -> Iterator[Write]:
        """It could not be told: once more later, unless it is given up."""
        if self.is_given_up(now):
            return self._over("given_up", answer, now)
        next_at = now + (timedelta(minutes=_MINUTES[self.tries]) if self.tries < len(_MINUTES) else _LONGEST_WAIT)
        return iter(
            (
                Set(self.key, {"tries": self.tries + 1, "next_at": clock.rfc3339(next_at)}),
                Set(self.log_key, self._tried("waiting", answer, now)),
            )
        )

    def is_given_up(self, now: datetime) -> bool:
        """Whether it is not tried again once it has failed now."""
        return now - self.since >= GIVEN_UP_AFTER

    def _over(self, state: State, answer: str, now: datetime) -> Iterator[Write]:
        yield Delete(self.key)
        yield Set(self.log_key, self._tried(state, answer, now))

    def _tried(self, state: State, answer: str, now: datetime) -> Item:
        return {"state": state, "answer": answer, "tries": self.tries + 1, "last_at": clock.rfc3339(now)}

    def _attributes(self, now: datetime) -> dict[str, Any]:
        return {
            "about": self.about,
            "event": self.event,
            "kind": self.kind,
            "since": clock.rfc3339(self.since),
            "tries": self.tries,
            "expires_at": int((now - clock.offset() + _KEPT).timestamp()),
        }


@dataclass(frozen=True)
class Logged:
    """What became of an event at a receiver."""

    owed: Owed
    item: Item

    @property
    def state(self) -> State:
        """How it stands."""
        state: State = self.item["state"]
        return state

    @property
    def at(self) -> str:
        """When it happened, as text whose order is that of time."""
        return self.owed.event.removeprefix(PREFIX).partition("#")[0]

    @property
    def tries(self) -> int:
        """How often it was tried."""
        tries: int = self.item["tries"]
        return tries

    @property
    def answer(self) -> str:
        """What the latest attempt was answered: a status, or why nothing came back."""
        return str(self.item.get("answer", ""))

    def again(self, now: datetime) -> Iterator[Write]:
        """Owe it once more, at its old place; what waits is tried at once."""
        anew = replace(self.owed, since=now, tries=0, next_at=None)
        yield Put(anew.key, {**anew._attributes(now), "version": 1})
        yield next_version(
            anew.log_key, {**self.item, **anew._attributes(now), "state": "waiting", "version": self.item["version"]}
        )


def owe(store: "Store", owed: Owed, now: datetime) -> bool:
    """Owe an event to a receiver unless the log knows it; says whether it is owed by this."""
    try:
        store.commit([*owed.owe(now)])
    except Conflict:
        if store.item(owed.log_key) is None:
            raise
        return False
    return True


def waiting(store: "Store", receiver: str, limit: int = AT_ONCE) -> list[Owed]:
    """What a receiver is to be told, the oldest first."""
    found = store.query(f"{WAITING}#{receiver}", first="0", last="~", limit=limit)
    return [Owed.stored(receiver, key.sk, item) for key, item in found]


def lanes(owed: Iterable[Owed], now: datetime) -> list[list[Owed]]:
    """What may be tried now: of each subscription, account or person's orders all that waits, in order.

    What was tried least comes first, so that what always fails keeps nothing else waiting.
    """
    by_lane = sorted(owed, key=lambda one: (one.about, one.place))
    found = [[*lane] for _, lane in groupby(by_lane, key=lambda one: one.about)]
    due = [lane for lane in found if lane[0].is_due(now)]
    return sorted(due, key=lambda lane: (lane[0].tries, lane[0].place))


def log(store: "Store", receiver: str, since: datetime | None = None) -> list[Logged]:
    """What a receiver was told and is to be told, of events since then, the oldest first."""
    found = store.query(f"{LOG}#{receiver}", first=clock.rfc3339(since) if since else "0", last="~")
    return [Logged(Owed.stored(receiver, item["place"], item), item) for _, item in found]
