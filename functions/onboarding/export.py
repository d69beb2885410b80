"""My data: all that is kept of a person, for themselves (articles 15 and 20 of the GDPR).

What it is, and what of it its person sees, says functions/onboarding/traces.py, for the operators' command too. Nothing
in it opens anything, and nobody else's address stands in it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any, NamedTuple

from pydantic import ConfigDict, Field, JsonValue

from functions.onboarding.account import partition as history_of
from functions.onboarding.change_address import ADDRESS_CHANGED, ADDRESS_RESTORED
from functions.onboarding.invitations import memberships
from functions.onboarding.traces import Kind, kind, names, own, shown
from functions.shared import clock
from functions.shared.desk import Desk, Look
from functions.shared.events import PREFIX as EVENTS
from functions.shared.fields import Aliased, Nothing
from functions.shared.items import Item, Key, reads_nothing
from functions.shared.job import Ask, Job
from functions.shared.session import account_key, person
from functions.shared.store import Store, retry_lost_races
from functions.subscriptions.invoice import PREFIX as INVOICES
from functions.subscriptions.invoice import invoice_key
from functions.subscriptions.order import PREFIX as ORDERS
from functions.subscriptions.order import orders_of
from functions.subscriptions.subscription import membership_key, state_key
from functions.subscriptions.subscription import partition as subscription_partition
from functions.subscriptions.takeovers import PREFIX as TAKEOVERS

_EVERYTHING = ("!", "~")
# Later than any time.
_EVER = "~"
_USER = "USER#"
_MOVES = frozenset({ADDRESS_CHANGED.name, ADDRESS_RESTORED.name})
# Of the hundred that can be read as of one moment.
_AT_ONCE = 100
# Well within the 6 MB that Lambda answers with.
MOST_BYTES = 5_000_000
_OF_ITS_ADMINISTRATOR = (
    "contract_number", "product", "edition", "licence", "seats", "users", "status", "start", "end", "unit_price",
    "paid", "terms_accepted", "cancellation", "withdrawable_until", "withdrawal", "seats_next",
)  # fmt: skip
_OF_ITS_USERS = ("contract_number", "product", "edition", "licence", "status", "start", "end")

# What has no shape of its own: facts by their names, as they are kept.
type Facts = dict[str, JsonValue]


class _Told(Aliased):
    """What is told: a fact that has no place in it is none that goes unsaid."""

    model_config = ConfigDict(extra="forbid")


class ExportedAccount(_Told):
    """The account; its papers by their kinds, with what was decided of them."""

    account_id: str
    email: str
    company: str
    siren: str | None = None
    invoices_email: str | None = None
    profile: str
    language: str
    account_status: str
    registered_at: str
    roles: list[str]
    documents: dict[str, Facts] = Field(default_factory=dict)
    destroyed_at: str | None = None
    moved: dict[str, str] | None = None


class ExportedSession(_Told):
    """A browser that is signed in."""

    since: str
    last_seen: str
    until: str
    device: dict[str, str]


class ExportedSecondFactor(_Told):
    """The second factor, and how many recovery codes are left of it."""

    recovery_codes_left: int
    set_up_at: str | None = None


class ExportedPlace(_Told):
    """The place in a subscription, as its list of users has it."""

    subscription: str
    role: str
    status: str
    added_at: str
    invited_at: str | None = None
    mail: str | None = None


class ExportedContract(_Told):
    """A contract: what it says, and the evidence of its signature."""

    subscription: str
    contract: Facts
    read_sha256: str
    signature: Facts | None = None
    sealed: Facts | None = None


class ExportedAmendment(_Told):
    """An amendment to a contract."""

    subscription: str
    says: Facts
    evidence: Facts
    sealed: Facts | None = None


class ExportedHappening(_Told):
    """Something that happened: when, by whom, what, and what is said of it."""

    at: str
    by: str
    what: str
    facts: Facts


class ExportedSeats(_Told):
    """The seats of a floating licence that the person's devices hold."""

    subscription: str
    leases: list[Facts]


class ExportedOrder(_Told):
    """An order; amounts in cents."""

    id: str
    placed_at: str
    lines: list[Facts]
    billing: Facts
    delivery: Facts | None = None
    vat: Facts
    total: int
    reference: str | None = None
    terms_version: str
    change: Facts | None = None


class ExportedInvoice(_Told):
    """An invoice or a credit note, whole; amounts in cents."""

    number: str
    kind: str
    issued_on: str
    language: str
    order: str
    ordered_on: str
    seller: Facts
    buyer: Facts
    lines: list[Facts]
    vat: Facts
    is_consumer: bool
    delivery: Facts | None = None
    reference: str | None = None
    credits: Facts
    contract: str | None = None


class ExportedMessage(_Told):
    """A message about the papers."""

    by: str = Field(alias="from")
    text: str
    at: str


class ExportedMail(_Told):
    """An e-mail of the last 90 days, and what became of it."""

    mail: str
    subject: str
    at: str
    state: str | None = None


class ExportedTakeover(_Told):
    """A request to become the administrator."""

    id: str
    subscription: str
    asked_by: str
    administrator: str
    reason: str
    asked_at: str
    outcome: str | None = None
    closed_at: str | None = None
    why: str | None = None


class ExportedBilling(_Told):
    """Whom the last order was billed to."""

    billing: Facts


class ExportedTrial(_Told):
    """A trial that was begun."""

    product: str
    subscription: str
    started_at: str | None = None


class ExportedSubscription(_Told):
    """A subscription, with what is its administrator's to see or its users', by the person's role in it."""

    id: str
    role: str
    contract_number: str
    product: str
    edition: str
    licence: str
    status: str
    start: str
    end: str
    seats: int | None = None
    users: int | None = None
    unit_price: int | None = None
    paid: int | None = None
    seats_next: int | None = None
    terms_accepted: Facts | None = None
    cancellation: Facts | None = None
    withdrawable_until: str | None = None
    withdrawal: Facts | None = None


class Exported(_Told):
    """All that is kept of a person.

    `left_out` counts the oldest happenings to contracts that one answer has no room for: support sends them.
    """

    email: str
    exported_at: str
    account: list[ExportedAccount] = Field(default_factory=list)
    sessions: list[ExportedSession] = Field(default_factory=list)
    second_factor: list[ExportedSecondFactor] = Field(default_factory=list)
    subscriptions: list[ExportedSubscription] = Field(default_factory=list)
    memberships_as_listed: list[ExportedPlace] = Field(default_factory=list)
    administrators_of_contracts: list[ExportedPlace] = Field(default_factory=list)
    contracts: list[ExportedContract] = Field(default_factory=list)
    amendments_of_contracts: list[ExportedAmendment] = Field(default_factory=list)
    seats_in_use: list[ExportedSeats] = Field(default_factory=list)
    orders: list[ExportedOrder] = Field(default_factory=list)
    address_of_the_last_bill: list[ExportedBilling] = Field(default_factory=list)
    invoices: list[ExportedInvoice] = Field(default_factory=list)
    requests_to_take_over: list[ExportedTakeover] = Field(default_factory=list)
    messages_about_the_papers: list[ExportedMessage] = Field(default_factory=list)
    mails_logged: list[ExportedMail] = Field(default_factory=list, alias="e-mails_logged")
    trials: list[ExportedTrial] = Field(default_factory=list)
    happenings_to_contracts: list[ExportedHappening] = Field(default_factory=list)
    happenings_as_a_user: list[ExportedHappening] = Field(default_factory=list)
    happenings_to_the_account: list[ExportedHappening] = Field(default_factory=list)
    confirmations_of_orders: list[ExportedHappening] = Field(default_factory=list)
    decisions_on_papers: list[ExportedHappening] = Field(default_factory=list)
    help_given_as_a_member_of_support: list[ExportedHappening] = Field(default_factory=list)
    requests: list[ExportedHappening] = Field(default_factory=list)
    left_out: int = 0


def records(found: Iterable[tuple[Key, Item]], email: str, *before: str) -> dict[str, list[Any]]:
    """What its person sees of their items, by their kinds; `before` are the addresses that were theirs."""
    told: dict[str, list[Any]] = {}
    for key, item in sorted(found, key=lambda one: one[0]):
        of_kind = kind(key, item, email)
        if of_kind.show:
            fact = shown(of_kind.show(key, own(of_kind, item, email)), email, *before)
            told.setdefault(called(of_kind), []).append(fact)
    return {name: sorted(facts, key=_when) for name, facts in told.items()}


class _Held(NamedTuple):
    """An address that an account had, from when until when."""

    address: str
    since: str
    until: str

    def is_named(self, key: Key, item: Item) -> bool:
        """Whether something names it."""
        return self.address in key.sk or names(item, self.address)

    def had(self, key: Key, at: str | None, begun: str) -> bool:
        """Whether what names the address, and was made then, is about who had it; what has no time is of now."""
        # An open request to take over goes along to the next address.
        since = "" if key.sk.startswith(TAKEOVERS) else self.since
        return at is None or max(since, begun) <= at <= self.until


@dataclass(frozen=True)
class Life:
    """An account and the addresses that it has had: before and afterwards each may have been somebody else's."""

    account_id: str
    registered_at: str
    held: tuple[_Held, ...]

    @classmethod
    def of(cls, account: Item, history: Iterable[tuple[Key, Item]]) -> "Life":
        """As the account and its history say."""
        moves = [item for _, item in history if item.get("type") in _MOVES]
        since, held = "", []
        for move in sorted(moves, key=lambda item: item["at"]):
            named = move["data"]["email"], move["data"]["other"]
            former = named[0] if move["type"] == ADDRESS_CHANGED.name else named[1]
            held.append(_Held(former, since, move["at"]))
            since = move["at"]
        return cls(account["account_id"], account["registered_at"], (*held, _Held(account["email"], since, _EVER)))

    @property
    def email(self) -> str:
        """The address of now."""
        return self.held[-1].address

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every one."""
        return tuple(dict.fromkeys(held.address for held in self.held))

    def own(self, found: Iterable[tuple[Key, Item]]) -> Iterator[tuple[Key, Item]]:
        """Of what was found by its addresses, what is the account's."""
        every = [*found]
        orders = {key.sk.removeprefix(ORDERS) for key, _ in every if key.pk == orders_of(self.email)}
        begun = self._begun(every)
        return (one for one in every if self._is_own(*one, orders, begun))

    def _begun(self, found: Iterable[tuple[Key, Item]]) -> Mapping[str, str]:
        """From when on they belong to each subscription: whoever was invited did before there was an account."""
        mine = f"{_USER}{self.email}"
        return {key.pk: item["added_at"] for key, item in found if key.sk == mine}

    def _is_own(self, key: Key, item: Item, orders: Collection[str], begun: Mapping[str, str]) -> bool:
        match key.pk.partition("#")[0]:
            case "ORDERS" if key.sk.startswith(EVENTS):
                return item["data"].get("order") in orders
            case "ORDERS":
                return key.pk == orders_of(self.email)
            case "INVOICE":
                return bool(item["by"] == self.email)
            case "ACCOUNT":
                return key.pk == history_of(self.account_id)
            case "SUBSCRIPTION" if key.sk.startswith(_USER):
                return key.sk == f"{_USER}{self.email}"
            case "USER":
                return key.pk == person(self.email)
            case "SUBSCRIPTION" | "MAIL" | "CANCELLATION-REQUEST":
                at, since = _made_at(item), min(self.registered_at, begun.get(key.pk, _EVER))
                return any(held.had(key, at, since) for held in self.held if held.is_named(key, item))
        return True


def _made_at(item: Item) -> str | None:
    """When something was written that stays as it is."""
    signed: Mapping[str, Any] = item.get("signature") or item.get("evidence") or {}
    at: str | None = item.get("at") or item.get("asked_at") or item.get("sent_at") or signed.get("signed_at")
    return at


def called(of_kind: Kind) -> str:
    """What a kind is called in the export."""
    return of_kind.what.replace(" ", "_")


def subscriptions_of(store: Store, email: str) -> Iterator[Mapping[str, Any]]:
    """The facts of each that are its member's own."""
    for name in memberships(store, email):
        asked = [state_key(name), membership_key(name, email)]
        items = retry_lost_races(partial(store.snapshot, asked))
        if items.keys() == set(asked):
            state, role = items[asked[0]], items[asked[1]]["role"]
            facts = _OF_ITS_ADMINISTRATOR if role == "administrator" else _OF_ITS_USERS
            yield {"id": name, "role": role, **{fact: state[fact] for fact in facts if fact in state}}


def look(desk: Desk, ask: Ask[Nothing]) -> Exported:
    """All that is kept of the reader, in one file."""
    asked, _ = desk.reads(ask, reads_nothing)
    email, store = asked.reader.email, desk.cloud.store
    own_items = _all(store, person(email))
    account = next(item for key, item in own_items if key == account_key(email))
    history = _all(store, history_of(asked.reader.account_id))
    life = Life.of(account, history)
    orders = [one for address in life.addresses for one in _all(store, orders_of(address))]
    invoices = _invoices(store, (key for key, _ in orders))
    shared = (one for name in memberships(store, email) for one in _all(store, subscription_partition(name)))
    told = records(life.own([*own_items, *history, *orders, *invoices, *shared]), email, *life.addresses)
    belongs = [shown(one, *life.addresses) for one in subscriptions_of(store, email)]
    whole = {"email": email, "exported_at": clock.rfc3339(ask.now), **told, "subscriptions": belongs}
    return Exported.model_validate({**whole, **_fitted(whole)})


def _invoices(store: Store, keys: Iterable[Key]) -> Iterator[tuple[Key, Item]]:
    """Those that the person's orders list."""
    kept = [invoice_key(key.sk.removeprefix(INVOICES)) for key in keys if key.sk.startswith(INVOICES)]
    for some in batched(kept, _AT_ONCE, strict=False):
        yield from retry_lost_races(partial(store.snapshot, some)).items()


def _fitted(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """The happenings to contracts that there is room for, the newest of them, and how many are left out."""
    name = "happenings_to_contracts"
    others = len(json.dumps({one: value for one, value in whole.items() if one != name}, ensure_ascii=False).encode())
    room, kept = MOST_BYTES - others, []
    happened: Sequence[Mapping[str, Any]] = whole.get(name, ())
    for one in reversed(happened):
        room -= len(json.dumps(one, ensure_ascii=False).encode()) + 2
        if room < 0:
            break
        kept.append(one)
    return {name: kept[::-1], "left_out": len(happened) - len(kept)}


def _when(fact: Mapping[str, Any]) -> str:
    """By the time of what happened; what stands stays in its order."""
    at: str = fact.get("at", "")
    return at


def _all(store: Store, partition: str) -> list[tuple[Key, Item]]:
    first, last = _EVERYTHING
    return store.query(partition, first=first, last=last)


EXPORT = Job(
    name="export-account",
    method="GET",
    path="/api/account/export",
    body=Nothing,
    answer=Exported,
    does=Look(look),
)
