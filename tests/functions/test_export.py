"""My data: all that is kept of a person, as the operators' command tells it, and nothing of others."""

import json
import re

import boto3
import pytest

from functions.onboarding import export
from functions.shared import clock
from infra import person
from infra.local.demo import PEOPLE
from tests import kept
from tests.customers import registered, send
from tests.desk import Desk
from tests.functions.test_change_address import NEW_ONE, moved
from tests.papers import PHOTO

CAMILLE, NADIA = "camille.durand@example.com", "nadia.rivoli@example.com"
EXPORT = "/api/account/export"
# What is found by reading the whole table alone, and says nothing that is not said elsewhere.
_BY_SCAN = {"e-mails_sent"}


@pytest.mark.parametrize("email", sorted({one.email for one in PEOPLE} - {NADIA}))
def test_it_says_what_the_operators_command_says(desk: Desk, email: str) -> None:
    client = desk.client(email)
    mine = client.get(EXPORT)
    assert mine.status_code == 200, mine.text
    theirs = person.export(person.Desk(kept.cloud(), boto3.client("dynamodb")), email, clock.now())
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
