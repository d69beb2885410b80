"""A person's licences of one product with their seats, as of one moment: which of them the software is let in by."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from functions.shared.items import Item, Items, Key, Reads
from functions.shared.refusal import Refused
from functions.shared.store import ATTEMPTS, Conflict
from functions.subscriptions.leases import SHELVES, Seats, shelf_keys
from functions.subscriptions.memberships import Licence
from functions.subscriptions.subscription import USABLE, Subscription, found, membership_key, state_key

# Of the hundred items of one read, beside the session, the account, the answer to a repeat and the mark of a device.
_AT_ONCE = 96
_ITEMS = 2


class Moved(Exception):
    """One is no longer the reader's: another may have come meanwhile, so that they never were without."""


class Held(NamedTuple):
    """A licence of the reader's: its subscription, their membership, and the items that its seats are read from."""

    subscription: Subscription
    membership: Item
    items: Items

    @property
    def is_floating(self) -> bool:
        """Whether its seats are leased."""
        return self.subscription.licence == "floating"

    def is_usable(self, today: date) -> bool:
        """Whether the software may be used by it."""
        return self.subscription.on(today).status in USABLE

    def seats(self, now: datetime) -> Seats:
        """Its seats."""
        return Seats.read(self.subscription, self.items, now)


def relocated[Found](attempt: Callable[[], Found]) -> Found:
    """What `attempt` finds, anew whenever a licence has gone in between. Raises Conflict when one always has."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except Moved:
            continue
    raise Conflict


def groups(licences: Sequence[Licence]) -> Iterator[tuple[Licence, ...]]:
    """The licences in their order, as many at a time as can be read as of one moment; one empty group of none."""
    group: list[Licence] = []
    room = _AT_ONCE
    for licence in licences:
        items = _ITEMS + SHELVES * licence.is_floating
        if items > room:
            yield tuple(group)
            group, room = [], _AT_ONCE
        group.append(licence)
        room -= items
    yield tuple(group)


def held(group: Sequence[Licence], email: str) -> Reads[list[Held]]:
    """These of a person, each as it stands. The reading raises Moved when one is no longer theirs.

    What is decided of a lease holds whatever becomes of the subscription and of other seats: it lives no longer than it
    may.
    """

    def state(items: Items) -> list[Held]:
        return [_held(licence, email, items) for licence in group]

    needed = [key for licence in group for key in _keys(licence)]
    return Reads((*needed, *(membership_key(licence.name, email) for licence in group)), state, vouched=needed)


def _keys(licence: Licence) -> list[Key]:
    return [state_key(licence.name), *(shelf_keys(licence.name) if licence.is_floating else ())]


def _held(licence: Licence, email: str, items: Items) -> Held:
    try:
        subscription, _ = found(items, licence.name, email)
    except Refused as refusal:
        raise Moved from refusal
    return Held(subscription, items[membership_key(licence.name, email)], items)
