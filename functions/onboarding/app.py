"""The customers' function: its list of jobs."""

from functions.onboarding import documents, feedback, password, registration, reviews, session
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import on_first_call

JOBS = (
    registration.REGISTER,
    registration.CONFIRM,
    session.SIGN_IN,
    session.SHOW,
    session.SIGN_OUT,
    password.FORGET,
    password.RESET,
    documents.SHOW,
    documents.SEND,
    reviews.LIST,
    reviews.SHOW,
    reviews.DECIDE,
    feedback.GIVE,
)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
