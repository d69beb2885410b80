"""The customers' function: its list of jobs."""

from functions.onboarding import (
    account,
    confirmation,
    documents,
    feedback,
    password,
    registration,
    reviews,
    sessions,
    set_up_second_factor,
    sign_in,
)
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import enter
from functions.shared.job import AnyJob

JOBS: tuple[AnyJob, ...] = (
    registration.REGISTER,
    registration.CONFIRM,
    sign_in.SIGN_IN,
    sign_in.SHOW,
    sign_in.SIGN_OUT,
    set_up_second_factor.SET_UP,
    confirmation.CONFIRM,
    sessions.LIST,
    sessions.END,
    password.FORGET,
    password.RESET,
    documents.SHOW,
    documents.SEND,
    reviews.LIST,
    reviews.SHOW,
    reviews.DECIDE,
    feedback.GIVE,
    feedback.LIST,
    feedback.VOTES_OF_PAGES,
)

# What no job of these tells.
TELLS = account.TELLS


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud, TELLS)


handler = enter(create, "store", "cognito")
