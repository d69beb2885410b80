"""Receivers of webhooks: tiny servers on this machine that keep what they are sent, and answer as they are told to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from standardwebhooks import Webhook

from infra.local.cloud import LocalCloud
from infra.webhooks import Receivers
from tests import kept
from tests.desk import first_calls


@dataclass(frozen=True)
class Told:
    """A request as it came, and what it was answered."""

    headers: Mapping[str, str]
    content: bytes
    answer: int

    @property
    def body(self) -> Any:
        """What it says."""
        return json.loads(self.content)

    @property
    def id(self) -> str:
        """Of which event."""
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """Whether the library of receivers takes it. Raises WebhookVerificationError when it does not."""
        return bool(Webhook(secret).verify(self.content, dict(self.headers)))


class Inbox:
    """A receiver; `answers` says what it answers to a body."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.answers: Callable[[Any], int] = lambda body: 204
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                answer = inbox.answers(json.loads(content))
                headers = {name.lower(): value for name, value in self.headers.items()}
                inbox.told.append(Told(headers, content, answer))
                self.send_response(answer)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/guichet"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def taken(self) -> list[Told]:
        """What it has taken, in the order in which it came."""
        return [one for one in self.told if one.answer < 300]

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def receivers() -> Receivers:
    """Those that the local desk knows, as its operators see them."""
    return Receivers(boto3.client("secretsmanager"), kept.cloud().settings.webhooks)


@contextmanager
def inboxes(local: LocalCloud, *names: str, only: tuple[str, ...] = ()) -> Iterator[list[Inbox]]:
    """Receivers of these names, each with all events, or with those alone; none is left afterwards."""
    made = [Inbox() for _ in names]
    for name, inbox in zip(names, made, strict=True):
        receivers().add(name, inbox.url, only, anywhere=True)
    try:
        with first_calls(local):
            yield made
    finally:
        for name, inbox in zip(names, made, strict=True):
            receivers().remove(name)
            inbox.close()
