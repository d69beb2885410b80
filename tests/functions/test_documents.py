"""Documents: each profile's papers, sent straight to the store by a form that takes that very file, within 60 days."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.onboarding import papers
from functions.onboarding.account import Account, Document, decide_deadline, decide_reminder
from functions.onboarding.papers import KINDS, PAPERS, PROFILES
from functions.shared import clock
from functions.shared.calendar import months_after
from functions.shared.items import Put
from tests import kept
from tests.customers import NEW, account_id, announced, decide, document, onboarding, put, registered, send
from tests.desk import Client, Desk, unwrapped
from tests.papers import DOCUMENT, NAMES, PHOTO

MARC, INES, TOM = "marc.leroy@example.com", "ines.garcia@example.com", "tom.nguyen@example.com"
DOCUMENTS = "/api/onboarding/documents"
CARD = {"kind": "student_card", "filename": "card.jpeg", "content_type": "image/jpeg", "size": len(PHOTO)}
MIB = 1024 * 1024


def noon(desk: Desk, day: date) -> None:
    """Noon of that day in Paris, with all that was due until then done."""
    desk.advance_to(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))
    desk.settle()


def today(desk: Desk) -> date:
    return clock.day(desk.cloud.now())


def last_day(client: Client) -> date:
    return date.fromisoformat(onboarding(client)["deadline"])


def subjects(desk: Desk, email: str) -> list[str]:
    return [mail.subject for mail in desk.mails(email)][::-1]


def objects() -> list[str]:
    """Every version of every object in the store of papers."""
    cloud = kept.cloud()
    pages = cloud.files.get_paginator("list_object_versions").paginate(Bucket=cloud.settings.papers)
    return [version["Key"] for page in pages for version in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]


@pytest.mark.parametrize(
    ("email", "kinds"),
    [
        (MARC, ["kbis", "director_identity"]),
        (INES, ["sirene_notice", "identity"]),
        (TOM, ["student_card"]),
    ],
)
def test_each_profile_has_its_papers(desk: Desk, email: str, kinds: list[str]) -> None:
    client = desk.client(email)
    stands = onboarding(client)
    assert stands["status"] == "pending"
    assert [document["kind"] for document in stands["documents"]] == kinds
    assert {document["status"] for document in stands["documents"]} == {"missing"}
    for kind in KINDS:
        asked = CARD | {"kind": kind, "issued_on": today(desk).isoformat()}
        answer = client.post(DOCUMENTS, asked)
        if kind in kinds:
            assert answer.status_code == 201
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "not_needed")
            assert answer.json()["errors"][0]["field"] == "kind"


def test_every_kind_is_needed_by_one_profile() -> None:
    assert sorted(paper.kind for paper in PAPERS) == sorted(KINDS)
    assert {paper.profile for paper in PAPERS} == set(PROFILES)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"kind": "passport"}, {"kind": "not_a_choice"}),
        ({"size": 0}, {"size": "too_small"}),
        ({"size": 10 * MIB + 1}, {"size": "too_big"}),
        ({"size": "100"}, {"size": "not_a_number"}),
        ({"content_type": "x" * 256}, {"content_type": "too_long"}),
        ({"content_type": "image/\x00jpeg"}, {"content_type": "control_character"}),
        ({"filename": ""}, {"filename": "required"}),
        ({"filename": "a\x00b"}, {"filename": "control_character"}),
        ({"filename": "x" * 256}, {"filename": "too_long"}),
        ({"issued_on": "24/11/2026"}, {"issued_on": "not_a_date"}),
        ({"issued_on": "2026-02-30"}, {"issued_on": "not_a_date"}),
        ({"issued_on": "20261124"}, {"issued_on": "not_a_date"}),
        ({"key": "papers/mine"}, {"key": "unknown_field"}),
    ],
)
def test_what_is_wrong_is_said_at_each_field(cloud: Desk, changed: Any, wrong: Any) -> None:
    answer = cloud.client(TOM).post(DOCUMENTS, CARD | changed)
    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_be_called_anything_and_names_nothing_of_ours(desk: Desk, name: str) -> None:
    tom = desk.client(TOM)
    upload = announced(tom, "student_card", filename=name)
    assert upload["fields"]["key"].startswith(f"quarantine/{account_id(tom)}/student_card/")
    assert name not in json.dumps(upload)


def test_a_kbis_is_younger_than_three_months_on_the_day_it_is_sent(desk: Desk) -> None:
    marc = desk.client(MARC)

    def status(issued_on: date | None) -> tuple[int, str]:
        asked = CARD | {"kind": "kbis"} | ({"issued_on": issued_on.isoformat()} if issued_on else {})
        answer = marc.post(DOCUMENTS, asked)
        body = answer.json()
        return answer.status_code, body.get("code", "") if body.get("code") != "invalid_fields" else body["errors"][0][
            "code"
        ]

    now = today(desk)
    months_ago = next(day for days in range(85, 95) if months_after(day := now - timedelta(days=days), 3) <= now)
    assert status(now) == (201, "")
    assert status(months_ago + timedelta(days=1)) == (201, "")
    assert status(months_ago) == (422, "too_old")
    assert status(now + timedelta(days=1)) == (422, "in_the_future")
    assert status(None) == (422, "required")
    too_old = CARD | {"kind": "kbis", "issued_on": "2020-01-01"}
    assert "3 mois ou plus" in marc.post(DOCUMENTS, too_old).json()["detail"]
    assert "3 months old or more" in marc.post(DOCUMENTS, too_old, language="en").json()["detail"]


@pytest.mark.parametrize(
    ("issued_on", "over"),
    [
        (date(2026, 8, 24), date(2026, 11, 24)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 10, 15), date(2027, 1, 15)),
        (date(2026, 12, 31), date(2027, 3, 31)),
        (date(2026, 1, 31), date(2026, 4, 30)),
    ],
)
def test_three_months_go_by_the_calendar(issued_on: date, over: date) -> None:
    kbis = next(paper for paper in PAPERS if paper.kind == "kbis")
    assert not papers.is_young_enough(kbis, issued_on, over)
    assert papers.is_young_enough(kbis, issued_on, over - timedelta(days=1))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 30))
def test_months_after_any_day(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_the_form_takes_that_very_file_for_five_minutes(desk: Desk) -> None:
    before = datetime.now(UTC)
    upload = announced(desk.client(TOM), "student_card")
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    conditions = policy["conditions"]
    assert ["content-length-range", len(PHOTO), len(PHOTO)] in conditions
    assert {"key": upload["fields"]["key"]} in conditions
    assert {"Content-Type": "application/octet-stream"} in conditions
    assert {"x-amz-server-side-encryption": "AES256"} in conditions
    lives = datetime.fromisoformat(policy["expiration"]) - before
    assert timedelta(seconds=295) < lives <= timedelta(seconds=301)


@pytest.mark.parametrize(
    ("changed", "content", "status"),
    [
        ({"key": "papers/A-1009/student_card/0"}, PHOTO, 403),
        ({"key": "quarantine/A-1007/kbis/0"}, PHOTO, 403),
        ({"Content-Type": "text/html"}, PHOTO, 403),
        ({"x-amz-server-side-encryption": None}, PHOTO, 403),
        ({"acl": "public-read"}, PHOTO, 403),
        ({"policy": "e30="}, PHOTO, 403),
        ({}, PHOTO + b"x", 400),
        ({}, PHOTO[:-1], 400),
        ({}, bytes(11 * MIB), 400),
        ({}, b"", 400),
    ],
)
def test_the_store_takes_nothing_else(desk: Desk, changed: Any, content: bytes, status: int) -> None:
    upload = announced(desk.client(TOM), "student_card")
    assert put(upload, content, **changed).status_code == status
    assert not objects()


def test_a_paper_that_is_being_looked_at_is_not_replaced(desk: Desk) -> None:
    tom = desk.client(TOM)
    assert send(desk, tom, "student_card")["status"] == "in_review"
    answer = tom.post(DOCUMENTS, CARD)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_sent")


def test_a_newer_announcement_replaces_the_one_before(desk: Desk) -> None:
    tom = desk.client(TOM)
    first = announced(tom, "student_card")
    second = announced(tom, "student_card", DOCUMENT, "application/pdf")
    put(first, PHOTO)
    desk.settle()
    assert document(tom, "student_card")["status"] == "missing"
    assert not objects()
    put(second, DOCUMENT)
    desk.settle()
    assert document(tom, "student_card")["status"] == "in_review"


def test_what_the_customer_sees_of_others_is_nothing(desk: Desk) -> None:
    tom, marc = desk.client(TOM), desk.client(MARC)
    send(desk, tom, "student_card")
    assert account_id(tom) not in marc.get("/api/onboarding").text
    assert desk.client().get("/api/onboarding").status_code == 401
    assert desk.client().post(DOCUMENTS, CARD).status_code == 401


def test_sixty_days_are_lived_through(desk: Desk) -> None:
    """Reminders 30, 10 and 3 days before and on the last day; then it is over, and the papers are destroyed."""
    client = registered(desk, language="fr", profile="design_office")
    last = last_day(client)
    assert last == today(desk) + timedelta(days=60)
    send(desk, client, "director_identity")
    for days, reminders in ((31, 0), (30, 1), (11, 1), (10, 2), (4, 2), (3, 3), (1, 3), (0, 4)):
        noon(desk, last - timedelta(days=days))
        stands = onboarding(client.sign_in(NEW["email"], NEW["password"]))
        assert (stands["status"], stands["days_left"]) == ("in_review", days)
        mails = [mail for mail in desk.mails(NEW["email"]) if "ocuments" in mail.subject]
        assert len(mails) == reminders, days
    assert mails[0].subject == "Dernier jour pour envoyer vos documents"
    assert "extrait Kbis" in unwrapped(mails[0])
    assert "dirigeant" not in mails[0].text
    issued_on = last.isoformat()
    assert client.post(DOCUMENTS, CARD | {"kind": "kbis", "issued_on": issued_on}).status_code == 201

    noon(desk, last + timedelta(days=1))

    stands = onboarding(client)
    assert (stands["status"], stands["days_left"]) == ("expired", 0)
    assert [document["status"] for document in stands["documents"]] == ["missing", "missing"]
    assert [bool(document["destroyed"]) for document in stands["documents"]] == [False, True]
    assert client.get("/api/session").json()["account_status"] == "expired"
    assert not objects()
    answer = client.post(DOCUMENTS, CARD | {"kind": "kbis", "issued_on": issued_on})
    assert (answer.status_code, answer.json()["code"]) == (409, "deadline_passed")
    mail = desk.mails(NEW["email"])[0]
    assert mail.subject == "Vos documents ont été supprimés"
    assert "pièce d’identité du dirigeant" in unwrapped(mail)
    assert "Kbis" not in mail.text
    assert "/fr/register/" in mail.text


def test_over_is_over_before_the_worker_has_run(desk: Desk) -> None:
    """At midnight in Paris, although the worker comes some minutes later."""
    tom = desk.client(TOM)
    last = last_day(tom)
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), clock.PARIS)
    desk.advance_to((midnight - timedelta(minutes=1)).astimezone(UTC))
    assert onboarding(tom)["status"] == "pending"
    assert tom.post(DOCUMENTS, CARD).status_code == 201
    desk.advance_to(midnight.astimezone(UTC))
    assert onboarding(tom)["status"] == "expired"
    assert tom.post(DOCUMENTS, CARD).json()["code"] == "deadline_passed"


def test_a_file_that_lands_after_the_last_day_is_destroyed(desk: Desk) -> None:
    tom = desk.client(TOM)
    upload = announced(tom, "student_card")
    noon(desk, last_day(tom) + timedelta(days=1))
    assert put(upload, PHOTO).status_code == 204
    desk.settle()
    assert not objects()
    assert onboarding(tom)["status"] == "expired"
    assert subjects(desk, TOM)[-1] == "Le délai pour envoyer vos documents a pris fin"


def test_who_has_sent_everything_is_not_reminded(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    noon(desk, last_day(tom))
    assert not [subject for subject in subjects(desk, TOM) if "ocuments" in subject]


def test_a_complete_account_does_not_expire(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client("jo.keller@example.com")
    send(desk, tom, "student_card")
    decide(staff, account_id(tom), "student_card", "accept")
    noon(desk, last_day(tom) + timedelta(days=1))
    assert onboarding(tom)["status"] == "complete"
    assert subjects(desk, TOM)[-1] == "Votre compte est complet"


def test_an_expired_account_can_start_again(desk: Desk) -> None:
    client = registered(desk)
    before = account_id(client)
    send(desk, client, "student_card")
    noon(desk, last_day(client) + timedelta(days=1))

    again = registered(desk, password="another heron in another river")

    stands = onboarding(again)
    assert (stands["status"], stands["days_left"]) == ("pending", 60)
    assert stands["documents"][0]["status"] == "missing"
    assert account_id(again) != before
    assert client.get("/api/session").status_code == 401
    assert send(desk, again, "student_card")["status"] == "in_review"


def test_who_starts_again_before_the_worker_has_run_leaves_no_paper_behind(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client("jo.keller@example.com")
    send(desk, tom, "student_card")
    midnight = datetime.combine(last_day(tom) + timedelta(days=1), datetime.min.time(), clock.PARIS)
    desk.advance_to(midnight.astimezone(UTC))
    assert objects()

    registered(desk, email=TOM)

    desk.settle()
    assert not objects()
    assert staff.get("/api/reviews").json()["items"] == []


def account(**changed: Any) -> Account:
    usual: dict[str, Any] = {
        "account_id": "A-1",
        "email": "x@example.com",
        "company": "X",
        "profile": "student",
        "language": "en",
        "account_status": "pending",
        "registered_at": "2026-11-24T10:00:00.000000Z",
    }
    return Account(**usual | changed)


@pytest.mark.parametrize(
    ("days_left", "reminded", "goes_out"),
    [(31, None, False), (30, None, True), (25, 30, False), (9, 30, True), (9, 10, False), (0, 3, True), (-1, 3, False)],
)
def test_a_reminder_that_is_late_goes_out_once(days_left: int, reminded: int | None, goes_out: bool) -> None:
    customer = account(reminded=reminded)
    at = datetime(2027, 1, 23, 11, tzinfo=UTC) - timedelta(days=days_left)
    assert customer.deadline == date(2027, 1, 23)
    assert bool([*decide_reminder(customer, at)]) == goes_out


def test_of_an_account_that_cannot_be_completed_nothing_more_is_asked() -> None:
    customer = account(profile="engineer", documents={"sirene_notice": Document(status="refused")})
    assert [*decide_reminder(customer, datetime(2027, 1, 20, 11, tzinfo=UTC))] == []


def test_the_deadline_is_decided_once() -> None:
    at = datetime(2027, 1, 24, 11, tzinfo=UTC)
    writes = [write for write in decide_deadline(account(), at) if isinstance(write, Put)]
    assert writes[0].attributes["account_status"] == "expired"
    assert not [*decide_deadline(account(account_status="expired"), at)]
    assert not [*decide_deadline(account(account_status="complete"), at)]


def test_the_last_day_is_counted_in_paris() -> None:
    """Registered at half past midnight in Paris, still the day before in UTC."""
    assert account(registered_at="2026-11-24T23:30:00.000000Z").deadline == date(2027, 1, 24)
