"""The portal's function: its list of jobs."""

from functions.onboarding.settling import settle
from functions.shared.api import Api
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.job import AnyJob
from functions.shared.plain_forms import PlainForms
from functions.subscriptions import (
    activation,
    add_user,
    add_users,
    agreement,
    amendment,
    belonging,
    cancellation,
    change_seats,
    check_access,
    check_health,
    choose_edition,
    colleagues,
    decide_takeover,
    fetch_confirmation,
    fetch_contract,
    free_seat,
    imported,
    invitation,
    invite_again,
    invoice,
    invoices,
    object_to_takeover,
    orders,
    place_order,
    plain_cancellation,
    portal,
    preview_order,
    remove_user,
    renew_lease,
    renewal,
    return_of_role,
    show_catalogue,
    signature,
    start_trial,
    take_lease,
    take_over,
    takeovers,
    terms,
    transfer,
    trial,
    users,
    withdraw,
)
from functions.support import look_up, send_again

JOBS: tuple[AnyJob, ...] = (
    check_health.CHECK,
    portal.LIST,
    portal.SHOW,
    portal.HISTORY,
    terms.ACCEPT,
    invitation.OPEN,
    invitation.ACCEPT,
    invitation.RENEW,
    activation.ACTIVATE,
    signature.SEND_CODE,
    signature.SIGN,
    users.LIST,
    users.EXPORT,
    add_user.ADD,
    add_users.PREVIEW,
    add_users.ADD,
    invite_again.INVITE,
    remove_user.REMOVE,
    colleagues.SHOW,
    colleagues.REMOVE,
    change_seats.PREVIEW,
    change_seats.CHANGE,
    transfer.TRANSFER,
    take_over.TAKE_OVER,
    object_to_takeover.OPEN_LINK,
    object_to_takeover.OBJECT,
    object_to_takeover.GET_LINK,
    decide_takeover.LIST,
    decide_takeover.DECIDE,
    cancellation.CANCEL,
    cancellation.UNDO,
    cancellation.ASK_FOR_LINK,
    cancellation.OPEN_LINK,
    cancellation.CANCEL_BY_LINK,
    withdraw.WITHDRAW,
    fetch_contract.FETCH,
    fetch_contract.READ,
    check_access.CHECK,
    take_lease.TAKE,
    renew_lease.RENEW,
    renew_lease.RELEASE,
    free_seat.LIST,
    free_seat.FREE,
    show_catalogue.SHOW,
    start_trial.START,
    choose_edition.CHOOSE,
    preview_order.PREVIEW,
    place_order.PLACE,
    orders.LIST,
    orders.SHOW,
    fetch_confirmation.FETCH,
    look_up.LOOK_UP,
    send_again.SEND,
    invoices.LIST,
    invoices.ARCHIVE,
    invoices.FETCH,
)

# What no job of these tells.
TELLS = (
    *agreement.TELLS,
    *amendment.TELLS,
    *belonging.TELLS,
    *cancellation.TELLS,
    *imported.TELLS,
    *invoice.TELLS,
    *renewal.TELLS,
    *return_of_role.TELLS,
    *takeovers.TELLS,
    *trial.TELLS,
)


def create(cloud: Cloud) -> Handler:
    """The function on a cloud of its own."""
    return PlainForms(Api(JOBS, cloud, TELLS, settle=settle), plain_cancellation.FORMS)


handler = enter(create, "store")
