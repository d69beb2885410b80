"""The activation: the contract is drawn up, to be read and signed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from functions.shared.cloud import Cloud
from functions.shared.desk import Gathered
from functions.shared.events import Told
from functions.shared.fields import Nothing
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, conflict
from functions.subscriptions import fetch_contract
from functions.subscriptions.agreement import Agreement, agreement_key, drawn_up
from functions.subscriptions.consumers import consumers
from functions.subscriptions.fetch_contract import ShownContract
from functions.subscriptions.shown_subscription import ShownSubscription, shown_as
from functions.subscriptions.subscription import (
    IS_TRIAL,
    TRIALS,
    Administered,
    Subscription,
    administered,
    partition,
    refuse,
)
from functions.subscriptions.terms import TERMS_NOT_ACCEPTED

ALREADY_ACTIVATED = conflict("already_activated", "activation")
SUBSCRIPTION_ACTIVATED = Told("subscription_activated", "activation", publishes=("sha256",))


class Activated(ShownSubscription):
    """The subscription, with its contract to read."""

    contract: ShownContract


class ToDrawUp(NamedTuple):
    """Which subscription's contract is to be set, and what it says."""

    subscription_id: str
    facts: Mapping[str, Any]


class DrawnUp(NamedTuple):
    """An agreement whose file is set and stored, and that file as it is shown."""

    agreement: Agreement
    file: ShownContract


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses the activation, if any."""
    if subscription.status in TRIALS:
        return IS_TRIAL
    if subscription.status == "awaiting_terms":
        return TERMS_NOT_ACCEPTED
    return None if subscription.status == "awaiting_activation" else ALREADY_ACTIVATED


def reads(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, and that it has no agreement yet."""
    name = ask.path["subscription_id"]
    return administered(name, email, agreement_key(name))


def needs(state: Administered, ask: SignedIn[Nothing]) -> ToDrawUp:
    """What its contract says. Raises Refused `terms_not_accepted`, `already_activated`, `is_trial`."""
    refuse(why_not(state.subscription.on(ask.today)))
    is_consumer = ask.reader.profile in consumers().profiles
    facts = drawn_up(state.subscription, ask.reader.company, ask.settings.supplier, is_consumer=is_consumer)
    return ToDrawUp(state.subscription.id, facts)


def draw_up(cloud: Cloud, wanted: ToDrawUp) -> DrawnUp:
    """Have the contract set and stored."""
    sha256 = fetch_contract.draw_up(cloud, wanted.facts)
    agreement = Agreement(wanted.subscription_id, wanted.facts, sha256)
    return DrawnUp(agreement, fetch_contract.shown(cloud, agreement))


def decide(state: Administered, ask: SignedIn[Nothing], contract: DrawnUp) -> Change[Activated]:
    """Activate the subscription: it awaits the signature of its agreement."""
    activated = replace(state.subscription, status="awaiting_signature")
    data = {
        "product": activated.product,
        "subscription": activated.id,
        "contract_number": activated.contract_number,
        "sha256": contract.agreement.read_sha256,
    }
    told = SUBSCRIPTION_ACTIVATED.event(ask.now, ask.reader.email, data)
    return Change(
        shown_as(Activated, activated, "administrator", ask, contract=contract.file),
        (activated.put(), contract.agreement.put_new()),
        ((partition(activated.id), told),),
    )


ACTIVATE = Job(
    name="activate",
    method="POST",
    path="/api/subscriptions/{subscription_id}/activation",
    body=Nothing,
    answer=Activated,
    does=Gathered(reads, needs, draw_up, decide),
    refuses=(NOT_FOUND, FORBIDDEN, TERMS_NOT_ACCEPTED, ALREADY_ACTIVATED, IS_TRIAL),
    tells=(SUBSCRIPTION_ACTIVATED,),
    why_not=why_not,
    done=ALREADY_ACTIVATED,
)
