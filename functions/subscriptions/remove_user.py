"""Remove a user: out with the answer, and told so by e-mail."""

from functions.shared.desk import Decision
from functions.shared.events import Mail, Told
from functions.shared.fields import EmailAddress, Nothing, RequestModel, normal_email
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.subscriptions.subscription import Administered, Subscription, administered, left, partition, user_key
from functions.subscriptions.users import PATH

IS_ADMINISTRATOR = conflict("is_administrator", "users")
NO_OTHER_USER = conflict("no_other_user", "users")
USER_REMOVED = Told("user_removed", "users", mails=(Mail("users.mails.removed"),))


class RemoveUser(RequestModel):
    """Whom to remove."""

    email: EmailAddress


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses removing a user, if any."""
    return None if subscription.users > 1 else NO_OTHER_USER


def reads(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, and the user in it."""
    name = ask.path["subscription_id"]
    return administered(name, email, user_key(name, _addressed(ask)))


def decide(state: Administered, ask: SignedIn[Nothing]) -> Change[None]:
    """Remove a user.

    They are out with this very change. Raises Refused `not_found`, `is_administrator`.
    """
    subscription, email = state.subscription, _addressed(ask)
    user = state.items.get(user_key(subscription.id, email))
    if user is None:
        raise Refused(NOT_FOUND)
    if user["role"] == "administrator":
        raise Refused(IS_ADMINISTRATOR)
    told = USER_REMOVED.event(
        ask.now, ask.reader.email, subscription.facts() | {"email": email, "language": ask.reader.language}
    )
    return Change(None, left(subscription, email, ask.now), ((partition(subscription.id), told),))


def _addressed(ask: Ask[Nothing]) -> str:
    """The address in the path as it is kept; one that cannot be an address is nobody's."""
    try:
        return normal_email(ask.path["email"])
    except ValueError:
        return "-"


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
