"""The amendments of a contract: what each says, who ordered it, and its sealed file. Pure.

An amendment is written with the change that it is about; the worker that seals contracts sets and seals it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from functions.shared import clock
from functions.shared.events import Event, Told
from functions.shared.items import Item, Key, Put, new, next_version
from functions.subscriptions.subscription import partition

AMENDMENT_SEALED = Told("amendment_sealed", "seats", publishes=("amendment", "sha256"))
# What no job tells of itself.
TELLS = (AMENDMENT_SEALED,)
PREFIX = "AMENDMENT#"


@dataclass(frozen=True)
class Amendment:
    """An amendment as it is kept.

    `says` holds the facts of the document and `evidence` who ordered it (as functions/contracts/document.py names
    both, dates and times as text); `sealed` the final file's `sha256`, its `version` in the bucket, and when it was
    `sealed_at`, once there is one.
    """

    subscription: str
    says: Mapping[str, Any]
    evidence: Mapping[str, Any]
    sealed: Mapping[str, Any] | None = None
    version: int = 0

    @classmethod
    def stored(cls, item: Item) -> "Amendment":
        """From its item in the table."""
        return cls(**{name: item[name] for name in cls.__dataclass_fields__ if name in item})

    def put_new(self) -> Put:
        """Its item, which must not be there yet."""
        return new(amendment_key(self.subscription, self.number), asdict(self))

    def put(self) -> Put:
        """Its item, written over the version that was read."""
        return next_version(amendment_key(self.subscription, self.number), asdict(self))

    @property
    def number(self) -> str:
        """Its number among those of its contract."""
        return str(self.says["number"])

    @property
    def state(self) -> Literal["sealing", "sealed"]:
        """How far it has come."""
        return "sealing" if self.sealed is None else "sealed"


def number_of(count: int) -> str:
    """The number of a contract's amendment, counted from 1."""
    return f"A-{count}"


def amendment_key(subscription_id: str, number: str) -> Key:
    """Where an amendment is kept: in the order of their numbers."""
    return Key(partition(subscription_id), f"{PREFIX}{int(number.removeprefix('A-')):06}")


def sealed_key(subscription_id: str, number: str) -> str:
    """Where in the bucket an amendment's sealed file is kept; there is never a second one."""
    return f"sealed/{subscription_id}/{number}.pdf"


def sealed(amendment: Amendment, sha256: str, version: str, sealed_at: datetime, now: datetime) -> tuple[Put, Event]:
    """What the sealing worker writes, in one transaction, once the sealed file is in the bucket and checked."""
    says = amendment.says
    mark = {"sha256": sha256, "version": version, "sealed_at": clock.rfc3339(sealed_at)}
    data = {"product": says["product"], "contract_number": says["contract_number"], "amendment": amendment.number}
    event = AMENDMENT_SEALED.event(now, amendment.evidence["signer"], {**data, "sha256": sha256})
    return replace(amendment, sealed=mark).put(), event
