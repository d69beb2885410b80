"""Users of a subscription: list them, add one, remove one."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import EmailAddress, RequestModel, normal_email
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.lists import Page, listed
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader, account_key
from functions.shared.store import Delete, Item, Items, Key, Store, new
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.subscription import Subscription, membership_key, partition, user_key


class AddUser(RequestModel):
    """Whom to add."""

    email: EmailAddress


class RemoveUser(RequestModel):
    """Whom to remove."""

    email: EmailAddress


class User(BaseModel):
    """One who may use the software; `invited` until they have an account."""

    email: str
    status: Literal["active", "invited"]
    added_at: str


class Users(BaseModel):
    """A page of users."""

    items: list[User]
    next: str | None


def decide_add(
    subscription: Subscription, reader: Reader, email: str, *, is_user: bool, has_account: bool, now: datetime
) -> Change:
    """One more user, who takes a seat. Raises Refused `already_a_user`, `not_active`, `no_seat_left`."""
    if is_user:
        raise Refused("already_a_user", email=email)
    subscriptions.refuse_unless(subscriptions.why_not_add_user, subscription, clock.day(now))
    user = {"status": "active" if has_account else "invited", "added_at": clock.rfc3339(now)}
    data = {
        "email": email,
        "product": subscription.product,
        "subscription": subscription.id,
        "language": reader.language,
    }
    return Change(
        Answer(201, {"email": email, **user}),
        (
            replace(subscription, users=subscription.users + 1).put(),
            new(user_key(subscription.id, email), {"role": "user", **user}),
            new(membership_key(subscription.id, email), {"role": "user", "product": subscription.product}),
        ),
        ((partition(subscription.id), Event("user_added", now, reader.email, data)),),
    )


def decide_remove(subscription: Subscription, reader: Reader, email: str, user: Item | None, now: datetime) -> Change:
    """One user less, out with this very change. Raises Refused `not_found`, `is_administrator`."""
    if user is None:
        raise Refused("not_found")
    if user["role"] == "administrator":
        raise Refused("is_administrator")
    data = {
        "email": email,
        "product": subscription.product,
        "subscription": subscription.id,
        "language": reader.language,
    }
    return Change(
        Answer(204),
        (
            replace(subscription, users=subscription.users - 1).put(),
            Delete(user_key(subscription.id, email)),
            Delete(membership_key(subscription.id, email)),
        ),
        ((partition(subscription.id), Event("user_removed", now, reader.email, data)),),
    )


def add_user(desk: Desk, request: Request) -> Answer:
    """Add a user."""
    email = request.body.email
    user, account = user_key(request.values["subscription_id"], email), account_key(email)

    def decide(subscription: Subscription, items: Items, reader: Reader, now: datetime) -> Change:
        return decide_add(subscription, reader, email, is_user=user in items, has_account=account in items, now=now)

    return administration.change(desk, request, decide, user, account)


def remove_user(desk: Desk, request: Request) -> Answer:
    """Remove a user."""
    email = _addressed(request)
    user = user_key(request.values["subscription_id"], email)

    def decide(subscription: Subscription, items: Items, reader: Reader, now: datetime) -> Change:
        return decide_remove(subscription, reader, email, items.get(user), now)

    return administration.change(desk, request, decide, user)


def list_users(desk: Desk, request: Request) -> Answer:
    """A page of the users, for the administrator."""
    administration.read(desk, request)
    return Answer(200, page_of_users(desk.cloud.store, request.values["subscription_id"], request.page))


def page_of_users(store: Store, subscription_id: str, page: Page) -> dict[str, object]:
    """A page of a subscription's users."""
    return listed(store, partition(subscription_id), "USER#", page, _shown)


def _shown(key: Key, user: Item) -> dict[str, str]:
    return {"email": key.sk.removeprefix("USER#"), "status": user["status"], "added_at": user["added_at"]}


def _addressed(request: Request) -> str:
    """The address in the path as it is kept; one that cannot be an address is nobody's."""
    try:
        return normal_email(request.values["email"])
    except ValueError:
        return "-"


_USERS = "/api/subscriptions/{subscription_id}/users"

LIST = Job(
    name="list-users",
    method="GET",
    path=_USERS,
    run=list_users,
    query=Page,
    answer=Users,
    codes=("not_found", "forbidden"),
)
ADD = Job(
    name="add-user",
    method="POST",
    path=_USERS,
    run=add_user,
    body=AddUser,
    answer=User,
    status=201,
    codes=("not_found", "forbidden", "already_a_user", "no_seat_left", "not_active"),
)
REMOVE = Job(
    name="remove-user",
    method="DELETE",
    path=_USERS + "/{email}",
    run=remove_user,
    status=204,
    codes=("not_found", "forbidden", "is_administrator"),
)
ADD_FORM = Form(ADD, "users.add", about="subscription", action="add_user")
REMOVE_FORM = Form(REMOVE, "users.remove", about="subscription", action="remove_user", check=True, asks=RemoveUser)
