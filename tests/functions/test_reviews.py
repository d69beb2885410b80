"""Reviews: the staff see papers beside the facts, decide once, and the papers are destroyed."""

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import httpx
import pytest

from functions.onboarding import app
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.store import Store
from functions.workers.inspection import inspected
from infra.local.api import EDGE, from_cloudfront
from infra.local.demo import people
from tests import kept
from tests.customers import STAFF, account_id, announced, decide, document, onboarding, send
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_documents import objects
from tests.papers import DOCUMENT, PHOTO

MARC, INES, TOM = "marc.leroy@example.com", "ines.garcia@example.com", "tom.nguyen@example.com"
REVIEWS = "/api/reviews"
ACCEPT_CARD = '{"document": "student_card", "decision": "accept"}'


def review(staff: Client, account: str) -> Any:
    answer = staff.get(f"{REVIEWS}/{account}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def called(cloud: Cloud, staff: Client, method: str, path: str, body: str = "") -> Any:
    """The function's own answer, on a cloud of the test's."""
    cookies = [f"{name}={value}" for name, value in staff.cookies.items()]
    [secret, _] = cloud.origin_secrets or ("", "")
    headers = {"content-type": "application/json", "host": "localhost", **from_cloudfront("127.0.0.1:46532", secret)}
    context = {"http": {"method": method, "sourceIp": EDGE}, "requestId": str(uuid.uuid4())}
    event = {"rawPath": path, "headers": headers, "cookies": cookies, "requestContext": context, "body": body}
    return app.create(cloud)(event, None)


def today(desk: Desk) -> str:
    return clock.day(desk.cloud.now()).isoformat()


def sent_by_marc(desk: Desk) -> tuple[Client, str]:
    marc = desk.client(MARC)
    send(desk, marc, "kbis", DOCUMENT, "application/pdf", issued_on=today(desk), filename="C:\\papers\\kbis.pdf")
    send(desk, marc, "director_identity")
    return marc, account_id(marc)


def test_who_waits_is_listed_by_deadline(desk: Desk) -> None:
    staff = desk.client(STAFF)
    assert staff.get(REVIEWS).json() == {"items": [], "next": None}
    tom, ines = desk.client(TOM), desk.client(INES)
    send(desk, tom, "student_card")
    send(desk, ines, "identity")

    items = staff.get(REVIEWS).json()["items"]

    assert [item["email"] for item in items] == [INES, TOM]
    assert items[0] == {
        "account": account_id(ines),
        "email": INES,
        "company": "Inès Garcia",
        "profile": "engineer",
        "kinds": ["identity"],
        "deadline": onboarding(ines)["deadline"],
        "days_left": onboarding(ines)["days_left"],
        "turn": "staff",
        "waiting_since": document(ines, "identity")["sent_at"],
        "message_waits": False,
    }
    page = staff.get(f"{REVIEWS}?limit=1").json()
    assert staff.get(f"{REVIEWS}?limit=1&cursor={page['next']}").json()["items"][0]["email"] == TOM
    assert staff.get(f"{REVIEWS}?account={account_id(ines)}").json() == {"items": items[:1], "next": None}
    assert staff.get(f"{REVIEWS}?account=A-0").json()["items"] == []


def test_a_paper_is_seen_beside_the_facts(desk: Desk) -> None:
    marc, account = sent_by_marc(desk)
    staff = desk.client(STAFF)

    seen = review(staff, account)

    assert (seen["company"], seen["email"], seen["profile"], seen["status"]) == (
        "Leroy Ingénierie",
        MARC,
        "design_office",
        "in_review",
    )
    kbis, identity = seen["documents"]
    assert (kbis["filename"], kbis["issued_on"], kbis["sha256"]) == (
        "kbis.pdf",
        today(desk),
        hashlib.sha256(DOCUMENT).hexdigest(),
    )
    got = httpx.get(kbis["link"]["url"])
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (
        200,
        inspected(DOCUMENT).content,
        "application/pdf",
    )
    assert got.headers["Content-Disposition"] == "inline"
    assert httpx.get(kbis["link"]["url"].replace("kbis", "director_identity")).status_code == 403
    left = datetime.fromisoformat(kbis["link"]["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5)
    assert httpx.get(identity["link"]["url"]).headers["Content-Type"] == "image/jpeg"
    assert "link" not in marc.get("/api/onboarding").text


def test_every_look_is_in_the_history(desk: Desk) -> None:
    _, account = sent_by_marc(desk)
    staff = desk.client(STAFF)
    review(staff, account)
    history = review(staff, account)["history"]
    looks = [event for event in history if event["event"] == "paper_viewed"]
    assert len(looks) == 4
    assert {look["by"] for look in looks} == {STAFF}
    assert looks[-1]["text"].startswith(f"{STAFF} looked at: ")
    assert history == sorted(history, key=lambda event: event["at"], reverse=True)


def test_only_the_staff_may(desk: Desk) -> None:
    _, account = sent_by_marc(desk)
    for person in people():
        if person["email"] == STAFF:
            continue
        client = desk.client(person["email"])
        answers = [
            client.get(REVIEWS),
            client.get(f"{REVIEWS}/{account}"),
            decide(client, account, "kbis", "accept"),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3
    assert desk.client().get(REVIEWS).status_code == 401
    staff = desk.client(STAFF)
    assert staff.get(f"{REVIEWS}/A-0").status_code == 404
    assert decide(staff, "A-0", "kbis", "accept").status_code == 404
    assert document(desk.client(MARC), "kbis")["status"] == "in_review"


def test_all_accepted_is_complete_and_destroyed(desk: Desk) -> None:
    marc, account = sent_by_marc(desk)
    staff = desk.client(STAFF)
    assert len(objects()) == 2

    assert decide(staff, account, "kbis", "accept").json()["account_status"] == "in_review"
    desk.settle()
    assert len(objects()) == 1
    assert httpx.get(review(staff, account)["documents"][1]["link"]["url"]).status_code == 200
    assert decide(staff, account, "director_identity", "accept").json() == {
        "document": "director_identity",
        "status": "accepted",
        "account_status": "complete",
    }

    desk.settle()
    assert not objects()
    stands = onboarding(marc)
    assert stands["status"] == marc.get("/api/session").json()["account_status"] == "complete"
    assert [document["status"] for document in stands["documents"]] == ["accepted", "accepted"]
    assert stands["documents"][1]["destroyed"]["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert stands["documents"][1]["destroyed"]["at"] >= stands["documents"][1]["decided_at"]
    assert desk.mails(MARC)[0].subject == "Votre compte est complet"
    assert staff.get(REVIEWS).json()["items"] == []
    seen = review(staff, account)
    assert {paper["decided_by"] for paper in seen["documents"]} == {STAFF}
    assert {paper["link"] for paper in seen["documents"]} == {None}


@pytest.mark.parametrize(
    ("decision", "status", "subject"),
    [
        ("ask_again", "ask_again", "À renvoyer : carte étudiante"),
        ("refuse", "refused", "Document refusé : carte étudiante"),
    ],
)
def test_whoever_does_not_accept_says_why(desk: Desk, decision: str, status: str, subject: str) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    send(desk, tom, "student_card")
    account = account_id(tom)

    without = decide(staff, account, "student_card", decision)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "reason")
    reason = "La photo est floue : on n’y lit pas le nom <b>du tout</b>."
    assert decide(staff, account, "student_card", decision, reason).status_code == 200

    stands = document(tom, "student_card")
    assert (stands["status"], stands["reason"]) == (status, reason)
    mail = desk.mails(TOM)[0]
    assert mail.subject.replace("\xa0", " ") == subject
    assert reason in unwrapped(mail)
    if decision == "refuse":
        # Whoever writes to support can say which account it is about.
        assert f"École des ponts, compte {account}" in unwrapped(mail).replace("\xa0", " ")
    assert "<b>" not in mail.html
    assert not objects()
    again = tom.post(
        "/api/onboarding/documents",
        {"kind": "student_card", "filename": "c", "content_type": "image/jpeg", "size": len(PHOTO)},
    )
    assert again.status_code == (201 if decision == "ask_again" else 409)
    assert onboarding(tom)["status"] == "pending"


def test_asked_again_and_then_accepted(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    send(desk, tom, "student_card")
    account = account_id(tom)
    decide(staff, account, "student_card", "ask_again", "Trop sombre.")
    assert send(desk, tom, "student_card", DOCUMENT, "application/pdf")["status"] == "in_review"
    assert document(tom, "student_card")["reason"] is None
    assert decide(staff, account, "student_card", "accept").json()["account_status"] == "complete"


def test_what_is_decided_or_not_there_is_not_decided_again(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    account = account_id(tom)
    announced(tom, "student_card")
    assert decide(staff, account, "student_card", "accept").json()["code"] == "nothing_to_decide"
    assert decide(staff, account, "kbis", "accept").json()["code"] == "nothing_to_decide"
    send(desk, tom, "student_card")
    assert decide(staff, account, "student_card", "accept").status_code == 200
    again = decide(staff, account, "student_card", "refuse", "Non.")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert document(tom, "student_card")["status"] == "accepted"


def test_of_two_reviewers_at_once_one_decides(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    account = account_id(tom)
    reviewers = [desk.client(STAFF), desk.client(STAFF)]
    together, answers = Barrier(2), []

    def work(reviewer: Client, decision: str) -> None:
        together.wait()
        answers.append(decide(reviewer, account, "student_card", decision, "Illisible."))

    threads = [Thread(target=work, args=each) for each in zip(reviewers, ("accept", "refuse"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["already_decided"]
    [done] = [answer.json() for answer in answers if answer.status_code == 200]
    assert document(tom, "student_card")["status"] == done["status"]


@pytest.mark.parametrize("is_waiting", [True, False])
def test_a_review_is_of_one_moment(desk: Desk, monkeypatch: pytest.MonkeyPatch, is_waiting: bool) -> None:
    """Decided upon, or landed, while the history is read: papers and history are those of afterwards, both."""
    tom, staff, cloud = desk.client(TOM), desk.client(STAFF), kept.cloud()
    account = account_id(tom)
    if is_waiting:
        send(desk, tom, "student_card")
    query = Store.query
    overtaken: list[str] = []

    def query_and_be_overtaken(store: Store, pk: str, **options: Any) -> Any:
        found = query(store, pk, **options)
        if pk == f"ACCOUNT#{account}" and not overtaken:
            overtaken.append(pk)
            if is_waiting:
                decide(staff, account, "student_card", "accept")
            else:
                send(desk, tom, "student_card")
        return found

    monkeypatch.setattr(Store, "query", query_and_be_overtaken)
    seen = json.loads(called(cloud, staff, "GET", f"{REVIEWS}/{account}")["body"])

    assert overtaken
    [card] = seen["documents"]
    events = [event["event"] for event in seen["history"]]
    if is_waiting:
        assert (card["status"], card["link"]) == ("accepted", None)
        assert sorted(events[:2]) == ["account_completed", "paper_accepted"]
        assert "paper_viewed" not in events
    else:
        assert (card["status"], bool(card["link"])) == ("in_review", True)
        assert events[:2] == ["paper_viewed", "paper_received"]


def test_after_the_last_day_nothing_is_decided(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    desk.advance("56d")
    answer = decide(desk.client(STAFF), account_id(tom), "student_card", "accept")
    assert (answer.status_code, answer.json()["code"]) == (409, "deadline_passed")


@pytest.mark.parametrize("tag", [None, "THREATS_FOUND", "UNSUPPORTED", "ACCESS_DENIED", "FAILED", "NO_THREATS_FOUND"])
def test_where_files_are_scanned_only_a_cleared_one_opens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tag: str | None
) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    send(desk, tom, "student_card")
    monkeypatch.setitem(os.environ, "MALWARE_SCAN", "true")
    cloud = kept.cloud()
    [file] = objects()
    if tag:
        tags = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": tag}]}
        cloud.files.put_object_tagging(Bucket=cloud.settings.papers, Key=file, Tagging=tags)  # type: ignore[arg-type]
    account = account_id(tom)
    [seen] = json.loads(called(cloud, staff, "GET", f"{REVIEWS}/{account}")["body"])["documents"]
    accepted = called(cloud, staff, "POST", f"{REVIEWS}/{account}/decisions", ACCEPT_CARD)
    is_clear = tag == "NO_THREATS_FOUND"
    assert (seen["held"], bool(seen["link"])) == (not is_clear, is_clear)
    assert accepted["statusCode"] == (200 if is_clear else 409)
