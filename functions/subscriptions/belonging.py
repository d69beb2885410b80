"""What becomes of somebody's place in a subscription when their address changes, or when their account is closed. Pure.

Each is one transaction of a subscription's: before it they belong to it as they did, after it under the new address, or
not at all; their leases go along in the same moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from functions.shared.events import DESK, Event, Told
from functions.shared.items import Delete, Items, Key, Reads, Write, next_version, over
from functions.subscriptions.leases import shelf_keys
from functions.subscriptions.subscription import (
    TRIALS,
    UNSIGNED,
    Role,
    Status,
    Subscription,
    contract_key,
    left,
    mark_of,
    membership_key,
    partition,
    state_key,
    struck_off,
    user_key,
)
from functions.subscriptions.takeovers import ended_by_leaving, ended_with_contract, readdressed

ADDRESS_MOVED = Told("address_moved", "account", publishes=("former",))
USER_LEFT = Told("user_left", "account")
TELLS = (ADDRESS_MOVED, USER_LEFT)
_OVER = UNSIGNED | {"ended", "trial_ended", "withdrawn"}


def runs(subscription: Subscription, today: date) -> bool:
    """Whether it is used, and goes on until it is cancelled and over; what was ordered and never signed never ran."""
    return subscription.on(today).status not in _OVER


def belonging_of(name: str, *emails: str, also: Iterable[Key] = ()) -> Reads[Items]:
    """A subscription, its seats, the place in it of whoever has one of these addresses, and what is read `also`."""
    places = (key for email in emails for key in (user_key(name, email), membership_key(name, email)))
    seats = shelf_keys(name)
    # Nobody leases a seat, or renews one, for an account that is in the middle of this.
    return Reads((state_key(name), *places, *seats, *also), lambda items: items, vouched=seats)


def moved(items: Items, name: str, old: str, new: str, now: datetime) -> Iterator[Write]:
    """One person's place under their new address, and what they lease; nothing where it is there already.

    Whoever was invited under the new address too has one place from now on, the better of the two.
    """
    if membership_key(name, old) not in items:
        return
    subscription = Subscription.stored(items[state_key(name)])
    listed, has = items[user_key(name, old)], items[membership_key(name, old)]
    twice, had = items.get(user_key(name, new)), items.get(membership_key(name, new))
    role: Role = "administrator" if subscription.administrator in (old, new) else "user"
    asked, asking = readdressed(subscription, old, new)
    after = replace(
        asked,
        administrator=new if role == "administrator" else subscription.administrator,
        users=subscription.users - (twice is not None),
        withdrawable_by=_remarked(subscription, old, new),
    )
    joined = subscription.version + 1
    yield after.put()
    yield from asking
    yield from (Delete(key, items[key]) for key in (user_key(name, old), membership_key(name, old)))
    yield over(user_key(name, new), twice, {**listed, "role": role, "status": "active"})
    yield over(membership_key(name, new), had, {**has, "role": role, "joined": joined})
    for key in shelf_keys(name):
        leases = items.get(key, {}).get("leases", [])
        if any(lease["email"] == old for lease in leases):
            theirs = [{**lease, "email": new, "joined": joined} if lease["email"] == old else lease for lease in leases]
            yield next_version(key, {**items[key], "leases": theirs})
    told = ADDRESS_MOVED.event(now, new, {"email": new, "former": old, "subscription": name})
    yield from told.written(partition(name), f"{old} {subscription.version}")


def _remarked(subscription: Subscription, old: str, new: str) -> str | None:
    is_theirs = subscription.withdrawable_by == mark_of(subscription.id, old)
    return mark_of(subscription.id, new) if is_theirs else subscription.withdrawable_by


def departed(items: Items, name: str, email: str, now: datetime) -> Iterator[Write]:
    """Out of one subscription, as its user, or as the administrator of one that is over: its proofs stay with it.

    What they had ordered and not signed lapses: nobody else could sign it.
    """
    membership = membership_key(name, email)
    if membership not in items:
        return
    subscription = Subscription.stored(items[state_key(name)])
    for key in shelf_keys(name):
        leases = items.get(key, {}).get("leases", [])
        others = [lease for lease in leases if lease["email"] != email]
        if len(others) < len(leases):
            yield next_version(key, {**items[key], "leases": others})
    if subscription.administrator != email:
        yield from left(subscription, email, now)
        told = USER_LEFT.event(now, DESK, {"subscription": name})
        yield from told.written(partition(name), f"{name} {subscription.version}")
        yield from _written(ended_by_leaving(subscription, email, DESK, now), subscription)
    elif subscription.status in TRIALS:
        # No contract ever came of it.
        number = contract_key(subscription.contract_number)
        of_it = (state_key(name), user_key(name, email), membership, number)
        yield from (Delete(key, items[key]) for key in of_it if key in items)
    else:
        status: Status = "ended" if subscription.status in UNSIGNED else subscription.status
        yield replace(subscription, status=status).unasked.put()
        yield from struck_off(subscription)
        yield from _written(ended_with_contract(subscription, DESK, now), subscription)
        yield Delete(membership, items[membership])


def _written(told: Iterable[tuple[str, Event]], subscription: Subscription) -> Iterator[Write]:
    for where, event in told:
        yield from event.written(where, f"{subscription.id} {subscription.version}")


def administered_and_running(items: Items, names: Iterable[str], email: str, today: date) -> list[Subscription]:
    """Those of the subscriptions among what was read that run and have no other administrator."""
    found = (Subscription.stored(items[key]) for key in map(state_key, names) if key in items)
    return [one for one in found if one.administrator == email and runs(one, today)]


def states(names: Iterable[str]) -> list[Key]:
    """Where they are kept."""
    return [state_key(name) for name in names]
