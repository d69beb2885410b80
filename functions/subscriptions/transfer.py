"""Transfer: the administrator's role passes to another of the subscription's users, and the former one is out."""

from typing import Annotated

from pydantic import Field

from functions.shared import limits
from functions.shared.calendar import A_DAY
from functions.shared.desk import Decision
from functions.shared.due import Due
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import EmailAddress, Model, RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, Code, Refused, conflict
from functions.shared.session import account_key
from functions.subscriptions.remove_user import NO_OTHER_USER
from functions.subscriptions.return_of_role import CLAIM_DAYS, UNCLAIMED
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    Subscription,
    administered,
    partition,
    promoted,
    refuse,
    user_key,
)
from functions.subscriptions.takeovers import ended_by_succession

NOT_A_USER = conflict("not_a_user", "transfer")
_ADMINISTERS = Holds(recipient=("administrator",))
_IS_OUT = Holds(recipient=("stranger",))
TRANSFERRED = Told(
    "transferred",
    "transfer",
    mails=(
        Mail("transfer.mails.gained", holds=_ADMINISTERS),
        Mail("transfer.mails.lost", to="author", holds=_IS_OUT),
    ),
)
TRANSFERRED_UNCLAIMED = Told(
    "transferred_unclaimed",
    "transfer",
    mails=(
        Mail("transfer.mails.gained", without_account="transfer.mails.offered", holds=_ADMINISTERS),
        Mail("transfer.mails.lent", to="author", holds=_IS_OUT),
    ),
    publishes=("back_on",),
)
TRANSFERS = Limit("transfers", "a subscription", 50, DAY)


class Transfer(RequestModel):
    """Who becomes the administrator."""

    email: Annotated[EmailAddress, Field(json_schema_extra={"choices": "users"})]


class Transferred(Model):
    """Who is the administrator now."""

    subscription_id: str
    administrator: str


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses passing the administrator's role on, if any."""
    if subscription.status not in OPEN_TO_USERS:
        return NOT_ACTIVE
    return None if subscription.users > 1 else NO_OTHER_USER


def reads(ask: Ask[Transfer], email: str) -> Reads[Administered]:
    """The subscription, and the user who receives the role, with their account if they have one."""
    name = ask.path["subscription_id"]
    return administered(name, email, user_key(name, ask.body.email), account_key(ask.body.email))


def decide(state: Administered, ask: SignedIn[Transfer]) -> Change[Transferred]:
    """Pass the administrator's role on.

    Raises Refused `not_a_user`, for the administrator themselves too (the role passes to another), or `not_active`.
    From somebody who was invited and has no account by then it goes back after a week: nobody else could act.
    """
    subscription, email = state.subscription, ask.body.email
    if user_key(subscription.id, email) not in state.items or email == subscription.administrator:
        raise Refused(NOT_A_USER, email=email)
    refuse(why_not(subscription.on(ask.today)))
    is_unclaimed = account_key(email) not in state.items
    back_on = ask.today + CLAIM_DAYS * A_DAY if is_unclaimed else None
    kind = TRANSFERRED_UNCLAIMED if is_unclaimed else TRANSFERRED
    data = {"email": email, "language": ask.reader.language} | ({"back_on": back_on} if back_on else {})
    told = kind.event(ask.now, ask.reader.email, {**subscription.facts(), **data})
    return Change(
        Transferred(subscription_id=subscription.id, administrator=email),
        (
            *promoted(subscription, email, ask.now, back_on),
            *([Due(back_on, UNCLAIMED, subscription.id).put()] if back_on else []),
            limits.spent(TRANSFERS, subscription.id, ask.now, ask.keys),
        ),
        ((partition(subscription.id), told), *ended_by_succession(subscription, email, ask.reader.email, ask.now)),
    )


TRANSFER = Job(
    name="transfer",
    method="POST",
    path="/api/subscriptions/{subscription_id}/administrator",
    body=Transfer,
    answer=Transferred,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, NOT_A_USER, NOT_ACTIVE, NO_OTHER_USER, USED_UP),
    limits=(TRANSFERS,),
    tells=(TRANSFERRED, TRANSFERRED_UNCLAIMED),
    why_not=why_not,
    form=Form("transfer.form", about="subscription", check=True, option=True, lasts=True),
    confirms=True,
)
