"""A world that can be put back: the local cloud with nothing running but what the test runs, in this thread."""

import base64
import hashlib
import json
import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from itertools import chain, starmap
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

from functions.shared import clock, limits, outbox
from functions.shared.items import Item, Items, Key
from functions.shared.refusal import TRY_AGAIN
from functions.shared.store import plain
from functions.subscriptions.leases import Seats
from functions.subscriptions.subscription import Subscription
from functions.workers.stream import PATIENCE
from infra.local import api, patterns
from infra.local.aws import ACCOUNT, REGION, PutBack
from infra.local.cloud import LocalCloud
from infra.local.deliveries import Record, Source, StreamMapping
from tests import kept
from tests.crash.faults import Died, Watch
from tests.journeys import Call, Work
from tests.journeys.given import Given

_OF_ITS_WRITING = {"version", "correlation_id"}
# Whose marks are which function's.
WORKERS: Mapping[str, outbox.Worker] = {
    "NotificationsFunction": "notifications",
    "SealingFunction": "sealing",
    "UploadsFunction": "uploads",
}
# As often as a caller, or Lambda with an event, tries.
_TRIES = 3

type Response = Mapping[str, Any]
type Mail = tuple[str, str, str]
type Unlike = Sequence[tuple[str | None, str]]


@dataclass(frozen=True)
class Moment:
    """What a world is at a moment, to come back to."""

    put_back: PutBack
    now: datetime
    mails: Sequence[Mail]


class World:
    """Runs calls and work in this thread, and knows all that came of it; `watch` is for the next function that runs."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._routes = api.routes(cloud.functions.by_name)
        [self._table] = cloud.stack.tables()
        cloud.aws.empty(cloud.stack.tables(), cloud.stack.buckets())
        self.watch: Watch | None = None
        self.dead_letters: list[str] = []
        self._plain: dict[int, tuple[Any, Key, Item]] = {}
        self.cloud = kept.cloud()

    def answer(self, given: Given, call: Call, key: str) -> Response:
        """What a caller is answered who tries again, with the same key, until there is an answer."""
        function, event = self._event(given, call, key)
        for _ in range(_TRIES):
            try:
                response: Response = self._run(function, event)
            except Died:
                continue
            if response["statusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                return response
            assert json.loads(response["body"])["code"] == TRY_AGAIN.name, response["body"]
        raise AssertionError(f"no answer in {_TRIES} tries")

    def work(self, work: Work) -> None:
        """Invoke a function with an event as often as Lambda does until it succeeds."""
        for left in reversed(range(_TRIES)):
            try:
                answer = self._run(work.function, work.event)
                assert not answer.get("batchItemFailures")
            except (Died, Exception):
                if not left:
                    raise
            else:
                return

    def deliver(self, functions: Sequence[str]) -> None:
        """Hand what was written since the beginning to these functions, as their event source mappings say.

        What that leaves undone they sweep up, as often as it takes some tries.
        """
        for left in reversed(range(_TRIES)):
            self.hand_over(functions)
            undone = [name for name in functions if self.pending(name)]
            if not undone:
                return
            assert left, f"{undone} leave something undone"
            clock.travel(clock.offset() + 2 * PATIENCE)
            for name in undone:
                self.sweep(name)

    def hand_over(self, functions: Sequence[str]) -> None:
        """The same by the stream alone."""
        while any(self._mappings[name].has_work() for name in functions if name in self._mappings):
            for name in functions:
                if name in self._mappings and self._mappings[name].has_work():
                    self._mappings[name].work()

    def records(self, function: str) -> list[Record]:
        """What a stream would hand to a function of all that was written since the beginning."""
        source, start, filters = self._sources[function]
        return [one for one in source.records(start, 1000) if patterns.passes(filters, one)]

    def told(self, functions: Sequence[str]) -> list[Any]:
        """What these are told by the stream, but for which record tells it."""
        records = (one for name in functions if name in self._sources for one in self.records(name))
        return [{"told": [one["eventName"], one["dynamodb"].get("NewImage")]} for one in records]

    def hand(self, function: str, records: Sequence[Record]) -> Any:
        """What a function says to a batch of one's own."""
        return self._run(function, {"Records": [*records]})

    def call(self, function: str, event: Any) -> Any:
        """What a function answers, once."""
        return self._run(function, event)

    def forget(self) -> None:
        """The stream has forgotten what nobody has read for a day."""
        for mapping in self._mappings.values():
            mapping.forget()

    def sweep(self, function: str) -> Mapping[str, Any]:
        """What a function says that has worked off what is overdue; nothing when it died of it."""
        try:
            swept: Mapping[str, Any] = self._run(function, {})
        except (Died, Exception):
            return {}
        return swept

    def pending(self, function: str) -> list[Key]:
        """The marks of what a function still owes."""
        return [key for key in self.items() if key.pk.startswith(f"{outbox.PENDING}#{WORKERS.get(function)}#")]

    def deliver_again(self, functions: Sequence[str]) -> None:
        """Hand each of these the batch once more that it was handed last."""
        for name in functions:
            if name in self._latest:
                self._run(name, self._latest[name])

    def objects(self) -> list[str]:
        """The names of all that is in the buckets, in whichever version."""
        return [name for bucket in self._buckets().values() for name in bucket]

    def _run(self, function: str, event: Any) -> Any:
        watch = self.watch
        if watch is None or not watch.is_for_more:
            self.watch = None
        with watch.on() if watch else nullcontext():
            return self._cloud.functions.call(function, json.loads(json.dumps(event)))

    def _mapping(self, name: str, properties: Mapping[str, Any]) -> StreamMapping:
        def invoke(event: Any) -> Any:
            self._latest[name] = event
            try:
                return self._run(name, event)
            except Died:
                raise RuntimeError("the process died") from None

        source = self._cloud.source(name, properties["Stream"])
        self._sources[name] = source, source.end(), properties["FilterCriteria"]["Filters"]
        mapping = StreamMapping(properties, name, source, invoke, self.dead_letters.append, time.sleep)
        mapping.forget()
        return mapping

    def _event(self, given: Given, call: Call, key: str) -> tuple[str, dict[str, Any]]:
        path = call.job.path.format_map(call.values)
        found = api.find(self._routes, call.job.method, path)
        assert found, f"the template has no route to {call.job.method} {path}"
        headers = {"host": "desk.example.com", "accept-language": "en", **call.headers}
        headers |= api.from_cloudfront(f"{given.network}:46532", self._cloud.origin_secret)
        http = {"method": call.job.method, "path": path, "sourceIp": api.EDGE}
        event: dict[str, Any] = {
            "rawPath": path,
            "headers": headers,
            "requestContext": {"http": http, "requestId": str(uuid.uuid4())},
            "queryStringParameters": dict(parse_qsl(call.query)),
        }
        if call.job.method != "GET":
            headers["idempotency-key"] = key
        if cookies := [cookie for cookie in (given.cookies[call.by] if call.by else "", call.cookie) if cookie]:
            event["cookies"] = cookies
        if call.body is not None:
            headers["content-type"] = "application/json"
            event["body"] = json.dumps(call.body)
        if call.file is not None:
            headers["content-type"] = str(call.job.file)
            event |= {"body": base64.b64encode(call.file).decode(), "isBase64Encoded": True}
        return found[0].function, event

    def mails(self) -> list[Mail]:
        """The mails since the beginning: to whom, about what, saying what."""
        mails = self._cloud.mails()
        latest = mails[: len(mails) - self._mails]
        return [*((mail.to, mail.subject, mail.text) for mail in latest), *self._mailed]

    def stored(self) -> list[Any]:
        """All that is stored but for how often something was tried: whoever tries again is counted again.

        How often an item was written, and on whose request, is nobody's business; nor is what stays of a lease that is
        over until its shelf is written again.
        """
        kept = self.items()
        items = [
            {"PK": key.pk, "SK": key.sk, **{name: item[name] for name in item.keys() - _OF_ITS_WRITING}}
            for key, item in kept.items()
            if not key.pk.startswith("TRIES#") and ("leases" not in item or _has_leases(key, kept))
        ]
        logins = [{"login": user.username, "status": user.status} for user in self._logins().values()]
        objects = [
            {"object": key.name, "content": key.etag, "metadata": dict(key.metadata)}
            for bucket in self._buckets().values()
            for key in bucket.values()
        ]
        return [*items, *logins, *objects]

    def items(self) -> Items:
        """All that is in the table, for nobody to change: what is as it was is read once."""
        kept = (item for of_partition in self._moto_table().items.values() for item in of_partition.values())
        # A write puts another item in the place of the one before (infra/local/aws.py).
        self._plain = {id(item): self._plain.get(id(item)) or (item, *_plainly(item)) for item in kept}
        return {key: plainly for _, key, plainly in self._plain.values()}

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """All that happens inside is undone at its end; mails and records before it are forgotten."""
        put_back = self._cloud.snapshot()
        offset = clock.offset()
        self._begin()
        try:
            yield
        finally:
            put_back()
            clock.travel(offset)

    def moment(self) -> Moment:
        """How everything is now."""
        return Moment(self._cloud.snapshot(), clock.now(), self.mails())

    def come_back(self, moment: Moment) -> None:
        """Let everything be as it was at a moment since this beginning: the time too, and how old a record is."""
        moment.put_back()
        clock.travel(clock.offset() + moment.now - clock.now())
        self._mails, self._mailed = len(self._cloud.mails()), moment.mails
        for record in self._moto_table().stream_shard.items[self._written :]:
            record.record["dynamodb"]["ApproximateCreationDateTime"] = datetime.now(UTC).replace(tzinfo=None)

    def _begin(self) -> None:
        self._mails = len(self._cloud.mails())
        self._mailed = ()
        self._written = len(self._moto_table().stream_shard.items)
        self._sources: dict[str, tuple[Source, int, Any]] = {}
        self._latest: dict[str, Any] = {}
        self._mappings = {
            name: self._mapping(name, event["Properties"])
            for name, function in self._cloud.functions.by_name.items()
            for event in function.events.values()
            if event["Type"] == "DynamoDB"
        }
        self.dead_letters.clear()

    def _moto_table(self) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        return dynamodb_backends[ACCOUNT][REGION].tables[self._table]

    def _logins(self) -> Any:
        from moto.cognitoidp.models import cognitoidp_backends

        [pool] = self._cloud.stack.user_pools()
        return cognitoidp_backends[ACCOUNT][REGION].user_pools[pool].users

    def _buckets(self) -> dict[str, Any]:
        from moto.s3.models import s3_backends

        return {name: s3_backends[ACCOUNT]["aws"].buckets[name].keys for name in self._cloud.stack.buckets()}


def _has_leases(key: Key, kept: Items) -> bool:
    """Whether a lease lives on that shelf."""
    subscription = Subscription.stored(kept[Key(key.pk, "STATE")])
    return bool(Seats.read(subscription, {key: kept[key]}, clock.now()).leases)


def _plainly(item: Any) -> tuple[Key, Item]:
    found = {name: plain(value.to_regular_json()) for name, value in item.attrs.items()}
    return Key(found.pop("PK"), found.pop("SK")), found


def begin_a_quarter_of_an_hour() -> None:
    """Set business time to the next one: then neither a day nor a window of tries ends before it is over."""
    left = limits.QUARTER - clock.now().timestamp() % limits.QUARTER
    clock.travel(clock.offset() + timedelta(seconds=left))


@contextmanager
def nobody_waits() -> Iterator[None]:
    """Whoever sleeps in this thread wakes at once, and business time has passed."""
    here, sleep = threading.get_ident(), time.sleep

    def passes(seconds: float) -> None:
        if threading.get_ident() == here:
            clock.travel(clock.offset() + timedelta(seconds=seconds))
        else:
            sleep(seconds)

    with mock.patch.object(time, "sleep", passes):
        yield


# How far a name's neighbours are looked at, and theirs.
_ROUNDS = 3
# What no two runs have alike, each by how it looks; in JSON a line of an e-mail begins after an escaped end of one.
_UNLIKE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
    r"|(?P<reference>(?<!\d)\d{8}-\d{6}-[0-9A-Z]{8}|G-\d{4}-[0-9A-Z]{10}"
    # A contract's number as it is found by.
    r"|(?<=CONTRACT#)g\d{4}[0-9a-z]{10})"
    r"|(?P<stamp>\d{8}T\d{6}Z)"
    # How the name of an e-mail in its person's log begins.
    r"|(?P<called>(?<![0-9a-f])\d{20}(?=-[0-9a-f]{32}-))"
    # As an e-mail says it, in both languages, wherever its lines break.
    r"|(?P<hour>\d\d:\d\d:\d\d(?=(?: |\\n)\(UTC))"
    r"|(?P<code>(?:(?<![\w#-])|(?<=\\n))\d{6}(?![\w-]))"
    r"|(?P<policy>eyJ[\w=]{60,})"
    r"|(?P<secret>(?<![A-Z0-9])[A-Z2-7]{32}(?![A-Z0-9]))"
    r"|(?P<recovery>(?<![\d-])\d{4}-\d{4}-\d{4}(?![\d-]))"
    r"|(?P<sealed>(?<![\w+/])[A-Za-z0-9+/]{100,}={0,2})"
    r"|(?P<window>WINDOW#\d+)"
    # How many seats of a licence are in use, as of the moment at which it was looked at.
    r"|(?P<count>(?<=in_use\\\": )\d+|(?<=in_use\": )\d+)"
    # How many seconds a paper has waited, as of the moment of the decision, and most have.
    r"|(?P<wait>(?<=\"seconds\": )\d+|(?<=\"(?:median|ninety)\": )\d+)"
    r"|(?P<shard>(?<=PENDING#)[a-z]+#\d)"
    r"|(?P<epoch>(?<![\w.-])[12]\d{9}(?![\w.-]))"
    r"|(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<hash>(?:(?<![0-9a-zA-Z])|(?<=\\n))(?:[0-9a-f]{8}\.)?[0-9a-f]{23,64}(?![0-9a-zA-Z]))"
    r"|(?P<token>(?<![\w-])[\w-]{43}(?![\w-]))"
)


def masked(text: str) -> str:
    """The text with a name in place of each thing that no two runs have alike."""
    said, unlike = _parted(text)
    return _worded(said, (f"<{kind}>" for kind, _ in unlike))


@lru_cache(maxsize=4096)
def _parted(text: str) -> tuple[Sequence[str], Unlike]:
    """What it says around each thing that no two runs have alike, and those by how they look.

    Most of what is stored is as it was in the run before, and the search for them takes longer than all the rest.
    """
    said, unlike, end = list[str](), list[tuple[str | None, str]](), 0
    for found in _UNLIKE.finditer(text):
        said.append(text[end : found.start()])
        unlike.append((found.lastgroup, found[0]))
        end = found.end()
    return (*said, text[end:]), tuple(unlike)


def _worded(said: Sequence[str], names: Iterable[str]) -> str:
    """The text anew, with these names between what it says."""
    return "".join(chain.from_iterable(zip(said, (*names, ""), strict=True)))


def unnamed(line: str) -> str:
    """A comparable line without what tells its names apart."""
    return re.sub(r"<(\w+) \w{8}>", r"<\1>", line)


def comparable(things: Sequence[Any], began: float) -> list[str]:
    """The things as lines, in an order and with names that do not depend on what no two runs have alike.

    A time, a random name or a hash is named by where it stands and beside what (colour refinement): what is alike
    stays alike, and two that play the same part, as the ids of two lines of an order do, have one name. A moment in
    epoch seconds becomes its distance in hours from the beginning.
    """
    lines = [_parted(json.dumps(thing, sort_keys=True, ensure_ascii=False, default=str)) for thing in things]
    names: dict[str, str] = {}

    def named(kind: str | None, what: str) -> str:
        if kind == "epoch":
            # To the hour, less a quarter of one: what a journey begins with is older than its runs.
            return f"<{(int(what) - began + 900) // 3600:.0f} h>"
        if kind in ("stamp", "shard", "count", "wait"):
            # A stamp is to the second, a shard or a count one of a few: two are alike by chance.
            return f"<{kind}>"
        return f"<{kind} {names.get(what, '')}>"

    def worded(said: Sequence[str], unlike: Unlike) -> str:
        return _worded(said, starmap(named, unlike))

    for _ in range(_ROUNDS):
        places: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            beside = worded(*line)
            for number, (_, what) in enumerate(line[1]):
                places[what].append(f"{number} {beside}")
        names = {what: _digest("\n".join(sorted(where))) for what, where in places.items()}
    return sorted(worded(*line) for line in lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
