"""The link in the e-mail that follows an order: who holds it reads and accepts the terms without signing in.

It is good for seven days, for one subscription, and for the administrator whom it was sent to: it ends when a newer one
is asked for, and opens nothing once somebody else is the administrator.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, StringConstraints

from functions.shared import clock, links
from functions.shared.desk import Change, DecideForAnyone, Desk
from functions.shared.events import Event
from functions.shared.fields import Line, RequestModel
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.store import Items, Put
from functions.shared.terms import CURRENT
from functions.shared.texts import Language
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.subscription import Status, Subscription, facts, link_subject, partition, state_key
from functions.subscriptions.terms import AcceptTerms, accepted

LIFE = timedelta(days=7)
PURPOSE = "terms"

type _Text = Annotated[Line, StringConstraints(max_length=100)]


class Invitation(RequestModel):
    """What the link carries."""

    subscription_id: _Text
    token: _Text


class AcceptInvitation(AcceptTerms, Invitation):
    """Which version is accepted, in which language it was read."""

    language: Language


class Invited(BaseModel):
    """What the link is about."""

    subscription_id: str
    contract_number: str
    product: str
    edition: str
    licence: Literal["individual", "floating"]
    seats: int
    start: str
    end: str
    status: Status
    administrator: str
    terms_version: str


class Renewed(BaseModel):
    """Where a new link was sent."""

    administrator: str


def invite(subscription: Subscription, seed: str, desk_key: bytes, now: datetime) -> tuple[Put, Mapping[str, Any]]:
    """A new link to the terms: its write, and the data of the event that its e-mail comes from."""
    link = links.Link(PURPOSE, link_subject(subscription), now + LIFE)
    return links.made(links.token(seed, desk_key), link), {**facts(subscription), "link": seed}


def decide_renew(
    subscription: Subscription, items: Items, token: str, seed: str, desk_key: bytes, now: datetime
) -> Change:
    """A new link in the place of this one. Raises Refused `terms_already_accepted` when nothing is left to accept."""
    subscriptions.refuse_unless(subscriptions.why_not_accept_terms, subscription, clock.day(now))
    write, data = invite(subscription, seed, desk_key, now)
    event = Event("invitation_renewed", now, subscription.administrator, data)
    return Change(
        Answer(202, {"administrator": subscription.administrator}),
        (links.ended(items, links.key(token), now), write),
        ((partition(subscription.id), event),),
    )


def open_invitation(desk: Desk, request: Request) -> Answer:
    """What the link is about, and which terms are to be accepted."""
    invitation: Invitation = request.body
    items = desk.cloud.store.get([links.key(invitation.token), state_key(invitation.subscription_id)])
    subscription = _opened(items, invitation, clock.now())
    return Answer(200, _shown(subscription, clock.now()))


def accept_invitation(desk: Desk, request: Request) -> Answer:
    """Accept the terms by the link."""
    body: AcceptInvitation = request.body

    def decide(items: Items, now: datetime) -> Change:
        changed, event = accepted(_opened(items, body, now), body.terms_version, body.language, now)
        return Change(Answer(200, _shown(changed, now)), (changed.put(),), ((partition(changed.id), event),))

    return _change(desk, request, decide)


def renew_invitation(desk: Desk, request: Request) -> Answer:
    """Send a new link in the place of one that is too old."""
    body: Invitation = request.body
    seed = links.seed()

    def decide(items: Items, now: datetime) -> Change:
        subscription = _about(items, body, links.known(items, body.token, PURPOSE))
        return decide_renew(subscription, items, body.token, seed, desk.cloud.key, now)

    return _change(desk, request, decide)


def _change(desk: Desk, request: Request, decide: DecideForAnyone) -> Answer:
    key = links.key(request.body.token)
    return desk.change_for_anyone(request, key.pk, [key, state_key(request.body.subscription_id)], decide)


def _opened(items: Items, invitation: Invitation, now: datetime) -> Subscription:
    """The subscription behind a link that still works. Raises Refused `not_found`, `link_expired`."""
    return _about(items, invitation, links.opened(items, invitation.token, PURPOSE, now))


def _about(items: Items, invitation: Invitation, link: links.Link) -> Subscription:
    state = items.get(state_key(invitation.subscription_id))
    if state is None or link.subject != link_subject(subscription := Subscription.stored(state)):
        raise Refused("not_found")
    return subscription


def _shown(subscription: Subscription, now: datetime) -> dict[str, Any]:
    today = subscription.on(clock.day(now))
    return {
        "subscription_id": today.id,
        "contract_number": today.contract_number,
        "product": today.product,
        "edition": today.edition,
        "licence": today.licence,
        "seats": today.seats,
        "start": today.start.isoformat(),
        "end": today.end.isoformat(),
        "status": today.status,
        "administrator": today.administrator,
        "terms_version": CURRENT,
    }


OPEN = Job(
    name="open-invitation",
    method="POST",
    path="/api/invitations/open",
    run=open_invitation,
    body=Invitation,
    answer=Invited,
    signed_in=False,
    codes=("not_found", "link_expired"),
)
ACCEPT = Job(
    name="accept-invitation",
    method="POST",
    path="/api/invitations/terms",
    run=accept_invitation,
    body=AcceptInvitation,
    answer=Invited,
    signed_in=False,
    codes=("not_found", "link_expired", "terms_changed", "terms_already_accepted", "is_trial"),
)
RENEW = Job(
    name="renew-invitation",
    method="POST",
    path="/api/invitations/renewal",
    run=renew_invitation,
    body=Invitation,
    answer=Renewed,
    status=202,
    signed_in=False,
    codes=("not_found", "terms_already_accepted", "is_trial"),
)
