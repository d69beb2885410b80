"""Invite again: the e-mail that tells a user without an account of the software, once more."""

from functions.shared import clock, limits
from functions.shared.desk import Decision
from functions.shared.events import Told
from functions.shared.fields import Nothing
from functions.shared.items import Reads, next_version
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, Refused, conflict
from functions.shared.session import account_key
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.remove_user import NOBODY, addressed
from functions.subscriptions.shown_subscription import User, shown_user
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    administered,
    partition,
    refuse,
    user_key,
)
from functions.subscriptions.users import NO_SUCH_USER, PATH

ALREADY_ACTIVE = conflict("already_active", "users")
INVITED_AGAIN = Told("invited_again", "users", mails=USER_ADDED.mails)
AGAIN = Limit("invitations sent again", "a subscription and the one who is invited", 3, DAY, by_day=True)


def reads(ask: Ask[Nothing], email: str) -> Reads[Administered]:
    """The subscription, the user in it, and whether they have an account."""
    name, user = ask.path["subscription_id"], addressed(ask)
    return administered(name, email, user_key(name, user), account_key(user))


def decide(state: Administered, ask: SignedIn[Nothing]) -> Change[User]:
    """Send an invitation again.

    What became of the one before is forgotten. Raises Refused `not_found`, `already_active`, `not_active`.
    """
    subscription, email = state.subscription, addressed(ask)
    key = user_key(subscription.id, email)
    user = state.items.get(key)
    if user is None:
        raise Refused(NOT_FOUND, said=NO_SUCH_USER, email=ask.path["email"] if email == NOBODY else email)
    if account_key(email) in state.items:
        raise Refused(ALREADY_ACTIVE, email=email)
    refuse(None if subscription.on(ask.today).status in OPEN_TO_USERS else NOT_ACTIVE)
    where = partition(subscription.id)
    about = {"email": email, "language": ask.reader.language}
    told = INVITED_AGAIN.event(ask.now, ask.reader.email, subscription.facts() | about)
    invitation = told.id(where, ask.request.idempotency_key)
    invited = {**user, "invitation": invitation, "invited_at": clock.rfc3339(ask.now), "mail": None}
    return Change(
        shown_user(email, invited),
        (
            next_version(key, invited),
            limits.spent(AGAIN, f"{subscription.id} {email}", ask.now, ask.keys),
        ),
        ((where, told),),
    )


INVITE = Job(
    name="invite-again",
    method="POST",
    path=f"{PATH}/{{email}}/invitation",
    body=Nothing,
    answer=User,
    status=202,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, ALREADY_ACTIVE, NOT_ACTIVE, USED_UP),
    limits=(AGAIN,),
    tells=(INVITED_AGAIN,),
)
