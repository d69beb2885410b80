"""What must never be is seen when it is."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from functions.onboarding.account import Account, AccountStatus
from functions.onboarding.account import partition as account_partition
from functions.onboarding.messages import PREFIX
from functions.shared import clock
from functions.shared.items import Item, Key
from functions.shared.outbox import Mark
from functions.shared.session import account_key
from functions.subscriptions.leases import LASTS, Lease, shelf_key
from functions.subscriptions.subscription import (
    Member,
    Subscription,
    begun,
    enlisted,
    membership_key,
    state_key,
    user_key,
)
from tests.crash.invariants import broken

ADMIN, USER = "admin@example.com", "user@example.com"
SUBSCRIPTION = Subscription(
    id="s-1",
    contract_number="G-2026-000001",
    product="PROFIS Engineering",
    edition="Premium",
    licence="individual",
    seats=2,
    users=2,
    status="active",
    administrator=ADMIN,
    start=date(2026, 1, 1),
    end=date(2026, 12, 31),
)
type Table = dict[Key, Item]


def whole() -> Table:
    writes = [*begun(SUBSCRIPTION, "2026"), *enlisted(SUBSCRIPTION, Member(USER, "user", "active", "2026"))]
    return {write.key: write.attributes for write in writes}


def without(key: Key) -> Callable[[Table], Table]:
    return lambda table: {at: item for at, item in table.items() if at != key}


def having(key: Key, **changes: object) -> Callable[[Table], Table]:
    return lambda table: {**table, key: {**table[key], **changes}}


def leased(seats: int, held: Mapping[int, str]) -> Callable[[Table], Table]:
    """Seats of a floating licence with that many, each held by somebody."""
    floating = replace(SUBSCRIPTION, licence="floating", seats=seats)

    def taken(table: Table) -> Table:
        at = clock.now()
        shelves: dict[Key, list[Item]] = {}
        for seat, email in held.items():
            until = clock.rfc3339(at + LASTS)
            lease = Lease(f"s-1.{seat}.x", seat, email, "Laptop", clock.rfc3339(at), until, joined=1)
            shelves.setdefault(shelf_key("s-1", seat), []).append(asdict(lease))
        written = {key: {"leases": leases} for key, leases in shelves.items()}
        return {**table, state_key("s-1"): floating.attributes(), **written}

    return taken


def written_about(status: AccountStatus, **changes: Any) -> Callable[[Table], Table]:
    """A student's account that stands so, about which there is a message."""
    student = Account("A-1", USER, "École", "student", "fr", status, "2026-11-01T10:00:00.000000Z", **changes)
    message = Key(account_partition("A-1"), f"{PREFIX}2026-11-02#1")
    return lambda table: {**table, account_key(USER): student.attributes(), message: {"text": "?"}}


def test_nothing_is_broken_as_it_should_be() -> None:
    assert broken(whole()) == []
    assert broken({}) == []


BROKEN: Mapping[str, Callable[[Table], Table]] = {
    "is administered by []": without(user_key("s-1", ADMIN)),
    f"is administered by ['{ADMIN}', '{USER}']": having(user_key("s-1", USER), role="administrator"),
    f"is administered by ['{ADMIN}'], not by {USER}": having(state_key("s-1"), administrator=USER),
    "is listed by": without(membership_key("s-1", USER)),
    "counts 1 users": having(state_key("s-1"), users=1),
    "has 2 users on 1 seats": having(state_key("s-1"), seats=1),
    f"has {ADMIN} as administrator, who has it as user": having(membership_key("s-1", ADMIN), role="user"),
    "has users and is none": without(state_key("s-1")),
    "has 2 leases of 1 seats": leased(1, {1: USER, 9: ADMIN}),
    "has leases of ['somebody@example.com'], who are not": leased(3, {1: "somebody@example.com"}),
    "is complete and keeps messages": written_about("complete"),
    "is expired and keeps messages": written_about("expired"),
    "is complete and has a message to answer": written_about("complete", last_word="staff"),
    "has several leases of one device": leased(3, {1: USER, 2: USER}),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_seen_to_be_broken(rule: str) -> None:
    assert any(rule in said for said in broken(BROKEN[rule](whole())))


def test_until_they_are_destroyed_messages_are_still_there() -> None:
    mark = Mark("notifications", clock.now(), "1" * 32, account_partition("A-1"), "account_completed").put()
    assert broken({**written_about("complete")(whole()), mark.key: mark.attributes}) == []
    assert broken(written_about("pending", last_word="customer")(whole())) == []


def test_a_floating_licence_takes_any_number_of_users() -> None:
    floating = replace(SUBSCRIPTION, licence="floating", seats=1)
    assert broken({**whole(), state_key("s-1"): floating.attributes()}) == []
