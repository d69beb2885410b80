"""Access: what the software itself asks before it lets its user in."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from functions.shared import clock
from functions.shared.desk import Desk
from functions.shared.fields import Line
from functions.shared.job import Answer, Job
from functions.shared.request import Request
from functions.subscriptions.subscription import USABLE, Subscription, state_key


class Product(BaseModel):
    """Which software asks."""

    model_config = ConfigDict(frozen=True)

    product: Annotated[Line, AfterValidator(str.casefold), Field()]


class Access(BaseModel):
    """Whether the reader may use it, by which subscription, and to which last day."""

    allowed: bool
    subscription_id: str | None
    until: str | None


def best(subscriptions: list[Subscription], today: date) -> Subscription | None:
    """The subscription that gives access the longest, if any gives it today."""
    usable = [subscription.on(today) for subscription in subscriptions if subscription.on(today).status in USABLE]
    return max(usable, key=lambda subscription: subscription.end, default=None)


def check_access(desk: Desk, request: Request) -> Answer:
    """Whether the reader may use a product, read strongly consistent."""
    product: str = request.page.product
    _, memberships = desk.read_person(request)
    asked = [
        state_key(key.sk.removeprefix("SUBSCRIPTION#"))
        for key, membership in memberships
        if membership["product"].casefold() == product
    ]
    states = desk.cloud.store.get(asked) if asked else {}
    found = best([Subscription.stored(state) for state in states.values()], clock.day(clock.now()))
    if found is None:
        return Answer(200, {"allowed": False, "subscription_id": None, "until": None})
    return Answer(200, {"allowed": True, "subscription_id": found.id, "until": found.end.isoformat()})


CHECK = Job(name="check-access", method="GET", path="/api/access", run=check_access, query=Product, answer=Access)
