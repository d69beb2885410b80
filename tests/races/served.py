"""The desk on the exact engine, in a process of its own, so that it answers while those who race it are running."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

import boto3
import urllib3

from functions.shared import clock
from functions.shared.cloud import Cloud
from infra.local.cloud import LocalCloud
from infra.local.exact import DynamoDBLocal
from tests import kept
from tests.journeys import Call, Work
from tests.journeys.given import Given

THREADS = 32
# As often as Lambda invokes what fails.
_TRIES = 3


@dataclass(frozen=True)
class Served:
    """The desk as those who race see it: over HTTP, and its cloud to write beginnings into."""

    http: urllib3.HTTPConnectionPool
    cloud: Cloud
    stack: str

    def answer(self, given: Given, what: Call | Work) -> tuple[str, bytes]:
        """What came of it in a few words, and the answer's body."""
        return self._work(what) if isinstance(what, Work) else self._call(given, what)

    def _call(self, given: Given, call: Call) -> tuple[str, bytes]:
        headers = {"Idempotency-Key": os.urandom(16).hex(), **call.headers}
        cookies = [cookie for cookie in (given.cookies[call.by] if call.by else "", call.cookie) if cookie]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        path = call.job.path.format_map(call.values)
        with self._from(given, call) as http:
            response = http.request(call.job.method, f"{path}?{call.query}", json=call.body, headers=headers)
        code = response.json()["code"] if response.status >= 400 else ""
        return f"{response.status} {code}".strip(), response.data

    def _from(self, given: Given, call: Call) -> AbstractContextManager[urllib3.HTTPConnectionPool]:
        """Whoever is signed in comes from one place, and strangers each from theirs, so that tries count there."""
        if call.by:
            return nullcontext(self.http)
        source = (given.network, 0)
        return urllib3.HTTPConnectionPool(
            self.http.host, self.http.port, source_address=source, timeout=60, retries=False
        )

    def _work(self, work: Work) -> tuple[str, bytes]:
        for _ in range(_TRIES):
            answer = self.cloud.functions.invoke(FunctionName=f"{self.stack}-{work.function}", Payload=b"{}")
            if "FunctionError" not in answer:
                return "done", b""
        return "failed", answer["Payload"].read()


@contextmanager
def served() -> Iterator[Served]:
    """Start it, with nothing delivered: events are written, and nobody works on them. Ends with the block."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    port, environment = ours.recv()
    clock.travel(timedelta())
    with mock.patch.dict(os.environ, environment):
        pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=THREADS, timeout=60, retries=False)
        yield Served(pool, _with_clients(kept.cloud()), f"guichet-{port}")
    process.terminate()
    process.join()


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A line for each answer would bury what the tests say; what goes wrong is on the other stream.
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 — open to the end
    cloud = LocalCloud(0, reload=False, tables=DynamoDBLocal()).start()
    with cloud.nothing_delivered():
        environment: Mapping[str, str] = dict(os.environ)
        pipe.send((cloud.port, environment))
        # Until the tests end it, or are gone.
        pipe.poll(None)


def _with_clients(cloud: Cloud) -> Cloud:
    """The cloud with its clients made, one after the other, which many threads at once could not."""
    assert all((cloud.store, cloud.cognito, cloud.keys, cloud.functions))
    return cloud


class Commits:
    """The order in which items were written, as the table's stream tells it."""

    def __init__(self) -> None:
        self._client = boto3.client("dynamodbstreams")
        # A table that was made anew for the demo data leaves its former stream behind.
        table = boto3.client("dynamodb").describe_table(TableName=os.environ["TABLE"])["Table"]
        stream = table["LatestStreamArn"]
        description = self._client.describe_stream(StreamArn=stream)["StreamDescription"]
        self._iterator = self._client.get_shard_iterator(
            StreamArn=stream, ShardId=description["Shards"][-1]["ShardId"], ShardIteratorType="LATEST"
        )["ShardIterator"]

    def since(self) -> list[tuple[str, str]]:
        """The keys of all items written since the last look, in their order."""
        found: list[tuple[str, str]] = []
        while True:
            answer = self._client.get_records(ShardIterator=self._iterator)
            self._iterator = answer["NextShardIterator"]
            keys = [record["dynamodb"]["Keys"] for record in answer["Records"]]
            found += [(key["PK"]["S"], key["SK"]["S"]) for key in keys]
            if not keys:
                return found
