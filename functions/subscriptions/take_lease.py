"""Take a lease: the software asks for a floating licence's seat when it starts, or who has them if none is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator

from functions.shared import clock
from functions.shared.desk import Decision, Desk
from functions.shared.fields import DeviceName, Line, Model, RequestModel
from functions.shared.items import Item, Items, Key, Put, Reads, over
from functions.shared.job import Answered, Ask, Change, Job, SignedIn, WasThere
from functions.shared.refusal import FORBIDDEN, Code, Refused, conflict
from functions.shared.session import claim, person
from functions.subscriptions.leases import LASTS, Lease, ShownLease, forgotten_at, granted, new_id
from functions.subscriptions.licences import Held, groups, held, relocated
from functions.subscriptions.memberships import Licence, licences_of_product

PATH = "/api/access/leases"


class Holder(Model):
    """Who holds a seat, on which device, since when."""

    email: str
    device: str
    since: str


class Holders(Model):
    """Who holds the seats, whoever has begun first before the others."""

    holders: list[Holder]


NO_LEASE_NEEDED = conflict("no_lease_needed", "leases")
ALL_SEATS_IN_USE = Code("all_seats_in_use", HTTPStatus.CONFLICT, "leases", tells=Holders)


class TakeLease(RequestModel):
    """Which software asks, and on which of the person's devices."""

    product: Annotated[Line, AfterValidator(str.casefold)]
    device: DeviceName


class Starting(NamedTuple):
    """The reader's licences, and the mark of the device on which their software starts."""

    licences: list[Held]
    device: Item | None


@dataclass(frozen=True)
class Taking:
    """A decision on the reader's licences of the product, which must be found first.

    Who has more of them than can be read at once is decided upon group by group: first where the device has its lease.
    """

    signed_in = True

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return "Take a lease of a floating licence's seat, or extend it."

    def run(self, desk: Desk, ask: Ask[TakeLease]) -> Answered:
        """Find, decide and commit. Raises Refused as session.reader and `decide` do, and as Desk.once does."""
        return relocated(partial(self._attempt, desk, ask))

    def _attempt(self, desk: Desk, ask: Ask[TakeLease]) -> Answered:
        nowhere: list[Refused] = []
        pages = licences_of_product(desk, claim(ask.request).email, ask.body.product)
        every = [*groups([licence for page in pages for licence in page])]
        if len(every) > 1:
            every.sort(key=lambda group: not _has_lease(desk, ask, group))
        for group in every:
            try:
                return Decision(partial(_reads, group), decide, unnamed=True).run(desk, ask)
            except Refused as refusal:
                if refusal.code not in (FORBIDDEN, ALL_SEATS_IN_USE):
                    raise
                nowhere.append(refusal)
        if full := [refusal for refusal in nowhere if refusal.code is ALL_SEATS_IN_USE]:
            raise Refused(ALL_SEATS_IN_USE, holders=[one for refusal in full for one in _holders(refusal)])
        raise nowhere[0]


def _has_lease(desk: Desk, ask: Ask[TakeLease], group: Sequence[Licence]) -> bool:
    asked, licences = desk.reads(ask, partial(held, group))
    floating = (licence.seats(ask.now) for licence in licences if licence.is_floating)
    return any(seats.of_device(asked.reader.email, ask.body.device) for seats in floating)


def _holders(refusal: Refused) -> Sequence[Any]:
    holders = refusal.facts["holders"]
    assert isinstance(holders, list)  # noqa: S101 — as `decide` refuses
    return holders


def _device_key(email: str, device: str) -> Key:
    """Where it is marked that software starts on a device, so that of two starts the second sees the first."""
    return Key(person(email), f"DEVICE#{sha256(device.encode()).hexdigest()[:32]}")


def _reads(group: Sequence[Licence], ask: Ask[TakeLease], email: str) -> Reads[Starting]:
    licences, device = held(group, email), _device_key(email, ask.body.device)

    def state(items: Items) -> Starting:
        return Starting(licences.state(items), items.get(device))

    return Reads((*licences.keys, device), state, vouched=licences.vouched)


def _marked(state: Starting, ask: SignedIn[TakeLease], lease: Lease) -> Put:
    return over(
        _device_key(ask.reader.email, lease.device), state.device, {"expires_at": forgotten_at(lease.expires_at)}
    )


def decide(state: Starting, ask: SignedIn[TakeLease]) -> Change[ShownLease]:
    """Extend the lease of the person's device, else take the first free seat.

    Raises Refused `no_lease_needed` if they have an individual licence, `all_seats_in_use`, or `forbidden` if they have
    none at all.
    """
    usable = [licence for licence in state.licences if licence.is_usable(ask.today)]
    if not usable:
        raise Refused(FORBIDDEN)
    if not all(licence.is_floating for licence in usable):
        raise Refused(NO_LEASE_NEEDED)
    offered = [(licence, licence.seats(ask.now)) for licence in usable]
    for _, seats in offered:
        if lease := seats.of_device(ask.reader.email, ask.body.device):
            return granted(seats, lease.extended(ask.now), effect=WasThere())
    for licence, seats in offered:
        if seat := seats.free(f"{ask.reader.account_id} {ask.body.device}"):
            name, membership = licence.subscription.id, licence.membership
            lease = Lease(
                id=new_id(name, seat, ask.random, ask.reader.account_id, ask.keys),
                seat=seat,
                email=ask.reader.email,
                device=ask.body.device,
                since=clock.rfc3339(ask.now),
                expires_at=clock.rfc3339(ask.now + LASTS),
                joined=membership.get("joined", 0),
            )
            return granted(seats, lease, _marked(state, ask, lease))
    holders = [
        {"email": lease.email, "device": lease.device, "since": lease.since}
        for _, seats in offered
        for lease in seats.holders
    ]
    raise Refused(ALL_SEATS_IN_USE, holders=holders)


TAKE = Job(
    name="take-lease",
    method="POST",
    path=PATH,
    body=TakeLease,
    answer=ShownLease,
    status=201,
    may_be_there=True,
    does=Taking(),
    refuses=(FORBIDDEN, NO_LEASE_NEEDED, ALL_SEATS_IN_USE),
    leads_to={"lease": "/id"},
)
