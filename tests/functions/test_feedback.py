"""Feedback on a page: anyone says whether it helped, and nothing that points to a person is kept."""

import pytest

from functions.onboarding.feedback import impersonal
from tests import kept
from tests.desk import Desk

FEEDBACK = "/api/feedback"


def test_a_reader_who_is_not_signed_in_says_what_was_missing(desk: Desk) -> None:
    answer = desk.client().post(FEEDBACK, {"page": "/fr/add-user/", "helpful": False, "comment": "Où est la liste ?"})

    assert answer.status_code == 202
    [(_, item)] = kept.store().query("FEEDBACK#/fr/add-user/", first="0", last="9~")
    assert (item["helpful"], item["comment"]) == (False, "Où est la liste ?")


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
