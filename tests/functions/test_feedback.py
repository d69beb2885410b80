"""Feedback on a page: anyone says whether it helped, and nothing that points to a person is kept."""

import pytest

from functions.onboarding.feedback import impersonal
from tests import kept
from tests.desk import Desk

FEEDBACK = "/api/feedback"


def test_a_reader_who_is_not_signed_in_says_what_was_missing(desk: Desk) -> None:
    answer = desk.client().post(FEEDBACK, {"page": "/fr/add-user/", "helpful": False, "comment": "Où est la liste ?"})

    assert answer.status_code == 202
    [(_, item)] = kept.store().query("FEEDBACK", first="AT#", last="AT~")
    assert (item["page"], item["helpful"], item["comment"]) == ("/fr/add-user/", False, "Où est la liste ?")


def test_the_staff_read_what_was_written_newest_first_and_the_votes_of_each_page(desk: Desk) -> None:
    reader = desk.client()
    for body in (
        {"page": "/add-user/", "helpful": True},
        {"page": "/add-user/", "helpful": True},
        {"page": "/add-user/", "helpful": False, "comment": "Where is the list?"},
        {"page": "/search/", "helpful": False, "comment": "dongle for jo@example.com"},
    ):
        assert reader.post(FEEDBACK, body).status_code == 202

    staff = desk.client("jo.keller@example.com")
    written = [(one["page"], one["comment"]) for one in staff.get(FEEDBACK).json()["items"]]
    votes = [(one["page"], one["helpful"], one["count"]) for one in staff.get(f"{FEEDBACK}/votes").json()["items"]]
    assert written == [("/search/", "dongle for …"), ("/add-user/", "Where is the list?")]
    assert votes == [("/add-user/", False, 1), ("/add-user/", True, 2), ("/search/", False, 1)]


@pytest.mark.parametrize("path", [FEEDBACK, f"{FEEDBACK}/votes"])
def test_nobody_else_reads_it(desk: Desk, path: str) -> None:
    assert desk.client().get(path).status_code == 401
    assert desk.client("alex.morgan@example.com").get(path).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("comment", "without"),
    [
        ("Write to me at lea.petit@example.com", "Write to me at …"),
        ("Contract G-2026-000113, phone +33 6 12 34 56 78.", "Contract G-…, phone …."),
        ("Step 3 took 12 minutes", "Step 3 took 12 minutes"),
    ],
)
def test_what_points_to_a_person_is_not_kept(comment: str, without: str) -> None:
    assert impersonal(comment) == without


@pytest.mark.parametrize("page", ["portal", "/portal?email=lea.petit@example.com", "//evil/<b>", "/" + "a" * 200])
def test_only_the_address_of_a_page_is_taken(desk: Desk, page: str) -> None:
    answer = desk.client().post(FEEDBACK, {"page": page, "helpful": "yes"})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"page", "helpful"}
