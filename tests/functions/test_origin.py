"""The way through CloudFront: who comes past it, and whose address is believed."""

import json
import uuid
from collections.abc import Iterator
from copy import replace
from typing import Any

import boto3
import httpx
import pytest

from functions.onboarding import app as onboarding
from functions.shared import cloud as shared_cloud
from functions.shared import tries
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.origin import let_in
from functions.shared.refusal import WRONG_HOST, Refused
from functions.shared.request import Request
from functions.shared.texts import LANGUAGES, Texts
from functions.subscriptions import app as subscriptions
from functions.verification import app as verification
from infra.local.api import EDGE, from_cloudfront
from infra.rotation import rotate
from tests import kept
from tests.crash.world import begin_a_quarter_of_an_hour
from tests.desk import Desk

NOW, BEFORE = "the-secret-now", "the-secret-before"
VIEWER = "198.51.100.7:46532"
FORGED = "192.0.2.66"
# What somebody sends who would like to be somewhere else.
FORGERY = {
    "x-forwarded-for": FORGED,
    "forwarded": f"for={FORGED}",
    "x-real-ip": FORGED,
    "true-client-ip": FORGED,
}


def event(path: str = "/api/nothing", method: str = "GET", body: str = "", **headers: str) -> dict[str, Any]:
    """As API Gateway hands it over; `headers` with underscores for dashes."""
    return {
        "rawPath": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "sourceIp": EDGE}, "requestId": str(uuid.uuid4())},
        "body": body,
    }


def seen(**headers: str) -> Request:
    """The request that is let in with these headers."""
    return let_in(Request.from_event(event(**headers)), (NOW, BEFORE))


def at(viewer: str) -> Request:
    """The same with the right secret, of that viewer."""
    return seen(x_origin_secret=NOW, cloudfront_viewer_address=viewer)


@pytest.mark.parametrize(
    ("viewer", "address", "network"),
    [
        ("198.51.100.7:46532", "198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:1", "198.51.100.7", "198.51.100.7"),
        ("2001:db8::1:46532", "2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::1]:46532", "2001:db8::1", "2001:db8::/64"),
        ("2001:0DB8:0000:0007:0000:0000:0000:0001:443", "2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:db8:1:2:3:4:5:6:65535", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1:46532", "::1", "::/64"),
        ("::ffff:198.51.100.7:46532", "198.51.100.7", "198.51.100.7"),
        ("::ffff:c633:6407:46532", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_the_viewers_address_is_read(viewer: str, address: str, network: str) -> None:
    request = at(viewer)
    assert (request.source_ip, request.network) == (address, network)


@pytest.mark.parametrize(
    "viewer",
    [
        "",
        "198.51.100.7",
        "198.51.100.7:",
        "198.51.100.7:port",
        "198.51.100.7:123456",
        "198.51.100.7:٤٦",
        "198.51.100:46532",
        "198.51.100.007:46532",
        "198.51.100.300:46532",
        "[198.51.100.7:46532",
        "198.51.100.7]:46532",
        "198.51.100.7:46532,192.0.2.66:1",
        "198.51.100.7:46532, 192.0.2.66:1",
        " 198.51.100.7:46532",
        "198.51.100.7:46532\n",
        ":46532",
        "2001:db8::1::2:46532",
        "2001:db8:1:2:3:4:5:6:7:46532",
        "[2001:db8::1:46532",
        "[2001:db8::1]46532",
        "fe80::1%eth0:46532",
        "2001:db8::g:46532",
        "unknown",
        "\ud800",
        "1" * 10_000,
        ":" * 10_000,
    ],
)
def test_what_is_no_address_of_a_viewer_is_refused(viewer: str) -> None:
    with pytest.raises(Refused) as refused:
        at(viewer)
    assert refused.value.code == WRONG_HOST


def test_without_a_viewers_address_nobody_is_taken_for_the_edge() -> None:
    with pytest.raises(Refused, match="wrong_host"):
        seen(x_origin_secret=NOW)


@pytest.mark.parametrize("secret", [NOW, BEFORE])
def test_either_value_of_the_secret_lets_in(secret: str) -> None:
    request = seen(x_origin_secret=secret, cloudfront_viewer_address=VIEWER, **FORGERY)
    assert request.source_ip == "198.51.100.7"


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        "forged",
        NOW.upper(),
        NOW[:-1],
        f"{NOW} ",
        f"{NOW},forged",
        f"forged, {NOW}",
        f"{NOW},{NOW}",
        f"{NOW},{BEFORE}",
        "yes",
        "é",
        "\ud800",
        "x" * 10_000,
    ],
)
def test_nothing_else_does(secret: str | None) -> None:
    shown = {} if secret is None else {"x_origin_secret": secret}
    with pytest.raises(Refused) as refused:
        seen(cloudfront_viewer_address=VIEWER, **shown)
    assert refused.value.code == WRONG_HOST


@pytest.mark.parametrize("shown", [{}, {"x_origin_secret": ""}])
def test_no_value_before_is_not_one_that_can_be_shown(shown: dict[str, str]) -> None:
    request = Request.from_event(event(cloudfront_viewer_address=VIEWER, **shown))
    with pytest.raises(Refused, match="wrong_host"):
        let_in(request, (NOW, ""))


def test_where_no_cloudfront_stands_before_us_api_gateway_knows_who_calls() -> None:
    forged = Request.from_event(event(x_origin_secret=NOW, cloudfront_viewer_address=f"{FORGED}:1", **FORGERY))
    assert let_in(forged, None).source_ip == EDGE
    ipv6 = replace(forged, source_ip="2001:0db8:0:0:0:0:0:0001")
    assert let_in(ipv6, None).source_ip == "2001:db8::1"


# ---- the functions ------------------------------------------------------------------------------------------------


@pytest.fixture(params=[subscriptions, onboarding, verification], ids=lambda app: app.__name__.split(".")[1])
def function(cloud: Desk, request: pytest.FixtureRequest) -> Api:
    """Each function of the API."""
    made: Api = request.param.create(kept.cloud())
    return made


def answered(function: Api, sent: dict[str, Any]) -> tuple[int, str]:
    """Status and code."""
    answer = function(sent, None)
    return answer["statusCode"], json.loads(answer.get("body") or "{}").get("code", "")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/health",
        "/api/session",
        "/api/subscriptions/s/users",
        "/api/contracts/verification",
        "/api/nothing",
        "/",
    ],
)
def test_who_comes_past_cloudfront_is_refused_whatever_the_path(function: Api, method: str, path: str) -> None:
    for headers in ({}, FORGERY, {"cloudfront-viewer-address": VIEWER}, {"x-origin-secret": "forged"}):
        assert answered(function, event(path, method, "{", **headers)) == (403, "wrong_host")


def test_before_anything_else(cloud: Desk) -> None:
    """No word of what else is wrong, and no call to the table."""
    function = onboarding.create(kept.cloud())
    sent = event("/api/session", "POST", "{", origin="https://evil.example.com", content_type="text/plain")
    with cloud.operations() as operations:
        assert answered(function, sent) == (403, "wrong_host")
    assert [name for name in operations if name != "GetSecretValue"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_refusal_is_worded_for_whoever_reads_it(function: Api, language: str) -> None:
    answer = function(event("/api/health", accept_language=language), None)
    assert answer["headers"]["content-language"] == language
    assert json.loads(answer["body"])["title"] == WRONG_HOST.title(Texts("fr" if language == "fr" else "en"))


def test_health_answers_through_cloudfront(cloud: Desk) -> None:
    function = subscriptions.create(kept.cloud())
    through = from_cloudfront(VIEWER, cloud.cloud.origin_secret)
    assert function(event("/api/health", **through), None)["statusCode"] == 200


@pytest.fixture
def rotated(cloud: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A secret of the test's own, read anew at each call."""
    monkeypatch.setattr(shared_cloud, "_SECRETS_KEPT_SECONDS", 0)
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="origin-rotated", SecretString=json.dumps({"current": NOW, "previous": ""}))["ARN"]
    yield arn
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_nobody_is_kept_out_while_the_secret_is_rotated(rotated: str) -> None:
    function = onboarding.create(Cloud(replace(kept.cloud().settings, origin_secret=rotated)))
    client = boto3.client("secretsmanager")

    def sees(secret: str) -> bool:
        status, _ = answered(function, event(x_origin_secret=secret, cloudfront_viewer_address=VIEWER))
        assert status in (403, 404)
        return status == 404

    def shown() -> str:
        current: str = json.loads(client.get_secret_value(SecretId=rotated)["SecretString"])["current"]
        return current

    assert sees(NOW)
    for _ in range(3):
        sent_until_now = shown()
        rotate(client, rotated)
        assert not sees("yes")
        # The distribution shows the former value until it is deployed.
        assert sees(shown())
        assert sees(sent_until_now)
    assert not sees(NOW)


def test_a_secret_that_cannot_be_read_is_a_failure_of_ours(cloud: Desk) -> None:
    function = onboarding.create(Cloud(replace(kept.cloud().settings, origin_secret="nowhere")))
    through = from_cloudfront(VIEWER, cloud.cloud.origin_secret)
    assert answered(function, event("/api/session", **through)) == (503, "try_again")


def test_tries_are_counted_for_a_network(desk: Desk) -> None:
    begin_a_quarter_of_an_hour()
    function = onboarding.create(kept.cloud())
    body = json.dumps({"page": "/portal/", "helpful": True})

    def status(viewer: str) -> int:
        through = from_cloudfront(viewer, desk.cloud.origin_secret) | {"content-type": "application/json"}
        code: int = function(event("/api/feedback", "POST", body, **through, **FORGERY), None)["statusCode"]
        return code

    neighbours = [status(f"2001:db8:0:1::{number:x}:46532") for number in range(tries.MAX_TRIES)]
    assert set(neighbours) == {202}
    assert status("2001:db8:0:1:ffff::1:46532") == 429
    assert status("2001:db8:0:2::1:46532") == 202


# ---- the gateway --------------------------------------------------------------------------------------------------


def test_through_the_gateway_nobody_chooses_an_address(desk: Desk) -> None:
    begin_a_quarter_of_an_hour()
    secret = desk.cloud.origin_secret
    forged = [
        *FORGERY.items(),
        ("CloudFront-Viewer-Address", f"{FORGED}:1"),
        ("CloudFront-Viewer-Address", "[2001:db8::66]:1"),
        ("X-Origin-Secret", secret),
        ("X-Origin-Secret", "forged"),
    ]
    url = f"{desk.url}/api"
    assert httpx.get(f"{url}/health", headers=forged).json() == {"status": "ok"}

    person = {"email": "camille.durand@example.com", "password": "wrong-password-of-mine"}
    assert httpx.post(f"{url}/session", json=person, headers=forged).status_code == 401

    def counted(network: str) -> Any:
        return kept.store().item(tries.key("sign-in", f"{person['email']} {network}", kept.cloud().keys))

    assert counted("127.0.0.1")["count"] == 1
    assert counted(FORGED) is None
    assert counted(EDGE) is None
