"""Reading a request: what is not JSON of ours, where it may come from, which key it has, what makes it the same."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.refusal import CROSS_ORIGIN, Invalid, Refused
from functions.shared.request import MAX_BODY, Request, meaning, read_file, read_json, refuse_cross_origin

JSON = {"content-type": "application/json"}
SITE = "https://desk.example.com"


def a_request(method: str = "POST", path: str = "/api/x", **headers: str) -> Request:
    """As API Gateway hands it over; `headers` with underscores for dashes."""
    return Request.from_event(
        {
            "requestContext": {"http": {"method": method, "sourceIp": "192.0.2.1"}, "requestId": "r-1"},
            "rawPath": path,
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        }
    )


def may_come(method: str, headers: dict[str, str]) -> bool:
    """Whether the desk takes a request of that method from where the headers say."""
    try:
        refuse_cross_origin(a_request(method, **headers), SITE)
    except Refused as refused:
        return refused.code is not CROSS_ORIGIN
    return True


def _read(content: str | bytes, headers: dict[str, str] | None = None) -> Any:
    if isinstance(content, bytes):
        event = {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
    else:
        event = {"body": content, "isBase64Encoded": False}
    return read_json(event, JSON if headers is None else headers)


def test_a_request_without_a_body_brings_nothing() -> None:
    assert read_json({}, {}) == {}
    assert read_json({"body": ""}, JSON) == {}


def test_json_is_read_as_text_and_as_bytes() -> None:
    assert _read('{"é": [1, null, true, "\\u00e9"]}') == _read('{"é": [1, null, true, "é"]}'.encode())


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "nonsense",
        "{} {}",
        '{"a": 1,}',
        "{'a': 1}",
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": [{"b": 1, "b": 2}]}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": "\\ude00\\ud83d"}',
        '{"a": "\x01"}',
        '{"a": ' + "1" * 5000 + "}",
        '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}",
        "[" * 60_000,
        "[]",
        "null",
        "5",
        '"{}"',
        "\ufeff{}",
        b"\xff\xfe{}",
        b'{"a": "\xe9"}',
        b'{"a": "\xed\xa0\x80"}',
        '{"a": "\ud800"}',
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
    ],
)
def test_what_is_not_json_of_ours(content: str | bytes) -> None:
    with pytest.raises(Refused, match="bad_json"):
        _read(content)


def test_a_pair_of_surrogates_is_one_letter() -> None:
    assert _read('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


@pytest.mark.parametrize("content", ["é" * (MAX_BODY // 2), b"x" * (MAX_BODY + 1)])
def test_up_to_64_kib(content: str | bytes) -> None:
    """In bytes, however they are sent, and before anything else is looked at."""
    with pytest.raises(Refused, match="too_large"):
        _read(content if isinstance(content, bytes) else f"{content}{{}}", {})


def test_exactly_64_kib_is_read() -> None:
    assert _read('{"a": "' + "x" * (MAX_BODY - 9) + '"}') == {"a": "x" * (MAX_BODY - 9)}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        " application/json ",
    ],
)
def test_json_in_utf_8(content_type: str) -> None:
    assert _read("{}", {"content-type": content_type}) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "text/json",
        "application/json; charset=latin-1",
        "application/json, text/plain",
        "application/json; charset=utf-8; charset=utf-16",
    ],
)
def test_nothing_else(content_type: str) -> None:
    for content in ("{}", ""):
        with pytest.raises(Refused, match="unsupported_media_type"):
            _read(content, {"content-type": content_type})
    with pytest.raises(Refused, match="unsupported_media_type"):
        _read("{}", {})


def test_a_file_is_of_its_type_and_not_too_large() -> None:
    event = {"body": base64.b64encode(b"%PDF").decode(), "isBase64Encoded": True}
    assert read_file(event, {"content-type": "application/pdf"}, "application/pdf") == b"%PDF"
    with pytest.raises(Refused, match="unsupported_media_type"):
        read_file(event, JSON, "application/pdf")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": SITE},
        {"origin": SITE, "host": "elsewhere.example.com"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        # As the local run is reached, under whatever name and port.
        {"origin": "http://127.0.0.1:8123", "host": "127.0.0.1:8123", "x-forwarded-proto": "http"},
    ],
)
def test_what_changes_something_comes_from_here(headers: dict[str, str]) -> None:
    assert may_come("POST", headers)


FROM_ELSEWHERE = (
    {"origin": "https://evil.example.com"},
    {"origin": "http://desk.example.com", "host": "desk.example.com", "x-forwarded-proto": "https"},
    {"origin": f"{SITE}.evil.example.com"},
    {"origin": f"{SITE}:444"},
    {"origin": "https://evil.example.com@desk.example.com", "host": "desk.example.com"},
    {"origin": "null"},
    {"origin": "null", "host": "null"},
    {"origin": ""},
    {"origin": "http://["},
    {"origin": "http://[", "host": "["},
    {"origin": "https://None"},
    {"origin": SITE, "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "nonsense"},
)


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_comes_from_elsewhere_is_refused(method: str, headers: dict[str, str]) -> None:
    assert not may_come(method, headers)


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_what_changes_nothing_may_come_from_anywhere(headers: dict[str, str]) -> None:
    assert may_come("GET", headers)


def test_header_names_have_no_case() -> None:
    assert a_request(**{"Accept-Language": "fr"}).accept_language == "fr"


@pytest.mark.parametrize("key", ["k", "x" * 255, "0123-abc_~!", "with space"])
def test_the_callers_key(key: str) -> None:
    assert a_request(idempotency_key=key).idempotency_key == f"caller {key}"


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", "a\x00", "a\x7f"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(Invalid, match="Idempotency-Key: invalid_key"):
        _ = a_request(idempotency_key=key).idempotency_key


def test_a_request_without_a_key_has_one_that_no_caller_can_send() -> None:
    assert a_request().idempotency_key == "request r-1"
    assert a_request(idempotency_key="request r-1").idempotency_key != a_request().idempotency_key


def test_what_makes_a_repeat_the_same_request() -> None:
    one = meaning(a_request(), {"a": 1, "b": {"c": 2}})
    assert meaning(a_request(), {"b": {"c": 2}, "a": 1}) == one
    others = (
        meaning(a_request("PUT"), {"a": 1, "b": {"c": 2}}),
        meaning(a_request(path="/api/y"), {"a": 1, "b": {"c": 2}}),
        meaning(a_request(), {"a": 1, "b": {"c": 3}}),
        meaning(a_request(), {"a": "1", "b": {"c": 2}}),
    )
    assert one not in others


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_all_json_is_read_as_it_was_sent(value: Any) -> None:
    assert _read(json.dumps({"a": value})) == {"a": value}
    assert _read(json.dumps({"a": value}, ensure_ascii=False).encode()) == {"a": value}


@given(st.binary() | st.text(st.characters()))
def test_whatever_is_sent_is_json_or_refused(content: str | bytes) -> None:
    try:
        assert isinstance(_read(content), dict)
    except Refused as refused:
        assert refused.code.name == "bad_json"  # noqa: PT017 — either is right
