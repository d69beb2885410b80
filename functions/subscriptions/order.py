"""The order: preview it, place it, read it again; each line of software makes a subscription.

A transaction takes 100 writes, an order 99 lines with five writes each. So the order itself is what is committed, with
all of its lines inside and as many of their subscriptions as the transaction has room for. The rest are opened from the
order right afterwards, and by a worker if that is cut short: from the same order they come out the same, and once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.shared import clock, links
from functions.shared.cloud import Cloud
from functions.shared.desk import Change, Desk, in_language_of
from functions.shared.events import Event
from functions.shared.fields import Agreed, Line, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.lists import Page, listed
from functions.shared.problem import worded
from functions.shared.refusal import Invalid, Refused
from functions.shared.request import Request
from functions.shared.session import Reader, claim
from functions.shared.store import Conflict, Item, Items, Key, Write, new
from functions.shared.texts import Language, Texts
from functions.shared.validation import validated
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.billing import Billing, Reason, Vat, address, vat_on
from functions.subscriptions.catalogue import Licence, ProductName, catalogue, edition_name, price
from functions.subscriptions.invitation import invite
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.reference import contract_number, reference
from functions.subscriptions.subscription import Subscription, begun, partition, state_key, year_from

MAX_LINES = 99
TERMS_OF_SALE = "2026-09"
# State, two memberships, link and event for each subscription; the order, its event and the answer kept for a repeat.
OPENED_AT_ONCE = (100 - 3) // 5
_ATTEMPTS = 5


type OwnReference = Annotated[Line, Field(max_length=60)]


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
    """The order; `total` as it was previewed, in cents before VAT."""

    lines: Annotated[list[OrderedLine], Field(min_length=1, max_length=MAX_LINES)]
    billing: Billing
    reference: OwnReference | None = None
    terms: Agreed
    total: int | None = None


class Details(Billing):
    """What the form asks beside the lines."""

    reference: OwnReference | None = None


class Draft(RequestModel):
    """An order as far as it is filled in: the same fields, whatever they hold."""

    lines: Any = None
    billing: Any = None
    reference: Any = None
    terms: Any = None
    total: Any = None


class PricedLine(BaseModel):
    """A line with the server's price; amounts in cents before VAT."""

    product: str
    name: str
    edition: str | None
    licence: Licence | None
    quantity: int
    unit_price: int
    amount: int


class ShownVat(BaseModel):
    """VAT: the rate in hundredths of a percent, the amount in cents, and why."""

    rate: int
    amount: int
    reason: Reason


class Problem(BaseModel):
    """Something that is wrong with an order."""

    field: str
    code: str
    message: str


class Summary(BaseModel):
    """What the order would be; `total` before VAT, and the VAT once the country is known."""

    lines: list[PricedLine]
    total: int
    vat: ShownVat | None
    total_with_vat: int | None
    problems: list[Problem]


class Placed(BaseModel):
    """The order's reference, and the subscriptions that it made."""

    id: str
    subscriptions: list[ShownSubscription]


class ShownOrder(BaseModel):
    """An order as it was placed."""

    id: str
    placed_at: str
    reference: str | None
    lines: list[PricedLine]
    billing: dict[str, str]
    total: int
    vat: ShownVat
    total_with_vat: int


class ShownOrders(BaseModel):
    """A page of orders, newest first."""

    items: list[ShownOrder]
    next: str | None


@dataclass(frozen=True)
class OrderLine:
    """A line at the price at which it was ordered, in cents before VAT."""

    product: str
    edition: str | None
    licence: Licence | None
    quantity: int
    unit_price: int

    @property
    def amount(self) -> int:
        """What the line comes to."""
        return self.quantity * self.unit_price

    def shown(self, language: Language) -> dict[str, Any]:
        """The line as the API shows it."""
        found = catalogue().find(self.product)
        return {**asdict(self), "name": found.name(language) if found else self.product, "amount": self.amount}


@dataclass(frozen=True)
class Order:
    """An order as it is kept. The links of its e-mails are derived from `seed`."""

    id: str
    by: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    billing: Mapping[str, str]
    vat: Vat
    seed: str
    reference: str | None = None
    terms_version: str = TERMS_OF_SALE

    @classmethod
    def stored(cls, key: Key, item: Item) -> "Order":
        """From its item in the table."""
        return cls(
            id=key.sk.removeprefix(_PREFIX),
            by=item["by"],
            placed_at=datetime.fromisoformat(item["placed_at"]),
            lines=tuple(OrderLine(**{"edition": None, "licence": None} | line) for line in item["lines"]),
            billing=item["billing"],
            vat=Vat(**item["vat"]),
            seed=item["seed"],
            reference=item.get("reference"),
            terms_version=item["terms_version"],
        )

    def attributes(self) -> dict[str, Any]:
        """What its item holds."""
        return {
            **asdict(self),
            "placed_at": clock.rfc3339(self.placed_at),
            "total": self.total,
        }

    @property
    def total(self) -> int:
        """What it comes to before VAT, in cents."""
        return sum(line.amount for line in self.lines)

    @property
    def subscriptions(self) -> list[Subscription]:
        """The subscriptions that its lines of software make, named after it."""
        start = clock.day(self.placed_at)
        return [
            Subscription(
                id=(name := f"{self.id}-{number:02}"),
                contract_number=contract_number(name, self.placed_at),
                product=line.product,
                edition=line.edition,
                licence=line.licence,
                seats=line.quantity,
                users=1,
                status="awaiting_terms",
                administrator=self.by,
                start=start,
                end=year_from(start),
                unit_price=line.unit_price,
            )
            for number, line in enumerate(self.lines, 1)
            if line.edition and line.licence
        ]

    def opening(self, opened: Iterable[Subscription], desk_key: bytes) -> tuple[list[Write], list[tuple[str, Event]]]:
        """What opens these of its subscriptions, and the events that their invitations come from."""
        writes: list[Write] = []
        events: list[tuple[str, Event]] = []
        for subscription in opened:
            invitation, data = invite(subscription, f"{self.seed} {subscription.id}", desk_key, self.placed_at)
            writes += [*begun(subscription, clock.rfc3339(self.placed_at)), invitation]
            event = Event("subscription_ordered", self.placed_at, self.by, {**data, "order": self.id})
            events.append((partition(subscription.id), event))
        return writes, events


_PREFIX = "ORDER#"


def orders_of(email: str) -> str:
    """The partition of a person's orders."""
    return f"ORDERS#{email}"


def order_key(email: str, order_id: str) -> Key:
    """Where an order is kept."""
    return Key(orders_of(email), f"{_PREFIX}{order_id}")


def priced(lines: Iterable[OrderedLine]) -> tuple[OrderLine, ...]:
    """The lines at today's prices."""
    found = [(line, catalogue()[line.product]) for line in lines]
    return tuple(
        OrderLine(line.product, product.ordered, line.licence, line.quantity, product.unit_price)
        for line, product in found
    )


def is_mixed(lines: Iterable[OrderLine]) -> bool:
    """Whether software shares the order with other families."""
    return len({catalogue()[line.product].family == "software" for line in lines}) > 1


def decide_place(asked: PlaceOrder, reader: Reader, names: tuple[str, str], desk_key: bytes, now: datetime) -> Change:
    """The order and its subscriptions; `names` are its new reference and seed.

    Raises Refused `mixed_order`, `price_changed`.
    """
    lines = priced(asked.lines)
    if is_mixed(lines):
        raise Refused("mixed_order")
    total = sum(line.amount for line in lines)
    if asked.total is not None and asked.total != total:
        raise Refused("price_changed", total=total)
    order = Order(
        id=names[0],
        by=reader.email,
        placed_at=now,
        lines=lines,
        billing=asked.billing.model_dump(exclude_none=True),
        vat=vat_on(total, asked.billing.country, asked.billing.vat_number),
        seed=names[1],
        reference=asked.reference,
    )
    today = clock.day(now)
    shown = [subscriptions.shown(made, "administrator", today) for made in order.subscriptions]
    writes, events = order.opening(order.subscriptions[:OPENED_AT_ONCE], desk_key)
    placed = Event("order_placed", now, reader.email, _told(order, reader.language))
    return Change(
        Answer(201, {"id": order.id, "subscriptions": shown}),
        (new(order_key(order.by, order.id), order.attributes()), *writes),
        ((orders_of(order.by), placed), *events),
    )


def _told(order: Order, language: Language) -> dict[str, Any]:
    """What the confirmation by e-mail says, amounts and lines written out."""
    texts = Texts(language)
    lines = [
        texts("orders.mails.line", what=told(line, texts), amount=price(line.amount, language)) for line in order.lines
    ]
    return {
        "email": order.by,
        "order": order.id,
        "reference": order.reference or "–",
        "lines": "\n".join(lines),
        "billing": address(order.billing, language),
        "total": price(order.total, language),
        "vat": vat_told(order, texts),
        "vat_amount": price(order.vat.amount, language),
        "total_with_vat": price(order.total + order.vat.amount, language),
    }


def told(line: OrderLine, texts: Texts) -> str:
    """What a line is, with its quantity."""
    kind = "article" if line.licence is None else "software"
    return texts(f"orders.told.{kind}", count=line.quantity, name=named(line, texts))


def named(line: OrderLine, texts: Texts) -> str:
    """What a line is, without its quantity."""
    name = line.shown(texts.language)["name"]
    if line.licence is None or line.edition is None:
        return str(name)
    licence = texts(f"orders.cart.licence.{line.licence}")
    return texts("orders.cart.software", name=name, edition=edition_name(line.edition, texts.language), licence=licence)


def vat_told(order: Order, texts: Texts) -> str:
    """The VAT of an order, or why there is none."""
    return texts(f"orders.vat.{order.vat.reason}", rate=rate(order.vat.rate, texts.language))


def rate(hundredths: int, language: Language) -> str:
    """A rate of VAT as the language writes it."""
    from babel.numbers import format_percent

    return format_percent(hundredths / 10_000, "#,##0.##\u00a0%" if language == "fr" else "#,##0.##%", locale=language)


def open_rest(cloud: Cloud, order: Order) -> None:
    """Open the subscriptions that the order's own transaction had no room for, unless they are open.

    Raises Conflict when another run is at it all the time.
    """
    rest = order.subscriptions[OPENED_AT_ONCE:]
    groups = [rest[start : start + OPENED_AT_ONCE] for start in range(0, len(rest), OPENED_AT_ONCE)]
    for _ in range(_ATTEMPTS):
        # A group is opened whole: its first subscription speaks for it.
        opened = cloud.store.get(state_key(group[0].id) for group in groups) if groups else {}
        groups = [group for group in groups if state_key(group[0].id) not in opened]
        if not groups:
            return
        for group in groups:
            writes, events = order.opening(group, cloud.key)
            try:
                cloud.store.commit([*writes, *(event.put(at, order.id) for at, event in events)])
            except Conflict:
                continue
    raise Conflict


def place_order(desk: Desk, request: Request) -> Answer:
    """Place an order."""
    names = reference(clock.now()), links.seed()

    def decide(items: Items, reader: Reader, now: datetime) -> Change:
        return decide_place(request.body, reader, names, desk.cloud.key, now)

    answer = desk.change(request, lambda _: (), decide)
    placed = answer.body or {}
    if len(placed["subscriptions"]) > OPENED_AT_ONCE:
        try:
            key = order_key(claim(request).email, placed["id"])
            open_rest(desk.cloud, Order.stored(key, desk.cloud.store.get([key])[key]))
        except (ClientError, BotoCoreError, TimeoutError, Conflict):
            # The order stands, and the worker opens what is missing: to say «try again» would invite a second order.
            pass
    return answer


def preview_order(desk: Desk, request: Request) -> Answer:
    """What an order would be and what is wrong with it; stores nothing. Terms not yet accepted are not wrong."""
    reader, _ = desk.read(request, lambda _: ())
    errors = Invalid()
    validated(PlaceOrder, {"terms": True, **request.content}, errors)
    texts = Texts(reader.language)
    problems = worded(errors, texts)
    lines = priced(_good(OrderedLine, request.body.lines))
    total = sum(line.amount for line in lines)
    if is_mixed(lines):
        problems.append({"field": "lines", "code": "mixed_order", "message": texts("errors.mixed_order.detail")})
    if isinstance(request.body.total, int) and request.body.total != total:
        problems.append({"field": "total", "code": "price_changed", "message": texts("errors.price_changed.detail")})
    found = next(iter(_good(Billing, [request.body.billing])), None)
    vat = vat_on(total, found.country, found.vat_number) if found else None
    return Answer(
        200,
        {
            "lines": [line.shown(reader.language) for line in lines],
            "total": total,
            "vat": asdict(vat) if vat else None,
            "total_with_vat": total + vat.amount if vat else None,
            "problems": problems,
        },
    )


def _good[Model: BaseModel](model: type[Model], contents: Any) -> Sequence[Model]:
    """Those that are right."""
    read = [validated(model, content, Invalid()) for content in contents] if isinstance(contents, list) else []
    return [one for one in read if one is not None]


def list_orders(desk: Desk, request: Request) -> Answer:
    """The reader's orders, newest first."""
    reader, _ = desk.read(request, lambda _: ())

    def show(key: Key, item: Item) -> dict[str, Any]:
        return _shown(Order.stored(key, item), reader.language)

    return Answer(200, listed(desk.cloud.store, orders_of(reader.email), _PREFIX, request.page, show, backward=True))


def show_order(desk: Desk, request: Request) -> Answer:
    """One of the reader's orders."""
    reader, order = found_order(desk, request)
    return Answer(200, _shown(order, reader.language))


def found_order(desk: Desk, request: Request) -> tuple[Reader, Order]:
    """The reader, and the order of theirs that the request names. Raises Refused `not_found`."""
    order_id = request.values["order_id"]
    reader, items = desk.read(request, lambda email: [order_key(email, order_id)])
    key = order_key(reader.email, order_id)
    with in_language_of(reader):
        if key not in items:
            raise Refused("not_found")
    return reader, Order.stored(key, items[key])


def _shown(order: Order, language: Language) -> dict[str, Any]:
    return {
        "id": order.id,
        "placed_at": clock.rfc3339(order.placed_at),
        "reference": order.reference,
        "lines": [line.shown(language) for line in order.lines],
        "billing": order.billing,
        "total": order.total,
        "vat": asdict(order.vat),
        "total_with_vat": order.total + order.vat.amount,
    }


PREVIEW = Job(
    name="preview-order",
    method="POST",
    path="/api/orders/preview",
    run=preview_order,
    body=Draft,
    answer=Summary,
)
PLACE = Job(
    name="place-order",
    method="POST",
    path="/api/orders",
    run=place_order,
    body=PlaceOrder,
    answer=Placed,
    status=201,
    codes=("mixed_order", "price_changed"),
)
FORM = Form(PLACE, "orders.details", asks=Details)
LIST = Job(name="list-orders", method="GET", path="/api/orders", run=list_orders, query=Page, answer=ShownOrders)
SHOW = Job(
    name="show-order",
    method="GET",
    path="/api/orders/{order_id}",
    run=show_order,
    answer=ShownOrder,
    codes=("not_found",),
)
