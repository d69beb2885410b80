"""Requests to take over: a user asks for the administrator's place, since the administrator has left. Pure.

While one is open the subscription itself says so, and whatever ends it is written over the version that was read: an
objection, a decision, a transfer, the asker's removal and the contract's end never come to two things at once. What was
asked and what became of it stays beside the subscription.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from functions.shared import clock
from functions.shared.events import DESK, Mail, Told
from functions.shared.items import Item, Items, Key, Put, Write, new, next_version
from functions.subscriptions.subscription import (
    OPEN_TO_USERS,
    Subscription,
    asked_key,
    decidable_from,
    partition,
    state_key,
    struck_off,
)

TAKEOVER_REMINDED = Told("takeover_reminded", "takeover", mails=(Mail("takeover.mails.reminded"),))
TELLS = (TAKEOVER_REMINDED,)
# What falls due, by its kind in functions/workers/daily.py; the subject is the request's id.
REMINDER = "takeover_reminder"
# Two days are left then, over a weekend too.
REMINDED_AFTER = timedelta(days=5)
PREFIX = "TAKEOVER#"
_ID_DIGITS = 24

type Outcome = Literal["objected", "accepted", "refused"]


@dataclass(frozen=True)
class Takeover:
    """A request as it is kept; `outcome` says how it was closed, if it was objected to or decided, `by` whom.

    `link` is the SHA-256 of what the link to object carries, `seed` what that is derived from. One whose asker or
    administrator has gone has no outcome: it is outdated.
    """

    id: str
    subscription: str
    asked_by: str
    administrator: str
    reason: str
    asked_at: str
    link: str
    seed: str
    outcome: Outcome | None = None
    closed_at: str | None = None
    by: str | None = None
    why: str | None = None
    version: int = 0

    @classmethod
    def stored(cls, item: Item) -> "Takeover":
        """From its item in the table."""
        return cls(**{name: item[name] for name in cls.__dataclass_fields__ if name in item})

    @property
    def key(self) -> Key:
        """Where it is kept."""
        return takeover_key(self.id)

    @property
    def says(self) -> dict[str, str]:
        """What the subscription says while it is open."""
        return {"id": self.id, "asked_by": self.asked_by, "asked_at": self.asked_at}

    @property
    def waits(self) -> Put:
        """Its place among those that wait for the staff, with whose accounts to look at."""
        people = {"asked_by": self.asked_by, "administrator": self.administrator}
        return Put(asked_key(self.says), {"takeover": self.id, **people})

    def put_new(self) -> Put:
        """Its item, which is not there yet."""
        return new(self.key, asdict(self))

    def closed(self, outcome: Outcome, now: datetime, by: str, why: str | None = None) -> Put:
        """Its item once somebody has objected to it, or decided on it."""
        after = replace(self, outcome=outcome, closed_at=clock.rfc3339(now), by=by, why=why)
        return next_version(self.key, asdict(after))

    @property
    def decidable_from(self) -> datetime:
        """From when on it can be accepted."""
        return decidable_from(self.asked_at)

    def is_open_in(self, subscription: Subscription) -> bool:
        """Whether it can still be objected to and decided upon, with the subscription as it stands."""
        asked = subscription.takeover
        is_asked = asked is not None and asked["id"] == self.id and subscription.administrator == self.administrator
        return is_asked and self.outcome is None and subscription.status in OPEN_TO_USERS

    def is_opened_by(self, token: str) -> bool:
        """Whether a link's token is the one that objects to it."""
        return hmac.compare_digest(digest(token), self.link)

    def facts(self, subscription: Subscription) -> dict[str, Any]:
        """What events and e-mails say of it: to the administrator, and to the `other`, who asks."""
        return {
            **subscription.facts(),
            "email": self.administrator,
            "other": self.asked_by,
            "takeover": self.id,
            "reason": self.reason,
            "decidable_from": clock.day(self.decidable_from),
        }


def new_id(subscription_id: str, random: str) -> str:
    """The id of a new request, which leads to its subscription."""
    return f"{subscription_id}.{random[:_ID_DIGITS]}"


def digest(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def subscription_of(takeover_id: str) -> str:
    """The subscription that a request's id leads to."""
    return takeover_id.rpartition(".")[0]


def takeover_key(takeover_id: str) -> Key:
    """Where a request is kept."""
    return Key(partition(subscription_of(takeover_id)), f"{PREFIX}{takeover_id}")


def keys(takeover_id: str) -> tuple[Key, Key]:
    """What is read to know how a request stands: itself and its subscription."""
    return takeover_key(takeover_id), state_key(subscription_of(takeover_id))


def found(items: Items, takeover_id: str) -> tuple[Takeover, Subscription] | None:
    """A request and its subscription as they are kept, if there is such a request."""
    item = items.get(takeover_key(takeover_id))
    if item is None:
        return None
    return Takeover.stored(item), Subscription.stored(items[state_key(subscription_of(takeover_id))])


def dropped(subscription: Subscription) -> tuple[Write, ...]:
    """The subscription with nobody asking any more, and everybody who belongs to it as they were."""
    return (subscription.unasked.put(), *struck_off(subscription))


def decide_reminder(takeover: Takeover, subscription: Subscription, now: datetime) -> Iterator[Write]:
    """Before the staff can decide, the administrator is written to once more, if it is still open."""
    if takeover.is_open_in(subscription.on(clock.day(now))):
        data = takeover.facts(subscription) | {"link": takeover.seed}
        yield from TAKEOVER_REMINDED.event(now, DESK, data).written(partition(subscription.id), REMINDER)


def shown_facts(subscription: Subscription) -> Mapping[str, str]:
    """What whoever may see a request is told of its subscription."""
    return {
        "contract_number": subscription.contract_number,
        "product": subscription.product,
        "edition": subscription.edition,
    }
