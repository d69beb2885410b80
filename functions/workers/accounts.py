"""Accounts as workers change them, and what is due to them: reminders, the end after the last day, unused logins."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.onboarding.account import Account, Identified, decide_deadline, decide_reminder, identified, person_key
from functions.onboarding.authentication import forget_login
from functions.onboarding.reserved import reserved_key
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.items import Reads, Write, checks
from functions.shared.session import account_key
from functions.shared.store import Conflict, Store, retry_lost_races


def papers_reminder(cloud: Cloud, account_id: str, now: datetime) -> Iterable[Write]:
    """Some days before the last one."""
    return _decided(cloud.store, account_id, lambda account: decide_reminder(account, now))


def papers_deadline(cloud: Cloud, account_id: str, now: datetime) -> Iterable[Write]:
    """The day after the last one."""
    return _decided(cloud.store, account_id, lambda account: decide_deadline(account, now))


def unused_login(cloud: Cloud, subject: str, now: datetime) -> Iterable[Write]:
    """A registration that was not confirmed, or a password that was replaced."""
    login, email = subject.split(" ", 1)
    # Whoever had that address may have another by now, with the same login.
    moved = cloud.store.item(reserved_key(email)) or {}
    keys = [account_key(one) for one in dict.fromkeys((email, moved.get("to", email)))]
    items = cloud.store.snapshot(keys, settled=False)
    if all(items.get(key, {}).get("login") != login for key in keys):
        forget_login(cloud, login)
    return checks(items, keys, (), ())


def found(store: Store, account_id: str) -> Account | None:
    """The account of that id, unless it is no more: one that has expired may have been registered anew."""
    return retry_lost_races(lambda: _read(store, account_id)).state.account


def change(store: Store, account_id: str, decide: Callable[[Account, datetime], Iterable[Write] | None]) -> bool:
    """Commit what is decided of an account; False when it is no more, or nothing (None) is decided.

    Raises Conflict when others keep changing it.
    """

    def attempt() -> bool:
        read = _read(store, account_id)
        account = read.state.account
        if account is None or (writes := decide(account, clock.now())) is None:
            return False
        store.commit(read.checked(writes))
        return True

    return retry_lost_races(attempt)


@dataclass(frozen=True)
class _Read:
    """What was read to find an account, as of one moment."""

    reads: Reads[Identified]
    state: Identified

    def checked(self, writes: Iterable[Write]) -> list[Write]:
        """The writes, and a check of whatever else they were decided on."""
        decided = [*writes]
        return [*decided, *checks(self.state.items, self.reads.keys, self.reads.vouched, decided)]


def _read(store: Store, account_id: str) -> _Read:
    """Raises Conflict when it was changed in between."""
    reads = identified(account_id, store.item(person_key(account_id)))
    state = reads.state(store.snapshot(reads.keys))
    if state.has_moved:
        raise Conflict
    return _Read(reads, state)


def _decided(store: Store, account_id: str, decide: Callable[[Account], Iterable[Write]]) -> Iterable[Write]:
    read = _read(store, account_id)
    return read.checked(decide(read.state.account) if read.state.account else ())
