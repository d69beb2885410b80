"""Add a user: one more person who may use the software, and is told so by e-mail."""

from typing import Any

from functions.shared import clock, limits
from functions.shared.desk import Decision
from functions.shared.events import Event, Holds, Mail, Told
from functions.shared.fields import EmailAddress, RequestModel
from functions.shared.form import Form
from functions.shared.items import Count, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, Code, Refused, conflict
from functions.shared.session import account_key
from functions.subscriptions.change_seats import CHANGE
from functions.subscriptions.shown_subscription import User, shown_user
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    Member,
    MemberStatus,
    Subscription,
    administered,
    joined,
    kept,
    partition,
    refuse,
    user_key,
)
from functions.subscriptions.users import PATH

ALREADY_A_USER = conflict("already_a_user", "users")
NO_SEAT_LEFT = conflict("no_seat_left", "users")
_IS_A_USER = Holds(("active", "cancelling"), ("user",))
USER_ADDED = Told(
    "user_added", "users", mails=(Mail("users.mails.added", without_account="users.mails.invited", holds=_IS_A_USER),)
)
# Of e-mails to others: as many when they are removed again, which is never refused.
BY_PERSON = Limit("users added", "an administrator", 1000, DAY)
TO_ONE = Limit("users added", "a subscription and the one who is added", 20, DAY)


class AddUser(RequestModel):
    """Whom to add."""

    email: EmailAddress


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses one more user, if any."""
    if subscription.status not in OPEN_TO_USERS:
        return NOT_ACTIVE
    return None if subscription.has_free_seat else NO_SEAT_LEFT


def reads(ask: Ask[AddUser], email: str) -> Reads[Administered]:
    """The subscription, and whether the person is in it and has an account."""
    name = ask.path["subscription_id"]
    return administered(name, email, user_key(name, ask.body.email), account_key(ask.body.email))


def decide(state: Administered, ask: SignedIn[AddUser]) -> Change[User]:
    """Add a user.

    They take a seat of an individual licence. Raises Refused `already_a_user`, `not_active`, `no_seat_left`.
    """
    subscription, email = state.subscription, ask.body.email
    if user_key(subscription.id, email) in state.items:
        raise Refused(ALREADY_A_USER, email=email)
    refuse(why_not(subscription.on(ask.today)))
    member, told = newcomer(state, email, ask)
    return Change(
        shown_user(email, kept(member)),
        (
            *joined(subscription, member),
            limits.spent(BY_PERSON, ask.reader.email, ask.now, ask.keys),
            paid(ask, subscription.id, email),
        ),
        ((partition(subscription.id), told),),
    )


def newcomer(state: Administered, email: str, ask: SignedIn[Any]) -> tuple[Member, Event]:
    """One user more, and the event that tells them so."""
    where = partition(state.subscription.id)
    about = {"email": email, "language": ask.reader.language}
    told = USER_ADDED.event(ask.now, ask.reader.email, state.subscription.facts() | about)
    status: MemberStatus = "active" if account_key(email) in state.items else "invited"
    invitation = told.id(where, ask.request.idempotency_key)
    return Member(email, "user", status, clock.rfc3339(ask.now), invitation), told


def paid(ask: SignedIn[Any], subscription_id: str, email: str, *, said: str | None = None) -> Count:
    """What an e-mail that says so to who was added takes of what they may get."""
    return limits.spent(TO_ONE, f"{subscription_id} {email}", ask.now, ask.keys, said=said)


ADD = Job(
    name="add-user",
    method="POST",
    path=PATH,
    body=AddUser,
    answer=User,
    status=201,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, ALREADY_A_USER, NO_SEAT_LEFT, NOT_ACTIVE, USED_UP),
    limits=(BY_PERSON, TO_ONE),
    tells=(USER_ADDED,),
    why_not=why_not,
    form=Form("users.add", about="subscription", helped_by=(NO_SEAT_LEFT, CHANGE)),
    leads_to={"email": "/email"},
)
