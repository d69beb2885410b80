"""Takeover: a user asks, the administrator may object without signing in, the staff decide; accepting is a transfer."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from functions.shared import clock
from functions.subscriptions.mail_domains import are_of_one_firm, firm_of
from infra.local.demo import PASSWORD
from tests import kept
from tests.customers import STAFF
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_change_address import moved

CAMILLE, LEA, NOOR = (f"{name}@example.com" for name in ("camille.durand", "lea.petit", "noor.haddad"))
SUBSCRIPTION = "/api/subscriptions/camille-active"
TAKEOVER = f"{SUBSCRIPTION}/takeover"
REASON = {"reason": "Camille a quitté le bureau, et personne ne lit sa boîte."}
ACCEPT = {"decision": "accept", "reason": "Même entreprise, Kbis récent."}
REFUSE = {"decision": "refuse", "reason": "Il manque un Kbis."}


def ask(desk: Desk, by: str = LEA, path: str = TAKEOVER) -> Any:
    answer = desk.client(by).post(path, REASON)
    assert answer.status_code == 202, answer.text
    return answer.json()


def token_mailed(desk: Desk, email: str = CAMILLE) -> str:
    mail = next(mail for mail in desk.mails(email) if "#token=" in mail.text)
    return mail.text.partition("#token=")[2].split()[0]


def decide(desk: Desk, takeover: str, body: Any = ACCEPT, staff: Client | None = None) -> Any:
    return (staff or desk.client(STAFF)).post(f"/api/takeovers/{takeover}/decision", body)


def shown(client: Client, path: str = SUBSCRIPTION) -> Any:
    return client.get(path).json()


def action(subscription: Any, name: str = "take_over") -> Any:
    return next(one for one in subscription["actions"] if one["action"] == name)


def reminders(desk: Desk) -> list[str]:
    return [mail.subject for mail in desk.mails(CAMILLE) if mail.subject.startswith("Rappel")]


def waiting(desk: Desk) -> list[Any]:
    items: list[Any] = desk.client(STAFF).get("/api/takeovers").json()["items"]
    return [item for item in items if item["subscription"] == "camille-active"]


def test_a_user_asks_and_both_are_told(desk: Desk) -> None:
    lea = desk.client(LEA)
    assert action(shown(lea)) == {"action": "take_over", "allowed": True, "reason": None}

    answer = lea.post(TAKEOVER, REASON)

    asked = answer.json()
    assert (answer.status_code, asked.keys()) == (202, {"id", "decidable_from"})
    expected = clock.now() + timedelta(days=7)
    assert abs(datetime.fromisoformat(asked["decidable_from"]) - expected) < timedelta(minutes=1)
    [told], [received] = desk.mails(CAMILLE), desk.mails(LEA)
    assert told.subject.startswith("lea.petit@example.com demande à devenir l’administrateur")
    assert "Camille a quitté le bureau" in unwrapped(told)
    assert "/fr/takeover-objection/#token=" in told.text, told.text
    assert "token" not in received.text
    assert "Nous avons écrit à camille.durand@example.com" in unwrapped(received)
    newest = desk.client(CAMILLE).get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert (newest["event"], newest["by"]) == ("takeover_asked", LEA)


def test_the_request_is_shown_to_the_two_it_is_about(desk: Desk) -> None:
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    asked = ask(desk)
    for person in (LEA, CAMILLE):
        takeover = shown(desk.client(person))["takeover"]
        assert (takeover["id"], takeover["asked_by"]) == (asked["id"], LEA)
        assert takeover["decidable_from"] == asked["decidable_from"]
    other = shown(desk.client(NOOR))
    assert (other["takeover"], action(other)["reason"]) == (None, "takeover_pending")
    assert action(shown(desk.client(CAMILLE)))["reason"] == "is_administrator"


def test_the_staff_are_told_on_the_morning_of_the_day_on_which_it_can_be_decided(desk: Desk) -> None:
    ask(desk)
    told = []
    for span in ("6d", "1d"):
        desk.advance(span)
        found = re.search(r"Requests to take over to decide today: (\d+)", unwrapped(desk.mails(STAFF)[0]))
        told.append(int(found[1]) if found else 0)
    assert told[1] == told[0] + 1


@pytest.mark.parametrize("who_moves", ["who asks", "who is asked"])
def test_it_goes_on_under_another_address_and_back(desk: Desk, who_moves: str) -> None:
    asked, client, new = ask(desk), desk.client(LEA if who_moves == "who asks" else CAMILLE), "new@durand.example"
    token = token_mailed(desk)
    former = client.get("/api/session").json()["email"]
    moved(desk, client, new)
    [open_now] = waiting(desk)
    assert new in (open_now["asked_by"], open_now["administrator"])
    assert shown(client)["takeover"]["id"] == asked["id"]
    assert desk.client().post("/api/takeovers/objection/summary", {"token": token}).status_code == 200
    if who_moves == "who asks":
        undone = desk.client().post("/api/account/email/undo", {"token": token_mailed(desk, LEA)})
        assert undone.status_code == 200, undone.text
        [open_now] = waiting(desk)
        assert open_now["asked_by"] == former
    desk.advance("8d")
    assert decide(desk, asked["id"]).status_code == 200
    lea = former if who_moves == "who asks" else LEA
    assert kept.read_subscription("camille-active").administrator == lea
    assert [email for email, role in kept.users("camille-active").items() if role == "administrator"] == [lea]
    assert desk.mails(former if who_moves == "who asks" else new)[0].subject


def test_who_asks_and_is_given_the_role_under_the_other_address_asks_no_more(desk: Desk) -> None:
    ask(desk)
    camille, new = desk.client(CAMILLE), "lea@petit.example"
    assert camille.post(f"{SUBSCRIPTION}/users", {"email": new}).status_code == 201
    assert camille.post(f"{SUBSCRIPTION}/administrator", {"email": new}).status_code == 200
    ask(desk)
    lea = desk.client(LEA)
    moved(desk, lea, new)
    subscription = kept.read_subscription("camille-active")
    assert (subscription.takeover, subscription.administrator, subscription.users) == (None, new, 1)
    assert (waiting(desk), kept.users("camille-active")) == ([], {new: "administrator"})


def _removes(desk: Desk) -> None:
    assert desk.client(CAMILLE).call("DELETE", f"{SUBSCRIPTION}/users/{LEA}", {}).status_code == 204


def _lets_go(desk: Desk) -> None:
    assert desk.client(CAMILLE).call("DELETE", f"/api/colleagues/{LEA}", {}).status_code == 200


def _closes(desk: Desk) -> None:
    assert desk.client(LEA).call("DELETE", "/api/account", {"password": PASSWORD}).status_code == 204


def _passes_on(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    assert camille.post(f"{SUBSCRIPTION}/users", {"email": NOOR}).status_code == 201
    assert camille.post(f"{SUBSCRIPTION}/administrator", {"email": NOOR}).status_code == 200


def _passes_on_to_who_asks(desk: Desk) -> None:
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/administrator", {"email": LEA}).status_code == 200


def _cancels_and_it_ends(desk: Desk) -> None:
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/cancellation", {"reason": "other"}).status_code == 200
    assert waiting(desk)
    desk.advance("366d")


# Beside what each brings about anyway: who is told that the request is closed, and by which e-mail.
@pytest.mark.parametrize(
    ("ends", "told", "mail"),
    [
        (_removes, LEA, "takeover.mails.removed"),
        (_lets_go, LEA, "takeover.mails.removed"),
        (_closes, CAMILLE, "takeover.mails.left"),
        (_passes_on, LEA, "takeover.mails.overtaken"),
        (_passes_on_to_who_asks, None, ""),
        (_cancels_and_it_ends, LEA, "takeover.mails.lapsed"),
    ],
)
def test_it_never_ends_in_silence(desk: Desk, ends: Callable[[Desk], None], told: str | None, mail: str) -> None:
    asked = ask(desk)
    ends(desk)
    desk.settle()
    closing = {f"takeover.mails.{name}" for name in ("left", "removed", "overtaken", "lapsed")}
    closed = [
        (who, item["texts"])
        for who in (LEA, CAMILLE, NOOR)
        for _, item in kept.store().query(f"USER#{who}", first="MAIL#", last="MAIL#~")
        if item["texts"] in closing
    ]
    assert closed == ([(told, mail)] if told else [])
    assert kept.read_subscription("camille-active").takeover is None
    assert waiting(desk) == []
    assert decide(desk, asked["id"]).json()["code"] == "takeover_outdated"
    happened = [
        item["type"] for _, item in kept.store().query("SUBSCRIPTION#camille-active", first="EVENT#", last="EVENT#~")
    ]
    assert any(one in ("takeover_left", "takeover_overtaken", "takeover_lapsed") for one in happened) == bool(told)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "\u200b "}, {"reason": "x" * 1001}, {"reason": 1}])
def test_a_reason_is_needed(desk: Desk, body: Any) -> None:
    assert desk.client(LEA).post(TAKEOVER, body).status_code == 422
    assert desk.client(LEA).post(TAKEOVER, {"reason": "x" * 1000}).status_code == 202


def test_who_may_not_ask(desk: Desk) -> None:
    assert desk.client(NOOR).post(TAKEOVER, REASON).json()["code"] == "not_found"
    assert desk.client(CAMILLE).post(TAKEOVER, REASON).json()["code"] == "is_administrator"
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    ask(desk)
    for person in (LEA, NOOR):
        again = desk.client(person).post(TAKEOVER, REASON)
        assert (again.status_code, again.json()["code"]) == (409, "takeover_pending")


def test_of_two_who_ask_at_once_one_does(desk: Desk) -> None:
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    callers = [desk.client(person) for person in (LEA, NOOR) * 3]
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda caller: caller.post(TAKEOVER, REASON), callers))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    assert len(desk.mails(CAMILLE)) == 1


def test_the_administrator_objects_without_signing_in(desk: Desk) -> None:
    asked = ask(desk)
    anyone, token = desk.client(), token_mailed(desk)

    summary = anyone.post("/api/takeovers/objection/summary", {"token": token})
    assert summary.status_code == 200
    assert summary.json()["asked_by"] == LEA
    assert summary.json()["reason"] == REASON["reason"]
    objected = anyone.post("/api/takeovers/objection", {"token": token}, key="once")

    assert (objected.status_code, objected.content) == (204, b"")
    assert shown(desk.client(LEA))["takeover"] is None
    assert waiting(desk) == []
    assert decide(desk, asked["id"]).json()["code"] == "takeover_closed"
    assert decide(desk, asked["id"], REFUSE).json()["code"] == "takeover_closed"
    assert desk.mails(CAMILLE)[0].subject.startswith("Vous restez l’administrateur")
    assert desk.mails(LEA)[0].subject.startswith("camille.durand@example.com reste l’administrateur")
    # Once more it is as it was, and nobody is told twice.
    count = len(desk.mails())
    assert anyone.post("/api/takeovers/objection", {"token": token}).status_code == 204
    again = anyone.post("/api/takeovers/objection/summary", {"token": token})
    assert (again.status_code, again.json()["because"]) == (410, "objected")
    assert len(desk.mails()) == count
    assert ask(desk)["id"] != asked["id"]


def test_who_is_signed_in_gets_the_link_without_the_mail(desk: Desk) -> None:
    asked = ask(desk)
    path = f"/api/takeovers/{asked['id']}/objection"
    camille = desk.client(CAMILLE)

    got = camille.get(path)

    assert (got.status_code, got.json()) == (200, {"token": token_mailed(desk)})
    # Neither who asks nor who decides objects in the administrator's name.
    for other in (LEA, NOOR, STAFF):
        assert desk.client(other).get(path).json()["code"] == "not_found", other
    assert camille.get("/api/takeovers/camille-active.0/objection").status_code == 404
    assert desk.client().get(path).status_code == 401
    desk.client().post("/api/takeovers/objection", got.json())
    over = camille.get(path)
    assert (over.status_code, over.json()["because"]) == (410, "objected")


def test_a_link_opens_its_own_request_alone(desk: Desk) -> None:
    ask(desk)
    token = token_mailed(desk)
    takeover, _, proof = token.rpartition(".")
    for wrong in (
        "nonsense",
        proof,
        f"{takeover}.",
        f"{takeover}.{proof[:-1]}_",
        f"camille-active.{proof}",
        f"x.{token}",
    ):
        for path in ("objection", "objection/summary"):
            answer = desk.client().post(f"/api/takeovers/{path}", {"token": wrong})
            assert answer.json()["code"] == ("invalid_fields" if not wrong else "not_found"), wrong
    assert token not in str(kept.stored())
    assert proof not in str(kept.stored())


def test_the_staff_accept_after_seven_days_and_it_is_a_transfer(desk: Desk) -> None:
    asked = ask(desk)
    token = token_mailed(desk)
    early = decide(desk, asked["id"])
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    assert early.json()["decidable_from"] == clock.day(datetime.fromisoformat(asked["decidable_from"])).isoformat()
    desk.advance("7d")

    done = decide(desk, asked["id"])

    assert (done.status_code, done.json()["administrator"]) == (200, LEA)
    camille, lea = desk.client(CAMILLE), desk.client(LEA)
    assert camille.get(SUBSCRIPTION).json()["code"] == "not_found"
    assert not camille.get("/api/access?product=PROFIS%20Engineering").json()["allowed"]
    after = shown(lea)
    assert (after["role"], after["administrator"], after["takeover"]) == ("administrator", LEA, None)
    assert kept.users("camille-active") == {LEA: "administrator"}
    assert desk.mails(LEA)[0].subject.startswith("Nous avons accepté votre demande")
    assert desk.mails(CAMILLE)[0].subject.startswith(f"{LEA} est désormais l’administrateur")
    newest = lea.get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert "Notre équipe a accepté la demande" in newest["text"]
    assert STAFF not in str(newest)
    late = desk.client().post("/api/takeovers/objection", {"token": token}, language="fr")
    assert (late.status_code, late.json()["because"]) == (410, "accepted")
    assert decide(desk, asked["id"]).json()["code"] == "takeover_closed"


def test_a_refusal_is_free_at_any_time_and_says_why(desk: Desk) -> None:
    asked = ask(desk)
    done = decide(desk, asked["id"], REFUSE)
    assert (done.status_code, done.json()["administrator"]) == (200, CAMILLE)
    assert "Il manque un Kbis." in unwrapped(desk.mails(LEA)[0])
    assert desk.mails(CAMILLE)[0].subject.startswith("Nous avons refusé la demande")
    assert shown(desk.client(CAMILLE))["role"] == "administrator"
    assert ask(desk)


def remove_asker(desk: Desk) -> None:
    assert desk.client(CAMILLE).delete(f"{SUBSCRIPTION}/users/{LEA}").status_code == 204


def remove_and_add_asker(desk: Desk) -> None:
    remove_asker(desk)
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": LEA}).status_code == 201


def transfer_to_asker(desk: Desk) -> None:
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/administrator", {"email": LEA}).status_code == 200


def transfer_to_another(desk: Desk) -> None:
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/administrator", {"email": NOOR}).status_code == 200


def cancel_to_the_end(desk: Desk) -> None:
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/cancellation", {"reason": "other"})
    end = kept.read_subscription("camille-active").end
    desk.advance_to(datetime.combine(end + timedelta(days=1), time(12), clock.PARIS))
    desk.settle()


@pytest.mark.parametrize(
    "happens", [remove_asker, remove_and_add_asker, transfer_to_asker, transfer_to_another, cancel_to_the_end]
)
def test_what_ends_a_request_by_itself(desk: Desk, happens: Any) -> None:
    asked = ask(desk)
    token = token_mailed(desk)
    desk.advance("7d")
    happens(desk)
    assert waiting(desk) == []
    for body in (ACCEPT, REFUSE):
        answer = decide(desk, asked["id"], body)
        assert (answer.status_code, answer.json()["code"]) == (409, "takeover_outdated")
    late = desk.client().post("/api/takeovers/objection", {"token": token})
    assert (late.status_code, late.json()["because"]) == (410, "outdated")
    assert kept.read_subscription("camille-active").takeover is None


def test_one_that_ends_by_the_clock_alone_is_not_open(desk: Desk) -> None:
    """The last day is over, and no worker has looked yet."""
    kept.write_subscription(CAMILLE, clock.day(clock.now()), LEA, status="cancelling")
    asked = ask(desk, path="/api/subscriptions/one-of-my-own/takeover")
    clock.travel(clock.offset() + timedelta(days=8))
    try:
        assert decide(desk, asked["id"]).json()["code"] == "takeover_outdated"
    finally:
        clock.travel(clock.offset() - timedelta(days=8))


def test_the_administrator_is_reminded_before_the_seven_days_are_over(desk: Desk) -> None:
    ask(desk)
    first = token_mailed(desk)
    desk.advance("4d")
    assert reminders(desk) == []
    desk.advance("1d")
    assert len(reminders(desk)) == 1
    assert token_mailed(desk) == first
    assert desk.client().post("/api/takeovers/objection", {"token": first}).status_code == 204


def test_nobody_is_reminded_of_what_is_closed(desk: Desk) -> None:
    ask(desk)
    desk.client().post("/api/takeovers/objection", {"token": token_mailed(desk)})
    desk.advance("6d")
    assert reminders(desk) == []


def test_what_speaks_for_it_is_in_view_for_the_staff_alone(desk: Desk) -> None:
    asked = ask(desk)
    for person in (LEA, CAMILLE, "robin.faure@example.com"):
        assert desk.client(person).get("/api/takeovers").json()["code"] == "not_found"
        assert decide(desk, asked["id"], staff=desk.client(person)).json()["code"] == "not_found"
    assert decide(desk, "no-such.takeover").json()["code"] == "not_found"
    [found] = waiting(desk)
    assert (found["asked_by"], found["administrator"], found["reason"]) == (LEA, CAMILLE, REASON["reason"])
    assert (found["id"], found["decidable_from"]) == (asked["id"], asked["decidable_from"])
    assert (found["same_domain"], found["is_decidable"]) == (True, False)
    asker = found["asker"]
    assert (asker["company"], asker["account_status"]) == ("Bureau d’études Durand", "complete")
    assert asker["kbis_accepted_at"] > asker["kbis_issued_on"]


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("a@durand.fr", "b@durand.fr", True),
        ("a@durand.fr", "b@mail.durand.fr", True),
        ("a@paris.durand.fr", "b@lyon.durand.fr", True),
        ("a@durand.fr", "b@durand.com", False),
        ("a@durand.co.uk", "b@leroy.co.uk", False),
        ("a@sites.durand.co.uk", "b@durand.co.uk", True),
        ("a@co.uk", "b@co.uk", False),
        ("a@one.github.io", "b@other.github.io", False),
        ("a@gmail.com", "b@gmail.com", False),
        ("a@orange.fr", "b@orange.fr", False),
        ("a@sfr.fr", "b@sfr.fr", False),
        ("a@pro.sfr.fr", "b@pro.sfr.fr", False),
        ("a@xn--bro-dma.fr", "b@mail.xn--bro-dma.fr", True),
        ("a@intranet", "b@intranet", False),
        ("a@localhost.invalid", "b@localhost.invalid", False),
    ],
)
def test_which_addresses_are_of_one_firm(one: str, other: str, are: bool) -> None:
    assert are_of_one_firm(one, other) is are
    assert are_of_one_firm(other, one) is are


def test_a_public_mailbox_is_no_firm_s() -> None:
    domains = ["gmail.com", "outlook.fr", "hotmail.fr", "yahoo.fr", "icloud.com", "proton.me", "laposte.net", "free.fr"]
    domains += ["wanadoo.fr", "bbox.fr", "neuf.fr", "numericable.fr", "gmx.fr", "tutanota.com", "btinternet.com"]
    assert [domain for domain in domains if firm_of(f"a@{domain}")] == []


def test_a_user_asks_so_often_and_no_more(desk: Desk) -> None:
    for _ in range(5):
        asked = ask(desk)
        decide(desk, asked["id"], REFUSE)
    again = desk.client(LEA).post(TAKEOVER, REASON)
    assert (again.status_code, again.json()["code"]) == (429, "used_up")


def test_an_objection_and_an_acceptance_at_once_one_wins_and_both_answers_are_true(desk: Desk) -> None:
    asked = ask(desk)
    token = token_mailed(desk)
    desk.advance("7d")
    staff, anyone = desk.client(STAFF), desk.client()
    with ThreadPoolExecutor(2) as pool:
        accepts = pool.submit(decide, desk, asked["id"], ACCEPT, staff)
        objects = pool.submit(anyone.post, "/api/takeovers/objection", {"token": token})
    codes = accepts.result().status_code, objects.result().status_code
    assert codes in ((200, 410), (409, 204))
    expected = LEA if codes[0] == 200 else CAMILLE
    assert kept.read_subscription("camille-active").administrator == expected


def test_the_reason_of_staff_is_needed(desk: Desk) -> None:
    asked = ask(desk)
    for body in (
        {},
        {"decision": "accept"},
        {"decision": "maybe", "reason": "x"},
        {"decision": "refuse", "reason": " "},
    ):
        assert decide(desk, asked["id"], body).status_code == 422
