"""The customers' function: its list of jobs."""

from functions.onboarding import (
    account,
    change_account,
    change_address,
    close_account,
    confirmation,
    documents,
    export,
    feedback,
    messages,
    password,
    registration,
    reviews,
    sessions,
    set_up_second_factor,
    settling,
    sign_in,
    staff,
)
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import enter
from functions.shared.job import AnyJob
from functions.subscriptions import belonging

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
    change_address.CHANGE,
    change_address.CONFIRM,
    change_address.OPEN,
    change_address.UNDO,
    export.EXPORT,
    close_account.CLOSE,
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
    feedback.LIST,
    feedback.VOTES_OF_PAGES,
)

# What no job of these tells.
TELLS = (*account.TELLS, *staff.TELLS, *belonging.TELLS, *settling.TELLS)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud, TELLS, settle=settling.settle)


handler = enter(create, "store", "cognito")
