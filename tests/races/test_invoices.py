"""Numbers without gaps on the exact engine: 32 workers at one time, events that come twice, and deaths on the way."""

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.shared.items import Put, Write
from functions.shared.settings import Settings
from functions.shared.store import Conflict, Store
from functions.subscriptions.invoice import counter_key, invoice_key, number_of
from functions.subscriptions.order import order_key
from functions.workers.invoicing import bill_order
from tests.journeys.given import Given
from tests.journeys.invoices import ordered
from tests.races.served import THREADS, Served

ORDERS = 64


class Died(Exception):
    """The process was killed."""


class Dying(Store):
    """The table for workers of which some die before they have written, some after."""

    def commit(self, writes: Sequence[Write]) -> None:
        how = random.random()
        if how < 0.15:
            raise Died
        super().commit(writes)
        if how > 0.85:
            raise Died


@dataclass
class Workers:
    """A cloud whose table kills."""

    store: Store
    settings: Settings


def test_no_number_is_missing_and_none_comes_twice(desk: Served) -> None:
    given, store, year = Given(desk.cloud), desk.cloud.store, clock.day(clock.now()).year
    orders = [ordered(given.address(f"buyer{number}"), "s") for number in range(ORDERS)]
    given.write(*(Put(order_key(one.by, one.id), {**one.attributes(), "version": 1}) for one in orders))
    before = int((store.item(counter_key(year)) or {"last": 0})["last"])
    cloud: Any = Workers(Dying(store._client, store._table), desk.cloud.settings)
    # Each event twice, as a stream may hand them over, all mixed.
    events = [Event("order_placed", one.placed_at, one.by, {"order": one.id}) for one in orders] * 2
    random.shuffle(events)
    start = threading.Barrier(THREADS)

    def work(some: Sequence[Event]) -> int:
        start.wait(timeout=60)
        return sum(tries(cloud, event) for event in some)

    with ThreadPoolExecutor(THREADS) as threads:
        tried = sum(threads.map(work, [events[at::THREADS] for at in range(THREADS)]))

    assert tried > len(events), "nobody died"
    billed = [(store.item(order_key(one.by, one.id)) or {})["invoice"] for one in orders]
    after = int((store.item(counter_key(year)) or {"last": 0})["last"])
    assert sorted(billed) == [number_of(year, count) for count in range(before + 1, after + 1)]
    assert after == before + ORDERS
    kept = [store.item(invoice_key(number)) for number in billed]
    assert [one and one["order"] for one in kept] == [one.id for one in orders]


def tries(cloud: Cloud, event: Event) -> int:
    """How often it is tried until it is done, as the stream hands over what has failed."""
    for count in range(1, 200):
        try:
            bill_order(cloud, event)
        except (Died, Conflict):
            continue
        return count
    raise AssertionError("never done")
