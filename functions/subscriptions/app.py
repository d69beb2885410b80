"""The portal's function: its list of jobs."""

from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import on_first_call
from functions.subscriptions import (
    access,
    activation,
    cancellation,
    catalogue,
    confirmation,
    edition,
    fetch_contract,
    health,
    invitation,
    order,
    portal,
    signature,
    terms,
    transfer,
    trial,
    users,
)

JOBS = (
    health.CHECK,
    portal.LIST,
    portal.SHOW,
    portal.HISTORY,
    users.LIST,
    users.ADD,
    users.REMOVE,
    terms.ACCEPT,
    invitation.OPEN,
    invitation.ACCEPT,
    invitation.RENEW,
    activation.ACTIVATE,
    fetch_contract.FETCH,
    fetch_contract.READ,
    signature.SEND_CODE,
    signature.SIGN,
    transfer.TRANSFER,
    cancellation.CANCEL,
    cancellation.UNDO,
    cancellation.ASK_FOR_LINK,
    cancellation.OPEN_LINK,
    cancellation.CANCEL_BY_LINK,
    access.CHECK,
    catalogue.SHOW,
    trial.START,
    edition.CHOOSE,
    order.PREVIEW,
    order.PLACE,
    order.LIST,
    order.SHOW,
    confirmation.FETCH,
)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
