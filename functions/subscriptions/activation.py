"""The activation: the contract is drawn up, to be read and signed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.job import Answer, Job
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items
from functions.subscriptions import administration, fetch_contract
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.agreement import Agreement, agreement_key, drawn_up
from functions.subscriptions.fetch_contract import ShownContract
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.subscription import Subscription, partition


class Activated(ShownSubscription):
    """The subscription, with its contract to read."""

    contract: ShownContract


def check(subscription: Subscription, now: datetime) -> None:
    """Raises Refused `terms_not_accepted`, `already_activated`, `is_trial` when it cannot be activated."""
    subscriptions.refuse_unless(subscriptions.why_not_activate, subscription, clock.day(now))


def decide_activate(
    subscription: Subscription, reader: Reader, agreement: Agreement, file: dict[str, Any], now: datetime
) -> Change:
    """It awaits the signature of the agreement, whose `file` is shown. Raises Refused as `check` does."""
    check(subscription, now)
    activated = replace(subscription, status="awaiting_signature")
    data = {
        "product": subscription.product,
        "subscription": subscription.id,
        "contract_number": subscription.contract_number,
        "sha256": agreement.read_sha256,
    }
    return Change(
        Answer(200, {**subscriptions.shown(activated, "administrator", clock.day(now)), "contract": file}),
        (activated.put(), agreement.put_new()),
        ((partition(subscription.id), Event("subscription_activated", now, reader.email, data)),),
    )


def activate(desk: Desk, request: Request) -> Answer:
    """Activate the subscription."""
    subscription_id, cloud = request.values["subscription_id"], desk.cloud

    def decide(subscription: Subscription, _: Items, reader: Reader, now: datetime) -> Change:
        check(subscription, now)
        facts = drawn_up(subscription, reader.company, cloud.settings.supplier)
        agreement = Agreement(subscription_id, facts, fetch_contract.draw_up(cloud, facts))
        return decide_activate(subscription, reader, agreement, fetch_contract.shown(cloud, agreement), now)

    return administration.change(desk, request, decide, agreement_key(subscription_id))


ACTIVATE = Job(
    name="activate",
    method="POST",
    path="/api/subscriptions/{subscription_id}/activation",
    run=activate,
    answer=Activated,
    codes=("not_found", "forbidden", "terms_not_accepted", "already_activated", "is_trial"),
)
