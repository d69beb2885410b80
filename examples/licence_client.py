"""Hold a seat of a floating licence while a program runs: an example for makers of software.

    python examples/licence_client.py https://guichet.example PRODUCT

asks for an e-mail address and a password, takes a seat on this device, keeps it until Enter is pressed, and gives it
back. When all seats are taken it says who has them. It needs Python 3.11 or later and httpx, and nothing of this
repository: copy it, and put your program in the place of `input()`.
"""

import argparse
import getpass
import platform
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx

# A lease lasts 20 minutes: renewed every five, it outlives an outage of a quarter of an hour.
RENEW_EVERY_SECONDS = 5 * 60
# What was not answered is asked for again, the very same way: it is done once however often it arrives.
TRIES = 3
DEVICE_LENGTH = 64


class Refused(Exception):
    """The desk says no: `code` is for the program, the text for the person, in their language."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['title']}. {problem['detail']}")
        self.code: str = problem["code"]
        self.problem = problem


class AllSeatsTaken(Refused):
    """Nobody is let in until one of these gives a seat back."""

    def __str__(self) -> str:
        holders = "\n".join(
            f"  {one['email']} on {one['device']}, since {local_time(one['since'])}" for one in self.problem["holders"]
        )
        return f"{super().__str__()}\n{holders}"


@dataclass(frozen=True)
class Lease:
    """A seat, until `expires_at` unless it is renewed."""

    id: str
    expires_at: str
    seats: int
    in_use: int


class Desk:
    """One person's session at the desk."""

    def __init__(self, url: str, language: str = "en", transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Accept": "application/json", "Accept-Language": language}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=10, transport=transport)
        self._cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self, email: str, password: str) -> None:
        """Open a session, for 12 hours. Raises Refused `wrong_credentials`."""
        self._ask("POST", "/api/session", {"email": email, "password": password})

    def sign_out(self) -> None:
        """End it."""
        self._ask("DELETE", "/api/session")

    def stay_signed_in(self) -> None:
        """Say that the person is still there: a session of which this is not said for two hours ends."""
        self._ask("GET", "/api/session")

    def needs_lease(self, product: str) -> bool:
        """Whether the person's licence of a product is a floating one. Raises PermissionError if they have none."""
        access = self._ask("GET", f"/api/access?{httpx.QueryParams({'product': product})}")
        if not access["allowed"]:
            raise PermissionError(f"No subscription gives access to {product}.")
        return bool(access["licence"] == "floating")

    def take(self, product: str, device: str) -> Lease:
        """Take a seat, or the one again that this device has. Raises AllSeatsTaken, or Refused `no_lease_needed`."""
        return self._lease("/api/access/leases", {"product": product, "device": device[:DEVICE_LENGTH]})

    def renew(self, lease: Lease) -> Lease:
        """Keep the seat for another 20 minutes. Raises Refused `lease_ended` when it is not ours any more."""
        return self._lease(f"/api/access/leases/{lease.id}/renewal")

    def give_back(self, lease: Lease) -> None:
        """Let the next one have the seat."""
        self._ask("DELETE", f"/api/access/leases/{lease.id}")

    def _lease(self, path: str, body: dict[str, str] | None = None) -> Lease:
        answer = self._ask("POST", path, body)
        return Lease(answer["id"], answer["expires_at"], answer["seats"], answer["in_use"])

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        # By hand: a cookie jar keeps Secure cookies from a desk that runs locally, without TLS.
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        for number in range(1, TRIES + 1):
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                if number == TRIES:
                    raise
                continue
            if answer.status_code < 500 or number == TRIES:
                break
        for cookie in answer.headers.get_list("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.is_success:
            return answer.json() if answer.content else None
        problem = answer.json()
        raise (AllSeatsTaken if problem["code"] == "all_seats_in_use" else Refused)(problem)


class Seat:
    """A seat that is kept in the background; `lost` is called once if it cannot be kept, with the reason."""

    def __init__(self, desk: Desk, lease: Lease, lost: Callable[[Exception], None], every: float) -> None:
        self.lease = lease
        self._desk, self._lost, self._every = desk, lost, every
        self._closed = threading.Event()
        self._renewing = threading.Thread(target=self._keep, name="seat", daemon=True)
        self._renewing.start()

    def close(self) -> None:
        """Give the seat back; one that cannot be given back now is free within 20 minutes."""
        self._closed.set()
        self._renewing.join()
        with suppress(httpx.TransportError, Refused):
            self._desk.give_back(self.lease)

    def _keep(self) -> None:
        while not self._closed.wait(self._every):
            try:
                self._desk.stay_signed_in()
                self.lease = self._desk.renew(self.lease)
            except Refused as refusal:
                # Ended, or signed out: what is there to save is to be saved now.
                self._lost(refusal)
                return
            except httpx.TransportError as error:
                if datetime.fromisoformat(self.lease.expires_at) <= datetime.now(UTC):
                    self._lost(error)
                    return


@contextmanager
def seat(
    desk: Desk, product: str, device: str, lost: Callable[[Exception], None], every: float = RENEW_EVERY_SECONDS
) -> Iterator[Lease | None]:
    """A seat of a product while the block runs, or None for whoever needs none. Raises as Desk.take does."""
    if not desk.needs_lease(product):
        yield None
        return
    kept = Seat(desk, desk.take(product, device), lost, every)
    try:
        yield kept.lease
    finally:
        kept.close()


def local_time(moment: str) -> str:
    """A moment as this computer's clock shows it."""
    return datetime.fromisoformat(moment).astimezone().strftime("%H:%M")


def main() -> int:
    """Hold a seat until Enter is pressed; 1 when there is none to have."""
    parser = argparse.ArgumentParser(description="Hold a seat of a floating licence until Enter is pressed.")
    parser.add_argument("desk", help="the desk's address")
    parser.add_argument("product", help="its name in the catalogue")
    parser.add_argument("--device", default=platform.node() or "a computer", help="what the others see")
    parser.add_argument("--language", default="en", choices=("en", "fr"))
    asked = parser.parse_args()
    with Desk(asked.desk, asked.language) as desk:
        try:
            desk.sign_in(input("E-mail address: "), getpass.getpass())
            with seat(desk, asked.product, asked.device, lost=lambda why: print(f"\nThe seat is lost: {why}")) as lease:
                if lease is None:
                    print("An individual licence: no seat to take.")
                else:
                    print(f"A seat is yours, {lease.in_use} of {lease.seats} are taken.")
                input("Press Enter to close the program. ")
            desk.sign_out()
        except (Refused, PermissionError) as refusal:
            print(refusal, file=sys.stderr)
            return 1
        except httpx.TransportError as error:
            print(f"The desk does not answer: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
