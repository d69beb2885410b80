"""The invoice: what an order or a withdrawal is billed as, under a number of a series without gaps. Pure.

The number is taken in the transaction that makes the invoice (code général des impôts, annexe II, article 242 nonies A,
I, 7°: unique, chronological, continuous), from one counter a year, so that none is ever taken in vain. Invoices and
credit notes share the series.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.events import Mail, Told
from functions.shared.items import Item, Items, Key, Put, Reads, Write, new, over
from functions.shared.money import price
from functions.shared.session import account_key
from functions.shared.texts import Language, Texts, language_for
from functions.subscriptions.billing import taxed_in, vat_on
from functions.subscriptions.catalogue import Family, catalogue, edition_name
from functions.subscriptions.order import Order, OrderLine, order_key, orders_of
from functions.subscriptions.subscription import Subscription, partition, state_key

type Kind = Literal["invoice", "credit_note"]

# The approved platform that the legal original goes through takes these from the stream, and the file from the bucket.
INVOICE_ISSUED = Told(
    "invoice_issued",
    "invoices",
    mails=(Mail("invoices.mails.invoice", to="other"),),
    in_history=False,
    calls_for=("notifications",),
    publishes=("number", "order", "issued_on", "due_on", "total_with_vat"),
)
CREDIT_NOTE_ISSUED = Told(
    "credit_note_issued",
    "invoices",
    mails=(Mail("invoices.mails.credit_note", to="other"),),
    in_history=False,
    calls_for=("notifications",),
    publishes=("number", "credited", "order", "issued_on", "total_with_vat"),
)
# What no job tells of itself.
TELLS = (INVOICE_ISSUED, CREDIT_NOTE_ISSUED)
PREFIX = "INVOICE#"
# As the terms of sale say it.
PAYABLE_WITHIN = timedelta(days=30)
# Of the hundred writes of a transaction; beside them go the counter, the invoice, its place among the person's, the
# order, the event and its mark.
POINTED_AT_ONCE = 90


@dataclass(frozen=True)
class InvoiceLine:
    """A line as it is billed: amounts in cents before VAT, but `paid`, the line's share of the whole with VAT.

    Software and articles that are rented are used from `begins` to `until`; seats that were added are paid for `days`
    of the `days_of_year`.
    """

    name: str
    family: Family
    quantity: int
    unit_price: int
    amount: int
    paid: int
    subscription: str | None = None
    begins: str | None = None
    until: str | None = None
    days: int | None = None
    days_of_year: int | None = None


@dataclass(frozen=True)
class Invoice:
    """An invoice as it is kept, whole: its file can be set from it at any time.

    A credit note `credits` one invoice, by its number and day. One of a year that a contract was renewed for names the
    `contract`, and the order that this began with. `seller` and `buyer` have the names of a Billing's
    fields; the seller's `legal` is its form, capital and register.
    """

    number: str
    kind: Kind
    issued_on: str
    by: str
    language: Language
    order: str
    ordered_on: str
    seller: Mapping[str, str]
    buyer: Mapping[str, str]
    lines: tuple[InvoiceLine, ...]
    vat: Mapping[str, Any]
    is_consumer: bool = False
    delivery: Mapping[str, str] | None = None
    reference: str | None = None
    credits: Mapping[str, str] = field(default_factory=dict)
    contract: str | None = None

    @classmethod
    def stored(cls, item: Mapping[str, Any]) -> "Invoice":
        """From its item in the table, or from its facts as they were sent."""
        known = {name: item[name] for name in cls.__dataclass_fields__ if name in item}
        return cls(**known | {"lines": tuple(InvoiceLine(**line) for line in item["lines"])})

    def facts(self) -> dict[str, Any]:
        """What its item holds."""
        return asdict(self)

    @property
    def total(self) -> int:
        """What it comes to before VAT."""
        return sum(line.amount for line in self.lines)

    @property
    def total_with_vat(self) -> int:
        """What is to pay, or is paid back."""
        return self.total + int(self.vat["amount"])

    @property
    def subscriptions(self) -> list[str]:
        """The subscriptions that it is about."""
        return list(dict.fromkeys(line.subscription for line in self.lines if line.subscription))

    @property
    def due_on(self) -> date:
        """The last day on which it is to be paid."""
        return date.fromisoformat(self.issued_on) + PAYABLE_WITHIN

    def summary(self) -> dict[str, Any]:
        """What a list says of it."""
        about = self.subscriptions
        return {
            "kind": self.kind,
            "issued_on": self.issued_on,
            "order": self.order,
            "subscription": about[0] if len(about) == 1 else None,
            "total": self.total,
            "vat": self.vat["amount"],
            "total_with_vat": self.total_with_vat,
        }


def invoice_key(number: str) -> Key:
    """Where an invoice is kept."""
    return Key(f"{PREFIX}{number}", "INVOICE")


def counter_key(year: int) -> Key:
    """Where the last number of a year's is kept, and the day of its invoice."""
    return Key("INVOICES", f"COUNTER#{year}")


def number_of(year: int, count: int) -> str:
    """The number of a year's invoice, counted from 1."""
    return f"F-{year}-{count:06}"


def file_key(number: str) -> str:
    """Where in the bucket an invoice's file is kept."""
    return f"invoices/{number}.pdf"


def listed_key(of_partition: str, number: str) -> Key:
    """Where a person's orders or a subscription list one of their invoices, in the order of their numbers."""
    return Key(of_partition, f"{PREFIX}{number}")


def seller_of(supplier: str, vat_number: str, legal: str) -> dict[str, str]:
    """Who bills, by the deployment's settings: a firm in France, whose address is a name, street, postcode and town."""
    name, *lines = (part.strip() for part in supplier.split(","))
    town = next((line for line in lines if line[:5].isdigit()), "")
    street = ", ".join(lines[: lines.index(town)] if town in lines else lines)
    return {
        "company": name,
        "street": street,
        "postcode": town[:5],
        "city": town[5:].strip(),
        "country": "FR",
        "vat_number": vat_number,
        "legal": legal,
    }


def siren_of(billed: Mapping[str, str]) -> str | None:
    """The SIREN of a French firm: its own, or the last nine digits of its VAT number."""
    number = billed.get("vat_number", "")
    return billed.get("siren") or (
        number[4:] if number.startswith("FR") and len(number) == len("FR00000000000") else None
    )


def reads_to_bill(by: str, order_id: str, account: Key, now: datetime) -> Reads[Items]:
    """The order, the counter, and the account of who ordered, whatever becomes of that."""
    return Reads(
        (order_key(by, order_id), counter_key(clock.day(now).year), account), lambda items: items, vouched=(account,)
    )


def bill(
    items: Items, by: str, order_id: str, account: Key, seller: Mapping[str, str], now: datetime
) -> Iterator[Write]:
    """The invoice of an order, once; none of one that has nothing to pay."""
    key = order_key(by, order_id)
    # It is billed before it goes to another address of theirs, or to the number of their closed account.
    if key not in items or "invoice" in items[key] or not (order := Order.stored(key, items[key])).total_with_vat:
        return
    number, issued_on, counted = _numbered(items, now)
    yield counted
    yield over(key, items[key], {**items[key], "invoice": number})
    who = items.get(account, {})
    language = language_for("", who.get("language"))
    yield from _issued(invoice_of(order, number, issued_on, language, seller), who, now)


def invoice_of(order: Order, number: str, issued_on: str, language: Language, seller: Mapping[str, str]) -> Invoice:
    """What an order is billed as."""
    return Invoice(
        number=number,
        kind="invoice",
        issued_on=issued_on,
        by=order.by,
        language=language,
        order=order.id,
        ordered_on=clock.day(order.placed_at).isoformat(),
        seller=seller,
        buyer=order.billing,
        lines=tuple(_lines(order, language)),
        vat=asdict(order.vat),
        is_consumer=order.is_consumer,
        delivery=order.delivery,
        reference=order.reference,
    )


@dataclass(frozen=True)
class Renewal:
    """A year of use that a subscription was renewed for, as it was told; the price of a seat in cents before VAT."""

    subscription: str
    begins: date
    until: date
    seats: int
    unit_price: int

    @property
    def key(self) -> Key:
        """Where the number of its invoice is kept."""
        return Key(partition(self.subscription), f"YEAR#{self.begins.isoformat()}")


def keys_to_bill_renewal(renewal: Renewal, administrator: str, now: datetime) -> tuple[Key, ...]:
    """The subscription, whether the year is billed, the account of who administers it, and the counter."""
    counter = counter_key(clock.day(now).year)
    return state_key(renewal.subscription), renewal.key, account_key(administrator), counter


def bill_renewal(
    items: Items, renewal: Renewal, earlier: Sequence[Invoice], seller: Mapping[str, str], now: datetime
) -> Iterator[Write]:
    """The invoice of a year that a subscription was renewed for, once, to whom the `earlier` ones went."""
    if renewal.key in items:
        return
    number, issued_on, counted = _numbered(items, now)
    yield counted
    yield new(renewal.key, {"invoice": number})
    subscription = Subscription.stored(items[state_key(renewal.subscription)])
    who = items.get(account_key(subscription.administrator), {})
    invoice = renewal_invoice(renewal, subscription, who, earlier, number, issued_on, seller)
    yield from _issued(invoice, who, now)


def renewal_invoice(
    renewal: Renewal,
    subscription: Subscription,
    account: Item,
    earlier: Sequence[Invoice],
    number: str,
    issued_on: str,
    seller: Mapping[str, str],
) -> Invoice:
    """What a year is billed as: as the contract was last, under the order that it began with."""
    language = language_for("", account.get("language"))
    siren = account.get("siren")
    buyer = (
        earlier[-1].buyer
        if earlier
        else {
            "company": account.get("company", subscription.administrator),
            "country": "FR",
            **({"siren": siren} if siren else {}),
        }
    )
    line = OrderLine(
        subscription.product,
        subscription.edition.casefold(),
        subscription.licence,
        renewal.seats,
        renewal.unit_price,
    )
    vat = vat_on(line.amount, taxed_in(buyer["country"], buyer.get("postcode")), buyer.get("vat_number"))
    return Invoice(
        number=number,
        kind="invoice",
        issued_on=issued_on,
        by=subscription.administrator,
        language=language,
        order=earlier[0].order if earlier else subscription.contract_number,
        ordered_on=earlier[0].ordered_on if earlier else subscription.start.isoformat(),
        seller=seller,
        buyer=buyer,
        lines=(
            InvoiceLine(
                name=_named(line, Texts(language)),
                family="software",
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
                paid=line.amount + vat.amount,
                subscription=subscription.id,
                begins=renewal.begins.isoformat(),
                until=renewal.until.isoformat(),
            ),
        ),
        vat=asdict(vat),
        is_consumer=subscription.is_consumers,
        contract=subscription.contract_number,
    )


def reads_to_credit(invoice: Invoice, subscription_id: str, now: datetime) -> Reads[Items]:
    """What says whether a subscription's part of an invoice was credited, the counter, and the account."""
    account = account_key(invoice.by)
    listed = listed_key(partition(subscription_id), invoice.number)
    return Reads((listed, counter_key(clock.day(now).year), account), lambda items: items, vouched=(account,))


def credit(items: Items, invoice: Invoice, subscription_id: str, now: datetime) -> Iterator[Write]:
    """The credit note for a subscription's part of an invoice, once.

    What was rounded for the whole is shared among its lines, so that all that was paid comes back, to the cent.
    """
    listed = listed_key(partition(subscription_id), invoice.number)
    if listed not in items or "credited" in items[listed]:
        return
    number, issued_on, counted = _numbered(items, now)
    lines = tuple(line for line in invoice.lines if line.subscription == subscription_id)
    net, paid = sum(line.amount for line in lines), sum(line.paid for line in lines)
    note = Invoice(
        **{
            **{name: getattr(invoice, name) for name in Invoice.__dataclass_fields__},
            "number": number,
            "kind": "credit_note",
            "issued_on": issued_on,
            "lines": lines,
            "vat": {**invoice.vat, "amount": paid - net},
            "credits": {"number": invoice.number, "issued_on": invoice.issued_on},
        }
    )
    yield counted
    yield over(listed, items[listed], {**items[listed], "credited": number})
    yield from _issued(note, items.get(account_key(invoice.by), {}), now)


def kept(invoice: Invoice) -> tuple[Put, Put]:
    """A new invoice, and where who ordered lists it."""
    return (
        new(invoice_key(invoice.number), invoice.facts()),
        new(listed_key(orders_of(invoice.by), invoice.number), invoice.summary()),
    )


def pointers(invoice: Invoice) -> list[Put]:
    """Where the subscriptions that it is about list an invoice."""
    return [new(listed_key(partition(name), invoice.number), invoice.summary()) for name in invoice.subscriptions]


def _issued(invoice: Invoice, account: Item, now: datetime) -> Iterator[Write]:
    told = INVOICE_ISSUED if invoice.kind == "invoice" else CREDIT_NOTE_ISSUED
    copied_to = account.get("invoices_email")
    data = {
        "email": invoice.by,
        "number": invoice.number,
        "order": invoice.order,
        "issued_on": date.fromisoformat(invoice.issued_on),
        "due_on": invoice.due_on,
        "credited": invoice.credits.get("number", ""),
        "total_with_vat": price(invoice.total_with_vat, invoice.language),
        "language": invoice.language,
        **({"other": copied_to} if copied_to else {}),
    }
    yield from kept(invoice)
    yield from pointers(invoice)[:POINTED_AT_ONCE]
    yield from told.event(now, invoice.by, data).written(orders_of(invoice.by), invoice.number)


def _numbered(items: Items, now: datetime) -> tuple[str, str, Put]:
    """The next number of the year, its day, which is never before that of the number before, and the counter."""
    today = clock.day(now)
    key = counter_key(today.year)
    read = items.get(key)
    last = read or {"last": 0, "issued_on": ""}
    count, issued_on = int(last["last"]) + 1, max(today.isoformat(), str(last["issued_on"]))
    return number_of(today.year, count), issued_on, over(key, read, {"last": count, "issued_on": issued_on})


def _lines(order: Order, language: Language) -> Iterator[InvoiceLine]:
    texts = Texts(language)
    for number, (line, paid) in enumerate(zip(order.lines, order.paid_by_line(), strict=True), 1):
        family = _family(line)
        yield InvoiceLine(
            name=_named(line, texts),
            family=family,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            paid=paid,
            **_use(order, family, number),
        )


def _use(order: Order, family: Family, number: int) -> dict[str, Any]:
    """From when to when what a line names is used, and of which subscription it is part."""
    if order.change:
        return {name: order.change.get(name) for name in ("begins", "until", "days", "days_of_year", "subscription")}
    if family == "purchase":
        return {}
    subscription = next((one for one in order.subscriptions if one.id == f"{order.id}-{number:02}"), None)
    begins = clock.day(order.placed_at)
    return {
        "begins": begins.isoformat(),
        "until": last_day_of_year_from(begins).isoformat(),
        "subscription": subscription.id if subscription else None,
    }


def _family(line: OrderLine) -> Family:
    if line.edition:
        return "software"
    found = catalogue().find(line.product)
    return found.family if found else "purchase"


def _named(line: OrderLine, texts: Texts) -> str:
    name = line.name(texts.language)
    if line.licence is None or line.edition is None:
        return name
    licence = texts(f"orders.cart.licence.{line.licence}")
    return texts("orders.cart.software", name=name, edition=edition_name(line.edition, texts.language), licence=licence)
