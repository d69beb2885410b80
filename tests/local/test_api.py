"""API Gateway's part: routes, events in payload 2.0, and answers."""

import base64
import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from infra.local.api import EDGE, Route, event, find, response, routes
from infra.local.resources import Function


def function(*paths: tuple[str, str]) -> Function:
    events = {
        str(number): {"Type": "HttpApi", "Properties": {"Method": method, "Path": path}}
        for number, (method, path) in enumerate(paths)
    }
    return Function("f", "f.handler", 3, 128, {}, events, None)


def request(method: str = "GET", path: str = "/api/things", **options: Any) -> Request:
    return Request(EnvironBuilder(method=method, path=path, base_url="http://localhost:8000", **options).get_environ())


THINGS = Route("ANY", "/api/things/{proxy+}", "f")
SECRET = "what CloudFront shows"


@pytest.mark.parametrize(
    ("method", "path", "wanted", "values"),
    [
        ("GET", "/api/things", "GET /api/things", {}),
        ("POST", "/api/things", "ANY /api/things", {}),
        ("GET", "/api/things/new", "ANY /api/things/new", {}),
        ("GET", "/api/things/7", "ANY /api/things/{id}", {"id": "7"}),
        ("GET", "/api/things/7/parts", "ANY /api/things/{proxy+}", {"proxy": "7/parts"}),
        ("GET", "/api/other", "ANY /api/{proxy+}", {"proxy": "other"}),
        ("GET", "/api", None, {}),
        ("GET", "/api/things/", "ANY /api/{proxy+}", {"proxy": "things/"}),
    ],
)
def test_the_most_specific_route_answers(method: str, path: str, wanted: str | None, values: dict[str, str]) -> None:
    known = routes(
        {
            "f": function(
                ("ANY", "/api/{proxy+}"),
                ("ANY", "/api/things/{proxy+}"),
                ("ANY", "/api/things/{id}"),
                ("any", "/api/things/new"),
                ("ANY", "/api/things"),
                ("GET", "/api/things"),
            )
        }
    )
    found = find(known, method, path)
    assert (found and f"{found[0].method} {found[0].path}") == wanted
    assert (found[1] if found else {}) == values


def test_an_event_says_what_the_request_said() -> None:
    made = event(
        request(
            "POST",
            "/api/things/a%40b/c d",
            query_string="x=1&x=2&y=%C3%A9+z&empty=",
            headers=[("Cookie", "a=1; b=2"), ("X-Two", "1,2"), ("User-Agent", "test")],
            json={"name": "é"},
        ),
        THINGS,
        {"proxy": "a@b/c d"},
        SECRET,
    )
    assert made["version"] == "2.0"
    assert made["routeKey"] == made["requestContext"]["routeKey"] == "ANY /api/things/{proxy+}"
    assert made["rawQueryString"] == "x=1&x=2&y=%C3%A9+z&empty="
    assert made["queryStringParameters"] == {"x": "1,2", "y": "é z", "empty": ""}
    assert made["pathParameters"] == {"proxy": "a@b/c d"}
    assert made["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in made["headers"]
    assert made["headers"]["x-two"] == "1,2"
    assert made["headers"]["content-type"] == "application/json"
    assert json.loads(made["body"]) == {"name": "é"}
    assert made["isBase64Encoded"] is False
    http = made["requestContext"]["http"]
    assert http["method"] == "POST"
    assert http["path"] == made["rawPath"]
    assert http["userAgent"] == "test"
    assert made["requestContext"]["requestId"]
    assert made["requestContext"]["stage"] == "$default"


def test_a_path_comes_decoded() -> None:
    assert event(request(path="/api/things/a%40b%20c"), THINGS, {}, SECRET)["rawPath"] == "/api/things/a@b c"


def test_what_a_caller_says_of_the_way_through_cloudfront_is_not_passed_on() -> None:
    forged = [
        ("X-Origin-Secret", "forged"),
        ("x-origin-secret", SECRET),
        ("CloudFront-Viewer-Address", "192.0.2.66:1"),
        ("X-Forwarded-For", "192.0.2.66"),
    ]
    environ = {"REMOTE_ADDR": "198.51.100.7", "REMOTE_PORT": "46532"}
    made = event(request(headers=forged, environ_overrides=environ), THINGS, {}, SECRET)
    assert made["headers"]["x-origin-secret"] == SECRET
    assert made["headers"]["cloudfront-viewer-address"] == "198.51.100.7:46532"
    assert made["headers"]["x-forwarded-for"] == f"192.0.2.66, 198.51.100.7, {EDGE}"
    assert made["requestContext"]["http"]["sourceIp"] == EDGE


@pytest.mark.parametrize(
    ("content_type", "content", "is_base64"),
    [
        ("application/json", b"{}", False),
        ("application/problem+json; charset=utf-8", b"{}", False),
        ("text/plain", b"x", False),
        ("application/pdf", b"%PDF", True),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("", b"x", True),
        ("application/json", b"\xff", True),
    ],
)
def test_a_body_that_is_no_text_comes_in_base64(content_type: str, content: bytes, is_base64: bool) -> None:
    made = event(request("POST", data=content, content_type=content_type), THINGS, {}, SECRET)
    assert made["isBase64Encoded"] is is_base64
    assert (base64.b64decode(made["body"]) if is_base64 else made["body"].encode()) == content


def test_without_body_query_or_cookies_the_event_has_none() -> None:
    made = event(request(), THINGS, {}, SECRET)
    assert not {"body", "queryStringParameters", "cookies", "pathParameters"} & made.keys()


def test_an_answer_becomes_http() -> None:
    made = response(
        {
            "statusCode": 201,
            "headers": {"content-type": "application/pdf", "x-a": 1},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": base64.b64encode(b"%PDF").decode(),
            "isBase64Encoded": True,
        }
    )
    assert made.status_code == 201
    assert made.get_data() == b"%PDF"
    assert made.headers["Content-Type"] == "application/pdf"
    assert made.headers["x-a"] == "1"
    assert made.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2"]


def test_an_answer_without_a_status_is_json() -> None:
    made = response({"ok": True})
    assert (made.status_code, made.get_json()) == (200, {"ok": True})
