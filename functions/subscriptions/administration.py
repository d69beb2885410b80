"""What only a subscription's administrator can ask for: read or change the subscription that the request names."""

from collections.abc import Callable
from datetime import datetime

from functions.shared.desk import Change, Desk, in_language_of
from functions.shared.job import Answer
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items, Key
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.subscription import Subscription

type Decide = Callable[[Subscription, Items, Reader, datetime], Change]


def change(desk: Desk, request: Request, decide: Decide, *more: Key) -> Answer:
    """Decide for the administrator, with the items at `more` keys, and commit.

    Raises Refused `not_found`, `forbidden`, or what Desk.change and the rule say.
    """
    subscription_id = request.values["subscription_id"]

    def for_administrator(items: Items, reader: Reader, now: datetime) -> Change:
        return decide(subscriptions.administered(items, subscription_id, reader.email), items, reader, now)

    return desk.change(request, lambda email: [*subscriptions.keys(subscription_id, email), *more], for_administrator)


def read(desk: Desk, request: Request, *more: Key) -> tuple[Reader, Items]:
    """The administrator, and the items at `more` keys. Raises Refused `not_found`, `forbidden`."""
    subscription_id = request.values["subscription_id"]
    reader, items = desk.read(request, lambda email: [*subscriptions.keys(subscription_id, email), *more])
    with in_language_of(reader):
        subscriptions.administered(items, subscription_id, reader.email)
    return reader, items
