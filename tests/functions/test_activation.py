"""The activation: the contract is drawn up from the subscription, and its file answers with it, ready to be read."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest

from functions.contracts.document import Contract
from functions.contracts.render import render
from functions.shared.terms import CURRENT
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.workers import typesetting
from tests import kept
from tests.desk import Desk

CAMILLE, LEA, NOOR = "camille.durand@example.com", "lea.petit@example.com", "noor.haddad@example.com"
NAME = "camille-awaiting-activation"
SUBSCRIPTION = f"/api/subscriptions/{NAME}"


def agreement(subscription_id: str) -> Agreement:
    key = agreement_key(subscription_id)
    return Agreement.stored(kept.item(key))


def test_it_awaits_the_signature_of_the_contract_that_comes_with_the_answer(desk: Desk) -> None:
    answer = desk.client(CAMILLE).post(f"{SUBSCRIPTION}/activation")

    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "awaiting_signature")
    assert (body["contract"]["signed"], body["contract"]["sealing"]) == (False, False)
    file = httpx.get(body["contract"]["url"])
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"] == f'inline; filename="{body["contract_number"]}.pdf"'
    assert hashlib.sha256(file.content).hexdigest() == body["contract"]["sha256"]
    actions = {each["action"]: each["reason"] for each in body["actions"]}
    assert (actions["sign"], actions["fetch_contract"], actions["activate"]) == (None, None, "already_activated")
    newest = desk.client(CAMILLE).get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert newest["text"] == f"{CAMILLE} a activé l’abonnement\u00a0; son contrat a été établi."


def test_the_contract_says_what_was_ordered_and_can_be_set_again(desk: Desk) -> None:
    subscription = kept.read_subscription(NAME)
    sha256 = desk.client(CAMILLE).post(f"{SUBSCRIPTION}/activation").json()["contract"]["sha256"]

    drawn = Contract.of(agreement(NAME).contract)

    assert (drawn.number, drawn.product, drawn.edition) == (subscription.contract_number, "PROFIS Rebar", "premium")
    assert (drawn.licence, drawn.seats, drawn.unit_price) == ("individual", 2, subscription.unit_price)
    assert (drawn.start, drawn.end) == (subscription.start, subscription.end)
    assert (drawn.company, drawn.administrator) == ("Bureau d’études Durand", CAMILLE)
    assert (drawn.terms_version, drawn.language) == (CURRENT, "fr")
    assert hashlib.sha256(render(drawn)).hexdigest() == sha256 == agreement(NAME).read_sha256


def test_it_is_in_the_language_in_which_the_terms_were_accepted(desk: Desk) -> None:
    accepted = {"version": CURRENT, "language": "en", "sha256": "-", "by": CAMILLE, "at": "2026-11-24T09:00:00.000000Z"}
    kept.write_subscription(
        CAMILLE, date(2027, 12, 31), status="awaiting_activation", terms_accepted=accepted, unit_price=100
    )
    camille = desk.client(CAMILLE)
    camille.post("/api/subscriptions/one-of-my-own/activation")
    words = camille.get("/api/subscriptions/one-of-my-own/contract/words").json()
    assert words["language"] == "en"
    assert words["contract"]["title"] == "Subscription contract"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("awaiting-terms", "terms_not_accepted"),
        ("awaiting-signature", "already_activated"),
        ("active", "already_activated"),
        ("cancelling", "already_activated"),
        ("ended", "already_activated"),
        ("trial", "is_trial"),
        ("trial-ended", "is_trial"),
    ],
)
def test_in_other_states_it_is_refused_and_nothing_is_drawn_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    drawn: list[Contract] = []
    monkeypatch.setattr(typesetting, "render", drawn.append)
    answer = desk.client(CAMILLE).post(f"/api/subscriptions/camille-{name}/activation")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not drawn


def test_users_may_not_and_outsiders_find_nothing(desk: Desk) -> None:
    path = "/api/subscriptions/camille-active/activation"
    assert desk.client(LEA).post(path).json()["code"] == "forbidden"
    assert desk.client(NOOR).post(path).json()["code"] == "not_found"
    assert desk.client().post(path).json()["code"] == "not_signed_in"


def test_a_repeat_is_one_contract(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    first = camille.post(f"{SUBSCRIPTION}/activation", key="once")
    again = camille.post(f"{SUBSCRIPTION}/activation", key="once")
    assert first.json() == again.json()
    assert [each["type"] for each in kept.events(NAME)] == ["terms_accepted", "subscription_activated"]


def test_when_the_contract_cannot_be_set_nothing_is_half_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(typesetting, "render", lambda contract: 1 / 0)
        answer = desk.client(CAMILLE).post(f"{SUBSCRIPTION}/activation")
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")
    assert kept.read_subscription(NAME).status == "awaiting_activation"
    assert kept.store().item(agreement_key(NAME)) is None
    assert desk.client(CAMILLE).post(f"{SUBSCRIPTION}/activation").status_code == 200


def test_of_two_at_once_one_activates(desk: Desk) -> None:
    camille = [desk.client(CAMILLE) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda client: client.post(f"{SUBSCRIPTION}/activation"), camille))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [activated] = [answer.json() for answer in answers if answer.status_code == 200]
    assert agreement(NAME).read_sha256 == activated["contract"]["sha256"]
    assert [each["type"] for each in kept.events(NAME)] == ["terms_accepted", "subscription_activated"]
