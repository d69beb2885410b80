"""Orders as they were placed: the reader's own, in a list or one alone."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from functions.shared import clock
from functions.shared.desk import Desk, Look, View
from functions.shared.fields import Aliased, Model, Nothing
from functions.shared.items import Items, Reads, reads_nothing
from functions.shared.job import Ask, Job, SignedIn
from functions.shared.lists import Listed, Page, listed
from functions.shared.refusal import NOT_FOUND, Refused
from functions.shared.session import claim
from functions.shared.texts import Language
from functions.subscriptions.billing import Reason, Vat
from functions.subscriptions.catalogue import Licence
from functions.subscriptions.order import PREFIX, Order, OrderLine, order_key, orders_of

ONE = "/api/orders/{order_id}"


class PricedLine(Model):
    """A line with the server's price; amounts in cents before VAT."""

    product: str
    name: str
    edition: str | None
    licence: Licence | None
    quantity: int
    unit_price: int
    amount: int

    @classmethod
    def of(cls, line: OrderLine, language: Language) -> "PricedLine":
        """The line as the API shows it."""
        return cls(**asdict(line), name=line.name(language), amount=line.amount)


class ShownVat(Model):
    """VAT: the rate in hundredths of a percent, the amount in cents, and why."""

    rate: int
    amount: int
    reason: Reason

    @classmethod
    def of(cls, vat: Vat) -> "ShownVat":
        """The VAT as the API shows it."""
        return cls(**asdict(vat))


class OrderedChange(Aliased):
    """What an order changed of a subscription's seats, and the amendment that says so."""

    subscription: str
    contract_number: str
    amendment: str
    seats_before: int
    seats: int
    begins: Annotated[str, Field(alias="from")]
    until: str | None


class ShownOrder(Model):
    """An order as it was placed: `change` is what one for other seats changed, `invoice` is its number once billed."""

    id: str
    placed_at: str
    reference: str | None
    lines: list[PricedLine]
    billing: dict[str, str]
    delivery: dict[str, str] | None
    total: int
    vat: ShownVat
    total_with_vat: int
    change: OrderedChange | None
    invoice: str | None

    @classmethod
    def of(cls, order: Order, language: Language) -> "ShownOrder":
        """The order as the API shows it."""
        return cls(
            id=order.id,
            placed_at=clock.rfc3339(order.placed_at),
            reference=order.reference,
            lines=[PricedLine.of(line, language) for line in order.lines],
            billing=dict(order.billing),
            delivery=dict(order.delivery) if order.delivery else None,
            total=order.total,
            vat=ShownVat.of(order.vat),
            total_with_vat=order.total_with_vat,
            change=OrderedChange.model_validate({"until": None, **order.change}) if order.change else None,
            invoice=order.invoice,
        )


def reads(ask: Ask[Nothing], email: str) -> Reads[Order]:
    """The order of theirs that the request names. Its reading raises Refused `not_found`."""
    key = order_key(email, ask.path["order_id"])

    def state(items: Items) -> Order:
        if key not in items:
            raise Refused(NOT_FOUND)
        return Order.stored(key, items[key])

    return Reads((key,), state)


def show(order: Order, ask: SignedIn[Nothing]) -> ShownOrder:
    """One of the reader's orders."""
    return ShownOrder.of(order, ask.language)


def list_orders(desk: Desk, ask: Ask[Page]) -> Listed[ShownOrder]:
    """The reader's orders, newest first."""
    # An order never changes but for its invoice's number. Read before the session is proven, so that nothing is shown
    # that came after its end.
    partition = orders_of(claim(ask.request).email)
    found = listed(desk.cloud.store, partition, PREFIX, ask.body, ask.keys, Order.stored, backward=True)
    asked, _ = desk.reads(ask, reads_nothing)
    return Listed(items=[ShownOrder.of(order, asked.language) for order in found.items], next=found.next)


LIST = Job(
    name="list-orders",
    method="GET",
    path="/api/orders",
    body=Page,
    answer=Listed[ShownOrder],
    does=Look(list_orders),
    leads_to={"order_id": "/items/0/id"},
)
SHOW = Job(
    name="show-order",
    method="GET",
    path=ONE,
    body=Nothing,
    answer=ShownOrder,
    does=View(reads, show),
    refuses=(NOT_FOUND,),
)
