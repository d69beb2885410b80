"""A mailbox: what is kept of an address that somebody says is theirs, until a code shows that they read it.

A code is bound to the browser that asked for it, and each browser's is one of its own: whoever asks for codes to
somebody else's address can neither use up nor replace what the owner has asked for, nor use what the owner reads. The
link of the e-mail opens wherever it is read: whoever is besieged by requests that are not theirs has a way in by them.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from functions.onboarding.account import Account
from functions.onboarding.reserved import reserved_key
from functions.shared import limits, one_time_codes, session
from functions.shared.fields import Model
from functions.shared.items import Items, Key, Reads
from functions.shared.job import Ask
from functions.shared.limits import DAY, HOUR, QUARTER, Limit, Try
from functions.shared.session import account_key, person

# The digest of no token.
_NO_BROWSER = "-"


class Requested(Model):
    """That a code was asked for: the same whether or not the address is known."""


@dataclass(frozen=True)
class Mailbox:
    """The account of the address, if it has one; the code that was sent is at `code` among what was read.

    An address that was somebody's until a few days ago may be kept for them (functions/onboarding/reserved.py).
    """

    email: str
    account: Account | None
    code: Key
    items: Items


class Asks(NamedTuple):
    """The limits of who asks for a code for one purpose.

    A person's own are silent, since only the network address's may tell that something was too much; nobody can use
    them up for somebody who asks from a browser that knows them.
    """

    from_known_browser: Limit
    from_there: Limit
    of_person: Limit
    of_network: Limit
    of_all: Limit
    guarded: Limit

    @classmethod
    def of(cls, what: str) -> "Asks":
        """The same figures for every purpose."""
        return cls(
            Limit(what, "a person in a browser that they have signed in with", 8, QUARTER, "tries", "silenced"),
            Limit(what, "a person and a network address, in other browsers", 8, QUARTER, "tries", "silenced"),
            Limit(what, "a person, in other browsers", 12, QUARTER, "tries", "silenced"),
            Limit(what, "a network address", 20, HOUR, "tries"),
            Limit(what, "everybody, a sixteenth each", 200, QUARTER, "tries"),
            Limit(what, "a person, whoever asks", 60, DAY, "tries", "guarded"),
        )

    @property
    def all(self) -> tuple[Limit, ...]:
        """All of them."""
        return self.from_known_browser, self.from_there, self.of_person, self.of_network, self.of_all, self.guarded

    def tries(self, state: "Mailbox", ask: Ask[Any]) -> tuple[Try, ...]:
        """Where a request for a code counts."""
        email, network = ask.body.email, ask.request.network
        return (
            limits.tried(self.of_network, network, ask.keys),
            limits.tried_by_all(self.of_all, network, ask.keys),
            *self._of_person(email, ask),
            limits.tried(self.guarded, email, ask.keys),
        )

    def _of_person(self, email: str, ask: Ask[Any]) -> tuple[Try, ...]:
        if browser := session.known(ask.request, email, ask.keys):
            return (limits.tried(self.from_known_browser, f"{email} {browser}", ask.keys),)
        return (
            limits.tried(self.from_there, f"{email} {ask.request.network}", ask.keys),
            limits.tried(self.of_person, email, ask.keys),
        )


def digits(ask: Ask[Any]) -> int:
    """How many the code has that is asked for."""
    return one_time_codes.GUARDED_DIGITS if ask.is_guarded else one_time_codes.DIGITS


def code_key(email: str, purpose: str, browser: str) -> Key:
    """Where the code is kept that a browser, by its token's digest, has asked for to an address."""
    return Key(person(email), f"CODE#{purpose}#{browser}")


def asking(ask: Ask[Any], purpose: str) -> Reads[Mailbox]:
    """What is kept of an address, and the code that the browser has asked for before."""
    return _mailbox(ask, purpose, session.browser(session.asking(ask.request, ask.seed, ask.keys)))


def answering(ask: Ask[Any], purpose: str) -> Reads[Mailbox]:
    """What is kept of an address, and the code that was sent to it for that purpose and browser, if any was."""
    return _mailbox(ask, purpose, one_time_codes.named(ask.body.code) or session.asked_from(ask.request) or _NO_BROWSER)


def _mailbox(ask: Ask[Any], purpose: str, browser: str) -> Reads[Mailbox]:
    email = ask.body.email
    code = code_key(email, purpose, browser)

    def state(items: Items) -> Mailbox:
        item = items.get(account_key(email))
        return Mailbox(email, Account.stored(item) if item else None, code, items)

    return Reads((account_key(email), code, reserved_key(email)), state)
