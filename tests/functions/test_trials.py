"""Trials: 30 days, once for each account and product, announced before they end, and Standard afterwards."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from functions.shared import clock
from functions.shared.texts import Texts
from functions.subscriptions.choose_edition import TRIAL_RUNNING
from functions.subscriptions.trial import decide_first_notice, decide_last_notice, decide_over
from tests import kept
from tests.desk import Client, Desk

NOOR, CAMILLE, LEA = "noor.haddad@example.com", "camille.durand@example.com", "lea.petit@example.com"
PRODUCT = {"product": "PROFIS Engineering"}


def started(client: Client) -> dict[str, Any]:
    answer = client.post("/api/trials", PRODUCT)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def choose(client: Client, trial: dict[str, Any], edition: str = "standard") -> Any:
    return client.post(f"/api/subscriptions/{trial['id']}/edition", {"edition": edition})


def reason(subscription: dict[str, Any]) -> str | None:
    [found] = [action["reason"] for action in subscription["actions"] if action["action"] == "choose_edition"]
    assert found is None or isinstance(found, str)
    return found


def test_a_trial_can_be_used_at_once_for_thirty_days_today_included(desk: Desk) -> None:
    lea = desk.client(LEA)
    today = clock.day(desk.cloud.now())

    trial = started(lea)

    assert (trial["status"], trial["edition"], trial["licence"]) == ("trial", "premium", "individual")
    assert (trial["seats"], trial["seats_used"], trial["administrator"], trial["role"]) == (1, 1, LEA, "administrator")
    assert (trial["start"], trial["end"]) == (today.isoformat(), (today + timedelta(days=29)).isoformat())
    assert trial["id"] in [item["id"] for item in lea.get("/api/subscriptions").json()["items"]]
    assert kept.users(trial["id"]) == {LEA: "administrator"}
    desk.advance("29d")
    assert lea.get(f"/api/subscriptions/{trial['id']}").json()["status"] == "trial"
    desk.advance("1d")
    assert lea.get(f"/api/subscriptions/{trial['id']}").json()["status"] == "trial_ended"


def test_an_account_tries_a_product_once_however_it_is_written(desk: Desk) -> None:
    noor = desk.client(NOOR)
    started(noor)
    desk.advance("40d")

    again = noor.post("/api/trials", {"product": " profis ENGINEERING "}, language="fr")

    assert (again.status_code, again.json()["code"]) == (409, "trial_used")
    assert desk.client(CAMILLE).post("/api/trials", PRODUCT).status_code == 201


def test_of_two_starts_at_once_one_wins(desk: Desk) -> None:
    clients = [desk.client(NOOR) for _ in range(4)]
    with ThreadPoolExecutor(4) as together:
        answers = list(together.map(lambda client: client.post("/api/trials", PRODUCT).status_code, clients))
    assert sorted(answers) == [201, 409, 409, 409]


def test_the_same_request_again_is_the_same_trial(desk: Desk) -> None:
    noor = desk.client(NOOR)
    first, again = (noor.post("/api/trials", PRODUCT, key="once").json() for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("product", "code"), [("PROFIS Rebar", "no_trial"), ("LM-20", "no_trial"), ("PROFIS", "unknown_product")]
)
def test_what_has_no_trial_is_refused_at_its_field(desk: Desk, product: str, code: str) -> None:
    answer = desk.client(NOOR).post("/api/trials", {"product": product})
    assert (answer.status_code, [(e["field"], e["code"]) for e in answer.json()["errors"]]) == (
        422,
        [("product", code)],
    )


def test_standard_opens_the_day_after_the_trial(desk: Desk) -> None:
    noor = desk.client(NOOR)
    trial = started(noor)
    opens = (date.fromisoformat(trial["end"]) + timedelta(days=1)).isoformat()

    desk.advance("29d")
    refused = choose(noor, trial)
    assert (refused.status_code, refused.json()["code"]) == (409, "trial_running")
    assert refused.json()["available_on"] == opens
    said = TRIAL_RUNNING.detail(Texts("en"), {"available_on": date.fromisoformat(opens)})
    assert refused.json()["detail"] == said
    assert reason(noor.get(f"/api/subscriptions/{trial['id']}").json()) == "trial_running"

    desk.advance("1d")
    assert reason(noor.get(f"/api/subscriptions/{trial['id']}").json()) is None
    chosen = choose(noor, trial).json()
    assert (chosen["status"], chosen["edition"], chosen["start"]) == ("active", "standard", opens)
    assert date.fromisoformat(chosen["end"]) == date.fromisoformat(opens).replace(year=2027) - timedelta(days=1)
    assert choose(noor, trial).json()["code"] == "edition_already_chosen"
    assert reason(noor.get(f"/api/subscriptions/{trial['id']}").json()) == "edition_already_chosen"


def test_standard_goes_on_from_year_to_year_and_can_be_cancelled(desk: Desk) -> None:
    noor = desk.client(NOOR)
    trial = started(noor)
    desk.advance("30d")
    choose(noor, trial)
    path = f"/api/subscriptions/{trial['id']}"
    desk.advance("366d")
    noor.sign_in(NOOR)
    assert noor.get(path).json()["status"] == "active"
    assert noor.post(f"{path}/cancellation", {"reason": "not_used"}).json()["status"] == "cancelling"


def test_only_the_administrator_of_a_trial_chooses(desk: Desk) -> None:
    trial = started(desk.client(NOOR))
    assert choose(desk.client(LEA), trial).json()["code"] == "not_found"
    lea = desk.client(LEA)
    assert choose(lea, {"id": "camille-active"}).json()["code"] == "forbidden"
    assert choose(desk.client(CAMILLE), {"id": "camille-active"}).json()["code"] == "not_a_trial"
    premium = choose(desk.client(CAMILLE), {"id": "camille-trial-ended"}, "premium").json()
    assert [(error["field"], error["code"]) for error in premium["errors"]] == [("edition", "not_a_choice")]
    assert choose(desk.client(CAMILLE), {"id": "camille-trial-ended"}).json()["status"] == "active"


def test_its_end_is_announced_a_week_and_a_day_before_and_told_afterwards(desk: Desk) -> None:
    trial = started(desk.client(CAMILLE))
    end = Texts("fr").filled("{end}", {"end": date.fromisoformat(trial["end"])})
    name = f"Votre essai de PROFIS Engineering ({trial['contract_number']})"
    said = [f"{name} a commencé", *[f"{name} se termine le {end}"] * 2, f"{name} est terminé"]
    for span, mails in (("21d", 1), ("1d", 2), ("5d", 2), ("1d", 3), ("1d", 3), ("1d", 4), ("30d", 4)):
        desk.advance(span)
        assert [mail.subject for mail in reversed(desk.mails(CAMILLE)) if "essai de PROFIS E" in mail.subject] == said[
            :mails
        ]
    history = kept.events(trial["id"])
    assert [event["type"] for event in history] == ["trial_started", "trial_ending", "trial_ending", "trial_ended"]
    assert kept.read_subscription(trial["id"]).status == "trial_ended"


def test_a_late_worker_says_each_thing_once_and_nothing_that_is_no_longer_so(desk: Desk) -> None:
    noor = desk.client(NOOR)
    trial = started(noor)
    running = kept.read_subscription(trial["id"])
    on_the_last_day = desk.cloud.now() + timedelta(days=29)

    assert list(decide_first_notice(running, on_the_last_day)) == []
    # The event and its mark; at the end the state too.
    assert len(list(decide_last_notice(running, on_the_last_day))) == 2
    assert list(decide_last_notice(running, on_the_last_day + timedelta(days=1))) == []
    assert list(decide_over(running, on_the_last_day)) == []
    assert len(list(decide_over(running, on_the_last_day + timedelta(days=9)))) == 3
    standard = replace(running, status="active", edition="standard")
    assert list(decide_over(standard, on_the_last_day + timedelta(days=1))) == []
