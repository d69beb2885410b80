"""Requests to cancel without an account: a link is made for those that name a contract and its administrator."""

from collections.abc import Iterable

from functions.shared import links
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.shared.items import Items, Key, Reads, Write
from functions.shared.session import person
from functions.subscriptions.cancellation import LINK_LIFE, LINK_MADE, LINK_PURPOSE, Wished
from functions.subscriptions.subscription import Subscription, link_subject, partition, same_contract, state_key


def answer_request(cloud: Cloud, event: Event) -> None:
    """Make the link, and the event that it is mailed from; a repeat finds it made."""
    seed, wanted = event.data["link"], event.data["contract_number"]
    token = links.token(seed, cloud.keys)

    def decide(items: Items) -> Iterable[Write]:
        states = (item for key, item in items.items() if key != links.key(token))
        subscription = next((one for one in map(Subscription.stored, states) if _is(one, event.by, wanted)), None)
        if subscription is None or links.key(token) in items:
            return
        said = Wished.stored(event.data).kept()
        link = links.Link(LINK_PURPOSE, link_subject(subscription), event.at + LINK_LIFE, said)
        data = subscription.facts() | {"language": event.data["language"], "link": seed}
        made = LINK_MADE.event(event.at, event.by, data)
        yield links.made(token, link)
        yield from made.written(partition(subscription.id), cause=seed)

    for key in _administered(cloud, event.by):
        cloud.store.decide(Reads((key, links.key(token)), lambda items: items), decide)


def _administered(cloud: Cloud, email: str) -> list[Key]:
    memberships = cloud.store.query(person(email), first="SUBSCRIPTION#", last="SUBSCRIPTION#~")
    return [
        state_key(key.sk.removeprefix("SUBSCRIPTION#"))
        for key, membership in memberships
        if membership["role"] == "administrator"
    ]


def _is(subscription: Subscription, administrator: str, contract_number: str) -> bool:
    known, wanted = same_contract(subscription.contract_number), same_contract(contract_number)
    return subscription.administrator == administrator and known == wanted
