"""The second factor of staff and support: setting it up, signing in with it, each code once, and recovery codes."""

import time
from types import SimpleNamespace
from typing import Any

import httpx
import pyotp
import pytest

from functions.onboarding.factor import factor_key
from functions.onboarding.sign_in import FROM_THERE
from functions.shared import second_factor
from functions.shared.items import Item, next_version
from functions.shared.session import account_key
from infra.local.demo import JO, PASSWORD, PEOPLE, ROBIN
from tests import kept
from tests.customers import STAFF
from tests.desk import Client, Desk

SUPPORT = "robin.faure@example.com"
SESSION = "/api/session"
SET_UP = "/api/session/totp"
SECRET = JO.totp_secret or ""
NOOR = "noor.haddad@example.com"
NOW = int(time.time())


def sign_in(desk: Desk, email: str = STAFF, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return desk.client().post(SESSION, {"email": email, "password": password, **more})


def code(steps: int = 0, secret: str = SECRET) -> str:
    """As an authenticator shows it, that many steps from now."""
    return pyotp.TOTP(secret).at(NOW, counter_offset=steps)


@pytest.fixture(autouse=True)
def _the_same_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step ends in the middle of a test."""
    stands = SimpleNamespace(time=lambda: float(NOW))
    for module in ("factor", "set_up_second_factor"):
        monkeypatch.setattr(f"functions.onboarding.{module}.time", stands)


def factor(email: str = STAFF) -> Item:
    return kept.store().item(factor_key(email)) or {}


@pytest.fixture
def newcomer(desk: Desk) -> Client:
    """Somebody who has just become a member of the staff."""
    key = account_key(NOOR)
    account = kept.store().item(key) or {}
    kept.store().commit([next_version(key, {**account, "roles": ["staff"]})])
    return desk.client(NOOR)


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("email", [STAFF, SUPPORT])
def test_the_right_password_is_half_of_it(desk: Desk, email: str) -> None:
    response = sign_in(desk, email)
    assert refused(response) == (401, "second_factor_needed")
    assert "Set-Cookie" not in response.headers
    secret = {person.email: person.totp_secret for person in PEOPLE}[email]
    assert sign_in(desk, email, totp=code(secret=str(secret))).status_code == 200


def test_nobody_learns_otherwise_that_the_password_was_right(desk: Desk) -> None:
    wrong = [
        sign_in(desk, password="wrong"),
        sign_in(desk, password="wrong", totp=code()),
        sign_in(desk, password="wrong", totp="000000"),
        sign_in(desk, totp="000000" if code() != "000000" else "000001"),
        sign_in(desk, totp="1234-5678-9012"),
        sign_in(desk, totp="é"),
        sign_in(desk, "nobody@example.com", totp=code()),
    ]
    assert {refused(response) for response in wrong} == {(401, "wrong_credentials")}
    assert len({response.json()["detail"] for response in wrong}) == 1


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_may_be_one_step_early_or_late_and_works_once(desk: Desk, steps: int) -> None:
    given = code(steps)
    assert sign_in(desk, totp=given).status_code == 200
    assert refused(sign_in(desk, totp=given)) == (401, "wrong_credentials")


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_two_steps_away_is_none(desk: Desk, steps: int) -> None:
    assert refused(sign_in(desk, totp=code(steps))) == (401, "wrong_credentials")


def test_codes_go_by_real_time(desk: Desk) -> None:
    desk.advance("30d")
    assert sign_in(desk, totp=code()).status_code == 200


@pytest.mark.parametrize("apart", ["-", "\u00a0", "\u202f", "\u200b", "\u2011"])
def test_a_code_is_one_however_it_is_set_apart(desk: Desk, apart: str) -> None:
    given = code()
    assert sign_in(desk, totp=f"{given[:3]}{apart}{given[3:]}").status_code == 200
    assert refused(sign_in(desk, totp=given)) == (401, "wrong_credentials")


def test_a_wrong_code_counts_as_a_wrong_password_does(desk: Desk) -> None:
    for _ in range(FROM_THERE.most):
        assert refused(sign_in(desk, totp="1234-5678-9012")) == (401, "wrong_credentials")
    assert refused(sign_in(desk, totp=code())) == (429, "too_many_tries")


def test_a_customer_is_asked_for_none(desk: Desk) -> None:
    assert sign_in(desk, NOOR, totp="000000").status_code == 200
    noor = desk.client(NOOR)
    assert refused(noor.post(SET_UP)) == (404, "not_found")


def test_who_has_none_yet_can_only_set_one_up(desk: Desk, newcomer: Client) -> None:
    for path in ("/api/session", "/api/reviews", "/api/subscriptions", "/api/sessions"):
        assert refused(newcomer.get(path)) == (403, "second_factor_missing")
    shown = newcomer.post(SET_UP)
    assert shown.status_code == 200
    secret = shown.json()["secret"]
    assert shown.json() == {
        "secret": secret,
        "uri": pyotp.TOTP(secret).provisioning_uri(name=NOOR, issuer_name="Guichet"),
    }
    wrong = newcomer.post(SET_UP, {"totp": code(5, secret)})
    assert refused(wrong) == (422, "invalid_fields")
    assert [error["field"] for error in wrong.json()["errors"]] == ["totp"]
    done = newcomer.post(SET_UP, {"totp": code(secret=secret)})
    assert done.status_code == 200
    assert len(set(done.json()["recovery_codes"])) == 10
    assert done.json().keys() == {"recovery_codes"}
    # The session is whole from now on, and the code that was given is used up.
    assert newcomer.get("/api/reviews").status_code == 200
    assert refused(sign_in(desk, NOOR, totp=code(secret=secret))) == (401, "wrong_credentials")
    assert refused(sign_in(desk, NOOR)) == (401, "second_factor_needed")


def test_each_recovery_code_works_once(desk: Desk, newcomer: Client) -> None:
    secret = newcomer.post(SET_UP).json()["secret"]
    codes = newcomer.post(SET_UP, {"totp": code(secret=secret)}).json()["recovery_codes"]
    wide = "".join(chr(ord(one) + 0xFEE0) for one in codes[5])
    written = (codes[0], codes[9].replace("-", " "), wide, codes[4].replace("-", "\u2011"), f"«\u00a0{codes[3]}\u00a0»")
    for given in written:
        assert sign_in(desk, NOOR, totp=given).status_code == 200
        assert refused(sign_in(desk, NOOR, totp=given)) == (401, "wrong_credentials")
    assert len(factor(NOOR)["recovery"]) == 5


def test_a_second_factor_is_not_replaced_by_who_knows_the_password_alone(desk: Desk, newcomer: Client) -> None:
    other = desk.client(NOOR)
    secret = newcomer.post(SET_UP).json()["secret"]
    newcomer.post(SET_UP, {"totp": code(secret=secret)})
    for client in (other, newcomer):
        assert refused(client.post(SET_UP)) == (409, "already_set_up")
    assert refused(other.get("/api/reviews")) == (403, "second_factor_missing")


def test_only_the_secret_that_was_shown_last_counts(newcomer: Client) -> None:
    first, second = (newcomer.post(SET_UP).json()["secret"] for _ in range(2))
    assert first != second
    assert newcomer.post(SET_UP, {"totp": code(secret=first)}).status_code == 422
    assert newcomer.post(SET_UP, {"totp": code(secret=second)}).status_code == 200


def test_no_secret_and_no_recovery_code_is_kept_as_it_is(desk: Desk, newcomer: Client) -> None:
    key = "the same request"
    secret = newcomer.post(SET_UP, key="one").json()["secret"]
    assert newcomer.post(SET_UP, key="one").json()["secret"] == secret
    done = {"totp": code(secret=secret)}
    codes = newcomer.post(SET_UP, done, key=key).json()["recovery_codes"]
    assert newcomer.post(SET_UP, done, key=key).json()["recovery_codes"] == codes
    desk.settle()
    everything = kept.everything()
    assert SECRET not in everything
    assert not [one for one in (secret, *codes, *(code.replace("-", "") for code in codes)) if one in everything]


def test_a_sealed_secret_opens_for_its_own_account_alone(desk: Desk) -> None:
    """Who can write into the table cannot give a member of the staff the second factor of their own."""
    robin, jo = factor(SUPPORT), factor(STAFF)
    kept.store().commit([next_version(factor_key(STAFF), {**jo, "sealed": robin["sealed"]})])
    response = sign_in(desk, totp=code(secret=str(ROBIN.totp_secret)))
    assert (response.status_code, response.json()["code"]) == (503, "try_again")


def test_rfc_6238_appendix_b() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for moment, digits in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert second_factor.code(secret, second_factor.step(moment)) == digits
        assert second_factor.step_shown(secret, digits, moment, ()) == second_factor.step(moment)
        assert second_factor.step_shown(secret, digits, moment, (second_factor.step(moment),)) is None
