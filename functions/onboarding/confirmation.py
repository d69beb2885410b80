"""Confirming who one is, in the middle of a session: before what matters much, and before customers' papers."""

from dataclasses import dataclass

from functions.onboarding.account import Account
from functions.onboarding.authentication import Login
from functions.onboarding.factor import Credentials, Factor, Proof, Sealed, factor_key, prove
from functions.onboarding.sign_in import FROM_KNOWN_BROWSER, WRONG_CREDENTIALS, WRONG_PASSWORD, tried_in
from functions.shared import session
from functions.shared.desk import Gathered
from functions.shared.fields import OneTimeCode, Password, RequestModel
from functions.shared.items import Items, Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.limits import Try
from functions.shared.refusal import TOO_MANY_TRIES, Invalid, Refused
from functions.shared.session import account_key

_WRONG_TOTP = WRONG_CREDENTIALS._replace(worded="session.confirmation.wrong")


class ConfirmSession(RequestModel):
    """The reader's password, or the code of their second factor, or both; papers are opened after a code alone."""

    password: Password | None = None
    totp: OneTimeCode | None = None


@dataclass(frozen=True)
class Confirming:
    """The reader's account and second factor, and the session that is confirmed."""

    account: Account
    factor: Factor
    claimed: session.Claim
    items: Items


def reads(ask: Ask[ConfirmSession], email: str) -> Reads[Confirming]:
    """What tells who it is."""
    claimed = session.claim(ask.request)

    def state(items: Items) -> Confirming:
        account = Account.stored(items[account_key(email)])
        return Confirming(account, Factor.of(items, email), claimed, items)

    return Reads((account_key(email), factor_key(email)), state)


def tries_to_confirm(state: Confirming, ask: Ask[ConfirmSession]) -> tuple[Try, ...]:
    """Where it counts: in this browser, which they have proven themselves in. Raises Invalid when nothing is given."""
    if ask.body.password is None and ask.body.totp is None:
        raise Invalid(("password", "required", {}))
    browser = session.known(ask.request, state.account.email, ask.keys) or state.claimed.session_id
    return (tried_in(browser, state.account.email, state.account, ask),)


def needs_proof(state: Confirming, ask: SignedIn[ConfirmSession]) -> Credentials:
    """What to try."""
    said, account, sealed = ask.body, state.account, state.factor.sealed
    login = Login(account.login or account.email, said.password.get_secret_value()) if said.password else None
    return Credentials(login, Sealed(account.account_id, sealed) if said.totp and sealed else None)


def decide(state: Confirming, ask: SignedIn[ConfirmSession], proof: Proof) -> Change[None]:
    """ConfirmSession who the reader is for the next half an hour; wrong tries count as those to sign in do.

    Raises Refused `wrong_credentials`.
    """
    given = ask.body.totp
    spent = state.factor.spent(proof.secret, given) if proof.secret and given else None
    if not proof.is_right or (given and spent is None):
        raise Refused(_WRONG_TOTP if given else WRONG_PASSWORD)
    key = state.claimed.session
    confirmed = session.confirmed(key, state.items[key], by_second_factor=spent is not None)
    return Change(None, (confirmed, *([spent.put()] if spent else ())))


CONFIRM = Job(
    name="confirm-session",
    method="POST",
    path="/api/session/confirmation",
    body=ConfirmSession,
    answer=NOTHING,
    status=204,
    does=Gathered(reads, needs_proof, prove, decide, tries_to_confirm),
    limits=(FROM_KNOWN_BROWSER,),
    refuses=(WRONG_PASSWORD, _WRONG_TOTP, TOO_MANY_TRIES),
)
