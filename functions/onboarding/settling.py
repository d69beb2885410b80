"""The steps of a change of address and of the closing of an account, which no transaction has room for.

One transaction commits what is wanted: from then on the account is `unsettled` and nobody decides on it. The steps come
right afterwards; whoever comes upon the account meanwhile, with a request or as the worker that the change has called
for, takes those that are left before anything else. So nobody sees half of it, and whatever cuts it short, it is
finished by whoever asks next. Each step is a transaction that finds what is done already and writes it once, however
many take it at the same time.

Nothing new can come under the old address meanwhile: whoever adds something there has read the account, and checks it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import batched
from typing import Any

from functions.onboarding.account import Account, partition, person_key, queued
from functions.onboarding.invitations import accept_invitations, memberships
from functions.onboarding.reserved import reserved_key
from functions.onboarding.staff import member_key
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.events import DESK, LAST, Mail, Told
from functions.shared.events import PREFIX as EVENTS
from functions.shared.items import UNSETTLED, Delete, Item, Items, Key, Reads, Write, next_version, over
from functions.shared.session import account_key, person
from functions.shared.store import Store, retry_lost_races
from functions.subscriptions.belonging import administered_and_running, belonging_of, departed, moved, states
from functions.subscriptions.invoice import PREFIX as INVOICES
from functions.subscriptions.invoice import invoice_key, listed_key
from functions.subscriptions.order import PREFIX as ORDERS
from functions.subscriptions.order import billing_key, order_key, orders_of
from functions.subscriptions.subscription import TRIALS, contract_key, state_key
from functions.subscriptions.subscription import partition as subscription_partition

ACCOUNT_ERASED = Told(
    "account_erased", "account", mails=(Mail("account.mails.erased", leaves_trace=False),), in_history=False
)
# What these steps tell.
TELLS = (ACCOUNT_ERASED,)
# What a change of steps ends in: the account is at another address, or nowhere.
MOVES_TO, MOVED_FROM, ERASED = "to", "from", "erased"
# Of a person's own items: what moves with them. The rest is forgotten, or goes by itself.
_OWN = ("DEVICE#", "FACTOR", "TRIAL#")
# Of e-mails to the address before, none is sent again to this one.
_FORGOTTEN = ("CODE#", "MAIL#", "SESSION#")
# Two writes each, of a hundred.
_AT_ONCE = 40
# For whoever asks what became of it.
TOLD_FOR = timedelta(days=30)


def settle(cloud: Cloud, key: Key) -> None:
    """Take the steps that are left of what an account is in the middle of; nothing where it is settled.

    Raises Conflict when others are always first.
    """
    item = cloud.store.item(key) or {}
    match item.get(UNSETTLED, {}):
        case {"to": new}:
            _move(cloud, str(item["email"]), new)
        case {"from": old}:
            _move(cloud, old, str(item["email"]))
        case {"erased": since}:
            _erase(cloud, str(item["email"]), since)


def running(store: Store, email: str) -> bool:
    """Whether somebody administers what runs."""
    today = clock.day(clock.now())
    for names in batched(memberships(store, email), _AT_ONCE, strict=False):
        items = retry_lost_races(partial(store.snapshot, states(names)))
        if administered_and_running(items, names, email, today):
            return True
    return False


def _move(cloud: Cloud, old: str, email: str) -> None:
    store = cloud.store
    step = _Step(store, account_key(old), MOVES_TO, email)
    kept = store.query(orders_of(old), first=ORDERS, last=f"{ORDERS}~")
    _complete(cloud, old, kept, moved_to=email)
    pairs = [(key, order_key(email, key.sk.removeprefix(ORDERS))) for key, _ in kept]
    step.readdress([*pairs, (billing_key(old), billing_key(email))], lambda item: _by(item, email))
    _hand_over_invoices(step, old, email)
    step.readdress([(member_key(old), member_key(email))], lambda item: {**item, "email": email})
    for name in memberships(store, old):
        step.take(belonging_of(name, old, email), partial(_moved, name, old, email))
    accept_invitations(store, email)
    found = [key for key, _ in store.query(person(old), first="A", last="~")]
    own = [key for key in found if key.sk.startswith(_OWN)]
    step.readdress([(key, Key(person(email), key.sk)) for key in own], lambda item: item)
    step.forget([key for key in found if key.sk.startswith(_FORGOTTEN)])

    def end(items: Items) -> Iterable[Write]:
        yield Delete(account_key(old), items[account_key(old)])
        yield next_version(account_key(email), _settled(items[account_key(email)]))

    step.take(_read(account_key(old), account_key(email)), end)


def _moved(name: str, old: str, email: str, items: Items) -> Iterable[Write]:
    return moved(items, name, old, email, clock.now())


def _by(item: Item, email: str) -> Item:
    return {**item, "by": email} if "by" in item else item


def _hand_over_invoices(step: "_Step", former: str, owner: str) -> None:
    """What lists them, and in each whose it is; each is a legal document, and says nothing else of who has it."""
    found = step.store.query(orders_of(former), first=INVOICES, last=f"{INVOICES}~")
    numbers = [key.sk.removeprefix(INVOICES) for key, _ in found]
    invoices = [invoice_key(number) for number in numbers]
    step.readdress([(key, key) for key in invoices], lambda item: {**item, "by": owner})
    listed = [(listed_key(orders_of(former), number), listed_key(orders_of(owner), number)) for number in numbers]
    step.readdress(listed, lambda item: item)


def _complete(cloud: Cloud, email: str, orders: Iterable[tuple[Key, Item]], moved_to: str | None = None) -> None:
    """Open and bill what the worker may not have come to, so that an order is whole before it goes elsewhere."""
    # Nobody's sign-in should wait for the modules.
    from functions.subscriptions.invoices import bill_order
    from functions.subscriptions.place_order import OPENED_AT_ONCE, open_rest

    for key, item in orders:
        order_id = key.sk.removeprefix(ORDERS)
        if len(item["lines"]) > OPENED_AT_ONCE:
            open_rest(cloud, email, order_id)
        if "invoice" not in item:
            bill_order(cloud, email, order_id, moved_to)


@dataclass(frozen=True)
class _Step:
    """Steps of what an account is in the middle of: each checks that it still is, and does nothing once it is not.

    Whoever is late, after somebody else has ended it, so changes nothing of what has come since.
    """

    store: Store
    account: Key
    kind: str
    to: Any

    def take(self, reads: Reads[Items], decide: Callable[[Items], Iterable[Write]]) -> None:
        """Commit what is decided of what is read."""

        def guarded(items: Items) -> Iterable[Write]:
            is_wanted = items.get(self.account, {}).get(UNSETTLED, {}).get(self.kind) == self.to
            return decide(items) if is_wanted else ()

        keys = tuple(dict.fromkeys((self.account, *reads.keys)))
        self.store.decide(Reads(keys, reads.state, reads.vouched), guarded, settled=False)

    def readdress(self, pairs: Sequence[tuple[Key, Key]], changed: Callable[[Item], Item]) -> None:
        """Each item at its other key, in the place of what may be there."""
        for some in batched(pairs, _AT_ONCE, strict=False):
            self.take(_read(*(key for pair in some for key in pair)), partial(_readdressed, some, changed))

    def forget(self, keys: Sequence[Key]) -> None:
        """Delete items."""
        for some in batched(keys, _AT_ONCE, strict=False):
            self.take(_read(*some), lambda items, some=some: [Delete(key, items[key]) for key in some if key in items])  # type: ignore[misc]


def _readdressed(pairs: Sequence[tuple[Key, Key]], changed: Callable[[Item], Item], items: Items) -> Iterable[Write]:
    for before, after in pairs:
        if before == after and before in items:
            yield next_version(before, changed(items[before]))
        elif before in items:
            yield Delete(before, items[before])
            there = items.get(after)
            # What was written before items had versions counts as the first.
            yield over(after, None if there is None else {"version": 0, **there}, changed(items[before]))


def _read(*keys: Key) -> Reads[Items]:
    return Reads(keys, lambda items: items)


def _settled(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != UNSETTLED}


def _erase(cloud: Cloud, email: str, since: str) -> None:
    """Close an account whose person has asked for it, unless they administer what runs: then it stays as it was."""
    store, key = cloud.store, account_key(email)
    step = _Step(store, key, ERASED, since)
    orders = store.query(orders_of(email), first=ORDERS, last=f"{ORDERS}~")
    _complete(cloud, email, orders)
    item = store.item(key)
    if item is None:
        return
    if running(store, email):
        step.take(_read(key), lambda items: [next_version(key, _settled(items[key]))])
        return
    account = Account.stored(item)
    for name in memberships(store, email):
        _mask(step, name, email)
        step.take(_belonging_with_number(store, name, email), partial(_departed, name, email))
    # Accounting records stay, under the account's number: whoever registers with the address has none of them.
    pairs = [(kept, order_key(account.account_id, kept.sk.removeprefix(ORDERS))) for kept, _ in orders]
    step.readdress(pairs, lambda order: order)
    _hand_over_invoices(step, email, account.account_id)
    own = [one for one, _ in store.query(person(email), first="A", last="~") if one != key]
    step.forget([billing_key(email), member_key(email), *own])
    former = [reserved_key(account.moved["from"])] if account.moved else []
    step.take(_read(key, person_key(account.account_id), *former), _erased)


def _belonging_with_number(store: Store, name: str, email: str) -> Reads[Items]:
    """And what finds it by its contract number, which goes where nothing of it stays."""
    state = store.item(state_key(name))
    number = [contract_key(state["contract_number"])] if state else []
    return belonging_of(name, email, also=number)


def _departed(name: str, email: str, items: Items) -> Iterable[Write]:
    return departed(items, name, email, clock.now())


def _mask(step: _Step, name: str, email: str) -> None:
    """What others did about somebody as their user stays, without who it was; of a mere trial nothing stays."""
    # Nobody's sign-in should wait for the modules of what others do.
    from functions.onboarding.traces import kind

    store = step.store
    found = store.query(subscription_partition(name), first=EVENTS, last=LAST)
    state = store.item(state_key(name))
    if state is not None and state["status"] in TRIALS and state["administrator"] == email:
        step.forget([key for key, _ in found])
        return
    for key, event in found:
        if kind(key, event, email).masked and event["data"].get("email") == email:
            step.take(_read(key), partial(_masked, key, email))
            step.forget([one for one, _ in store.query(f"MAIL#{event['event_id']}", first="!", last="~")])


def _masked(key: Key, email: str, items: Items) -> Iterable[Write]:
    from functions.onboarding.traces import masked

    return [next_version(key, masked(items[key], email))] if key in items else ()


def _erased(items: Items) -> Iterable[Write]:
    """The last step: the address is anybody's, and who had it is told so."""
    [item] = [one for key, one in items.items() if key.sk == "ACCOUNT"]
    account, now = Account.stored(item), clock.now()
    yield from (Delete(key, one) for key, one in items.items())
    yield from queued(account, replace(account, documents={}, last_word=None, last_word_at=None))
    yield from (Delete(Key(one["link"], "LINK")) for one in items.values() if "reserved_until" in one)
    facts = {"account": account.account_id, "email": account.email, "language": account.language}
    login = account.login or account.email
    told = ACCOUNT_ERASED.event(now, DESK, {**facts, "login": login}, kept_until=now + TOLD_FOR)
    yield from told.written(partition(account.account_id), account.account_id)
