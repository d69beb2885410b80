"""Faults: what can go wrong with one HTTP call to AWS, made to happen in botocore's HTTP session."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, Self
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from tests.crash import torn
from tests.crash.footprints import Footprint, footprint, named

type Kind = Literal["died_before", "died_after", "lost", "throttled", "failed", "rival"]


class Died(BaseException):
    """The process is gone: nothing catches it, no `except Exception` runs."""


class RivalFailed(BaseException):
    """A rival could not do what it was to do: nothing of the journey's own catches that."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, at which call (counted from 0); `lasting`: from then on, so that the SDK's retries fail too.

    A rival acts right after the call in `way` 0; in the others, as many as a watch finds, while it is under way.
    """

    kind: Kind
    at: int
    lasting: bool = False
    way: int = 0

    def __str__(self) -> str:
        return f"{self.kind}{' and goes on' if self.lasting else ''} at call {self.at}, way {self.way}"


# The SDK itself gets over being throttled once, and gives up at failures that last: the caller tries again.
KINDS: tuple[tuple[Kind, bool], ...] = (
    ("died_before", False),
    ("died_after", False),
    ("lost", False),
    ("lost", True),
    ("throttled", False),
    ("failed", True),
)
# A single write while a transaction is under way on the same item.
_ONE_ITEM = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
_TRANSACTIONS = frozenset({"TransactGetItems", "TransactWriteItems"})

type Send = Callable[[URLLib3Session, AWSPreparedRequest], AWSResponse]
type Transmit = Callable[[AWSPreparedRequest], AWSResponse]


@dataclass
class Watch:
    """Counts the calls of this thread, and lets one go wrong.

    Of the calls it keeps what they touch, of a rival what it did; `ways` is how many there are to act inside the call
    that was struck.
    """

    fault: Fault | None = None
    rival: Callable[[], None] | None = None
    then: Fault | None = None
    calls: list[str] = field(default_factory=list)
    touched: list[Footprint] = field(default_factory=list)
    fired: int = 0
    ways: int = 0
    rivals: list[Footprint] = field(default_factory=list)
    wrote_before_rival: bool = False
    wrote_after_rival: bool = False
    _struck_at: int | None = None
    _thread: int = field(default_factory=threading.get_ident)
    _rival_acts: bool = False

    @contextmanager
    def on(self) -> Iterator[Self]:
        """Watch meanwhile."""
        send: Send = URLLib3Session.send

        def sent(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            def transmit(request: AWSPreparedRequest) -> AWSResponse:
                return send(session, request)

            return self._sent(transmit, request)

        with mock.patch.object(URLLib3Session, "send", sent):
            yield self

    @contextmanager
    def rival_acts(self) -> Iterator[None]:
        """What is called meanwhile is the rival's."""
        self._rival_acts = True
        try:
            yield
        finally:
            self._rival_acts = False

    def _sent(self, transmit: Transmit, request: AWSPreparedRequest) -> AWSResponse:
        # Secrets are read anew every few minutes of real time, in whichever run that happens to be.
        if threading.get_ident() != self._thread or named(request).startswith("secretsmanager."):
            return transmit(request)
        if self._rival_acts:
            response = transmit(request)
            if response.status_code == HTTPStatus.OK:
                self.rivals.append(footprint(request))
            return response
        number = len(self.calls)
        self.calls.append(named(request))
        self.touched.append(footprint(request))
        fault = self._fault_at(number)
        if fault is None:
            return self._noted(transmit, request)
        self.fired += 1
        return self._gone_wrong(fault, transmit, request)

    @property
    def is_for_more(self) -> bool:
        """Whether it goes on in the next run of a function: something is to go wrong there yet."""
        return self.then is not None and self.fired < 2

    def _fault_at(self, number: int) -> Fault | None:
        """What is to go wrong at that call; `then` counts from where the first has struck."""
        fault = self.fault
        if self.then and self._struck_at is not None:
            fault = replace(self.then, at=self._struck_at + 1 + self.then.at)
        if fault is None or number < fault.at or (number > fault.at and not fault.lasting):
            return None
        if self._struck_at is None:
            self._struck_at = number
        return fault

    def _noted(self, transmit: Transmit, request: AWSPreparedRequest) -> AWSResponse:
        response = transmit(request)
        if (
            response.status_code == HTTPStatus.OK
            and named(request).startswith("dynamodb.")
            and self.touched[-1].written
        ):
            if self.rivals:
                self.wrote_after_rival = True
            else:
                self.wrote_before_rival = True
        return response

    def _gone_wrong(self, fault: Fault, transmit: Transmit, request: AWSPreparedRequest) -> AWSResponse:
        match fault.kind:
            case "died_before":
                raise Died
            case "died_after":
                transmit(request)
                raise Died
            case "lost":
                transmit(request)
                raise ConnectionClosedError(endpoint_url=str(request.url))
            case "throttled":
                return _refused(request, HTTPStatus.BAD_REQUEST, "ThrottlingException")
            case "failed":
                return _refused(request, HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError")
            case "rival":
                return self._met(fault.way, transmit, request)

    def _met(self, way: int, transmit: Transmit, request: AWSPreparedRequest) -> AWSResponse:
        """The answer to a call that a rival comes to: after it, inside it, or too early for it to go on."""
        if named(request) in torn.CAN_BE_TORN:
            whole = torn.unlimited(request)
            before = json.loads(transmit(whole).content)
            self._let_rival_act()
            answers = torn.answers(request, before, json.loads(transmit(whole).content))
            self.ways = len(answers) - 1
            return _response(request, HTTPStatus.OK, answers[way])
        response = None if way else self._noted(transmit, request)
        self._let_rival_act()
        conflict = _conflict(request, self.rivals)
        self.ways = 0 if conflict is None else 1
        # Where nothing can be contended, inside a call is before it.
        return response or conflict or self._noted(transmit, request)

    def _let_rival_act(self) -> None:
        assert self.rival
        with self.rival_acts():
            try:
                self.rival()
            except Exception as error:
                raise RivalFailed from error


@contextmanager
def down(*services: str) -> Iterator[list[str]]:
    """Meanwhile these services fail at whatever this thread asks of them; gives what it has asked."""
    send: Send = URLLib3Session.send
    here, asked = threading.get_ident(), list[str]()

    def sent(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        if threading.get_ident() != here or named(request).partition(".")[0] not in services:
            return send(session, request)
        asked.append(named(request))
        return _refused(request, HTTPStatus.SERVICE_UNAVAILABLE, "InternalServerError")

    with mock.patch.object(URLLib3Session, "send", sent):
        yield asked


def _conflict(request: AWSPreparedRequest, rival: Sequence[Footprint]) -> AWSResponse | None:
    """What DynamoDB says while a rival's transaction is under way on what the request touches, if anything."""
    service, _, operation = named(request).partition(".")
    if service != "dynamodb":
        return None
    mine = footprint(request)
    if operation in _ONE_ITEM and any(mine.meets(one) for one in rival if one.whole):
        return _refused(request, HTTPStatus.BAD_REQUEST, "TransactionConflictException")
    if operation in _TRANSACTIONS and any(mine.meets(one) for one in rival if one.written):
        more = {"CancellationReasons": [{"Code": "TransactionConflict"}]}
        return _refused(request, HTTPStatus.BAD_REQUEST, "TransactionCanceledException", more)
    return None


class _Body:
    """A response's body that is already here."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _refused(request: AWSPreparedRequest, status: int, code: str, more: Mapping[str, Any] | None = None) -> AWSResponse:
    """An error in the words of the request's protocol."""
    if not named(request).startswith("s3."):
        return _response(request, status, {"__type": code, "message": "injected", **(more or {})}, code)
    status = 503 if code == "ThrottlingException" else status
    code = {"ThrottlingException": "SlowDown", "InternalServerError": "InternalError"}[code]
    body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    return AWSResponse(str(request.url), status, _headers(code), _Body(body))


def _response(request: AWSPreparedRequest, status: int, content: Mapping[str, Any], code: str = "") -> AWSResponse:
    return AWSResponse(str(request.url), status, _headers(code), _Body(json.dumps(content).encode()))


def _headers(code: str) -> Any:
    return HeadersDict({"content-type": "application/json", **({"x-amzn-ErrorType": code} if code else {})})
