"""Orders: opens the subscriptions of a long order that the request which placed it may not have come to."""

from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.subscriptions.place_order import open_rest


def complete_order(cloud: Cloud, event: Event) -> None:
    """Open what is not open yet; a repeat finds nothing to do."""
    open_rest(cloud, event.by, event.data["order"])
