"""My own address: moved with everything that hangs on it, and taken back from the mailbox before."""

import re
from typing import Any

import pytest

from functions.onboarding import change_address
from functions.onboarding.invitations import memberships
from functions.onboarding.reserved import reserved_key
from functions.shared.session import account_key, person
from infra.local.demo import PASSWORD
from tests import kept
from tests.customers import NEW, another, code, registered
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_sessions import age

CAMILLE, LEA, NEW_ONE = "camille.durand@example.com", "lea.petit@example.com", "camille@durand.example"
CHANGE, CONFIRM, UNDO = "/api/account/email", "/api/account/email/confirm", "/api/account/email/undo"
BILLING = {"company": "Petit", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"}
ARTICLE = {"lines": [{"product": "LM-20", "quantity": 1}], "billing": BILLING, "terms": True}
FLOATING, PRODUCT = "camille-active-floating", "PROFIS Detailing"


def asked(client: Client, email: str = NEW_ONE, **more: Any) -> Any:
    return client.post(CHANGE, {"email": email, "password": PASSWORD, **more}, language="en")


def moved(desk: Desk, client: Client, email: str = NEW_ONE) -> Any:
    """The account moved to a new address."""
    assert asked(client, email).status_code == 202
    answer = client.post(CONFIRM, {"code": code(desk, email)})
    assert answer.status_code == 200, answer.text
    return answer


def everything_of(client: Client) -> Any:
    """What the person reads of what is theirs, but for their address."""
    subscriptions = client.get("/api/subscriptions?limit=100").json()["items"]
    theirs = [{**one, "administrator": None} for one in subscriptions]
    lists = [client.get(f"/api/{name}?limit=100").json()["items"] for name in ("orders", "invoices")]
    return theirs, lists, client.get("/api/onboarding").json()


def token_of(desk: Desk, email: str) -> str:
    [link, *_] = re.findall(r"#token=([\w-]+)", desk.mails(email)[0].text)
    return str(link)


def test_everything_goes_to_the_new_address(desk: Desk) -> None:
    client, other = desk.client(CAMILLE), desk.client(CAMILLE)
    for held in client.get(f"/api/subscriptions/{FLOATING}/leases").json()["items"]:
        client.delete(f"/api/subscriptions/{FLOATING}/leases/{held['id']}")
    lease = client.post("/api/access/leases", {"product": PRODUCT, "device": "Laptop"}).json()
    before, account = everything_of(client), client.get("/api/session").json()
    answer = moved(desk, client)
    assert answer.json() == {**account, "email": NEW_ONE} == client.get("/api/session").json()
    assert everything_of(client) == before
    assert {one["administrator"] for one in client.get("/api/subscriptions?limit=100").json()["items"]} == {NEW_ONE}
    assert client.get(f"/api/access?product={PRODUCT}").json()["allowed"]
    renewed = client.post(f"/api/access/leases/{lease['id']}/renewal", {})
    assert renewed.status_code == 200, renewed.text
    assert [one["email"] for one in client.get(f"/api/subscriptions/{FLOATING}/leases").json()["items"]].count(NEW_ONE)
    # Every other session has ended, and the address before opens nothing.
    assert other.get("/api/session").status_code == 401
    assert desk.client().post("/api/session", {"email": CAMILLE, "password": PASSWORD}).status_code == 401
    desk.client(NEW_ONE)
    assert [key.sk for key, _ in kept.store().query(person(CAMILLE), first="A", last="~")] == ["RESERVED"]
    assert {key.sk[:6] for key, _ in kept.store().query(f"ORDERS#{CAMILLE}", first="!", last="~")} <= {"EVENT#"}
    # An invoice is fetched as ever, and whoever asked for the role need not ask again.
    number = client.get("/api/invoices").json()["items"][0]["number"]
    assert client.get(f"/api/invoices/{number}").status_code == 200
    assert client.get(f"/api/subscriptions/{FLOATING}").json()["takeover"]


def test_both_mailboxes_are_told_and_the_history_says_so(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    moved(desk, client)
    [left], [here, _] = desk.mails(CAMILLE)[:1], desk.mails(NEW_ONE)[:2]
    assert NEW_ONE in unwrapped(left)
    assert "#token=" in left.text
    assert CAMILLE in unwrapped(here)
    history = client.get(f"/api/subscriptions/{FLOATING}/history", language="en").json()["items"]
    assert history[0]["text"] == f"{CAMILLE} has another address: {NEW_ONE}."


def test_a_user_goes_as_a_user(desk: Desk) -> None:
    client = desk.client(LEA)
    before = everything_of(client)
    moved(desk, client, "lea@petit.example")
    assert everything_of(client) == before
    for name in memberships(kept.store(), "lea@petit.example"):
        assert "lea@petit.example" in kept.users(name)
        assert LEA not in kept.users(name)


def test_staff_keep_their_second_factor(desk: Desk) -> None:
    client = desk.client("jo.keller@example.com")
    moved(desk, client, "jo@keller.example")
    assert client.get("/api/reviews").status_code == 200
    again = desk.client().post("/api/session", {"email": "jo@keller.example", "password": PASSWORD})
    assert again.json()["code"] == "second_factor_needed"


def test_the_answer_does_not_tell_whether_the_address_is_somebodys(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    known, unknown = asked(client, LEA), asked(client)
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (202, {})
    asked(client, LEA)
    mails = desk.mails(LEA)
    assert "Someone wanted" in mails[0].subject or "Quelqu’un" in mails[0].subject
    assert CAMILLE not in mails[0].text
    assert not any(re.match(r"\d{6}", mail.subject) for mail in mails)


def test_nobody_elses_address_is_taken_even_by_the_right_code(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = desk.client(CAMILLE)
    assert asked(client, "nora.blum@example.com").status_code == 202
    right = code(desk, "nora.blum@example.com")
    # Whoever registers first has the address.
    registered(desk, **NEW)
    assert client.post(CONFIRM, {"code": right}).json()["code"] == "wrong_code"
    assert client.get("/api/session").json()["email"] == CAMILLE


def test_a_registration_that_was_not_confirmed_is_overtaken(desk: Desk) -> None:
    newcomer, client = desk.client(), desk.client(CAMILLE)
    assert newcomer.post("/api/registrations", NEW).status_code == 202
    first = code(desk, NEW["email"])
    moved(desk, client, NEW["email"])
    confirmed = newcomer.post("/api/registrations/confirm", {"email": NEW["email"], "code": first})
    assert confirmed.json()["code"] == "wrong_code"


def test_who_was_invited_under_the_new_address_is_in_there_once(desk: Desk) -> None:
    alex, client = desk.client("alex.morgan@example.com"), desk.client(CAMILLE)
    theirs = "alex-active"
    assert alex.post(f"/api/subscriptions/{theirs}/users", {"email": NEW_ONE}).status_code == 201
    # In one of their own, under both addresses.
    assert client.post(f"/api/subscriptions/{FLOATING}/users", {"email": NEW_ONE}).status_code == 201
    count = kept.read_subscription(FLOATING).users
    moved(desk, client)
    assert kept.users(theirs)[NEW_ONE] == "user"
    assert kept.users(FLOATING)[NEW_ONE] == "administrator"
    assert kept.read_subscription(FLOATING).users == count - 1 == len(kept.users(FLOATING))


@pytest.mark.parametrize("given", ["", "wrong password of theirs"])
def test_the_password_is_asked_for(desk: Desk, given: str) -> None:
    answer = asked(desk.client(CAMILLE), password=given)
    assert answer.status_code == (401 if given else 422)
    desk.settle()
    assert desk.mails(NEW_ONE) == []


def test_an_old_sign_in_is_confirmed_first(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    age(client, CAMILLE, confirmed_at=31)
    assert asked(client).json()["code"] == "sign_in_again"
    assert client.post("/api/session/confirmation", {"password": PASSWORD}).status_code == 204
    assert asked(client).status_code == 202


def test_a_wrong_code_changes_nothing_and_five_use_it_up(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    asked(client)
    right = code(desk, NEW_ONE)
    for _ in range(5):
        assert client.post(CONFIRM, {"code": another(right)}).json()["code"] == "wrong_code"
    assert client.post(CONFIRM, {"code": right}).json()["code"] == "wrong_code"
    assert client.get("/api/session").json()["email"] == CAMILLE


def test_a_code_works_for_ten_minutes(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    asked(client)
    right = code(desk, NEW_ONE)
    desk.advance("11m")
    assert client.post(CONFIRM, {"code": right}).json()["code"] == "wrong_code"


def test_the_own_address_is_no_other(desk: Desk) -> None:
    answer = asked(desk.client(CAMILLE), "Camille.Durand@Example.com")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


def test_the_answer_is_given_again_to_who_asked(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    asked(client)
    cookies, body = dict(client.cookies), {"code": code(desk, NEW_ONE)}
    first = client.post(CONFIRM, body, key="once")
    client.cookies.clear()
    client.cookies |= cookies
    again = client.post(CONFIRM, body, key="once")
    assert (again.status_code, again.json()) == (200, first.json())
    assert client.get("/api/session").json()["email"] == NEW_ONE
    # And to the session that it has opened, which another one of the person's is not.
    last = client.post(CONFIRM, body, key="once")
    assert (last.status_code, last.json()) == (200, first.json())
    assert desk.client(NEW_ONE).post(CONFIRM, body, key="once").json()["code"] == "wrong_code"


def test_what_was_asked_before_is_not_done_again_after(desk: Desk) -> None:
    client = desk.client(LEA)
    first = client.post("/api/orders", ARTICLE, key="once")
    assert first.status_code == 201, first.text
    moved(desk, client, "lea@petit.example")
    again = client.post("/api/orders", ARTICLE, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(client.get("/api/orders").json()["items"]) == 1
    assert client.post("/api/orders", ARTICLE | {"reference": "other"}, key="once").status_code == 422


def test_whoever_has_the_address_next_is_not_answered_what_its_former_person_was(desk: Desk) -> None:
    client = desk.client(LEA)
    assert client.post("/api/orders", ARTICLE, key="once").status_code == 201
    moved(desk, client, "lea@petit.example")
    desk.advance("7d")
    stranger = registered(desk, email=LEA)
    other = stranger.post("/api/orders", ARTICLE | {"reference": "mine"}, key="once")
    assert other.status_code == 201, other.text


def test_the_former_address_takes_it_back(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    before = everything_of(client)
    moved(desk, client)
    anyone, token = desk.client(), token_of(desk, CAMILLE)
    shown = anyone.post(f"{UNDO}/summary", {"token": token})
    assert shown.status_code == 200, shown.text
    assert (shown.json()["email"], shown.json()["moved_to"]) == (CAMILLE, NEW_ONE)
    undone = anyone.post(UNDO, {"token": token}, key="undo")
    assert (undone.status_code, undone.json()) == (200, {"email": CAMILLE})
    assert anyone.post(UNDO, {"token": token}, key="undo").status_code == 200
    assert anyone.post(UNDO, {"token": token}).status_code == 404
    assert client.get("/api/session").status_code == 401
    assert everything_of(desk.client(CAMILLE)) == before
    # The code's event goes by itself.
    assert [key.sk[:6] for key, _ in kept.store().query(person(NEW_ONE), first="A", last="~")] == ["EVENT#"]
    assert "undone" in desk.mails(NEW_ONE)[0].subject or "annulé" in desk.mails(NEW_ONE)[0].subject


def test_for_seven_days_and_no_longer(desk: Desk) -> None:
    moved(desk, desk.client(CAMILLE))
    token = token_of(desk, CAMILLE)
    desk.advance("7d")
    late = desk.client().post(UNDO, {"token": token})
    assert (late.status_code, late.json()["code"]) == (410, "link_expired")
    assert desk.client().post(UNDO, {"token": "unknown"}).status_code == 404


def test_another_change_waits_until_then(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    moved(desk, client)
    assert asked(client, "third@durand.example").json()["code"] == "address_just_changed"
    desk.advance("7d")
    moved(desk, client, "third@durand.example")
    # And back to the first one, by then.
    desk.advance("7d")
    moved(desk, client, CAMILLE)
    desk.advance("7d")
    moved(desk, client, NEW_ONE)
    assert client.get("/api/session").json()["email"] == NEW_ONE


def test_the_former_address_is_nobody_elses_meanwhile(desk: Desk) -> None:
    moved(desk, desk.client(CAMILLE))
    newcomer = desk.client()
    assert newcomer.post("/api/registrations", NEW | {"email": CAMILLE}).status_code == 202
    assert "cannot open" in desk.mails(CAMILLE)[0].subject
    assert asked(desk.client(LEA), CAMILLE).status_code == 202
    assert not re.match(r"\d{6}", desk.mails(CAMILLE)[0].subject)
    desk.advance("7d")
    stranger = registered(desk, email=CAMILLE)
    assert everything_of(stranger)[:2] == ([], [[], []])


def test_a_login_is_not_forgotten_because_its_address_has_changed(desk: Desk) -> None:
    client = registered(desk)
    assert client.post(CHANGE, {"email": NEW_ONE, "password": NEW["password"]}).status_code == 202
    assert client.post(CONFIRM, {"code": code(desk, NEW_ONE)}).status_code == 200
    desk.advance("3d")
    desk.client().sign_in(NEW_ONE, NEW["password"])


def test_a_role_that_was_lent_goes_back_to_the_address_of_today(desk: Desk) -> None:
    client, name = desk.client(CAMILLE), "camille-active"
    assert client.post(f"/api/subscriptions/{name}/users", {"email": "newcomer@example.com"}).status_code == 201
    passed = client.post(f"/api/subscriptions/{name}/administrator", {"email": "newcomer@example.com"})
    assert passed.status_code == 200, passed.text
    moved(desk, client)
    desk.advance("8d")
    assert kept.read_subscription(name).administrator == NEW_ONE


@pytest.mark.parametrize("asks", ["who moved", "who signs in", "an administrator", "a stranger's registration"])
def test_whoever_comes_upon_half_of_it_finds_all_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch, asks: str) -> None:
    client = desk.client(LEA)
    before = everything_of(client)
    asked(client, NEW_ONE)
    right = code(desk, NEW_ONE)
    with monkeypatch.context() as stopped:
        stopped.setattr(change_address, "settle", lambda cloud, key: None)
        assert client.post(CONFIRM, {"code": right}).status_code == 200
        assert "unsettled" in (kept.store().item(account_key(NEW_ONE)) or {})
        match asks:
            case "who moved":
                assert everything_of(client) == before
            case "who signs in":
                assert everything_of(desk.client(NEW_ONE)) == before
            case "an administrator":
                shared = f"/api/subscriptions/{before[0][0]['id']}/users"
                assert desk.client(CAMILLE).post(shared, {"email": NEW_ONE}).json()["code"] == "already_a_user"
            case _:
                assert desk.client().post("/api/registrations", NEW | {"email": LEA}).status_code == 202
        assert "unsettled" not in (kept.store().item(account_key(NEW_ONE)) or {})
        assert kept.store().item(reserved_key(LEA))
    assert memberships(kept.store(), LEA) == []
    assert everything_of(client) == before
