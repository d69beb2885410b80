"""Invitations: whoever was added to subscriptions before they had an account is one of their active users with it."""

from collections.abc import Sequence
from itertools import batched

from functions.shared.items import Key, next_version
from functions.shared.session import person
from functions.shared.store import Store, retry_lost_races
from functions.subscriptions.subscription import user_key

_PREFIX = "SUBSCRIPTION#"
# Few, so that hardly ever anyone is in the way of one of them.
_AT_ONCE = 25


def accept_invitations(store: Store, email: str) -> None:
    """Make somebody who has an account an active user of every subscription that has invited them; safe to repeat.

    Whoever adds them from now on sees the account. Raises Conflict when others always change the same users.
    """
    listed = (user_key(name, email) for name in memberships(store, email))
    for some in batched(listed, _AT_ONCE, strict=False):
        retry_lost_races(lambda users=some: _activate(store, users))  # type: ignore[misc]


def memberships(store: Store, email: str) -> list[str]:
    """The subscriptions that somebody belongs to, by their ids."""
    found = store.query(person(email), first=_PREFIX, last=f"{_PREFIX}~")
    return [key.sk.removeprefix(_PREFIX) for key, _ in found]


def _activate(store: Store, users: Sequence[Key]) -> None:
    invited = {key: user for key, user in store.snapshot(users).items() if user["status"] == "invited"}
    if invited:
        store.commit([next_version(key, {**user, "status": "active"}) for key, user in invited.items()])
