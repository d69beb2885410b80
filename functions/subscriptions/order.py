"""The order: its lines at the prices of its day, and the subscriptions that they make. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any

from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.items import Item, Key
from functions.shared.money import rounded
from functions.shared.texts import Language
from functions.subscriptions.billing import Vat
from functions.subscriptions.catalogue import Licence, catalogue
from functions.subscriptions.reference import contract_number
from functions.subscriptions.subscription import Subscription

TERMS_OF_SALE = "2026-11"
PREFIX = "ORDER#"


@dataclass(frozen=True)
class OrderLine:
    """A line at the price at which it was ordered, in cents before VAT."""

    product: str
    edition: str | None
    licence: Licence | None
    quantity: int
    unit_price: int
    charged: int | None = None
    """What it comes to where that is not for a whole year."""

    @property
    def amount(self) -> int:
        """What the line comes to."""
        return self.quantity * self.unit_price if self.charged is None else self.charged

    def name(self, language: Language) -> str:
        """What the catalogue calls the product, if it still has it."""
        found = catalogue().find(self.product)
        return found.name(language) if found else self.product


@dataclass(frozen=True)
class Order:
    """An order as it is kept. The links of its e-mails are derived from `seed`; consumers read prices with VAT first.

    One that changes the seats of a subscription says so in `change`, as functions/subscriptions/seats.py has it.
    Articles go to `delivery` where that is another address than the billing's. `invoice` is the number of its own, once
    it is billed.
    """

    id: str
    by: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    billing: Mapping[str, str]
    vat: Vat
    seed: str
    reference: str | None = None
    terms_version: str = TERMS_OF_SALE
    is_consumer: bool = False
    change: Mapping[str, Any] | None = None
    delivery: Mapping[str, str] | None = None
    invoice: str | None = None

    @classmethod
    def stored(cls, key: Key, item: Item) -> "Order":
        """From its item in the table."""
        return cls(
            id=key.sk.removeprefix(PREFIX),
            by=item["by"],
            placed_at=datetime.fromisoformat(item["placed_at"]),
            lines=tuple(OrderLine(**{"edition": None, "licence": None} | line) for line in item["lines"]),
            billing=item["billing"],
            vat=Vat(**item["vat"]),
            seed=item["seed"],
            reference=item.get("reference"),
            terms_version=item["terms_version"],
            is_consumer=item.get("is_consumer", False),
            change=item.get("change"),
            delivery=item.get("delivery"),
            invoice=item.get("invoice"),
        )

    def attributes(self) -> dict[str, Any]:
        """What its item holds."""
        return {**asdict(self), "placed_at": clock.rfc3339(self.placed_at), "total": self.total}

    @property
    def total(self) -> int:
        """What it comes to before VAT, in cents."""
        return sum(line.amount for line in self.lines)

    @property
    def total_with_vat(self) -> int:
        """What is to pay, in cents."""
        return self.total + self.vat.amount

    def with_vat(self, net: int) -> int:
        """A part of it in cents with its VAT, which is rounded on the total: only that is exact."""
        return net + rounded(net * self.vat.rate, 10_000)

    @property
    def subscriptions(self) -> list[Subscription]:
        """The subscriptions that its lines of software make, named after it; a change of seats makes none."""
        if self.change:
            return []
        start = clock.day(self.placed_at)
        paid = self.paid_by_line()
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
                end=last_day_of_year_from(start),
                unit_price=line.unit_price,
                paid=paid[number - 1],
            )
            for number, line in enumerate(self.lines, 1)
            if line.edition and line.licence
        ]

    def paid_by_line(self) -> list[int]:
        """What each line comes to with VAT. The VAT is rounded once, on the total, and none of it is lost here."""
        if not self.total:
            return [0 for _ in self.lines]
        reached = [0, *accumulate(line.amount for line in self.lines)]
        taxed = [net + rounded(self.vat.amount * net, self.total) for net in reached]
        return [after - before for before, after in pairwise(taxed)]


def orders_of(email: str) -> str:
    """The partition of a person's orders."""
    return f"ORDERS#{email}"


def order_key(email: str, order_id: str) -> Key:
    """Where an order is kept."""
    return Key(orders_of(email), f"{PREFIX}{order_id}")


def billing_key(email: str) -> Key:
    """Where it is kept whom a person's last order was billed to, and in which country it is taxed (`taxed_in`)."""
    return Key(orders_of(email), "BILLING")


def is_mixed(lines: Iterable[OrderLine]) -> bool:
    """Whether software shares the order with other families."""
    return len({catalogue()[line.product].family == "software" for line in lines}) > 1
