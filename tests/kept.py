"""What the table holds, for tests that write a subscription of their own or look behind the answers."""

import os
from datetime import date
from functools import cache
from typing import Any

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.items import Item, Key, Put
from functions.shared.settings import Settings
from functions.shared.store import Store
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import (
    Member,
    Subscription,
    begun,
    enlisted,
    partition,
    state_key,
)
from infra.local.aws import ACCOUNT, REGION, Aws


def cloud() -> Cloud:
    """The local cloud that runs in this process, as a function sees it."""
    return _cloud(Settings.from_environment(os.environ))


@cache
def _cloud(settings: Settings) -> Cloud:
    # Its clients take 90 ms to make.
    return Cloud(settings)


def store() -> Store:
    """Its table."""
    return cloud().store


def write_subscription(administrator: str, end: date, *others: str, **fields: Any) -> Subscription:
    """An active subscription with that last day, and with the deadlines that it would have."""
    usual: dict[str, Any] = {
        "id": "one-of-my-own",
        "contract_number": "G-2026-900001",
        "product": "PROFIS Measuring",
        "edition": "Premium",
        "licence": "individual",
        "seats": 5,
        "users": 1 + len(others),
        "status": "active",
        "administrator": administrator,
        "start": date(2026, 1, 1),
        "end": end,
        "version": 1,
    }
    subscription = Subscription(**usual | fields)
    added_at = "2026-01-01T09:00:00.000000Z"
    writes = [*begun(subscription, added_at), *deadlines(subscription, _today())]
    for email in others:
        writes += enlisted(subscription, Member(email, "user", "active", added_at))
    for write in writes:
        store().put(Put(write.key, write.attributes))
    return subscription


def item(key: Key) -> Item:
    """What is kept there, which must be something."""
    found = store().item(key)
    assert found is not None
    return found


def read_subscription(subscription_id: str) -> Subscription:
    """As it is kept."""
    return Subscription.stored(item(state_key(subscription_id)))


def users(subscription_id: str) -> dict[str, str]:
    """The role of each user, as the subscription lists them."""
    found = store().query(partition(subscription_id), first="USER#", last="USER#~")
    return {key.sk.removeprefix("USER#"): item["role"] for key, item in found}


def events(subscription_id: str) -> list[Item]:
    """What happened to it, the oldest first."""
    return [item for _, item in store().query(partition(subscription_id), first="EVENT#", last="EVENT#~")]


def _today() -> date:
    return clock.day(clock.now())


def stored() -> list[Any]:
    """Every item of the table as DynamoDB would tell it, for nobody to change: read out of moto, which scans slowly."""
    from moto.dynamodb.models import dynamodb_backends

    # Functions that work on what was written before may write meanwhile.
    with _engine[0].lock:
        table = dynamodb_backends[ACCOUNT][REGION].tables[os.environ["TABLE"]]
        items = [item for of_pk in table.items.values() for item in of_pk.values()]
    # A write puts another item in the place of the one before (infra/local/aws.py): what is as it was is told once.
    told = {id(item): _told.get(id(item)) or (item, item.to_json()["Attributes"]) for item in items}
    _told.clear()
    _told.update(told)
    return [content for _, content in told.values()]


def look_into(engine: Aws) -> None:
    """Tell from now on what this one holds."""
    _engine[:] = [engine]


_engine: list[Aws] = []
_told: dict[int, tuple[object, Any]] = {}


def everything() -> str:
    """Every item of the table, as text to look for something in."""
    return "\n".join(map(repr, stored()))
