"""Remove a user: out with the answer, and told so by e-mail."""

from typing import Annotated

from pydantic import Field

from functions.shared.desk import Decision
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import EmailAddress, Nothing, RequestModel, normal_email
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.subscriptions.subscription import Administered, Subscription, administered, left, partition, user_key
from functions.subscriptions.takeovers import ended_by_leaving
from functions.subscriptions.users import NO_SUCH_USER, PATH

NOBODY = "-"
IS_ADMINISTRATOR = conflict("is_administrator", "users")
NO_OTHER_USER = conflict("no_other_user", "users")
USER_REMOVED = Told("user_removed", "users", mails=(Mail("users.mails.removed", holds=Holds(recipient=("stranger",))),))


class RemoveUser(RequestModel):
    """Whom to remove."""

    email: Annotated[EmailAddress, Field(json_schema_extra={"choices": "users"})]


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses removing a user, if any."""
    return None if subscription.users > 1 else NO_OTHER_USER


def reads(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, and the user in it."""
    return reading(ask.path["subscription_id"], email, addressed(ask))


def reading(subscription_id: str, reader: str, user: str) -> Reads[Administered]:
    """The same of any subscription."""
    return administered(subscription_id, reader, user_key(subscription_id, user))


def decide(state: Administered, ask: SignedIn[Nothing]) -> Change[None]:
    """Remove a user.

    They are out with this very change. Raises Refused `not_found`, `is_administrator`.
    """
    return removed(state, addressed(ask), ask)


def removed(state: Administered, email: str, ask: SignedIn[Nothing]) -> Change[None]:
    """The same of any subscription."""
    subscription = state.subscription
    user = state.items.get(user_key(subscription.id, email))
    if user is None:
        raise Refused(NOT_FOUND, said=NO_SUCH_USER, email=ask.path["email"] if email == NOBODY else email)
    if user["role"] == "administrator":
        raise Refused(IS_ADMINISTRATOR)
    told = USER_REMOVED.event(
        ask.now, ask.reader.email, subscription.facts() | {"email": email, "language": ask.reader.language}
    )
    closed = ended_by_leaving(subscription, email, ask.reader.email, ask.now)
    return Change(None, left(subscription, email, ask.now), ((partition(subscription.id), told), *closed))


def addressed(ask: Ask[Nothing]) -> str:
    """The address in the path as it is kept; one that cannot be an address is nobody's."""
    try:
        return normal_email(ask.path["email"])
    except ValueError:
        return NOBODY


REMOVE = Job(
    name="remove-user",
    method="DELETE",
    path=PATH + "/{email}",
    body=Nothing,
    answer=NOTHING,
    status=204,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, IS_ADMINISTRATOR, NO_OTHER_USER),
    tells=(USER_REMOVED,),
    why_not=why_not,
    form=Form("users.remove", about="subscription", check=True, asks=RemoveUser),
)
