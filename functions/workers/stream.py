"""The stream's records as events: each handed on once it is understood, failures reported one by one."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.shared import log
from functions.shared.events import Event, occurred
from functions.shared.items import Key
from functions.shared.store import plain


def each_event(batch: Mapping[str, Any], work: Callable[[Key, str, Event], None]) -> dict[str, Any]:
    """Do the work of every record, given the event's key, id and content.

    Stops at the first that fails and reports it, so that Lambda hands it and those behind it over again, in order.
    """
    for record in batch["Records"]:
        change = record["dynamodb"]
        item = {name: plain(value) for name, value in change["NewImage"].items()}
        about = {name: item.get(name) for name in ("event_id", "type", "correlation_id")}
        with log.about(**about):
            try:
                work(Key(item["PK"], item["SK"]), item["event_id"], occurred(item))
            except Exception as error:
                log.line("event failed", level="ERROR", cause=log.cause(error), at=log.where(error))
                return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
    return {"batchItemFailures": []}
