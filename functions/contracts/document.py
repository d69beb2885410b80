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
            if field.type in (date, datetime, date | None) and kept.get(field.name):
                moment = datetime if field.type is datetime else date
                kept[field.name] = moment.fromisoformat(kept[field.name])
        return cls(**kept)

    def facts(self) -> dict[str, Any]:
        """As they are kept."""
        return {name: _kept(value) for name, value in asdict(self).items()}

    def to_json(self) -> bytes:
        """As they are attached to a sealed file."""
        return json.dumps(self.facts(), ensure_ascii=False, indent=2).encode()


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


@dataclass(frozen=True)
class Amendment(_Facts):
    """One amendment of a contract, complete: what it says of the seats from a day on."""

    number: str
    """Among those of its contract."""
    contract_number: str
    supplier: str
    company: str
    product: str
    edition: Literal["standard", "premium"]
    licence: Literal["individual", "floating"]
    kind: Literal["more", "fewer", "kept"]
    """Kept: as many as before, where fewer were planned."""
    seats_before: int
    seats: int
    begins: date
    end: date
    """The last day of the year of use."""
    days: int
    """Of the year of use, from the order to its last day."""
    days_of_year: int
    unit_price: int
    """This and all amounts in euro cents, excluding taxes but for `vat`."""
    amount: int
    vat: int
    next_year: int
    language: Language
    until: date | None = None
    """The day to which the amount pays, if there is one to pay."""


@dataclass(frozen=True)
class OrderEvidence(_Facts):
    """Who ordered an amendment, when, and how we know."""

    contract_number: str
    amendment: str
    order: str
    signer: str
    """The account that ordered it."""
    signed_at: datetime
    ip: str
    consent: str
    """What stood on the button."""
    terms_version: str
    sealed_at: datetime


def evidence_from(data: bytes) -> Evidence | OrderEvidence:
    """What a sealed file has attached; raises TypeError or ValueError for anything else."""
    facts = json.loads(data)
    return OrderEvidence.of(facts) if "amendment" in facts else Evidence.of(facts)
