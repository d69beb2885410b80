"""What nobody should send: it is refused, never a 500, and nothing is stored, mailed or logged of it."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from functions.shared.cloud import Cloud
from functions.shared.fields import Nothing
from tests import kept
from tests.desk import Desk
from tests.functions.everywhere import JOBS, Caller, call, unlike
from tests.journeys.given import Given
from tests.kept import stored

SECRET = "sesame-4711"
TAKE_JSON = [name for name, job in JOBS.items() if job.method != "GET" and job.body is not Nothing]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
UNICODE = (
    "\0",
    "\u202e",
    "ﷺ" * 100,
    "\u0300" * 50,
    "😀",
    "İ",
    "ǅ",
    "\ufffe",
    "a\u2028b",
    "%00",
    "../..",
    "${7*7}",
    "{0}",
)


@pytest.fixture(scope="module")
def functions(cloud: Desk) -> Cloud:
    """The cloud as the functions see it."""
    return kept.cloud()


@pytest.fixture
def given(functions: Cloud) -> Given:
    """People of the test's own."""
    return Given(functions)


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api//session",
        "/api/session/",
        "/api/subscriptions/%2e%2e/users",
        "/api/subscriptions/%00",
        "/api/subscriptions/" + "x" * 4000,
        "/api/subscriptions/" + quote("😀" * 300),
        "/api/subscriptions/a%2Fb",
        "/api/subscriptions/a/users/b/c/d",
        "/api/subscriptions/%ff%fe",
        "/api/subscriptions/STATE%23",
        "/api/subscriptions/{subscription_id}",
        "/api/../../etc/passwd",
        "/api/%2e%2e/%2e%2e/etc/passwd",
        "/api/subscriptions?cursor=" + quote("\0"),
        "/api/access?product=" + quote("x" * 5000),
        "/api/access",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"])
def test_rubbish_paths(cloud: Desk, given: Given, path: str, method: str) -> None:
    client = cloud.client()
    name, _, value = given.cookies[given.person("walker")].partition("=")
    client.cookies[name] = value
    response = client.call(method, path)
    assert response.status_code < 500, response.text
    client.close()


@pytest.mark.parametrize(
    "cookie",
    [
        "__Host-session=" + "A" * 7000,
        "__Host-session=" + base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode() + ".token",
        "__Host-session=" + base64.urlsafe_b64encode(b"admin@example.com#").decode() + ".\x7f",
        "__Host-session=" + base64.urlsafe_b64encode("é\0".encode()).decode() + ".x",
        "__Host-session=....",
        "__Host-session==",
        "__Host-session=;__Host-session=",
        "; ; =; a",
    ],
)
def test_rubbish_cookies(cloud: Desk, cookie: str) -> None:
    response = cloud.client().get("/api/session", headers={"Cookie": cookie})
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("name", ["__Host-asking", "__Host-known"])
@pytest.mark.parametrize(
    "value", ["", ".", "=", "A" * 7000, "A" * 43 + "#", "../x", "x.y.z", "\x7f", "%00", "." + "A" * 43]
)
def test_rubbish_cookies_that_show_a_browser(cloud: Desk, given: Given, name: str, value: str) -> None:
    """They show none: nothing opens by them, and what is asked for is answered as to anybody."""
    cookie, email = {"Cookie": f"{name}={value}"}, given.person("somebody", password=True)
    client = cloud.client(network=given.network)
    new = {"email": email, "code": "000000", "password": "eleven quiet boats at dusk"}
    assert client.post("/api/password/forgot", {"email": email}, headers=cookie).status_code == 202
    assert client.post("/api/password/reset", new, headers=cookie).status_code == 422
    assert client.post("/api/session", {"email": email, "password": "wrong"}, headers=cookie).status_code == 401


def test_ones_own_token_opens_nobody_elses_session(cloud: Desk, given: Given) -> None:
    mine, other = given.person("mine"), given.person("other")
    token = given.cookies[mine].partition(".")[2]
    address = base64.urlsafe_b64encode(other.encode()).rstrip(b"=").decode()
    response = cloud.client().get("/api/session", headers={"Cookie": f"__Host-session={address}.{token}"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "x" * 5000},
        {"Accept-Language": ",;q=,;;q=9e999,fr;q=-1"},
        {"Origin": "http://["},
        {"Origin": "javascript:alert(1)"},
        {"Idempotency-Key": "x" * 300},
        {"Content-Type": ";;;"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Host": "evil.example.com"},
        {"X-Forwarded-For": "'; drop table"},
    ],
)
def test_rubbish_headers(cloud: Desk, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        response = cloud.client().call(method, "/api/session", {} if method == "POST" else None, headers=headers)
        assert 400 <= response.status_code < 500, response.text


@pytest.mark.parametrize("job", TAKE_JSON)
def test_a_body_of_anything(job: str, cloud: Desk, given: Given) -> None:
    """Each field in turn is any JSON at all, among what the others should be."""
    begun = call(job, given)
    caller = Caller(cloud, given)
    model = JOBS[job].body
    assert model

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @generated(st.sampled_from(sorted(model.model_fields) or ["of_mine"]), VALUES)
    def send(field: str, value: Any) -> None:
        body = json.dumps({**(begun.body or {}), field: value}).encode()
        assert caller.send(begun, content=body).status_code < 500

    send()


@pytest.mark.parametrize("job", TAKE_JSON)
def test_nothing_is_kept_or_told_of_bad_input(
    job: str, cloud: Desk, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = call(job, given)
    caller = Caller(cloud, given)
    cloud.settle()
    before, mails = stored(), len(cloud.cloud.mails())
    capsys.readouterr()
    for text in UNICODE:
        wrong = {**(begun.body or {}), f"{SECRET}{text}": f"{SECRET}@example.com"}
        assert caller.send(unlike(begun, body=wrong)).status_code == 422
    cloud.settle()
    logged = capsys.readouterr().out
    assert logged
    assert SECRET not in logged
    assert "@" not in logged
    assert stored() == before
    assert len(cloud.cloud.mails()) == mails


@pytest.mark.parametrize("job", sorted(JOBS))
def test_no_log_line_names_anybody(job: str, cloud: Desk, given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    begun = call(job, given)
    capsys.readouterr()
    response = Caller(cloud, given).send(begun)
    cloud.settle()
    logged = capsys.readouterr().out
    assert f'"job": "{job}"' in logged
    assert '"_aws"' in logged
    assert "@" not in logged
    assert begun.by is None or begun.by not in logged
    for cookie in (given.cookies.get(begun.by or "", "x.no-such-token"), *response.headers.get_list("Set-Cookie")):
        token = cookie.partition(";")[0].rpartition(".")[2]
        assert len(token) < 8 or token not in logged
    for value in (begun.body or {}).values():
        assert not isinstance(value, str) or len(value) < 8 or value not in logged
