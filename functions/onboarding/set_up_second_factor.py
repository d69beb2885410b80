"""Setting up the second factor that staff and support need, with an authenticator; recovery codes are shown once."""

import time
from dataclasses import dataclass, field

from functions.onboarding.factor import Factor, factor_key, seal
from functions.shared import clock, second_factor, session
from functions.shared.cloud import Cloud
from functions.shared.desk import Gathered
from functions.shared.fields import Model, OneTimeCode, RequestModel
from functions.shared.items import Items, Reads
from functions.shared.job import Ask, Change, Job, ShowsRecoveryCodes, ShowsSecret, SignedIn
from functions.shared.refusal import NOT_FOUND, Invalid, Refused, conflict

ALREADY_SET_UP = conflict("already_set_up", "second_factor")


class SetUpSecondFactor(RequestModel):
    """Nothing, to be shown a secret; then a code of the authenticator that was given it."""

    totp: OneTimeCode | None = None


class SettingUpShown(Model):
    """The secret in base 32 and as a link; or, once a code has shown that it arrived, the recovery codes."""

    secret: str | None = None
    uri: str | None = None
    recovery_codes: list[str] | None = None


@dataclass(frozen=True)
class SettingUp:
    """Whose factor it is, and by which session it is set up."""

    factor: Factor
    claimed: session.Claim
    items: Items


@dataclass(frozen=True)
class Confirmed:
    """A secret whose code was given, to be sealed for its account."""

    account_id: str
    secret: str = field(repr=False)
    step: int


def reads(ask: Ask[SetUpSecondFactor], email: str) -> Reads[SettingUp]:
    """The reader's second factor."""
    claimed = session.claim(ask.request)
    return Reads((factor_key(email),), lambda items: SettingUp(Factor.of(items, email), claimed, items))


def needs_sealing(state: SettingUp, ask: SignedIn[SetUpSecondFactor]) -> Confirmed | None:
    """The secret to seal, once a code of it is given.

    Raises Refused `not_found` for who needs no second factor, `already_set_up`, or Invalid for a wrong code.
    """
    if not session.needs_second_factor(ask.reader.roles):
        raise Refused(NOT_FOUND)
    if state.factor.is_set_up:
        raise Refused(ALREADY_SET_UP)
    if ask.body.totp is None:
        return None
    pending = state.factor.pending
    secret = second_factor.secret(pending, ask.reader.email, ask.keys) if pending else None
    step = second_factor.step_shown(secret, ask.body.totp, time.time(), ()) if secret else None
    if secret is None or step is None:
        raise Invalid(("totp", "wrong_totp", {}))
    return Confirmed(ask.reader.account_id, secret, step)


def sealed(cloud: Cloud, need: Confirmed | None) -> str | None:
    """The secret as it is kept."""
    return seal(cloud.kms, cloud.settings.factor_key, need.account_id, need.secret) if need else None


def decide(state: SettingUp, ask: SignedIn[SetUpSecondFactor], content: str | None) -> Change[SettingUpShown]:
    """Show a new secret; with a code of it, ask for its codes from now on, and show the recovery codes, once.

    Raises as needs_sealing does.
    """
    email = ask.reader.email
    confirmed = needs_sealing(state, ask)
    if confirmed is None or content is None:
        pending = state.factor.with_pending(ask.seed)
        return Change(SettingUpShown(), (pending.put(),), effect=ShowsSecret(ask.seed, email))
    codes = second_factor.recovery_codes(ask.seed, email, ask.keys)
    now = clock.rfc3339(ask.now)
    factor = state.factor.set_up(content, confirmed.secret, confirmed.step, codes, now)
    whole = session.confirmed(state.claimed.session, state.items[state.claimed.session], by_second_factor=True)
    return Change(SettingUpShown(), (factor.put(), whole), effect=ShowsRecoveryCodes(ask.seed, email))


SET_UP = Job(
    name="set-up-second-factor",
    method="POST",
    path="/api/session/totp",
    body=SetUpSecondFactor,
    answer=SettingUpShown,
    does=Gathered(reads, needs_sealing, sealed, decide),
    refuses=(NOT_FOUND, ALREADY_SET_UP),
    half_signed_in=True,
)
