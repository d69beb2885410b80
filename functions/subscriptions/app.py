"""The portal's function: its list of jobs."""

from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import on_first_call
from functions.subscriptions import access, cancellation, health, portal, transfer, users

JOBS = (
    health.CHECK,
    portal.LIST,
    portal.SHOW,
    portal.HISTORY,
    users.LIST,
    users.ADD,
    users.REMOVE,
    transfer.TRANSFER,
    cancellation.CANCEL,
    cancellation.UNDO,
    cancellation.ASK_FOR_LINK,
    cancellation.OPEN_LINK,
    cancellation.CANCEL_BY_LINK,
    access.CHECK,
)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
