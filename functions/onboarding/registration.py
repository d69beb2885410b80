"""Registration: an account for whoever reads the address, once they have shown it with a code.

What is asked for is kept with the code, the password in a login that no account names yet: until the code comes back
from the browser that asked, nothing has changed for the address.
"""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.onboarding import authentication
from functions.onboarding.account import Account, deadlines, person_key
from functions.onboarding.papers import Profile
from functions.onboarding.password import NewPassword, code_key, refuse_personal
from functions.shared import clock, codes, session
from functions.shared.desk import Change, Desk
from functions.shared.fields import Code, EmailAddress, Line, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import account_key, person
from functions.shared.store import Items, Put, Set, Store, Write, new
from functions.shared.texts import Language
from functions.subscriptions.subscription import user_key

_REQUEST_KEPT = timedelta(days=1)
# The longest transaction that DynamoDB takes is 100 items; the rest of a confirmation is far fewer than the difference.
_INVITATIONS_AT_ONCE = 80


def _siren(value: str) -> str:
    from stdnum.exceptions import ValidationError
    from stdnum.fr import siren

    try:
        return str(siren.validate(value))
    except ValidationError as error:
        raise PydanticCustomError("invalid_siren", "not a SIREN") from error


def _without_spaces(value: Any) -> Any:
    return "".join(value.split()) if isinstance(value, str) else value


Siren = Annotated[
    str, StringConstraints(min_length=1, max_length=20), BeforeValidator(_without_spaces), AfterValidator(_siren)
]


class Register(RequestModel):
    """Who registers."""

    email: EmailAddress
    company: Line
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
    code: Code


def register(desk: Desk, request: Request) -> Answer:
    """Send a code to the address; to one that has an account, an e-mail that says so. The answer is the same."""
    body: Register = request.body
    email, password = body.email, body.password.get_secret_value()
    key, seed = code_key(email, "registration"), codes.new_seed()
    login = authentication.new_login(email, password, request.idempotency_key, desk.cloud.key)

    def decide(items: Items, now: datetime) -> Change:
        account = _standing(items, email, now)
        asked = {
            "login": login,
            "company": body.company,
            "profile": body.profile,
            "siren": body.siren,
            "language": body.language,
            "registered_at": clock.rfc3339(now),
        }
        code = codes.issue(items, key, seed, now, {} if account else asked)
        # For a known address too, so that the answer takes as long; the look at it tomorrow finds it unused.
        authentication.make_login(desk.cloud, login, password)
        if account:
            event = account.happened("registration_repeated", now, email)
        else:
            enclosed = codes.enclosed(key, seed)
            where, requested = _requested(email, asked).happened("registration_requested", now, email, code=enclosed)
            # Whoever does not confirm is to leave no trace.
            event = where, replace(requested, kept_until=now + _REQUEST_KEPT)
        looked_at = authentication.look_at_login(login, email, now)
        return Change(Answer(202, {}, registers=login), (code, looked_at), (event,))

    return desk.change_for_anyone(request, email, [account_key(email), key], decide)


def confirm_registration(desk: Desk, request: Request) -> Answer:
    """Open the account with the code that was sent; the 60 days run from the registration."""
    email: str = request.body.email
    key = code_key(email, "registration")

    def decide(items: Items, now: datetime) -> Change:
        asked = codes.about(items, key)
        code = request.body.code if _is_from_there(request, asked.get("login", ""), desk.cloud.key) else ""
        spent = codes.spend(items, key, code, now, desk.cloud.key)
        if not asked or _standing(items, email, now):
            refused = Refused("wrong_code")
            refused.writes = (spent,)
            raise refused
        account = _requested(email, asked)
        writes: list[Write] = [spent, *_opening(account, items), *deadlines(account)]
        writes += _accepted_invitations(desk.cloud.store, email)
        registered = account.happened("registered", now, email, deadline=account.deadline.isoformat())
        return Change(Answer(204), tuple(writes), (registered,))

    return desk.change_for_anyone(request, email, [account_key(email), key], decide)


def _standing(items: Items, email: str, now: datetime) -> Account | None:
    """The account of the address; one that has expired may be registered anew."""
    if account_key(email) not in items:
        return None
    account = Account.stored(items[account_key(email)]).on(clock.day(now))
    return None if account.account_status == "expired" else account


def _requested(email: str, asked: Any) -> Account:
    """The account to be."""
    return Account(
        account_id=f"A-{asked['login'][:16]}",
        email=email,
        company=asked["company"],
        profile=asked["profile"],
        language=asked["language"],
        account_status="pending",
        registered_at=asked["registered_at"],
        siren=asked.get("siren"),
        login=asked["login"],
    )


def _opening(account: Account, items: Items) -> list[Put]:
    """The account's item, in the place of one that has expired if there is one, and the way to it from its id."""
    opened = new(account_key(account.email), account.put().attributes)
    if account_key(account.email) in items:
        expired = Account.stored(items[account_key(account.email)])
        opened = account.in_place_of(expired).put()
    return [opened, new(person_key(account.account_id), {"email": account.email})]


def _accepted_invitations(store: Store, email: str) -> list[Set]:
    """Whoever was invited to a subscription before they had an account is one of its active users now."""
    memberships = store.query(person(email), first="SUBSCRIPTION#", last="SUBSCRIPTION#~")
    listed = [user_key(key.sk.removeprefix("SUBSCRIPTION#"), email) for key, _ in memberships[:_INVITATIONS_AT_ONCE]]
    users = store.get(listed) if listed else {}
    return [Set(key, {"status": "active"}) for key, user in users.items() if user["status"] == "invited"]


def _is_from_there(request: Request, login: str, secret: bytes) -> bool:
    """Whether a confirmation comes from the browser that sent the registration.

    A stranger could register the address too, with a password of their own, and wait for its owner to use the newer
    code. What is no browser and keeps no cookies is asked for none: there is no page to be led astray on.
    """
    proof = session.cookie(request, session.REGISTERING)
    if proof is None:
        return "sec-fetch-site" not in request.headers
    return hmac.compare_digest(proof.encode(), session.token("registration", login, secret).encode())


REGISTER = Job(
    name="register",
    method="POST",
    path="/api/registrations",
    run=register,
    body=Register,
    status=202,
    signed_in=False,
    codes=("too_many_tries",),
)
CONFIRM = Job(
    name="confirm-registration",
    method="POST",
    path="/api/registrations/confirm",
    run=confirm_registration,
    body=ConfirmRegistration,
    status=204,
    signed_in=False,
    codes=("wrong_code",),
)
REGISTER_FORM = Form(REGISTER, "registration.register")
CONFIRM_FORM = Form(CONFIRM, "registration.confirm")
