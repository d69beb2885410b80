"""Accounts as workers change them, and what is due to them: reminders, the end after the last day, unused logins."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from functions.onboarding.account import Account, decide_deadline, decide_reminder, person_key
from functions.onboarding.authentication import forget_login
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.session import account_key
from functions.shared.store import Conflict, Store, Write

ATTEMPTS = 5


def papers_reminder(cloud: Cloud, account_id: str, now: datetime) -> Iterator[Write]:
    """Some days before the last one."""
    if account := found(cloud.store, account_id):
        yield from decide_reminder(account, now)


def papers_deadline(cloud: Cloud, account_id: str, now: datetime) -> Iterator[Write]:
    """The day after the last one."""
    if account := found(cloud.store, account_id):
        yield from decide_deadline(account, now)


def unused_login(cloud: Cloud, subject: str, now: datetime) -> Iterable[Write]:
    """A registration that was not confirmed, or a password that was replaced."""
    login, email = subject.split(" ", 1)
    if cloud.store.get([account_key(email)]).get(account_key(email), {}).get("login") != login:
        forget_login(cloud, login)
    return ()


def found(store: Store, account_id: str) -> Account | None:
    """The account of that id, unless it is no more: one that has expired may have been registered anew."""
    person = store.get([person_key(account_id)]).get(person_key(account_id))
    if person is None:
        return None
    key = account_key(person["email"])
    item = store.get([key]).get(key)
    return Account.stored(item) if item and item["account_id"] == account_id else None


def change(store: Store, account_id: str, decide: Callable[[Account, datetime], Iterable[Write] | None]) -> bool:
    """Commit what is decided of an account; False when it is no more, or nothing (None) is decided.

    Raises Conflict when others keep changing it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        account = found(store, account_id)
        writes = None if account is None else decide(account, clock.now())
        if writes is None:
            return False
        try:
            store.commit([*writes])
        except Conflict:
            if attempt == ATTEMPTS:
                raise
        else:
            return True
    return False
