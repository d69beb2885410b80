"""Signing in and out."""

import secrets
import time
from datetime import datetime

from pydantic import BaseModel

from functions.onboarding.authentication import authenticate
from functions.shared import session, tries
from functions.shared.desk import Change, Desk
from functions.shared.fields import EmailAddress, Password, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import account_key, claim, described, opened, reader, refreshed
from functions.shared.store import Conflict, Items, Put


class SignIn(RequestModel):
    """Who signs in."""

    email: EmailAddress
    password: Password


class Session(BaseModel):
    """Who is signed in."""

    email: str
    account_id: str
    company: str
    profile: str
    account_status: str
    language: str
    roles: list[str]


def sign_in(desk: Desk, request: Request) -> Answer:
    """Open a session for the right address and password; too many wrong ones from one place, and it must wait."""
    email: str = request.body.email
    password: str = request.body.password.get_secret_value()
    counted = tries.key("sign-in", f"{email} {request.source_ip}", desk.cloud.key)

    def decide(items: Items, now: datetime) -> Change:
        tries.refuse_more(items, counted)
        # Cognito is asked for an unknown address too, so that the answer takes as long.
        account = items.get(account_key(email))
        login = account.get("login") if account else None
        if not authenticate(desk.cloud, login or email, password) or account is None:
            tries.count(desk.cloud.store, counted)
            raise Refused("wrong_credentials")
        seed = secrets.token_hex(16)
        opening = opened(email, session.token(seed, email, desk.cloud.key), login)
        claimed = session.Claim(email, opening.key.sk.removeprefix("SESSION#"))
        who = reader(claimed, {**items, opening.key: opening.attributes})
        return Change(Answer(200, described(who), opens=seed, opens_for=email), (opening,))

    return desk.change_for_anyone(request, email, [account_key(email), counted], decide)


def show_session(desk: Desk, request: Request) -> Answer:
    """Who is signed in; asking counts as being there."""
    claimed = claim(request)
    who, items = desk.read(request, lambda _: ())
    if refresh := refreshed(claimed, items[claimed.session]):
        try:
            desk.cloud.store.put(refresh)
        except Conflict:
            raise Refused("not_signed_in") from None
    return Answer(200, described(who))


def sign_out(desk: Desk, request: Request) -> Answer:
    """End the session on the server; a repeat of the same request is answered although the session is dead by then."""
    claimed = claim(request)

    def decide(items: Items, now: datetime) -> Change:
        reader(claimed, items)
        read = items[claimed.session]
        ended = Put(
            claimed.session,
            {**read, "ended_at": int(time.time())},
            "attribute_not_exists(ended_at) AND idle_until = :read",
            {":read": read["idle_until"]},
        )
        return Change(Answer(204, closes=True), (ended,))

    return desk.change_for_anyone(request, f"{claimed.email} {claimed.token_sha256}", claimed.keys, decide)


SIGN_IN = Job(
    name="sign-in",
    method="POST",
    path="/api/session",
    run=sign_in,
    body=SignIn,
    answer=Session,
    signed_in=False,
    codes=("wrong_credentials", "too_many_tries"),
)
SHOW = Job(name="show-session", method="GET", path="/api/session", run=show_session, answer=Session)
SIGN_OUT = Job(name="sign-out", method="DELETE", path="/api/session", run=sign_out, status=204)
SIGN_IN_FORM = Form(SIGN_IN, "session.sign_in")
