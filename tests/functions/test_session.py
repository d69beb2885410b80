"""Sessions alone: what the cookie claims, who is behind it, when it is over."""

import base64
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared import session
from functions.shared.items import Item, Key
from functions.shared.keys import Keys
from functions.shared.refusal import NOT_SIGNED_IN, Refused
from functions.shared.request import Request

EMAIL = "camille@example.com"
ACCOUNT = {
    "account_id": "A-1",
    "company": "Durand",
    "profile": "design_office",
    "account_status": "complete",
    "language": "fr",
    "roles": ["staff"],
}


def _request(*cookies: str) -> Request:
    event: dict[str, Any] = {"requestContext": {"http": {"method": "GET"}, "requestId": "r"}, "rawPath": "/"}
    return Request.from_event(event | {"cookies": list(cookies)})


def _opened(**changes: Any) -> tuple[session.Claim, dict[Key, Item]]:
    """A claim, and the table in which it is true but for the changes to its session."""
    opening = session.opened(EMAIL, "token", None)
    claimed = session.claim(_request(session.cookies_that_open(EMAIL, "token", "A-1")[0].partition(";")[0]))
    kept = {name: value for name, value in {**opening.attributes, **changes}.items() if value is not None}
    return claimed, {claimed.session: kept, session.account_key(EMAIL): ACCOUNT}


def test_the_cookie_that_opens_is_the_claim_that_is_kept() -> None:
    claimed, items = _opened(second_factor=True)
    who = session.reader(claimed, items)
    assert (who.email, who.account_id, who.language, who.roles) == (EMAIL, "A-1", "fr", ("staff",))


def test_the_cookie_is_for_this_host_and_for_no_script() -> None:
    [opens, hint] = session.cookies_that_open(EMAIL, "token", "A-1")
    for part in ("; Path=/", "; Secure", "; SameSite=Strict", "; HttpOnly"):
        assert part in opens
    assert opens.startswith("__Host-session=")
    assert "Domain" not in opens
    # The hint says whose account may be signed in, by an id that opens nothing.
    assert hint.startswith("__Host-signed-in=A-1; ")
    for closing in session.cookies_that_close():
        assert "=; " in closing
        assert "Max-Age=0" in closing


def test_the_table_never_holds_the_token() -> None:
    token = session.token("seed", EMAIL, Keys(b"key"))
    opening = session.opened(EMAIL, token, None)
    assert token not in f"{opening}"
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


def test_a_token_is_of_its_seed_its_person_and_the_key() -> None:
    tokens = {
        session.token("seed", EMAIL, Keys(b"key")),
        session.token("other", EMAIL, Keys(b"key")),
        session.token("seed", "other@example.com", Keys(b"key")),
        session.token("seed", EMAIL, Keys(b"other")),
    }
    assert len(tokens) == 4
    assert session.token("seed", EMAIL, Keys(b"key")) in tokens


@pytest.mark.parametrize(
    "changes",
    [
        {"idle_until": int(time.time()) - 1},
        {"absolute_until": int(time.time()) - 1},
        # Opened by the login of a password that is no longer the person's.
        {"login": "an-earlier-login"},
    ],
)
def test_a_session_that_is_over_is_nobodys(changes: dict[str, Any]) -> None:
    claimed, items = _opened(**changes)
    with pytest.raises(Refused, match="not_signed_in"):
        session.reader(claimed, items)


@pytest.mark.parametrize("missing", ["session", "account"])
def test_a_session_that_was_ended_or_has_no_account_is_nobodys(missing: str) -> None:
    claimed, items = _opened()
    del items[claimed.session if missing == "session" else session.account_key(EMAIL)]
    with pytest.raises(Refused, match="not_signed_in"):
        session.reader(claimed, items)


def test_a_session_proves_one_person_only() -> None:
    """One's own token under another person's address claims a session that was never kept."""
    _, items = _opened()
    items[session.account_key("alex@example.com")] = ACCOUNT
    forged = session.claim(_request(session.cookies_that_open("alex@example.com", "token", "A-2")[0].partition(";")[0]))
    with pytest.raises(Refused, match="not_signed_in"):
        session.reader(forged, items)


def test_a_session_proves_one_account_only() -> None:
    """What another account was answered is nobody else's, although both have had the same address."""
    _, items = _opened()
    forged = session.claim(_request(session.cookies_that_open(EMAIL, "token", "A-2")[0].partition(";")[0]))
    with pytest.raises(Refused, match="not_signed_in"):
        session.reader(forged, items)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "__Host-session",
        "__Host-session=",
        "__Host-session=.",
        "__Host-session=.A-1.token",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.token",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.A-1",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.A-1.",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ..token",
        "__Host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.A#1.token",
        "__Host-session=Y.A-1.token",
        "__Host-session=é.A-1.token",
        "__Host-session=_w.A-1.token",
        "__Host-session=" + base64.urlsafe_b64encode(b"x" * 255).decode() + ".A-1.token",
        "session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.A-1.token",
        "__host-session=Y2FtaWxsZUBleGFtcGxlLmNvbQ.A-1.token",
    ],
)
def test_a_cookie_that_claims_nothing(cookie: str) -> None:
    with pytest.raises(Refused, match="not_signed_in"):
        session.claim(_request(cookie))


def test_other_cookies_do_no_harm() -> None:
    cookie = session.cookies_that_open(EMAIL, "token", "A-1")[0].partition(";")[0]
    assert session.claim(_request("a=b", f" {cookie} ", "c")).email == EMAIL


@given(st.text())
def test_whatever_the_cookie_is_it_claims_or_not(value: str) -> None:
    try:
        claimed = session.claim(_request(f"__Host-session={value}"))
    except Refused as refused:
        assert refused.code is NOT_SIGNED_IN  # noqa: PT017 — either is right
    else:
        assert len(claimed.session.pk.encode()) <= 2048


def test_idle_time_begins_anew_when_it_is_worth_a_write() -> None:
    claimed, items = _opened()
    assert session.refreshed(claimed, items[claimed.session]) is None
    claimed, items = _opened(idle_until=int(time.time()) + session.IDLE_SECONDS - session.REFRESH_SECONDS)
    refresh = session.refreshed(claimed, items[claimed.session])
    assert refresh is not None
    assert refresh.attributes["idle_until"] >= int(time.time()) + session.IDLE_SECONDS - 1
    assert refresh.attributes["absolute_until"] == items[claimed.session]["absolute_until"]
    # One that was ended meanwhile stays so.
    assert refresh.condition == "version = :read_version"
