"""Registration: an account for whoever reads the address, once they have shown it with a code.

What is asked for is kept with the code, the password in a login that no account names yet: until the code comes back
from the browser that asked, nothing has changed for the address.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr, ValidationInfo, field_validator

from functions.onboarding.account import (
    ACCOUNT_EXPIRED,
    Account,
    deadlines,
    ended,
    is_overdue,
    person_key,
    queued,
)
from functions.onboarding.authentication import Login, look_at_login, make_login, new_login
from functions.onboarding.invitations import accept_invitations
from functions.onboarding.mailbox import Asks, Mailbox, Requested, answering, asking, digits
from functions.onboarding.papers import Profile
from functions.onboarding.password import NewPassword, refuse_personal
from functions.onboarding.reserved import is_reserved
from functions.shared import clock, one_time_codes
from functions.shared.cloud import Cloud
from functions.shared.desk import OpenDecision, OpenGathered
from functions.shared.events import DESK, Event, Mail, Told
from functions.shared.fields import DocumentLine, EmailAddress, OneTimeCode, RequestModel, Siren
from functions.shared.form import Form
from functions.shared.items import Reads, Write, new, over
from functions.shared.job import NOTHING, Ask, Binds, Change, Job, Knows
from functions.shared.refusal import TOO_MANY_TRIES, WRONG_CODE, Refused
from functions.shared.session import account_key, person
from functions.shared.texts import Language

REGISTRATION_REQUESTED = Told(
    "registration_requested", "reviews", mails=(Mail("registration.mails.code"),), publishes=None
)
REGISTRATION_REPEATED = Told(
    "registration_repeated", "reviews", mails=(Mail("registration.mails.known"),), publishes=None
)
# Of an address whose person has another since a few days, and could take it back.
ADDRESS_KEPT = Told("address_kept", "account", mails=(Mail("account.mails.kept"),), in_history=False, publishes=None)
REGISTERED = Told("registered", "reviews", mails=(Mail("registration.mails.registered"),), publishes=("deadline",))
LIMITS = Asks.of("registration")
_REQUEST_KEPT = timedelta(days=1)


class Register(RequestModel):
    """Who registers."""

    email: EmailAddress
    company: DocumentLine
    profile: Profile
    siren: Siren | None = None
    password: NewPassword
    language: Language

    @field_validator("password")
    @classmethod
    def _not_personal(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        return refuse_personal(password, info)


class ConfirmRegistration(RequestModel):
    """The code that was sent."""

    email: EmailAddress
    code: OneTimeCode


def reads_to_register(ask: Ask[Register]) -> Reads[Mailbox]:
    """The account of the address, and the code of a registration that the browser sent before."""
    return asking(ask, "registration")


def reads_to_confirm(ask: Ask[ConfirmRegistration]) -> Reads[Mailbox]:
    """The account of the address, and the code for a registration."""
    return answering(ask, "registration")


def needs_login(state: Mailbox, ask: Ask[Register]) -> Login:
    """The login of the account to be; of a known address too, so that the answer takes as long."""
    password = ask.body.password.get_secret_value()
    return new_login(state.email, password, ask.request.idempotency_key, ask.keys)


def decide_register(state: Mailbox, ask: Ask[Register], made: Login) -> Change[Requested]:
    """Send a code to the address; to one that has an account, an e-mail that says so. The answer is the same."""
    email, body = state.email, ask.body
    # The look at the login in some days finds a known address's unused.
    look = look_at_login(made.name, email, ask.now)
    if ask.is_silenced:
        return Change(Requested(), (look,), effect=Binds(ask.seed))
    asked: Mapping[str, Any] = {}
    if account := _standing(state, ask.now):
        event = account.happened(REGISTRATION_REPEATED, ask.now, email)
    elif is_reserved(state.items, email, ask.now):
        data = {"email": email, "language": body.language}
        event = person(email), ADDRESS_KEPT.event(ask.now, email, data, kept_until=ask.now + _REQUEST_KEPT)
    else:
        asked = {
            "login": made.name,
            "company": body.company,
            "profile": body.profile,
            "siren": body.siren,
            "language": body.language,
            "registered_at": clock.rfc3339(ask.now),
        }
        event = _requested(email, asked).happened(
            REGISTRATION_REQUESTED,
            ask.now,
            email,
            # Whoever does not confirm is to leave no trace.
            kept_until=ask.now + _REQUEST_KEPT,
            code=one_time_codes.enclosed(state.code, ask.seed, digits(ask)),
        )
    issued = one_time_codes.issue(state.items, state.code, ask.seed, ask.now, asked, digits(ask))
    return Change(Requested(), (issued, look), (event,), Binds(ask.seed))


def decide_confirm(state: Mailbox, ask: Ask[ConfirmRegistration]) -> Change[None]:
    """Open the account with the code that was sent; the 60 days run from the registration.

    Raises Refused `wrong_code`.
    """
    asked = one_time_codes.about(state.items, state.code)
    spent = one_time_codes.spend(state.items, state.code, ask.body.code, ask.now, ask.keys)
    if not asked or _standing(state, ask.now) or is_reserved(state.items, state.email, ask.now):
        raise Refused(WRONG_CODE, spent)
    account = _requested(state.email, asked, state.account.roles if state.account else ())
    opened: tuple[Write, ...] = (
        over(account_key(state.email), state.items.get(account_key(state.email)), account.attributes()),
        new(person_key(account.account_id), {"email": account.email}),
        *deadlines(account),
    )
    registered = account.happened(REGISTERED, ask.now, state.email, deadline=account.deadline)
    before, expired = _end_of_the_one_before(state, ask.now)
    return Change(None, (spent, *opened, *before), (*expired, registered), Knows(ask.seed, state.email))


def _standing(state: Mailbox, now: datetime) -> Account | None:
    """The account of the address; one that has expired may be registered anew."""
    account = state.account and state.account.on(clock.day(now))
    return None if account is None or account.account_status == "expired" else account


def _requested(email: str, asked: Mapping[str, Any], roles: tuple[str, ...] = ()) -> Account:
    """The account to be."""
    return Account(
        account_id=f"A-{asked['login'][:16]}",
        email=email,
        company=asked["company"],
        profile=asked["profile"],
        language=asked["language"],
        account_status="pending",
        registered_at=asked["registered_at"],
        roles=roles,
        siren=asked.get("siren"),
        login=asked["login"],
    )


def _end_of_the_one_before(state: Mailbox, now: datetime) -> tuple[tuple[Write, ...], tuple[tuple[str, Event], ...]]:
    """What comes of an account whose time is over, if the worker that ends it has not run: it will not find it now."""
    overdue = state.account
    if overdue is None or not is_overdue(overdue, now):
        return (), ()
    return tuple(queued(overdue, ended(overdue))), (overdue.happened(ACCOUNT_EXPIRED, now, DESK),)


def _accept_invitations(cloud: Cloud, ask: Ask[ConfirmRegistration], answer: Mapping[str, Any]) -> None:
    accept_invitations(cloud.store, ask.body.email)


REGISTER = Job(
    name="register",
    method="POST",
    path="/api/registrations",
    body=Register,
    answer=Requested,
    status=202,
    does=OpenGathered(
        lambda ask: ask.body.email, reads_to_register, needs_login, make_login, decide_register, LIMITS.tries
    ),
    refuses=(TOO_MANY_TRIES,),
    limits=LIMITS.all,
    tells=(REGISTRATION_REQUESTED, REGISTRATION_REPEATED, ADDRESS_KEPT),
    form=Form("registration.register"),
)
CONFIRM = Job(
    name="confirm-registration",
    method="POST",
    path="/api/registrations/confirm",
    body=ConfirmRegistration,
    answer=NOTHING,
    status=204,
    does=OpenDecision(lambda ask: ask.body.email, reads_to_confirm, decide_confirm, _accept_invitations),
    refuses=(WRONG_CODE,),
    tells=(REGISTERED, ACCOUNT_EXPIRED),
    form=Form("registration.confirm"),
)
