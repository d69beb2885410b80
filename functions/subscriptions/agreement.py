"""The agreement of a subscription: its contract, the file that is read, the signature, and the sealed file. Pure.

It is drawn up at the activation and kept beside the subscription. What the contract says is kept in full, so that its
file can be set again, byte for byte, at any time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from functions.shared import clock
from functions.shared.events import Event, Holds, Mail, Told
from functions.shared.items import Item, Key, Put, new, next_version
from functions.shared.texts import Language
from functions.subscriptions.subscription import Subscription, partition

SEALING_OVERDUE = Told("sealing_overdue", "contract", calls_for=("sealing",), publishes=None)
CONTRACT_SEALED = Told(
    "contract_sealed",
    "contract",
    mails=(Mail("signature.mails.sealed", holds=Holds(recipient=("administrator",))),),
    publishes=("sha256",),
)
# What no job tells of itself.
TELLS = (SEALING_OVERDUE, CONTRACT_SEALED)
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Agreement:
    """An agreement as it is kept.

    `contract` holds the facts of the document (as functions/contracts/document.py names them, dates and times as
    text); `read_sha256` is the hash of its file as it is read; `signature` the evidence, and `sealed` the final file's
    `sha256` and when it was `sealed_at`, once there is one.
    """

    subscription: str
    contract: Mapping[str, Any]
    read_sha256: str
    signature: Mapping[str, Any] | None = None
    sealed: Mapping[str, Any] | None = None
    version: int = 0

    @classmethod
    def stored(cls, item: Item) -> "Agreement":
        """From its item in the table."""
        return cls(**{name: item[name] for name in cls.__dataclass_fields__ if name in item})

    def put_new(self) -> Put:
        """Its item, which must not be there yet."""
        return new(agreement_key(self.subscription), asdict(self))

    def put(self) -> Put:
        """Its item, written over the version that was read."""
        return next_version(agreement_key(self.subscription), asdict(self))

    @property
    def language(self) -> Language:
        """The language of the document."""
        language: Language = self.contract["language"]
        return language

    @property
    def state(self) -> Literal["to_sign", "sealing", "sealed"]:
        """How far it has come."""
        if self.signature is None:
            return "to_sign"
        return "sealing" if self.sealed is None else "sealed"


def agreement_key(subscription_id: str) -> Key:
    """Where a subscription's agreement is kept."""
    return Key(partition(subscription_id), "AGREEMENT")


def read_key(sha256: str) -> str:
    """Where in the bucket the file that is read is kept, under its own hash."""
    return f"read/{sha256}.pdf"


def text_key(sha256: str) -> str:
    """Where in the bucket the words of that file are kept, for the page that shows them."""
    return f"read/{sha256}.json"


def sealed_key(subscription_id: str) -> str:
    """Where in the bucket a subscription's sealed file is kept; there is never a second one."""
    return f"sealed/{subscription_id}.pdf"


def drawn_up(subscription: Subscription, company: str, supplier: str, *, is_consumer: bool = False) -> dict[str, Any]:
    """The facts of a subscription's contract, in the language in which its terms were accepted.

    Its date is that of the acceptance, so that a second try at the activation gives the very same file.
    """
    accepted = subscription.terms_accepted or {}
    return {
        "number": subscription.contract_number,
        "supplier": supplier,
        "company": company,
        "administrator": subscription.administrator,
        "product": subscription.product,
        "edition": subscription.edition.casefold(),
        "licence": subscription.licence,
        "seats": subscription.seats,
        "start": subscription.start.isoformat(),
        "end": subscription.end.isoformat(),
        "unit_price": subscription.unit_price,
        "terms_version": accepted["version"],
        "language": accepted["language"],
        "drawn_up": accepted["at"],
        "paid": subscription.paid,
        "is_consumer": is_consumer,
    }


def overdue(agreement: Agreement, now: datetime) -> Event | None:
    """What asks for the sealed file again once it is overdue; the same event for a whole minute."""
    if agreement.state != "sealing" or agreement.signature is None:
        return None
    signed_at = datetime.fromisoformat(agreement.signature["signed_at"])
    minutes = (now - signed_at) // _A_MINUTE
    if minutes < 1:
        return None
    at = signed_at + minutes * _A_MINUTE
    data = {"subscription": agreement.subscription, "product": agreement.contract["product"]}
    return SEALING_OVERDUE.event(at, agreement.signature["account"], data)


def sealed(agreement: Agreement, sha256: str, sealed_at: datetime, now: datetime) -> tuple[Put, Event]:
    """What the sealing worker writes, in one transaction, once the sealed file is in the bucket and checked."""
    evidence, contract = agreement.signature or {}, agreement.contract
    data = {
        "email": evidence["account"],
        "product": contract["product"],
        "contract_number": contract["number"],
        "subscription": agreement.subscription,
        "sha256": sha256,
        "language": agreement.language,
    }
    mark = {"sha256": sha256, "sealed_at": clock.rfc3339(sealed_at)}
    return replace(agreement, sealed=mark).put(), CONTRACT_SEALED.event(now, evidence["account"], data)
