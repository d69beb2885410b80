"""What a person has of subscriptions, each as of one moment."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import batched
from typing import Any, NamedTuple

from functions.shared import session
from functions.shared.desk import Desk
from functions.shared.items import Item, Items, Key, Reads
from functions.shared.job import Ask, SignedIn
from functions.shared.lists import JUST_AFTER
from functions.shared.refusal import Refused
from functions.shared.store import Conflict, Store, retry_lost_races
from functions.subscriptions.subscription import (
    Administered,
    Role,
    Subscription,
    administered,
    found,
    membership_key,
    state_key,
)

_PREFIX = "SUBSCRIPTION#"
# Two items each, beside the session and the account, of the hundred that can be read as of one moment.
_AT_ONCE = 49
# Memberships of one query: about a fifth of what one answer can hold.
_PAGE = 1000


def names(desk: Desk, email: str, *, after: str | None = None, limit: int | None = None) -> list[str]:
    """The ids of the subscriptions that a person belongs to, in their order; they may change meanwhile."""
    return [key.sk.removeprefix(_PREFIX) for key, _ in _memberships(desk, email, after or "", limit)]


class Licence(NamedTuple):
    """One of a person's subscriptions to a product, and whether its seats are leased."""

    name: str
    is_floating: bool


def licences_of_product(desk: Desk, email: str, product: str) -> Iterator[list[Licence]]:
    """Those of one product, individual ones first, each kind in the order of their ids; they may change meanwhile.

    They come page by page of what the person has, so that whoever has very many waits for no more than is needed:
    individual ones as they are found, the floating ones with the last page.
    """
    floating: list[Licence] = []
    after = ""
    while True:
        page = _memberships(desk, email, after, _PAGE)
        found = [
            Licence(key.sk.removeprefix(_PREFIX), membership.get("licence") != "individual")
            for key, membership in page
            if membership["product"].casefold() == product.casefold()
        ]
        individual = [licence for licence in found if not licence.is_floating]
        floating += [licence for licence in found if licence.is_floating]
        if len(page) < _PAGE:
            yield individual + floating
            return
        if individual:
            yield individual
        after = page[-1][0].sk.removeprefix(_PREFIX)


def names_as_administrator(desk: Desk, email: str) -> set[str]:
    """Those that the person administers."""
    found = _memberships(desk, email)
    return {key.sk.removeprefix(_PREFIX) for key, membership in found if membership["role"] == "administrator"}


def names_of_taken_over(desk: Desk, email: str) -> list[str]:
    """Those that the person administers and somebody else did before, in whose place they came, once or again."""
    return [
        key.sk.removeprefix(_PREFIX)
        for key, membership in _memberships(desk, email)
        if membership["role"] == "administrator" and ("taken_over" in membership or membership["joined"] > 1)
    ]


def _memberships(desk: Desk, email: str, after: str = "", limit: int | None = None) -> list[tuple[Key, Item]]:
    first = f"{_PREFIX}{after}{JUST_AFTER if after else ''}"
    return desk.cloud.store.query(session.person(email), first=first, last=f"{_PREFIX}~", limit=limit)


def belonging[Body](
    desk: Desk, ask: Ask[Body], wanted: Sequence[str]
) -> tuple[SignedIn[Body], list[tuple[Subscription, Role]]]:
    """The reader, and those of the wanted subscriptions that they still belong to, each with their role.

    Raises Refused `not_signed_in`.
    """
    first, *others = in_groups(wanted)
    asked, belongs = desk.reads(ask, partial(_those, first))
    for group in others:
        belongs += desk.reads(ask, partial(_those, group))[1]
    return asked, belongs


def in_groups(wanted: Sequence[str], at_once: int = _AT_ONCE) -> list[tuple[str, ...]]:
    """The wanted ones, as many at a time as can be read as of one moment; one empty group of none."""
    return [*batched(wanted, at_once, strict=False)] or [()]


def _those(group: Sequence[str], email: str) -> Reads[list[tuple[Subscription, Role]]]:
    def state(items: Items) -> list[tuple[Subscription, Role]]:
        belongs = []
        for name in group:
            try:
                belongs.append(found(items, name, email))
            except Refused:
                continue  # no longer the reader's
        return belongs

    return Reads([key for name in group for key in (state_key(name), membership_key(name, email))], state)


def unchanged_meanwhile[Body: Any, Found](
    desk: Desk, ask: Ask[Body], read_more: Callable[[SignedIn[Body], Administered], Found]
) -> Found:
    """What is read about a subscription beside it, for its administrator, read again if that was changed meanwhile.

    Raises Refused `not_signed_in`, `not_found`, `forbidden`, Conflict when others always change it.
    """
    name = ask.path["subscription_id"]

    def attempt() -> Found:
        asked, state = desk.reads(ask, lambda email: administered(name, email))
        read = read_more(asked, state)
        insist_on_unchanged(desk.cloud.store, state.subscription)
        return read

    return retry_lost_races(attempt)


def insist_on_unchanged(store: Store, subscription: Subscription) -> None:
    """Raises Conflict when a subscription has been changed since it was read."""
    still = store.item(state_key(subscription.id))
    if still is None or still["version"] != subscription.version:
        raise Conflict
