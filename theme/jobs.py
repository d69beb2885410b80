"""Every form that a guide can embed: the one list to add a job's form to."""

from functions.onboarding import password, registration, sign_in
from functions.shared.form import Form
from functions.subscriptions import cancellation, edition, transfer, trial, users

SIGN_IN = sign_in.SIGN_IN_FORM

FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        SIGN_IN,
        registration.REGISTER_FORM,
        registration.CONFIRM_FORM,
        password.FORGET_FORM,
        password.RESET_FORM,
        users.ADD_FORM,
        users.REMOVE_FORM,
        transfer.TRANSFER_FORM,
        cancellation.CANCEL_FORM,
        cancellation.UNDO_FORM,
        cancellation.ASK_FOR_LINK_FORM,
        cancellation.CANCEL_BY_LINK_FORM,
        trial.START_FORM,
        edition.CHOOSE_FORM,
    )
}
