"""What must never be, whoever does what at the same time."""

from collections import defaultdict
from collections.abc import Iterator

from functions.shared import clock
from functions.shared.items import Item, Items, Key
from functions.subscriptions.amendment import PREFIX, number_of
from functions.subscriptions.leases import Seats
from functions.subscriptions.subscription import (
    ASKED,
    OPEN_TO_USERS,
    Subscription,
    membership_key,
    partition,
    state_key,
)

_SUBSCRIPTION = "SUBSCRIPTION#"
_USER = "USER#"


def broken(items: Items) -> list[str]:
    """The rules that these items break, in words."""
    listed: dict[str, dict[str, Item]] = defaultdict(dict)
    has: dict[str, set[str]] = defaultdict(set)
    for key, item in items.items():
        if key.pk.startswith(_SUBSCRIPTION) and key.sk.startswith(_USER):
            listed[key.pk.removeprefix(_SUBSCRIPTION)][key.sk.removeprefix(_USER)] = item
        if key.pk.startswith(_USER) and key.sk.startswith(_SUBSCRIPTION):
            has[key.sk.removeprefix(_SUBSCRIPTION)].add(key.pk.removeprefix(_USER))
    states = {key.pk.removeprefix(_SUBSCRIPTION): item for key, item in items.items() if key.sk == "STATE"}
    return [
        f"subscription {name}: {rule}"
        for name in states.keys() | listed.keys() | has.keys()
        for rule in _broken_of(name, items, listed[name], has[name])
    ]


def _broken_leases(subscription: Subscription, items: Items, listed: dict[str, Item]) -> Iterator[str]:
    """Counted from what is kept, whatever the rules make of it; those of who has left are the rules' to leave out."""
    now = clock.rfc3339(clock.now())
    kept = [item["leases"] for key, item in items.items() if key.pk == partition(subscription.id) and "leases" in item]
    alive = [lease for shelf in kept for lease in shelf if now < lease["expires_at"] and lease["email"] in listed]
    if len(alive) > subscription.seats:
        yield f"has {len(alive)} leases of {subscription.seats} seats"
    living = Seats.read(subscription, items, clock.now()).holders
    if strangers := {lease.email for lease in living} - listed.keys():
        yield f"has leases of {sorted(strangers)}, who are not its users"
    devices = [(lease.email, lease.device) for lease in living]
    if len(set(devices)) < len(devices):
        yield f"has several leases of one device: {sorted(devices)}"


def _is_amendment(key: Key, name: str) -> bool:
    return key.pk == f"{_SUBSCRIPTION}{name}" and key.sk.startswith(PREFIX)


def _broken_takeovers(subscription: Subscription, items: Items, listed: dict[str, Item]) -> Iterator[str]:
    """What is asked stands in the staff's list and is open, and nothing else does; who asks is one of its users."""
    waiting = {item["takeover"] for key, item in items.items() if key.pk == ASKED}
    requests = [item for key, item in items.items() if key.pk == partition(subscription.id) and "asked_by" in item]
    asked = subscription.takeover
    if {one["id"] for one in requests} & waiting != ({asked["id"]} if asked else set()):
        yield f"is asked for by {asked}, and the staff see otherwise"
    if asked and (asked["asked_by"] == subscription.administrator or asked["asked_by"] not in listed):
        yield f"is asked for by {asked['asked_by']}, who is not another of its users"
    if asked and [one["outcome"] for one in requests if one["id"] == asked["id"] and "outcome" in one]:
        yield "has a request that is open and closed"
    if asked and subscription.status not in OPEN_TO_USERS:
        yield f"is asked for and {subscription.status}"


def _broken_of(name: str, items: Items, listed: dict[str, Item], has: set[str]) -> Iterator[str]:
    state = items.get(state_key(name))
    if state is None:
        yield "has users and is none"
        return
    subscription = Subscription.stored(state)
    administrators = [email for email, user in listed.items() if user["role"] == "administrator"]
    if administrators != [subscription.administrator]:
        yield f"is administered by {administrators}, not by {subscription.administrator}"
    if listed.keys() != has:
        yield f"lists {sorted(listed)}, and is listed by {sorted(has)}"
    if subscription.users != len(listed):
        yield f"counts {subscription.users} users of {sorted(listed)}"
    if subscription.licence == "individual" and len(listed) > min(subscription.seats, subscription.seats_of_next_year):
        yield f"has {len(listed)} users on {subscription.seats} seats, {subscription.seats_of_next_year} next year"
    yield from _broken_leases(subscription, items, listed)
    amendments = [item["says"] for key, item in sorted(items.items()) if _is_amendment(key, name)]
    if [says["number"] for says in amendments] != [number_of(count + 1) for count in range(subscription.amended)]:
        yield f"is amended {subscription.amended} times by {amendments}"
    if amendments and amendments[-1]["seats"] != subscription.seats_of_next_year:
        yield f"has {subscription.seats_of_next_year} seats in the next year, not those of {amendments[-1]}"
    yield from _broken_takeovers(subscription, items, listed)
    for email, user in listed.items():
        membership: Item = items.get(membership_key(name, email), {})
        if membership.get("role") != user["role"]:
            yield f"has {email} as {user['role']}, who has it as {membership.get('role')}"
