"""Accepting the terms: which version, whose text and when is kept with the subscription."""

from dataclasses import replace
from datetime import datetime

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import Agreed, Line, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items
from functions.shared.terms import CURRENT, sha256
from functions.shared.texts import Language
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.subscription import Subscription, partition


class AcceptTerms(RequestModel):
    """Which version is accepted."""

    accepted: Agreed
    terms_version: Line


def accepted(
    subscription: Subscription, terms_version: str, language: Language, now: datetime
) -> tuple[Subscription, Event]:
    """The subscription with its terms accepted by its administrator, who read them in that language, and the event.

    Raises Refused `terms_already_accepted`, `is_trial`, or `terms_changed` for another version than the one in force.
    """
    subscriptions.refuse_unless(subscriptions.why_not_accept_terms, subscription, clock.day(now))
    if terms_version != CURRENT:
        raise Refused("terms_changed", terms_version=CURRENT)
    acceptance = {
        "version": CURRENT,
        "language": language,
        "sha256": sha256(CURRENT, language),
        "by": subscription.administrator,
        "at": clock.rfc3339(now),
    }
    data = {**acceptance, "product": subscription.product, "subscription": subscription.id}
    return (
        replace(subscription, status="awaiting_activation", terms_accepted=acceptance),
        Event("terms_accepted", now, subscription.administrator, data),
    )


def decide_accept(subscription: Subscription, reader: Reader, terms_version: str, now: datetime) -> Change:
    """The signed-in administrator accepts."""
    changed, event = accepted(subscription, terms_version, reader.language, now)
    shown = subscriptions.shown(changed, "administrator", clock.day(now))
    return Change(Answer(200, shown), (changed.put(),), ((partition(subscription.id), event),))


def accept_terms(desk: Desk, request: Request) -> Answer:
    """Accept the terms."""

    def decide(subscription: Subscription, _: Items, reader: Reader, now: datetime) -> Change:
        return decide_accept(subscription, reader, request.body.terms_version, now)

    return administration.change(desk, request, decide)


ACCEPT = Job(
    name="accept-terms",
    method="POST",
    path="/api/subscriptions/{subscription_id}/terms",
    run=accept_terms,
    body=AcceptTerms,
    answer=ShownSubscription,
    codes=("not_found", "forbidden", "terms_changed", "terms_already_accepted", "is_trial"),
)
ACCEPT_FORM = Form(ACCEPT, "terms.accept", about="subscription", action="accept_terms")
