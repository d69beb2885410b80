"""Transfer: the administrator's role passes to another of the subscription's users, and the former one is out."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import EmailAddress, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Delete, Item, Items, Put
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.subscription import Subscription, membership_key, partition, user_key


class Transfer(RequestModel):
    """Who becomes the administrator."""

    email: Annotated[EmailAddress, Field(json_schema_extra={"choices": "users"})]


class Transferred(BaseModel):
    """Who is the administrator now."""

    subscription_id: str
    administrator: str


def decide_transfer(subscription: Subscription, reader: Reader, email: str, user: Item | None, now: datetime) -> Change:
    """A new administrator, the former one without any access, in one change.

    Raises Refused `not_a_user`, for the administrator themselves too (the role passes to another), or `not_active`.
    """
    if user is None or email == subscription.administrator:
        raise Refused("not_a_user", email=email)
    subscriptions.refuse_unless(subscriptions.why_not_transfer, subscription, clock.day(now))
    former, name = subscription.administrator, subscription.id
    role = {"role": "administrator"}
    data = {
        "email": email,
        "product": subscription.product,
        "subscription": name,
        "language": reader.language,
    }
    return Change(
        Answer(200, {"subscription_id": name, "administrator": email}),
        (
            replace(subscription, administrator=email, users=subscription.users - 1).put(),
            Delete(user_key(name, former)),
            Delete(membership_key(name, former)),
            Put(user_key(name, email), {**user, **role}, "attribute_exists(PK)"),
            Put(membership_key(name, email), {"product": subscription.product, **role}, "attribute_exists(PK)"),
        ),
        ((partition(name), Event("transferred", now, former, data)),),
    )


def transfer(desk: Desk, request: Request) -> Answer:
    """Pass the administrator's role on; two at once, and one of them finds that it is no longer theirs."""
    user = user_key(request.values["subscription_id"], request.body.email)

    def decide(subscription: Subscription, items: Items, reader: Reader, now: datetime) -> Change:
        return decide_transfer(subscription, reader, request.body.email, items.get(user), now)

    return administration.change(desk, request, decide, user)


TRANSFER = Job(
    name="transfer",
    method="POST",
    path="/api/subscriptions/{subscription_id}/administrator",
    run=transfer,
    body=Transfer,
    answer=Transferred,
    codes=("not_found", "forbidden", "not_a_user", "not_active"),
)
TRANSFER_FORM = Form(TRANSFER, "transfer.form", about="subscription", action="transfer", check=True)
