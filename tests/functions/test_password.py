"""A forgotten password: replaced with a code, and every open session ends."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from functions.onboarding.password import is_common, is_personal
from infra.local.demo import PASSWORD
from tests import kept
from tests.customers import another, code
from tests.desk import Client, Desk

LEA = "lea.petit@example.com"
NEW_PASSWORD = "un héron traverse le gué"
FORGOT, RESET = "/api/password/forgot", "/api/password/reset"


def reset(client: Client, given: str, password: str = NEW_PASSWORD, email: str = LEA, **options: Any) -> int:
    return client.post(RESET, {"email": email, "code": given, "password": password}, **options).status_code


def signs_in(desk: Desk, password: str) -> bool:
    return desk.client().post("/api/session", {"email": LEA, "password": password}).status_code == 200


def test_a_code_sets_a_new_password(desk: Desk) -> None:
    client = desk.client()
    assert client.post(FORGOT, {"email": LEA}).status_code == 202
    assert reset(client, code(desk, LEA)) == 204
    assert signs_in(desk, NEW_PASSWORD)
    assert not signs_in(desk, PASSWORD)
    assert desk.mails(LEA)[0].subject == "Votre mot de passe a été modifié"
    assert NEW_PASSWORD not in kept.everything()


def test_every_open_session_ends(desk: Desk) -> None:
    at_home, at_work, camille = desk.client(LEA), desk.client(LEA), desk.client("camille.durand@example.com")
    client = desk.client()
    client.post(FORGOT, {"email": LEA})
    assert at_home.get("/api/session").status_code == 200
    assert reset(client, code(desk, LEA)) == 204
    assert [client.get("/api/session").status_code for client in (at_home, at_work)] == [401, 401]
    assert camille.get("/api/session").status_code == 200
    assert at_home.sign_in(LEA, NEW_PASSWORD).get("/api/session").status_code == 200


def test_an_unknown_address_gets_the_same_answer_and_no_e_mail(desk: Desk) -> None:
    known, unknown = (desk.client().post(FORGOT, {"email": email}) for email in (LEA, "nobody@example.com"))
    assert (known.status_code, unknown.status_code) == (202, 202)
    assert known.content == unknown.content
    assert not desk.mails("nobody@example.com")
    refused = [
        desk.client().post(RESET, {"email": email, "code": "000000", "password": NEW_PASSWORD})
        for email in ("nobody@example.com", LEA)
    ]
    assert refused[0].status_code == refused[1].status_code == 422
    assert refused[0].json() | {"request_id": ""} == refused[1].json() | {"request_id": ""}


def test_a_code_has_five_tries_and_ten_minutes(desk: Desk) -> None:
    client = desk.client()
    client.post(FORGOT, {"email": LEA})
    right = code(desk, LEA)
    assert [reset(client, another(right)) for _ in range(5)] == [422] * 5
    assert reset(client, right) == 422
    client.post(FORGOT, {"email": LEA})
    desk.advance("10m")
    assert reset(client, code(desk, LEA)) == 422
    assert signs_in(desk, PASSWORD)


def link_of_the_mail(desk: Desk) -> dict[str, str]:
    """What the e-mail's link carries behind its #."""
    [link] = [word for word in desk.mails(LEA)[0].text.split() if "/password/#" in word]
    return dict(parse_qsl(link.partition("#")[2]))


def test_the_link_of_the_e_mail_sets_one_in_any_browser_whoever_asked_for_it(desk: Desk) -> None:
    desk.client().post(FORGOT, {"email": LEA})
    carried, elsewhere = link_of_the_mail(desk), desk.client()
    assert carried["email"] == LEA
    assert reset(elsewhere, code(desk, LEA)) == 422
    for wrong in (carried["code"][:-1] + "g", carried["code"][:-1], "0" * 64 + carried["code"][64:], "0" * 128):
        assert reset(elsewhere, wrong) == 422
    assert reset(elsewhere, carried["code"], email="noor.haddad@example.com") == 422
    assert reset(elsewhere, carried["code"]) == 204
    assert reset(elsewhere, carried["code"]) == 422
    assert signs_in(desk, NEW_PASSWORD)
    assert carried["code"][64:] not in kept.everything()


def test_a_siege_of_requests_leaves_a_way_in_to_whoever_reads_the_mailbox(desk: Desk) -> None:
    for number in range(40):
        desk.client(network=f"127.0.0.{10 + number}").post(FORGOT, {"email": LEA})
    anew = desk.client()
    assert anew.post(FORGOT, {"email": LEA}).status_code == 202
    assert reset(anew, link_of_the_mail(desk)["code"]) == 204
    assert anew.sign_in(LEA, NEW_PASSWORD).get("/api/session").status_code == 200


def test_a_link_lasts_as_long_as_its_code(desk: Desk) -> None:
    desk.client().post(FORGOT, {"email": LEA})
    desk.advance("10m")
    assert reset(desk.client(), link_of_the_mail(desk)["code"]) == 422


def test_a_code_of_a_registration_resets_nothing(desk: Desk) -> None:
    client = desk.client()
    body = {
        "email": "new@example.com",
        "company": "New",
        "profile": "student",
        "password": NEW_PASSWORD,
        "language": "fr",
    }
    client.post("/api/registrations", body)
    assert reset(client, code(desk, "new@example.com"), email="new@example.com") == 422


def test_the_code_is_used_once_and_its_answer_repeated(desk: Desk) -> None:
    client = desk.client()
    client.post(FORGOT, {"email": LEA})
    right = code(desk, LEA)
    assert [reset(client, right, key=key) for key in ("one", "one", "two")] == [204, 204, 422]


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("short", "password_too_short"),
        ("qwertyuiopas", "password_too_common"),
        ("lea.petit 2026", "password_too_personal"),
    ],
)
def test_the_new_password_keeps_the_rules(cloud: Desk, password: str, wrong: str) -> None:
    answer = cloud.client().post(RESET, {"email": LEA, "code": "123456", "password": password})
    assert [error["code"] for error in answer.json()["errors"]] == [wrong]


@pytest.mark.parametrize(
    "password", ["1qaz2wsx3edc", "abcdefghijkl", "987654321098", "!!!dragon!!!2026", "abcabcabcabcabc"]
)
def test_common_passwords(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize("password", ["two blue kites over sand", "Xq7$wPz!m2Lr", "azerty under the old bridge"])
def test_uncommon_passwords(password: str) -> None:
    assert not is_common(password)


def test_words_that_everybody_knows_may_be_part_of_a_longer_password() -> None:
    assert is_personal("Durand-Durand-75", ["camille.durand", "Bureau d’études Durand"])
    assert not is_personal("durand keeps bees on the roof", ["camille.durand", "Bureau d’études Durand"])
    assert not is_personal("any phrase of many words", [])
