"""What must never be, whoever does what at the same time."""

from collections import defaultdict
from collections.abc import Iterator

from functions.onboarding.account import ACCOUNT_EXPIRED, OVER, Account
from functions.onboarding.account import partition as account_partition
from functions.onboarding.messages import PREFIX as MESSAGES
from functions.onboarding.reviews import ACCOUNT_COMPLETED
from functions.shared import clock
from functions.shared.items import Item, Items, Key
from functions.shared.outbox import PENDING
from functions.shared.session import account_key
from functions.subscriptions.amendment import PREFIX, number_of
from functions.subscriptions.belonging import runs
from functions.subscriptions.invoice import number_of as number_in_year
from functions.subscriptions.leases import Seats
from functions.subscriptions.subscription import (
    ASKED,
    OPEN_TO_USERS,
    Subscription,
    membership_key,
    partition,
    state_key,
)

# As long as what one of these calls for is not done, what was written is still to be destroyed.
_ENDS = frozenset({ACCOUNT_COMPLETED.name, ACCOUNT_EXPIRED.name})
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
    written = {key.pk for key in items if key.sk.startswith(MESSAGES)}
    states = {key.pk.removeprefix(_SUBSCRIPTION): item for key, item in items.items() if key.sk == "STATE"}
    return [
        *_broken_conversations(items, written),
        *_broken_series(items),
        *(
            f"subscription {name}: {rule}"
            for name in states.keys() | listed.keys() | has.keys()
            for rule in _broken_of(name, items, listed[name], has[name])
        ),
    ]


def _broken_series(items: Items) -> Iterator[str]:
    """Each number of a year up to the last one is that of one invoice, in the order of their days; and no other is."""
    counted = {
        number_in_year(int(key.sk.partition("#")[2]), count): item
        for key, item in items.items()
        if key.pk == "INVOICES"
        for count in range(1, item["last"] + 1)
    }
    kept = {item["number"]: item for key, item in items.items() if key.sk == "INVOICE"}
    if counted.keys() != kept.keys():
        yield f"invoices: numbered {sorted(counted)}, kept {sorted(kept)}"
    days = [kept[number]["issued_on"] for number in sorted(kept)]
    if days != sorted(days):
        yield f"invoices: of the days {days}"
    # What an order began is billed again under it, for each year that a contract is renewed for.
    billed = [
        (item["order"], contract := item.get("contract"), contract and item["lines"][0]["begins"])
        for item in kept.values()
        if item["kind"] == "invoice"
    ]
    if len(billed) != len(set(billed)):
        yield f"invoices: an order, or a year of a contract, has two: {billed}"


def _broken_conversations(items: Items, written: set[str]) -> Iterator[str]:
    """Once the papers of an account are destroyed, nothing that was written about them is left."""
    is_owed = {item["of"] for key, item in items.items() if key.pk.startswith(PENDING) and item["kind"] in _ENDS}
    for key, item in items.items():
        if key.sk == "ACCOUNT":
            account = Account.stored(item)
            where = account_partition(account.account_id)
            if account.account_status in OVER and where in written - is_owed:
                yield f"account {account.account_id} is {account.account_status} and keeps messages"
            if account.account_status in OVER and account.last_word:
                yield f"account {account.account_id} is {account.account_status} and has a message to answer"


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
    if runs(subscription, clock.day(clock.now())) or account_key(subscription.administrator) in items:
        has_it = has
    else:
        # The contract of somebody who has closed their account stays, and names them.
        has_it = has | {subscription.administrator}
    if listed.keys() != has_it:
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
        if email not in has and email in has_it:
            continue
        membership: Item = items.get(membership_key(name, email), {})
        if membership.get("role") != user["role"]:
            yield f"has {email} as {user['role']}, who has it as {membership.get('role')}"
