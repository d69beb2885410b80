"""How people sign in and out, and why they cannot."""

from functions.onboarding.mailbox import code_key
from functions.onboarding.password import RESET
from functions.onboarding.sign_in import SHOW, SIGN_IN, SIGN_OUT
from functions.shared import clock, one_time_codes, tries
from functions.shared.items import Put
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import PASSWORD, Given

_SEED = "5" * 64


def sign_in(given: Given) -> Journey:
    camille = given.person(password=True)
    key = code_key(camille, "password")
    given.write(one_time_codes.issue({}, key, _SEED, clock.now()))
    code = one_time_codes.code(key, _SEED, given.cloud.keys)
    return Journey(
        Call(SIGN_IN, body={"email": camille, "password": PASSWORD}),
        rivals=(
            Call(RESET, body={"email": camille, "code": code, "password": "eleven quiet boats at dusk"}),
            Call(SIGN_IN, body={"email": camille, "password": "wrong"}),
        ),
    )


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
    counted = tries.key("sign-in", f"{camille} 127.0.0.1", given.cloud.keys)
    given.write(Put(counted, {"count": tries.MAX_TRIES, "version": 1, "expires_at": 2**40}))
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
