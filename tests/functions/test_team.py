"""The team in one go: many users added at once, what became of their invitations, the list as a file, and a leaver."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from typing import Any
from unittest import mock

import httpx
import pytest

from functions.shared.items import Item, Write
from functions.shared.mail_log import Fate
from functions.shared.store import Store
from functions.subscriptions.add_users import ADDED_AT_ONCE, decided
from functions.subscriptions.invitation_mail import learnt
from functions.subscriptions.users import defused
from tests import kept
from tests.desk import Client, Desk
from tests.functions.test_subscription import a_subscription
from tests.functions.test_users import ALEX, SAM, users_of

ALONE = "alex-active-alone"
FLOATING = "alex-active-floating"


def pasted(who: Client, subscription: str, *lines: str, key: Any = ..., preview: bool = False) -> httpx.Response:
    path = f"{users_of(subscription)}/batch{'/preview' if preview else ''}"
    return who.post(path, {"emails": list(lines)}, key=key)


def verdicts(response: httpx.Response) -> list[tuple[int, str, str]]:
    assert response.status_code == 200, response.text
    return [(item["line"], item["email"], item["verdict"]) for item in response.json()["items"]]


def people(number: int, name: str = "new") -> list[str]:
    return [f"{name}{n}@example.com" for n in range(number)]


# ---- what is pasted ------------------------------------------------------------------------------------------------


LINES = (
    ("New <new@example.com>", "new@example.com", "add"),
    (' "other@example.com";', "other@example.com", "add"),
    ("\tmailto:third@example.com\r", "third@example.com", "add"),
    ("fourth\u200b@example.com", "fourth@example.com", "add"),
    ("NEW@EXAMPLE.COM", "new@example.com", "repeated"),
    ("eva@b\u00fccher.example", "eva@xn--bcher-kva.example", "add"),
    ("eva@xn--bcher-kva.example", "eva@xn--bcher-kva.example", "repeated"),
    ("alex.morgan@example.com", "alex.morgan@example.com", "already_a_user"),
    ("nobody", "nobody", "invalid"),
    ("", "", "invalid"),
    ("a@example.com; b@example.com", "a@example.com; b@example.com", "invalid"),
    ("bad\u0000@example.com", "bad\u0000@example.com", "invalid"),
)


def test_each_line_is_told_what_comes_of_it_and_nothing_is_done(desk: Desk) -> None:
    alex, before = desk.client(ALEX), kept.users(ALONE)
    preview = pasted(alex, ALONE, *(line for line, _, _ in LINES), preview=True)
    assert verdicts(preview) == [(number, *told) for number, (_, *told) in enumerate(LINES, 1)]
    assert (preview.json()["would_add"], preview.json()["free"]) == (5, 9)
    assert kept.users(ALONE) == before
    assert desk.mails() == []


def test_what_was_previewed_is_done(desk: Desk) -> None:
    alex = desk.client(ALEX)
    done = pasted(alex, ALONE, *(line for line, _, _ in LINES))
    said = [
        (number, email, "added" if verdict == "add" else verdict) for number, (_, email, verdict) in enumerate(LINES, 1)
    ]
    assert verdicts(done) == said
    assert kept.read_subscription(ALONE).users == len(kept.users(ALONE)) == 6
    assert sorted(mail.to for mail in desk.mails()) == sorted(email for _, email, told in said if told == "added")


def test_whoever_finds_no_seat_is_told_so_in_the_order_of_the_lines() -> None:
    told = decided(a_subscription(users=2, seats=4), people(4), {"new1@example.com"}.__contains__)
    assert list(told.values()) == ["add", "already_a_user", "add", "no_seat_left"]
    floating = decided(a_subscription(users=9, seats=4, licence="floating"), people(4), {""}.__contains__)
    assert set(floating.values()) == {"add"}


def test_a_floating_licence_has_no_seats_to_run_out_of(desk: Desk) -> None:
    preview = pasted(desk.client(ALEX), FLOATING, *people(3), preview=True)
    assert (preview.json()["would_add"], preview.json()["free"]) == (3, None)


@pytest.mark.parametrize("emails", [[], ["x"] * 501, [1], "a@example.com", None])
def test_how_many_there_may_be(desk: Desk, emails: Any) -> None:
    for path in ("batch", "batch/preview"):
        answer = desk.client(ALEX).post(f"{users_of(ALONE)}/{path}", {"emails": emails})
        assert (answer.status_code, answer.json()["errors"][0]["field"][:6]) == (422, "emails")


def test_a_long_list_may_be_larger_than_what_else_is_sent(desk: Desk) -> None:
    alex = desk.client(ALEX)
    assert pasted(alex, ALONE, *["x" * 500] * 500, preview=True).status_code == 200
    assert pasted(alex, ALONE, *["x" * 600] * 500, preview=True).json()["code"] == "too_large"


def test_the_longest_answer_is_kept_whatever_it_is_written_in(desk: Desk) -> None:
    alex, lines = desk.client(ALEX), ["\U0001f642" * 110] * 500
    first = pasted(alex, ALONE, *lines, key="long")
    assert verdicts(first) == [(number, line, "invalid") for number, line in enumerate(lines, 1)]
    assert pasted(alex, ALONE, *lines, key="long").json() == first.json()


# ---- cut short ----------------------------------------------------------------------------------------------------


@contextmanager
def cut_short_after_a_step() -> Iterator[None]:
    """Meanwhile the table takes the plan and one step."""
    commit, taken = Store.commit, list[object]()

    def commits(store: Store, writes: Sequence[Write]) -> None:
        if len(taken) == 2:
            raise TimeoutError
        commit(store, writes)
        taken.append(writes)

    with mock.patch.object(Store, "commit", commits):
        yield


def test_what_was_cut_short_goes_on_with_the_same_key_and_with_another(desk: Desk) -> None:
    alex, team = desk.client(ALEX), people(ADDED_AT_ONCE + 5)
    path = users_of(FLOATING)
    before = len(kept.users(FLOATING))
    with cut_short_after_a_step():
        assert pasted(alex, FLOATING, *team, key="one").status_code == 503
    assert len(kept.users(FLOATING)) == before + ADDED_AT_ONCE
    first = pasted(alex, FLOATING, *team, key="one")
    assert {verdict for _, _, verdict in verdicts(first)} == {"added"}
    assert pasted(alex, FLOATING, *team, key="one").json() == first.json()
    assert {verdict for _, _, verdict in verdicts(pasted(alex, FLOATING, *team))} == {"already_a_user"}
    assert len(desk.mails()) == len(team)
    assert alex.get(f"{path}?limit=100&q=NEW1").json()["next"] is None
    assert pasted(alex, FLOATING, "other@example.com", key="one").json()["code"] == "idempotency_key_reused"


@pytest.mark.proof
def test_five_hundred_at_once(desk: Desk) -> None:
    done = pasted(desk.client(ALEX), FLOATING, *people(500))
    assert {verdict for _, _, verdict in verdicts(done)} == {"added"}
    assert kept.read_subscription(FLOATING).users == len(kept.users(FLOATING))
    assert len({mail.to for mail in desk.mails()}) == len(desk.mails()) == 500


# ---- what became of the invitations -------------------------------------------------------------------------------


def user(desk: Desk, email: str, subscription: str = ALONE) -> dict[str, Any]:
    desk.settle()
    [found] = desk.client(ALEX).get(f"{users_of(subscription)}?q={email}").json()["items"]
    shown: dict[str, Any] = found
    return shown


def test_the_list_shows_who_was_invited_and_whose_mail_bounced(desk: Desk) -> None:
    alex = desk.client(ALEX)
    added = alex.post(users_of(ALONE), {"email": "new@example.com"}).json()
    assert (added["status"], added["invited_at"], added["mail"]) == ("invited", added["added_at"], None)
    pasted(alex, ALONE, "bounce.one@example.com")
    assert user(desk, "new@example.com")["mail"] == "delivered"
    assert user(desk, "bounce.one@example.com")["mail"] == "bounced"
    administrator = user(desk, ALEX)
    assert (administrator["invited_at"], administrator["mail"]) == (None, None)
    bounced = alex.get(f"{users_of(ALONE)}?mail=bounced").json()["items"]
    assert [one["email"] for one in bounced] == ["bounce.one@example.com"]
    invited = alex.get(f"{users_of(ALONE)}?status=invited&limit=1").json()
    assert invited["next"]
    rest = alex.get(f"{users_of(ALONE)}?status=invited&limit=1&cursor={invited['next']}").json()
    assert (rest["next"], rest["items"][0]["email"]) == (None, "new@example.com")
    assert alex.get(f"{users_of(ALONE)}?limit=1&cursor={invited['next']}").status_code == 422


def test_whatever_is_told_first_the_same_is_known_in_the_end() -> None:
    told: tuple[tuple[Fate, ...], ...] = (
        ("sent", "delivered"),
        ("sent", "bounced"),
        ("sent", "delivered", "bounced"),
        ("sent", "delivered", "put_off"),
    )
    for last, fates in zip(("delivered", "bounced", "bounced", "delivered"), told, strict=True):
        for order in permutations(fates * 2):
            item: Item = {"invitation": "i"}
            for fate in order:
                item = learnt(item, "i", fate) or item
            assert item["mail"] == last
    assert learnt({"invitation": "newer"}, "i", "bounced") is None
    assert learnt({}, "i", "bounced") is None


def test_an_invitation_goes_out_again_three_times_a_day_in_paris(desk: Desk) -> None:
    alex = desk.client(ALEX)
    alex.post(users_of(ALONE), {"email": "bounce@example.com"})
    assert user(desk, "bounce@example.com")["mail"] == "bounced"
    path = f"{users_of(ALONE)}/bounce@example.com/invitation"
    again = alex.post(path)
    assert (again.status_code, again.json()["mail"]) == (202, None)
    assert again.json()["invited_at"] > again.json()["added_at"]
    assert [alex.post(path).status_code for _ in range(3)] == [202, 202, 429]
    assert len(desk.mails("bounce@example.com")) == 4
    left = int(alex.post(path).headers["Retry-After"])
    assert 0 < left <= 25 * 3600
    desk.advance(f"{left // 3600 + 1}h")
    assert desk.client(ALEX).post(path).status_code == 202
    assert alex.post(f"{users_of('alex-active')}/{SAM}/invitation").json()["code"] == "already_active"
    nobody = alex.post(f"{users_of(ALONE)}/nobody@example.com/invitation").json()
    assert (nobody["code"], "nobody@example.com" in nobody["detail"]) == ("not_found", True)


# ---- as a file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "separator", "status"), [("en", ",", "invited"), ("fr", ";", "invit\u00e9")])
def test_all_users_as_a_file_that_runs_nothing(desk: Desk, language: str, separator: str, status: str) -> None:
    alex = desk.client(ALEX)
    pasted(alex, FLOATING, *people(110), "=cmd@example.com", "+1@example.com", "-1@example.com")
    answer = alex.get("/api/subscriptions/alex-active-floating/users.csv", language=language)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    _, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=separator)
    assert len(rows) == len(kept.users(FLOATING))
    of = {row[0]: row for row in rows}
    assert {"'=cmd@example.com", "'+1@example.com", "'-1@example.com"} < of.keys()
    assert of["new7@example.com"][1] == status


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "\t=1", "\r1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", " =1"]
)
def test_what_a_spreadsheet_would_run_is_a_text(cell: str) -> None:
    assert defused(cell) == f"'{cell}"
    assert defused("a=1") == "a=1"


# ---- a colleague leaves -------------------------------------------------------------------------------------------


def test_a_leaver_goes_out_of_all_that_the_reader_administers(desk: Desk) -> None:
    alex = desk.client(ALEX)
    alex.post(users_of(ALONE), {"email": SAM})
    shown = alex.get(f"/api/colleagues/{SAM}").json()
    names = [one["subscription_id"] for one in shown["items"]]
    assert {"alex-active", ALONE} <= {*names}
    gone = alex.delete(f"/api/colleagues/{SAM.upper()}", key="one")
    assert (gone.status_code, gone.json()) == (200, {"removed": names, "kept": []})
    assert alex.delete(f"/api/colleagues/{SAM.upper()}", key="one").json() == gone.json()
    assert desk.client(SAM).get("/api/access?product=PROFIS%20Engineering").json()["allowed"] is False
    assert SAM not in kept.users(ALONE)
    again = alex.delete(f"/api/colleagues/{SAM}")
    assert (again.status_code, SAM in again.json()["detail"]) == (404, True)
    assert alex.get(f"/api/colleagues/{SAM}").status_code == 404


@pytest.mark.parametrize("nobody", ["nobody@example.com", "no-address", "%F0%9F%98%80"])
def test_nobody_leaves_who_is_in_none(desk: Desk, nobody: str) -> None:
    for method in ("GET", "DELETE"):
        assert desk.client(ALEX).call(method, f"/api/colleagues/{nobody}").status_code == 404


def test_nobody_leaves_by_their_own_hand_nor_by_a_users(desk: Desk) -> None:
    assert desk.client(ALEX).delete(f"/api/colleagues/{ALEX}").json()["code"] == "is_administrator"
    assert desk.client(SAM).delete(f"/api/colleagues/{ALEX}").json()["code"] == "not_found"
    assert ALEX in kept.users("alex-active")
