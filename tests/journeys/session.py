"""How people sign in and out, and why they cannot."""

from functions.onboarding import sign_in as rules
from functions.onboarding.sign_in import SHOW, SIGN_IN, SIGN_OUT
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import PASSWORD, Given
from tests.journeys.onboarding import reset


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


JOURNEYS: dict[str, Begin] = {
    "sign-in": sign_in,
    "sign-in: where they are known": sign_in_where_they_are_known,
    "show-session": show_session,
    "show-session: after a while": show_session_after_a_while,
    "sign-out": sign_out,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("sign-in", "wrong_credentials"): wrong_credentials,
    ("sign-in", "too_many_tries"): too_many_tries,
}
