"""The kinds of what the table keeps of a person, and what becomes of each.

A kind says what its person gets to see of it and why it outlives their account; what no kind claims is told as such.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from functions.onboarding.reviews import PAPER_ACCEPTED, PAPER_ASKED_AGAIN, PAPER_REFUSED
from functions.shared import clock
from functions.shared.items import Item, Key
from functions.shared.mail_log import kind as kind_of_mail
from functions.shared.session import ABSOLUTE_SECONDS, IDLE_SECONDS, account_key
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.imported import WELCOMED
from functions.subscriptions.invite_again import INVITED_AGAIN
from functions.subscriptions.leases import shelf_keys
from functions.subscriptions.remove_user import USER_REMOVED
from functions.support.look_up import ACCOUNT_LOOKED_AT
from functions.support.send_again import MAIL_WANTED_AGAIN, MAILED_AGAIN

# In the place of an erased address, or of somebody else's, whose data it is (article 15(4) of the GDPR).
SOMEBODY = "…"
_ADDRESS = re.compile(r"[^\s@<>(),;:\"'#]+@[^\s@<>(),;:\"'#]*[^\s@<>(),;:\"'#.]")
# What opens something, or names a file of ours, at whatever depth it stands.
_NEVER_SHOWN = frozenset({"code", "file", "fingerprint", "link", "login", "seed", "token", "uploads", "version"})

ACCOUNTING = "kept for ten years as accounting records: Code de commerce, article L123-22; GDPR, article 17(3)(b)"
CONTRACT_PROOF = (
    "contract and proof of its signature, kept for ten years: Code de commerce, article L123-22, "
    "Code de la consommation, article L213-1; GDPR, article 17(3)(b) and (e)"
)
DECISION_PROOF = "proof of what was decided, for five years: Code civil, article 2224; GDPR, article 17(3)(e)"
WHILE_OPEN = "somebody’s request that is open; gone by itself once it is closed"
WITHIN_A_DAY = "somebody else’s answer, kept for its repeat; gone by itself within a day"
UNKNOWN_KIND = "of no kind that this command knows: look at it, and teach it"

type Show = Callable[[Key, Item], Mapping[str, Any]]


def _only(*names: str) -> Show:
    return lambda key, item: {name: item[name] for name in names if name in item}


def _session(key: Key, item: Item) -> Mapping[str, Any]:
    times = {
        "since": item["absolute_until"] - ABSOLUTE_SECONDS,
        "last_seen": item["idle_until"] - IDLE_SECONDS,
        "until": item["absolute_until"],
    }
    told = {name: clock.rfc3339(datetime.fromtimestamp(time, UTC)) for name, time in times.items()}
    return {**told, **_only("device")(key, item)}


def _second_factor(key: Key, item: Item) -> Mapping[str, Any]:
    return {"recovery_codes_left": len(item.get("recovery", ())), **_only("set_up_at")(key, item)}


def _belonging(key: Key, item: Item) -> Mapping[str, Any]:
    subscription = key.pk.partition("#")[2]
    return {"subscription": subscription, **_only("role", "status", "added_at", "invited_at", "mail")(key, item)}


def _order(key: Key, item: Item) -> Mapping[str, Any]:
    asked = ("placed_at", "lines", "billing", "delivery", "vat", "total", "reference", "terms_version", "change")
    return {"id": key.sk.partition("#")[2], **_only(*asked)(key, item)}


def _invoice(key: Key, item: Item) -> Mapping[str, Any]:
    return {name: value for name, value in item.items() if name != "by"}


def _contract(key: Key, item: Item) -> Mapping[str, Any]:
    kept = _only("contract", "read_sha256", "signature", "sealed")(key, item)
    return {"subscription": key.pk.partition("#")[2], **kept}


def _amendment(key: Key, item: Item) -> Mapping[str, Any]:
    return {"subscription": key.pk.partition("#")[2], **_only("says", "evidence", "sealed")(key, item)}


def _event(key: Key, item: Item) -> Mapping[str, Any]:
    return {"at": item["at"], "by": item["by"], "what": item["type"], "facts": item.get("data", {})}


def _mail(key: Key, item: Item) -> Mapping[str, Any]:
    return {"mail": key.sk.partition("#")[2], **_only("sent_at")(key, item)}


def _logged_mail(key: Key, item: Item) -> Mapping[str, Any]:
    return {"mail": kind_of_mail(item["texts"]), **_only("subject", "at", "state")(key, item)}


def _leases(key: Key, item: Item) -> Mapping[str, Any]:
    leases = [{name: lease[name] for name in ("device", "since", "expires_at")} for lease in item["leases"]]
    return {"subscription": key.pk.partition("#")[2], "leases": leases}


def _takeover(key: Key, item: Item) -> Mapping[str, Any]:
    asked = ("subscription", "asked_by", "administrator", "reason", "asked_at", "outcome", "closed_at", "why")
    return {"id": key.sk.partition("#")[2], **_only(*asked)(key, item)}


def _trial(key: Key, item: Item) -> Mapping[str, Any]:
    return {"product": key.sk.partition("#")[2], **_only("subscription", "started_at")(key, item)}


@dataclass(frozen=True)
class Kind:
    """A kind of item: what it is called, what its person gets to see of it (nothing of what is technical).

    It is erased unless `kept` says why it stays; of one that is `masked`, the address alone is, and of one that is
    `shared`, what is the person's own.
    """

    what: str
    show: Show | None = None
    kept: str = ""
    masked: bool = False
    shared: bool = False


ACCOUNT = Kind(
    "account",
    _only(
        "account_id",
        "email",
        "company",
        "siren",
        "invoices_email",
        "profile",
        "language",
        "account_status",
        "registered_at",
        "roles",
        "documents",
        "destroyed_at",
        "moved",
    ),
)
COPIED_TO = Kind("accounts that send copies of invoices there", shared=True)
PERSON = Kind("account number")
SESSION = Kind("sessions", _session)
SECOND_FACTOR = Kind("second factor", _second_factor)
MEMBERSHIP = Kind("memberships")
LISTED = Kind("memberships as listed", _belonging)
LISTED_ADMINISTRATOR = Kind("administrators of contracts", _belonging, kept=CONTRACT_PROOF)
SUBSCRIPTION = Kind("subscriptions", kept=CONTRACT_PROOF)
CONTRACT = Kind("contracts", _contract, kept=CONTRACT_PROOF)
AMENDMENT = Kind("amendments of contracts", _amendment, kept=CONTRACT_PROOF)
CONTRACT_EVENT = Kind("happenings to contracts", _event, kept=CONTRACT_PROOF)
USER_EVENT = Kind("happenings as a user", _event, masked=True)
LEASES = Kind("seats in use", _leases, shared=True)
DEVICE = Kind("marks of devices that software starts on")
TAKEOVER = Kind("requests to take over", _takeover, kept=DECISION_PROOF)
ORDER = Kind("orders", _order, kept=ACCOUNTING)
INVOICE = Kind("invoices", _invoice, kept=ACCOUNTING)
LISTED_INVOICE = Kind("invoices as listed", kept=ACCOUNTING)
BILLING = Kind("address of the last bill", _only("billing"))
ORDER_EVENT = Kind("confirmations of orders", _event, kept=ACCOUNTING)
DECISION = Kind("decisions on papers", _event, kept=DECISION_PROOF)
ACCOUNT_EVENT = Kind("happenings to the account", _event)
SUPPORT_EVENT = Kind("help given as a member of support", _event, masked=True)
REQUEST = Kind("requests", _event)
TRIAL = Kind("trials", _trial)
MAIL = Kind("e-mails sent", _mail)
LOGGED_MAIL = Kind("e-mails logged", _logged_mail)
CODE = Kind("codes")
LINK = Kind("links")
ANSWER = Kind("answers kept for a repeat")
OTHERS_ANSWER = Kind("answers to others", kept=WITHIN_A_DAY)
NOTE = Kind("notes of what falls due")
OWED = Kind("marks of what is not done yet")
TOLD_OUTSIDE = Kind("notes of what other systems are told")
# Its person finds it in their account (`moved`): it lies at an address that may be another's by now.
RESERVED = Kind("address kept for a while")
WAITING = Kind("places in the staff’s queue")
MESSAGE = Kind("messages about the papers", _only("from", "text", "at"))
TOLD_OF_FILES = Kind("who is told what waits for the staff")
ASKED = Kind("places in the staff’s list of requests to take over", kept=WHILE_OPEN)
UNKNOWN = Kind("others", kept=UNKNOWN_KIND)

_DECISIONS = frozenset({PAPER_ACCEPTED.name, PAPER_ASKED_AGAIN.name, PAPER_REFUSED.name})
_OF_USERS = frozenset({USER_ADDED.name, USER_REMOVED.name, INVITED_AGAIN.name, MAILED_AGAIN.name, WELCOMED.name})
_OF_SUPPORT = frozenset({ACCOUNT_LOOKED_AT.name, MAIL_WANTED_AGAIN.name})
_BY_PLACE: Mapping[tuple[str, str], Kind] = {
    ("USER", "ACCOUNT"): ACCOUNT,
    ("USER", "SESSION"): SESSION,
    ("USER", "FACTOR"): SECOND_FACTOR,
    ("USER", "SUBSCRIPTION"): MEMBERSHIP,
    ("USER", "CODE"): CODE,
    ("USER", "TRIAL"): TRIAL,
    ("USER", "DEVICE"): DEVICE,
    ("USER", "EVENT"): REQUEST,
    ("USER", "MAIL"): LOGGED_MAIL,
    ("USER", "RESERVED"): RESERVED,
    ("ACCOUNT", "PERSON"): PERSON,
    ("SUBSCRIPTION", "STATE"): SUBSCRIPTION,
    ("SUBSCRIPTION", "AGREEMENT"): CONTRACT,
    ("SUBSCRIPTION", "AMENDMENT"): AMENDMENT,
    ("SUBSCRIPTION", "TAKEOVER"): TAKEOVER,
    ("SUBSCRIPTION", "SIGNATURE_CODE"): CODE,
    **{("SUBSCRIPTION", key.sk.partition("#")[0]): LEASES for key in shelf_keys("")},
    ("ORDERS", "ORDER"): ORDER,
    ("ORDERS", "BILLING"): BILLING,
    ("ORDERS", "EVENT"): ORDER_EVENT,
    ("ORDERS", "INVOICE"): LISTED_INVOICE,
    ("INVOICE", "INVOICE"): INVOICE,
    ("CANCELLATION-REQUEST", "EVENT"): REQUEST,
    ("LINK", "LINK"): LINK,
    ("REVIEWS", "DEADLINE"): WAITING,
    ("ACCOUNT", "MESSAGE"): MESSAGE,
    ("STAFF", "MEMBER"): TOLD_OF_FILES,
    ("TAKEOVERS", "ASKED"): ASKED,
}


def kind(key: Key, item: Item, email: str) -> Kind:
    """What kind of trace of that person an item is."""
    family, part = key.pk.partition("#")[0], key.sk.partition("#")[0]
    match family, part:
        case "USER", "ACCOUNT" if key != account_key(email):
            return COPIED_TO
        case "ACCOUNT", "EVENT":
            if item["type"] in _OF_SUPPORT and item["by"] == email:
                return SUPPORT_EVENT
            return DECISION if item["type"] in _DECISIONS else ACCOUNT_EVENT
        case "SUBSCRIPTION", "USER":
            return LISTED_ADMINISTRATOR if item["role"] == "administrator" else LISTED
        case "SUBSCRIPTION", "EVENT":
            is_of_user = item["type"] in _OF_USERS and item["by"] != email
            return USER_EVENT if is_of_user else CONTRACT_EVENT
        case "IDEMPOTENCY", _:
            is_own = item.get("by") == email or re.match(rf"IDEMPOTENCY#ANYONE#{re.escape(email)}[# ]", key.pk)
            return ANSWER if is_own else OTHERS_ANSWER
        case "MAIL", _:
            return MAIL
        case "DUE", _:
            return NOTE
        case "PENDING", _:
            return OWED
        case "WEBHOOKS" | "WEBHOOK-LOG", _:
            return TOLD_OUTSIDE
    return _BY_PLACE.get((family, part), UNKNOWN)


def own(kind: Kind, item: Item, email: str) -> Item:
    """Of an item that others have a share in, the person's."""
    if not kind.shared or "leases" not in item:
        return item
    return {**item, "leases": [lease for lease in item["leases"] if lease["email"] == email]}


def of_others(item: Item, email: str) -> Item:
    """Of such an item, what is not the person's."""
    if "leases" not in item:
        return {name: value for name, value in item.items() if (name, value) != ("invoices_email", email)}
    return {**item, "leases": [lease for lease in item["leases"] if lease["email"] != email]}


def shown(value: Any, *mine: str) -> Any:
    """A value as its person gets to see it: nothing that opens anything, and no address that is not theirs."""
    match value:
        case str():
            return _ADDRESS.sub(lambda found: found[0] if found[0] in mine else SOMEBODY, value)
        case Mapping():
            return {name: shown(one, *mine) for name, one in value.items() if name not in _NEVER_SHOWN}
        case list() | tuple():
            return [shown(one, *mine) for one in value]
    return value


def masked(value: Any, email: str) -> Any:
    """The same value without that address."""
    match value:
        case str():
            return value.replace(email, SOMEBODY)
        case Mapping():
            return {name: masked(one, email) for name, one in value.items()}
        case list():
            return [masked(one, email) for one in value]
    return value


def names(item: Item, email: str) -> bool:
    """Whether an item names an address, at whatever depth."""
    named = _pattern(email)
    return any(named.search(text) for text in _texts(item))


@lru_cache(maxsize=16)
def _pattern(email: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\s<>(),;:\"'#]){re.escape(email)}(?![\w@-]|\.\w)")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
