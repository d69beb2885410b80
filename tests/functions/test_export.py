"""My data: all that is kept of a person, as the operators' command tells it, and nothing of others."""

import json
import re
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from functions.onboarding import export, traces
from functions.onboarding.export import Exported, called
from functions.shared import clock
from infra import person
from infra.local.demo import PASSWORD, PEOPLE
from tests import kept
from tests.customers import account_id, registered, send
from tests.desk import Desk
from tests.functions.test_change_address import ARTICLE, LEA, NEW_ONE, moved
from tests.papers import PHOTO

CAMILLE, NADIA = "camille.durand@example.com", "nadia.rivoli@example.com"
EXPORT = "/api/account/export"
# What is found by reading the whole table alone, and says nothing that is not said elsewhere.
_BY_SCAN = {"e-mails_sent"}


def exported_by_operators(email: str) -> dict[str, Any]:
    return person.export(person.Desk(kept.cloud(), boto3.client("dynamodb")), email, clock.now())


@pytest.mark.parametrize("email", sorted({one.email for one in PEOPLE} - {NADIA}))
def test_it_says_what_the_operators_command_says(desk: Desk, email: str) -> None:
    client = desk.client(email)
    mine = client.get(EXPORT)
    assert mine.status_code == 200, mine.text
    theirs = exported_by_operators(email)
    said = json.loads(mine.text)
    for name in theirs.keys() - {"exported_at"} - _BY_SCAN:
        assert said.get(name) == theirs[name], name


def test_it_names_nobody_else_and_opens_nothing(desk: Desk) -> None:
    said = desk.client(CAMILLE).get(EXPORT).text
    assert {*re.findall(r"[\w.]+@[\w.]+\w", said)} == {CAMILLE}
    for secret in ('"seed"', '"login"', '"token"', '"code"', '"fingerprint"'):
        assert secret not in said


def test_papers_are_in_it_by_what_was_decided(desk: Desk) -> None:
    client = registered(desk)
    send(desk, client, "student_card", PHOTO)
    [account] = client.get(EXPORT).json()["account"]
    assert account["documents"]["student_card"]["status"] == "in_review"


def test_the_address_before_is_ones_own(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    moved(desk, client)
    said = client.get(EXPORT).json()
    assert CAMILLE in {one["by"] for one in said["happenings_to_the_account"]}
    assert said["account"][0]["moved"]["from"] == CAMILLE
    assert said["email"] == NEW_ONE


def test_a_hundred_subscriptions_fit(desk: Desk) -> None:
    answer = desk.client(NADIA).get(EXPORT)
    assert len(answer.json()["subscriptions"]) == 100
    assert len(answer.content) < 1_000_000
    assert answer.json()["left_out"] == 0


def test_what_does_not_fit_is_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = desk.client(CAMILLE)
    happened = client.get(EXPORT).json()["happenings_to_contracts"]
    whole = len(client.get(EXPORT).content)
    monkeypatch.setattr(export, "MOST_BYTES", whole - 1500)
    answer = client.get(EXPORT)
    assert len(answer.content) < whole - 1000
    left_out = answer.json()["left_out"]
    assert left_out > 0
    assert len(answer.json()["happenings_to_contracts"]) == len(happened) - left_out


def test_only_its_own_person_gets_it(desk: Desk) -> None:
    assert desk.client().get(EXPORT).status_code == 401


def test_every_kind_that_its_person_sees_has_its_place(desk: Desk) -> None:
    """Nothing that a kind shows goes unsaid, and the place of each refuses what it does not know."""
    seen = {called(one) for one in vars(traces).values() if isinstance(one, traces.Kind) and one.show}
    places = {field.alias or name for name, field in Exported.model_fields.items()}
    assert seen - places == _BY_SCAN
    with pytest.raises(ValidationError):
        Exported.model_validate({"email": CAMILLE, "exported_at": "", "something_new": []})


def test_every_address_that_one_has_had_is_ones_own(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    before = client.get(EXPORT).json()
    for address in (NEW_ONE, "third@durand.example"):
        moved(desk, client, address)
        desk.advance("8d")
        client.sign_in(address, PASSWORD)
    said = client.get(EXPORT).json()
    assert {CAMILLE, NEW_ONE} <= {one["by"] for one in said["happenings_to_the_account"]}
    for name in ("orders", "invoices", "contracts", "amendments_of_contracts", "confirmations_of_orders", "trials"):
        assert len(said.get(name, [])) == len(before.get(name, [])), name
    assert len(said["happenings_to_contracts"]) > len(before["happenings_to_contracts"])
    theirs = exported_by_operators(said["email"])
    for name in theirs.keys() - {"exported_at"} - _BY_SCAN:
        assert said.get(name) == theirs[name], name


@pytest.mark.parametrize("left", ["moved", "closed"])
def test_whoever_has_the_address_next_sees_nothing_of_who_had_it(desk: Desk, left: str) -> None:
    """Although they are invited to a subscription that the other one used, and order something themselves."""
    client, camille = desk.client(LEA), desk.client(CAMILLE)
    account, shared = account_id(client), "/api/subscriptions/camille-active"
    assert client.post(f"{shared}/takeover", {"reason": "Camille has left the firm."}).status_code == 202
    assert client.post("/api/orders", ARTICLE | {"reference": "of the former"}).status_code == 201
    desk.settle()
    [invoice] = client.get("/api/invoices").json()["items"]
    if left == "moved":
        moved(desk, client, "lea@petit.example")
        desk.advance("8d")
    else:
        assert client.call("DELETE", "/api/account", {"password": PASSWORD}).status_code == 204
    desk.settle()
    camille.sign_in(CAMILLE, PASSWORD)
    stranger = registered(desk, email=LEA)
    assert camille.post(f"{shared}/users", {"email": LEA}).status_code == 201
    assert stranger.post("/api/orders", ARTICLE | {"reference": "mine"}).status_code == 201
    desk.settle()

    [mine] = stranger.get("/api/invoices").json()["items"]
    assert mine["number"] != invoice["number"]
    assert stranger.get(f"/api/invoices/{invoice['number']}").status_code == 404
    assert stranger.get(f"/api/orders/{invoice['order']}").status_code == 404
    assert [one["reference"] for one in stranger.get("/api/orders").json()["items"]] == ["mine"]
    for said in (stranger.get(EXPORT).json(), exported_by_operators(LEA)):
        text = json.dumps(said)
        for trace in (account, invoice["number"], invoice["order"], "of the former", "Camille has left", "takeover"):
            assert trace not in text, trace
        assert [one["reference"] for one in said.get("orders", ())] == ["mine"], said
        assert [one["what"] for one in said["happenings_as_a_user"]] == ["user_added"]
        assert len(said["confirmations_of_orders"]) == 2
    if left == "moved":
        kept_by_mover = client.sign_in("lea@petit.example", PASSWORD).get(EXPORT).json()
        assert [one["reference"] for one in kept_by_mover["orders"]] == ["of the former"]
        assert len(kept_by_mover["requests_to_take_over"]) == 1
        assert "mine" not in json.dumps(kept_by_mover["orders"] + kept_by_mover["confirmations_of_orders"])

    # To erase who has the address now takes nothing from who had it.
    history = kept.store().query(f"ACCOUNT#{account}", first="EVENT#", last="EVENT#~")
    person.erase(person.Desk(kept.cloud(), boto3.client("dynamodb")), LEA, clock.now())
    if left == "moved":
        assert kept.store().query(f"ACCOUNT#{account}", first="EVENT#", last="EVENT#~") == history
        assert client.get(f"/api/invoices/{invoice['number']}").status_code == 200
        assert client.get("/api/orders").json()["items"]
