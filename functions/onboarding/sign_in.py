"""Signing in and out."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ConfigDict

from functions.onboarding.account import Account
from functions.onboarding.authentication import Login
from functions.onboarding.factor import Credentials, Factor, Proof, Sealed, factor_key, prove
from functions.shared import limits, session
from functions.shared.desk import Desk, Look, OpenDecision, OpenGathered, proven
from functions.shared.devices import device
from functions.shared.fields import EmailAddress, Model, Nothing, OneTimeCode, Password, RequestModel
from functions.shared.form import Form
from functions.shared.items import Delete, Items, Reads, Write, checks
from functions.shared.job import NOTHING, Ask, Change, Closes, Job, Opens
from functions.shared.limits import QUARTER, Limit, Try
from functions.shared.refusal import TOO_MANY_TRIES, Code, Refused
from functions.shared.session import account_key
from functions.shared.store import retry_lost_races

WRONG_CREDENTIALS = Code("wrong_credentials", HTTPStatus.UNAUTHORIZED, "session")
# The same to who is signed in: they have given no address with it.
WRONG_PASSWORD = WRONG_CREDENTIALS._replace(worded="account.wrong_password")
# Half of it was right: it is no wrong try.
SECOND_FACTOR_NEEDED = Code("second_factor_needed", HTTPStatus.UNAUTHORIZED, "session", spares_tries=True)
_SIGN_IN = "sign-in"
FROM_KNOWN_BROWSER = Limit(_SIGN_IN, "a person in a browser that they have signed in with", 10, QUARTER, "failures")
FROM_THERE = Limit(_SIGN_IN, "a person and a network address, in other browsers", 10, QUARTER, "failures")
OF_PERSON = Limit(_SIGN_IN, "a person, in other browsers", 30, QUARTER, "failures")
OF_NETWORK = Limit(_SIGN_IN, "a network address, in browsers not known to who signs in", 50, QUARTER, "failures")
OF_ALL = Limit(_SIGN_IN, "everybody, a sixteenth each", 500, QUARTER, "failures")


class SignIn(RequestModel):
    """Who signs in; `totp` is the code of their second factor, or a recovery code."""

    email: EmailAddress
    password: Password
    totp: OneTimeCode | None = None


class Session(Model):
    """Who is signed in; their firm's SIREN, and where a copy of its invoices goes, if anywhere."""

    model_config = ConfigDict(from_attributes=True)

    email: str
    account_id: str
    company: str
    profile: str
    account_status: str
    language: str
    roles: list[str]
    siren: str | None
    invoices_email: str | None


@dataclass(frozen=True)
class SigningIn:
    """The account of the address, if it has one."""

    account: Account | None
    factor: Factor


def reads_to_sign_in(ask: Ask[SignIn]) -> Reads[SigningIn]:
    """The account."""
    email = ask.body.email

    def state(items: Items) -> SigningIn:
        item = items.get(account_key(email))
        return SigningIn(Account.stored(item) if item else None, Factor.of(items, email))

    return Reads((account_key(email), factor_key(email)), state)


def tries_to_sign_in(state: SigningIn, ask: Ask[SignIn]) -> tuple[Try, ...]:
    """Where it counts: strangers' wrong guesses, wherever they come from, keep nobody out of a browser of their own."""
    email, network = ask.body.email, ask.request.network
    if browser := session.known(ask.request, email, ask.keys):
        return (tried_in(browser, email, state.account, ask),)
    person = _login_of(email, state.account)
    return (
        limits.tried(FROM_THERE, f"{person} {network}", ask.keys),
        limits.tried(OF_PERSON, person, ask.keys),
        limits.tried(OF_NETWORK, network, ask.keys),
        limits.tried_by_all(OF_ALL, network, ask.keys),
    )


def tried_in(browser: str, email: str, account: Account | None, ask: Ask[Any]) -> Try:
    """A try of somebody in a browser of theirs."""
    return limits.tried(FROM_KNOWN_BROWSER, f"{_login_of(email, account)} {browser}", ask.keys)


def _login_of(email: str, account: Account | None) -> str:
    # A new password is a new login: with it sign-in is open again at once.
    return f"{email} {account and account.login}"


def needs_authentication(state: SigningIn, ask: Ask[SignIn]) -> Credentials:
    """The login to try, and the second factor if a code is given; of an unknown address too, to take as long."""
    account = state.account
    login = Login((account and account.login) or ask.body.email, ask.body.password.get_secret_value())
    sealed = state.factor.sealed if ask.body.totp else None
    return Credentials(login, Sealed(account.account_id, sealed) if account and sealed else None)


def decide_sign_in(state: SigningIn, ask: Ask[SignIn], proof: Proof) -> Change[Session]:
    """Open a session for the right address and password, and the code of the second factor where one is needed.

    Too many wrong ones, and it must wait. Who has not set up the second factor that they need gets a session that can
    set one up. Raises Refused `wrong_credentials`, `second_factor_needed`.
    """
    account = state.account
    if account is None or not proof.is_right:
        raise Refused(WRONG_CREDENTIALS)
    spent = _second_factor(state, account, proof, ask.body.totp)
    token = session.token(ask.seed, account.email, ask.keys)
    used = device(ask.request.headers.get("user-agent", ""))
    opening = session.opened(account.email, token, account.login, used, second_factor=bool(spent))
    return Change(Session.model_validate(account), (opening, *spent), effect=Opens(ask.seed, account.email))


def _second_factor(state: SigningIn, account: Account, proof: Proof, given: str | None) -> tuple[Write, ...]:
    """The write that uses up the code of the second factor; none where none is needed, or set up yet."""
    if not (session.needs_second_factor(account.roles) and state.factor.is_set_up):
        return ()
    if given is None:
        raise Refused(SECOND_FACTOR_NEEDED)
    spent = state.factor.spent(proof.secret, given) if proof.secret else None
    if spent is None:
        raise Refused(WRONG_CREDENTIALS)
    return (spent.put(),)


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
    proven(state.claimed, state.items, ask)
    ended = Delete(state.claimed.session, state.items[state.claimed.session])
    return Change(None, (ended,), effect=Closes())


def _claimed(ask: Ask[Nothing]) -> str:
    claimed = session.claim(ask.request)
    return f"{claimed.email} {claimed.session_id}"


SIGN_IN = Job(
    name="sign-in",
    method="POST",
    path="/api/session",
    body=SignIn,
    answer=Session,
    does=OpenGathered(
        lambda ask: ask.body.email,
        reads_to_sign_in,
        needs_authentication,
        prove,
        decide_sign_in,
        tries_to_sign_in,
    ),
    refuses=(WRONG_CREDENTIALS, SECOND_FACTOR_NEEDED, TOO_MANY_TRIES),
    limits=(FROM_KNOWN_BROWSER, FROM_THERE, OF_PERSON, OF_NETWORK, OF_ALL),
    form=Form("session.sign_in", asked_later={"totp": SECOND_FACTOR_NEEDED}),
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
    half_signed_in=True,
)
