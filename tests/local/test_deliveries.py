"""Deliveries: batches, partial failures, retries and dead letters as Lambda does them."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.deliveries import Deliveries, EventQueue, Record, StreamMapping

ARN = "arn:aws:lambda:eu-west-3:123456789012:function:worker"


def record(number: int, name: str = "INSERT") -> Record:
    return {
        "eventName": name,
        "eventSourceARN": "arn:aws:dynamodb:eu-west-3:123456789012:table/t/stream/s",
        "dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": 1_800_000_000},
    }


class Records:
    """A stream in a list."""

    def __init__(self, count: int, *, is_at_hand: bool = False) -> None:
        self.all = [record(number) for number in range(count)]
        self.is_at_hand = is_at_hand

    def end(self) -> int:
        return len(self.all)

    def records(self, start: int, limit: int) -> list[Record]:
        return self.all[start : start + limit]

    def at_hand(self, start: int) -> list[Record] | None:
        return self.all[start:] if self.is_at_hand else None


class Worker:
    """A function that says what it was called with; `answer` decides for each batch of sequence numbers."""

    def __init__(self, answer: Callable[[list[str]], Any]) -> None:
        self.answer = answer
        self.batches: list[list[str]] = []

    def __call__(self, event: Any) -> Any:
        batch = [each["dynamodb"]["SequenceNumber"] for each in event["Records"]]
        self.batches.append(batch)
        return self.answer(batch)


def failing_at(*numbers: str) -> Callable[[list[str]], Any]:
    def answer(batch: list[str]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers if number in batch]}

    return answer


def raising_at(number: str) -> Callable[[list[str]], Any]:
    def answer(batch: list[str]) -> Any:
        if number in batch:
            raise RuntimeError(f"poison {number}")

    return answer


def deliver(worker: Worker, count: int, **properties: Any) -> list[Any]:
    """Work off a stream of that many records; returns the dead letters."""
    dead: list[Any] = []
    mapping = StreamMapping(
        {"FunctionResponseTypes": ["ReportBatchItemFailures"], **properties},
        ARN,
        Records(count),
        worker,
        lambda document: dead.append(json.loads(document)),
        lambda seconds: None,
    )
    while mapping.has_work():
        mapping.work()
    return dead


def test_records_come_in_order_in_batches() -> None:
    worker = Worker(lambda batch: None)
    assert deliver(worker, 5, BatchSize=2) == []
    assert worker.batches == [["0", "1"], ["2", "3"], ["4"]]


def test_only_records_that_pass_the_filter_are_delivered() -> None:
    worker = Worker(lambda batch: None)
    pattern = json.dumps({"dynamodb": {"SequenceNumber": ["1", "3"]}})
    deliver(worker, 4, BatchSize=2, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert worker.batches == [["1"], ["3"]]


def test_nobody_is_woken_for_records_at_hand_that_no_function_wants() -> None:
    worker = Worker(lambda batch: None)
    pattern = json.dumps({"dynamodb": {"SequenceNumber": ["3"]}})
    properties = {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    stream = Records(3, is_at_hand=True)
    mapping = StreamMapping(properties, ARN, stream, worker, None, lambda seconds: None)
    assert (mapping.may_have_work(), mapping.has_work()) == (False, False)
    stream.all.append(record(3))
    assert mapping.may_have_work()
    mapping.work()
    assert (worker.batches, mapping.has_work()) == ([["3"]], False)


def test_delivery_goes_on_at_the_lowest_failure() -> None:
    tries = 0

    def answer(batch: list[str]) -> Any:
        nonlocal tries
        tries += 1
        return failing_at("3", "2")(batch) if tries == 1 else None

    worker = Worker(answer)
    assert deliver(worker, 5) == []
    assert worker.batches == [["0", "1", "2", "3", "4"], ["2", "3", "4"]]


def test_a_record_that_never_succeeds_is_given_up_with_lambdas_document() -> None:
    worker = Worker(failing_at("2"))
    [document] = deliver(worker, 4, BatchSize=3, MaximumRetryAttempts=2)
    assert worker.batches == [["0", "1", "2"], ["2"], ["2"], ["3"]]
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["requestContext"]["functionArn"] == ARN
    assert "functionError" not in document["responseContext"]
    about = document["DDBStreamBatchInfo"]
    assert (about["startSequenceNumber"], about["endSequenceNumber"], about["batchSize"]) == ("2", "2", 1)


def test_a_batch_that_raises_is_bisected_down_to_the_poison() -> None:
    worker = Worker(raising_at("2"))
    [document] = deliver(worker, 4, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True)
    assert worker.batches == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["2"], ["3"]]
    assert document["responseContext"]["functionError"] == "Unhandled"
    assert document["DDBStreamBatchInfo"]["batchSize"] == 1
    assert document["requestContext"]["approximateInvokeCount"] == 2


def test_without_bisection_the_whole_batch_is_retried_and_given_up() -> None:
    worker = Worker(raising_at("1"))
    [document] = deliver(worker, 3, MaximumRetryAttempts=1)
    assert worker.batches == [["0", "1", "2"]] * 2
    assert document["DDBStreamBatchInfo"]["batchSize"] == 3


@pytest.mark.parametrize(
    "answer", [{"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"batchItemFailures": [{}]}, "nonsense"]
)
def test_failures_that_are_none_fail_the_whole_batch(answer: Any) -> None:
    worker = Worker(lambda batch: answer)
    [document] = deliver(worker, 2, MaximumRetryAttempts=0)
    assert worker.batches == [["0", "1"]]
    assert document["DDBStreamBatchInfo"]["batchSize"] == 2


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_no_failures_reported_means_all_is_done(answer: Any) -> None:
    worker = Worker(lambda batch: answer)
    assert deliver(worker, 2) == []
    assert worker.batches == [["0", "1"]]


def test_what_is_reported_counts_only_where_the_mapping_says_so() -> None:
    worker = Worker(failing_at("0"))
    assert deliver(worker, 2, FunctionResponseTypes=[]) == []
    assert worker.batches == [["0", "1"]]


def test_an_event_is_tried_three_times_then_given_up() -> None:
    calls: list[Any] = []
    dead: list[Any] = []

    def fail(event: Any) -> None:
        calls.append(event)
        raise RuntimeError("always")

    queue = EventQueue(ARN, fail, lambda document: dead.append(json.loads(document)), lambda seconds: None)
    queue.put({"n": 1})
    queue.work()
    assert calls == [{"n": 1}] * 3
    assert dead[0]["requestPayload"] == {"n": 1}
    assert dead[0]["requestContext"]["condition"] == "RetriesExhausted"
    assert not queue.has_work()


def test_settling_waits_for_what_one_function_hands_to_another() -> None:
    deliveries = Deliveries()
    done: list[object] = []
    released = threading.Event()
    second = EventQueue(ARN, done.append, None, deliveries.pause)

    def hand_on(event: Any) -> None:
        released.wait(5)
        second.put(event)
        deliveries.wake()

    first = EventQueue(ARN, hand_on, None, deliveries.pause)
    deliveries.add(second)
    deliveries.add(first)
    deliveries.start()
    try:
        first.put({"n": 1})
        deliveries.wake()
        with pytest.raises(TimeoutError):
            deliveries.settle(timeout=0.1)
        released.set()
        deliveries.settle()
        assert done == [{"n": 1}]
    finally:
        deliveries.stop()
