"""The exact engine: DynamoDB Local, which isolates transactions as DynamoDB does and answers calls in parallel."""

import os
import re
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import batched
from pathlib import Path
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIEnvironment

from infra import npm
from infra.local.aws import ACCESS_KEY, Aws, PutBack, as_lambda_has_it
from infra.npm import NotInstalled

# The jar comes in a package of npm's; nothing of the package runs but Java.
_EMULATOR = npm.Taken(
    "amplify-dynamodb-simulator",
    "2.9.30",
    "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c5280439836665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea78"
    "88a17b9002749ec1",
    "emulator",
)
_STARTED_BY = Path(__file__).with_suffix(".xml")
# Quick to start rather than quick after minutes.
_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
_PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
_SIGNER = re.compile(r"Credential=[^/]*/")
_CONNECTIONS = 64
_WRITES_AT_ONCE = 25


def missing() -> str:
    """What the engine needs and this machine has not, in words; nothing when it can run."""
    return "" if npm.runs("java") else "Java 17"


def install() -> None:
    """Get the jar, once for this checkout. Raises NotInstalled, with what is missing or went wrong."""
    if lacking := missing():
        raise NotInstalled(f"The exact engine needs {lacking}.")
    _EMULATOR.get()


class DynamoDBLocal:
    """One DynamoDB Local in memory, in a process of its own that ends with this one."""

    name = "DynamoDB Local"

    def __init__(self) -> None:
        self._streams: list[Stream] = []

    def prepare(self) -> None:
        """Begin to start it, which takes a second or two. Raises NotInstalled."""
        install()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 — open for as long as the process runs
        self._process = subprocess.Popen(
            [*_JAVA, "-cp", "DynamoDBLocal.jar", "org.eclipse.jetty.xml.XmlConfiguration", _STARTED_BY],
            cwd=_EMULATOR.place,
            env=os.environ | {"DDB_LOCAL_TELEMETRY": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Ctrl-C is for us, who still have calls to finish.
            start_new_session=True,
        )

    def serve(self, aws: Aws) -> None:
        """Answer the calls to DynamoDB and its streams. Raises NotInstalled when it did not start."""
        import urllib3

        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", self._port, maxsize=_CONNECTIONS, retries=False)
        aws.let_answer("dynamodb", self._respond)

    def stop(self) -> None:
        """End it."""
        _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()

    def stream(self, table: str) -> "Stream":
        """The change records of a table."""
        stream = Stream(self, table)
        self._streams.append(stream)
        return stream

    def snapshot(self, tables: Sequence[str]) -> PutBack:
        """All that these hold now."""
        held = {table: self._items(table) for table in tables}

        def put_back() -> None:
            for table, items in held.items():
                self.empty(table)
                for some in batched(items, _WRITES_AT_ONCE, strict=False):
                    puts = [{"PutRequest": {"Item": item}} for item in some]
                    self.client("dynamodb").batch_write_item(RequestItems={table: puts})

        return put_back

    def _items(self, table: str) -> list[Any]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def empty(self, table: str) -> None:
        """Make the table anew, which is quicker than to delete what is in it."""
        made = self.client("dynamodb").describe_table(TableName=table)["Table"]
        ttl = self.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        self.client("dynamodb").delete_table(TableName=table)
        kept = ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification")
        self.client("dynamodb").create_table(
            **{name: made[name] for name in kept if name in made}, BillingMode="PAY_PER_REQUEST"
        )
        if name := ttl.get("AttributeName"):
            wanted = {"AttributeName": name, "Enabled": True}
            self.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
        for stream in self._streams:
            stream.begin_anew()

    def client(self, service: str) -> Any:
        """A client that reaches it directly, unseen by those who watch the cloud; one a service."""
        return self._clients[service]

    @cached_property
    def _clients(self) -> dict[str, Any]:
        import boto3

        session = boto3.Session()
        url = f"http://127.0.0.1:{self._port}"
        return {name: session.client(name, endpoint_url=url) for name in ("dynamodb", "dynamodbstreams")}

    @cached_property
    def _port(self) -> int:
        line = _pipe(self._process.stdout).readline()
        if not line.strip().isdigit():
            self._log.seek(0)
            raise NotInstalled(f"DynamoDB Local did not start: {line}{self._log.read().decode(errors='replace')}")
        return int(line)

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass one call on."""
        names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _PASSED_ON} | {
            "Content-Type": "CONTENT_TYPE"
        }
        headers = {name: environ[key] for name, key in names.items() if key in environ}
        # It keeps tables of its own for each access key, and checks no signature.
        headers["Authorization"] = _SIGNER.sub(f"Credential={ACCESS_KEY}/", headers.get("Authorization", ""))
        answer = self._pool.urlopen("POST", "/", body=environ["wsgi.input"].read(), headers=headers)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower().startswith(("content-", "x-"))]
        start_response(f"{answer.status} {answer.reason}", kept)
        return [answer.data]


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None  # noqa: S101 — asked for as a pipe when the process was made
    return pipe


class Stream:
    """A table's stream, read by one reader as DynamoDB Streams has it; what was read is let go."""

    def __init__(self, engine: DynamoDBLocal, table: str) -> None:
        self._engine = engine
        self._table = table
        self._held: deque[dict[str, Any]] = deque()
        self._let_go = 0
        self._shard: str | None = None
        self._iterator: str | None = None

    def begin_anew(self) -> None:
        """The table was made anew, and its stream with it."""
        self._shard = self._iterator = None

    def end(self) -> int:
        """How many records were ever written."""
        while self._iterator or self._open_next_shard():
            answer = self._engine.client("dynamodbstreams").get_records(ShardIterator=self._iterator)
            self._held.extend(answer["Records"])
            self._iterator = answer.get("NextShardIterator")
            if self._iterator and not answer["Records"]:
                break
        return self._let_go + len(self._held)

    def records(self, start: int, limit: int) -> list[dict[str, Any]]:
        """Up to that many records, as Lambda writes them, from the position `start`; none from before it any more."""
        while self._held and self._let_go < start:
            self._held.popleft()
            self._let_go += 1
        wanted = [self._held[index] for index in range(min(limit, len(self._held)))]
        return [as_lambda_has_it(record, self._arn) for record in wanted]

    @staticmethod
    def at_hand(start: int) -> None:
        """None ever is: the engine is another process."""

    def _open_next_shard(self) -> bool:
        streams = self._engine.client("dynamodbstreams")
        if self._shard is None:
            self._arn = self._engine.client("dynamodb").describe_table(TableName=self._table)["Table"][
                "LatestStreamArn"
            ]
        after = {"ExclusiveStartShardId": self._shard} if self._shard else {}
        shards = streams.describe_stream(StreamArn=self._arn, **after)["StreamDescription"]["Shards"]
        if not shards:
            return False
        self._shard = shards[0]["ShardId"]
        self._iterator = streams.get_shard_iterator(
            StreamArn=self._arn, ShardId=self._shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return True
