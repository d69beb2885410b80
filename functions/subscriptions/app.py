"""The portal's function: its list of jobs."""

from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import on_first_call
from functions.subscriptions import access, health, portal, users

JOBS = (
    health.CHECK,
    portal.LIST,
    portal.SHOW,
    portal.HISTORY,
    users.LIST,
    users.ADD,
    users.REMOVE,
    access.CHECK,
)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
