"""Orders: opens the subscriptions of a long order that the request which placed it may not have come to."""

from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.subscriptions.order import Order, open_rest, order_key


def complete_order(cloud: Cloud, event: Event) -> None:
    """Open what is not open yet; a repeat finds nothing to do."""
    key = order_key(event.by, event.data["order"])
    open_rest(cloud, Order.stored(key, cloud.store.get([key])[key]))
