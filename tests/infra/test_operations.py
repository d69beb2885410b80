"""What operators do: roles, rotations, the diagram of the page they read."""

import json
from itertools import pairwise
from pathlib import Path

import boto3
import pyotp
import pytest

from functions.onboarding.staff import member_key
from infra import diagram, reached, roles, rotation
from infra.cloudformation import Aws
from infra.local.template import load
from tests import kept
from tests.customers import STAFF
from tests.desk import Desk

ROOT = Path(__file__).parents[2]


def test_a_command_says_that_it_has_no_credentials_or_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aws, "has_credentials", lambda self: False)
    with pytest.raises(SystemExit, match="holds no credentials"):
        reached.cloud("prod")
    monkeypatch.undo()
    monkeypatch.setattr(Aws, "outputs", lambda self, stack, region: {})
    with pytest.raises(SystemExit, match="There is no stack guichet-prod in eu-west-3"):
        reached.cloud("prod")


def test_a_role_opens_the_desk_of_the_staff_and_its_end_closes_it(desk: Desk) -> None:
    table = desk.cloud.stack.tables()[0]
    dynamodb = boto3.client("dynamodb")
    camille = desk.client("camille.durand@example.com")
    assert camille.get("/api/reviews").status_code == 404

    assert roles.change(dynamodb, table, "Camille.Durand@example.com", "staff") == ["staff"]
    assert roles.change(dynamodb, table, "camille.durand@example.com", "staff") == ["staff"]
    # Before her second factor there is nothing but setting it up.
    assert camille.get("/api/reviews").json()["code"] == "second_factor_missing"
    secret = camille.post("/api/session/totp").json()["secret"]
    assert camille.post("/api/session/totp", {"totp": pyotp.TOTP(secret).now()}).status_code == 200
    assert camille.get("/api/session").json()["roles"] == ["staff"]
    assert kept.item(member_key("camille.durand@example.com"))["email"] == "camille.durand@example.com"
    assert camille.get("/api/reviews").status_code == 200

    assert roles.change(dynamodb, table, "camille.durand@example.com", "staff", revoke=True) == []
    # Nor does she hear in the morning how much waits.
    assert kept.store().item(member_key("camille.durand@example.com")) is None
    assert camille.get("/api/reviews").status_code == 404


def test_who_has_lost_their_second_factor_sets_up_another(desk: Desk) -> None:
    table = desk.cloud.stack.tables()[0]
    dynamodb = boto3.client("dynamodb")
    jo, elsewhere = desk.client(STAFF), desk.client(STAFF)
    assert roles.forget_second_factor(dynamodb, table, "Jo.Keller@example.com") == 2
    assert roles.forget_second_factor(dynamodb, table, STAFF) == 0
    for ended in (jo, elsewhere):
        assert ended.get("/api/reviews").status_code == 401
    anew = desk.client().sign_in(STAFF)
    assert anew.get("/api/reviews").json()["code"] == "second_factor_missing"
    assert anew.post("/api/session/totp").status_code == 200
    with pytest.raises(roles.NoSuchAccount):
        roles.forget_second_factor(dynamodb, table, "nobody@example.com")


def test_nobody_gets_a_role_without_an_account(desk: Desk) -> None:
    with pytest.raises(roles.NoSuchAccount):
        roles.change(boto3.client("dynamodb"), desk.cloud.stack.tables()[0], "nobody@example.com", "staff")


def test_a_rotation_never_makes_what_is_not_believed_everywhere() -> None:
    secret = {"current": "old", "previous": ""}
    held = [secret]
    steps = []
    for _ in range(3):
        step, secret = rotation.next_step(secret, "new")
        steps.append(step)
        held.append(secret)

    assert steps == ["believed", "in_use", "old_forgotten"]
    # Whoever still holds the step before believes what this one makes, and the other way round.
    for before, after in pairwise(held):
        assert after["current"] in before.values() or before["current"] == after["current"]
        assert before["current"] in after.values()
    assert held[-1] == {"current": "new", "previous": ""}


def test_a_rotation_is_kept_in_the_secret(cloud: Desk) -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="rotated", SecretString='{"current": "old", "previous": ""}')["ARN"]

    assert [rotation.rotate(client, arn) for _ in range(3)] == ["believed", "in_use", "old_forgotten"]

    kept = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    assert kept["current"] not in ("old", "")
    assert kept["previous"] == ""


def test_the_diagram_is_of_the_template_as_it_is() -> None:
    readme = diagram.README.read_text("utf-8")
    assert diagram.drawn_into(readme, diagram.diagram(load(ROOT / "template.yaml"))) == readme
