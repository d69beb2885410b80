"""The customers' function: its list of jobs."""

from functions.onboarding import (
    account,
    change_account,
    confirmation,
    documents,
    feedback,
    messages,
    password,
    registration,
    reviews,
    sessions,
    set_up_second_factor,
    sign_in,
    staff,
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
    change_account.CHANGE,
    sessions.LIST,
    sessions.END,
    password.FORGET,
    password.RESET,
    documents.SHOW,
    documents.SEND,
    messages.LIST,
    messages.WRITE,
    reviews.LIST,
    reviews.WAITING_TIMES,
    reviews.SHOW,
    reviews.DECIDE,
    messages.LIST_OF_ACCOUNT,
    messages.ANSWER,
    feedback.GIVE,
)

# What no job of these tells.
TELLS = (*account.TELLS, staff.MORNING)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud, TELLS)


handler = enter(create, "store", "cognito")
