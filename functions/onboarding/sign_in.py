"""Signing in and out."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ConfigDict

from functions.onboarding.account import Account
from functions.onboarding.authentication import Login, authenticate
from functions.shared import session, tries
from functions.shared.desk import Desk, Look, OpenDecision, OpenGathered
from functions.shared.fields import EmailAddress, Model, Nothing, Password, RequestModel
from functions.shared.form import Form
from functions.shared.items import Delete, Items, Key, Reads, checks
from functions.shared.job import NOTHING, Ask, Change, Closes, Job, Opens
from functions.shared.refusal import TOO_MANY_TRIES, Code, Refused
from functions.shared.session import account_key
from functions.shared.store import retry_lost_races

WRONG_CREDENTIALS = Code("wrong_credentials", HTTPStatus.UNAUTHORIZED, "session")


class SignIn(RequestModel):
    """Who signs in."""

    email: EmailAddress
    password: Password


class Session(Model):
    """Who is signed in."""

    model_config = ConfigDict(from_attributes=True)

    email: str
    account_id: str
    company: str
    profile: str
    account_status: str
    language: str
    roles: list[str]


@dataclass(frozen=True)
class SigningIn:
    """The account of the address, if it has one; the tries are counted at `counted` among what was read."""

    account: Account | None
    counted: Key
    items: Items


def reads_to_sign_in(ask: Ask[SignIn]) -> Reads[SigningIn]:
    """The account, and how often that address was tried from that place."""
    email = ask.body.email
    counted = tries.key("sign-in", f"{email} {ask.request.network}", ask.keys)

    def state(items: Items) -> SigningIn:
        item = items.get(account_key(email))
        return SigningIn(Account.stored(item) if item else None, counted, items)

    return Reads((account_key(email), counted), state)


def needs_authentication(state: SigningIn, ask: Ask[SignIn]) -> Login:
    """The login to try; of an unknown address too, so that the answer takes as long.

    Raises Refused `too_many_tries`.
    """
    tries.refuse_more(state.items, state.counted)
    login = state.account and state.account.login
    return Login(login or ask.body.email, ask.body.password.get_secret_value())


def decide_sign_in(state: SigningIn, ask: Ask[SignIn], is_right: bool) -> Change[Session]:
    """Open a session for the right address and password; too many wrong ones from one place, and it must wait.

    Raises Refused `wrong_credentials`, `too_many_tries`.
    """
    account = state.account
    if account is None or not is_right:
        raise Refused(WRONG_CREDENTIALS, tries.counted(state.items, state.counted))
    token = session.token(ask.seed, account.email, ask.keys)
    opening = session.opened(account.email, token, account.login)
    return Change(Session.model_validate(account), (opening,), effect=Opens(ask.seed, account.email))


def show_session(desk: Desk, ask: Ask[Nothing]) -> Session:
    """Who is signed in; asking counts as being there."""
    claimed = session.claim(ask.request)

    def attempt() -> Session:
        asked, items = desk.reads(ask, lambda email: Reads((), lambda items: items))
        if refresh := session.refreshed(claimed, items[claimed.session]):
            desk.cloud.store.commit([refresh, *checks(items, items, (), [refresh])])
        return Session.model_validate(asked.reader)

    return retry_lost_races(attempt)


@dataclass(frozen=True)
class SigningOut:
    """Whose session it is that the cookie claims, and what proves it."""

    claimed: session.Claim
    items: Items


def reads_to_sign_out(ask: Ask[Nothing]) -> Reads[SigningOut]:
    """What proves the claim."""
    claimed = session.claim(ask.request)
    return Reads(claimed.keys, lambda items: SigningOut(claimed, items))


def decide_sign_out(state: SigningOut, ask: Ask[Nothing]) -> Change[None]:
    """End the session on the server; a repeat of the same request is answered although the session is dead by then."""
    session.reader(state.claimed, state.items)
    ended = Delete(state.claimed.session, state.items[state.claimed.session])
    return Change(None, (ended,), effect=Closes())


def _claimed(ask: Ask[Nothing]) -> str:
    claimed = session.claim(ask.request)
    return f"{claimed.email} {claimed.token_sha256}"


SIGN_IN = Job(
    name="sign-in",
    method="POST",
    path="/api/session",
    body=SignIn,
    answer=Session,
    does=OpenGathered(lambda ask: ask.body.email, reads_to_sign_in, needs_authentication, authenticate, decide_sign_in),
    refuses=(WRONG_CREDENTIALS, TOO_MANY_TRIES),
    form=Form("session.sign_in"),
)
SHOW = Job(
    name="show-session", method="GET", path="/api/session", body=Nothing, answer=Session, does=Look(show_session)
)
SIGN_OUT = Job(
    name="sign-out",
    method="DELETE",
    path="/api/session",
    body=Nothing,
    answer=NOTHING,
    status=204,
    does=OpenDecision(_claimed, reads_to_sign_out, decide_sign_out, signed_in=True),
)
