"""Contracts that were concluded before the desk was, and are managed here from now on. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from functions.shared import clock
from functions.shared.events import DESK, Holds, Mail, Told
from functions.shared.items import Item, Put, next_version
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import (
    Member,
    MemberStatus,
    Subscription,
    begun,
    enlisted,
    partition,
    same_contract,
    user_key,
)

IMPORTED = Told("imported", "contract", publishes=("seats", "begins", "end"))
WELCOMED = Told(
    "welcomed",
    "users",
    mails=(
        Mail(
            "users.mails.welcome",
            without_account="users.mails.welcome_user",
            holds=Holds(("active", "cancelling"), ("administrator", "user")),
        ),
    ),
    publishes=None,
)
TELLS = (IMPORTED, WELCOMED)
_ID_DIGITS = 32


class Colleague(NamedTuple):
    """One more user of a contract, and whether they have an account."""

    email: str
    has_account: bool


def imported_id(contract_number: str) -> str:
    """The id of the subscription of a contract that is taken over: always the same for the same number."""
    return sha256(f"imported {same_contract(contract_number)}".encode()).hexdigest()[:_ID_DIGITS]


def imported(subscription: Subscription, now: datetime) -> Iterator[Put]:
    """What is kept of a contract that is taken over, but for its other users: as of one that was signed here, with
    nothing to be sent to anybody.
    """
    yield from begun(subscription, clock.rfc3339(now))
    yield from deadlines(subscription, clock.day(now))
    facts = {"seats": subscription.seats, "begins": subscription.start, "end": subscription.end}
    told = IMPORTED.event(now, DESK, {**subscription.facts(), **facts})
    yield from told.written(partition(subscription.id), subscription.id)


def enlisted_all(subscription: Subscription, colleagues: Iterable[Colleague], now: datetime) -> Iterator[Put]:
    """These users of it, as the subscription and each of them list them."""
    for one in colleagues:
        status: MemberStatus = "active" if one.has_account else "invited"
        yield from enlisted(subscription, Member(one.email, "user", status, clock.rfc3339(now)))


def welcomed(subscription: Subscription, email: str, user: Item, now: datetime) -> Iterator[Put]:
    """Somebody who belongs to a contract that was taken over is told how they get into the desk.

    As the subscription lists them, they have their invitation then.
    """
    where, contract = partition(subscription.id), subscription.concluded_elsewhere or {}
    about = {"email": email, "company": contract["company"], "language": contract["language"]}
    told = WELCOMED.event(now, DESK, subscription.facts() | about)
    invited = {"invitation": told.id(where, subscription.id), "invited_at": clock.rfc3339(now), "mail": None}
    yield next_version(user_key(subscription.id, email), {**user, **invited})
    yield from told.written(where, subscription.id)


def concluded_elsewhere(supplier: str, company: str, language: str) -> Mapping[str, str]:
    """What a subscription keeps of its contract, which amendments name."""
    return {"supplier": supplier, "company": company, "language": language}
