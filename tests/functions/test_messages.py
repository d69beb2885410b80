"""The conversation about a customer's papers: who writes, whose turn it is, who is told, and that nothing stays."""

import json
import threading
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from functions.onboarding import legal_name, waits
from functions.onboarding.account import partition
from functions.onboarding.messages import PREFIX
from functions.onboarding.staff import member_key
from functions.shared import clock
from functions.shared.texts import Texts
from functions.workers import daily
from tests import kept
from tests.customers import STAFF, account_id, announced, decide, document, onboarding, send
from tests.desk import Client, Desk, unwrapped
from tests.papers import DOCUMENT, PHOTO

INES, TOM = "ines.garcia@example.com", "tom.nguyen@example.com"
OWN = "/api/onboarding/messages"
REVIEWS = "/api/reviews"
QUESTION = "Bonjour,\nma carte est à mon nom de naissance. Cela convient-il ?"
ANSWER = "Yes, it does."


def of(account: str) -> str:
    return f"{REVIEWS}/{account}/messages"


def texts(items: Any) -> list[tuple[str, str]]:
    return [(item["from"], item["text"]) for item in items]


def queue(staff: Client, query: str = "") -> list[str]:
    answer = staff.get(f"{REVIEWS}?{query}")
    assert answer.status_code == 200, answer.text
    return [item["email"] for item in answer.json()["items"]]


# ---- the conversation ----------------------------------------------------------------------------------------------


def test_both_sides_write_and_read_the_newest_first(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    account = account_id(tom)
    assert tom.get(OWN).json() == staff.get(of(account)).json() == {"items": [], "next": None}

    asked = tom.post(OWN, {"text": f"  {QUESTION}\r\n"})
    answered = staff.post(of(account), {"text": ANSWER})

    assert asked.status_code == answered.status_code == 201
    assert asked.json().keys() == {"from", "text", "at"}
    assert (asked.json()["from"], asked.json()["text"], answered.json()["from"]) == ("customer", QUESTION, "staff")
    for listed in (tom.get(OWN), staff.get(of(account))):
        assert texts(listed.json()["items"]) == [("staff", ANSWER), ("customer", QUESTION)]
        assert listed.json()["items"][1]["at"] == asked.json()["at"]
    # Which of the staff wrote is the staff's own affair.
    assert STAFF not in tom.get(OWN).text
    first = tom.get(f"{OWN}?limit=1").json()
    rest = tom.get(f"{OWN}?limit=1&cursor={first['next']}").json()
    assert (texts(rest["items"]), rest["next"]) == ([("customer", QUESTION)], None)
    assert desk.client(INES).get(f"{OWN}?cursor={first['next']}").json()["errors"][0]["field"] == "cursor"
    history = staff.get(f"{REVIEWS}/{account}").json()["history"]
    assert [event["event"] for event in history[:2]] == ["message_answered", "message_written"]
    assert QUESTION not in json.dumps(history)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\u2060", "\u2800", "x" * 2001, "a\u0007b", None])
def test_what_says_nothing_or_too_much_is_refused(desk: Desk, text: str | None) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    for client, path in ((tom, OWN), (staff, of(account_id(tom)))):
        answer = client.post(path, {} if text is None else {"text": text})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text")
    assert tom.get(OWN).json()["items"] == []
    assert tom.post(OWN, {"text": "x" * 2000}).status_code == 201


def test_a_repeat_is_answered_alike(desk: Desk) -> None:
    tom = desk.client(TOM)
    first, again = (tom.post(OWN, {"text": QUESTION}, key="one message") for _ in range(2))
    assert first.json() == again.json()
    assert len(tom.get(OWN).json()["items"]) == 1
    assert tom.post(OWN, {"text": "Another."}, key="one message").json()["code"] == "idempotency_key_reused"
    assert tom.post(f"{OWN}?only=repeat", key="one message").json() == first.json()


def test_nobody_else_reads_or_writes(desk: Desk) -> None:
    tom = desk.client(TOM)
    tom.post(OWN, {"text": QUESTION})
    ines = desk.client(INES)
    for answer in (ines.get(of(account_id(tom))), ines.post(of(account_id(tom)), {"text": "x"})):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert ines.get(OWN).json()["items"] == []
    staff = desk.client(STAFF)
    for answer in (staff.get(of("A-0")), staff.post(of("A-0"), {"text": "x"})):
        assert answer.status_code == 404
    own = staff.post(of(account_id(staff)), {"text": "x"})
    assert (own.status_code, own.json()["code"]) == (403, "own_account")


def test_a_customer_writes_fifty_a_day(desk: Desk) -> None:
    tom = desk.client(TOM)
    answers = [tom.post(OWN, {"text": f"{number}"}).status_code for number in range(51)]
    assert answers == [201] * 50 + [429]


# ---- whose turn it is ----------------------------------------------------------------------------------------------


def test_the_turn_goes_to_and_fro(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    account = account_id(tom)
    turns = []

    def note() -> None:
        own, theirs = onboarding(tom)["turn"], staff.get(f"{REVIEWS}/{account}").json()["turn"]
        assert own == theirs
        turns.append(own)

    note()
    tom.post(OWN, {"text": QUESTION})
    note()
    assert queue(staff) == [TOM]
    staff.post(of(account), {"text": ANSWER})
    note()
    send(desk, tom, "student_card")
    note()
    # A paper that waits for a look comes before the question that the staff have about it.
    staff.post(of(account), {"text": "Is it this year’s?"})
    note()
    tom.post(OWN, {"text": "Oui."})
    note()
    decide(staff, account, "student_card", "ask_again", "Trop sombre.")
    note()
    assert queue(staff) == []
    send(desk, tom, "student_card")
    note()
    decide(staff, account, "student_card", "accept")
    note()
    assert turns == ["customer", "staff", "customer", "staff", "staff", "staff", "customer", "staff", None]


def test_the_queue_is_narrowed(desk: Desk) -> None:
    tom, ines, staff = desk.client(TOM), desk.client(INES), desk.client(STAFF)
    send(desk, tom, "student_card")
    desk.advance("3d")
    send(desk, ines, "identity")
    tom.post(OWN, {"text": QUESTION})
    staff = desk.client(STAFF)
    assert queue(staff) == queue(staff, "turn=staff") == [INES, TOM]
    assert queue(staff, "kind=identity") == queue(staff, "profile=engineer") == [INES]
    assert queue(staff, "waiting_days=3") == queue(staff, "kind=student_card&waiting_days=1") == [TOM]
    staff.post(of(account_id(ines)), {"text": "Of which year is it?"})
    assert (queue(staff, "turn=customer"), queue(staff, "turn=staff")) == ([], [INES, TOM])
    decide(staff, account_id(ines), "identity", "ask_again", "Trop sombre.")
    staff.post(of(account_id(ines)), {"text": "By daylight, please."})
    assert (queue(staff, "turn=customer"), queue(staff, "turn=staff")) == ([INES], [TOM])
    [waiting] = staff.get(f"{REVIEWS}?turn=staff").json()["items"]
    assert (waiting["message_waits"], waiting["waiting_since"]) == (True, document(tom, "student_card")["sent_at"])
    page = staff.get(f"{REVIEWS}?limit=1").json()
    assert queue(staff, f"limit=1&cursor={page['next']}") == [TOM]
    # A cursor of the list that is narrowed otherwise is none of this one's.
    assert staff.get(f"{REVIEWS}?turn=staff&cursor={page['next']}").status_code == 422
    for wrong in ("turn=ours", "kind=passport", "profile=x", "waiting_days=-1"):
        assert staff.get(f"{REVIEWS}?{wrong}").json()["errors"][0]["field"] == wrong.partition("=")[0]


# ---- who is told ---------------------------------------------------------------------------------------------------


def test_the_customer_is_told_at_once_without_the_words(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    staff.post(of(account_id(tom)), {"text": ANSWER})
    desk.settle()
    mail = desk.mails(TOM)[0]
    assert mail.subject == Texts("fr")("messages.mails.answered.subject")
    assert "/fr/documents/#conversation-title" in mail.text
    assert ANSWER not in mail.text


def test_the_staff_are_told_once_in_the_morning_of_all_that_waits(desk: Desk) -> None:
    ines, tom, staff = desk.client(INES), desk.client(TOM), desk.client(STAFF)
    # Of those to take over test_takeover.py tells.
    for asked in staff.get("/api/takeovers").json()["items"]:
        refusal = {"decision": "refuse", "reason": "It is not so."}
        assert staff.post(f"/api/takeovers/{asked['id']}/decision", refusal).status_code == 200
    before = len(desk.mails(STAFF))
    send(desk, tom, "student_card")
    for text in (QUESTION, "Et une autre."):
        ines.post(OWN, {"text": text})
    desk.settle()
    assert len(desk.mails(STAFF)) == before

    desk.advance("1d")

    assert len(desk.mails(STAFF)) == before + 1
    mail = desk.mails(STAFF)[0]
    assert mail.subject == "Waiting for the staff: 2"
    assert (
        "Files: 2\nDocuments to review: 1\nMessages to answer: 1\nFiles in their last three days: 0" in unwrapped(mail)
        or "Messages to answer: 1" in mail.text
    )
    for other in (QUESTION, INES, "Garcia", "École"):
        assert other not in mail.text + mail.html
    desk.advance("1d")
    assert len(desk.mails(STAFF)) == before + 2
    # Twice on one day tells nobody twice; who has left the staff is told nothing.
    daily.tell_the_staff(kept.cloud(), desk.cloud.now())
    desk.settle()
    # Before its morning the day's first is one more.
    told = len(desk.mails(STAFF))
    daily.tell_the_staff(kept.cloud(), desk.cloud.now())
    desk.settle()
    assert len(desk.mails(STAFF)) == told
    staff = desk.client(STAFF)
    decide(staff, account_id(tom), "student_card", "accept")
    staff.post(of(account_id(ines)), {"text": ANSWER})
    desk.settle()
    desk.advance("1d")
    assert len(desk.mails(STAFF)) == told
    assert kept.store().item(member_key(STAFF))


@pytest.mark.parametrize("another_comes", [False, True])
def test_the_staff_are_told_what_comes_on_a_files_last_day(desk: Desk, another_comes: bool) -> None:
    """At noon and at five, of each wait once; a decision and another paper begin a new one."""
    tom = desk.client(TOM)
    last = date.fromisoformat(onboarding(tom)["deadline"])

    def at(hour: int, minute: int) -> None:
        desk.advance_to(datetime.combine(last, time(hour, minute), clock.PARIS).astimezone(UTC))
        desk.settle()

    at(7, 30)
    told = len(desk.mails(STAFF))
    send(desk, tom, "student_card")
    at(12, 1)
    mail, *others = desk.mails(STAFF)
    assert (mail.subject, len(others)) == ("Ends at midnight: 1", told)
    assert "Files: 1\nDocuments to review: 1\nMessages to answer: 0" in mail.text
    for other in (TOM, "École"):
        assert other not in mail.text + mail.html

    if another_comes:
        decide(desk.client(STAFF), account_id(tom), "student_card", "ask_again", "The card is cut off.")
        send(desk, tom, "student_card")
    at(17, 1)
    assert len(desk.mails(STAFF)) == told + 1 + another_comes


def test_what_waited_in_the_morning_of_its_last_day_is_told_of_then(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    last = date.fromisoformat(onboarding(tom)["deadline"])
    desk.advance_to(datetime.combine(last, time(7, 30), clock.PARIS).astimezone(UTC))
    desk.settle()
    assert "Files in their last three days: " in desk.mails(STAFF)[0].text
    told = len(desk.mails(STAFF))
    desk.advance("5h")
    desk.settle()
    assert len(desk.mails(STAFF)) == told


# ---- nothing stays -------------------------------------------------------------------------------------------------


def test_it_goes_when_the_account_is_complete(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    account = account_id(tom)
    tom.post(OWN, {"text": QUESTION})
    staff.post(of(account), {"text": ANSWER})
    assert "nom de naissance" in kept.everything()
    send(desk, tom, "student_card")
    decide(staff, account, "student_card", "accept")
    desk.settle()
    for client, path in ((tom, OWN), (staff, of(account))):
        assert client.get(path).json() == {"items": [], "next": None}
        answer = client.post(path, {"text": "One more."})
        assert (answer.status_code, answer.json()["code"]) == (409, "conversation_closed")
    for said in ("nom de naissance", ANSWER, "One more."):
        assert said not in kept.everything()
    history = staff.get(f"{REVIEWS}/{account}").json()["history"]
    assert {"paper_accepted", "account_completed", "message_answered"} <= {event["event"] for event in history}


def test_it_goes_when_the_sixty_days_are_over(desk: Desk) -> None:
    tom = desk.client(TOM)
    account = account_id(tom)
    tom.post(OWN, {"text": QUESTION})
    assert kept.store().query(partition(account), first=PREFIX, last=f"{PREFIX}~")
    desk.advance("56d")
    tom, staff = desk.client(TOM), desk.client(STAFF)
    assert tom.get(OWN).json()["items"] == []
    assert tom.post(OWN, {"text": "x"}).json()["code"] == "conversation_closed"
    assert queue(staff) == []
    assert not kept.store().query(partition(account), first=PREFIX, last=f"{PREFIX}~")


# ---- reasons -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["ask_again", "refuse"])
def test_a_chosen_reason_is_worded_for_each_reader(desk: Desk, decision: str) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    account = account_id(tom)
    send(desk, tom, "student_card")
    body = {"document": "student_card", "decision": decision, "reason_code": "unreadable"}
    assert staff.post(f"{REVIEWS}/{account}/decisions", body | {"reason": "Surtout le nom."}).status_code == 200
    desk.settle()
    stands = document(tom, "student_card")
    french, english = (Texts(language)("reviews.reasons.unreadable") for language in ("fr", "en"))
    # What can be sent instead is said of what can be sent.
    helps, helped = (
        [Texts(language)("reviews.advice.unreadable")] if decision == "ask_again" else [] for language in ("fr", "en")
    )
    assert stands["reason_code"] == "unreadable"
    assert stands["reason"] == " ".join((french, "Surtout le nom.", *helps))
    [seen] = staff.get(f"{REVIEWS}/{account}").json()["documents"]
    assert seen["reason_code"] == "unreadable"
    assert seen["reason"] == " ".join((english, "Surtout le nom.", *helped))
    mail = unwrapped(desk.mails(TOM)[0])
    assert all(said in mail for said in (f"{french} Surtout le nom.", *helps))
    english_page = tom.get("/api/onboarding", headers={"Accept-Language": "en"}).json()
    assert english_page["documents"][0]["reason"].startswith(english)


def test_another_reason_needs_words(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    path = f"{REVIEWS}/{account_id(tom)}/decisions"
    send(desk, tom, "student_card")
    body = {"document": "student_card", "decision": "ask_again"}
    for chosen in ({}, {"reason_code": "other"}, {"reason_code": "other", "reason": " \u200b "}):
        answer = staff.post(path, body | chosen)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert staff.post(path, body | {"reason_code": "ugly"}).json()["errors"][0]["field"] == "reason_code"
    assert staff.post(path, body | {"reason_code": "other", "reason": "Pas la vôtre."}).status_code == 200
    assert document(tom, "student_card")["reason"] == "Pas la vôtre."
    send(desk, tom, "student_card", DOCUMENT, "application/pdf")
    assert document(tom, "student_card")["reason_code"] is None


# ---- how long it takes ---------------------------------------------------------------------------------------------


def at(day: str, hour: int = 12) -> datetime:
    return clock.begins(datetime.fromisoformat(day).date()) + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (at("2026-11-25"), at("2026-11-25", 15), 3),
        (at("2026-11-25"), at("2026-11-26"), 24),
        # From Friday noon to Monday noon; on a Saturday nobody waits.
        (at("2026-11-27"), at("2026-11-30"), 24),
        (at("2026-11-28"), at("2026-11-29"), 0),
        # Christmas is a Friday.
        (at("2026-12-24"), at("2026-12-28"), 24),
        (at("2026-11-25", 15), at("2026-11-25"), 0),
    ],
)
def test_a_wait_counts_working_days(begin: datetime, end: datetime, hours: int) -> None:
    assert waits.working_time(begin, end) == timedelta(hours=hours)


def test_the_median_and_the_ninetieth_percent_are_of_what_was_decided() -> None:
    assert waits.Waits.of([]) is None
    assert waits.Waits.of([7]) == (1, 7, 7)
    assert waits.Waits.of([*range(10, 0, -1)]) == (10, 5, 9)
    few = waits.Waits.of([3600] * (waits.FEWEST - 1))
    assert few
    assert few.usual is None


def test_what_is_decided_tells_the_usual_time(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    before = staff.get(f"{REVIEWS}/waiting-times").json()
    assert before.keys() == {"decided", "median", "ninety"}
    assert onboarding(tom)["usual_wait"] == before["ninety"]
    assert tom.get(f"{REVIEWS}/waiting-times").status_code == 404
    send(desk, tom, "student_card")
    decide(staff, account_id(tom), "student_card", "accept")
    desk.advance("1d")
    staff = desk.client(STAFF)
    assert staff.get(f"{REVIEWS}/waiting-times").json()["decided"] == before["decided"] + 1
    desk.advance("32d")
    staff, tom = desk.client(STAFF), desk.client(TOM)
    assert staff.get(f"{REVIEWS}/waiting-times").json() == {"decided": 0, "median": None, "ninety": None}
    assert onboarding(tom)["usual_wait"] is None


# ---- the legal name ------------------------------------------------------------------------------------------------


class Register(BaseHTTPRequestHandler):
    answer: ClassVar[Any] = {"results": [{"siren": "732829320", "nom_raison_sociale": "LEROY INGÉNIERIE"}]}

    def do_GET(self) -> None:
        body = json.dumps(self.answer).encode() if self.answer is not None else b"<html>"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_name_is_read_from_the_registration_and_looked_up_if_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    siren = "732829320"
    assert legal_name.read("", "Leroy", None).number == "none"
    assert legal_name.read("", "Leroy", "732829321").number == "malformed"
    alone = legal_name.read("", "Leroy Ingénierie", siren)
    assert (alone.number, alone.checked, alone.registered) == ("well_formed", "not_checked", None)
    server = HTTPServer(("127.0.0.1", 0), Register)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/search"
    try:
        assert legal_name.read(address, "Leroy Ingenierie S.A.R.L.", siren).checked == "matches"
        other = legal_name.read(address, "Durand", siren)
        assert (other.checked, other.registered) == ("differs", "LEROY INGÉNIERIE")
        monkeypatch.setattr(Register, "answer", {"results": []})
        assert legal_name.read(address, "Leroy", siren).checked == "unknown"
        # Whatever is in the way leaves it not checked.
        broken: Any
        for broken in (None, [], {"results": [{}]}, {"results": None}):
            monkeypatch.setattr(Register, "answer", broken)
            assert legal_name.read(address, "Leroy", siren).checked == "not_checked"
    finally:
        server.shutdown()
        server.server_close()
    assert legal_name.read(address, "Leroy", siren).checked == "not_checked"
    assert legal_name.read("file:///etc/passwd", "Leroy", siren).checked == "not_checked"


def test_the_review_says_it(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    said = staff.get(f"{REVIEWS}/{account_id(tom)}").json()["legal_name"]
    assert said == {"given": "École des ponts", "number": "none", "checked": "not_checked", "registered": None}


def test_a_file_announced_is_still_the_customers_turn(desk: Desk) -> None:
    tom = desk.client(TOM)
    announced(tom, "student_card", PHOTO)
    assert onboarding(tom)["turn"] == "customer"
