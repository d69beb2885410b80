"""Limits: nobody guesses, floods or costs, and nobody keeps anybody else out."""

import json
from dataclasses import replace
from typing import Any

import pytest

from functions.onboarding import password, registration, sign_in
from functions.shared.items import Count, Key
from functions.shared.limits import Limit, Tries, tried
from functions.shared.refusal import TOO_MANY_TRIES, USED_UP, Refused
from functions.subscriptions.cancellation import LINKS_OF_CONTRACT, LINKS_OF_NETWORK
from infra import budgets
from infra.local.demo import PASSWORD
from tests import kept
from tests.asked import KEYS
from tests.customers import NEW, another, code
from tests.desk import Client, Desk
from tests.functions.everywhere import JOBS
from tests.journeys import JOURNEYS, Call
from tests.journeys.given import Given

LEA, CAMILLE = "lea.petit@example.com", "camille.durand@example.com"
WRONG = "not the password"
NEW_PASSWORD = "eleven quiet boats at dusk"
HERE, THERE = "127.0.0.1", "127.0.0.2"
BUDGETS = [(name, limit) for name, job in JOBS.items() for limit in job.limits if limit.counted == "budget"]


def try_in(client: Client, email: str = LEA, password: str = WRONG) -> int:
    return client.post("/api/session", {"email": email, "password": password}).status_code


def failed(client: Client, times: int, email: str = LEA) -> list[int]:
    return [try_in(client, email) for _ in range(times)]


# ---- sign-in ------------------------------------------------------------------------------------------------------


def test_a_person_is_guessed_at_ten_times_from_one_place(desk: Desk) -> None:
    client = desk.client()
    most = sign_in.FROM_THERE.most
    assert failed(client, most + 2) == [401] * most + [429] * 2
    refused = client.post("/api/session", {"email": LEA, "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    # Not from elsewhere, nor after a quarter of an hour, whatever was tried meanwhile.
    assert try_in(desk.client(network=THERE), password=PASSWORD) == 200
    desk.advance("14m")
    assert try_in(client) == 429
    desk.advance("1m")
    assert try_in(client, password=PASSWORD) == 200


def test_a_place_guesses_at_fifty_people(desk: Desk) -> None:
    people = [f"person-{number}@example.com" for number in range(51)]
    client = desk.client()
    assert [try_in(client, email) for email in people] == [401] * 50 + [429]
    assert try_in(desk.client(), password=PASSWORD) == 429
    assert try_in(desk.client(network=THERE), password=PASSWORD) == 200


def test_many_places_guess_at_one_person_no_more_than_thirty_times(desk: Desk) -> None:
    most = sign_in.OF_PERSON.most
    answers = [try_in(desk.client(network=f"127.0.0.{2 + number}")) for number in range(most + 3)]
    assert answers == [401] * most + [429] * 3


def test_who_has_signed_in_in_a_browser_is_kept_out_of_it_by_nobody(desk: Desk) -> None:
    own = desk.client(LEA)
    own.delete("/api/session")
    for number in range(sign_in.OF_PERSON.most):
        assert try_in(desk.client(network=f"127.0.0.{2 + number}")) == 401
    for number in range(sign_in.OF_NETWORK.most):
        assert try_in(desk.client(), f"person-{number}@example.com") == 401
    assert try_in(desk.client(), password=PASSWORD) == 429
    assert try_in(own, password=PASSWORD) == 200


def test_a_browser_that_knows_one_person_guesses_at_others_as_any(desk: Desk) -> None:
    own = desk.client(CAMILLE)
    most = sign_in.FROM_THERE.most
    assert failed(own, most + 1) == [401] * most + [429]
    assert failed(own, most + 1, CAMILLE) == [401] * most + [429]


@pytest.mark.parametrize("proof", ["", "y", "A" * 43, "A" * 22, "." * 40])
def test_a_forged_cookie_knows_nobody(desk: Desk, proof: str) -> None:
    """However many there are: one for each guess."""
    forged = desk.client()
    most = sign_in.FROM_THERE.most

    def guess(number: int) -> int:
        forged.cookies["__Host-known"] = f"browser-{number}.{proof}"
        return try_in(forged)

    assert [guess(number) for number in range(most + 1)] == [401] * most + [429]


def test_the_cookie_of_one_person_knows_no_other(desk: Desk) -> None:
    for number in range(sign_in.OF_NETWORK.most):
        assert try_in(desk.client(network=THERE), f"person-{number}@example.com") == 401
    own = desk.client(network=THERE)
    own.cookies |= {"__Host-known": desk.client(CAMILLE).cookies["__Host-known"]}
    assert try_in(own, LEA, PASSWORD) == 429
    assert try_in(own, CAMILLE, PASSWORD) == 200


def test_what_succeeds_is_given_back(desk: Desk) -> None:
    for _ in range(sign_in.OF_NETWORK.most + 1):
        assert try_in(desk.client(), password=PASSWORD) == 200


def test_sign_in_is_open_again_with_a_new_password(desk: Desk) -> None:
    client = desk.client()
    assert failed(client, sign_in.FROM_THERE.most + 1)[-1] == 429
    client.post("/api/password/forgot", {"email": LEA})
    body = {"email": LEA, "code": code(desk, LEA), "password": NEW_PASSWORD}
    assert client.post("/api/password/reset", body).status_code == 204
    assert try_in(client, password=NEW_PASSWORD) == 200
    assert try_in(desk.client(), password=NEW_PASSWORD) == 200


def test_a_reset_forgets_the_counts(desk: Desk) -> None:
    assert failed(desk.client(), sign_in.FROM_THERE.most + 1)[-1] == 429
    assert desk.client().post("/_local/reset").status_code < 300
    assert try_in(desk.client(), password=PASSWORD) == 200


def test_what_nobody_was_told_is_not_counted(desk: Desk) -> None:
    """A failure of ours keeps nobody out."""
    tries = Tries(kept.store())
    one = tried(Limit("of a test", "one", 1, 60, "tries"), "x", KEYS)
    for _ in range(3):
        tries = Tries(kept.store())
        tries.count([one])
        tries.give_back(succeeded=False)
    tries = Tries(kept.store())
    tries.count([one])
    tries.count([one])
    with pytest.raises(Refused) as refused:
        Tries(kept.store()).count([one])
    assert refused.value.code is TOO_MANY_TRIES


# ---- codes and links ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/password/forgot", "/api/registrations", "/api/cancellation-requests"])
def test_a_place_asks_twenty_times_an_hour(desk: Desk, path: str) -> None:
    def ask(number: int, network: str = HERE) -> int:
        email = f"person-{number}@example.com"
        body = {"email": email, "contract_number": "G-1"} if "cancel" in path else {"email": email}
        if "regist" in path:
            body = NEW | body
        return desk.client(network=network).post(path, body).status_code

    assert password.LIMITS.of_network.most == registration.LIMITS.of_network.most == LINKS_OF_NETWORK.most == 20
    assert [ask(number) for number in range(21)] == [202] * 20 + [429]
    assert ask(21, THERE) == 202
    desk.advance("60m")
    assert ask(22) == 202


def test_a_persons_own_limit_is_silent(desk: Desk) -> None:
    """And those whom nobody knows are answered alike."""
    known, unknown = (
        [desk.client(network=network).post("/api/password/forgot", {"email": email}) for _ in range(13)]
        for email, network in ((LEA, HERE), ("nobody@example.com", THERE))
    )
    assert {answer.status_code for answer in (*known, *unknown)} == {202}
    assert len(desk.mails(LEA)) == password.LIMITS.from_there.most


def test_a_strangers_requests_keep_nobody_from_a_code(desk: Desk) -> None:
    own = desk.client(LEA)
    for _ in range(13):
        desk.client().post("/api/password/forgot", {"email": LEA})
    before = len(desk.mails(LEA))
    own.post("/api/password/forgot", {"email": LEA})
    assert len(desk.mails(LEA)) == before + 1
    elsewhere = desk.client(network=THERE)
    elsewhere.post("/api/password/forgot", {"email": LEA})
    assert len(desk.mails(LEA)) == before + 2


def test_a_stranger_uses_up_neither_code_nor_tries(desk: Desk) -> None:
    own, stranger = desk.client(), desk.client()
    own.post("/api/password/forgot", {"email": LEA})
    right = code(desk, LEA)
    stranger.post("/api/password/forgot", {"email": LEA})
    of_the_stranger = code(desk, LEA)

    def reset(client: Client, given: str) -> int:
        body = {"email": LEA, "code": given, "password": NEW_PASSWORD}
        return client.post("/api/password/reset", body).status_code

    assert [reset(stranger, another(of_the_stranger)) for _ in range(6)] == [422] * 6
    assert reset(desk.client(), right) == 422
    assert reset(stranger, right) == 422
    assert reset(own, of_the_stranger) == 422
    assert reset(own, right) == 204


def test_a_code_that_was_asked_for_too_often_is_longer(desk: Desk) -> None:
    """So nobody is kept from one, and nobody gets anywhere by guessing."""
    for number in range(password.LIMITS.guarded.most):
        # Each silences the next of its quarter of an hour.
        if number % (password.LIMITS.of_person.most - 1) == 0:
            desk.advance("15m")
        client = desk.client(network=f"127.0.0.{2 + number}")
        client.post("/api/password/forgot", {"email": LEA})
    assert {len(mail.subject.split()[0]) for mail in desk.mails(LEA)} == {6}
    client = desk.client(network="127.0.0.99")
    client.post("/api/password/forgot", {"email": LEA})
    given = desk.mails(LEA)[0].subject.split()[0]
    assert len(given) == 10
    body = {"email": LEA, "password": NEW_PASSWORD}
    assert client.post("/api/password/reset", body | {"code": given[:6]}).status_code == 422
    assert client.post("/api/password/reset", body | {"code": given}).status_code == 204
    desk.advance("1d")
    client.post("/api/password/forgot", {"email": LEA})
    assert len(desk.mails(LEA)[0].subject.split()[0]) == 6


def test_a_strangers_requests_keep_nobody_from_the_cancellation(desk: Desk) -> None:
    """Whatever a stranger asks for, who reads the address has a link that cancels."""
    contract = desk.client(CAMILLE).get("/api/subscriptions/camille-active-alone").json()["contract_number"]
    asked = {"email": CAMILLE, "contract_number": contract}
    for number in range(LINKS_OF_CONTRACT.most + 3):
        client = desk.client(network=f"127.0.1.{2 + number}")
        assert client.post("/api/cancellation-requests", asked).status_code == 202
        wrong = asked | {"contract_number": f"G-{number}"}
        assert client.post("/api/cancellation-requests", wrong).status_code == 202
    links = desk.mails(CAMILLE)
    assert len(links) == LINKS_OF_CONTRACT.most
    token = links[0].text.partition("#token=")[2].split()[0]
    assert desk.client().post("/api/cancellation-requests/summary", {"token": token}).status_code == 200


def test_the_table_of_limits_says_what_is_counted() -> None:
    readme = budgets.README.read_text("utf-8")
    assert readme == budgets.drawn_into(readme, budgets.table()), "python -m infra.budgets draws it anew"
    with pytest.raises(ValueError, match="no place"):
        budgets.drawn_into("", budgets.table())


# ---- budgets ------------------------------------------------------------------------------------------------------


def test_what_a_budget_pays_for_is_counted_with_it(desk: Desk) -> None:
    count = Count(Key("BUDGET#x", "WINDOW#1"), 3, 2, 2**31, Refused(USED_UP, retry_after=7))
    store = kept.store()
    store.commit([count])
    with pytest.raises(Refused) as refused:
        store.commit([count])
    assert (refused.value.code, refused.value.facts) == (USED_UP, {"retry_after": 7})
    item = store.item(count.key)
    assert item
    assert item["count"] == 2


@pytest.mark.parametrize(("job", "limit"), BUDGETS, ids=lambda value: value if isinstance(value, str) else value.whose)
def test_each_budget_that_is_declared_is_counted_once(cloud: Desk, job: str, limit: Limit) -> None:
    """By the job's own journey, and what is not declared is not counted."""
    from tests.functions.everywhere import Caller

    given = Given(kept.cloud())
    begun = JOURNEYS[job](given).call
    assert isinstance(begun, Call)
    if "emails" in (begun.body or {}):
        begun = replace(begun, body={"emails": [given.address("new")]})
    cloud.cloud.settle()
    before = _counts()
    assert Caller(cloud, given).send(begun).status_code < 300
    after = _counts()
    new = {key: count for key, count in after.items() if before.get(key) != count}
    assert len(new) == len([one for one in JOBS[job].limits if one.counted == "budget"])
    assert limit.most > 1
    assert set(new.values()) == {1}


def _counts() -> dict[str, Any]:
    found = kept.stored()
    return {item["PK"]["S"]: int(item["count"]["N"]) for item in found if item["PK"]["S"].startswith("BUDGET#")}


def test_thirty_users_come_and_go(desk: Desk) -> None:
    """An honest administrator meets no limit."""
    client = desk.client(CAMILLE)
    users = "/api/subscriptions/camille-active-alone/users"
    for number in range(30):
        email = f"colleague-{number}@example.com"
        assert client.post(users, {"email": email}).status_code == 201
        assert client.delete(f"{users}/{email}").status_code == 204


def test_one_stranger_is_not_mailed_for_ever(desk: Desk) -> None:
    client = desk.client(CAMILLE)
    users = "/api/subscriptions/camille-active-alone/users"
    answers: list[Any] = []
    for _ in range(25):
        answers.append(client.post(users, {"email": "stranger@example.com"}))
        client.delete(f"{users}/stranger@example.com")
    assert [answer.status_code for answer in answers] == [201] * 20 + [429] * 5
    refused = answers[-1]
    assert refused.json()["code"] == "used_up"
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert len(desk.mails("stranger@example.com")) == 40
    assert client.post(users, {"email": "another@example.com"}).status_code == 201


# ---- the log ------------------------------------------------------------------------------------------------------


def test_who_is_refused_and_where_is_told_by_keyed_hashes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The same person from two places, and another: told apart, and not by what they are."""

    def refused(email: str, network: str) -> dict[str, Any]:
        capsys.readouterr()
        body = {"email": email, "password": "wrong"}
        assert desk.client(network=network).post("/api/session", body).status_code == 401
        return next(line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "place" in line)

    lea, elsewhere, camille = (
        refused(email, network)
        for email, network in (
            ("lea.petit@example.com", "127.0.0.1"),
            ("lea.petit@example.com", "127.0.0.2"),
            ("nobody@example.com", "127.0.0.1"),
        )
    )
    assert lea["person"] == elsewhere["person"] != camille["person"]
    assert lea["place"] == camille["place"] != elsewhere["place"]
    assert "127.0" not in json.dumps([lea, elsewhere, camille])
    assert "@" not in json.dumps([lea, elsewhere, camille])
