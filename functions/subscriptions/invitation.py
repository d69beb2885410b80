"""The link in the e-mail that follows an order: who holds it reads and accepts the terms without signing in.

It is good for seven days, for one subscription, and for the administrator whom it was sent to: it ends when a newer one
is asked for, and opens nothing once somebody else is the administrator.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import StringConstraints

from functions.shared import clock, limits, links
from functions.shared.desk import OpenDecision, OpenView
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import Line, Model, RequestModel
from functions.shared.items import Items, Put, Reads
from functions.shared.job import Ask, Change, Job
from functions.shared.keys import Keys
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import LINK_EXPIRED, NOT_FOUND, USED_UP, Refused
from functions.shared.terms import CURRENT
from functions.shared.texts import Language
from functions.subscriptions.subscription import (
    IS_TRIAL,
    Status,
    Subscription,
    link_subject,
    partition,
    refuse,
    state_key,
)
from functions.subscriptions.terms import (
    TERMS_ACCEPTED,
    TERMS_ALREADY_ACCEPTED,
    TERMS_CHANGED,
    AcceptTerms,
    accepted,
    why_not,
)

INVITED = Mail("terms.mails.invited", holds=Holds(("awaiting_terms",), ("administrator",)))
INVITATION_RENEWED = Told("invitation_renewed", "terms", mails=(INVITED,))
LIFE = timedelta(days=7)
PURPOSE = "terms"
RENEWALS = Limit("links to the terms sent again", "a subscription", 10, DAY)

type _Text = Annotated[Line, StringConstraints(max_length=100)]


class Invitation(RequestModel):
    """What the link carries."""

    subscription_id: _Text
    token: _Text


class AcceptInvitation(AcceptTerms, Invitation):
    """Which version is accepted, in which language it was read."""

    language: Language


class Invited(Model):
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


class Renewed(Model):
    """Where a new link was sent."""

    administrator: str


def invite(subscription: Subscription, seed: str, keys: Keys, now: datetime) -> tuple[Put, Mapping[str, Any]]:
    """A new link to the terms: its write, and the data of the event that its e-mail comes from."""
    link = links.Link(PURPOSE, link_subject(subscription), now + LIFE)
    return links.made(links.token(seed, keys), link), {**subscription.facts(), "link": seed}


class Invitee(NamedTuple):
    """Who holds the link, and what was read of what it is about."""

    items: Items
    invitation: Invitation

    def opened(self, now: datetime) -> Subscription:
        """The subscription behind a link that still works.

        Raises Refused `not_found`, or `link_expired`, which says so where the terms are accepted by now.
        """
        subscription = self.known()
        today = subscription.on(clock.day(now))
        links.opened(self.items, self.invitation.token, PURPOSE, now, links.done_since(today.status, why_not(today)))
        return subscription

    def known(self) -> Subscription:
        """The same however old the link is. Raises Refused `not_found`."""
        return self._about(links.known(self.items, self.invitation.token, PURPOSE))

    def _about(self, link: links.Link) -> Subscription:
        state = self.items.get(state_key(self.invitation.subscription_id))
        if state is None or link.subject != link_subject(subscription := Subscription.stored(state)):
            raise Refused(NOT_FOUND)
        return subscription


def reads(ask: Ask[Invitation] | Ask[AcceptInvitation]) -> Reads[Invitee]:
    """The link and the subscription that it names."""
    invitation: Invitation = ask.body
    return Reads(
        (links.key(invitation.token), state_key(invitation.subscription_id)), lambda items: Invitee(items, invitation)
    )


def show(state: Invitee, ask: Ask[Invitation]) -> Invited:
    """What the link is about, and which terms are to be accepted."""
    return _shown(state.opened(ask.now), ask.now)


def decide_accept(state: Invitee, ask: Ask[AcceptInvitation]) -> Change[Invited]:
    """Accept the terms by the link."""
    changed, event = accepted(state.opened(ask.now), ask.body.terms_version, ask.body.language, ask.now)
    return Change(_shown(changed, ask.now), (changed.put(),), ((partition(changed.id), event),))


def decide_renew(state: Invitee, ask: Ask[Invitation]) -> Change[Renewed]:
    """Send a new link in the place of this one, however old it is.

    Raises Refused `terms_already_accepted` when nothing is left to accept.
    """
    subscription = state.known()
    refuse(why_not(subscription.on(ask.today)))
    write, data = invite(subscription, ask.seed, ask.keys, ask.now)
    told = INVITATION_RENEWED.event(ask.now, subscription.administrator, data)
    return Change(
        Renewed(administrator=subscription.administrator),
        (
            links.ended(state.items, links.key(ask.body.token)),
            write,
            limits.spent(RENEWALS, subscription.id, ask.now, ask.keys),
        ),
        ((partition(subscription.id), told),),
    )


def _shown(subscription: Subscription, now: datetime) -> Invited:
    today = subscription.on(clock.day(now))
    return Invited(
        subscription_id=today.id,
        contract_number=today.contract_number,
        product=today.product,
        edition=today.edition,
        licence=today.licence,
        seats=today.seats,
        start=today.start.isoformat(),
        end=today.end.isoformat(),
        status=today.status,
        administrator=today.administrator,
        terms_version=CURRENT,
    )


def _link(ask: Ask[Invitation] | Ask[AcceptInvitation]) -> str:
    return links.key(ask.body.token).pk


OPEN = Job(
    name="open-invitation",
    method="POST",
    path="/api/invitations/open",
    body=Invitation,
    answer=Invited,
    does=OpenView(reads, show),
    refuses=(NOT_FOUND, LINK_EXPIRED),
)
ACCEPT = Job(
    name="accept-invitation",
    method="POST",
    path="/api/invitations/terms",
    body=AcceptInvitation,
    answer=Invited,
    does=OpenDecision(_link, reads, decide_accept),
    refuses=(NOT_FOUND, LINK_EXPIRED, TERMS_CHANGED, TERMS_ALREADY_ACCEPTED, IS_TRIAL),
    tells=(TERMS_ACCEPTED,),
)
RENEW = Job(
    name="renew-invitation",
    method="POST",
    path="/api/invitations/renewal",
    body=Invitation,
    answer=Renewed,
    status=202,
    does=OpenDecision(_link, reads, decide_renew),
    refuses=(NOT_FOUND, TERMS_ALREADY_ACCEPTED, IS_TRIAL, USED_UP),
    limits=(RENEWALS,),
    tells=(INVITATION_RENEWED,),
)
