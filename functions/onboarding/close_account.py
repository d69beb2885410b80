"""Closing my account: everything goes that no law keeps, and an e-mail says what stays.

The person is out with the answer. Whoever still administers what runs is refused: somebody else must first, or it must
be cancelled and over. The same address can register again, and has nothing of what was there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.onboarding.account import Account
from functions.onboarding.authentication import Login
from functions.onboarding.change_address import JUST_CHANGED
from functions.onboarding.factor import Credentials, prove
from functions.onboarding.settling import ERASED, running, settle
from functions.onboarding.sign_in import FROM_KNOWN_BROWSER, WRONG_PASSWORD, tried_in
from functions.shared import clock, session
from functions.shared.cloud import Cloud
from functions.shared.desk import OpenGathered, proven
from functions.shared.events import Event, Told
from functions.shared.fields import Password, RequestModel
from functions.shared.form import Form
from functions.shared.items import UNSETTLED, Items, Reads, next_version
from functions.shared.job import NOTHING, Ask, Change, Closes, Job
from functions.shared.limits import Try
from functions.shared.refusal import TOO_MANY_TRIES, Refused
from functions.shared.session import account_key
from functions.subscriptions.remove_user import IS_ADMINISTRATOR

ACCOUNT_CLOSING = Told("account_closing", "account", in_history=False, calls_for=("notifications",), publishes=None)
_STILL_ADMINISTERS = IS_ADMINISTRATOR._replace(worded="account.close.is_administrator")
_CAN_BE_UNDONE = "account.close.just_changed"
_A_DAY = timedelta(days=1)


class CloseAccount(RequestModel):
    """The password of who asks."""

    password: Password


@dataclass(frozen=True)
class Closing:
    """What the cookie claims, and what was read to prove it."""

    claimed: session.Claim
    items: Items

    @property
    def account(self) -> Account | None:
        """The account that is to be closed."""
        item = self.items.get(account_key(self.claimed.email))
        return Account.stored(item) if item else None


@dataclass(frozen=True)
class Found:
    """Whether the password is right, and whether the account still administers what runs."""

    is_right: bool
    administers: bool


def reads(ask: Ask[CloseAccount]) -> Reads[Closing]:
    """What proves the claim."""
    claimed = session.claim(ask.request)
    return Reads(claimed.keys, lambda items: Closing(claimed, items))


def tries(state: Closing, ask: Ask[CloseAccount]) -> tuple[Try, ...]:
    """Where it counts: in this browser, which they have proven themselves in."""
    reader = proven(state.claimed, state.items, ask)
    browser = session.known(ask.request, reader.email, ask.keys) or state.claimed.session_id
    return (tried_in(browser, reader.email, state.account, ask),)


def needs(state: Closing, ask: Ask[CloseAccount]) -> tuple[str, Credentials]:
    """Whose password to try."""
    reader = proven(state.claimed, state.items, ask)
    session.insist_on_confirmation(state.items[state.claimed.session])
    login = state.account.login if state.account else None
    return reader.email, Credentials(Login(login or reader.email, ask.body.password.get_secret_value()))


def gather(cloud: Cloud, need: tuple[str, Credentials]) -> Found:
    """Ask Cognito about the password, and look at what they administer."""
    email, credentials = need
    is_right = prove(cloud, credentials).is_right
    return Found(is_right, is_right and running(cloud.store, email))


def decide(state: Closing, ask: Ask[CloseAccount], found: Found) -> Change[None]:
    """Close the reader's account, which ends every session.

    Raises Refused `wrong_credentials`, `address_just_changed`, `is_administrator`.
    """
    proven(state.claimed, state.items, ask)
    if not found.is_right:
        raise Refused(WRONG_PASSWORD)
    account = state.account
    assert account is not None  # noqa: S101 — it was proven
    # Whoever has taken an account over shall not close it before its owner has read the other mailbox.
    if account.moved and clock.rfc3339(ask.now) < account.moved["until"]:
        raise Refused(JUST_CHANGED, said=_CAN_BE_UNDONE, until=account.moved["until"])
    if found.administers:
        raise Refused(_STILL_ADMINISTERS)
    closing = {**account.attributes(), UNSETTLED: {ERASED: clock.rfc3339(ask.now)}}
    told = account.happened(ACCOUNT_CLOSING, ask.now, account.email, kept_until=ask.now + _A_DAY)
    return Change(None, (next_version(account_key(account.email), closing),), (told,), Closes())


def finish(cloud: Cloud, ask: Ask[CloseAccount], answer: Mapping[str, Any]) -> None:
    """Take the steps. Raises Refused `is_administrator` when somebody has passed the role of what runs on meanwhile."""
    claimed = session.claim(ask.request)
    settle(cloud, account_key(claimed.email))
    if cloud.store.item(claimed.session) is not None:
        raise Refused(_STILL_ADMINISTERS)


def go_on(cloud: Cloud, event: Event) -> None:
    """What closing an account calls for: its steps, if nobody has taken them."""
    settle(cloud, account_key(event.data["email"]))


def _claimed(ask: Ask[CloseAccount]) -> str:
    claimed = session.claim(ask.request)
    return f"{claimed.email} {claimed.session_id}"


CLOSE = Job(
    name="close-account",
    method="DELETE",
    path="/api/account",
    body=CloseAccount,
    answer=NOTHING,
    status=204,
    does=OpenGathered(_claimed, reads, needs, gather, decide, tries, finish, signed_in=True),
    refuses=(WRONG_PASSWORD, JUST_CHANGED, _STILL_ADMINISTERS, TOO_MANY_TRIES),
    limits=(FROM_KNOWN_BROWSER,),
    tells=(ACCOUNT_CLOSING,),
    form=Form("account.close", check=True, whose="nobody"),
    confirms=True,
)
