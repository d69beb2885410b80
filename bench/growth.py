"""What a job costs as the desk grows: `python -m bench.growth [SIZE …]` (10 and 1,000 users and subscriptions).

One subscription has that many users, and its administrator that many subscriptions. Calls and units are counted as in
bench/calls.py; the processor's time is the function's own, the middling one of a few, beside that with the fewest.
What changes something shall stay flat, what is read grow to a page and no further. A hundred
thousand take twenty minutes on two busy cores.
"""

import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from bench.calls import Bill
from bench.table import Row
from functions.shared.items import Put
from functions.subscriptions import add_user, check_access, portal, remove_user, users
from functions.subscriptions.catalogue import catalogue
from functions.subscriptions.subscription import Member, Subscription, begun, enlisted, partition, state_key
from infra.local.cloud import LocalCloud
from infra.local.exact import DynamoDBLocal
from tests.crash.world import World
from tests.journeys import Call
from tests.journeys.given import Given

SIZES = (10, 1_000)
SPAN = f"{SIZES[-1]:,} users and subscriptions, beside {SIZES[0]}"
RUNS = 3
AT_ONCE = 25
AT = "2026-01-01T09:00:00.000000Z"


@dataclass(frozen=True)
class Cost:
    """Of one job: what is asked of DynamoDB, and the processor's seconds."""

    bill: Bill
    seconds: float

    @property
    def units(self) -> int:
        """Read and write units."""
        return self.bill.reads + self.bill.writes


@dataclass
class Grown:
    """A desk with one subscription and one administrator of that size."""

    world: World
    given: Given
    administrator: str
    subscription: str
    _added: int = field(default=0)

    def calls(self) -> Mapping[str, Callable[[], Call]]:
        """What is asked, made anew for each time: who was added is removed again."""
        about = {"subscription_id": self.subscription}
        product = catalogue().tried.product
        return {
            "add-user": lambda: Call(add_user.ADD, self.administrator, about, {"email": self._next()}),
            "remove-user": lambda: Call(remove_user.REMOVE, self.administrator, {**about, "email": self._last()}),
            "list-users": lambda: Call(users.LIST, self.administrator, about),
            "show-subscription": lambda: Call(portal.SHOW, self.administrator, about),
            "list-subscriptions": lambda: Call(portal.LIST, self.administrator),
            "check-access": lambda: Call(check_access.CHECK, self.administrator, query=f"product={product}"),
        }

    def cost(self, call: Callable[[], Call]) -> Cost:
        """What one such call costs: the middling one of a few, of which the first may find the function cold."""
        return sorted((self._cost(call()) for _ in range(RUNS)), key=lambda cost: cost.seconds)[RUNS // 2]

    def _cost(self, call: Call) -> Cost:
        bill = Bill()
        with bill.kept():
            began = time.thread_time()
            self._answer(call)
            seconds = time.thread_time() - began
        return Cost(bill, seconds)

    def _answer(self, call: Call) -> None:
        answer = self.world.answer(self.given, call, f"{time.perf_counter_ns()}")
        assert answer["statusCode"] < 300, answer  # noqa: S101 — else nothing was measured

    def _next(self) -> str:
        self._added += 1
        return self.given.address(f"added-{self._added}")

    def _last(self) -> str:
        self._added -= 1
        return self.given.address(f"added-{self._added + 1}")


def grown(desk: LocalCloud, engine: DynamoDBLocal, size: int) -> Grown:
    """A desk of that size and nothing else."""
    world = World(desk)
    given = Given(world.cloud)
    administrator = given.person()
    subscription = given.subscription(administrator, licence="floating", users=size)
    kept = given.kept(subscription)
    [table] = desk.stack.tables()
    _write(engine, table, _everybody(given, kept, size))
    return Grown(world, given, administrator, subscription)


def _everybody(given: Given, kept: Subscription, size: int) -> Iterator[dict[str, Any]]:
    """The other users and the other subscriptions, but for what none of these jobs reads."""
    subscription, administrator = kept.id, kept.administrator
    user, _ = (_typed(put) for put in enlisted(kept, Member("someone", "user", "active", AT)))
    state, *_, membership = (_typed(put) for put in begun(kept, AT))
    for number in range(size - 1):
        email, name = given.address(f"user-{number:06}"), f"t-{number:06}"
        yield user | _key(partition(subscription), f"USER#{email}")
        yield state | _key(state_key(name).pk, state_key(name).sk) | {"id": {"S": name}, "users": {"N": "1"}}
        yield membership | _key(f"USER#{administrator}", partition(name))


def _typed(put: Put) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in put.attributes.items() if value is not None}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"PK": {"S": pk}, "SK": {"S": sk}}


def _write(engine: DynamoDBLocal, table: str, items: Iterable[dict[str, Any]]) -> None:
    for some in batched(items, AT_ONCE, strict=False):
        puts = [{"PutRequest": {"Item": item}} for item in some]
        engine.client("dynamodb").batch_write_item(RequestItems={table: puts})


def costs(sizes: Sequence[int] = SIZES) -> dict[str, list[Cost]]:
    """Each job's at each size."""
    found: dict[str, list[Cost]] = {}
    engine = DynamoDBLocal()
    desk = LocalCloud(0, reload=False, tables=engine).start()
    try:
        with desk.nothing_delivered(), contextlib.redirect_stdout(io.StringIO()):
            for size in sizes:
                place = grown(desk, engine, size)
                for name, call in place.calls().items():
                    found.setdefault(name, []).append(place.cost(call))
    finally:
        desk.stop()
    return found


def limit(smallest: Cost) -> float:
    """What the units may grow to: those of a change not at all, a page from the ten that are there to its twenty."""
    return 1 if smallest.bill.writes else 2


def rows() -> list[Row]:
    """How much more units and processor the largest takes than the smallest, of each job."""
    return [
        row
        for name, of_sizes in costs().items()
        for row in (
            Row(f"{name}, units with {SPAN}", of_sizes[-1].units / of_sizes[0].units, limit(of_sizes[0])),
            Row(f"{name}, processor with {SPAN}", of_sizes[-1].seconds / of_sizes[0].seconds),
        )
    ]


def main() -> None:
    """Print one line a job and size."""
    print(f"{'job':20} {'size':>8} {'calls':>6} {'reads':>7} {'writes':>7} {'processor':>10}")
    sizes = tuple(int(argument) for argument in sys.argv[1:]) or SIZES
    for name, of_sizes in costs(sizes).items():
        for size, cost in zip(sizes, of_sizes, strict=True):
            ratio = cost.seconds / of_sizes[0].seconds
            bill = cost.bill
            print(f"{name:20} {size:8,} {len(bill.calls):6} {bill.reads:7} {bill.writes:7} {ratio:10.2f}")


if __name__ == "__main__":
    main()
