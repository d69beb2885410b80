"""Tells receivers outside what happens here, by signed webhooks (Standard Webhooks).

The stream only notes what each receiver is owed, so that none of them can hold it up. Then each receiver is served by a
run of its own, one at a time: in order for each subscription, account and person's orders, again and again with growing
pauses until it takes it, for three days. A clock looks every minute for what waits.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import clock, log, metrics
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.events import occurred
from functions.shared.items import Item, Key, Put
from functions.shared.metrics import Measured
from functions.shared.store import Conflict, plain
from functions.workers import owed, powertools
from functions.workers.happenings import PUBLISHED, body
from functions.workers.owed import Owed
from functions.workers.posting import NoAnswer, post
from functions.workers.receivers import Receiver

# How long a run has a receiver for itself; longer than an attempt takes, and renewed before each.
CLAIM = timedelta(seconds=60)
# What a run leaves of its function's time: longer than an attempt takes.
_LEFT_OVER_MILLISECONDS = 45_000
_CLAIMS = "WEBHOOKS"
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Guichet-Webhooks/1"}
# By which a receiver says that it takes nothing for now, as it does by failing (5xx).
_NOT_NOW = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        known = {receiver.name: receiver for receiver in Receiver.all_of(cloud.webhooks)}
        if "Records" in event:
            return _note(cloud, known, event["Records"], context.invoked_function_arn)
        if "receiver" not in event:
            return _look(cloud, known, context.invoked_function_arn)
        if receiver := known.get(event["receiver"]):
            serve(cloud, receiver, context.get_remaining_time_in_millis)
        return {}

    return handler


def _note(
    cloud: Cloud, known: Mapping[str, Receiver], records: list[Mapping[str, Any]], function: str
) -> dict[str, Any]:
    """Owe what happened to whoever wants it: the first that fails is handed over again with all behind it."""
    called: set[str] = set()
    failures: list[dict[str, str]] = []
    for record in records:
        change = record["dynamodb"]
        try:
            called |= _owe(cloud, known, change)
        except (ClientError, BotoCoreError, Conflict) as error:
            log.line("event failed", level="ERROR", cause=log.cause(error), at=log.where(error))
            failures.append({"itemIdentifier": change["SequenceNumber"]})
            break
    for name in sorted(called):
        _call(cloud, function, name)
    return {"batchItemFailures": failures}


def _owe(cloud: Cloud, known: Mapping[str, Receiver], change: Mapping[str, Any]) -> set[str]:
    """Who is owed something by that."""
    item = {name: plain(value) for name, value in change["NewImage"].items()}
    if item.get("type") not in PUBLISHED:
        return set()
    now = clock.now()
    return {
        name
        for name, receiver in known.items()
        if receiver.wants(item["type"])
        and owed.owe(cloud.store, Owed.of(name, item, change["SequenceNumber"], now), now)
    }


def _look(cloud: Cloud, known: Mapping[str, Receiver], function: str) -> dict[str, Any]:
    """Have whoever waits for something served; says how long the longest has waited, which an alarm waits for."""
    now, oldest = clock.now(), timedelta()
    for name in known:
        if first := owed.waiting(cloud.store, name, limit=1):
            oldest = max(oldest, now - first[0].since)
            _call(cloud, function, name)
    log.line("webhooks looked at", Measured(metrics.OLDEST_WEBHOOK, round(oldest.total_seconds())))
    return {}


def _call(cloud: Cloud, function: str, receiver: str) -> None:
    """Have a receiver served by a run of its own; if that fails, the clock does it within a minute."""
    try:
        cloud.functions.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps({"receiver": receiver}).encode()
        )
    except (ClientError, BotoCoreError) as error:
        log.line("receiver not called", level="WARNING", receiver=receiver, cause=log.cause(error))


def serve(cloud: Cloud, receiver: Receiver, time_left: Callable[[], int]) -> None:
    """Tell a receiver all that it can be told now, unless another run is at it."""
    try:
        claim = _Claim(cloud, receiver.name)
    except Conflict:
        return
    try:
        while due := owed.lanes(owed.waiting(cloud.store, receiver.name), clock.now()):
            for lane in due:
                if not _tell_lane(cloud, receiver, lane, claim, time_left):
                    return
    except Conflict:
        # Somebody has it told again, or another run has taken this one for dead: the next look goes on.
        return
    finally:
        claim.give_back()


class _Claim:
    """That one run has a receiver for itself for a while, in business time. Raises Conflict when another has."""

    def __init__(self, cloud: Cloud, receiver: str) -> None:
        self._store = cloud.store
        self._key = Key(_CLAIMS, receiver)
        free = "attribute_not_exists(PK) OR claimed_until < :now"
        self._take(free, {":now": clock.rfc3339(clock.now())})

    def renew(self) -> None:
        """For as long again. Raises Conflict when another run has taken it meanwhile."""
        self._take("claimed_until = :mine", {":mine": self._until})

    def give_back(self) -> None:
        """Let others have it; one that cannot be given back ends by itself."""
        try:
            self._store.put(Put(self._key, {"claimed_until": ""}, "claimed_until = :mine", {":mine": self._until}))
        except (ClientError, BotoCoreError, Conflict) as error:
            log.line("claim not given back", level="WARNING", cause=log.cause(error))

    def _take(self, condition: str, values: Mapping[str, str]) -> None:
        until = clock.rfc3339(clock.now() + CLAIM)
        self._store.put(Put(self._key, {"claimed_until": until}, condition, values))
        self._until = until


def _tell_lane(cloud: Cloud, receiver: Receiver, lane: list[Owed], claim: _Claim, time_left: Callable[[], int]) -> bool:
    """Tell what waits of one lane, in order, as far as it is taken; says whether to go on with others."""
    for one in lane:
        if time_left() < _LEFT_OVER_MILLISECONDS:
            return False
        claim.renew()
        now = clock.now()
        if (item := cloud.store.item(one.event_key)) is None:
            cloud.store.commit([*one.gone(now)])
            continue
        with log.about(event_id=one.event_id, type=one.kind, receiver=receiver.name):
            outcome = _attempt(cloud, receiver, one, item)
            now = clock.now()
            if not outcome.is_taken:
                cloud.store.commit([*one.failed(outcome.answer, now)])
                _say_failed(one, outcome.answer, now)
                return not outcome.is_down
            cloud.store.commit([*one.told(outcome.answer, now)])
            log.line("webhook taken", answer=outcome.answer)
    return True


class _Outcome(NamedTuple):
    """How an attempt went: what was answered, a status or a code; whether nothing else need be tried now."""

    answer: str
    is_taken: bool = False
    is_down: bool = False

    @classmethod
    def of(cls, status: int) -> Self:
        """By what the receiver answers: whether it is the event that it does not take, or nothing at all."""
        is_down = status in _NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return cls(str(status), HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES, is_down)


def _attempt(cloud: Cloud, receiver: Receiver, one: Owed, item: Item) -> _Outcome:
    """Tell a receiver of an event once. One that cannot even be told is tried again like one that is not taken."""
    try:
        said = json.dumps(body(one.about, occurred(item)), ensure_ascii=False)
        headers = {**_HEADERS, **receiver.headers(one.event_id, clock.now() - clock.offset(), said)}
        return _Outcome.of(post(receiver.url, said.encode(), headers, anywhere=cloud.settings.webhooks_anywhere))
    except NoAnswer as none:
        return _Outcome(str(none), is_down=True)
    except Exception as error:
        log.line("event failed", level="ERROR", cause=log.cause(error), at=log.where(error))
        return _Outcome(log.cause(error))


def _say_failed(one: Owed, answer: str, now: datetime) -> None:
    if one.is_given_up(now):
        log.line("webhook given up", Measured(metrics.WEBHOOKS_GIVEN_UP), level="ERROR", answer=answer)
    else:
        log.line("webhook not taken", level="WARNING", answer=answer, tries=one.tries + 1)


handler = enter(create, "store", write=powertools.write)
