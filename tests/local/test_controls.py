"""The `/_local` calls: mailbox, clock, reset, people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest

from infra.local.controls import linked
from tests.desk import Desk

MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def hostile(desk: Desk) -> None:
    """An e-mail that tries to run something in the mailbox."""
    boto3.client("sesv2").send_email(
        FromEmailAddress="desk@example.com",
        Destination={"ToAddresses": ["camille.durand@example.com"]},
        Content={
            "Simple": {
                "Subject": {"Data": f"Subject {MARKUP}"},
                "Body": {
                    "Text": {"Data": f'{MARKUP} see https://desk.example.com/a?b=1&c="x" and javascript:alert(1).'},
                    "Html": {
                        "Data": f"<html><head><title>t</title></head><body>{MARKUP}<a href='/'>x</a></body></html>"
                    },
                },
            }
        },
    )


@pytest.mark.usefixtures("hostile")
def test_the_mailbox_shows_markup_as_text_and_addresses_as_links(desk: Desk) -> None:
    page = httpx.get(f"{desk.url}/_local/mail")
    assert page.status_code == 200
    assert MARKUP not in page.text
    assert "&lt;script&gt;" in page.text
    assert 'href="https://desk.example.com/a?b=1&amp;c="' in page.text
    assert 'href="javascript' not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "<style" not in page.text
    assert "style=" not in page.text


@pytest.mark.usefixtures("hostile")
def test_a_mail_is_shown_in_a_frame_where_nothing_runs(desk: Desk) -> None:
    page = httpx.get(f"{desk.url}/_local/mail")
    assert 'src="/_local/mail/0.html"' in page.text
    mail = httpx.get(f"{desk.url}/_local/mail/0.html")
    policy = mail.headers["Content-Security-Policy"]
    assert "sandbox " in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<head><base target="_top">' in mail.text
    assert httpx.get(f"{desk.url}/_local/mail/1.html").status_code == 404


@pytest.mark.usefixtures("hostile")
def test_the_mailbox_as_data(desk: Desk) -> None:
    [mail] = httpx.get(f"{desk.url}/_local/mail.json").json()
    assert mail.keys() == {"to", "subject", "text", "html", "sent_at"}
    assert mail["to"] == "camille.durand@example.com"
    assert mail["subject"] == f"Subject {MARKUP}"


def test_a_raw_mail_is_read_and_an_unverified_sender_sends_nothing(desk: Desk) -> None:
    content = (
        b"To: a@example.com\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\nContent-Type: text/plain; charset=utf-8\n\nBonjour"
    )
    ses = boto3.client("sesv2")
    ses.send_email(
        FromEmailAddress="desk@example.com",
        Destination={"ToAddresses": ["a@example.com"]},
        Content={"Raw": {"Data": content}},
    )
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_email(
            FromEmailAddress="someone@else.example.com",
            Destination={"ToAddresses": ["a@example.com"]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )
    [mail] = desk.mails()
    assert (mail.to, mail.subject, mail.text, mail.html) == ("a@example.com", "Été", "Bonjour", "")


def test_only_web_addresses_become_links() -> None:
    assert linked("See https://a.example.com/b. Or (http://c.example.com/d)!") == (
        'See <a href="https://a.example.com/b">https://a.example.com/b</a>. '
        'Or (<a href="http://c.example.com/d">http://c.example.com/d</a>)!'
    )
    assert linked("<b>javascript:x</b>") == "&lt;b&gt;javascript:x&lt;/b&gt;"


def now(desk: Desk) -> datetime:
    return datetime.fromisoformat(httpx.get(f"{desk.url}/_local/clock").json()["now"])


@pytest.mark.parametrize(("span", "moved"), [("2h", {"hours": 2}), ("15m", {"minutes": 15}), ("3d", {"days": 3})])
def test_the_clock_moves_forward(desk: Desk, span: str, moved: dict[str, int]) -> None:
    response = httpx.post(f"{desk.url}/_local/clock", json={"advance": span}, timeout=60)
    assert response.status_code == 200
    assert (
        timedelta() <= now(desk) - datetime.now(UTC) - timedelta(**moved) + timedelta(seconds=30) < timedelta(minutes=1)
    )


def test_the_clock_is_set_and_brought_back(desk: Desk) -> None:
    target = datetime.now(UTC) + timedelta(days=2)
    response = httpx.post(f"{desk.url}/_local/clock", json={"now": target.isoformat()}, timeout=60)
    assert response.status_code == 200
    assert abs(now(desk) - target) < timedelta(seconds=30)
    assert httpx.post(f"{desk.url}/_local/reset", timeout=60).status_code == 200
    assert abs(now(desk) - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "wish",
    [
        {},
        [],
        "30d",
        {"advance": "30"},
        {"advance": "-1d"},
        {"advance": "1w"},
        {"advance": 30},
        {"advance": "1d", "now": "2030-01-01T00:00:00Z"},
        {"advance": "999999d"},
        {"now": "soon"},
        {"now": "2020-01-01T00:00:00Z"},
        {"now": "2030-01-01T00:00:00"},
        {"now": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_wish_that_the_clock_cannot_fulfil_is_refused(cloud: Desk, wish: Any) -> None:
    response = httpx.post(f"{cloud.url}/_local/clock", json=wish)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_fields")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_what_is_no_json_and_what_is_no_local_call_are_refused(cloud: Desk) -> None:
    assert httpx.post(f"{cloud.url}/_local/clock", content=b"\xff{").status_code == 422
    assert httpx.get(f"{cloud.url}/_local/nothing").status_code == 404
    assert httpx.delete(f"{cloud.url}/_local/clock").status_code == 404


def test_a_reset_gives_back_the_demo_data_and_ends_sessions(desk: Desk) -> None:
    camille = desk.client("camille.durand@example.com")
    path = "/api/subscriptions/camille-active/users"
    before = camille.get(path).json()
    assert camille.post(path, {"email": "new@example.com"}).status_code == 201
    assert len(desk.mails()) == 1
    desk.reset()
    assert desk.mails() == []
    assert camille.get(path).status_code == 401
    assert desk.client("camille.durand@example.com").get(path).json() == before


def test_everybody_in_the_list_can_sign_in_and_plays_the_part(desk: Desk) -> None:
    people = httpx.get(f"{desk.url}/_local/people.json").json()
    for person in people:
        factor = {"totp_secret"} if person["roles"] else set()
        assert person.keys() == {"email", "password", "company", "says", "roles", *factor}
    seen = {}
    for person in people:
        client = desk.client().sign_in(person["email"], person["password"], desk.totp(person["email"]))
        seen[person["email"]] = client.get("/api/session").json()
        assert seen[person["email"]]["company"] == person["company"]
        stands = client.get("/api/onboarding").json()
        expected = {"accepted"} if stands["status"] == "complete" else {"missing"}
        assert {document["status"] for document in stands["documents"]} == expected
    assert all(session["roles"] == person["roles"] for person, session in zip(people, seen.values(), strict=True))
    assert {("staff",), ("support",)} <= {tuple(session["roles"]) for session in seen.values()}
    assert {"fr", "en"} == {session["language"] for session in seen.values()}
    open_ones = {session["profile"] for session in seen.values() if session["account_status"] == "pending"}
    assert open_ones == {"design_office", "engineer", "student"}
    subscriptions = desk.client("camille.durand@example.com").get("/api/subscriptions?limit=100").json()["items"]
    assert {item["status"] for item in subscriptions} == {
        "awaiting_terms",
        "awaiting_activation",
        "awaiting_signature",
        "active",
        "cancelling",
        "ended",
        "trial",
        "trial_ended",
    }
    assert {item["licence"] for item in subscriptions} == {"individual", "floating"}
