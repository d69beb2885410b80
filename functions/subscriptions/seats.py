"""How many seats a subscription has, and what it costs to have others. Pure.

More hold at once, and are paid for to the last day of the year of use; fewer hold from the next year. Whatever is
ordered last says how many seats the next year has: more, or as many as now, take the place of fewer that were planned.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from functions.shared.calendar import A_DAY
from functions.shared.money import rounded
from functions.shared.refusal import Code, Invalid, conflict
from functions.subscriptions.subscription import NOT_ACTIVE, Subscription, refuse

type Kind = Literal["more", "fewer", "kept"]

FREE_OF_CHARGE = conflict("free_of_charge", "seats")
SEATS_IN_USE = conflict("seats_in_use", "seats")


@dataclass(frozen=True)
class SeatChange:
    """A change of the seats and what it costs.

    It holds from `begins`; what is paid reaches to `until`, if anything is: `days` of the `days_of_year` that the year
    of use has. `kept` are as many seats as now where fewer were planned. Amounts in cents before VAT.
    """

    kind: Kind
    seats_before: int
    seats: int
    begins: date
    until: date | None
    days: int
    days_of_year: int
    unit_price: int

    @property
    def amount(self) -> int:
        """What the added seats cost to the last day of the year of use, rounded once, half a cent up."""
        if self.kind != "more":
            return 0
        return rounded((self.seats - self.seats_before) * self.unit_price * self.days, self.days_of_year)

    @property
    def next_year(self) -> int:
        """What all seats cost in the next year."""
        return self.seats * self.unit_price

    def facts(self) -> dict[str, Any]:
        """As an order and an amendment keep it, dates as text."""
        return {
            "kind": self.kind,
            "seats_before": self.seats_before,
            "seats": self.seats,
            "begins": self.begins.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "days": self.days,
            "days_of_year": self.days_of_year,
            "unit_price": self.unit_price,
            "amount": self.amount,
            "next_year": self.next_year,
        }


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses other seats, if any: what was chosen after a trial has neither a price nor a contract."""
    if subscription.status != "active":
        return NOT_ACTIVE
    return None if subscription.unit_price else FREE_OF_CHARGE


def seat_change(subscription: Subscription, seats: int, today: date) -> SeatChange:
    """The change of a subscription, as it stands today, to that many seats.

    Raises Refused `not_active`, `free_of_charge`, Invalid for as many as it has, unless fewer are planned.
    """
    refuse(why_not(subscription))
    if seats == subscription.seats and subscription.seats_next is None:
        raise Invalid(("seats", "as_many_as_now", {}))
    kind: Kind = "more" if seats > subscription.seats else "fewer" if seats < subscription.seats else "kept"
    return SeatChange(
        kind=kind,
        seats_before=subscription.seats,
        seats=seats,
        begins=subscription.end + A_DAY if kind == "fewer" else today,
        until=subscription.end if kind == "more" else None,
        days=(subscription.end - today).days + 1,
        days_of_year=(subscription.end - subscription.year_begins).days + 1,
        unit_price=subscription.unit_price,
    )
