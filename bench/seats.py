"""What a floating licence's seats cost of DynamoDB, by how many there are, all but one taken: `python -m bench.seats`.

Counted as bench/calls.py does, on the local cloud: calls, read and write units.
"""

import contextlib
import io
import json
from collections.abc import Mapping
from typing import Any

from bench.calls import Bill
from bench.table import Row, show
from functions.subscriptions import check_access, free_seat, renew_lease, take_lease
from infra.local.cloud import LocalCloud
from tests.crash.world import World
from tests.journeys import Call
from tests.journeys.given import Given
from tests.journeys.leases import PRODUCT, hold

SEATS = (3, 100, 999)
# A take looks first which licences of the product there are.
CALLS = {"take-lease": 3}
# Addresses as long as most, and devices as people call them.
ENGINEER, DEVICE = "firstname.lastname", "Laptop of the site in Lyon"


def bills(world: World, seats: int) -> Mapping[str, Bill]:
    """What each call costs."""
    given = Given(world.cloud)
    user = given.person()
    subscription = given.subscription(user, licence="floating", seats=seats)
    for seat in range(1, seats):
        hold(given, subscription, seat, given.address(f"{ENGINEER}-{seat}"), device=DEVICE)
    found: dict[str, Bill] = {}

    def asked(name: str, call: Call) -> Any:
        bill = found[name] = Bill()
        with bill.kept():
            answer = world.answer(given, call, f"{name} {seats}")
        assert answer["statusCode"] < 300, answer  # noqa: S101 — else nothing was measured
        return json.loads(answer.get("body") or "null")

    access = Call(check_access.CHECK, user, query=f"product={PRODUCT}")
    asked("check-access", access)
    asked("check-access", access)  # the first reads the desk's key too
    lease = asked("take-lease", Call(take_lease.TAKE, user, body={"product": PRODUCT, "device": DEVICE}))
    asked("renew-lease", Call(renew_lease.RENEW, user, {"lease": lease["id"]}))
    asked("list-leases", Call(free_seat.LIST, user, {"subscription_id": subscription}, query="limit=100"))
    asked("release-lease", Call(renew_lease.RELEASE, user, {"lease": lease["id"]}))
    return found


def rows() -> list[Row]:
    """Calls and units of each, by the number of seats."""
    desk = LocalCloud(0, reload=False).start()
    found: list[Row] = []
    try:
        with desk.nothing_delivered(), contextlib.redirect_stdout(io.StringIO()):
            for seats in SEATS:
                for name, bill in bills(World(desk), seats).items():
                    what = f"{name}, {seats} seats: calls, with {bill.reads} read and {bill.writes} write units"
                    found.append(Row(what, len(bill.calls), CALLS.get(name, 2)))
    finally:
        desk.stop()
    return found


if __name__ == "__main__":
    show(rows())
