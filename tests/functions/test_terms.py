"""The terms: accepted in the portal or by the link of an e-mail, in the version in force, with their text's hash."""

import re
import secrets
from datetime import date
from typing import Any

import pytest

from functions.shared import clock
from functions.shared.events import Event
from functions.shared.terms import CURRENT, sha256
from functions.subscriptions.invitation import invite
from functions.subscriptions.subscription import Subscription, partition, state_key
from tests import kept
from tests.desk import Desk

CAMILLE, LEA, ALEX, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "noor.haddad@example.com",
)
SUBSCRIPTION = "/api/subscriptions/camille-awaiting-terms"
ACCEPTED = {"accepted": True, "terms_version": CURRENT}


def invitation(desk: Desk, administrator: str = CAMILLE) -> dict[str, str]:
    """What the link of the e-mail carries that a subscription of one's own begins with."""
    subscription = kept.write_subscription(administrator, date(2027, 12, 31), status="awaiting_terms")
    now = clock.now()
    link, data = invite(subscription, secrets.token_hex(32), kept.cloud().keys, now)
    event = Event("subscription_ordered", now, administrator, {**data, "order": "O-1"})
    kept.store().commit([link, event.put(partition(subscription.id), "test")])
    return link_in(desk.mails(administrator)[0].text)


def link_in(text: str) -> dict[str, str]:
    found = re.search(r"activate/#subscription=(\S+)&token=(\S+)", text)
    assert found, text
    return {"subscription_id": found[1], "token": found[2]}


def awaiting_terms(subscription: Subscription) -> bool:
    return subscription.status == "awaiting_terms"


def test_accepting_keeps_version_time_and_hash_of_the_text_that_was_read(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    shown = camille.get(SUBSCRIPTION).json()
    assert (shown["status"], shown["terms_version"]) == ("awaiting_terms", CURRENT)

    answer = camille.post(f"{SUBSCRIPTION}/terms", ACCEPTED)

    assert (answer.status_code, answer.json()["status"]) == (200, "awaiting_activation")
    acceptance = kept.read_subscription("camille-awaiting-terms").terms_accepted
    assert acceptance is not None
    assert acceptance["version"] == CURRENT
    assert acceptance["sha256"] == sha256(CURRENT, "fr")
    assert acceptance["by"] == CAMILLE
    event = kept.events("camille-awaiting-terms")[-1]
    assert event["type"] == "terms_accepted"
    assert acceptance.items() <= event["data"].items()
    assert event["at"] == acceptance["at"]
    newest = camille.get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert newest["text"] == f"{CAMILLE} a accepté les conditions, version {CURRENT}."


def test_actions_say_what_comes_next(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    after = camille.post(f"{SUBSCRIPTION}/terms", ACCEPTED).json()
    actions = {each["action"]: each["reason"] for each in after["actions"]}
    assert actions["accept_terms"] == "terms_already_accepted"
    assert actions["activate"] is None
    assert actions["sign"] == "not_activated"
    assert actions["fetch_contract"] == "no_contract_yet"


def test_a_stale_version_is_refused_and_the_one_in_force_named(desk: Desk) -> None:
    answer = desk.client(CAMILLE).post(f"{SUBSCRIPTION}/terms", {"accepted": True, "terms_version": "2019-01"})
    assert (answer.status_code, answer.json()["code"]) == (409, "terms_changed")
    assert answer.json()["terms_version"] == CURRENT
    assert awaiting_terms(kept.read_subscription("camille-awaiting-terms"))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"accepted": "required", "terms_version": "required"}),
        ({"accepted": False, "terms_version": CURRENT}, {"accepted": "not_agreed"}),
        ({"accepted": "true", "terms_version": CURRENT}, {"accepted": "not_agreed"}),
        ({**ACCEPTED, "terms_version": 2026}, {"terms_version": "not_text"}),
        ({**ACCEPTED, "language": "fr"}, {"language": "unknown_field"}),
    ],
)
def test_nothing_but_a_plain_yes_accepts(desk: Desk, body: object, wrong: dict[str, str]) -> None:
    answer = desk.client(CAMILLE).post(f"{SUBSCRIPTION}/terms", body)
    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong
    assert awaiting_terms(kept.read_subscription("camille-awaiting-terms"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("awaiting-activation", "terms_already_accepted"),
        ("awaiting-signature", "terms_already_accepted"),
        ("active", "terms_already_accepted"),
        ("ended", "terms_already_accepted"),
        ("trial", "is_trial"),
        ("trial-ended", "is_trial"),
    ],
)
def test_there_is_nothing_to_accept_later_or_in_a_trial(desk: Desk, name: str, code: str) -> None:
    answer = desk.client(CAMILLE).post(f"/api/subscriptions/camille-{name}/terms", ACCEPTED)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_users_may_not_and_outsiders_find_nothing(desk: Desk) -> None:
    path = "/api/subscriptions/camille-active/terms"
    assert desk.client(LEA).post(path, ACCEPTED).json()["code"] == "forbidden"
    assert desk.client(NOOR).post(path, ACCEPTED).json()["code"] == "not_found"
    assert desk.client().post(path, ACCEPTED).json()["code"] == "not_signed_in"


def test_the_e_mail_after_an_order_leads_to_the_terms_in_the_administrators_language(desk: Desk) -> None:
    invitation(desk)
    invitation(desk, ALEX)
    [french], [english] = desk.mails(CAMILLE), desk.mails(ALEX)
    assert french.subject == "PROFIS Measuring (G-2026-900001)\u00a0: lisez et acceptez les conditions"
    assert f"{desk.url}/fr/activate/#subscription=one-of-my-own&token=" in french.text
    assert english.subject == "PROFIS Measuring (G-2026-900001): read and accept the terms"
    assert f"{desk.url}/activate/#subscription=one-of-my-own&token=" in english.text


def test_who_holds_the_link_reads_and_accepts_without_signing_in(desk: Desk) -> None:
    link, visitor = invitation(desk), desk.client()

    opened = visitor.post("/api/invitations/open", link)
    accepted = visitor.post("/api/invitations/terms", {**link, **ACCEPTED, "language": "en"})

    assert opened.status_code == 200
    assert opened.json()["product"] == "PROFIS Measuring"
    assert (opened.json()["status"], opened.json()["terms_version"]) == ("awaiting_terms", CURRENT)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "awaiting_activation")
    acceptance: Any = kept.read_subscription("one-of-my-own").terms_accepted
    assert (acceptance["by"], acceptance["language"]) == (CAMILLE, "en")
    assert acceptance["sha256"] == sha256(CURRENT, "en")
    # The link goes on telling where things stand, and accepts nothing twice.
    assert visitor.post("/api/invitations/open", link).json()["status"] == "awaiting_activation"
    twice = visitor.post("/api/invitations/terms", {**link, **ACCEPTED, "language": "en"})
    assert (twice.status_code, twice.json()["code"]) == (409, "terms_already_accepted")
    # Too old, it says that it has done its part.
    desk.advance("8d")
    old = visitor.post("/api/invitations/open", link)
    assert (old.status_code, old.json()["code"]) == (410, "link_expired")
    assert (old.json()["because"], old.json()["subscription_status"]) == (
        "terms_already_accepted",
        "awaiting_activation",
    )


def test_the_link_alone_opens_nothing_else(desk: Desk) -> None:
    link, visitor = invitation(desk), desk.client()
    assert visitor.get(f"/api/subscriptions/{link['subscription_id']}").json()["code"] == "not_signed_in"
    for other in (
        {**link, "token": "A" * 43},
        {**link, "subscription_id": "camille-awaiting-terms"},
        {**link, "subscription_id": "no-such"},
    ):
        answer = visitor.post("/api/invitations/open", other)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_table_never_holds_the_token(desk: Desk) -> None:
    assert invitation(desk)["token"] not in kept.everything()


def test_after_seven_days_the_link_is_too_old_and_a_new_one_takes_its_place(desk: Desk) -> None:
    link, visitor = invitation(desk), desk.client()
    desk.advance("167h")
    assert visitor.post("/api/invitations/open", link).status_code == 200
    desk.advance("1h")

    for path, body in (("open", link), ("terms", {**link, **ACCEPTED, "language": "fr"})):
        answer = visitor.post(f"/api/invitations/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")
    renewed = visitor.post("/api/invitations/renewal", link, key="once")

    assert (renewed.status_code, renewed.json()) == (202, {"administrator": CAMILLE})
    assert visitor.post("/api/invitations/renewal", link, key="once").json() == renewed.json()
    mails = [mail for mail in desk.mails(CAMILLE) if "conditions" in mail.subject]
    assert len(mails) == 2
    new = link_in(mails[0].text)
    assert new["token"] != link["token"]
    assert visitor.post("/api/invitations/open", new).status_code == 200
    # The old one ended with that: it cannot be made to send one e-mail after another.
    for path in ("open", "renewal"):
        assert visitor.post(f"/api/invitations/{path}", link).json()["code"] == "not_found"


def test_once_the_terms_are_accepted_no_new_link_is_sent(desk: Desk) -> None:
    link, visitor = invitation(desk), desk.client()
    visitor.post("/api/invitations/terms", {**link, **ACCEPTED, "language": "fr"})
    desk.advance("8d")
    answer = visitor.post("/api/invitations/renewal", link)
    assert (answer.status_code, answer.json()["code"]) == (409, "terms_already_accepted")


def test_the_link_ends_when_somebody_else_is_the_administrator(desk: Desk) -> None:
    link, visitor = invitation(desk), desk.client()
    subscription = kept.item(state_key("one-of-my-own"))
    kept.store().put(Subscription.stored({**subscription, "administrator": LEA}).put())
    for path in ("open", "renewal"):
        assert visitor.post(f"/api/invitations/{path}", link).json()["code"] == "not_found"


def test_a_repeat_is_one_acceptance(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    first = camille.post(f"{SUBSCRIPTION}/terms", ACCEPTED, key="once")
    again = camille.post(f"{SUBSCRIPTION}/terms", ACCEPTED, key="once")
    assert first.json() == again.json()
    assert [each["type"] for each in kept.events("camille-awaiting-terms")] == ["terms_accepted"]
