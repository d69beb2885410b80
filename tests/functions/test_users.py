"""Users of a subscription: listed, added and removed, as the guides say."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from urllib.parse import quote

import pytest

from functions.shared.clock import now
from functions.shared.fields import Nothing
from functions.shared.items import Items, Key
from functions.shared.job import Change
from functions.shared.refusal import Refused
from functions.subscriptions import add_user, remove_user
from functions.subscriptions.shown_subscription import User
from functions.subscriptions.subscription import Administered, Subscription, user_key
from tests import kept
from tests.asked import ADMIN, asked_by
from tests.desk import Client, Desk
from tests.functions.test_subscription import a_subscription

ALEX = "alex.morgan@example.com"
SAM = "sam.taylor@example.com"
NOOR = "noor.haddad@example.com"


def users_of(subscription: str) -> str:
    return f"/api/subscriptions/{subscription}/users"


def adding(subscription: Subscription, *present: Key) -> Change[User]:
    email = "new@example.com"
    state = Administered(subscription, {key: {} for key in present})
    return add_user.decide(state, asked_by(ADMIN, add_user.AddUser(email=email)))


def removing(email: str, items: Items) -> Change[None]:
    ask = asked_by(ADMIN, Nothing(), subscription_id="s-1", email=email)
    return remove_user.decide(Administered(a_subscription(users=2), items), ask)


def test_adding_takes_a_seat_and_says_so_in_an_event() -> None:
    subscription = a_subscription(users=2, seats=3, start=now().date(), end=now().date())
    change = adding(subscription)
    assert change.answer.status == "invited"
    assert change.writes[0] == replace(subscription, users=3).put()
    [(_, event)] = change.events
    assert (event.type, event.by, event.data["email"]) == ("user_added", "admin@example.com", "new@example.com")


@pytest.mark.parametrize(
    ("fields", "is_user", "code"),
    [
        ({}, True, "already_a_user"),
        ({"users": 3}, False, "no_seat_left"),
        ({"status": "ended"}, False, "not_active"),
        # Its last day is over, whether or not a worker has said so.
        ({"status": "cancelling", "end": now().date().replace(year=2020)}, False, "not_active"),
    ],
)
def test_who_is_not_added(fields: dict[str, object], is_user: bool, code: str) -> None:
    present = [user_key("s-1", "new@example.com")] if is_user else []
    with pytest.raises(Refused, match=code):
        adding(a_subscription(**fields), *present)


def test_nobody_is_removed_who_is_not_there_nor_the_administrator() -> None:
    with pytest.raises(Refused, match="not_found"):
        removing("x@example.com", {})
    with pytest.raises(Refused, match="is_administrator"):
        removing(ADMIN.email, {user_key("s-1", ADMIN.email): {"role": "administrator"}})


def test_given_a_free_seat_when_a_user_is_added_they_get_a_mail_and_access(desk: Desk) -> None:
    alex = desk.client(ALEX)
    added = alex.post(users_of("alex-active-alone"), {"email": f" {NOOR.upper()} "})
    assert (added.status_code, added.json()["email"], added.json()["status"]) == (201, NOOR, "active")
    assert [user["email"] for user in alex.get(users_of("alex-active-alone")).json()["items"]] == [ALEX, NOOR]
    assert alex.get("/api/subscriptions/alex-active-alone").json()["seats_used"] == 2
    [mail] = desk.mails(NOOR)
    assert "PROFIS Rebar" in mail.subject
    assert ALEX in mail.text
    noor = desk.client(NOOR)
    assert noor.get("/api/access?product=profis%20rebar").json()["allowed"] is True
    [event] = kept.events("alex-active-alone")[-1:]
    assert (event["type"], event["by"], event["data"]["email"]) == ("user_added", ALEX, NOOR)


def test_a_removed_user_is_out_with_the_answer(desk: Desk) -> None:
    alex, sam = desk.client(ALEX), desk.client(SAM)
    assert sam.get("/api/subscriptions/alex-active").status_code == 200
    assert alex.delete(f"{users_of('alex-active')}/{SAM}").status_code == 204
    assert sam.get("/api/subscriptions/alex-active").status_code == 404
    assert sam.get("/api/access?product=PROFIS%20Engineering").json()["allowed"] is False
    assert "alex-active" not in [line["id"] for line in sam.get("/api/subscriptions").json()["items"]]
    [mail] = desk.mails(SAM)
    assert "PROFIS Engineering" in mail.subject
    assert alex.delete(f"{users_of('alex-active')}/{SAM}").status_code == 404


@pytest.mark.parametrize("written", ["Sam.Taylor%40Example.COM", "%20sam.taylor@example.com%20"])
def test_a_user_is_removed_however_their_address_is_written(desk: Desk, written: str) -> None:
    assert desk.client(ALEX).delete(f"{users_of('alex-active')}/{written}").status_code == 204


@pytest.mark.parametrize(
    "email", ["a/b@example.com", "a%41b@example.com", "o'brien+x@example.com", "a?b#c@example.com"]
)
def test_whoever_is_added_can_be_removed(desk: Desk, email: str) -> None:
    alex = desk.client(ALEX)
    assert alex.post(users_of("alex-active-alone"), {"email": email}).json()["email"] == email.lower()
    assert alex.delete(f"{users_of('alex-active-alone')}/{quote(email, safe='')}").status_code == 204


@pytest.mark.parametrize("nobody", ["nobody@example.com", "not-an-address", "%F0%9F%98%80", "x" * 5000, "-"])
def test_one_who_is_no_user_is_not_found(desk: Desk, nobody: str) -> None:
    assert desk.client(ALEX).delete(f"{users_of('alex-active')}/{nobody}").status_code == 404


def test_the_last_free_seats_are_given_once(desk: Desk) -> None:
    """Twelve at the same time for the nine seats that are free."""
    alex = desk.client(ALEX)
    answers = _at_once(
        desk, alex, [("POST", users_of("alex-active-alone"), {"email": f"u{n}@example.com"}, None) for n in range(12)]
    )
    assert sorted(answers) == [201] * 9 + [409] * 3
    shown = alex.get("/api/subscriptions/alex-active-alone").json()
    assert (shown["seats_used"], shown["seats"]) == (10, 10)
    assert len(kept.users("alex-active-alone")) == 10
    assert len(desk.mails()) == 9


def test_the_same_user_added_by_many_is_added_once(desk: Desk) -> None:
    alex = desk.client(ALEX)
    adding = ("POST", users_of("alex-active-alone"), {"email": "u@example.com"}, None)
    assert sorted(_at_once(desk, alex, [adding] * 6)) == [201] + [409] * 5
    assert kept.read_subscription("alex-active-alone").users == 2
    assert len(desk.mails()) == 1


def test_a_user_removed_by_many_gives_one_seat_back(desk: Desk) -> None:
    alex = desk.client(ALEX)
    removing = ("DELETE", f"{users_of('alex-active')}/{SAM}", None, None)
    assert sorted(_at_once(desk, alex, [removing] * 5)) == [204] + [404] * 4
    assert kept.read_subscription("alex-active").users == 1


def test_adding_and_removing_at_once_leaves_as_many_as_there_are(desk: Desk) -> None:
    alex = desk.client(ALEX)
    path = users_of("alex-active")
    calls: list[tuple[str, str, object, str | None]] = [("DELETE", f"{path}/{SAM}", None, None)] * 3
    calls += [("POST", path, {"email": SAM}, None)] * 3
    assert {201, 204, 404, 409} >= set(_at_once(desk, alex, calls))
    assert kept.read_subscription("alex-active").users == len(kept.users("alex-active"))


def test_one_key_sent_many_times_is_done_once(desk: Desk) -> None:
    alex = desk.client(ALEX)
    adding = ("POST", users_of("alex-active-alone"), {"email": "u@example.com"}, "one-key")
    assert _at_once(desk, alex, [adding] * 6) == [201] * 6
    assert kept.read_subscription("alex-active-alone").users == 2
    assert len(desk.mails()) == 1


def test_two_sign_outs_are_one(desk: Desk) -> None:
    alex = desk.client(ALEX)
    assert sorted(_at_once(desk, alex, [("DELETE", "/api/session", None, None)] * 2)) == [204, 401]
    assert alex.get("/api/session").status_code == 401


def _at_once(desk: Desk, who: Client, calls: Sequence[tuple[str, str, object, str | None]]) -> list[int]:
    """The answers to calls that one person sends at the same time, each over a connection that is open already."""
    clients = [desk.client() for _ in calls]
    together = Barrier(len(calls))
    for client in clients:
        client.cookies = dict(who.cookies)
        client.get("/api/health")

    def send(client: Client, call: tuple[str, str, object, str | None]) -> int:
        method, path, body, key = call
        together.wait()
        return client.call(method, path, body, key=key or ...).status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, clients, calls))
