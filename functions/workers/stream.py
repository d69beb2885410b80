"""The stream's records as events: each handed on once it is understood, failures reported one by one."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from functions.shared.events import Event, occurred
from functions.shared.store import Key, plain


def each_event(batch: Mapping[str, Any], work: Callable[[Key, str, Event], None]) -> dict[str, Any]:
    """Do the work of every record, given the event's key, id and content.

    Stops at the first that fails and reports it, so that Lambda hands it and those behind it over again, in order.
    """
    for record in batch["Records"]:
        change = record["dynamodb"]
        item = {name: plain(value) for name, value in change["NewImage"].items()}
        try:
            work(Key(item["PK"], item["SK"]), item["event_id"], occurred(item))
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            line = {
                "message": "event failed",
                "event_id": item.get("event_id"),
                "type": item.get("type"),
                "cause": type(error).__name__,
                "at": f"{at.filename}:{at.lineno}",
            }
            sys.stdout.write(json.dumps(line) + "\n")
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
    return {"batchItemFailures": []}
