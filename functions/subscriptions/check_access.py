"""Access: what the software itself asks before it lets its user in."""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from functions.shared.desk import Desk, Look
from functions.shared.fields import Line, Model
from functions.shared.job import Ask, Job
from functions.shared.session import claim
from functions.subscriptions.licences import Held, groups, held, relocated
from functions.subscriptions.memberships import licences_of_product


class AskingSoftware(Model):
    """Which software asks."""

    model_config = ConfigDict(frozen=True)

    product: Annotated[Line, AfterValidator(str.casefold), Field()]


class Access(Model):
    """Whether the reader may use it, by which subscription, and to which last day.

    A floating licence's seat must be leased; how many of its `seats` are `in_use` right now is said of it alone.
    """

    allowed: bool
    subscription_id: str | None
    until: str | None
    licence: Literal["individual", "floating"] | None
    seats: int | None = None
    in_use: int | None = None


NO_ACCESS = Access(allowed=False, subscription_id=None, until=None, licence=None)


def best(licences: Iterable[Held], today: date) -> Held | None:
    """The licence that gives access today, if any does: an individual one before the others, and the longest."""
    usable = [one for one in licences if one.is_usable(today)]
    return max(usable, key=lambda one: (not one.is_floating, one.subscription.on(today).end), default=None)


def check_access(desk: Desk, ask: Ask[AskingSoftware]) -> Access:
    """Whether the reader may use a product, and how many work with it on a floating licence."""

    def attempt() -> Access:
        # Whoever has hundreds of one product needs one that is usable, whichever it is.
        for wanted in licences_of_product(desk, claim(ask.request).email, ask.body.product):
            for group in groups(wanted):
                _, licences = desk.reads(ask, partial(held, group))
                if found := best(licences, ask.today):
                    return _access(found, ask)
        return NO_ACCESS

    return relocated(attempt)


def _access(licence: Held, ask: Ask[AskingSoftware]) -> Access:
    subscription = licence.subscription.on(ask.today)
    given = Access(
        allowed=True,
        subscription_id=subscription.id,
        until=subscription.end.isoformat(),
        licence=subscription.licence,
    )
    if not licence.is_floating:
        return given
    return given.model_copy(update={"seats": subscription.seats, "in_use": licence.seats(ask.now).in_use})


CHECK = Job(
    name="check-access",
    method="GET",
    path="/api/access",
    body=AskingSoftware,
    answer=Access,
    does=Look(check_access),
)
