"""What each job costs of DynamoDB: its calls, its read and write units, and dollars a million: `python -m bench.calls`.

Each job's own journey is run once on the local cloud, and its requests are priced by the rules of on-demand capacity:
a strongly consistent read is one unit for each begun 4 KB, twice that in a transaction; a write one for each begun KB,
twice that in a transaction, checks included. Storage, streams and what else a job calls are not in it.
"""

import contextlib
import io
import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from unittest import mock

from botocore.httpsession import URLLib3Session

from bench.table import Row
from infra.local.cloud import LocalCloud
from tests.crash.world import World
from tests.functions.everywhere import JOBS
from tests.journeys import JOURNEYS
from tests.journeys.given import Given

# On demand in Paris (eu-west-3), US dollars a million units, as listed on 2026-11-01.
READ_PRICE, WRITE_PRICE = 0.1485, 0.7423
READ_BYTES, WRITE_BYTES = 4096, 1024
CALLS = 2


@dataclass
class Bill:
    """What was asked of DynamoDB."""

    calls: list[str] = field(default_factory=list)
    reads: int = 0
    writes: int = 0
    _sizes: dict[str, int] = field(default_factory=dict)

    @property
    def dollars(self) -> float:
        """For a million of the same."""
        return self.reads * READ_PRICE + self.writes * WRITE_PRICE

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Everything that is asked meanwhile is on it. Raises NotImplementedError for what has no price here."""
        send = URLLib3Session.send
        exchanged: list[tuple[Any, Any]] = []

        def sent(session: URLLib3Session, request: Any) -> Any:
            response = send(session, request)
            exchanged.append((request, response))
            return response

        with mock.patch.object(URLLib3Session, "send", sent):
            yield
        # Read afterwards, so that it takes no time of those who are measured.
        for request, response in exchanged:
            target = request.headers.get("X-Amz-Target", b"")
            target = target.decode() if isinstance(target, bytes) else target
            if target.startswith("DynamoDB_"):
                self._add(target.partition(".")[2], json.loads(request.body), json.loads(response.content))

    def _add(self, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.calls.append(operation)
        match operation:
            case "GetItem":
                self.reads += _units(self._read(answer.get("Item")), READ_BYTES)
            case "TransactGetItems":
                sizes = [self._read(one.get("Item")) for one in answer["Responses"]]
                self.reads += sum(2 * _units(size, READ_BYTES) for size in sizes)
            case "Query":
                self.reads += _units(sum(self._read(item) for item in answer["Items"]), READ_BYTES)
            case "TransactWriteItems":
                writes = [what for write in asked["TransactItems"] for what in write.values()]
                self.writes += sum(2 * _units(self._written(write), WRITE_BYTES) for write in writes)
            case "PutItem" | "UpdateItem":
                self.writes += _units(self._written(asked), WRITE_BYTES)
            case other:
                raise NotImplementedError(other)

    def _read(self, item: Mapping[str, Any] | None) -> int:
        if item is None:
            return 0
        self._sizes[_address(item)] = size(item)
        return size(item)

    def _written(self, write: Mapping[str, Any]) -> int:
        """Bytes of what is written; of what is checked, changed or deleted, as it was read before, if it was.

        A count, which nobody reads before, is far below a unit.
        """
        return size(write["Item"]) if "Item" in write else self._sizes.get(_address(write["Key"]), 0)


def size(item: Mapping[str, Any]) -> int:
    """The bytes of an item as DynamoDB counts them: names and values, a little more for what holds others."""
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


def _size_of_value(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content) + 1) // 2 + 1
        case "L":
            return 3 + sum(1 + _size_of_value(element) for element in content)
        case "M":
            return 3 + len(content) + size(content)
    return 1


def _address(item: Mapping[str, Any]) -> str:
    return f"{item['PK']['S']} {item['SK']['S']}"


def _units(content: int, unit: int) -> int:
    return max(1, ceil(content / unit))


def bills() -> dict[str, Bill]:
    """Each job's, as its own journey comes about."""
    desk = LocalCloud(0, reload=False).start()
    found: dict[str, Bill] = {}
    try:
        with desk.nothing_delivered(), contextlib.redirect_stdout(io.StringIO()):
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


def rows() -> list[Row]:
    """The most calls that a job makes, and dollars: of two jobs, the dearest, and the middling change and view."""
    found = bills()
    changes = {name: bill for name, bill in found.items() if bill.writes}
    views = {name: bill for name, bill in found.items() if not bill.writes and bill.calls}
    more = sorted(name for name, bill in changes.items() if len(bill.calls) > CALLS)
    dearest = max(changes, key=lambda name: changes[name].dollars)
    return [
        Row(
            f"DynamoDB calls of a change ({' and '.join(more)} make more)",
            max(len(bill.calls) for name, bill in changes.items() if name not in more),
            CALLS,
        ),
        *(
            Row(f"a million of {name}: {found[name].reads} read and {found[name].writes} write units each, $", figure)
            for name, figure in ((name, found[name].dollars) for name in ("add-user", "transfer", dearest))
        ),
        Row("a million of the middling change, $", statistics.median(bill.dollars for bill in changes.values())),
        Row("a million of the middling view, $", statistics.median(bill.dollars for bill in views.values())),
    ]


def main() -> None:
    """Print one line a job."""
    print(f"{'job':24} {'reads':>6} {'writes':>7} {'$/million':>10}  calls")
    for name, bill in bills().items():
        print(f"{name:24} {bill.reads:6} {bill.writes:7} {bill.dollars:10.2f}  {', '.join(bill.calls)}")


if __name__ == "__main__":
    main()
