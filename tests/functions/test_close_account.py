"""Closing my account: out with the answer, everything gone that no law keeps, and nothing inherited."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.onboarding import close_account
from functions.onboarding.account import partition
from functions.onboarding.invitations import memberships
from functions.onboarding.traces import kind
from functions.shared import clock
from functions.shared.session import account_key, person
from infra import traces
from infra.local.demo import PASSWORD
from tests import kept
from tests.customers import NEW, account_id, registered, send
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_change_address import ARTICLE, moved, token_of
from tests.functions.test_sessions import age
from tests.papers import PHOTO

CAMILLE, LEA = "camille.durand@example.com", "lea.petit@example.com"
ACCOUNT = "/api/account"
# What outlives a person without a reason of its own goes by itself within days: answers, links, events of a request.
_PASSING = {"answers kept for a repeat", "happenings to the account", "e-mails sent", "notes of what falls due"}


def closed(client: Client, password: str = PASSWORD, key: str | None = None) -> int:
    return client.call("DELETE", ACCOUNT, {"password": password}, key=key or ..., language="en").status_code


def left_of(email: str) -> set[str]:
    """The kinds of what still names the person, and that no law keeps."""
    found = traces.traces(boto3.client("dynamodb"), kept.cloud().settings.table, email)
    return {of.what for of in (kind(key, item, email) for key, item in found.items()) if not of.kept}


def test_a_user_is_gone_with_the_answer(desk: Desk) -> None:
    client, other = desk.client(LEA), desk.client(LEA)
    shared = [one["id"] for one in client.get("/api/subscriptions").json()["items"]]
    assert shared
    assert client.post("/api/orders", ARTICLE).status_code == 201
    account = account_id(client)
    assert closed(client) == 204
    assert "__Host-session" not in client.cookies
    assert other.get("/api/session").status_code == 401
    assert desk.client().post("/api/session", {"email": LEA, "password": PASSWORD}).status_code == 401
    desk.settle()
    for name in shared:
        assert LEA not in kept.users(name)
        assert kept.read_subscription(name).users == len(kept.users(name))
    assert kept.store().query(person(LEA), first="A", last="~") == []
    # The accounting record stays, under the account's number alone.
    [(_, order)] = kept.store().query(f"ORDERS#{account}", first="ORDER#", last="ORDER#~")
    assert order["by"] == LEA
    assert left_of(LEA) <= _PASSING
    mail = unwrapped(desk.mails(LEA)[0])
    assert "123-22" in mail
    history = desk.client(CAMILLE).get(f"/api/subscriptions/{shared[0]}/history", language="en").json()["items"]
    assert history[0]["text"] == "A user closed their account and no longer has access."


def test_papers_and_login_go_too(desk: Desk) -> None:
    client = registered(desk)
    send(desk, client, "student_card", PHOTO)
    account = account_id(client)
    assert closed(client, NEW["password"]) == 204
    desk.settle()
    papers = boto3.client("s3").list_object_versions(Bucket=kept.cloud().settings.papers, Prefix=f"papers/{account}/")
    assert not papers.get("Versions")
    pool = kept.cloud().settings.user_pool
    names = {one["Username"] for one in boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"]}
    assert not any(name.startswith(account.removeprefix("A-")) for name in names)
    assert kept.store().query("REVIEWS", first="DEADLINE#", last="DEADLINE#~") == [
        one for one in kept.store().query("REVIEWS", first="DEADLINE#", last="DEADLINE#~") if account not in one[0].sk
    ]
    told = kept.store().query(partition(account), first="A", last="~")
    assert [item["type"] for _, item in told] == ["account_erased"]


def test_the_same_address_registers_anew_and_inherits_nothing(desk: Desk) -> None:
    client = desk.client(LEA)
    assert client.post("/api/orders", ARTICLE).status_code == 201
    before = account_id(client)
    assert closed(client) == 204
    again = registered(desk, email=LEA)
    assert account_id(again) != before
    assert again.get("/api/subscriptions").json()["items"] == []
    assert again.get("/api/orders").json()["items"] == []
    exported = again.get("/api/account/export").json()
    assert "orders" not in exported
    assert before not in again.get("/api/account/export").text


def test_who_administers_what_runs_is_refused(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    answer = client.call("DELETE", ACCOUNT, {"password": PASSWORD}, language="en")
    assert (answer.status_code, answer.json()["code"]) == (409, "is_administrator")
    assert "Transfer" in answer.json()["detail"]
    assert client.get("/api/session").status_code == 200
    # Once it is over, nothing stands in the way; the signed contract stays, with who signed it.
    over = kept.write_subscription(LEA, clock.day(clock.now()) - timedelta(days=1), status="cancelling")
    assert closed(desk.client(LEA)) == 204
    assert kept.read_subscription(over.id).administrator == LEA
    assert memberships(kept.store(), LEA) == []


@pytest.mark.parametrize("status", ["awaiting_terms", "awaiting_activation", "awaiting_signature"])
def test_what_was_ordered_and_never_signed_lapses(desk: Desk, status: Any) -> None:
    ordered = kept.write_subscription(LEA, clock.day(clock.now()) + timedelta(days=300), status=status)
    client = desk.client(LEA)
    assert any(one["id"] == ordered.id for one in client.get("/api/subscriptions?limit=100").json()["items"])
    assert closed(client) == 204
    assert kept.read_subscription(ordered.id).status == "ended"
    assert memberships(kept.store(), LEA) == []
    assert registered(desk, email=LEA).get("/api/subscriptions").json()["items"] == []


@pytest.mark.parametrize(("given", "status"), [("", 422), ("not the right password", 401)])
def test_the_password_is_asked_for(desk: Desk, given: str, status: int) -> None:
    client = desk.client(LEA)
    assert closed(client, given) == status
    assert client.get("/api/session").status_code == 200


def test_an_old_sign_in_is_confirmed_first(desk: Desk) -> None:
    client = desk.client(LEA)
    age(client, LEA, confirmed_at=31)
    assert client.call("DELETE", ACCOUNT, {"password": PASSWORD}).json()["code"] == "sign_in_again"


def test_it_is_answered_again(desk: Desk) -> None:
    client = desk.client(LEA)
    cookies = dict(client.cookies)
    assert closed(client, key="once") == 204
    client.cookies |= cookies
    assert closed(client, key="once") == 204
    client.cookies |= cookies
    assert closed(client) == 401


def test_what_can_be_taken_back_is_not_closed_until_it_cannot(desk: Desk) -> None:
    client = desk.client(LEA)
    moved(desk, client, "lea@petit.example")
    token = token_of(desk, LEA)
    refused = client.call("DELETE", ACCOUNT, {"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (409, "address_just_changed")
    assert desk.client().post("/api/account/email/undo/summary", {"token": token}).status_code == 200
    desk.advance("7d")
    client.sign_in("lea@petit.example", PASSWORD)
    assert closed(client) == 204
    assert desk.client().post("/api/account/email/undo", {"token": token}).status_code == 404
    registered(desk, email=LEA)


def test_whoever_is_made_administrator_meanwhile_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client, camille = desk.client(LEA), desk.client(CAMILLE)
    shared = client.get("/api/subscriptions").json()["items"][0]["id"]
    monkeypatch.setattr(close_account, "running", lambda store, email: bool(overtaken_once(camille, shared)))
    assert closed(client) == 409
    assert kept.read_subscription(shared).administrator == LEA
    assert "unsettled" not in (kept.store().item(account_key(LEA)) or {})
    assert client.get("/api/session").status_code == 200


def overtaken_once(camille: Client, shared: str) -> bool:
    """Nothing runs that they administer, and then the role comes."""
    assert camille.post(f"/api/subscriptions/{shared}/administrator", {"email": LEA}).status_code == 200
    return False


def test_a_transfer_comes_upon_it_and_finds_it_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client, camille = desk.client(LEA), desk.client(CAMILLE)
    shared = client.get("/api/subscriptions").json()["items"][0]["id"]
    with monkeypatch.context() as stopped:
        stopped.setattr(close_account, "settle", lambda cloud, key: None)
        assert closed(client) == 409
        passed = camille.post(f"/api/subscriptions/{shared}/administrator", {"email": LEA})
    assert passed.json()["code"] == "not_a_user"
    assert kept.read_subscription(shared).administrator == CAMILLE
    assert kept.store().item(account_key(LEA)) is None
