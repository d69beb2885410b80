"""The portal's list: all of the reader's subscriptions, or those in one state or of one product or contract."""

from typing import Any

import pytest

from tests.desk import Client, Desk

NADIA = "nadia.rivoli@example.com"


@pytest.fixture
def nadia(desk: Desk) -> Client:
    """Somebody with a hundred subscriptions."""
    return desk.client(NADIA)


def walk(client: Client, query: str) -> list[dict[str, Any]]:
    """All that a list has, page after page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(f"/api/subscriptions?{query}{cursor}").json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_a_hundred_are_listed_whole_and_narrowed(nadia: Client) -> None:
    whole = nadia.get("/api/subscriptions?limit=100").json()
    assert (len(whole["items"]), whole["next"]) == (100, None)

    ended = walk(nadia, "status=trial_ended&limit=4")
    assert ended == [one for one in whole["items"] if one["status"] == "trial_ended"]
    assert len(ended) > 4

    [*tunnels] = walk(nadia, "q=%20tÚnNel&limit=7")
    assert tunnels == [one for one in whole["items"] if one["product"] == "PROFIS Tunnel"]
    assert len(tunnels) > 7
    both = walk(nadia, "q=tunnel&status=active")
    assert both == [one for one in tunnels if one["status"] == "active"]

    one = whole["items"][17]
    assert walk(nadia, f"q={one['contract_number'].lower()}") == [one]
    assert walk(nadia, "q=no%20such%20product") == []
    assert walk(nadia, "q=&limit=100") == whole["items"]


def test_a_state_that_is_none_and_the_cursor_of_another_list(nadia: Client) -> None:
    answer = nadia.get("/api/subscriptions?status=broken")
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("status", "not_a_choice")]

    cursor = nadia.get("/api/subscriptions?status=active&limit=1").json()["next"]
    assert nadia.get(f"/api/subscriptions?status=active&limit=1&cursor={cursor}").status_code == 200
    assert nadia.get(f"/api/subscriptions?status=trial&limit=1&cursor={cursor}").status_code == 422
    assert nadia.get(f"/api/subscriptions?limit=1&cursor={cursor}").status_code == 422
