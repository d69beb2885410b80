"""A mailbox: what is kept of an address that somebody says is theirs, until a code shows that they read it."""

from dataclasses import dataclass

from functions.onboarding.account import Account
from functions.shared.fields import Model
from functions.shared.items import Items, Key, Reads
from functions.shared.session import account_key, person


class Requested(Model):
    """That a code was asked for: the same whether or not the address is known."""


@dataclass(frozen=True)
class Mailbox:
    """The account of the address, if it has one; the code that was sent is at `code` among what was read."""

    email: str
    account: Account | None
    code: Key
    items: Items


def code_key(email: str, purpose: str) -> Key:
    """Where the code of an address is kept."""
    return Key(person(email), f"CODE#{purpose}")


def mailbox(email: str, purpose: str) -> Reads[Mailbox]:
    """What is kept of an address, and of the code that was sent to it for that purpose."""
    code = code_key(email, purpose)

    def state(items: Items) -> Mailbox:
        item = items.get(account_key(email))
        return Mailbox(email, Account.stored(item) if item else None, code, items)

    return Reads((account_key(email), code), state)
