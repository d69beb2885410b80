"""What each job costs of DynamoDB: its calls, its read and write units, and dollars a million: `python -m bench.calls`.

Each job's own journey is run once on the local cloud, and its requests are priced by the rules of on-demand capacity:
a strongly consistent read is one unit for each begun 4 KB, twice that in a transaction; a write one for each begun KB,
twice that in a transaction, checks included.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from unittest import mock

from botocore.httpsession import URLLib3Session

from infra.local.cloud import LocalCloud
from tests.crash.world import World
from tests.functions.everywhere import JOBS
from tests.journeys import JOURNEYS
from tests.journeys.given import Given

# On demand in Paris (eu-west-3), US dollars a million units, as listed on 2026-11-01.
READ_PRICE, WRITE_PRICE = 0.1485, 0.7423
_READ_BYTES, _WRITE_BYTES = 4096, 1024


@dataclass
class Bill:
    """What was asked of DynamoDB."""

    calls: list[str] = field(default_factory=list)
    reads: int = 0
    writes: int = 0

    @property
    def dollars(self) -> float:
        """For a million of the same."""
        return self.reads * READ_PRICE + self.writes * WRITE_PRICE

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Everything that is asked meanwhile is on it."""
        send = URLLib3Session.send

        def sent(session: URLLib3Session, request: Any) -> Any:
            response = send(session, request)
            target = request.headers.get("X-Amz-Target", b"")
            target = target.decode() if isinstance(target, bytes) else target
            if target.startswith("DynamoDB_"):
                self._add(target.partition(".")[2], json.loads(request.body), json.loads(response.content))
            return response

        with mock.patch.object(URLLib3Session, "send", sent):
            yield

    def _add(self, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.calls.append(operation)
        match operation:
            case "GetItem":
                self.reads += _units(answer.get("Item"), _READ_BYTES)
            case "TransactGetItems":
                self.reads += sum(2 * _units(one.get("Item"), _READ_BYTES) for one in answer["Responses"])
            case "Query":
                self.reads += _units(answer["Items"], _READ_BYTES)
            case "TransactWriteItems":
                self.writes += sum(2 * _units(write, _WRITE_BYTES) for write in asked["TransactItems"])
            case "PutItem" | "UpdateItem":
                self.writes += _units(asked, _WRITE_BYTES)


def _units(content: Any, size: int) -> int:
    """Units for what is read or written, by its size as JSON, which is a little more than DynamoDB counts."""
    return max(1, ceil(len(json.dumps(content or "")) / size))


def bills() -> dict[str, Bill]:
    """Each job's, as its own journey comes about."""
    desk = LocalCloud(0, reload=False).start()
    found: dict[str, Bill] = {}
    try:
        with desk.nothing_delivered():
            world = World(desk)
            for name in JOBS:
                given, bill = Given(world.cloud), Bill()
                call: Any = JOURNEYS[name](given).call
                # The first call of a function reads the desk's key too.
                with world.put_back():
                    world.answer(given, call, "first")
                with world.put_back(), bill.kept():
                    world.answer(given, call, "counted")
                found[name] = bill
    finally:
        desk.stop()
    return found


def main() -> None:
    """Print one line a job."""
    print(f"{'job':24} {'reads':>6} {'writes':>7} {'$/million':>10}  calls")
    for name, bill in bills().items():
        print(f"{name:24} {bill.reads:6} {bill.writes:7} {bill.dollars:10.2f}  {', '.join(bill.calls)}")


if __name__ == "__main__":
    main()
