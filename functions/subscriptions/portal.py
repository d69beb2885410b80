"""The portal: which subscriptions the reader has, one of them whole, and what happened to it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from functions.shared import clock
from functions.shared.desk import Desk, in_language_of
from functions.shared.events import PREFIX, occurred
from functions.shared.job import Answer, Job
from functions.shared.lists import Page, listed
from functions.shared.request import Request
from functions.shared.store import Item, Key
from functions.shared.texts import Texts
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.subscription import Role, Status, Subscription, partition, state_key
from functions.subscriptions.users import Users, page_of_users


class Action(BaseModel):
    """What the reader can do now, or the code that says why not."""

    action: str
    allowed: bool
    reason: str | None


class ShownSubscription(BaseModel):
    """A subscription as one reader sees it."""

    id: str
    contract_number: str
    product: str
    edition: str
    licence: Literal["individual", "floating"]
    seats: int
    seats_used: int
    status: Status
    administrator: str
    start: str
    end: str
    terms_version: str
    role: Role
    actions: list[Action]
    users: Users | None = None
    days_left: int | None = None


class ShownSubscriptions(BaseModel):
    """A page of subscriptions."""

    items: list[ShownSubscription]
    next: str | None


class Happening(BaseModel):
    """Something that happened, worded for the reader."""

    at: str
    by: str
    event: str
    text: str


class History(BaseModel):
    """A page of what happened, newest first."""

    items: list[Happening]
    next: str | None


def list_subscriptions(desk: Desk, request: Request) -> Answer:
    """A page of those that the reader administers or uses."""
    page: Page = request.page
    _, memberships = desk.read_person(request)
    had = [(key.sk.removeprefix("SUBSCRIPTION#"), item["role"]) for key, item in memberships]
    rest = [(name, role) for name, role in had if page.cursor is None or name > page.cursor]
    shown = rest[: page.limit]
    states = desk.cloud.store.get(state_key(name) for name, _ in shown) if shown else {}
    today = clock.day(clock.now())
    items = [
        subscriptions.shown(Subscription.stored(states[state_key(name)]), role, today)
        for name, role in shown
        if state_key(name) in states
    ]
    return Answer(200, {"items": items, "next": page.after(shown[-1][0]) if len(rest) > page.limit else None})


def show_subscription(desk: Desk, request: Request) -> Answer:
    """One subscription; its administrator sees the first page of its users too."""
    subscription_id = request.values["subscription_id"]
    reader, items = desk.read(request, lambda email: subscriptions.keys(subscription_id, email))
    with in_language_of(reader):
        subscription, role = subscriptions.found(items, subscription_id, reader.email)
    body = subscriptions.shown(subscription, role, clock.day(clock.now()))
    if role == "administrator":
        body["users"] = page_of_users(desk.cloud.store, subscription_id, Page())
    return Answer(200, body)


def show_history(desk: Desk, request: Request) -> Answer:
    """Who did what and when, newest first, for the administrator."""
    subscription_id = request.values["subscription_id"]
    reader, _ = administration.read(desk, request)
    texts = Texts(reader.language)

    def worded(_: Key, item: Item) -> Mapping[str, Any]:
        event = occurred(item)
        text = texts(f"history.{event.type}", **event.facts)
        return {"at": item["at"], "by": event.by, "event": event.type, "text": text}

    return Answer(
        200, listed(desk.cloud.store, partition(subscription_id), PREFIX, request.page, worded, backward=True)
    )


_ONE = "/api/subscriptions/{subscription_id}"

LIST = Job(
    name="list-subscriptions",
    method="GET",
    path="/api/subscriptions",
    run=list_subscriptions,
    query=Page,
    answer=ShownSubscriptions,
)
SHOW = Job(
    name="show-subscription",
    method="GET",
    path=_ONE,
    run=show_subscription,
    answer=ShownSubscription,
    codes=("not_found",),
)
HISTORY = Job(
    name="show-history",
    method="GET",
    path=f"{_ONE}/history",
    run=show_history,
    query=Page,
    answer=History,
    codes=("not_found", "forbidden"),
)
