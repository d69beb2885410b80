"""What a contract and the evidence of its signature say, apart from how they are set."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from functions.shared.clock import rfc3339
from functions.shared.texts import Language

READ_FILE = "contract-as-read.pdf"
EVIDENCE_FILE = "evidence.json"


@dataclass(frozen=True)
class Contract:
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


@dataclass(frozen=True)
class Evidence:
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
        facts = {name: rfc3339(fact) if isinstance(fact, datetime) else fact for name, fact in asdict(self).items()}
        return json.dumps(facts, ensure_ascii=False, indent=2).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Evidence":
        """What `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        facts: dict[str, Any] = json.loads(data)
        moments = [field.name for field in fields(cls) if field.type is datetime]
        return cls(**facts | {name: datetime.fromisoformat(facts[name]) for name in moments})
