"""Requests to take over: a user asks for the administrator's place, since the administrator has left. Pure.

While one is open the subscription itself says so, and whatever ends it is written over the version that was read: an
objection, a decision, a transfer, the asker's removal and the contract's end never come to two things at once. What was
asked and what became of it stays beside the subscription.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from functions.shared import clock
from functions.shared.events import DESK, Event, Mail, Told
from functions.shared.items import Item, Items, Key, Put, Set, Write, new, next_version
from functions.subscriptions.subscription import (
    ASKED_PREFIX,
    OPEN_TO_USERS,
    Subscription,
    asked_key,
    decidable_from,
    partition,
    state_key,
    struck_off,
)

TAKEOVER_REMINDED = Told(
    "takeover_reminded",
    "takeover",
    mails=(Mail("takeover.mails.reminded"),),
    publishes=("takeover", "reason", "decidable_from"),
)
# What ends one although nobody has decided on it: who asked is out, or somebody else is the administrator, or the
# contract is over. Whoever brought it about knows; the others are told.
TAKEOVER_LEFT = Told(
    "takeover_left", "takeover", mails=(Mail("takeover.mails.left"), Mail("takeover.mails.removed", to="other"))
)
TAKEOVER_OVERTAKEN = Told("takeover_overtaken", "takeover", mails=(Mail("takeover.mails.overtaken", to="other"),))
TAKEOVER_LAPSED = Told("takeover_lapsed", "takeover", mails=(Mail("takeover.mails.lapsed", to="other"),))
TELLS = (TAKEOVER_REMINDED, TAKEOVER_LEFT, TAKEOVER_OVERTAKEN, TAKEOVER_LAPSED)
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


def ended_by_leaving(subscription: Subscription, email: str, by: str, now: datetime) -> Iterator[tuple[str, Event]]:
    """What is told when whoever asks is out: to the administrator if they left, to themselves if they were removed."""
    if subscription.takeover and subscription.takeover["asked_by"] == email:
        is_removed = by != DESK
        told = {"email": "" if is_removed else subscription.administrator, "other": email if is_removed else ""}
        yield _told(TAKEOVER_LEFT, subscription, now, by, told)


def ended_by_succession(subscription: Subscription, to: str, by: str, now: datetime) -> Iterator[tuple[str, Event]]:
    """What whoever asks is told when the role passes `to` somebody else."""
    if subscription.takeover and subscription.takeover["asked_by"] != to:
        told = {"email": to, "other": subscription.takeover["asked_by"]}
        yield _told(TAKEOVER_OVERTAKEN, subscription, now, by, told)


def ended_with_contract(subscription: Subscription, by: str, now: datetime) -> Iterator[tuple[str, Event]]:
    """What whoever asks is told when the contract is over."""
    if subscription.takeover:
        yield _told(TAKEOVER_LAPSED, subscription, now, by, {"other": subscription.takeover["asked_by"]})


def _told(what: Told, subscription: Subscription, now: datetime, by: str, whom: Mapping[str, str]) -> tuple[str, Event]:
    return partition(subscription.id), what.event(now, by, {**subscription.facts(), **whom})


def readdressed(subscription: Subscription, old: str, new: str) -> tuple[Subscription, tuple[Write, ...]]:
    """An open request goes on when whoever asks, or is asked, has another address.

    The subscription as it says so, and what else is written; both items are there for as long as it says so.
    """
    asked = subscription.takeover
    if asked is None or old not in (asked["asked_by"], subscription.administrator):
        return subscription, ()
    if new == subscription.administrator:
        # Whoever asks was given the role under their new address: there is nothing to ask for.
        return subscription.unasked, struck_off(subscription)
    part = "asked_by" if asked["asked_by"] == old else "administrator"
    after = replace(subscription, takeover={**asked, "asked_by": new}) if part == "asked_by" else subscription
    return after, (Set(takeover_key(asked["id"]), {part: new}), Set(asked_key(asked), {part: new}))


def decidable_today(waiting: Iterable[Key], now: datetime) -> int:
    """How many of those that wait for the staff can be accepted before the day is over."""
    asked_at = (key.sk.removeprefix(ASKED_PREFIX).partition("#")[0] for key in waiting)
    return sum(clock.day(decidable_from(at)) <= clock.day(now) for at in asked_at)


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
