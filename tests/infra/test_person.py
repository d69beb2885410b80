"""What is kept of a person is exported whole and without a secret, and erased but for what the law keeps."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from functions.onboarding import traces as kinds
from functions.shared import clock, due
from functions.shared.items import Key, Put
from functions.shared.session import account_key
from functions.subscriptions.subscription import contract_key, membership_key
from infra import person, traces
from infra.cloudformation import Aws
from infra.local.template import load
from tests import kept
from tests.customers import NEW, PASSWORD, STAFF, account_id, decide, registered, send
from tests.desk import Client, Desk

ROOT = Path(__file__).parents[2]
NORA, CAMILLE, LEA = NEW["email"], "camille.durand@example.com", "lea.petit@example.com"
SUPPORT = "robin.faure@example.com"
BILLING = {"company": "Blum Structures", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"}
ORDER = {"lines": [{"product": "LM-20", "quantity": 1}], "billing": BILLING, "terms": True}


def records() -> person.Desk:
    return person.Desk(kept.cloud(), boto3.client("dynamodb"))


def exported(email: str) -> dict[str, Any]:
    found = person.export(records(), email, clock.now())
    assert json.loads(json.dumps(found)) == found
    return found


def named(email: str) -> dict[kinds.Kind, int]:
    counts: dict[kinds.Kind, int] = {}
    settings = kept.cloud().settings
    for key, item in traces.traces(boto3.client("dynamodb"), settings.table, email).items():
        of = kinds.kind(key, item, email)
        counts[of] = counts.get(of, 0) + 1
    return counts


def papers(prefix: str = "") -> list[str]:
    listed = boto3.client("s3").list_object_versions(Bucket=kept.cloud().settings.papers, Prefix=prefix)
    return [one["Key"] for one in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))]


def logins() -> set[str]:
    pages = boto3.client("cognito-idp").get_paginator("list_users").paginate(UserPoolId=kept.cloud().settings.user_pool)
    return {user["Username"] for page in pages for user in page["Users"]}


def a_full_life(desk: Desk) -> Client:
    """Nora has done whatever a customer can, and waits with a second paper that has landed nowhere yet."""
    nora = registered(desk, profile="engineer")
    send(desk, nora, "sirene_notice", issued_on=clock.day(clock.now()).isoformat())
    jo = desk.client(STAFF)
    assert jo.get(f"/api/reviews/{account_id(nora)}").status_code == 200
    reason = "The scan is cut; ask jo.keller@example.com"
    assert decide(jo, account_id(nora), "sirene_notice", "refuse", reason).status_code == 200
    send(desk, nora, "identity")
    assert nora.post("/api/onboarding/messages", {"text": f"Is it cut? I am {NORA}."}).status_code == 201
    assert (
        jo.post(f"/api/reviews/{account_id(nora)}/messages", {"text": "Yes; ask jo.keller@example.com."}).status_code
        == 201
    )
    assert nora.post("/api/orders", ORDER).status_code == 201
    assert nora.post("/api/trials", {"product": "PROFIS Engineering"}).status_code == 201
    camille = desk.client(CAMILLE)
    for subscription in ("camille-active", "camille-active-alone"):
        assert camille.post(f"/api/subscriptions/{subscription}/users", {"email": NORA}).status_code == 201
    assert camille.delete(f"/api/subscriptions/camille-active-alone/users/{NORA}").status_code == 204
    asked = {"contract_number": "G-2026-000101", "email": NORA}
    assert nora.post("/api/cancellation-requests", asked).status_code == 202
    assert nora.post("/api/password/forgot", {"email": NORA}).status_code == 202
    desk.client().post("/api/session", {"email": NORA, "password": "wrong"})
    desk.client().sign_in(NORA, PASSWORD)
    desk.settle()
    robin = desk.client(SUPPORT)
    seen = robin.post("/api/support/lookups", {"email": NORA}).json()
    [mail] = [mail["id"] for mail in seen["mails"] if mail["kind"] == "trials.started"]
    assert robin.post(f"/api/support/mails/{mail}/again").status_code == 202
    desk.settle()
    return nora


def secrets(desk: Desk) -> Iterator[str]:
    """Whatever opens something: what is kept of codes, links and sessions, and what was mailed."""
    text = kept.everything()
    yield from re.findall(r"'seed': \{'S': '([^']+)'", text)
    yield from re.findall(r"'link': \{'S': '([^']+)'", text)
    yield from re.findall(r"'login': \{'S': '([^']+)'", text)
    yield from re.findall(r"'fingerprint': \{'S': '([^']+)'", text)
    yield from re.findall(r"SESSION#([0-9a-f]{32})", text)
    for mail in desk.mails():
        yield from re.findall(r"^\d{6}\b", mail.subject)
        yield from re.findall(r"#([\w.-]{40,})", mail.text)


def test_whoever_asks_gets_all_that_is_kept_of_them(desk: Desk) -> None:
    nora = a_full_life(desk)
    found = exported(NORA)

    [account] = found["account"]
    assert (account["account_id"], account["company"], account["email"]) == (account_id(nora), NEW["company"], NORA)
    refused = account["documents"]["sirene_notice"]
    assert (refused["status"], refused["decided_by"]) == ("refused", kinds.SOMEBODY)
    assert re.fullmatch(r"[0-9a-f]{64}", refused["sha256"])
    assert refused["reason"] == f"The scan is cut; ask {kinds.SOMEBODY}"
    assert [(one["from"], one["text"]) for one in found["messages_about_the_papers"]] == [
        ("customer", f"Is it cut? I am {NORA}."),
        ("staff", f"Yes; ask {kinds.SOMEBODY}."),
    ]
    assert [order["billing"]["company"] for order in found["orders"]] == ["Blum Structures"]
    assert {one["subscription"] for one in found["memberships_as_listed"]} == {"camille-active"}
    roles = {one["id"]: one["role"] for one in found["subscriptions"]}
    assert roles["camille-active"] == "user"
    assert sorted(roles.values()) == ["administrator", "user"]
    [as_user] = [one for one in found["subscriptions"] if one["role"] == "user"]
    assert not {"unit_price", "terms_accepted", "users", "cancellation"} & as_user.keys()
    happened = [
        one["what"]
        for kind in ("happenings_to_the_account", "decisions_on_papers", "happenings_as_a_user")
        for one in found[kind]
    ]
    for what in ("registered", "paper_received", "paper_viewed", "paper_refused", "user_added", "user_removed"):
        assert what in happened
    assert len(found["sessions"]) == 2
    for session in found["sessions"]:
        assert session["since"] <= session["last_seen"] < session["until"]
    assert found["sessions"][0]["device"] == {}
    assert "sent_at" in found["e-mails_sent"][0]
    trials = [mail for mail in found["e-mails_logged"] if mail["mail"] == "trials.started"]
    assert [mail["state"] for mail in trials] == ["delivered"] * 2
    assert {*trials[0]} == {"mail", "subject", "at", "state"}
    looked = [one for one in found["happenings_to_the_account"] if one["what"].startswith("support_")]
    assert [(one["what"], one["by"]) for one in looked] == [
        ("support_looked_at_account", kinds.SOMEBODY),
        ("support_wanted_mail_again", kinds.SOMEBODY),
    ]


def test_the_seat_that_somebody_holds_is_theirs_and_nobody_elses(desk: Desk) -> None:
    camille, seats = desk.client(CAMILLE), "/api/subscriptions/camille-active-floating/leases"
    chloe, hugo = "chloe.morel@example.com", "hugo.blanc@example.com"
    # Nine seats stand on eight shelves: two of them have one together.
    kept.write_subscription(CAMILLE, date(2028, 1, 1), chloe, hugo, licence="floating", seats=9)
    for number in range(9):
        taker = desk.client(chloe if number % 2 else hugo)
        body = {"product": "PROFIS Measuring", "device": f"Poste {number}"}
        assert taker.post("/api/access/leases", body).status_code == 201
    found = exported(chloe)["seats_in_use"]
    devices = sorted(lease["device"] for one in found for lease in one["leases"])
    assert devices == ["Poste 1", "Poste 12", "Poste 3", "Poste 5", "Poste 7"]
    assert {*found[0]["leases"][0]} == {"device", "since", "expires_at"}

    person.erase(records(), chloe, clock.now())
    assert kinds.LEASES not in named(chloe)
    assert chloe not in {one["email"] for one in camille.get(seats).json()["items"]}
    left = camille.get("/api/subscriptions/one-of-my-own/leases").json()["items"]
    assert [one["email"] for one in left] == [hugo] * 5


def test_who_has_asked_to_take_over_gets_it_and_asks_no_more(desk: Desk) -> None:
    lea, camille = "lea.petit@example.com", "camille.durand@example.com"
    asked = desk.client(lea).post("/api/subscriptions/camille-active/takeover", {"reason": "Camille has left."}).json()
    assert kinds.UNKNOWN not in named(lea)
    [found] = exported(lea)["requests_to_take_over"]
    assert (found["id"], found["reason"], found["administrator"]) == (asked["id"], "Camille has left.", kinds.SOMEBODY)
    assert not {"seed", "link"} & found.keys()

    erased = person.erase(records(), lea, clock.now())

    assert erased.kept[kinds.TAKEOVER] == 1
    assert kinds.ASKED not in erased.kept
    assert kept.read_subscription("camille-active").takeover is None
    assert desk.client(camille).get("/api/subscriptions/camille-active").json()["takeover"] is None


def test_of_a_second_factor_its_person_sees_that_it_is_there(desk: Desk) -> None:
    desk.client(STAFF)
    [factor] = exported(STAFF)["second_factor"]
    assert factor == {"recovery_codes_left": 0}
    assert "1 second factor" in str(person.erase(records(), STAFF, clock.now()))
    assert kinds.SECOND_FACTOR not in named(STAFF)


def test_an_export_opens_nothing_and_names_nobody_else(desk: Desk) -> None:
    a_full_life(desk)
    for email in (NORA, CAMILLE, LEA):
        text = json.dumps(exported(email), ensure_ascii=False)
        # Six digits stand in many a time and hash, but never alone.
        seen = [secret for secret in secrets(desk) if re.search(rf"(?<![\w.]){secret}(?!\w)", text)]
        assert seen == []
        assert set(re.findall(r"[\w.+-]+@[\w.-]+\w", text)) == {email}
    assert len([*secrets(desk)]) > 20


def test_an_address_is_not_found_in_a_longer_one(desk: Desk) -> None:
    kept.store().put(Put(Key("MAIL#1", f"xx{LEA}#name"), {"to": f"{LEA}.au"}))
    assert Key("MAIL#1", f"xx{LEA}#name") not in traces.traces(
        boto3.client("dynamodb"), kept.cloud().settings.table, LEA
    )


def test_a_look_stays_with_the_customer_when_whoever_looked_is_erased(desk: Desk) -> None:
    account = account_id(a_full_life(desk))
    person.erase(records(), SUPPORT, clock.now())
    looks = kept.store().query(f"ACCOUNT#{account}", first="EVENT#", last="EVENT#~")
    told = [item["by"] for _, item in looks if item["type"].startswith("support_")]
    assert told == [kinds.SOMEBODY] * 2


def test_nobody_is_nobody(desk: Desk) -> None:
    for job in (person.export, person.erase):
        with pytest.raises(person.NobodyKnown):
            job(records(), "nobody@example.com", clock.now())


def test_nothing_is_erased_of_somebody_who_administers_what_runs(desk: Desk) -> None:
    before = kept.everything()
    with pytest.raises(person.StillAdministers) as refusal:
        person.erase(records(), CAMILLE, clock.now())

    said = str(refusal.value)
    for name in ("active", "cancelling", "trial"):
        assert kept.read_subscription(f"camille-{name}").contract_number in said
    for name in ("ended", "trial-ended", "awaiting-terms"):
        assert kept.read_subscription(f"camille-{name}").contract_number not in said
    assert kept.everything() == before
    assert CAMILLE in logins()


def test_what_no_law_keeps_is_gone_and_what_stays_says_why(desk: Desk) -> None:
    nora = a_full_life(desk)
    account = account_id(nora)
    with pytest.raises(person.StillAdministers, match="PROFIS Engineering, trial"):
        person.erase(records(), NORA, clock.now())
    desk.advance("31d")
    seats = kept.read_subscription("camille-active")
    assert papers(f"papers/{account}/")
    logged_in = logins()
    [trial] = [one for one in nora.get("/api/subscriptions").json()["items"] if one["role"] == "administrator"]
    assert kept.store().item(contract_key(trial["contract_number"]))
    [login] = [kept.item(account_key(NORA))["login"]]

    with desk.cloud.nothing_delivered():
        boto3.client("s3").put_object(Bucket=kept.cloud().settings.papers, Key=f"quarantine/{account}/identity/1")
    assert account in {note.subject for note in due.until(kept.store(), date.max)}

    said = str(person.erase(records(), NORA, clock.now()))

    after = kept.read_subscription("camille-active")
    assert (after.users, after.version) == (seats.users - 1, seats.version + 1)
    assert NORA not in kept.users("camille-active")
    assert papers(f"papers/{account}/") == papers(f"quarantine/{account}/") == []
    assert account not in {note.subject for note in due.until(kept.store(), date.max)}
    assert login in logged_in - logins()
    assert kept.store().item(contract_key(trial["contract_number"])) is None
    assert nora.get("/api/session").status_code == 401
    assert desk.client().post("/api/session", {"email": NORA, "password": PASSWORD}).status_code == 401
    left = named(NORA)
    assert set(left) == {
        *(kinds.ORDER, kinds.ORDER_EVENT, kinds.INVOICE, kinds.LISTED_INVOICE, kinds.DECISION, kinds.OTHERS_ANSWER)
    }
    for of in left:
        assert of.kept
        assert of.kept in said
    assert kept.store().query(f"ACCOUNT#{account}", first="EVENT#", last="EVENT#~")[0][1]["data"]["sha256"]
    assert "L123-22" in said
    assert "1 account" in said


def test_histories_of_others_stay_readable_without_the_address(desk: Desk) -> None:
    client = desk.client(CAMILLE, language="en")
    person.erase(records(), LEA, clock.now())

    history = client.get("/api/subscriptions/camille-active/history").json()["items"]
    assert any(kinds.SOMEBODY in one["text"] for one in history)
    assert LEA not in json.dumps(history)
    assert client.get("/api/subscriptions/camille-active").json()["users"]["items"]
    assert desk.mails() == []


def test_a_contract_outlives_its_administrator(desk: Desk) -> None:
    kept_of = "one-of-my-own"
    kept.write_subscription(LEA, clock.day(clock.now()), id=kept_of, status="ended", start=clock.day(clock.now()))
    desk.advance("2d")
    person.erase(records(), LEA, clock.now())

    assert kept.read_subscription(kept_of).administrator == LEA
    assert kept.users(kept_of) == {LEA: "administrator"}
    assert kept.store().item(membership_key(kept_of, LEA)) is None
    assert set(named(LEA)) == {kinds.SUBSCRIPTION, kinds.LISTED_ADMINISTRATOR}


def test_whoever_is_erased_can_register_anew(desk: Desk) -> None:
    person.erase(records(), LEA, clock.now())
    lea = registered(desk, email=LEA)
    assert lea.get("/api/subscriptions").json()["items"] == []


def test_the_command_finds_a_stage_by_what_its_stack_has_put_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = kept.cloud().settings
    given = {
        "TableName": settings.table,
        "UserPoolId": settings.user_pool,
        "PapersName": settings.papers,
        "ContractsName": settings.contracts,
        "DeskSecretArn": settings.secret,
        "WebhooksSecretArn": settings.webhooks,
    }
    assert given.keys() <= load(ROOT / "template.yaml")["Outputs"].keys()

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["infra.person", *words, "--stage", "dev"])
        monkeypatch.setattr(Aws, "outputs", lambda aws, stack, region: given if stack == "guichet-dev" else {})
        code = person.main()
        said = capsys.readouterr()
        # What the desk logs meanwhile is not the command's.
        return code, without_log(said.out), without_log(said.err)

    def without_log(text: str) -> str:
        return "".join(line for line in text.splitlines(True) if not line.startswith('{"'))

    code, out, _ = command("export", " Lea.Petit@example.com ")
    assert (code, json.loads(out)["email"]) == (0, LEA)
    code, out, _ = command("erase", LEA)
    assert code == 0
    assert "1 account\n" in out
    assert command("export", "nobody@example.com") == (1, "", "Nothing names nobody@example.com.\n")
    code, out, err = command("erase", CAMILLE)
    assert (code, out) == (1, "")
    assert "they administer what runs" in err


class Died(BaseException):
    """The command is gone: nothing catches it."""


@contextmanager
def dying(at: int | None) -> Iterator[list[str]]:
    """What this thread has AWS change, by its names; the command dies once one of these calls has had its effect."""
    send, calls, thread = URLLib3Session.send, list[str](), threading.get_ident()

    def sent(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        response: AWSResponse = send(session, request)
        target = request.headers.get("X-Amz-Target", request.method)
        name = (target if isinstance(target, str) else target.decode()).rpartition(".")[2]
        if threading.get_ident() == thread and not re.match("Scan|Query|GetItem|TransactGet|GET", name):
            calls.append(name)
            if len(calls) - 1 == at:
                raise Died
        return response

    with mock.patch.object(URLLib3Session, "send", sent):
        yield calls


@pytest.mark.proof
def test_an_erasure_cut_short_anywhere_is_finished_by_the_next(desk: Desk) -> None:
    nora = registered(desk)
    send(desk, nora, "student_card")
    assert desk.client(CAMILLE).post("/api/subscriptions/camille-active/users", {"email": NORA}).status_code == 201
    desk.settle()
    put_back, now, erasing = desk.cloud.snapshot(), clock.now(), records()

    def state() -> tuple[str, list[str], set[str]]:
        return kept.everything(), papers(), logins()

    def start_over() -> None:
        with desk.cloud.nothing_delivered():
            put_back()

    with dying(None) as calls:
        person.erase(erasing, NORA, now)
    whole = state()
    assert {"AdminDeleteUser", "TransactWriteItems", "POST"} == set(calls)
    for at, call in enumerate(calls):
        start_over()
        with dying(at), pytest.raises(Died):
            person.erase(erasing, NORA, now)
        person.erase(erasing, NORA, now)
        assert state() == whole, call
