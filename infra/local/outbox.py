"""The mailbox of the local cloud: every e-mail that SES was given, kept as it left."""

import base64
import email
import email.policy
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.aws import Call


@dataclass(frozen=True)
class Mail:
    """One e-mail, as a reader of the mailbox needs it."""

    to: str
    subject: str
    text: str
    html: str
    sent_at: str


class Outbox:
    """Watches SES: moto itself keeps only one of a message's two bodies."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._mails: list[Mail] = []
        self._lock = threading.Lock()

    def see(self, call: Call) -> None:
        """Keep the e-mail, if it was one and SES took it."""
        if not is_email(call):
            return
        mail = _mail(json.loads(call.body), self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        with self._lock:
            self._mails.append(mail)

    def mails(self) -> list[Mail]:
        """All of them, the newest first."""
        with self._lock:
            return self._mails[::-1]

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._mails.clear()


def is_email(call: Call) -> bool:
    """Whether a call was an e-mail that SES took."""
    return (call.service, call.method, call.path, call.status) == ("ses", "POST", "/v2/email/outbound-emails", 200)


def _mail(request: Any, sent_at: str) -> Mail:
    destination = request.get("Destination", {})
    to = [address for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for address in destination.get(kind, [])]
    content = request["Content"]
    if "Simple" in content:
        body = content["Simple"]["Body"]
        text, html = (body.get(kind, {}).get("Data", "") for kind in ("Text", "Html"))
        return Mail(", ".join(to), content["Simple"]["Subject"]["Data"], text, html, sent_at)
    raw = base64.b64decode(content["Raw"]["Data"])
    message = email.message_from_bytes(raw, policy=email.policy.default)
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (str(body.get_content()) if body else "" for body in bodies)
    return Mail(", ".join(to) or str(message["To"]), str(message["Subject"]), text, html, sent_at)
