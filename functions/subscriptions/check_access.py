"""Access: what the software itself asks before it lets its user in."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from functions.shared.desk import Desk, Look
from functions.shared.fields import Line, Model
from functions.shared.job import Ask, Job
from functions.shared.session import claim
from functions.shared.store import Conflict, retry_lost_races
from functions.subscriptions.memberships import belonging, in_groups, names_of_product
from functions.subscriptions.subscription import USABLE, Subscription


class AskingSoftware(Model):
    """Which software asks."""

    model_config = ConfigDict(frozen=True)

    product: Annotated[Line, AfterValidator(str.casefold), Field()]


class Access(Model):
    """Whether the reader may use it, by which subscription, and to which last day."""

    allowed: bool
    subscription_id: str | None
    until: str | None


def best(subscriptions: Iterable[Subscription], today: date) -> Subscription | None:
    """The subscription that gives access the longest, if any gives it today."""
    usable = [now for now in (subscription.on(today) for subscription in subscriptions) if now.status in USABLE]
    return max(usable, key=lambda subscription: subscription.end, default=None)


def check_access(desk: Desk, ask: Ask[AskingSoftware]) -> Access:
    """Whether the reader may use a product."""

    def attempt() -> Access:
        wanted = names_of_product(desk, claim(ask.request).email, ask.body.product)
        # Whoever has hundreds of one product needs one that is usable, whichever it is.
        for group in in_groups(wanted):
            _, belongs = belonging(desk, ask, group)
            if len(belongs) < len(group):
                # One is gone by now: another may have come meanwhile, so that access never ended.
                raise Conflict
            if found := best((subscription for subscription, _ in belongs), ask.today):
                return Access(allowed=True, subscription_id=found.id, until=found.end.isoformat())
        return Access(allowed=False, subscription_id=None, until=None)

    return retry_lost_races(attempt)


CHECK = Job(
    name="check-access",
    method="GET",
    path="/api/access",
    body=AskingSoftware,
    answer=Access,
    does=Look(check_access),
)
