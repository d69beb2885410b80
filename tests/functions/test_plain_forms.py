"""Forms for browsers without scripts: the same jobs as the API's, asked by a form and answered by a page."""

import json
import re
from collections.abc import Mapping
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from functions.shared.plain_forms import PlainForms
from functions.shared.texts import LANGUAGES, Language, Texts
from functions.subscriptions.plain_cancellation import FORMS
from tests import kept
from tests.desk import Client, Desk
from tests.functions.test_cancellation import CAMILLE, LEA, token_mailed

CONTRACT = "G-2026-900001"
TYPE = "application/x-www-form-urlencoded"


def post(client: Client, name: str, fields: Mapping[str, str], language: str = "fr", **headers: str) -> httpx.Response:
    """A form as a browser posts it, which asks for another language than the page's."""
    sent = {"Content-Type": TYPE, "Accept-Language": "de", "Sec-Fetch-Site": "same-origin", **headers}
    return client.call("POST", f"/forms/{language}/{name}", content=urlencode(fields).encode(), key=None, headers=sent)


def text(page: httpx.Response) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contract_is_cancelled_by_forms_alone(desk: Desk, language: Language) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30), LEA)
    anyone, texts = desk.client(), Texts(language)
    asked = post(anyone, "cancellation-request", {"contract_number": CONTRACT, "email": CAMILLE}, language)
    assert (asked.status_code, asked.headers["Content-Type"]) == (202, "text/html; charset=utf-8")
    assert asked.headers["Content-Language"] == language
    assert asked.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in asked.headers["Content-Security-Policy"]
    assert texts("plain.request.done", email=CAMILLE) in text(asked)
    token = token_mailed(desk, CAMILLE)
    link = f"{desk.url}/cancel-without-account/#token={token}"

    summary = post(anyone, "cancellation-summary", {"link": f" {link}\r\n"}, language)
    assert summary.status_code == 200
    assert CONTRACT in text(summary)
    assert texts.filled("{end}", {"end": date(2027, 9, 30)}) in text(summary)
    assert kept.read_subscription("one-of-my-own").status == "active"
    assert f'name="token" value="{token}"' in summary.text
    assert post(anyone, "cancellation-summary", {"link": token}, language).text == summary.text

    sent = {"token": token, "reason": "other", "comment": "Merci\r\n& adieu"}
    done = post(anyone, "cancellation", sent, language)
    stored = kept.read_subscription("one-of-my-own")
    assert (done.status_code, stored.status) == (200, "cancelling")
    assert stored.cancellation is not None
    assert stored.cancellation["reference"] in text(done)
    assert stored.cancellation["comment"] == "Merci\n& adieu"
    # Sent again, as by a reload, it acknowledges the same; changed, it is used up.
    assert post(anyone, "cancellation", sent, language).text == done.text
    used = post(anyone, "cancellation", sent | {"reason": "switched"}, language)
    assert used.status_code == 404
    assert texts("plain.dead") in text(used)
    assert any(stored.cancellation["reference"] in mail.text for mail in desk.mails(CAMILLE))


def test_the_rules_are_those_of_the_api(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30))
    anyone, fields = desk.client(), {"contract_number": CONTRACT, "email": CAMILLE}
    texts = Texts("fr")
    elsewhere = post(anyone, "cancellation-request", fields, **{"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, elsewhere.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    empty = post(anyone, "cancellation-request", {"email": "<script>alert(1)</script>", "contract_number": " "})
    assert empty.status_code == 422
    assert "<script>" not in empty.text
    for field in ("contract_number", "email"):
        assert texts(f"cancellation.request.fields.{field}.label") in text(empty)
    assert texts("plain.back") in text(empty)
    stranger = post(anyone, "cancellation-request", fields | {"email": "stranger@example.com"})
    assert stranger.status_code == 202
    assert desk.mails() == []
    # What it counts is what the API counts.
    for _ in range(20):
        limited = post(anyone, "cancellation-request", fields)
    assert (limited.status_code, "Retry-After" in limited.headers) == (429, True)
    again = anyone.post("/api/cancellation-requests", fields)
    assert again.status_code == 429


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"contract_number": CONTRACT, "email": CAMILLE}).encode(), "application/json"),
        (b"\xff\xfe=%ff&&&==", TYPE),
        (b"&".join(b"a=1" for _ in range(50)), TYPE),
        (b"", TYPE),
        (b"contract_number=x&email=" + b"x" * 80_000, TYPE),
    ],
)
def test_what_is_no_form_of_ours_is_refused_as_a_page(cloud: Desk, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = cloud.client().call("POST", "/forms/en/cancellation-request", content=body, key=None, headers=headers)
    assert answer.status_code in (413, 422)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "fr/cancellation"), ("POST", "fr/nothing"), ("POST", "de/cancellation"), ("DELETE", "fr/cancellation")],
)
def test_there_is_nothing_else(cloud: Desk, method: str, path: str) -> None:
    answer = cloud.client().call(method, f"/forms/{path}")
    assert answer.status_code == 404
    assert ("text/html" in answer.headers["Content-Type"]) is path.startswith("fr/")


def every_page(language: Language) -> dict[str, str]:
    """A page of each form as it is done, and one that is refused."""
    about = {"contract_number": CONTRACT, "product": "A & B", "edition": "premium", "usable_until": "2027-09-30"}
    answers: dict[str, dict[str, Any]] = {
        "cancellation-request": {},
        "cancellation-summary": about,
        "cancellation": about | {"reference": "R-1"},
    }
    wrong = {"field": "token", "code": "required", "message": "?"}
    refusal = {"title": "<No>", "detail": "", "status": 422, "errors": [wrong]}
    fields = urlencode({"link": "#token=a.b", "email": CAMILLE, "token": "a.b"})
    pages = {}
    for name, status, answer in [
        *((name, 200, said) for name, said in answers.items()),
        ("cancellation", 422, refusal),
    ]:
        said = {"statusCode": status, "headers": {}, "body": json.dumps(answer)}
        forms = PlainForms(lambda event, context, said=said: said, FORMS)  # type: ignore[misc]
        http = {"method": "POST", "path": f"/forms/{language}/{name}"}
        event = {
            "rawPath": http["path"],
            "headers": {"content-type": TYPE},
            "requestContext": {"http": http},
            "body": fields,
        }
        pages[f"{name}-{status}"] = forms(event, None)["body"]
    return pages
