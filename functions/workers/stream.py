"""How a worker comes to its events: by the stream, as they happen, and by a sweep for what that has left undone.

Both do the same work, which is safe to repeat, and take its mark away. No event holds another up: those beside one that
fails are done all the same, those behind it wait for as long as `HELD_UP` at most. So nothing here keeps an order but
what the work itself keeps: the parts of one event come in theirs, and what a rule decided stands on the versions of
what it read, not on which event is seen first.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import clock, log, metrics, outbox
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler
from functions.shared.events import PREFIX, Event, occurred
from functions.shared.items import Item, Key
from functions.shared.metrics import Measured
from functions.shared.outbox import Mark, Worker
from functions.shared.store import Conflict, plain

type Work = Callable[[Key, str, Event], None]

# How old a record is when the stream no longer waits for what fails to pass: the sweep goes on with it.
HELD_UP = timedelta(seconds=20)
# How old a mark is when its work is overdue: until then it is the stream's.
PATIENCE = timedelta(minutes=2)
# What a sweep leaves of its function's time: longer than one piece of work should take.
_LEFT_OVER_MILLISECONDS = 30_000
# What AWS says of a request that will fail however often it is made.
_IN_VAIN = frozenset({"BadRequestException", "InvalidParameterValue", "MessageRejected", "ValidationException"})


class Passing(Exception):
    """What fails now and may not fail later, through no fault of the event's."""


def create(cloud: Cloud, name: Worker, types: Collection[str], work: Work) -> Handler:
    """A worker on events of these types: `work` is given the event's key, id and content."""

    def once_more(mark: Mark) -> None:
        key = Key(mark.subject, f"{PREFIX}{clock.rfc3339(mark.at)}#{mark.id}")
        # One that was kept for a while only may be gone.
        if item := cloud.store.item(key):
            with log.about(correlation_id=item.get("correlation_id")):
                work(key, mark.id, occurred(item))

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        if "Records" not in event:
            return sweep(cloud, name, once_more, context.get_remaining_time_in_millis)
        failed: list[Any] = []
        for record in event["Records"]:
            change = record["dynamodb"]
            item = {name: plain(value) for name, value in change["NewImage"].items()}
            if item["type"] in types and not _is_dealt_with(cloud, name, work, item, _age(change)):
                failed.append({"itemIdentifier": change["SequenceNumber"]})
        return {"batchItemFailures": failed}

    return handler


def sweep(cloud: Cloud, name: Worker, do: Callable[[Mark], None], time_left: Callable[[], int]) -> dict[str, Any]:
    """Do what a worker has left undone, for as long as there is time.

    Says how much is `done` and `left`, and how old the `oldest` of that is, in seconds: an alarm waits for that.
    """
    left = outbox.overdue(cloud.store, name, clock.now() - PATIENCE)
    done: list[Mark] = []
    for mark in left:
        if time_left() < _LEFT_OVER_MILLISECONDS:
            break
        with log.about(event_id=mark.id, type=mark.kind):
            try:
                do(mark)
                cloud.store.remove(mark.key)
                done.append(mark)
            except Exception as error:
                _tell(error)
                if not mark.tries and not _passes(error):
                    _send_letter(cloud, mark, error)
                cloud.store.put(mark.failed(log.cause(error)).put())
    left = [mark for mark in left if mark not in done]
    oldest = round(max((clock.now() - mark.at for mark in left), default=timedelta()).total_seconds())
    log.line("swept", Measured(metrics.OLDEST_UNDONE, oldest), worker=name, done=len(done), left=len(left))
    return {"done": len(done), "left": len(left), "oldest": oldest}


def _is_dealt_with(cloud: Cloud, name: Worker, work: Work, item: Item, age: timedelta) -> bool:
    """Whether the stream need not hand the event over again: it is done, or set aside for the sweep."""
    try:
        event = occurred(item)
        mark = Mark(name, event.at, item["event_id"], item["PK"], event.type)
    except (KeyError, ValueError) as error:
        # Not one of ours, and not to stop those that are; Lambda would hand it over for a day.
        _tell(error)
        return True
    with log.about(event_id=mark.id, type=mark.kind, correlation_id=item.get("correlation_id")):
        try:
            work(Key(item["PK"], item["SK"]), mark.id, event)
            cloud.store.remove(mark.key)
        except Exception as error:
            _tell(error)
            return (age >= HELD_UP or not _passes(error)) and is_set_aside(cloud, mark, error)
        return True


def is_set_aside(cloud: Cloud, mark: Mark, error: Exception) -> bool:
    """Leave it to the sweep, the event that fails by itself to the dead letters too; False when that cannot be done."""
    try:
        cloud.store.put(mark.failed(log.cause(error)).put())
        if not _passes(error):
            _send_letter(cloud, mark, error)
    except (ClientError, BotoCoreError) as also:
        _tell(also)
        return False
    return True


def _send_letter(cloud: Cloud, mark: Mark, error: Exception) -> None:
    """Tell the dead letters of an event that fails by itself; of whom it is, the mark alone says."""
    letter = {"worker": mark.worker, "mark": [mark.key.pk, mark.key.sk], "kind": mark.kind, "cause": log.cause(error)}
    cloud.queues.send_message(QueueUrl=cloud.settings.dead_letters, MessageBody=json.dumps(letter))


def _tell(error: Exception) -> None:
    log.line("event failed", level="ERROR", cause=log.cause(error), at=log.where(error))


def _passes(error: Exception) -> bool:
    """Whether it is of the kind that passes: a service or another writer in the way, not the event."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") not in _IN_VAIN
    return isinstance(error, BotoCoreError | TimeoutError | Conflict | Passing)


def _age(change: Mapping[str, Any]) -> timedelta:
    """How long ago a record was written, in real time."""
    return timedelta(seconds=time.time() - change["ApproximateCreationDateTime"])
