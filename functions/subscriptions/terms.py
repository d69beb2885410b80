"""Accepting the terms: which version, whose text and when is kept with the subscription."""

from dataclasses import replace
from datetime import datetime

from functions.shared import clock
from functions.shared.desk import Decision
from functions.shared.events import Event, Told
from functions.shared.fields import Agreed, Line, RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.shared.terms import CURRENT, sha256
from functions.shared.texts import Language
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import (
    IS_TRIAL,
    TRIALS,
    Administered,
    Subscription,
    administered,
    partition,
    refuse,
)

TERMS_CHANGED = conflict("terms_changed", "terms")
TERMS_ALREADY_ACCEPTED = conflict("terms_already_accepted", "terms")
TERMS_NOT_ACCEPTED = conflict("terms_not_accepted", "terms")
TERMS_ACCEPTED = Told("terms_accepted", "terms", publishes=("version", "sha256"))


class AcceptTerms(RequestModel):
    """Which version is accepted."""

    accepted: Agreed
    terms_version: Line


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses accepting the terms, if any."""
    if subscription.status in TRIALS:
        return IS_TRIAL
    return None if subscription.status == "awaiting_terms" else TERMS_ALREADY_ACCEPTED


def accepted(
    subscription: Subscription, terms_version: str, language: Language, now: datetime
) -> tuple[Subscription, Event]:
    """The subscription with its terms accepted by its administrator, who read them in that language, and the event.

    Raises Refused `terms_already_accepted`, `is_trial`, or `terms_changed` for another version than the one in force.
    """
    refuse(why_not(subscription.on(clock.day(now))))
    if terms_version != CURRENT:
        raise Refused(TERMS_CHANGED, terms_version=CURRENT)
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
        TERMS_ACCEPTED.event(now, subscription.administrator, data),
    )


def reads(ask: Ask[AcceptTerms], email: str) -> Reads[Administered]:
    """The subscription."""
    return administered(ask.path["subscription_id"], email)


def decide(state: Administered, ask: SignedIn[AcceptTerms]) -> Change[ShownSubscription]:
    """Accept the terms, in the language of the page. Raises Refused as `accepted` does."""
    changed, event = accepted(state.subscription, ask.body.terms_version, ask.language, ask.now)
    return Change(shown(changed, "administrator", ask), (changed.put(),), ((partition(changed.id), event),))


ACCEPT = Job(
    name="accept-terms",
    method="POST",
    path="/api/subscriptions/{subscription_id}/terms",
    body=AcceptTerms,
    answer=ShownSubscription,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, TERMS_CHANGED, TERMS_ALREADY_ACCEPTED, IS_TRIAL),
    tells=(TERMS_ACCEPTED,),
    why_not=why_not,
    done=TERMS_ALREADY_ACCEPTED,
    form=Form("terms.accept", about="subscription"),
)
