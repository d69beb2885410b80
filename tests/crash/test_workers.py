"""Whatever comes of an event on its way: twice, late, out of order, poisoned, with two faults, or by a sweep alone."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product
from unittest import mock

import pytest

from functions.shared import clock, outbox
from functions.shared.events import Event
from functions.shared.items import Key, Put
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.subscription import partition
from functions.workers import happenings, owed, stream
from functions.workers.happenings import PUBLISHED
from infra.local.deliveries import Record
from tests.crash.deeds import bring_the_seal
from tests.crash.driver import Driver, Outcome
from tests.crash.faults import KINDS, Died, Fault, Kind, Watch, down
from tests.crash.world import World, nobody_waits
from tests.desk import Desk
from tests.journeys import AREAS, JOURNEYS, Call
from tests.journeys.given import Given
from tests.receivers import inboxes

SHORT = ("add-user",)
LONG = (
    *("sign", "change-seats", "transfer", "cancel", "cancel-without-account", "decide-review: ask again"),
    *("decide-review: the last day is over", "place-order: a long one", "confirm-registration", "renewal: notice"),
)
# Where what one fault leaves behind could lead another astray.
# Of so many pairs, one is tried.
PAIRED = {"activate": 2, "transfer": 6, "cancel": 3, "place-order: a long one": 20, "sign": 80, "change-seats": 60}
ONCE: tuple[Kind, ...] = ("died_before", "died_after", "lost", "throttled")
type Order = Callable[[Sequence[Record]], Sequence[Record]]
ORDERS: dict[str, Order] = {
    "twice": lambda records: [*records, *records],
    "backward": lambda records: records[::-1],
    "each twice, backward": lambda records: [one for record in records[::-1] for one in (record, record)],
}


def begun(world: World, name: str, *, delivers_once: bool = False) -> Driver:
    """A journey; what is signed in it is sealed."""
    bring_the_seal(world.cloud)
    driver = Driver(world, JOURNEYS[name], delivers_once=delivers_once)
    if name in ("sign", "change-seats"):
        driver.journey = replace(driver.journey, workers=("SealingFunction", "NotificationsFunction"))
    return driver


def with_events(world: World, names: Iterable[str]) -> Iterator[tuple[str, Driver]]:
    """Those of these journeys of which something is made known."""
    for name in names:
        with world.put_back():
            driver = begun(world, name)
            if isinstance(driver.journey.call, Call) and driver.after_the_call(partial(owes, driver)):
                yield name, driver


def owes(driver: Driver) -> bool:
    """Whether anything is left to do for the workers of a journey."""
    return any(driver.world.pending(worker) for worker in driver.journey.workers)


# ---- twice, late, out of order ------------------------------------------------------------------------------------


def test_events_come_twice_late_and_in_any_order(world: World) -> None:
    assert tried_otherwise(world, ("transfer", "decide-review: ask again", "place-order: a long one")) == 12


@pytest.mark.proof
def test_the_events_of_every_journey_come_twice_late_and_in_any_order(world: World) -> None:
    assert tried_otherwise(world, JOURNEYS) >= 80


def tried_otherwise(world: World, names: Iterable[str]) -> int:
    """How often events came otherwise than in order and once, which made no difference."""
    tried = 0
    for name, driver in with_events(world, names):
        clean = driver.run("delivery")
        for how, order in ORDERS.items():
            came = driver.run_otherwise(partial(hand_over, driver, order))
            assert not came.difference(clean), f"{name}, {how}: {came.difference(clean)}"
            assert came.mails == clean.mails, f"{name}, {how}"
            tried += 1
        late = driver.run_otherwise(partial(sweep_and_hand_over, driver))
        assert not late.difference(clean), f"{name}, late: {late.difference(clean)}"
        assert late.mails == clean.mails, f"{name}, late"
        tried += 1
    return tried


def hand_over(driver: Driver, order: Order) -> None:
    """Everything that is written, and what is written of it in turn."""
    world, handed = driver.world, dict.fromkeys(driver.journey.workers, 0)
    while any(len(world.records(name)) > count for name, count in handed.items()):
        for name, count in handed.items():
            records = world.records(name)[count:]
            handed[name] += len(records)
            if records:
                assert world.hand(name, order(records)) == {"batchItemFailures": []}


def sweep_and_hand_over(driver: Driver) -> None:
    """The stream comes after the sweep has done it all."""
    sweep_all(driver.world, driver.journey.workers)
    assert not owes(driver)
    hand_over(driver, list)


def sweep_all(world: World, workers: Sequence[str]) -> None:
    for _ in range(4):
        clock.travel(clock.offset() + 2 * stream.PATIENCE)
        for name in workers:
            world.sweep(name)


# ---- killed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.proof) for name in LONG)])
def test_a_fault_at_any_call_of_a_sweep(name: str, world: World) -> None:
    with world.put_back():
        driver = begun(world, name)
        clean = driver.run("sweep")
        assert clean.mails
        for number, (kind, lasting) in product(range(len(clean.calls)), KINDS):
            fault = Fault(kind, number, lasting)
            outcome = driver.run("sweep", fault)
            assert outcome.watch.fired, fault
            assert not outcome.difference(clean), f"{fault} of {clean.calls}\n{outcome.difference(clean)}"
            assert set(outcome.mails) == set(clean.mails), fault


def pairs(clean: Sequence[Outcome]) -> Iterator[tuple[Fault, Fault]]:
    """Every first fault at any call of a journey and its workers, and every second one behind it."""
    calls = sum(len(outcome.calls) for outcome in clean)
    for first, then in product(ONCE, ONCE):
        for at in range(calls):
            for after in range(calls - at - 1):
                yield Fault(first, at), Fault(then, after)


def try_pairs(world: World, name: str, every: int) -> tuple[int, list[str]]:
    """How many pairs of faults came about, and what was other than without any; of every so many, one is tried."""
    with world.put_back():
        driver = begun(world, name, delivers_once=True)
        clean = [driver.run("call"), driver.run("delivery")]
        fired, differences = 0, []
        for first, then in list(pairs(clean))[::every]:
            outcome = driver.run("call", first, then=then)
            fired += outcome.watch.fired == 2
            if difference := outcome.difference(clean[0]):
                differences.append(f"{first}, then {then}: {difference}")
            elif set(outcome.mails) != set(clean[0].mails):
                differences.append(f"{first}, then {then}: {outcome.mails}")
        return fired, differences


def test_two_faults(world: World) -> None:
    fired, differences = try_pairs(world, "transfer", every=61)
    assert not differences, "\n".join(differences)
    assert fired >= 5


@pytest.mark.proof
@pytest.mark.parametrize("name", PAIRED)
def test_every_pair_of_faults(name: str, world: World) -> None:
    fired, differences = try_pairs(world, name, PAIRED[name])
    assert not differences, "\n".join(differences)
    sys.stdout.write(f"{name}: {fired} pairs of faults\n")
    assert fired >= 10


# ---- poison ---------------------------------------------------------------------------------------------------------


def tell(given: Given, name: str, **facts: str) -> str:
    """That somebody was added to a subscription, which calls for an e-mail to them; returns their address."""
    email = given.address(name)
    data = {"email": email, "subscription": "s", "contract_number": "G-1", "language": "en", **facts}
    given.write(*USER_ADDED.event(clock.now(), given.address(), data).written(partition("s"), name))
    return email


def test_an_event_that_fails_by_itself_holds_up_no_other(world: World, cloud: Desk) -> None:
    [queue] = cloud.cloud.stack.queues()
    sqs = cloud.cloud.stack.client("sqs")
    sqs.purge_queue(QueueUrl=queue)
    with world.put_back(), nobody_waits():
        given = Given(world.cloud)
        siblings = [tell(given, name, product="PROFIS") for name in ("first", "second")]
        poison = tell(given, "poison")
        siblings.append(tell(given, "third", product="PROFIS"))
        world.hand_over(["NotificationsFunction"])

        assert [mail[0] for mail in world.mails()[::-1]] == siblings
        [key] = world.pending("NotificationsFunction")
        mark = world.items()[key]
        assert (mark["tries"], mark["cause"]) == (1, "KeyError")
        [letter] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert json.loads(letter["Body"]) == {
            "worker": "notifications",
            "mark": [key.pk, key.sk],
            "kind": "user_added",
            "cause": "KeyError",
        }
        sqs.purge_queue(QueueUrl=queue)

        # A sweep tries it again and again, tells nobody twice, and does it once it can be done.
        clock.travel(clock.offset() + timedelta(days=2))
        assert world.sweep("NotificationsFunction")["left"] == 1
        assert "Messages" not in sqs.receive_message(QueueUrl=queue)
        event = Key(partition("s"), f"EVENT#{key.sk}")
        item = world.items()[event]
        given.store.put(Put(event, {**item, "data": {**item["data"], "product": "PROFIS"}}))
        assert world.sweep("NotificationsFunction") == {"done": 1, "left": 0, "oldest": 0}
        assert world.mails()[0][0] == poison


def test_what_is_not_an_event_at_all_holds_up_none(world: World) -> None:
    with world.put_back(), nobody_waits():
        given = Given(world.cloud)
        email = tell(given, "somebody", product="PROFIS")
        [record] = world.records("NotificationsFunction")
        broken = json.loads(json.dumps(record))
        del broken["dynamodb"]["NewImage"]["at"]
        assert world.hand("NotificationsFunction", [broken, record]) == {"batchItemFailures": []}
        assert [mail[0] for mail in world.mails()] == [email]


def test_what_passes_is_handed_over_again_while_it_is_young_and_swept_up_after_that(world: World) -> None:
    with world.put_back(), nobody_waits():
        given = Given(world.cloud)
        email = tell(given, "somebody", product="PROFIS")
        [record] = world.records("NotificationsFunction")
        failed = {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        with down("ses"):
            assert world.hand("NotificationsFunction", [record]) == failed
            record["dynamodb"]["ApproximateCreationDateTime"] -= stream.HELD_UP.total_seconds()
            assert world.hand("NotificationsFunction", [record]) == {"batchItemFailures": []}
        assert world.pending("NotificationsFunction")
        sweep_all(world, ["NotificationsFunction"])
        assert [mail[0] for mail in world.mails()] == [email]
        assert not world.pending("NotificationsFunction")


def test_what_fails_where_no_mark_can_be_written_stays_the_streams(world: World) -> None:
    """However old it is: until then it is nowhere else."""
    with world.put_back(), nobody_waits():
        tell(Given(world.cloud), "somebody", product="PROFIS")
        [record] = world.records("NotificationsFunction")
        record["dynamodb"]["ApproximateCreationDateTime"] -= 60 * 60
        with down("ses", "dynamodb"):
            assert world.hand("NotificationsFunction", [record])["batchItemFailures"]


def test_a_sweep_ends_in_time_and_begins_with_what_was_tried_least(world: World) -> None:
    with world.put_back(), nobody_waits():
        given = Given(world.cloud)
        for name in ("poison", "worse poison"):
            tell(given, name)
        world.hand_over(["NotificationsFunction"])
        email = tell(given, "somebody", product="PROFIS")
        world.forget()
        clock.travel(clock.offset() + timedelta(hours=1))
        marks = outbox.overdue(given.store, "notifications", clock.now())
        assert [mark.tries for mark in marks] == [0, 1, 1]
        tried: list[outbox.Mark] = []
        left = iter((60_000, 20_000))
        swept = stream.sweep(world.cloud, "notifications", tried.append, lambda: next(left))
        assert [mark.id for mark in tried] == [marks[0].id]
        assert swept["done"] == 1
        assert swept["left"] == 2
        assert swept["oldest"] >= 3600
        assert email not in {mail[0] for mail in world.mails()}


# ---- receivers of webhooks ------------------------------------------------------------------------------------------


def tell_receiver(world: World, fault: Fault | None, step: int) -> Watch:
    """Three events are noted, then told; in one of these steps something goes wrong, and what is left is done later."""
    watch = Watch(fault)
    mapping = {"receiver": "crm"}
    records = world.records("WebhooksFunction")
    for number, event in enumerate(({"Records": records}, mapping)):
        if number == step:
            world.watch = watch
        with suppress(Died, Exception):
            world.call("WebhooksFunction", event)
    # What Lambda and the clock do then.
    for event in ({"Records": records}, mapping):
        clock.travel(clock.offset() + timedelta(minutes=10))
        world.call("WebhooksFunction", event)
    return watch


def test_a_fault_at_any_call_of_what_a_receiver_is_told(world: World, cloud: Desk) -> None:
    with inboxes(cloud.cloud, "crm") as [crm]:
        for step in (0, 1):
            struck = 0
            for number, (kind, lasting) in product(range(100), KINDS):
                with world.put_back(), nobody_waits():
                    given = Given(world.cloud)
                    for name in ("first", "second", "third"):
                        tell(given, name, product="PROFIS")
                    wanted = [
                        record["dynamodb"]["NewImage"]["event_id"]["S"] for record in world.records("WebhooksFunction")
                    ]
                    crm.told.clear()
                    fault = Fault(kind, number, lasting)
                    fired = tell_receiver(world, fault, step).fired
                    told = [one.id for one in crm.taken]
                    assert [*dict.fromkeys(told)] == wanted, (step, fault)
                    assert len(told) <= len(wanted) + 1, "at most what was under way comes twice"
                    assert not owed.waiting(world.cloud.store, "crm"), (step, fault)
                struck += fired > 0
                if not fired:
                    break
            assert struck > 15


@pytest.mark.proof
def test_every_fact_that_is_published_is_told_in_some_journey(world: World) -> None:
    """So that the catalogue names none that no receiver gets; and what is published is of whom the catalogue says."""
    told: dict[str, set[str]] = defaultdict(set)
    put = Event.put

    def noted(event: Event, at: str, cause: str) -> Put:
        if event.type in PUBLISHED:
            assert happenings.body(at, event)["data"]["subject"]
            told[event.type] |= event.facts.keys()
        return put(event, at, cause)

    with mock.patch.object(Event, "put", noted):
        for begin in (begin for area in AREAS.values() for begin in area.values()):
            with world.put_back():
                bring_the_seal(world.cloud)
                journey = Driver(world, begin)
                journey.journey = replace(journey.journey, workers=("SealingFunction", "NotificationsFunction"))
                with suppress(AssertionError):
                    journey.run()
    untold = {name: {*(one.publishes or ())} - told[name] for name, one in PUBLISHED.items() if name in told}
    assert {name: facts for name, facts in untold.items() if facts} == {}
    assert len(told) >= 55
