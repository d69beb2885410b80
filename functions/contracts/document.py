"""What a contract and the evidence of its signature say, apart from how they are set."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, Self

from functions.shared.clock import rfc3339
from functions.shared.texts import Language

# What the sealed file carries inside.
READ_FILE = "contract-as-read.pdf"
EVIDENCE_FILE = "evidence.json"


@dataclass(frozen=True)
class _Facts:
    """Values that the table and JSON keep, dates and times as text."""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """From the facts as they are kept. Raises TypeError or ValueError for others than its own."""
        kept = dict(facts)
        for field in fields(cls):
            if field.type in (date, datetime) and field.name in kept:
                kept[field.name] = field.type.fromisoformat(kept[field.name])
        return cls(**kept)

    def facts(self) -> dict[str, Any]:
        """As they are kept."""
        return {name: _kept(value) for name, value in asdict(self).items()}


def _kept(value: Any) -> Any:
    match value:
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
    return value


@dataclass(frozen=True)
class Contract(_Facts):
    """One contract, complete: the same values always give the same file."""

    number: str
    supplier: str
    """The supplier's name, then its address, separated by commas."""
    company: str
    administrator: str
    product: str
    edition: Literal["standard", "premium"]
    licence: Literal["individual", "floating"]
    seats: int
    start: date
    end: date
    """The last day of use."""
    unit_price: int
    """Euro cents for a seat and year, excluding taxes."""
    terms_version: str
    language: Language
    drawn_up: datetime
    paid: int = 0
    """Euro cents for all seats and the first year, VAT included."""
    is_consumer: bool = False
    """Whether the price with VAT stands first, as consumers are to see it."""


@dataclass(frozen=True)
class Evidence(_Facts):
    """Who signed what, when, and how we know."""

    contract_number: str
    signer: str
    account: str
    signed_at: datetime
    ip: str
    code_sent_to: str
    read_sha256: str
    consent: str
    """The wording that the signer agreed to, in the language in which it was shown."""
    terms_version: str
    terms_accepted_at: datetime
    terms_sha256: str
    sealed_at: datetime

    def to_json(self) -> bytes:
        """As it is attached to the sealed file."""
        return json.dumps(self.facts(), ensure_ascii=False, indent=2).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """What `to_json` wrote; raises TypeError or ValueError for anything else."""
        return cls.of(json.loads(data))
