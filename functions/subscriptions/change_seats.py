"""More or fewer seats on the same contract: what they cost, and the order that amends it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from functions.shared import clock, limits
from functions.shared.desk import Decision, View
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import Agreed, Aliased, RequestModel
from functions.shared.form import Form
from functions.shared.items import Items, Reads, new
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, Refused
from functions.shared.texts import Texts
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.amendment import Amendment, number_of
from functions.subscriptions.billing import Vat, vat_on
from functions.subscriptions.consumers import consumers
from functions.subscriptions.order import Order, OrderLine, billing_key, order_key
from functions.subscriptions.order_words import mailed, of_next_year
from functions.subscriptions.orders import ShownVat
from functions.subscriptions.place_order import PRICE_CHANGED
from functions.subscriptions.reference import reference
from functions.subscriptions.renewal import deadlines, renewed
from functions.subscriptions.seats import FREE_OF_CHARGE, SEATS_IN_USE, Kind, SeatChange, seat_change, why_not
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import NOT_ACTIVE, Administered, Subscription, administered, partition

_RUNS = Holds(("active", "cancelling"), ("administrator",))
_PUBLISHED = ("amendment", "seats_before", "seats", "begins", "end", "order", "total_with_vat")
SEATS_ADDED = Told(
    "seats_added", "seats", mails=(Mail("seats.mails.more", holds=_RUNS),), calls_for=("sealing",), publishes=_PUBLISHED
)
SEATS_REDUCED = Told(
    "seats_reduced",
    "seats",
    mails=(Mail("seats.mails.fewer", holds=_RUNS),),
    calls_for=("sealing",),
    publishes=_PUBLISHED,
)
REDUCTION_DROPPED = Told(
    "reduction_dropped",
    "seats",
    mails=(Mail("seats.mails.kept", holds=_RUNS),),
    calls_for=("sealing",),
    publishes=_PUBLISHED,
)
_TOLD: Mapping[Kind, Told] = {"more": SEATS_ADDED, "fewer": SEATS_REDUCED, "kept": REDUCTION_DROPPED}
# Each sends an e-mail and makes a document that is kept for ten years.
CHANGES = Limit("changes of seats", "a subscription", 20, DAY)


class PreviewSeats(RequestModel):
    """How many seats there are to be."""

    seats: Annotated[int, Field(ge=1, le=999)]


class ChangeSeats(PreviewSeats):
    """The same, ordered; `total` is the amount as it was previewed, in cents before VAT."""

    terms: Agreed
    total: Annotated[int, Field(ge=0)]


class PreviewedSeats(Aliased):
    """What the change would be; amounts in cents, `next_year` all seats before VAT.

    `billing` is whom it is billed to, as the order before was, if there was one.
    """

    seats_now: int
    seats: int
    begins: Annotated[str, Field(alias="from")]
    until: str | None
    unit_price: int
    amount: int
    vat: ShownVat
    total_with_vat: int
    next_year: int
    billing: dict[str, str] | None


def reads(ask: Ask[Any], email: str) -> Reads[Administered]:
    """The subscription, its agreement, and whom the administrator's last order was billed to."""
    name = ask.path["subscription_id"]
    return administered(name, email, agreement_key(name), billing_key(email))


def show(state: Administered, ask: SignedIn[PreviewSeats]) -> PreviewedSeats:
    """What other seats would cost to the last day and next year; stores nothing.

    Raises Refused `not_active`, `free_of_charge`, Invalid for as many as now.
    """
    change = seat_change(state.subscription.on(ask.today), ask.body.seats, ask.today)
    vat = _vat(change, state.items, ask.reader.email)
    billed = state.items.get(billing_key(ask.reader.email))
    return PreviewedSeats(
        seats_now=change.seats_before,
        seats=change.seats,
        begins=change.begins.isoformat(),
        until=change.until.isoformat() if change.until else None,
        unit_price=change.unit_price,
        amount=change.amount,
        vat=ShownVat.of(vat),
        total_with_vat=change.amount + vat.amount,
        next_year=change.next_year,
        billing=dict(billed["billing"]) if billed else None,
    )


def decide(state: Administered, ask: SignedIn[ChangeSeats]) -> Change[ShownSubscription]:
    """Order more seats, which hold at once, or fewer, from the next year on; the contract is amended.

    Raises Refused `not_active`, `free_of_charge`, `seats_in_use`, `price_changed`, Invalid for as many as now.
    """
    before, body = state.subscription.on(ask.today), ask.body
    change = seat_change(before, body.seats, ask.today)
    if before.licence == "individual" and body.seats < before.users:
        raise Refused(SEATS_IN_USE, users=before.users)
    if body.total != change.amount:
        raise Refused(PRICE_CHANGED, total=change.amount)
    if body.seats == before.seats_next:
        # Agreed already: neither an order nor an amendment would say anything new.
        return Change(shown(before, "administrator", ask))
    planned = body.seats if change.kind == "fewer" else None
    after = replace(
        before, seats=before.seats if planned else body.seats, seats_next=planned, amended=before.amended + 1
    )
    order = _order(after, change, state.items, ask)
    after = replace(after, paid=before.paid + order.total_with_vat)
    amendment = _amendment(after, change, order, _contract(state), ask)
    texts = Texts(ask.reader.language)
    data = {
        **after.facts(),
        "email": ask.reader.email,
        "language": ask.reader.language,
        "amendment": amendment.number,
        "seats_before": change.seats_before,
        "seats": change.seats,
        "begins": change.begins,
        "end": after.end,
        "next_year": of_next_year(order, texts),
        **mailed(order, texts.language),
    }
    told = _TOLD[change.kind].event(ask.now, ask.reader.email, data)
    # The year that has begun meanwhile has its own, where no worker has come to it yet.
    begun = renewed(state.subscription, ask.now)
    notes = deadlines(after, ask.today) if begun else ()
    return Change(
        shown(after, "administrator", ask),
        (
            after.put(),
            new(order_key(order.by, order.id), order.attributes()),
            amendment.put_new(),
            *notes,
            limits.spent(CHANGES, after.id, ask.now, ask.keys),
        ),
        tuple((partition(after.id), event) for event in (*begun, told)),
    )


def _vat(change: SeatChange, items: Items, email: str) -> Vat:
    """As of the order before; in France where there was none."""
    billed = items.get(billing_key(email), {"taxed_in": "FR", "billing": {}})
    return vat_on(change.amount, billed["taxed_in"], billed["billing"].get("vat_number"))


def _order(after: Subscription, change: SeatChange, items: Items, ask: SignedIn[ChangeSeats]) -> Order:
    """The order: of more seats those that are added, for the days left; of fewer all that stay, for nothing."""
    reader = ask.reader
    billed = items.get(billing_key(reader.email), {"billing": {"company": reader.company, "country": "FR"}})
    quantity = change.seats - change.seats_before if change.kind == "more" else change.seats
    line = OrderLine(after.product, after.edition.casefold(), after.licence, quantity, change.unit_price, change.amount)
    return Order(
        id=reference(ask.now, ask.seed),
        by=reader.email,
        placed_at=ask.now,
        lines=(line,),
        billing=billed["billing"],
        vat=_vat(change, items, reader.email),
        seed=ask.seed,
        change={
            **change.facts(),
            "subscription": after.id,
            "contract_number": after.contract_number,
            "amendment": number_of(after.amended),
        },
        is_consumer=reader.profile in consumers().profiles,
    )


def _contract(state: Administered) -> Mapping[str, Any]:
    """Whom the contract is between and in which language, as drawn up here or taken over."""
    if elsewhere := state.subscription.concluded_elsewhere:
        return elsewhere
    return Agreement.stored(state.items[agreement_key(state.subscription.id)]).contract


def _amendment(
    after: Subscription, change: SeatChange, order: Order, contract: Mapping[str, Any], ask: SignedIn[ChangeSeats]
) -> Amendment:
    """The amendment, in the language of the contract, between those whom that is between."""
    language, number = contract["language"], number_of(after.amended)
    says = {
        **change.facts(),
        "number": number,
        "contract_number": after.contract_number,
        "supplier": contract["supplier"],
        "company": contract["company"],
        "product": after.product,
        "edition": after.edition.casefold(),
        "licence": after.licence,
        "end": after.end.isoformat(),
        "vat": order.vat.amount,
        "language": language,
    }
    evidence = {
        "contract_number": after.contract_number,
        "amendment": number,
        "order": order.id,
        "signer": ask.reader.email,
        "signed_at": clock.rfc3339(ask.now),
        "ip": ask.request.source_ip,
        "consent": Texts(language)("orders.check.confirm"),
        "terms_version": order.terms_version,
    }
    return Amendment(after.id, says, evidence)


_SEATS = "/api/subscriptions/{subscription_id}/seats"
_WHY_NOT = (NOT_FOUND, FORBIDDEN, NOT_ACTIVE, FREE_OF_CHARGE)

PREVIEW = Job(
    name="preview-seats",
    method="POST",
    path=f"{_SEATS}/preview",
    body=PreviewSeats,
    answer=PreviewedSeats,
    does=View(reads, show),
    refuses=_WHY_NOT,
)
CHANGE = Job(
    name="change-seats",
    method="POST",
    path=_SEATS,
    body=ChangeSeats,
    answer=ShownSubscription,
    does=Decision(reads, decide),
    refuses=(*_WHY_NOT, SEATS_IN_USE, PRICE_CHANGED, USED_UP),
    limits=(CHANGES,),
    tells=tuple(_TOLD.values()),
    why_not=why_not,
    form=Form(
        "seats.form",
        about="subscription",
        check=True,
        asks=PreviewSeats,
        edits=("seats",),
        option=True,
        lasts=True,
        previews=PREVIEW,
    ),
    confirms=True,
)
