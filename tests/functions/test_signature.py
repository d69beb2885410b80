"""The signature: on the document that was read, by who reads the account's e-mails, once."""

import hashlib
import re
import subprocess
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from functions.shared.items import next_version
from functions.shared.session import account_key
from functions.shared.terms import CURRENT, sha256
from functions.subscriptions.agreement import Agreement, agreement_key, sealed_key
from functions.workers import sealing
from functions.workers.stream import Passing
from tests import kept
from tests.desk import Client, Desk
from tests.functions.test_change_address import NEW_ONE, moved

CAMILLE, LEA, ALEX, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "noor.haddad@example.com",
)
NAME = "camille-awaiting-signature"
SUBSCRIPTION = f"/api/subscriptions/{NAME}"
SIGNATURE = f"{SUBSCRIPTION}/signature"


def ask_for_code(desk: Desk, client: Client, email: str = CAMILLE, signature: str = SIGNATURE) -> str:
    """Ask for a code, and read it in the newest e-mail."""
    assert client.post(f"{signature}/code").status_code == 202
    found = re.search(r"\b\d{6}\b", desk.mails(email)[0].text)
    assert found
    return found[0]


def signing(client: Client, code: str, subscription: str = SUBSCRIPTION, /, **changes: Any) -> dict[str, Any]:
    """A right signature of the document as it is to be read, but for the changes."""
    read = client.get(f"{subscription}/contract").json()["sha256"]
    return {"name": "Camille Durand", "code": code, "consent": True, "sha256": read, **changes}


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def status(name: str = NAME) -> str:
    return kept.read_subscription(name).status


def agreement(name: str = NAME) -> Agreement:
    key = agreement_key(name)
    return Agreement.stored(kept.item(key))


def test_signed_with_the_code_the_subscription_is_active_and_the_sealed_file_follows(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)

    answer = camille.post(SIGNATURE, signing(camille, code))

    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert camille.get("/api/access?product=PROFIS%20Modelling").json()["allowed"]
    desk.settle()
    shown = camille.get(f"{SUBSCRIPTION}/contract").json()
    assert (shown["signed"], shown["sealing"]) == (True, False)
    mail = desk.mails(CAMILLE)[0]
    assert mail.subject.startswith("Votre contrat signé pour PROFIS Modelling (G-2026-")
    assert shown["sha256"] in mail.text
    assert f"{desk.url}/fr/contract/" in mail.text


def test_until_the_sealed_file_is_there_the_answer_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    camille = desk.client(CAMILLE)
    body = signing(camille, ask_for_code(desk, camille))
    with monkeypatch.context() as broken:
        broken.setattr(sealing, "seal_once", mock.Mock(side_effect=Passing("KMS is down")))
        camille.post(SIGNATURE, body)
        shown = camille.get(f"{SUBSCRIPTION}/contract").json()
    assert (shown["signed"], shown["sealing"], shown["sha256"]) == (False, True, body["sha256"])
    desk.settle()
    shown = camille.get(f"{SUBSCRIPTION}/contract").json()
    assert (shown["signed"], shown["sealing"]) == (True, False)


def test_the_evidence_says_who_what_when_and_how(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    read = signing(camille, ask_for_code(desk, camille), name="  Camille  Durand-Lefèvre ")
    camille.post(SIGNATURE, read)

    evidence = agreement().signature
    assert evidence is not None
    accepted = kept.read_subscription(NAME).terms_accepted
    assert accepted is not None
    assert evidence == {
        "contract_number": kept.read_subscription(NAME).contract_number,
        "signer": "Camille  Durand-Lefèvre",
        "account": CAMILLE,
        "signed_at": evidence["signed_at"],
        "ip": "127.0.0.1",
        "code_sent_to": CAMILLE,
        "read_sha256": read["sha256"],
        "consent": "J’ai lu le contrat et je le signe.",
        "terms_version": CURRENT,
        "terms_accepted_at": accepted["at"],
        "terms_sha256": sha256(CURRENT, "fr"),
    }
    [event] = [event for event in kept.events(NAME) if event["type"] == "subscription_signed"]
    assert event["data"]["signature"] == evidence
    assert event["data"]["contract"] == agreement().contract
    assert event["at"] == evidence["signed_at"]


def test_other_peoples_tools_find_the_seal_valid_and_the_facts_in_it(desk: Desk, tmp_path: Path) -> None:
    alex = desk.client(ALEX)
    subscription = "/api/subscriptions/alex-awaiting-signature"
    code = ask_for_code(desk, alex, ALEX, f"{subscription}/signature")
    body = signing(alex, code, subscription, name="Alex Morgan")
    assert alex.post(f"{subscription}/signature", body).status_code == 200
    desk.settle()
    shown = alex.get(f"{subscription}/contract").json()
    file = tmp_path / "contract.pdf"
    file.write_bytes(httpx.get(shown["url"]).content)

    said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=False).stdout
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout

    assert hashlib.sha256(file.read_bytes()).hexdigest() == shown["sha256"]
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    unbroken = re.sub(r"\s", "", text)
    for fact in ("Alex Morgan", body["sha256"], "4 seats", ALEX, "127.0.0.1"):
        assert re.sub(r"\s", "", fact) in unbroken, fact
    answer = desk.client().call(
        "POST",
        "/api/contracts/verification",
        content=file.read_bytes(),
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.json().items() >= {"ours": True, "whole": True, "signed_by": "Alex Morgan"}.items()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("awaiting-terms", "terms_not_accepted"),
        ("awaiting-activation", "not_activated"),
        ("active", "already_signed"),
        ("cancelling", "already_signed"),
        ("ended", "already_signed"),
        ("trial", "is_trial"),
        ("trial-ended", "is_trial"),
    ],
)
def test_in_other_states_there_is_nothing_to_sign(desk: Desk, name: str, code: str) -> None:
    camille, path = desk.client(CAMILLE), f"/api/subscriptions/camille-{name}/signature"
    body = {"name": "Camille Durand", "code": "123456", "consent": True, "sha256": "0" * 64}
    for answer in (camille.post(f"{path}/code"), camille.post(path, body)):
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not desk.mails()


def test_users_may_not_and_outsiders_find_nothing(desk: Desk) -> None:
    body = {"name": "Camille Durand", "code": "123456", "consent": True, "sha256": "0" * 64}
    for path, content in (("signature", body), ("signature/code", None)):
        address = f"/api/subscriptions/camille-active/{path}"
        assert desk.client(LEA).post(address, content).json()["code"] == "forbidden"
        assert desk.client(NOOR).post(address, content).json()["code"] == "not_found"
        assert desk.client().post(address, content).json()["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, {"name": "required"}),
        ({"name": "Camille\u0000Durand"}, {"name": "control_character"}),
        ({"name": "x" * 121}, {"name": "too_long"}),
        ({"consent": False}, {"consent": "not_agreed"}),
        ({"consent": 1, "code": 123456}, {"consent": "not_agreed", "code": "not_text"}),
        ({"sha256": "abc"}, {"sha256": "invalid"}),
    ],
)
def test_all_that_is_wrong_with_a_signature_is_said_at_once(
    desk: Desk, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    camille = desk.client(CAMILLE)
    answer = camille.post(SIGNATURE, signing(camille, "123456", **changes))
    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong
    assert status() == "awaiting_signature"


def test_another_document_than_the_one_to_read_is_never_signed(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    answer = camille.post(SIGNATURE, signing(camille, code, sha256="0" * 64))
    assert (answer.status_code, answer.json()["code"]) == (409, "document_changed")
    assert status() == "awaiting_signature"
    # That was no try of the code.
    assert camille.post(SIGNATURE, signing(camille, code)).status_code == 200


def test_a_wrong_code_is_said_at_its_field_and_five_of_them_end_it(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    for _ in range(5):
        answer = camille.post(SIGNATURE, signing(camille, other_than(code)))
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_code")
        [error] = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("code", "wrong_code")
        assert "10 minutes" in error["message"]
    assert camille.post(SIGNATURE, signing(camille, code)).json()["code"] == "wrong_code"
    assert status() == "awaiting_signature"
    assert camille.post(SIGNATURE, signing(camille, ask_for_code(desk, camille))).status_code == 200


def test_guesses_at_one_time_are_no_more_than_the_tries(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    guesses = [signing(camille, f"{(int(code) + step) % 1_000_000:06}") for step in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda guess: camille.post(SIGNATURE, guess).status_code, guesses))
    assert set(answers) <= {422, 503}
    assert camille.post(SIGNATURE, signing(camille, code)).json()["code"] == "wrong_code"


def test_after_ten_minutes_the_code_is_dead(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    desk.advance("10m")
    assert camille.post(SIGNATURE, signing(camille, code)).json()["code"] == "wrong_code"


def test_within_ten_minutes_it_lives(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    desk.advance("9m")
    assert camille.post(SIGNATURE, signing(camille, code)).status_code == 200


def test_a_newer_code_replaces_the_one_before(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    first, second = ask_for_code(desk, camille), ask_for_code(desk, camille)
    if first != second:
        assert camille.post(SIGNATURE, signing(camille, first)).json()["code"] == "wrong_code"
    assert camille.post(SIGNATURE, signing(camille, second)).status_code == 200


def test_a_code_is_for_one_subscription(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    activated = camille.post("/api/subscriptions/camille-awaiting-activation/activation").json()
    code = ask_for_code(desk, camille)
    other = "/api/subscriptions/camille-awaiting-activation/signature"
    body = {"name": "C", "code": code, "consent": True, "sha256": activated["contract"]["sha256"]}
    assert camille.post(other, body).json()["code"] == "wrong_code"


def test_spaces_in_a_code_do_not_matter(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    assert camille.post(SIGNATURE, signing(camille, f" {code[:3]} {code[3:]} ")).status_code == 200


def test_too_many_codes_are_refused_with_the_time_to_wait(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    answers = [camille.post(f"{SIGNATURE}/code") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    desk.advance("1h")
    assert camille.post(f"{SIGNATURE}/code").status_code == 202


def test_the_table_never_holds_a_code(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    assert not re.search(rf"\b{code}\b", kept.everything())


def test_a_repeat_signs_once(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    body = signing(camille, ask_for_code(desk, camille))
    first, again = (camille.post(SIGNATURE, body, key="once") for _ in range(2))
    assert first.json() == again.json()
    desk.settle()
    assert [event["type"] for event in kept.events(NAME)].count("subscription_signed") == 1
    twice = camille.post(SIGNATURE, body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_signed")
    cloud = kept.cloud()
    versions = cloud.files.list_object_versions(Bucket=cloud.settings.contracts, Prefix=sealed_key(NAME))["Versions"]
    assert len(versions) == 1


def test_of_two_signatures_at_once_one_stands(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    code = ask_for_code(desk, camille)
    bodies = [signing(camille, code, name=name) for name in ("Camille Durand", "Camille Dupont")]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda body: desk.client(CAMILLE).post(SIGNATURE, body), bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    desk.settle()
    assert agreement().sealed is not None


@pytest.mark.parametrize("name", ["欧阳娜娜", "渡邊 さくら", "김철수", "محمد بن عبد الله", "שרה כהן־לוי", "प्रिया शर्मा"])
def test_a_name_in_any_script_is_sealed_as_it_was_written(desk: Desk, name: str, tmp_path: Path) -> None:
    camille = desk.client(CAMILLE)
    signed = camille.post(SIGNATURE, signing(camille, ask_for_code(desk, camille), name=f"\ufeff{name} "))
    assert signed.status_code == 200
    desk.settle()

    file = httpx.get(camille.get(f"{SUBSCRIPTION}/contract").json()["url"]).content
    text = subprocess.run(["pdftotext", "-", "-"], input=file, capture_output=True, check=True).stdout.decode()
    assert not Counter("".join(name.split())) - Counter(unicodedata.normalize("NFC", text))
    verdict = desk.client().call(
        "POST", "/api/contracts/verification", content=file, headers={"Content-Type": "application/pdf"}
    )
    assert verdict.json().items() >= {"whole": True, "signed_by": name}.items()
    [event] = [event for event in kept.events(NAME) if event["type"] == "subscription_signed"]
    assert event["data"]["signer"] == name


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "We cannot print “Ꮳ” in a contract or an order."),
        ("fr", "Nous ne savons pas imprimer «\u00a0Ꮳ\u00a0» dans un contrat ou une commande."),
    ],
)
def test_a_name_that_cannot_be_set_is_refused_before_it_is_signed(desk: Desk, language: str, said: str) -> None:
    camille = desk.client(CAMILLE)
    body = signing(camille, ask_for_code(desk, camille), name="Zoé ᏣᎳᎩ")
    answer = camille.post(SIGNATURE, body, headers={"Accept-Language": language})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("name", "cannot_be_set")
    assert said in error["message"]
    assert status() == "awaiting_signature"
    # That was no try of the code.
    assert camille.post(SIGNATURE, body | {"name": "Zoé Ross"}).status_code == 200


def test_a_code_that_went_to_the_former_mailbox_signs_nothing(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    sent = ask_for_code(desk, camille)
    moved(desk, camille)
    refused = camille.post(SIGNATURE, signing(camille, sent))
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_code")
    assert status() == "awaiting_signature"
    signed = camille.post(SIGNATURE, signing(camille, ask_for_code(desk, camille, NEW_ONE)))
    assert signed.status_code == 200, signed.text
    assert (agreement().signature or {})["code_sent_to"] == NEW_ONE


def test_a_company_in_any_script_stands_in_the_contract(desk: Desk, tmp_path: Path) -> None:
    name = "شركة النور (2024) للهندسة"
    key = account_key(CAMILLE)
    kept.store().commit([next_version(key, {**kept.item(key), "company": name})])
    camille = desk.client(CAMILLE)
    drawn_up = camille.post("/api/subscriptions/camille-awaiting-activation/activation")
    assert drawn_up.status_code == 200, drawn_up.text
    file = httpx.get(drawn_up.json()["contract"]["url"]).content
    text = subprocess.run(["pdftotext", "-", "-"], input=file, capture_output=True, check=True).stdout.decode()
    assert not Counter("".join(name.split())) - Counter(text)
    words = camille.get("/api/subscriptions/camille-awaiting-activation/contract/words").json()["contract"]
    assert words["parties"]["blocks"][1]["name"] == f"\u2068{name}\u2069"
