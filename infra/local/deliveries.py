"""Hands stream records and S3 events to the functions, with Lambda's batches, retries and dead letters."""

import json
import sys
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from infra.local import patterns

type Record = dict[str, Any]
type Invoke = Callable[[Any], Any]
type SendDeadLetter = Callable[[str], None]
type Pause = Callable[[float], None]

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
# A thread that merely looks for work holds it up, and tells nobody.
_NEXT_LOOK = 0.005
_RETRIES_OF_AN_EVENT = 2
# Lambda would retry until a record is a day old.
_RETRIES_OF_A_BATCH = 10


class Source(Protocol):
    """Where a stream's records are read."""

    def end(self) -> int:
        """How many records there ever were."""

    def records(self, start: int, limit: int) -> list[Record]:
        """Up to that many, from the position `start`."""

    def at_hand(self, start: int) -> list[Record] | None:
        """All from the position `start`, where that takes no call of another process; else None."""


class StreamMapping:
    """One event source mapping: a stream's records to one function, in order."""

    def __init__(
        self,
        properties: Mapping[str, Any],
        function_arn: str,
        source: Source,
        invoke: Invoke,
        send_dead_letter: SendDeadLetter | None,
        pause: Pause,
    ) -> None:
        self._source = source
        self._function_arn = function_arn
        self._invoke = invoke
        self._send_dead_letter = send_dead_letter
        self._pause = pause
        self._filters = properties.get("FilterCriteria", {}).get("Filters", [])
        self._batch_size = int(properties.get("BatchSize", 100))
        retries = int(properties.get("MaximumRetryAttempts", -1))
        self._retries = _RETRIES_OF_A_BATCH if retries < 0 else retries
        self._bisects = bool(properties.get("BisectBatchOnFunctionError"))
        self._reports_failures = "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])
        self._position = 0

    def may_have_work(self) -> bool:
        """Whether records wait that it may want; those at hand that it does not want are skipped."""
        records = self._source.at_hand(self._position)
        if records is None or any(patterns.passes(self._filters, record) for record in records):
            return True
        self._position += len(records)
        return False

    def has_work(self) -> bool:
        """Whether records wait."""
        return self._position < self._source.end()

    def work(self) -> None:
        """Deliver the next batch to its end: done, or given up."""
        records = self._source.records(self._position, self._batch_size)
        if batch := [record for record in records if patterns.passes(self._filters, record)]:
            self._deliver(batch)
        self._position += len(records)

    def forget(self) -> None:
        """Skip all records so far."""
        self._position = self._source.end()

    def _deliver(self, batch: Sequence[Record]) -> None:
        retries = 0
        while True:
            failed_from, error = self._try(batch)
            if failed_from is None:
                return
            if failed_from > 0:
                # What precedes the checkpoint is done; what follows is a batch of its own.
                batch, retries = batch[failed_from:], 0
            if error and self._bisects and len(batch) > 1:
                middle = len(batch) // 2
                self._deliver(batch[:middle])
                self._deliver(batch[middle:])
                return
            if retries == self._retries:
                self._give_up(batch, retries + 1, error)
                return
            self._pause(min(_FIRST_PAUSE * 2**retries, _LONGEST_PAUSE))
            retries += 1

    def _try(self, batch: Sequence[Record]) -> tuple[int | None, bool]:
        """Where to go on from, None when all is done; and whether the function failed as a whole."""
        try:
            answer = self._invoke({"Records": json.loads(json.dumps(list(batch)))})
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return 0, True
        if not self._reports_failures:
            return None, False
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        try:
            failures = [failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures") or []]
            return min((numbers.index(number) for number in failures), default=None), False
        except (AttributeError, KeyError, TypeError, ValueError):
            # An identifier that is none of the batch's: Lambda takes the whole batch for failed.
            print(f"{self._function_arn} reported failures that are none: {answer!r}", file=sys.stderr)  # noqa: T201
            return 0, False

    def _give_up(self, batch: Sequence[Record], tries: int, error: bool) -> None:
        if self._send_dead_letter is None:
            return
        arrivals = [
            datetime.fromtimestamp(batch[index]["dynamodb"]["ApproximateCreationDateTime"], UTC) for index in (0, -1)
        ]
        document = {
            "requestContext": _failed_request(self._function_arn, "RetryAttemptsExhausted", tries),
            "responseContext": _failed_response(error),
            "version": "1.0",
            "timestamp": _timestamp(),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000",
                "startSequenceNumber": batch[0]["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": batch[-1]["dynamodb"]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": arrivals[0].strftime("%Y-%m-%dT%H:%M:%SZ"),
                "approximateArrivalOfLastRecord": arrivals[1].strftime("%Y-%m-%dT%H:%M:%SZ"),
                "batchSize": len(batch),
                "streamArn": batch[0]["eventSourceARN"],
            },
        }
        self._send_dead_letter(json.dumps(document))


class EventQueue:
    """Lambda's asynchronous invocations of one function: each event by itself, tried three times."""

    def __init__(
        self, function_arn: str, invoke: Invoke, send_dead_letter: SendDeadLetter | None, pause: Pause
    ) -> None:
        self._function_arn = function_arn
        self._invoke = invoke
        self._send_dead_letter = send_dead_letter
        self._pause = pause
        self._events: deque[Any] = deque()

    def put(self, event: Any) -> None:
        """One more event to deliver."""
        self._events.append(event)

    def may_have_work(self) -> bool:
        """Whether events wait."""
        return self.has_work()

    def has_work(self) -> bool:
        """The same."""
        return bool(self._events)

    def work(self) -> None:
        """Deliver the next event to its end: done, or given up."""
        self._deliver(self._events[0])
        self._events.popleft()

    def _deliver(self, event: Any) -> None:
        for retry in range(_RETRIES_OF_AN_EVENT + 1):
            try:
                self._invoke(json.loads(json.dumps(event)))
                break
            except Exception:
                traceback.print_exc(file=sys.stderr)
                if retry < _RETRIES_OF_AN_EVENT:
                    self._pause(_FIRST_PAUSE * 2**retry)
        else:
            self._give_up(event)

    def forget(self) -> None:
        """Drop all events so far."""
        self._events.clear()

    def _give_up(self, event: Any) -> None:
        if self._send_dead_letter is None:
            return
        document = {
            "version": "1.0",
            "timestamp": _timestamp(),
            "requestContext": _failed_request(self._function_arn, "RetriesExhausted", _RETRIES_OF_AN_EVENT + 1),
            "requestPayload": event,
            "responseContext": _failed_response(error=True),
            "responsePayload": {"errorMessage": "the handler raised"},
        }
        self._send_dead_letter(json.dumps(document))


class CalledQueue(EventQueue):
    """Those that functions call for: side by side, as Lambda runs them, so that none waits for another."""

    _running: tuple[threading.Thread, ...] = ()

    def has_work(self) -> bool:
        """Whether events wait, or are being delivered."""
        return super().has_work() or bool(self._running)

    def work(self) -> None:
        """Begin to deliver the next event, or wait a moment for those that are."""
        if self._events:
            thread = threading.Thread(target=self._deliver, args=(self._events.popleft(),), daemon=True)
            thread.start()
            self._running = (*self._running, thread)
        else:
            self._running[0].join(_NEXT_LOOK)
        self._running = tuple(thread for thread in self._running if thread.is_alive())

    def forget(self) -> None:
        """Drop all that waits, and let those end that are being delivered."""
        super().forget()
        for thread in self._running:
            thread.join()
        self._running = ()


def _failed_request(function_arn: str, condition: str, tries: int) -> dict[str, Any]:
    return {
        "requestId": str(uuid.uuid4()),
        "functionArn": function_arn,
        "condition": condition,
        "approximateInvokeCount": tries,
    }


def _failed_response(error: bool) -> dict[str, Any]:
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    return response | ({"functionError": "Unhandled"} if error else {})


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Queue(Protocol):
    """What a delivery thread works off."""

    def may_have_work(self) -> bool:
        """Whether it is worth a look, as far as that can be told without waiting for anybody."""

    def has_work(self) -> bool:
        """Whether something waits."""

    def work(self) -> None:
        """Do the next of it."""

    def forget(self) -> None:
        """Drop all that waits."""


class _Worker:
    """A thread that works off one queue; `turn` is held while it does a piece of work."""

    def __init__(self, queue: Queue, deliveries: "Deliveries") -> None:
        self.queue = queue
        self.turn = threading.Lock()
        self.wanted = threading.Event()
        self._deliveries = deliveries
        self.thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def _run(self) -> None:
        while not self._deliveries.ended:
            self.wanted.wait()
            self.wanted.clear()
            while not self._deliveries.ended and self._work():
                pass

    def _work(self) -> bool:
        with self.turn:
            if not self.queue.has_work():
                return False
            try:
                self.queue.work()
            finally:
                self._deliveries.done += 1
        self._deliveries.stirred.set()
        return True

    def wake(self) -> None:
        """Have it look for work, unless it is clear from here that there is none."""
        if not self.turn.acquire(blocking=False):
            self.wanted.set()
            return
        try:
            if self.queue.may_have_work():
                self.wanted.set()
        finally:
            self.turn.release()

    def is_idle(self) -> bool:
        """Whether nothing is being done and nothing waits."""
        if not self.turn.acquire(blocking=False):
            return False
        try:
            return not self.queue.has_work()
        finally:
            self.turn.release()


class Deliveries:
    """A thread for each queue; `wake` them when something was written."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []
        self._end = threading.Event()
        self.done = 0
        # That a piece of work was done since this was last cleared.
        self.stirred = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether the threads are to end."""
        return self._end.is_set()

    def add(self, queue: Queue) -> None:
        """Work off one more queue."""
        self._workers.append(_Worker(queue, self))

    def start(self) -> None:
        """Begin, with what is written from now on."""
        for worker in self._workers:
            worker.queue.forget()
            worker.thread.start()

    def stop(self) -> None:
        """End: what is being delivered is finished, a pause before a retry is cut short."""
        self._end.set()
        for worker in self._workers:
            worker.wanted.set()
        for worker in self._workers:
            worker.thread.join(timeout=5)

    def wake(self) -> None:
        """Something may have been written."""
        for worker in self._workers:
            worker.wake()

    def pause(self, seconds: float) -> None:
        """Wait before a retry."""
        self._end.wait(seconds)

    def settle(self, timeout: float = 30) -> None:
        """Wait until nothing waits and nothing is being delivered. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while True:
            # One function's work may be the next one's: all are idle only if none finished while we looked.
            done = self.done
            self.stirred.clear()
            if all(worker.is_idle() for worker in self._workers) and done == self.done:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"deliveries did not settle in {timeout} s")
            self.stirred.wait(_NEXT_LOOK)

    @contextmanager
    def nothing_delivered(self) -> Iterator[None]:
        """Meanwhile nothing is delivered, and what was written is forgotten at its end."""
        with ExitStack() as turns:
            for worker in self._workers:
                turns.enter_context(worker.turn)
            yield
            for worker in self._workers:
                worker.queue.forget()
