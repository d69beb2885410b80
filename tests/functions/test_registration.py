"""Registration: a code opens the account, and nobody can have an address that is not theirs."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.onboarding.invitations import accept_invitations
from functions.onboarding.password import is_common
from functions.shared import one_time_codes
from functions.shared.items import Key, Put, new
from functions.shared.refusal import Refused
from functions.subscriptions.subscription import membership_key, user_key
from tests import kept
from tests.asked import KEYS
from tests.customers import NEW, PASSWORD, another, code, onboarding, registered
from tests.desk import Client, Desk

EMAIL = NEW["email"]
CAMILLE, LEA = "camille.durand@example.com", "lea.petit@example.com"
REGISTER, CONFIRM = "/api/registrations", "/api/registrations/confirm"
BROWSER = {"Sec-Fetch-Site": "same-origin"}


def confirm(client: Client, given: str, **options: Any) -> int:
    return client.post(CONFIRM, {"email": EMAIL, "code": given}, **options).status_code


def signs_in(desk: Desk, password: str, email: str = EMAIL) -> bool:
    return desk.client().post("/api/session", {"email": email, "password": password}).status_code == 200


def test_a_code_opens_the_account(desk: Desk) -> None:
    client = desk.client()

    answer = client.post(REGISTER, NEW | {"siren": "732 829 320"})

    assert (answer.status_code, answer.json()) == (202, {})
    assert not signs_in(desk, PASSWORD)
    assert confirm(client, code(desk, EMAIL)) == 204
    assert client.sign_in(EMAIL, PASSWORD).get("/api/session").json() | {"account_id": ""} == {
        "email": EMAIL,
        "account_id": "",
        "company": "Blum Structures",
        "profile": "student",
        "account_status": "pending",
        "language": "en",
        "roles": [],
        "siren": "732829320",
        "invoices_email": None,
    }
    assert desk.mails(EMAIL)[0].subject == "Your account is open"


def test_nothing_that_is_secret_is_kept_or_logged(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    registered(desk)
    kept_and_logged = kept.everything() + "".join(capfd.readouterr())
    assert PASSWORD not in kept_and_logged
    assert code(desk, EMAIL) not in kept_and_logged


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"email": "no address"}, {"email": "invalid_email"}),
        ({"company": " "}, {"company": "required"}),
        ({"company": "Studio \ue000"}, {"company": "cannot_be_set"}),
        ({"profile": "king"}, {"profile": "not_a_choice"}),
        ({"language": "de"}, {"language": "not_a_choice"}),
        ({"siren": "732829321"}, {"siren": "invalid_siren"}),
        ({"siren": "12"}, {"siren": "invalid_siren"}),
        ({"password": "short"}, {"password": "password_too_short"}),
        ({"password": "elevenchars"}, {"password": "password_too_short"}),
        ({"password": "e\u0301" * 11}, {"password": "password_too_short"}),
        ({"password": "heron " * 43}, {"password": "too_long"}),
        ({"password": "a heron\nin the river"}, {"password": "control_character"}),
        ({"password": "password12345"}, {"password": "password_too_common"}),
        ({"password": "Motdepasse2026!"}, {"password": "password_too_common"}),
        ({"password": "azertyuiopqs"}, {"password": "password_too_common"}),
        ({"password": "123456789012"}, {"password": "password_too_common"}),
        ({"password": "heronheronheron"}, {"password": "password_too_common"}),
        ({"password": "aaaaaaaaaaaab"}, {"password": "password_too_common"}),
        ({"password": "Nora.Blum-2026"}, {"password": "password_too_personal"}),
        ({"password": "BlumStructures1"}, {"password": "password_too_personal"}),
        ({"password": "guichet-profis!"}, {"password": "password_too_personal"}),
        ({"surprise": True}, {"surprise": "unknown_field"}),
        (
            {"email": "x", "password": "short", "siren": "1", "profile": None},
            {
                "email": "invalid_email",
                "password": "password_too_short",
                "siren": "invalid_siren",
                "profile": "not_a_choice",
            },
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_wrong_is_said_at_each_field(cloud: Desk, changed: Any, wrong: Any, language: str) -> None:
    answer = cloud.client(language=language).post(REGISTER, NEW | changed)

    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong
    assert all(error["message"] for error in answer.json()["errors"])


@pytest.mark.parametrize(
    "password",
    [
        "tall  trees  sway",
        "мост через тихую реку",
        "été à l’ombre du pont",
        "🦢🦢 on a lake at dawn 🌅",
        "correcthorsebatterystaple",
        "x7" + "qpwm" * 3 + "Zk!9",
        "a heron stands in the shallow river, " * 6 + "and so to bed",
    ],
)
def test_long_and_foreign_passwords_are_welcome(desk: Desk, password: str) -> None:
    registered(desk, password=password)
    assert signs_in(desk, password)
    assert not signs_in(desk, password[:-1])
    assert not signs_in(desk, password + " ")


def test_a_password_is_the_same_however_it_is_composed(desk: Desk) -> None:
    registered(desk, password="l’\u00e9t\u00e9 au bord du lac")
    assert signs_in(desk, "l’e\u0301te\u0301 au bord du lac")


@given(st.text(min_size=12, max_size=40))
def test_whether_a_password_is_common_can_be_said_of_any(password: str) -> None:
    assert is_common(password) in (True, False)


def test_a_known_address_gets_the_same_answer_and_an_e_mail_that_says_so(desk: Desk) -> None:
    client = desk.client()
    unknown = client.post(REGISTER, NEW)
    known = client.post(REGISTER, NEW | {"email": CAMILLE})

    assert known.status_code == unknown.status_code
    assert known.content == unknown.content
    assert set(known.headers) == set(unknown.headers)
    assert [mail.subject for mail in desk.mails(CAMILLE)] == ["Vous avez déjà un compte"]
    assert [client.post(CONFIRM, {"email": CAMILLE, "code": f"{guess:06}"}).status_code for guess in range(3)] == [
        422
    ] * 3
    assert signs_in(desk, "seven calm herons cross the river", CAMILLE)
    assert not signs_in(desk, PASSWORD, CAMILLE)


def test_a_known_address_takes_the_same_calls(desk: Desk) -> None:
    def calls(email: str) -> list[str]:
        with desk.operations() as seen:
            desk.client().post(REGISTER, NEW | {"email": email})
        return seen[: seen.index("TransactWriteItems") + 1]

    calls("warm.up@example.com")
    known, unknown = calls(CAMILLE), calls("stranger@example.com")
    assert known == unknown
    assert "AdminCreateUser" in known


def test_a_code_lasts_ten_minutes(desk: Desk) -> None:
    client = desk.client()
    client.post(REGISTER, NEW)
    desk.advance("9m")
    assert confirm(client, another(code(desk, EMAIL))) == 422
    assert confirm(client, code(desk, EMAIL)) == 204

    other = {**NEW, "email": "late@example.com"}
    client.post(REGISTER, other)
    desk.advance("10m")
    late = client.post(CONFIRM, {"email": "late@example.com", "code": code(desk, "late@example.com")})
    assert (late.status_code, late.json()["code"]) == (422, "wrong_code")
    assert late.json()["errors"][0]["field"] == "code"


def test_a_code_has_five_tries(desk: Desk) -> None:
    client = desk.client()
    client.post(REGISTER, NEW)
    right = code(desk, EMAIL)
    assert [confirm(client, another(right)) for _ in range(5)] == [422] * 5
    assert confirm(client, right) == 422
    client.post(REGISTER, NEW)
    assert confirm(client, code(desk, EMAIL)) == 204


def test_guesses_at_one_time_are_no_more_than_the_tries() -> None:
    """Of many that read the same item, one is counted; the others must read again."""
    key, now = Key("USER#x", "CODE#x"), datetime.fromisoformat("2026-11-24T10:00:00Z")
    issued = one_time_codes.issue({}, key, "seed", now)
    items = {key: issued.attributes}
    spent = one_time_codes.spend(items, key, one_time_codes.code(key, "seed", KEYS), now, KEYS)
    assert spent.read is items[key]
    with pytest.raises(Refused) as wrong:
        one_time_codes.spend(items, key, "another", now, KEYS)
    [counted] = wrong.value.writes
    assert isinstance(counted, Put)
    assert counted.condition == "version = :read_version"
    assert counted.attributes["tries"] == 1


def test_a_newer_code_replaces_the_one_before(desk: Desk) -> None:
    client = desk.client()
    client.post(REGISTER, NEW)
    first = code(desk, EMAIL)
    client.post(REGISTER, NEW)
    assert first != code(desk, EMAIL)
    assert confirm(client, first) == 422
    assert confirm(client, code(desk, EMAIL)) == 204


def test_a_code_is_used_once(desk: Desk) -> None:
    client = desk.client()
    client.post(REGISTER, NEW)
    right = code(desk, EMAIL)
    assert confirm(client, right, key="once") == 204
    assert confirm(client, right, key="once") == 204
    assert confirm(client, right, key="again") == 422


@pytest.mark.parametrize("browser", [{}, BROWSER])
def test_a_stranger_cannot_have_the_address_by_registering_it_too(desk: Desk, browser: dict[str, str]) -> None:
    """Whoever was first, and whichever code the owner reads: the stranger's password never opens the account."""
    owner, stranger = desk.client(), desk.client()
    theirs = NEW | {"password": "the stranger knows this one"}
    stranger.post(REGISTER, theirs, headers=browser)
    owner.post(REGISTER, NEW, headers=browser)
    of_the_owner = code(desk, EMAIL)
    stranger.post(REGISTER, theirs, headers=browser)
    of_the_stranger = code(desk, EMAIL)

    assert confirm(owner, of_the_stranger, headers=browser) == 422
    assert not signs_in(desk, theirs["password"])
    # Neither has the stranger's code taken the place of the owner's.
    assert confirm(owner, of_the_owner, headers=browser) == 204
    assert signs_in(desk, PASSWORD)
    assert not signs_in(desk, theirs["password"])


def test_another_browser_is_answered_as_for_a_wrong_code(desk: Desk) -> None:
    owner, other = desk.client(), desk.client()
    owner.post(REGISTER, NEW)
    right = code(desk, EMAIL)
    elsewhere, wrong = (
        client.post(CONFIRM, {"email": EMAIL, "code": given})
        for client, given in ((other, right), (owner, another(right)))
    )
    assert elsewhere.status_code == wrong.status_code == 422
    assert elsewhere.json() | {"request_id": ""} == wrong.json() | {"request_id": ""}
    assert confirm(owner, right) == 204


def test_one_browser_registers_several(desk: Desk) -> None:
    client = desk.client()
    emails = ["one@example.com", "two@example.com"]
    for email in emails:
        assert client.post(REGISTER, NEW | {"email": email}).status_code == 202
    for email in emails:
        body = {"email": email, "code": code(desk, email)}
        assert client.post(CONFIRM, body).status_code == 204


def test_the_60_days_run_from_the_registration(desk: Desk) -> None:
    client = desk.client()
    client.post(REGISTER, NEW)
    before = desk.cloud.now().date()
    desk.advance("9m")
    confirm(client, code(desk, EMAIL))
    stands = onboarding(client.sign_in(EMAIL, PASSWORD))
    assert (stands["status"], stands["days_left"]) == ("pending", 60)
    assert (datetime.fromisoformat(stands["deadline"]).date() - before).days in (60, 61)


def test_who_was_invited_is_an_active_user_now(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    users = "/api/subscriptions/camille-active-alone/users"
    assert camille.post(users, {"email": EMAIL}).json()["status"] == "invited"
    registered(desk)
    assert {user["email"]: user["status"] for user in camille.get(users).json()["items"]}[EMAIL] == "active"


def test_who_was_invited_to_very_many_is_active_in_all_that_still_list_them(desk: Desk) -> None:
    store = kept.store()
    invited = {"role": "user", "status": "invited", "added_at": "2026-01-01T09:00:00.000000Z"}
    names = [f"one-of-many-{number:02}" for number in range(30)]
    memberships = [new(membership_key(name, EMAIL), {"role": "user", "product": "PROFIS Rebar"}) for name in names]
    # The last of them is gone by then, as if removed in between.
    users = [new(user_key(name, EMAIL), invited) for name in names[:-1]]
    store.commit([*memberships, *users])

    accept_invitations(store, EMAIL)

    found = [store.item(user_key(name, EMAIL)) for name in names]
    assert found.pop() is None
    assert [user and user["status"] for user in found] == ["active"] * 29


def test_a_login_that_is_not_confirmed_is_forgotten(desk: Desk) -> None:
    def logins() -> int:
        cloud = kept.cloud()
        return len(cloud.cognito.list_users(UserPoolId=cloud.settings.user_pool)["Users"])

    before = logins()
    registered(desk)
    desk.client().post(REGISTER, NEW | {"email": "never@example.com"})
    desk.client().post(REGISTER, NEW | {"email": CAMILLE})
    assert logins() == before + 3
    desk.advance("3d")
    desk.settle()
    assert logins() == before + 1
    assert signs_in(desk, PASSWORD)
