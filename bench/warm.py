"""What a warm request costs the processor beside a hand-written handler: `python -m bench.warm`.

Adding a user, from API Gateway's event to its answer, in this process and with DynamoDB answered at botocore's HTTP
session: so only our own work counts, signing and parsing included. User and system time, each handler's turns between
the others', and the median of what each turn gives beside the hand-written one's.
"""

import contextlib
import json
import os
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from bench.by_hand import Handler, Users, by_hand, in_fastapi
from bench.table import Row, show
from functions.shared import clock, session
from functions.shared.items import Item, Put
from functions.shared.session import account_key
from functions.subscriptions import app
from functions.subscriptions.catalogue import catalogue
from functions.subscriptions.subscription import Subscription, begun

# Of the hand-written handler's time.
AT_MOST = 1.6
TURNS, REQUESTS = 50, 20
DESK, BY_HAND, FASTAPI = "the desk", "by hand", "FastAPI with Mangum"
SECRET = json.dumps({"current": "a key of the benchmark's"})
ADMINISTRATOR, SUBSCRIPTION, TOKEN, LOGIN = "alice.durand@example.com", "s-5f3a9c21", "t" * 43, "1f" * 16
ACCOUNT = "A-4f2a"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIABENCH",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token" * 80,
    "AWS_REGION": "eu-west-3",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "TABLE": "guichet",
    "USER_POOL": "pool",
    "USER_POOL_CLIENT": "client",
    "SECRET": "secret",
    "SENDER": "desk@example.com",
    "SITE_URL": "https://desk.example.com",
    "CONTRACTS": "contracts",
    "SUPPLIER": "Guichet, Paris",
    "PAPERS": "papers",
}


@dataclass
class Stub:
    """Answers as AWS does, from items that no write changes; `asked` is what it was sent, by operation."""

    items: Mapping[tuple[str, str], Item]
    asked: dict[str, bytes] = field(default_factory=dict)
    _answers: dict[bytes, bytes] = field(default_factory=dict)

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Meanwhile every client in this process is answered by it."""
        with mock.patch.object(URLLib3Session, "send", lambda _, request: self._send(request)):
            yield

    def _send(self, request: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        self.asked[operation] = request.body
        match operation:
            case "TransactGetItems":
                if request.body not in self._answers:
                    self._answers[request.body] = self._found(json.loads(request.body))
                content = self._answers[request.body]
            case "TransactWriteItems":
                content = b"{}"
            case "GetSecretValue":
                content = json.dumps({"Name": "secret", "SecretString": SECRET}).encode()
            case other:
                raise NotImplementedError(other)
        headers: Any = {
            "Server": "Server",
            "Date": "Sun, 01 Nov 2026 09:00:00 GMT",
            "Content-Type": "application/x-amz-json-1.0",
            "Content-Length": str(len(content)),
            "Connection": "keep-alive",
            "x-amzn-RequestId": "K8A2LQ5N0P1R3S7T9V4W6X8Y0ZVV4KQNSO5AEMVJF66Q9ASUAAJG",
            "x-amz-crc32": str(zlib.crc32(content)),
        }
        response = AWSResponse(request.url, 200, headers, None)
        response._content = content  # type: ignore[attr-defined]  # as if it had been read
        return response

    def _found(self, asked: Any) -> bytes:
        keys = [one["Get"]["Key"] for one in asked["TransactItems"]]
        items = [(key, self.items.get((key["PK"]["S"], key["SK"]["S"]))) for key in keys]
        responses = [{} if item is None else {"Item": key | _typed(item)} for key, item in items]
        return json.dumps({"Responses": responses}).encode()


def stored() -> dict[tuple[str, str], Item]:
    """What is in the table: a subscription, its administrator and their session."""
    now = clock.now()
    today = clock.day(now)
    subscription = Subscription(
        id=SUBSCRIPTION,
        contract_number="G-2026-000042",
        product=catalogue().tried.product,
        edition="Premium",
        licence="individual",
        seats=5,
        users=1,
        status="active",
        administrator=ADMINISTRATOR,
        start=today - timedelta(days=30),
        end=today + timedelta(days=334),
        unit_price=49_900,
    )
    account = {
        "account_id": ACCOUNT,
        "email": ADMINISTRATOR,
        "login": LOGIN,
        "company": "Durand",
        "profile": "design_office",
        "language": "fr",
        "account_status": "complete",
        "roles": [],
        "registered_at": clock.rfc3339(now),
        "version": 1,
    }
    puts = [
        *begun(subscription, clock.rfc3339(now)),
        session.opened(ADMINISTRATOR, TOKEN, LOGIN),
        Put(account_key(ADMINISTRATOR), account),
    ]
    return {(put.key.pk, put.key.sk): put.attributes for put in puts}


def event() -> dict[str, Any]:
    """What API Gateway hands over."""
    path = f"/api/subscriptions/{SUBSCRIPTION}/users"
    body = json.dumps({"email": "Noa.Martin@example.com"})
    return {
        "version": "2.0",
        "routeKey": "POST /api/subscriptions/{subscription_id}/users",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": [each.partition(";")[0] for each in session.cookies_that_open(ADMINISTRATOR, TOKEN, ACCOUNT)],
        "headers": {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate, br",
            "accept-language": "fr",
            "content-length": str(len(body)),
            "content-type": "application/json",
            "host": "desk.example.com",
            "idempotency-key": "0d5f6a7e-1c83-4a0e-9d1b-6f3b6f0e6a54",
            "origin": "https://desk.example.com",
            "sec-fetch-site": "same-origin",
            "user-agent": "Mozilla/5.0",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "desk.example.com",
            "domainPrefix": "desk",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "Mozilla/5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /api/subscriptions/{subscription_id}/users",
            "stage": "$default",
            "time": "01/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1793523600000,
        },
        "pathParameters": {"subscription_id": SUBSCRIPTION},
        "body": body,
        "isBase64Encoded": False,
    }


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler about its call."""

    function_name: str = "portal"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-3:123456789012:function:portal"
    aws_request_id: str = "7f3a2b10-5d7c-4d0c-8c55-1a6f2b9e0c11"


@contextlib.contextmanager
def handlers() -> Iterator[Mapping[str, Callable[[], dict[str, Any]]]]:
    """A request to each, on the same clients and the same answers; checked to have asked the same of DynamoDB."""
    stub, context = Stub(stored()), Context()
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    with mock.patch.dict(os.environ, ENVIRONMENT), stub.answering(), _unseen_log():
        users = Users(boto3.Session().client("dynamodb", config=config), "guichet", b"a key of the benchmark's")
        made: Mapping[str, Handler] = {DESK: app.handler, BY_HAND: by_hand(users), FASTAPI: in_fastapi(users)}
        shapes = {}
        for name, handler in made.items():
            answer = handler(event(), context)
            assert answer["statusCode"] == 201, (name, answer)  # noqa: S101 — else nothing was measured
            shapes[name] = _shape(stub.asked)
        assert len(set(shapes.values())) == 1, shapes  # noqa: S101 — else unlike things were compared
        yield {name: lambda handler=handler: handler(event(), context) for name, handler in made.items()}  # type: ignore[misc]


def beside(base: str, requests: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The processor's time for each, as a ratio to that of `base`."""
    ratios: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(TURNS):
        spent = {name: _processor(request) for name, request in requests.items()}
        for name, seconds in spent.items():
            ratios[name].append(seconds / spent[base])
    return {name: statistics.median(found) for name, found in ratios.items()}


def _processor(request: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(REQUESTS):
        request()
    return time.process_time() - began


def _typed(item: Item) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items() if value is not None}


def _shape(asked: Mapping[str, bytes]) -> str:
    """What was asked, as operations and the kinds of items, in their order."""
    kinds = []
    for operation in ("TransactGetItems", "TransactWriteItems"):
        for one in json.loads(asked[operation])["TransactItems"]:
            [(kind, what)] = one.items()
            key = what.get("Key") or what["Item"]
            named = [part["S"].partition("#")[0] for part in (key["PK"], key["SK"])]
            # What is kept in the order of time begins with that.
            kinds.append(" ".join((kind, *(name for name in named if not name[0].isdigit()))))
    return ", ".join(kinds)


@contextlib.contextmanager
def _unseen_log() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def rows() -> list[Row]:
    """The desk's ratio, and FastAPI's for contrast."""
    with handlers() as requests:
        found = beside(BY_HAND, requests)
    return [
        Row("warm request (add-user), processor, beside a hand-written handler", found[DESK], AT_MOST),
        Row("the same in FastAPI with Mangum around what is written by hand", found[FASTAPI]),
    ]


def main() -> None:
    """Print both ratios."""
    show(rows())


if __name__ == "__main__":
    main()
