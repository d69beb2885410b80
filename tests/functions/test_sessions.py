"""Where a person is signed in, ending a session, and confirming who one is in the middle of one."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from functions.onboarding.sign_in import FROM_THERE
from functions.shared import devices, session
from functions.shared.items import Key, next_version
from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.customers import STAFF, account_id, send
from tests.desk import Client, Desk

CAMILLE = "camille.durand@example.com"
TOM = "tom.nguyen@example.com"
SESSIONS = "/api/sessions"
CONFIRMATION = "/api/session/confirmation"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


def signed_in_with(desk: Desk, user_agent: str) -> Client:
    client = desk.client()
    body = {"email": CAMILLE, "password": PASSWORD}
    assert client.post("/api/session", body, headers={"User-Agent": user_agent}).status_code == 200
    return client


def key_of(client: Client, email: str = CAMILLE) -> Key:
    """Where a client's session is kept."""
    return session.session_key(email, session.session_id(client.cookies["__Host-session"].rpartition(".")[2]))


def age(client: Client, email: str, **times: int) -> None:
    """Put moments of a session that many minutes back."""
    key = key_of(client, email)
    kept_session = kept.store().item(key) or {}
    changed = {name: int(time.time()) - ago * 60 for name, ago in times.items()}
    kept.store().commit([next_version(key, {**kept_session, **changed})])


def test_a_person_sees_where_they_are_signed_in(desk: Desk) -> None:
    first = signed_in_with(desk, FIREFOX)
    age(first, CAMILLE, absolute_until=-9 * 60, idle_until=-110)
    here = signed_in_with(desk, CHROME)
    desk.client("alex.morgan@example.com")
    listed = here.get(SESSIONS, language="en").json()
    assert listed["next"] is None
    assert [(one["device"], one["this"]) for one in listed["items"]] == [
        ("Chrome on Linux", True),
        ("Firefox on Windows", False),
    ]
    assert [one["device"] for one in here.get(SESSIONS, language="fr").json()["items"]] == [
        "Chrome sous Linux",
        "Firefox sous Windows",
    ]
    now = datetime.now(UTC)
    [_, old] = listed["items"]
    assert abs(now - datetime.fromisoformat(old["since"]) - timedelta(hours=3)) < timedelta(minutes=2)
    assert abs(now - datetime.fromisoformat(old["last_seen"]) - timedelta(minutes=10)) < timedelta(minutes=2)
    assert all(one.keys() == {"id", "since", "last_seen", "device", "this"} for one in listed["items"])


def test_sessions_that_are_over_are_not_listed(desk: Desk) -> None:
    over, gone, here = (signed_in_with(desk, FIREFOX) for _ in range(3))
    age(over, CAMILLE, idle_until=1)
    gone.delete("/api/session")
    assert [one["this"] for one in here.get(SESSIONS).json()["items"]] == [True]


def test_a_session_is_ended_at_once(desk: Desk) -> None:
    lost, here = signed_in_with(desk, FIREFOX), signed_in_with(desk, CHROME)
    [there] = [one for one in here.get(SESSIONS).json()["items"] if not one["this"]]
    assert here.delete(f"{SESSIONS}/{there['id']}").status_code == 204
    assert lost.get("/api/session").status_code == 401
    assert here.get("/api/session").status_code == 200
    assert here.delete(f"{SESSIONS}/{there['id']}").status_code == 404


def test_ones_own_session_is_signed_out(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    [this] = here.get(SESSIONS).json()["items"]
    assert here.delete(f"{SESSIONS}/{this['id']}").status_code == 204
    assert here.cookies.keys() == {"__Host-known"}
    assert here.get("/api/session").status_code == 401


def test_anothers_session_does_not_exist(desk: Desk) -> None:
    camille, alex = signed_in_with(desk, FIREFOX), desk.client("alex.morgan@example.com")
    [hers] = camille.get(SESSIONS).json()["items"]
    assert alex.delete(f"{SESSIONS}/{hers['id']}").status_code == 404
    assert camille.get("/api/session").status_code == 200


def test_what_a_session_is_called_by_opens_nothing(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    [this] = here.get(SESSIONS).json()["items"]
    forger = desk.client()
    opened_by, _, token = here.cookies["__Host-session"].rpartition(".")
    assert this["id"] not in token
    assert token not in str(this)
    forger.cookies["__Host-session"] = f"{opened_by}.{this['id']}"
    assert forger.get("/api/session").status_code == 401


def test_of_what_a_browser_says_two_names_are_kept(desk: Desk) -> None:
    here = signed_in_with(desk, FIREFOX)
    assert (kept.store().item(key_of(here)) or {})["device"] == {"browser": "Firefox", "system": "Windows"}


@pytest.mark.parametrize(
    ("user_agent", "english", "french"),
    [
        (FIREFOX, "Firefox on Windows", "Firefox sous Windows"),
        (f"{CHROME} Edg/130.0.0.0", "Edge on Linux", "Edge sous Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
            "Safari sous iOS",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
            "Safari/537.36 OPR/115.0.0.0",
            "Opera on macOS",
            "Opera sous macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 "
            "Chrome/122.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
            "Samsung Internet sous Android",
        ),
        ("Something/1.0 (Windows NT 10.0)", "A browser on Windows", "Un navigateur sous Windows"),
        ("Firefox/132.0", "Firefox", "Firefox"),
        ("curl/8.5.0", "An unknown browser", "Un navigateur inconnu"),
        ("", "An unknown browser", "Un navigateur inconnu"),
    ],
)
def test_a_device_is_told_in_words(user_agent: str, english: str, french: str) -> None:
    languages: tuple[Language, Language] = ("en", "fr")
    told = [devices.worded(devices.device(user_agent), Texts(language)) for language in languages]
    assert told == [english, french]


def test_the_administrators_role_is_passed_on_by_who_has_just_shown_who_they_are(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    path, body = "/api/subscriptions/camille-active/administrator", {"email": "lea.petit@example.com"}
    age(here, CAMILLE, confirmed_at=31)
    refused = here.post(path, body, key="one")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")
    wrong = here.post(CONFIRMATION, {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    assert here.post(path, body, key="one").status_code == 403
    assert here.post(CONFIRMATION, {"password": PASSWORD}).status_code == 204
    assert here.post(path, body, key="one").status_code == 200


def test_a_confirmation_is_for_one_session(desk: Desk) -> None:
    here, there = signed_in_with(desk, CHROME), signed_in_with(desk, FIREFOX)
    for client in (here, there):
        age(client, CAMILLE, confirmed_at=31)
    assert here.post(CONFIRMATION, {"password": PASSWORD}).status_code == 204
    path, body = "/api/subscriptions/camille-active/administrator", {"email": "lea.petit@example.com"}
    assert there.post(path, body).status_code == 403


def test_a_confirmation_says_something(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    for body in ({}, {"password": None}):
        response = here.post(CONFIRMATION, body)
        assert (response.status_code, [each["field"] for each in response.json()["errors"]]) == (422, ["password"])


def test_wrong_confirmations_count_as_wrong_sign_ins(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    for _ in range(FROM_THERE.most):
        assert here.post(CONFIRMATION, {"password": "wrong"}).status_code == 401
    assert here.post(CONFIRMATION, {"password": PASSWORD}).status_code == 429
    assert here.post("/api/session", {"email": CAMILLE, "password": PASSWORD}).status_code == 429


def test_papers_close_after_a_quarter_of_an_hour(desk: Desk) -> None:
    tom, staff = desk.client(TOM), desk.client(STAFF)
    review = f"/api/reviews/{account_id(tom)}"
    age(staff, STAFF, papers_at=16)
    # There is nothing to open yet.
    assert staff.get(review).status_code == 200
    send(desk, tom, "student_card")
    closed = staff.get(review)
    assert (closed.status_code, closed.json()["code"]) == (403, "sign_in_again")
    # The password alone opens none.
    assert staff.post(CONFIRMATION, {"password": PASSWORD}).status_code == 204
    assert staff.get(review).status_code == 403
    assert staff.post(CONFIRMATION, {"totp": desk.totp(STAFF)}).status_code == 204
    assert staff.get(review).json()["documents"][0]["link"]
    # Whoever works on is not asked.
    age(staff, STAFF, papers_at=14)
    assert staff.get(review).status_code == 200
    age(staff, STAFF, confirmed_at=600)
    assert staff.get(review).status_code == 200


def test_a_code_confirms_once(desk: Desk) -> None:
    staff = desk.client(STAFF)
    totp = desk.totp(STAFF)
    assert staff.post(CONFIRMATION, {"totp": totp}).status_code == 204
    again = staff.post(CONFIRMATION, {"totp": totp})
    assert (again.status_code, again.json()["code"]) == (401, "wrong_credentials")


def test_a_code_does_not_confirm_who_has_no_second_factor(desk: Desk) -> None:
    here = signed_in_with(desk, CHROME)
    assert here.post(CONFIRMATION, {"totp": "123456"}).status_code == 401
    assert here.post(CONFIRMATION, {"password": PASSWORD, "totp": "123456"}).status_code == 401
