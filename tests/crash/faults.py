"""Faults: what can go wrong with one HTTP call to AWS, made to happen in botocore's HTTP session."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

type Kind = Literal["died_before", "died_after", "lost", "throttled", "failed", "rival"]


class Died(BaseException):
    """The process is gone: nothing catches it, no `except Exception` runs."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, at which call (counted from 0); `lasting`: from then on, so that the SDK's retries fail too."""

    kind: Kind
    at: int
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{' and goes on' if self.lasting else ''} at call {self.at}"


# The SDK itself gets over being throttled once, and gives up at failures that last: the caller tries again.
KINDS: tuple[tuple[Kind, bool], ...] = (
    ("died_before", False),
    ("died_after", False),
    ("lost", False),
    ("lost", True),
    ("throttled", False),
    ("failed", True),
)


type HttpRequest = AWSRequest | AWSPreparedRequest
type Send = Callable[[URLLib3Session, HttpRequest], AWSResponse]


@dataclass
class Watch:
    """Counts the calls of this thread, and lets one go wrong."""

    fault: Fault | None = None
    rival: Callable[[], None] | None = None
    calls: list[str] = field(default_factory=list)
    fired: int = 0
    _thread: int = field(default_factory=threading.get_ident)
    _suspended: bool = False

    @contextmanager
    def on(self) -> Iterator[Self]:
        """Watch meanwhile."""
        send: Send = URLLib3Session.send
        with mock.patch.object(URLLib3Session, "send", lambda session, request: self._sent(send, session, request)):
            yield self

    def _sent(self, send: Send, session: URLLib3Session, request: HttpRequest) -> AWSResponse:
        if self._suspended or threading.get_ident() != self._thread:
            return send(session, request)
        number = len(self.calls)
        self.calls.append(_name(request))
        fault = self.fault
        if fault is None or number < fault.at or (number > fault.at and not fault.lasting):
            return send(session, request)
        self.fired += 1
        return self._gone_wrong(fault, send, session, request)

    def _gone_wrong(self, fault: Fault, send: Send, session: URLLib3Session, request: HttpRequest) -> AWSResponse:
        match fault.kind:
            case "died_before":
                raise Died
            case "died_after":
                send(session, request)
                raise Died
            case "lost":
                send(session, request)
                raise ConnectionClosedError(endpoint_url=str(request.url))
            case "throttled":
                return _refused(request, 400, "ThrottlingException")
            case "failed":
                return _refused(request, 500, "InternalServerError")
            case "rival":
                assert self.rival
                self._suspended = True
                try:
                    self.rival()
                finally:
                    self._suspended = False
                return send(session, request)


def _name(request: HttpRequest) -> str:
    """The service and the operation, or the method where no header names it."""
    target = _text(request.headers.get("X-Amz-Target"))
    service = _text(request.headers.get("Authorization")).partition("Credential=")[2].split("/")
    return f"{service[3] if len(service) > 3 else '?'}.{target.partition('.')[2] or request.method}"


def _text(header: Any) -> str:
    return header.decode() if isinstance(header, bytes) else header or ""


class _Body:
    """A response's body that is already here."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _refused(request: HttpRequest, status: int, code: str) -> AWSResponse:
    """An error in the words of the request's protocol."""
    if _name(request).startswith("s3."):
        status = 503 if code == "ThrottlingException" else status
        code = {"ThrottlingException": "SlowDown", "InternalServerError": "InternalError"}[code]
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    else:
        body = json.dumps({"__type": code, "message": "injected"}).encode()
    headers: Any = HeadersDict({"x-amzn-ErrorType": code, "content-type": "application/json"})
    return AWSResponse(str(request.url), status, headers, _Body(body))
