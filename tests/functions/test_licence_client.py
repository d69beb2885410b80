"""The example for makers of software, run against the desk: it takes a seat, keeps it and gives it back."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from examples import licence_client
from examples.licence_client import AllSeatsTaken, Desk, Refused, seat
from infra.local.demo import PASSWORD
from tests.desk import Desk as LocalDesk

SOURCE = Path(licence_client.__file__)
ALEX, PRIYA, OWEN = "alex.morgan@example.com", "priya.shah@example.com", "owen.hughes@example.com"
HELD = "/api/subscriptions/alex-active-floating/leases"
PRODUCT = "PROFIS Detailing"


def signed_in(desk: LocalDesk, email: str, **options: Any) -> Desk:
    client = Desk(desk.url, **options)
    client.sign_in(email, PASSWORD)
    return client


def devices(desk: LocalDesk) -> list[str]:
    return [lease["device"] for lease in desk.client(ALEX).get(HELD).json()["items"]]


def unexpected(why: Exception) -> None:
    raise AssertionError(why)


def test_a_seat_is_held_while_the_program_runs_and_given_back(desk: LocalDesk) -> None:
    with signed_in(desk, PRIYA) as client:
        with seat(client, PRODUCT, "My device", lost=unexpected) as lease:
            assert lease
            assert (lease.seats, lease.in_use) == (3, 3)
            assert "My device" in devices(desk)
        assert "My device" not in devices(desk)
        client.sign_out()
        with pytest.raises(Refused, match="not signed in"):
            client.needs_lease(PRODUCT)


def test_it_is_renewed_in_the_background(desk: LocalDesk) -> None:
    renewed = threading.Event()

    def seen(self: Any, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/renewal"):
            renewed.set()
        return httpx.HTTPTransport().handle_request(request)

    watched = type("Watched", (httpx.BaseTransport,), {"handle_request": seen})()
    with signed_in(desk, PRIYA, transport=watched) as client:
        with seat(client, PRODUCT, "My device", lost=unexpected, every=0.05):
            assert renewed.wait(20)
        assert "My device" not in devices(desk)


def test_who_is_not_let_in_hears_who_has_the_seats(desk: LocalDesk) -> None:
    with signed_in(desk, OWEN) as client:
        client.take(PRODUCT, "Another device")
        with pytest.raises(AllSeatsTaken) as refused, seat(client, PRODUCT, "One too many", lost=unexpected):
            pass
    said = str(refused.value)
    assert "All seats are taken" in said
    assert f"{PRIYA} on Workstation 12, since " in said
    assert "Another device" in said


def test_the_program_hears_that_its_seat_was_freed(desk: LocalDesk) -> None:
    told: list[Exception] = []
    heard = threading.Event()

    def lost(why: Exception) -> None:
        told.append(why)
        heard.set()

    with signed_in(desk, PRIYA) as client, seat(client, PRODUCT, "My device", lost=lost, every=0.05) as lease:
        assert lease
        assert desk.client(ALEX).delete(f"{HELD}/{lease.id}").status_code == 204
        assert heard.wait(20)
    [why] = told
    assert isinstance(why, Refused)
    assert why.code == "lease_ended"


def test_an_individual_licence_needs_no_seat_and_a_stranger_has_none(desk: LocalDesk) -> None:
    with signed_in(desk, ALEX) as client, seat(client, "PROFIS Rebar", "My device", lost=unexpected) as lease:
        assert lease is None
        with pytest.raises(PermissionError, match="No subscription"):
            client.needs_lease("PROFIS Nothing")


def test_what_is_not_answered_is_asked_for_again_and_done_once(desk: LocalDesk) -> None:
    lost: list[httpx.Request] = []

    def answer(self: Any, request: httpx.Request) -> httpx.Response:
        response = httpx.HTTPTransport().handle_request(request)
        if request.method == "POST" and request.url.path == "/api/access/leases" and not lost:
            lost.append(request)
            raise httpx.ReadError("the answer is lost")
        return response

    lossy = type("Lossy", (httpx.BaseTransport,), {"handle_request": answer})()
    with signed_in(desk, PRIYA, transport=lossy) as client:
        assert client.take(PRODUCT, "My device").in_use == 3
    assert devices(desk).count("My device") == 1
    assert lost


def test_it_runs_as_it_is(desk: LocalDesk) -> None:
    def run(*asked: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(SOURCE), desk.url, *asked],
            input=f"{PRIYA}\n{password}\n\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            # Without a terminal the password is read from the input.
            start_new_session=True,
        )

    done = run(PRODUCT, "--device", "From a script")
    assert done.returncode == 0, done.stderr
    assert "A seat is yours, 3 of 3 are taken." in done.stdout
    assert "From a script" not in devices(desk)
    wrong = run(PRODUCT, "--language", "fr", password="wrong")
    assert wrong.returncode == 1
    assert "mot de passe" in wrong.stderr
