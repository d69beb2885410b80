"""Customers as the tests know them: they register, send papers, and have them decided upon."""

import re
from typing import Any

import httpx

from tests.desk import Client, Desk
from tests.papers import PHOTO

PASSWORD = "a heron stands in the shallow river"
STAFF = "jo.keller@example.com"
NEW = {
    "email": "nora.blum@example.com",
    "company": "Blum Structures",
    "profile": "student",
    "password": PASSWORD,
    "language": "en",
}


def code(desk: Desk, email: str) -> str:
    """The code in the newest e-mail that has one."""
    for mail in desk.mails(email):
        if found := re.match(r"\d{6}", mail.subject):
            return found[0]
    raise AssertionError(f"no code was sent to {email}")


def another(code: str) -> str:
    """Six digits that are not the code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def registered(desk: Desk, **asked: Any) -> Client:
    """A new customer, signed in."""
    client = desk.client()
    body = NEW | asked
    assert client.post("/api/registrations", body).status_code == 202
    confirmed = client.post("/api/registrations/confirm", {"email": body["email"], "code": code(desk, body["email"])})
    assert confirmed.status_code == 204, confirmed.text
    return client.sign_in(body["email"], body["password"])


def announced(
    client: Client, kind: str, content: bytes = PHOTO, content_type: str | None = "image/jpeg", **more: Any
) -> Any:
    """Leave to send a file, which the test expects to get."""
    asked = {"kind": kind, "filename": "paper", "content_type": content_type, "size": len(content), **more}
    answer = client.post("/api/onboarding/documents", asked)
    assert answer.status_code == 201, answer.text
    return answer.json()["upload"]


def put(upload: Any, content: bytes, **changed: str | None) -> httpx.Response:
    """The file sent to the store with the form's fields, some of them changed or left out (None)."""
    fields = {name: value for name, value in (upload["fields"] | changed).items() if value is not None}
    return httpx.post(upload["url"], data=fields, files={"file": ("paper", content)})


def send(
    desk: Desk, client: Client, kind: str, content: bytes = PHOTO, content_type: str | None = "image/jpeg", **more: Any
) -> Any:
    """Send a paper, and where it stands once it is inspected."""
    response = put(announced(client, kind, content, content_type, **more), content)
    assert response.status_code == 204, response.text
    desk.settle()
    return document(client, kind)


def onboarding(client: Client) -> Any:
    """Where the customer stands."""
    return client.get("/api/onboarding").json()


def document(client: Client, kind: str) -> Any:
    """Where one of their papers stands."""
    return next(document for document in onboarding(client)["documents"] if document["kind"] == kind)


def account_id(client: Client) -> str:
    """The id of their account."""
    found: str = client.get("/api/session").json()["account_id"]
    return found


def decide(reviewer: Client, account: str, kind: str, decision: str, reason: str = "") -> httpx.Response:
    """A reviewer's decision."""
    body = {"document": kind, "decision": decision, **({"reason": reason} if reason else {})}
    return reviewer.post(f"/api/reviews/{account}/decisions", body)
