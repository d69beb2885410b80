"""Events: what happened, written in the transaction that made it happen, with a mark for each worker called for."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from functions.shared import clock, log
from functions.shared.items import Item, Key, Put, new
from functions.shared.outbox import Mark, Worker

PREFIX = "EVENT#"
# Who does what the clock, an inspection or a decision brings about by itself.
DESK = "guichet"
LAST = "EVENT#~"
# How a business date is marked in an event, so that no text that looks like one is taken for it.
_DATE = "date"


class Holds(NamedTuple):
    """How long it is true what an e-mail says, beside its code or link; by nothing that is named, for ever.

    `status` is the subscription's, `recipient` what whoever gets it is of it, `account` their account's status, `paper`
    how the paper stands that it is about, `until` names the date among what it says that is still to come, `that_day`
    says that it counts days.
    """

    status: tuple[str, ...] = ()
    recipient: tuple[Literal["administrator", "user", "stranger"], ...] = ()
    account: tuple[str, ...] = ()
    paper: tuple[str, ...] = ()
    until: str = ""
    that_day: bool = False


class Mail(NamedTuple):
    """An e-mail that an event calls for: where it is worded, and who gets it: the person it is about, who did it, the
    `other` whom its data names, or the firm's `accounts`.

    Whoever has no account when it is sent gets the one at `without_account` in its place, if there is one. It is worth
    sending again while it `holds`. One that says that nothing is kept of somebody `leaves_trace` nowhere.
    """

    texts: str
    to: Literal["person", "author", "other", "accounts"] = "person"
    without_account: str | None = None
    holds: Holds = Holds()
    leaves_trace: bool = True

    @property
    def wordings(self) -> tuple[str, ...]:
        """Where it may be worded."""
        return (self.texts, *([self.without_account] if self.without_account else []))

    def recipient(self, event: "Event", accounts: str) -> str:
        """Whose address it goes to; the firm's accounts have theirs."""
        named: Mapping[str, str] = event.data
        match self.to:
            case "author":
                return event.by
            case "accounts":
                return accounts
            case "person":
                return named.get("email", "")
            case "other":
                # Nobody, where there is none.
                return named.get("other", "")


class Told(NamedTuple):
    """A kind of event: its name, the topic of its texts, the e-mails and the workers that it calls for.

    In a history it is worded by its topic's `history.<name>`; one that is in none says so. Webhooks pass on those of
    its facts that it `publishes`, beside whom it is about (functions/workers/happenings.py); None where it serves the
    desk alone.
    """

    name: str
    topic: str
    mails: tuple[Mail, ...] = ()
    in_history: bool = True
    calls_for: tuple[Worker, ...] = ()
    publishes: tuple[str, ...] | None = ()

    @property
    def owed(self) -> tuple[Worker, ...]:
        """Who has something to do when it happens: whoever is called for, and who sends its e-mails."""
        return tuple(dict.fromkeys((*self.calls_for, *(("notifications",) if self.mails else ()))))

    @property
    def history(self) -> str:
        """Where a history words it."""
        return f"{self.topic}.history.{self.name}"

    def event(
        self, at: datetime, by: str, data: Mapping[str, Any] | None = None, *, kept_until: datetime | None = None
    ) -> "Event":
        """That it happened, by whom, with what its mails and history say of it, business dates as dates."""
        return Event(self.name, at, by, data or {}, kept_until, self.owed)


class Event(NamedTuple):
    """Something that happened to a subscription or an account; `data` is what its mails and history say, its business
    dates as dates.

    One that matters for a while only is `kept_until` then; `owed` names the workers that have something to do of it.
    """

    type: str
    at: datetime
    by: str
    data: Mapping[str, Any] = MappingProxyType({})
    kept_until: datetime | None = None
    owed: tuple[Worker, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What is told of it: who did it and when, and its data."""
        return {"by": self.by, **self.data, "at": self.at}

    def written(self, partition: str, cause: str) -> tuple[Put, ...]:
        """The event, and the marks of what is not done of it yet: to be committed together."""
        put = self.put(partition, cause)
        event_id = self.id(partition, cause)
        return put, *(Mark(worker, self.at, event_id, partition, self.type).put() for worker in self.owed)

    def id(self, partition: str, cause: str) -> str:
        """What tells it from all others: `cause` (the request's key) makes it the same at a repeat.

        Of those of one moment and cause, whom it is about tells it.
        """
        about = f"{partition} {clock.rfc3339(self.at)} {self.type} {self.data.get('email', '')} {cause}"
        return hashlib.sha256(about.encode()).hexdigest()[:32]

    def put(self, partition: str, cause: str) -> Put:
        """The event as an item of its aggregate."""
        at, event_id = clock.rfc3339(self.at), self.id(partition, cause)
        attributes = {
            "event_id": event_id,
            "type": self.type,
            "at": at,
            "by": self.by,
            "data": {name: _marked(value) for name, value in self.data.items()},
            # What set it off, for the log alone: the e-mails that it calls for say it too.
            "correlation_id": log.correlation(),
            "expires_at": self.kept_until and int((self.kept_until - clock.offset()).timestamp()),
        }
        return new(Key(partition, f"{PREFIX}{at}#{event_id}"), attributes)


def occurred(item: Item) -> Event:
    """An event as it was stored."""
    data = {name: _unmarked(value) for name, value in item.get("data", {}).items()}
    return Event(item["type"], datetime.fromisoformat(item["at"]), item["by"], data)


def _marked(value: Any) -> Any:
    return {_DATE: value.isoformat()} if isinstance(value, date) else value


def _unmarked(value: Any) -> Any:
    return date.fromisoformat(value[_DATE]) if isinstance(value, Mapping) and value.keys() == {_DATE} else value
