"""Who gets webhooks: the receivers as the secret keeps them, and the signature of what each is sent.

The secret holds, by name, `url`, `secret`, `former` while one is rotated, and `only`, the types that a receiver wants
where it does not want all. The `standardwebhooks` package signs, so that its counterpart in any language verifies.
"""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from standardwebhooks import Webhook

_PREFIX = "whsec_"
# What Standard Webhooks recommends is 24 to 64.
_SECRET_BYTES = 32


class Receiver(NamedTuple):
    """Where events go, and what they are signed with: under both secrets while one takes the other's place."""

    name: str
    url: str
    secret: str
    former: str = ""
    only: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, kept: Any) -> list[Self]:
        """Those of the secret as it is kept. Raises KeyError for one that lacks an address or a secret."""
        return [
            cls(name, one["url"], one["secret"], one.get("former", ""), tuple(one.get("only", ())))
            for name, one in kept["receivers"].items()
        ]

    def kept(self) -> dict[str, Any]:
        """As the secret keeps it."""
        optional = {"former": self.former, "only": list(self.only)}
        return {"url": self.url, "secret": self.secret, **{name: value for name, value in optional.items() if value}}

    def wants(self, kind: str) -> bool:
        """Whether it is to be told of events of that type."""
        return not self.only or kind in self.only

    def headers(self, event_id: str, at: datetime, body: str) -> Mapping[str, str]:
        """What says which event it is, when it was sent (in real time, UTC), and that we sent it."""
        signatures = [Webhook(one).sign(event_id, at, body) for one in (self.secret, self.former) if one]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def new_secret() -> str:
    """One that nobody knows yet."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
