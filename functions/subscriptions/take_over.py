"""Take over: a user asks for the administrator's place, and the administrator is told how to object."""

from dataclasses import replace
from typing import Annotated

from pydantic import StringConstraints

from functions.shared import clock, limits, links
from functions.shared.desk import Decision
from functions.shared.due import Due
from functions.shared.events import Mail, Told
from functions.shared.fields import Comment, Model, RequestModel
from functions.shared.form import Form, Waits
from functions.shared.items import Items, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import NOT_FOUND, USED_UP, Code, Refused, conflict
from functions.subscriptions.remove_user import IS_ADMINISTRATOR
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    Subscription,
    found,
    membership_key,
    partition,
    refuse,
    state_key,
)
from functions.subscriptions.takeovers import REMINDED_AFTER, REMINDER, Takeover, digest, new_id

TAKEOVER_PENDING = conflict("takeover_pending", "takeover")
TAKEOVER_ASKED = Told(
    "takeover_asked",
    "takeover",
    mails=(Mail("takeover.mails.asked"), Mail("takeover.mails.received", to="other")),
    publishes=("takeover", "reason", "decidable_from"),
)
# Each of them writes to the administrator, who may well be there.
ASKS = Limit("requests to take over", "a subscription", 5, DAY)

type Reason = Annotated[Comment, StringConstraints(min_length=1, max_length=1000)]


class TakeOver(RequestModel):
    """Why; the administrator and the staff read it."""

    reason: Reason


class AskedToTakeOver(Model):
    """The request, and from when on it can be decided."""

    id: str
    decidable_from: str


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses asking to take over, if any: it takes what a transfer takes."""
    if subscription.status not in OPEN_TO_USERS:
        return NOT_ACTIVE
    return TAKEOVER_PENDING if subscription.takeover else None


def reads(ask: Ask[TakeOver], email: str) -> Reads[Administered]:
    """The subscription for one of its users.

    Its reading raises Refused `not_found` for a stranger, `is_administrator`. The membership never changes without the
    subscription's version.
    """
    name = ask.path["subscription_id"]
    membership = membership_key(name, email)

    def state(items: Items) -> Administered:
        subscription, role = found(items, name, email)
        if role == "administrator":
            raise Refused(IS_ADMINISTRATOR, said="takeover.is_administrator")
        return Administered(subscription, items)

    return Reads((state_key(name), membership), state, vouched=(membership,))


def decide(state: Administered, ask: SignedIn[TakeOver]) -> Change[AskedToTakeOver]:
    """Ask for the administrator's place.

    The administrator has seven days to object, by a link that works without signing in until the staff decide. Raises
    Refused `not_active`, `takeover_pending`, `used_up`.
    """
    subscription, by = state.subscription.on(ask.today), ask.reader.email
    refuse(why_not(subscription))
    seed = ask.seed
    takeover = Takeover(
        id=new_id(subscription.id, ask.random),
        subscription=subscription.id,
        asked_by=by,
        administrator=subscription.administrator,
        reason=ask.body.reason,
        asked_at=clock.rfc3339(ask.now),
        link=digest(links.token(seed, ask.keys)),
        seed=seed,
    )
    data = takeover.facts(subscription) | {"link": seed, "language": ask.reader.language}
    return Change(
        AskedToTakeOver(id=takeover.id, decidable_from=clock.rfc3339(takeover.decidable_from)),
        (
            replace(state.subscription, takeover=takeover.says).put(),
            takeover.put_new(),
            takeover.waits,
            Due(clock.day(ask.now + REMINDED_AFTER), REMINDER, takeover.id).put(),
            limits.spent(ASKS, subscription.id, ask.now, ask.keys),
        ),
        ((partition(subscription.id), TAKEOVER_ASKED.event(ask.now, by, data)),),
    )


TAKE_OVER = Job(
    name="take-over",
    method="POST",
    path="/api/subscriptions/{subscription_id}/takeover",
    body=TakeOver,
    answer=AskedToTakeOver,
    status=202,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, IS_ADMINISTRATOR, NOT_ACTIVE, TAKEOVER_PENDING, USED_UP),
    limits=(ASKS,),
    tells=(TAKEOVER_ASKED,),
    why_not=why_not,
    offered_to="user",
    not_yours=IS_ADMINISTRATOR,
    form=Form("takeover.form", about="subscription", lasts=True, waits=Waits(TAKEOVER_PENDING, "takeover")),
    leads_to={"takeover": "/id"},
)
