"""The customers' function: its list of jobs."""

from functions.onboarding import session
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import on_first_call

JOBS = (session.SIGN_IN, session.SHOW, session.SIGN_OUT)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
