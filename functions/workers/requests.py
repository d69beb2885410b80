"""Requests to cancel without an account: a link is made for those that name a contract and its administrator."""

from functions.shared import links
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.shared.session import person
from functions.subscriptions.cancellation import LINK_LIFE, LINK_PURPOSE, same_contract
from functions.subscriptions.subscription import Subscription, facts, link_subject, partition, state_key


def answer_request(cloud: Cloud, event: Event) -> None:
    """Make the link, and the event that it is mailed from; a repeat finds it made."""
    subscription = _wanted(cloud, event.by, event.data["contract_number"])
    if subscription is None:
        return
    seed = event.data["link"]
    token = links.token(seed, cloud.key)
    if links.key(token) in cloud.store.get([links.key(token)]):
        return
    link = links.Link(LINK_PURPOSE, link_subject(subscription), event.at + LINK_LIFE)
    data = {**facts(subscription), "language": event.data["language"], "link": seed}
    made = Event("cancellation_link_made", event.at, event.by, data)
    cloud.store.commit([links.made(token, link), made.put(partition(subscription.id), cause=seed)])


def _wanted(cloud: Cloud, email: str, contract_number: str) -> Subscription | None:
    memberships = cloud.store.query(person(email), first="SUBSCRIPTION#", last="SUBSCRIPTION#~")
    states = cloud.store.get(
        state_key(key.sk.removeprefix("SUBSCRIPTION#"))
        for key, membership in memberships
        if membership["role"] == "administrator"
    )
    for subscription in map(Subscription.stored, states.values()):
        if same_contract(subscription.contract_number) == contract_number:
            return subscription
    return None
