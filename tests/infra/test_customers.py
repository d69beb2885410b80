"""Existing customers come to the desk from a file: judged line by line, whole or not at all, once however often."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from unittest import mock

import boto3
import pytest

from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.store import Conflict, Store
from functions.subscriptions.imported import imported_id
from functions.subscriptions.subscription import partition
from infra import customers
from infra.customers import COLUMNS, Unreadable
from tests import kept
from tests.customers import PASSWORD, code
from tests.desk import Desk

ANNA = "anna.lopez@example.com"


def contract(number: int = 1, **changed: Any) -> dict[str, Any]:
    """A line that is right, but for the changes."""
    today = clock.day(clock.now())
    start = today - timedelta(days=100)
    return {
        "contract_number": f"C-2025-{number:05}",
        "product": "PROFIS Engineering",
        "edition": "premium",
        "licence": "individual",
        "seats": 4,
        "unit_price": 450_00,
        "status": "active",
        "start": start.isoformat(),
        "end": last_day_of_year_from(start).isoformat(),
        "administrator": ANNA,
        "company": "López Ingénierie",
        "profile": "design_office",
        "siren": "552100554",
        "language": "fr",
        "users": ["ben.okafor@example.com"],
        **changed,
    }


def run(lines: Any, name: str = "contracts.json", *, write: bool = False) -> tuple[bool, list[str]]:
    content = lines if isinstance(lines, bytes) else customers.written(name, lines).encode()
    said: list[str] = []
    client = boto3.client("dynamodb")
    return customers.import_file(kept.cloud(), client, name, content, said.append, write=write), said


def everything() -> dict[Any, Any]:
    client = boto3.client("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName=kept.cloud().settings.table)
    return {(item["PK"]["S"], item["SK"]["S"]): item for page in pages for item in page["Items"]}


# ---- what comes of a right file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["contracts.csv", "contracts.json"])
def test_a_dry_run_says_what_would_be_and_changes_nothing(desk: Desk, name: str) -> None:
    before = everything()
    is_well, said = run([contract(1), contract(2, users=[])], name)
    assert is_well
    first = "line 2" if name.endswith("csv") else "entry 1"
    assert said[0] == f"{first}  C-2025-00001  new"
    assert said[-1] == "2 new: nothing was written; --write does"
    assert everything() == before


@pytest.mark.parametrize("name", ["contracts.csv", "contracts.json"])
def test_what_is_written_is_written_once(desk: Desk, name: str) -> None:
    lines = [contract(1), contract(2, licence="floating", users=[f"user.{n}@example.com" for n in range(70)])]
    assert run(lines, name, write=True)[0]
    desk.settle()
    after = everything()
    is_well, said = run(lines, name, write=True)
    assert (is_well, said[-1]) == (True, "2 here already: written")
    assert everything() == after
    assert len([sk for pk, sk in after if pk == partition(imported_id("C-2025-00002")) and "USER#" in sk]) == 71


def test_a_customer_manages_what_was_taken_over(desk: Desk) -> None:
    assert run([contract(1)], write=True)[0]
    assert desk.mails(ANNA) == [], "nobody is written to"
    anna = desk.client()
    assert anna.post("/api/password/forgot", {"email": ANNA}).status_code == 202
    new = {"email": ANNA, "code": code(desk, ANNA), "password": PASSWORD}
    assert anna.post("/api/password/reset", new).status_code == 204
    anna.sign_in(ANNA, PASSWORD)

    [shown] = anna.get("/api/subscriptions").json()["items"]
    assert (shown["contract_number"], shown["status"], shown["seats"]) == ("C-2025-00001", "active", 4)
    users = f"/api/subscriptions/{shown['id']}/users"
    listed = {user["email"]: user["status"] for user in anna.get(users).json()["items"]}
    assert listed == {ANNA: "active", "ben.okafor@example.com": "invited"}
    assert anna.post(users, {"email": "new.one@example.com"}).status_code == 201
    history = anna.get(f"/api/subscriptions/{shown['id']}/history", language="en").json()["items"]
    assert "taken over from the system" in json.dumps(history)

    refused = anna.get(f"/api/subscriptions/{shown['id']}/contract", language="fr").json()
    assert (refused["code"], refused["title"]) == ("no_contract_yet", "Contrat conclu ailleurs")
    seats = f"/api/subscriptions/{shown['id']}/seats"
    total = anna.post(f"{seats}/preview", {"seats": 6}).json()["amount"]
    changed = anna.post(seats, {"seats": 6, "terms": True, "total": total})
    assert changed.status_code == 200, changed.text
    assert changed.json()["seats"] == 6
    desk.settle()
    assert any(sk.startswith("AMENDMENT#") for pk, sk in everything() if pk == partition(shown["id"]))


def test_it_renews_and_is_billed_like_any_other(desk: Desk) -> None:
    start = clock.day(clock.now()) - timedelta(days=360)
    line = contract(1, start=start.isoformat(), end=last_day_of_year_from(start).isoformat())
    assert run([line], write=True)[0]
    desk.advance("10d")
    desk.settle()
    found = everything()
    kinds = {item["type"]["S"] for (pk, sk), item in found.items() if "EVENT#" in sk and "type" in item}
    assert {"imported", "renewed"} <= kinds
    listed = [sk for pk, sk in found if pk == partition(imported_id("C-2025-00001")) and sk.startswith("INVOICE#")]
    assert len(listed) == 1


def test_who_has_an_account_keeps_it_and_who_is_both_user_and_customer_is_active(desk: Desk) -> None:
    camille = "camille.durand@example.com"
    before = everything()[f"USER#{camille}", "ACCOUNT"]
    lines = [
        contract(1, administrator=camille, users=[ANNA, "lea.petit@example.com"]),
        contract(2, company="Autre raison"),
    ]
    assert run(lines, write=True)[0]
    desk.settle()
    found = everything()
    assert found[f"USER#{camille}", "ACCOUNT"] == before
    where = partition(imported_id("C-2025-00001"))
    assert found[where, f"USER#{ANNA}"]["status"] == {"S": "active"}
    assert found[where, "USER#lea.petit@example.com"]["status"] == {"S": "active"}


# ---- who is told ---------------------------------------------------------------------------------------------------


def invite(*, write: bool) -> list[str]:
    said: list[str] = []
    assert customers.invite(kept.cloud(), boto3.client("dynamodb"), said.append, write=write)
    return said


def test_each_person_is_told_once_how_to_get_in(desk: Desk) -> None:
    ben, camille = "ben.okafor@example.com", "camille.durand@example.com"
    lines = [contract(1), contract(2), contract(3, administrator=camille, company="Durand", language="en")]
    assert run(lines, write=True)[0]
    desk.settle()
    before, at_first = everything(), len(desk.mails())
    assert invite(write=False)[-1] == "2 to be invited: nothing was sent; --write does"
    assert everything() == before

    assert invite(write=True)[-1] == "2 to be invited: 2 e-mails are on their way"
    desk.settle()

    told = {mail.to: mail for mail in desk.mails()[: len(desk.mails()) - at_first]}
    assert told.keys() == {ANNA, ben}
    assert f"/fr/password/#email={ANNA}" in told[ANNA].text
    assert "López Ingénierie" in told[ANNA].text
    assert f"/register/#email={ben}" in told[ben].text
    assert len(desk.mails()) == at_first + 2
    for write in (False, True):
        assert invite(write=write)[-1].startswith("0 to be invited")
    desk.settle()
    assert len(desk.mails()) == at_first + 2


def test_who_has_got_in_or_been_invited_by_a_colleague_is_not_told(desk: Desk) -> None:
    ben = "ben.okafor@example.com"
    assert run([contract(1)], write=True)[0]
    anna = desk.client()
    anna.post("/api/password/forgot", {"email": ANNA})
    desk.settle()
    new = {"email": ANNA, "code": code(desk, ANNA), "password": PASSWORD}
    assert anna.post("/api/password/reset", new).status_code == 204
    anna.sign_in(ANNA, PASSWORD)
    assert [line.partition(" ")[0] for line in invite(write=False)] == [ben, "1"]
    users = f"/api/subscriptions/{imported_id('C-2025-00001')}/users"
    assert anna.post(f"{users}/{ben}/invitation").status_code == 202
    assert invite(write=False) == ["0 to be invited: nothing was sent; --write does"]


# ---- what is wrong ------------------------------------------------------------------------------------------------


def days(number: int) -> str:
    return (clock.day(clock.now()) + timedelta(days=number)).isoformat()


WRONG: Mapping[str, tuple[dict[str, Any], str]] = {
    "no product": ({"product": "PROFIS Nothing"}, "product: This product is not in our catalogue."),
    "no software": ({"product": "LM-20"}, "product: This product is not in our catalogue."),
    "another edition": ({"product": "PROFIS Rebar", "edition": "standard"}, "edition: PROFIS Rebar has premium"),
    "no edition": ({"edition": "gold"}, "edition: it is 'standard' or 'premium' (it says 'gold')"),
    "no seats": ({"seats": 0}, "seats: This must be 1 or more."),
    "too many seats": ({"seats": 1000}, "seats: This must be 999 or less."),
    "half a seat": ({"seats": "1.5"}, "seats: it is a whole number (it says '1.5')"),
    "no address": ({"administrator": "anna"}, "administrator: Enter an e-mail address"),
    "no user's address": ({"users": ["ben@"]}, "users.0: Enter an e-mail address"),
    "no SIREN": ({"siren": "123456789"}, "siren: This is not a SIREN"),
    "no date": ({"start": "26/11/2025"}, "start: Enter a date, such as 2026-11-24. (it says '26/11/2025')"),
    "no cents": ({"unit_price": "450,00"}, "it is a whole number of cents, as 24000 is 240.00 € (it says '450,00')"),
    "not begun": ({"start": days(1), "end": days(200)}, "start: the contract has not begun"),
    "over": ({"end": days(-1)}, "end: it is the last day"),
    "for years": ({"end": days(800)}, "end: it is the last day"),
    "no company": ({"company": "  "}, "company: Fill in this field."),
    "cannot be printed": ({"company": "Studio \ue000"}, "company: We cannot print"),
    "control characters": ({"company": "A\x07B"}, "company: Remove the characters"),
    "no status": ({"status": "ended"}, "status: it is 'active' or 'cancelling' (it says 'ended')"),
    "twice a user": ({"users": [ANNA]}, "users: somebody is there twice"),
    "more users than seats": ({"seats": 1}, "users: with the administrator they need 2 seats"),
    "a contract number of signs": ({"contract_number": "--"}, "contract_number: it has too few letters"),
    "a consumer who may withdraw": (
        {"profile": "student", "start": days(-3), "end": days(200)},
        "start: a consumer may withdraw from it until",
    ),
}


@pytest.mark.parametrize("name", ["contracts.csv", "contracts.json"])
@pytest.mark.parametrize("what", WRONG)
def test_a_line_that_is_wrong_says_why_and_nothing_is_half_done(desk: Desk, what: str, name: str) -> None:
    changed, why = WRONG[what]
    before = everything()
    is_well, said = run([contract(1, administrator="other@example.com"), contract(2, **changed)], name, write=True)
    assert not is_well
    assert said[0].endswith("new")
    assert "wrong: " in said[1]
    assert why in said[1]
    assert said[-1] == "1 new, 1 wrong: nothing was written"
    assert everything() == before


def test_lines_that_do_not_agree_are_wrong(desk: Desk) -> None:
    lines = [contract(1), contract(1), contract(2, company="Another"), contract(3, unknown="x")]
    is_well, said = run(json.dumps(lines).encode(), write=True)
    assert not is_well
    assert said[1] == "entry 2  C-2025-00001  wrong: contract_number: it stands in entry 1 already"
    assert said[2].endswith("company: entry 1 says 'López Ingénierie' of the same administrator")
    assert said[3].endswith("unknown: This field is not expected here. (it says 'x')")


def test_what_is_here_and_is_other_is_said_and_left_as_it_is(desk: Desk) -> None:
    assert run([contract(1)], write=True)[0]
    before = everything()
    is_well, said = run([contract(1, contract_number="c 2025 00001", seats=9, users=[])], write=True)
    assert is_well
    assert said[0] == "entry 1  c 2025 00001  other here: seats is 4 here; users is ['ben.okafor@example.com'] here"
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.xlsx", b"PK", "neither in .csv nor in .json"),
        ("a.csv", b"contract_number,colour\n", "no such column: 'colour'"),
        ("a.csv", b"seats,seats\n", "a column is there twice"),
        ("a.csv", ",".join(COLUMNS).replace("end,", "").encode(), "these columns are missing: end$"),
        ("a.csv", b"", "these columns are missing: contract_number, "),
        ("a.csv", ",".join(COLUMNS).encode() + b'\n"C-1,', "line 2 is no CSV: unexpected end of data"),
        ("a.csv", "société\n".encode("latin-1"), "not UTF-8"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"{}", "no list"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(desk: Desk, name: str, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        run(content, name, write=True)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_sheets_are_read_as_spreadsheets_write_them(desk: Desk, separator: str) -> None:
    """With a byte order mark, blanks, capitals, a line that names the separator, and columns beyond the last."""
    line = {**contract(1), "edition": " Premium ", "language": "FR", "company": " López  ", "users": ""}
    rows = [[*(name.capitalize() for name in COLUMNS), "", ""], [*(str(line[name]) for name in COLUMNS), " ", ""]]
    sheet = "\r\n".join(map(separator.join, rows))
    assert run(b"\xef\xbb\xbf" + sheet.encode(), "a.csv")[1][0] == "line 2  C-2025-00001  new"
    assert run(f"sep={separator}\r\n{sheet}".encode("utf-8-sig"), "a.csv")[1][0] == "line 3  C-2025-00001  new"


def test_short_and_long_lines_are_wrong(desk: Desk) -> None:
    sheet = customers.written("a.csv", [contract(1)])
    short, long = f"{sheet}C-1,PROFIS\n", f"{sheet.rstrip()},,,x\n"
    assert "seats: Fill in this field." in run(short.encode(), "a.csv")[1][1]
    assert run(long.encode(), "a.csv")[1][0] == "line 2    wrong: no contract, or more cells than columns"
    head = sheet.partition("\n")[0]
    assert run(head.encode(), "a.csv")[1] == ["no contract: nothing was written; --write does"]


# ---- cut short, overtaken -----------------------------------------------------------------------------------------


def test_what_was_cut_short_is_finished_by_a_repeat(desk: Desk) -> None:
    colleagues = [f"user.{number}@example.com" for number in range(75)]
    lines = [contract(1), contract(2, licence="floating", users=colleagues)]
    name = imported_id("C-2025-00002")
    commit = Store.commit
    for at in range(4):
        desk.reset()
        calls = iter(range(100))

        def dies(store: Store, writes: Any, calls: Iterator[int] = calls, at: int = at) -> None:
            if next(calls) == at:
                raise KeyboardInterrupt
            commit(store, writes)

        with mock.patch.object(Store, "commit", dies), pytest.raises(KeyboardInterrupt):
            run(lines, write=True)
        assert (partition(name), "STATE") not in everything()
        assert run(lines, write=True)[0]
        found = everything()
        assert found[partition(name), "STATE"]["users"] == {"N": "76"}
        assert len([sk for pk, sk in found if pk == partition(name) and sk.startswith("USER#")]) == 76


def test_who_is_overtaken_is_told_so_and_the_others_are_brought(desk: Desk) -> None:
    bring = customers.bring

    def overtaken(cloud: Any, known: Any, one: Any, now: Any) -> None:
        if one.contract_number == "C-2025-00001":
            raise Conflict
        bring(cloud, known, one, now)

    with mock.patch.object(customers, "bring", overtaken):
        is_well, said = run([contract(1), contract(2)], write=True)
    assert not is_well
    assert "entry 1  C-2025-00001  was changed by somebody meanwhile: import the file again" in said
    assert (partition(imported_id("C-2025-00002")), "STATE") in everything()


# ---- and back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["contracts.csv", "contracts.json"])
def test_what_is_exported_is_here_already_when_it_is_imported(desk: Desk, name: str) -> None:
    run([contract(1, siren=None), contract(2, siren=None, status="cancelling", users=[])], write=True)
    said: list[str] = []
    content = customers.export_file(kept.cloud(), boto3.client("dynamodb"), name, said.append).encode()
    assert any(line.startswith("left out: ") and line.endswith(" awaiting_terms") for line in said)
    before = everything()
    is_well, lines = run(content, name, write=True)
    assert is_well, [line for line in lines if "wrong" in line][:3]
    assert lines[-1] == f"{len(lines) - 1} here already: written"
    assert len(lines) > 30
    assert everything() == before


def test_what_is_exported_can_be_taken_over_elsewhere(desk: Desk) -> None:
    run([contract(1), contract(2)], write=True)
    content = customers.export_file(kept.cloud(), boto3.client("dynamodb"), "a.json", lambda line: None)
    ours = [one for one in json.loads(content) if one["administrator"] == ANNA]
    assert ours == sorted(({**contract(number)} for number in (1, 2)), key=lambda one: one["contract_number"])
    assert [*ours[0]] == [*COLUMNS]


@pytest.mark.proof
def test_three_thousand_contracts_take_less_than_a_minute(desk: Desk, record_property: Any) -> None:
    lines = [
        contract(number, administrator=f"admin.{number // 2}@example.com", users=[f"user.{number}@example.com"])
        for number in range(3000)
    ]
    with desk.cloud.nothing_delivered():
        for what in ("new", "here already"):
            began = time.monotonic()
            is_well, said = run(lines, "contracts.csv", write=True)
            seconds = time.monotonic() - began
            assert is_well
            assert said[-1] == f"3000 {what}: written"
            assert seconds < 60
            record_property("proof", f"3,000 contracts, {what}: {seconds:.0f} s")
