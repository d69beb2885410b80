"""Cancellation: direct, acknowledged at once, usable to the last day in Paris, taken back until then."""

from datetime import UTC, date, datetime
from typing import get_args

import pytest

from functions.shared import clock
from functions.subscriptions.cancellation import Reason
from functions.subscriptions.subscription import same_contract
from tests import kept
from tests.desk import Client, Desk, unwrapped

CAMILLE, LEA, ALEX, SAM, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "sam.taylor@example.com",
    "noor.haddad@example.com",
)
SUBSCRIPTION = "/api/subscriptions/camille-active"
CANCELLATION = f"{SUBSCRIPTION}/cancellation"
OWN = "/api/subscriptions/one-of-my-own"
REQUESTS = "/api/cancellation-requests"


def at(desk: Desk, moment: datetime) -> None:
    """Business time is that moment, and what was due until then is done."""
    desk.advance_to(moment)
    desk.settle()


def has_software(client: Client) -> bool:
    allowed: bool = client.get("/api/access?product=PROFIS%20Measuring").json()["allowed"]
    return allowed


@pytest.mark.parametrize("reason", get_args(Reason.__value__))
def test_every_reason_cancels_and_the_software_stays_usable(desk: Desk, reason: str) -> None:
    camille = desk.client(CAMILLE)
    before = camille.get(SUBSCRIPTION).json()

    answer = camille.post(CANCELLATION, {"reason": reason, "comment": "Merci, et à bientôt."})

    after = answer.json()
    assert (answer.status_code, after["status"], after["usable_until"]) == (200, "cancelling", before["end"])
    assert after["end"] == before["end"]
    assert after["reference"]
    assert camille.get("/api/access?product=PROFIS%20Engineering").json()["until"] == before["end"]
    assert desk.client(LEA).get("/api/access?product=PROFIS%20Engineering").json()["allowed"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"reason": "required"}),
        ({"reason": "because"}, {"reason": "not_a_choice"}),
        ({"reason": "other", "comment": "x" * 2001}, {"comment": "too_long"}),
        ({"reason": "other", "discount": True}, {"discount": "unknown_field"}),
    ],
)
def test_all_that_is_wrong_with_a_request_is_said_at_once(desk: Desk, body: object, wrong: dict[str, str]) -> None:
    answer = desk.client(CAMILLE).post(CANCELLATION, body)
    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong


def test_the_e_mail_gives_reference_last_day_and_effects(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 3, 1))
    kept.write_subscription(ALEX, date(2027, 3, 1), id="in-english")
    reference = desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"}).json()["reference"]
    desk.client(ALEX).post("/api/subscriptions/in-english/cancellation", {"reason": "prefer_not_to_say"})

    [french], [english] = desk.mails(CAMILLE), desk.mails(ALEX)

    assert french.subject == "Résiliation de PROFIS Measuring (G-2026-900001)\u00a0: dernier jour le 1er mars 2027"
    for part in (reference, "G-2026-900001", "1er mars 2027 au soir", "vos utilisateurs", "revenir sur votre décision"):
        assert part in unwrapped(french)
    assert english.subject == "Cancellation of PROFIS Measuring (G-2026-900001): last day 1 March 2027"
    assert "From the next day nobody can use the software" in unwrapped(english)


def test_twice_or_when_not_active_it_is_refused(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    assert camille.post(CANCELLATION, {"reason": "other"}).status_code == 200
    twice = camille.post(CANCELLATION, {"reason": "other"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_cancelling")
    for name in ("awaiting-terms", "awaiting-activation", "awaiting-signature", "trial", "trial-ended", "ended"):
        answer = camille.post(f"/api/subscriptions/camille-{name}/cancellation", {"reason": "other"})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_active"), name
    assert len(desk.mails()) == 1


def test_users_may_not_and_outsiders_find_nothing(desk: Desk) -> None:
    for method in ("POST", "DELETE"):
        body = {"reason": "other"} if method == "POST" else None
        assert desk.client(LEA).call(method, CANCELLATION, body).json()["code"] == "forbidden"
        assert desk.client(NOOR).call(method, CANCELLATION, body).json()["code"] == "not_found"
        assert desk.client().call(method, CANCELLATION, body).json()["code"] == "not_signed_in"


def test_a_repeat_gives_the_same_acknowledgement(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    first = camille.post(CANCELLATION, {"reason": "other"}, key="once")
    again = camille.post(CANCELLATION, {"reason": "other"}, key="once")
    assert first.json() == again.json()
    assert len(desk.mails()) == 1


def test_taken_back_it_is_as_if_it_had_never_been(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    before = camille.get(SUBSCRIPTION).json()
    camille.post(CANCELLATION, {"reason": "other"})

    answer = camille.delete(CANCELLATION)

    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert camille.get(SUBSCRIPTION).json() == before
    assert desk.mails()[0].subject == "Votre résiliation de PROFIS Engineering (G-2026-000101) est annulée"
    again = camille.delete(CANCELLATION)
    assert (again.status_code, again.json()["code"]) == (409, "not_cancelling")
    # It renews as others do.
    desk.advance("400d")
    assert camille.get(SUBSCRIPTION).json()["status"] == "active"
    assert camille.post(CANCELLATION, {"reason": "other"}).status_code == 200


# The last minute of the last day in Paris, and the first of the next: in winter, across the change to summer time and
# back, and on 29 February.
LAST_DAYS = [
    (date(2027, 1, 15), datetime(2027, 1, 15, 22, 59, tzinfo=UTC), datetime(2027, 1, 15, 23, 0, tzinfo=UTC)),
    (date(2027, 3, 28), datetime(2027, 3, 28, 21, 59, tzinfo=UTC), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)),
    (date(2027, 10, 31), datetime(2027, 10, 31, 22, 59, tzinfo=UTC), datetime(2027, 10, 31, 23, 0, tzinfo=UTC)),
    (date(2028, 2, 29), datetime(2028, 2, 29, 22, 59, tzinfo=UTC), datetime(2028, 2, 29, 23, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("end", "last_minute", "next_day"), LAST_DAYS)
def test_to_the_end_of_the_last_day_in_paris_and_not_a_minute_longer(
    desk: Desk, end: date, last_minute: datetime, next_day: datetime
) -> None:
    kept.write_subscription(CAMILLE, end, LEA)
    camille, lea = desk.client(CAMILLE), desk.client(LEA)
    assert camille.post(f"{OWN}/cancellation", {"reason": "other"}).json()["usable_until"] == end.isoformat()

    at(desk, last_minute)
    assert has_software(camille)
    assert has_software(lea)
    assert camille.get(OWN).json()["status"] == "cancelling"
    at(desk, next_day)
    assert not has_software(camille)
    assert not has_software(lea)
    assert camille.get(OWN).json()["status"] == "ended"
    assert camille.delete(f"{OWN}/cancellation").json()["code"] == "not_cancelling"


def test_on_the_last_day_it_can_still_be_taken_back(desk: Desk) -> None:
    end = date(2027, 3, 28)
    kept.write_subscription(CAMILLE, end, LEA)
    camille = desk.client(CAMILLE)
    camille.post(f"{OWN}/cancellation", {"reason": "other"})

    at(desk, datetime(2027, 3, 28, 21, 59, tzinfo=UTC))
    assert camille.delete(f"{OWN}/cancellation").status_code == 200
    at(desk, datetime(2027, 3, 29, 12, 0, tzinfo=UTC))

    assert has_software(camille)
    assert (camille.get(OWN).json()["status"], camille.get(OWN).json()["end"]) == ("active", "2028-03-28")


def test_cancelled_in_its_second_year_it_ends_with_that_year(desk: Desk) -> None:
    """Whether or not the worker that writes the renewal down has run."""
    kept.write_subscription(CAMILLE, date(2025, 12, 31), start=date(2025, 1, 1))
    answer = desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})
    assert answer.json()["usable_until"] == "2026-12-31"


def token_mailed(desk: Desk, email: str) -> str:
    [mail] = [mail for mail in desk.mails(email) if "/cancel-without-account/" in mail.text]
    return mail.text.partition("#token=")[2].split()[0]


def ask(client: Client, contract_number: str = "G-2026-900001", email: str = CAMILLE, **options: str) -> object:
    answer = client.post(REQUESTS, {"contract_number": contract_number, "email": email}, **options)
    assert answer.status_code == 202, answer.text
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
    return answer.json(), headers


def test_without_an_account_the_link_shows_the_summary_and_cancels_once(desk: Desk) -> None:
    end = date(2027, 9, 30)
    kept.write_subscription(CAMILLE, end, LEA)
    anyone = desk.client(language="fr")
    ask(anyone, "n°\u00a0g 2026 900001", "Camille Durand <Camille.Durand@example.com>")
    token = token_mailed(desk, CAMILLE)

    summary = anyone.post(f"{REQUESTS}/summary", {"token": token})
    assert summary.json() == {
        "contract_number": "G-2026-900001",
        "product": "PROFIS Measuring",
        "edition": "Premium",
        "usable_until": "2027-09-30",
    }
    assert kept.read_subscription("one-of-my-own").status == "active"
    sent = {"token": token, "reason": "prefer_not_to_say"}
    done = anyone.post(f"{REQUESTS}/cancellation", sent, key="once")
    assert done.status_code == 200
    assert done.json() == summary.json() | {"reference": done.json()["reference"]}
    assert anyone.post(f"{REQUESTS}/cancellation", sent, key="once").json() == done.json()

    assert desk.client(CAMILLE).get(OWN).json()["status"] == "cancelling"
    [acknowledged] = [mail for mail in desk.mails(CAMILLE) if "Résiliation de" in mail.subject]
    assert done.json()["reference"] in acknowledged.text
    for path, body in (("summary", {"token": token}), ("cancellation", sent)):
        used = anyone.post(f"{REQUESTS}/{path}", body)
        assert (used.status_code, used.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("wished", ["today", "2099-01-01"])
def test_what_was_wished_for_when_the_link_was_asked_for_never_refuses(desk: Desk, wished: str) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30), LEA)
    day = clock.day(clock.now()).isoformat() if wished == "today" else wished
    body = {"contract_number": "G-2026-900001", "email": CAMILLE, "wished_date": day}
    anyone = desk.client()
    assert anyone.post(REQUESTS, body).status_code == 202
    token = token_mailed(desk, CAMILLE)
    desk.advance("12h")
    desk.advance("11h")
    late = anyone.post(f"{REQUESTS}/cancellation", {"token": token, "reason": "other", "wished_date": "2099-01-01"})
    assert [(one["field"], one["code"]) for one in late.json()["errors"]] == [("wished_date", "after_last_day")]
    assert anyone.post(f"{REQUESTS}/summary", {"token": token}).json()["wished_date"] == day
    done = anyone.post(f"{REQUESTS}/cancellation", {"token": token, "reason": "other"})
    assert (done.status_code, done.json()["wished_date"]) == (200, day)


@pytest.mark.parametrize(
    "written",
    [
        "g 2026 900001",
        "n° G-2026-900001",
        "Contrat n°\u00a0G–2026–900001",
        "G\u20112026\u2011900001",
        "«\u00a0G-2026-900001\u00a0»",
        "Ｇ－２０２６－９００００１",
        "\ufeffG2026900001",
        "G-2026-9OOOOl",
        "Contract number: G-2026-900001.",
    ],
)
def test_a_contract_is_found_however_its_number_is_written(written: str) -> None:
    assert same_contract(written) == same_contract("G-2026-900001") == same_contract(same_contract(written))
    assert same_contract(written) != same_contract("G-2026-900002")


@pytest.mark.parametrize(
    ("contract_number", "email"),
    [
        ("G-2026-900001", LEA),
        ("G-2026-900001", NOOR),
        ("G-2026-900001", "stranger@example.com"),
        ("G-2026-999999", CAMILLE),
        ("G-2026-999999", "stranger@example.com"),
    ],
)
def test_nothing_tells_whether_contract_and_administrator_belong_together(
    desk: Desk, contract_number: str, email: str
) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30), LEA)
    anyone = desk.client()
    matching, other = (
        operations(desk, anyone, "G-2026-900001", CAMILLE),
        operations(desk, anyone, contract_number, email),
    )
    assert matching == other
    assert [mail.to for mail in desk.mails()] == [CAMILLE]


def operations(desk: Desk, client: Client, contract_number: str, email: str) -> object:
    """What is answered, and what the API does for it: the same calls take the same time."""
    with desk.operations() as seen:
        answer = ask(client, contract_number, email)
    return answer, seen[:2]


def test_a_link_lives_for_24_hours(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30))
    anyone = desk.client()
    ask(anyone)
    token = token_mailed(desk, CAMILLE)
    desk.advance("1439m")
    assert anyone.post(f"{REQUESTS}/summary", {"token": token}).status_code == 200
    desk.advance("1m")
    for path, body in (("summary", {"token": token}), ("cancellation", {"token": token, "reason": "other"})):
        old = anyone.post(f"{REQUESTS}/{path}", body)
        assert (old.status_code, old.json()["code"], old.json().get("because")) == (410, "link_expired", None)
    assert kept.read_subscription("one-of-my-own").status == "active"
    # Once the contract is cancelled otherwise, it says so.
    desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})
    assert anyone.post(f"{REQUESTS}/summary", {"token": token}).json()["because"] == "already_cancelling"


@pytest.mark.parametrize("token", ["nothing", "one-of-my-own.", ".", "one-of-my-own." + "A" * 43])
def test_an_unknown_link_is_not_found(desk: Desk, token: str) -> None:
    answer = desk.client().post(f"{REQUESTS}/summary", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_link_of_another_subscription_proves_nothing(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30))
    anyone = desk.client()
    ask(anyone)
    proof = token_mailed(desk, CAMILLE).rpartition(".")[2]
    answer = anyone.post(f"{REQUESTS}/cancellation", {"token": f"alex-active.{proof}", "reason": "other"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert kept.read_subscription("alex-active").status == "active"


def test_a_transfer_makes_the_former_administrators_link_worthless(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30), LEA)
    anyone = desk.client()
    ask(anyone)
    token = token_mailed(desk, CAMILLE)
    desk.client(CAMILLE).post(f"{OWN}/administrator", {"email": LEA})
    assert anyone.post(f"{REQUESTS}/cancellation", {"token": token, "reason": "other"}).status_code == 404
    assert kept.read_subscription("one-of-my-own").status == "active"


def test_a_link_to_what_is_cancelled_by_now_says_so_and_is_not_used_up(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30))
    anyone, camille = desk.client(), desk.client(CAMILLE)
    ask(anyone)
    sent = {"token": token_mailed(desk, CAMILLE), "reason": "other"}
    camille.post(f"{OWN}/cancellation", {"reason": "other"})
    assert anyone.post(f"{REQUESTS}/cancellation", sent).json()["code"] == "already_cancelling"
    camille.delete(f"{OWN}/cancellation")
    assert anyone.post(f"{REQUESTS}/cancellation", sent).status_code == 200


def test_the_table_holds_no_token(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 9, 30))
    ask(desk.client())
    proof = token_mailed(desk, CAMILLE).rpartition(".")[2]
    pages = kept.everything()
    assert "LINK#" in pages
    assert proof not in pages
