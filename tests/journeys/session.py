"""How people sign in and out, and why they cannot."""

import time
from typing import Any

from functions.onboarding import confirmation, sessions
from functions.onboarding import sign_in as rules
from functions.onboarding.factor import Factor, factor_key, seal
from functions.onboarding.set_up_second_factor import SET_UP
from functions.onboarding.sign_in import SHOW, SIGN_IN, SIGN_OUT
from functions.shared import second_factor, session
from functions.shared.items import Put
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import PASSWORD, Given
from tests.journeys.onboarding import reset

_SEED = "5" * 64
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RECOVERY_CODE = "1234-5678-9012"


def sign_in(given: Given) -> Journey:
    camille = given.person(password=True)
    given.ask_for_code(camille, "password")
    return Journey(
        Call(SIGN_IN, body={"email": camille, "password": PASSWORD}),
        rivals=(
            reset(given, camille),
            Call(SIGN_IN, body={"email": camille, "password": "wrong"}),
        ),
    )


def sign_in_where_they_are_known(given: Given) -> Journey:
    """Whatever strangers have tried before."""
    camille = given.person(password=True)
    given.use_up(rules.OF_PERSON, f"{camille} {given.account(camille)['login']}")
    given.use_up(rules.OF_NETWORK, given.network)
    body = {"email": camille, "password": PASSWORD}
    return Journey(Call(SIGN_IN, body=body, cookie=given.known(camille)), rivals=(Call(SIGN_IN, body=body),))


def sign_in_with_a_second_factor(given: Given) -> Journey:
    staff = member_of_support(given)
    signing_in = _sign_in(staff, totp=RECOVERY_CODE)
    return Journey(signing_in, rivals=(signing_in, _sign_in(staff, totp="000000"), _confirm(staff, RECOVERY_CODE)))


def show_a_secret(given: Given) -> Journey:
    staff = _without_a_factor(given)
    showing = Call(SET_UP, staff, body={})
    return Journey(showing, rivals=(showing, _set_up(given, staff)))


def set_up(given: Given) -> Journey:
    staff = _without_a_factor(given)
    return Journey(_set_up(given, staff), rivals=(_set_up(given, staff), Call(SET_UP, staff, body={})))


def confirm(given: Given) -> Journey:
    camille = given.person(password=True)
    given.idle(camille, minutes=31)
    confirming = Call(confirmation.CONFIRM, camille, body={"password": PASSWORD})
    wrong = Call(confirmation.CONFIRM, camille, body={"password": "wrong"})
    return Journey(confirming, rivals=(confirming, wrong, Call(SIGN_OUT, camille)))


def confirm_with_a_code(given: Given) -> Journey:
    staff = member_of_support(given)
    confirming = _confirm(staff, RECOVERY_CODE)
    return Journey(confirming, rivals=(confirming, _sign_in(staff, totp=RECOVERY_CODE)))


def list_sessions(given: Given) -> Journey:
    camille = given.person()
    _session_elsewhere(given, camille)
    return Journey(Call(sessions.LIST, camille))


def end_session(given: Given) -> Journey:
    camille = given.person()
    ending = Call(sessions.END, camille, {"session": _session_elsewhere(given, camille)})
    return Journey(ending, rivals=(ending, Call(SIGN_OUT, camille)))


def show_session(given: Given) -> Journey:
    camille = given.person()
    return Journey(Call(SHOW, camille))


def show_session_after_a_while(given: Given) -> Journey:
    camille = given.person()
    given.idle(camille, minutes=30)
    return Journey(Call(SHOW, camille), rivals=(Call(SHOW, camille), Call(SIGN_OUT, camille)))


def sign_out(given: Given) -> Journey:
    camille = given.person()
    given.idle(camille, minutes=30)
    return Journey(Call(SIGN_OUT, camille), rivals=(Call(SIGN_OUT, camille), Call(SHOW, camille)))


def wrong_credentials(given: Given) -> Call:
    return Call(SIGN_IN, body={"email": given.person(password=True), "password": "wrong"})


def too_many_tries(given: Given) -> Call:
    camille = given.person(password=True)
    given.use_up(rules.FROM_THERE, f"{camille} {given.account(camille)['login']} {given.network}")
    return Call(SIGN_IN, body={"email": camille, "password": PASSWORD})


def second_factor_needed(given: Given) -> Call:
    return _sign_in(member_of_support(given))


def already_set_up(given: Given) -> Call:
    return Call(SET_UP, member_of_support(given), body={})


def needs_no_second_factor(given: Given) -> Call:
    return Call(SET_UP, given.person(), body={})


def wrong_confirmation(given: Given) -> Call:
    return Call(confirmation.CONFIRM, given.person(password=True), body={"password": "wrong"})


def too_many_confirmations(given: Given) -> Call:
    camille = given.person(password=True)
    here = session.session_id(given.cookies[camille].rpartition(".")[2])
    given.use_up(rules.FROM_KNOWN_BROWSER, f"{camille} {given.account(camille)['login']} {here}")
    return Call(confirmation.CONFIRM, camille, body={"password": PASSWORD})


def member_of_support(given: Given) -> str:
    """A member of support with a second factor."""
    email = given.person("support", password=True, roles=["support"])
    account_id = given.account(email)["account_id"]
    content = seal(given.cloud.kms, given.cloud.settings.factor_key, account_id, SECRET)
    digest = second_factor.recovery_digest(SECRET, RECOVERY_CODE)
    given.write(Factor(factor_key(email), None, sealed=content, recovery=(digest,)).put())
    return email


def _without_a_factor(given: Given) -> str:
    """A member of the staff who has just signed in for the first time."""
    email = given.person("staff", roles=["staff"])
    given.sign_in(email, second_factor=False)
    return email


def _set_up(given: Given, email: str) -> Call:
    """The code of a secret that was shown."""
    key = factor_key(email)
    given.write(Put(key, {"pending": _SEED, "version": 1}))
    secret = second_factor.secret(_SEED, email, given.cloud.keys)
    return Call(SET_UP, email, body={"totp": second_factor.code(secret, second_factor.step(time.time()))})


def _sign_in(email: str, **more: Any) -> Call:
    return Call(SIGN_IN, body={"email": email, "password": PASSWORD, **more})


def _confirm(email: str, code: str) -> Call:
    return Call(confirmation.CONFIRM, email, body={"totp": code})


def _session_elsewhere(given: Given, email: str) -> str:
    """The id of another session of the same person."""
    here = given.cookies[email]
    given.sign_in(email, device={"browser": "Firefox", "system": "Windows"})
    there, given.cookies[email] = given.cookies[email], here
    return session.session_id(there.rpartition(".")[2])


JOURNEYS: dict[str, Begin] = {
    "sign-in": sign_in,
    "sign-in: with a second factor": sign_in_with_a_second_factor,
    "set-up-second-factor": show_a_secret,
    "set-up-second-factor: with a code": set_up,
    "confirm-session": confirm,
    "confirm-session: with a code": confirm_with_a_code,
    "list-sessions": list_sessions,
    "end-session": end_session,
    "sign-in: where they are known": sign_in_where_they_are_known,
    "show-session": show_session,
    "show-session: after a while": show_session_after_a_while,
    "sign-out": sign_out,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("sign-in", "wrong_credentials"): wrong_credentials,
    ("sign-in", "too_many_tries"): too_many_tries,
    ("sign-in", "second_factor_needed"): second_factor_needed,
    ("set-up-second-factor", "already_set_up"): already_set_up,
    ("set-up-second-factor", "not_found"): needs_no_second_factor,
    ("confirm-session", "wrong_credentials"): wrong_confirmation,
    ("confirm-session", "too_many_tries"): too_many_confirmations,
}
