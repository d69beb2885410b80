"""How people sign in and out, and why they cannot."""

from functions.onboarding.sign_in import SHOW, SIGN_IN, SIGN_OUT
from functions.shared import tries
from functions.shared.store import Put
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import PASSWORD, Given


def sign_in(given: Given) -> Journey:
    camille = given.person(password=True)
    return Journey(Call(SIGN_IN, body={"email": camille, "password": PASSWORD}))


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
    counted = tries.key("sign-in", f"{camille} 127.0.0.1", given.cloud.key)
    given.write(Put(counted, {"count": tries.MAX_TRIES, "expires_at": 2**40}))
    return Call(SIGN_IN, body={"email": camille, "password": PASSWORD})


JOURNEYS: dict[str, Begin] = {
    "sign-in": sign_in,
    "show-session": show_session,
    "show-session: after a while": show_session_after_a_while,
    "sign-out": sign_out,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("sign-in", "wrong_credentials"): wrong_credentials,
    ("sign-in", "too_many_tries"): too_many_tries,
}
