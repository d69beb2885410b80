"""Who holds a floating licence's seats, for its administrator, who can free one: that of a laptop left on site.

No event tells of it and no history names it: it would say who worked when.
"""

from typing import Annotated

from pydantic import Field

from functions.shared.desk import Decision, View
from functions.shared.fields import Model, Nothing, RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.lists import Cursors, Listed, Page, page_of
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.subscriptions.leases import ANSWERED_SECONDS, Lease, Seats, named, shelf_key, shelf_keys
from functions.subscriptions.subscription import NOT_ACTIVE, USABLE, Administered, Subscription, administered

PATH = "/api/subscriptions/{subscription_id}/leases"
NOT_FLOATING = conflict("not_floating", "leases")


class HeldSeat(Model):
    """Who holds a seat, on which device, since when, and until when unless it is renewed."""

    id: str
    email: str
    device: str
    since: str
    expires_at: str


class FreeSeat(RequestModel):
    """Which lease to end."""

    lease: Annotated[str, Field(json_schema_extra={"choices": "leases"})]


def reads_all(ask: Ask[Page], email: str) -> Reads[Administered]:
    """The subscription and its seats."""
    name = ask.path["subscription_id"]
    return administered(name, email, *shelf_keys(name))


def show(state: Administered, ask: SignedIn[Page]) -> Listed[HeldSeat]:
    """A page of the leases that live, whoever has begun first before the others."""
    seats = Seats.read(state.subscription, state.items, ask.now)
    cursors = Cursors(f"leases of {state.subscription.id}", ask.keys)
    return page_of(seats.holders, ask.body, cursors, _place, lambda leases: [*map(_shown, leases)])


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses freeing a seat, if any."""
    if subscription.licence != "floating":
        return NOT_FLOATING
    return None if subscription.status in USABLE else NOT_ACTIVE


def reads(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, and the seat."""
    name, lease = ask.path["subscription_id"], named(ask.path["lease"])
    return administered(name, email, *((shelf_key(name, lease.seat),) if lease else ()))


def decide(state: Administered, ask: SignedIn[Nothing]) -> Change[None]:
    """Free a seat.

    Whoever held it hears of it when their software renews the lease. Raises Refused `not_found` when it is over by now.
    """
    seats = Seats.read(state.subscription, state.items, ask.now)
    lease = seats.named(ask.path["lease"])
    if lease is None:
        raise Refused(NOT_FOUND)
    return Change(None, (seats.emptied(lease),), remembered_seconds=ANSWERED_SECONDS)


def _place(lease: Lease) -> str:
    return f"{lease.since} {lease.id}"


def _shown(lease: Lease) -> HeldSeat:
    return HeldSeat(id=lease.id, email=lease.email, device=lease.device, since=lease.since, expires_at=lease.expires_at)


LIST = Job(
    name="list-leases",
    method="GET",
    path=PATH,
    body=Page,
    answer=Listed[HeldSeat],
    does=View(reads_all, show),
    refuses=(NOT_FOUND, FORBIDDEN),
    leads_to={"lease": "/items/0/id"},
)
FREE = Job(
    name="free-seat",
    method="DELETE",
    path=PATH + "/{lease}",
    body=Nothing,
    answer=NOTHING,
    status=204,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, NOT_FLOATING, NOT_ACTIVE),
    why_not=why_not,
    form=Form("leases.free", about="subscription", check=True, asks=FreeSeat),
)
