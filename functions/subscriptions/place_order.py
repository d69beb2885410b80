"""Place an order: what each line of software makes is a subscription.

A transaction takes 100 writes, an order 99 lines with six writes each. So the order itself is what is committed, with
all of its lines inside and as many of their subscriptions as the transaction has room for. The rest are opened from the
order right afterwards, and by a worker if that is cut short: from the same order they come out the same, and once.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from itertools import batched
from typing import Annotated, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.shared import clock, limits
from functions.shared.cloud import Cloud
from functions.shared.desk import Decision
from functions.shared.events import Event, Mail, Told
from functions.shared.fields import Agreed, DocumentLine, Model, RequestModel
from functions.shared.form import Form
from functions.shared.items import Item, Reads, Write, new, over
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.keys import Keys
from functions.shared.limits import HOUR, Limit
from functions.shared.refusal import USED_UP, Code, Refused, conflict
from functions.shared.session import claim
from functions.shared.store import Conflict, retry_lost_races
from functions.subscriptions.billing import Address, Billing, vat_on
from functions.subscriptions.catalogue import Licence, ProductName, catalogue
from functions.subscriptions.consumers import consumers
from functions.subscriptions.invitation import INVITED, invite
from functions.subscriptions.order import Order, OrderLine, billing_key, is_mixed, order_key, orders_of
from functions.subscriptions.order_words import mailed
from functions.subscriptions.reference import reference
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import Subscription, begun, partition, state_key

MIXED_ORDER = Code("mixed_order", HTTPStatus.UNPROCESSABLE_ENTITY, "orders", field="lines")
PRICE_CHANGED = conflict("price_changed", "orders")
ORDER_PLACED = Told(
    "order_placed",
    "orders",
    mails=(Mail("orders.mails.placed"),),
    in_history=False,
    publishes=("order", "total_with_vat"),
)
SUBSCRIPTION_ORDERED = Told("subscription_ordered", "orders", mails=(INVITED,), publishes=("order",))
MAX_LINES = 99
# State, contract number, two memberships, link, event and its mark for each subscription; beside them the order, its
# event and mark, the count of orders, whom they are billed to, the answer kept for a repeat, and the checks of session
# and account.
OPENED_AT_ONCE = (100 - 8) // 7
ORDERS = Limit("orders", "a person", 200, HOUR)


type OwnReference = Annotated[DocumentLine, Field(max_length=60)]


class OrderedLine(RequestModel):
    """What is ordered and how many; of software, seats with a licence, which articles have not."""

    product: ProductName
    licence: Annotated[Licence | None, Field(validate_default=True)] = None
    quantity: Annotated[int, Field(ge=1, le=999)]

    @field_validator("licence")
    @classmethod
    def _offered(cls, licence: Licence | None, info: ValidationInfo) -> Licence | None:
        if "product" not in info.data:
            return licence
        offered = catalogue()[info.data["product"]].licences
        if not offered:
            return None
        if licence is None:
            raise PydanticCustomError("missing", "software is ordered with a licence")
        if licence not in offered:
            raise PydanticCustomError("literal_error", "not a licence of this product")
        return licence


class PlaceOrder(RequestModel):
    """The order; `total` as it was previewed, in cents before VAT; `delivery` where that is another address."""

    lines: Annotated[list[OrderedLine], Field(min_length=1, max_length=MAX_LINES)]
    billing: Billing
    delivery: Address | None = None
    reference: OwnReference | None = None
    terms: Agreed
    total: int | None = None


class Details(Billing):
    """What the form asks beside the lines."""

    reference: OwnReference | None = None


class Placed(Model):
    """The order's reference, and the subscriptions that it made."""

    id: str
    subscriptions: list[ShownSubscription]


def priced(lines: Iterable[OrderedLine]) -> tuple[OrderLine, ...]:
    """The lines at today's prices."""
    found = [(line, catalogue()[line.product]) for line in lines]
    return tuple(
        OrderLine(line.product, product.ordered, line.licence, line.quantity, product.unit_price)
        for line, product in found
    )


def reads(ask: Ask[PlaceOrder], email: str) -> Reads[Item | None]:
    """Whom the order before was billed to."""
    key = billing_key(email)
    return Reads((key,), lambda items: items.get(key))


def decide(former: Item | None, ask: SignedIn[PlaceOrder]) -> Change[Placed]:
    """Place an order.

    Raises Refused `mixed_order`, `price_changed`.
    """
    body, email = ask.body, ask.reader.email
    lines = priced(body.lines)
    if is_mixed(lines):
        raise Refused(MIXED_ORDER)
    total = sum(line.amount for line in lines)
    if body.total is not None and body.total != total:
        raise Refused(PRICE_CHANGED, total=total)
    order = Order(
        id=reference(ask.now, ask.seed),
        by=email,
        placed_at=ask.now,
        lines=lines,
        billing=body.billing.model_dump(exclude_none=True),
        vat=vat_on(total, body.billing.taxed_in, body.billing.vat_number),
        seed=ask.seed,
        reference=body.reference,
        delivery=body.delivery.model_dump(exclude_none=True) if body.delivery else None,
        is_consumer=ask.reader.profile in consumers().profiles,
    )
    writes, events = opening(order, order.subscriptions[:OPENED_AT_ONCE], ask.keys)
    billed = {"billing": order.billing, "taxed_in": body.billing.taxed_in}
    placed = ORDER_PLACED.event(ask.now, email, mailed(order, ask.reader.language))
    return Change(
        Placed(id=order.id, subscriptions=[shown(made, "administrator", ask) for made in order.subscriptions]),
        (
            new(order_key(email, order.id), order.attributes()),
            over(billing_key(email), former, billed),
            *writes,
            limits.spent(ORDERS, email, ask.now, ask.keys),
        ),
        ((orders_of(email), placed), *events),
    )


def opening(order: Order, opened: Iterable[Subscription], keys: Keys) -> tuple[list[Write], list[tuple[str, Event]]]:
    """What opens these of an order's subscriptions, and the events that their invitations come from."""
    writes: list[Write] = []
    events: list[tuple[str, Event]] = []
    for subscription in opened:
        invitation, data = invite(subscription, f"{order.seed} {subscription.id}", keys, order.placed_at)
        writes += [*begun(subscription, clock.rfc3339(order.placed_at)), invitation]
        event = SUBSCRIPTION_ORDERED.event(order.placed_at, order.by, {**data, "order": order.id})
        events.append((partition(subscription.id), event))
    return writes, events


def open_rest(cloud: Cloud, by: str, order_id: str) -> None:
    """Open the subscriptions that an order's own transaction had no room for, unless they are open.

    Raises Conflict when another run is at it all the time.
    """
    key = order_key(by, order_id)
    kept = cloud.store.item(key)
    if kept is None:
        # Whoever placed it has another address by now: it was complete before it went there.
        return
    order = Order.stored(key, kept)
    groups = list(batched(order.subscriptions[OPENED_AT_ONCE:], OPENED_AT_ONCE, strict=False))

    def attempt() -> None:
        # A group is opened whole: its first subscription speaks for it.
        opened = cloud.store.snapshot(state_key(group[0].id) for group in groups)
        for group in groups:
            if state_key(group[0].id) not in opened:
                writes, events = opening(order, group, cloud.keys)
                happened = (write for at, event in events for write in event.written(at, order.id))
                cloud.store.commit([*writes, *happened])

    if groups:
        retry_lost_races(attempt)


def _go_on(cloud: Cloud, ask: Ask[PlaceOrder], placed: Mapping[str, Any]) -> None:
    if len(placed["subscriptions"]) <= OPENED_AT_ONCE:
        return
    # The order stands, and the worker opens what is missing: to say «try again» would invite a second order.
    with suppress(ClientError, BotoCoreError, TimeoutError, Conflict):
        open_rest(cloud, claim(ask.request).email, placed["id"])


PLACE = Job(
    name="place-order",
    method="POST",
    path="/api/orders",
    body=PlaceOrder,
    answer=Placed,
    status=201,
    does=Decision(reads, decide, afterwards=_go_on),
    refuses=(MIXED_ORDER, PRICE_CHANGED, USED_UP),
    limits=(ORDERS,),
    tells=(ORDER_PLACED, SUBSCRIPTION_ORDERED),
    form=Form("orders.details", asks=Details),
    leads_to={"order_id": "/id", "subscription_id": "/subscriptions/0/id"},
)
