"""The portal: which subscriptions the reader has, one of them whole, and what happened to it."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from functions.shared.desk import Desk, Look, known_to
from functions.shared.events import PREFIX, occurred
from functions.shared.fields import Nothing
from functions.shared.history import Happening, happening
from functions.shared.items import Item, Key
from functions.shared.job import Ask, Job, SignedIn
from functions.shared.lists import Cursors, Listed, Page, listed, page_of
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Refused
from functions.shared.session import claim
from functions.shared.store import retry_lost_races
from functions.shared.texts import Texts
from functions.subscriptions.memberships import belonging, insist_on_unchanged, names, unchanged_meanwhile
from functions.subscriptions.shown_subscription import ShownSubscription, shown, shown_as
from functions.subscriptions.subscription import Administered, Role, Status, Subscription, partition
from functions.subscriptions.users import page_of_users


class Sought(Page):
    """Which of them: those with that status today, those whose product or contract number has `q` in any part of it."""

    status: Status | None = None
    q: Annotated[str, Field(max_length=200)] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it may leave some out."""
        return bool(self.status or self.q)

    def has(self, subscription: Subscription, today: date) -> bool:
        """Whether a subscription is one of them."""
        if self.status and subscription.on(today).status != self.status:
            return False
        sought = _folded(self.q or "").strip()
        return any(sought in _folded(text) for text in (subscription.product, subscription.contract_number))


def _folded(text: str) -> str:
    """Case and accents aside."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()


def list_subscriptions(desk: Desk, ask: Ask[Sought]) -> Listed[ShownSubscription]:
    """A page of those that the reader administers or uses."""
    email = claim(ask.request).email
    if ask.body.is_narrowed:
        return _narrowed(desk, ask, email)
    cursors = Cursors(f"subscriptions of {email}", ask.keys)
    after = cursors.position(ask.body)
    found = names(desk, email, after=after, limit=ask.body.limit + 1)
    wanted = found[: ask.body.limit]
    asked, belongs = belonging(desk, ask, wanted)
    return Listed(
        items=[shown(subscription, role, asked) for subscription, role in belongs],
        next=cursors.of(wanted[-1]) if len(found) > len(wanted) else None,
    )


def _narrowed(desk: Desk, ask: Ask[Sought], email: str) -> Listed[ShownSubscription]:
    """The same of some of them, for which all are looked at."""
    asked, belongs = belonging(desk, ask, names(desk, email))
    sought = [one for one in belongs if ask.body.has(one[0], ask.today)]
    cursors = Cursors(f"subscriptions of {email} {ask.body.status} {ask.body.q}", ask.keys)

    def show(page: Sequence[tuple[Subscription, Role]]) -> list[ShownSubscription]:
        return [shown(subscription, role, asked) for subscription, role in page]

    return page_of(sought, ask.body, cursors, lambda one: one[0].id, show)


def show_subscription(desk: Desk, ask: Ask[Nothing]) -> ShownSubscription:
    """One subscription; its administrator sees the first page of its users too."""

    def attempt() -> ShownSubscription:
        asked, belongs = belonging(desk, ask, [ask.path["subscription_id"]])
        with known_to(asked.reader):
            if not belongs:
                raise Refused(NOT_FOUND)
        [(subscription, role)] = belongs
        if role != "administrator":
            return shown(subscription, role, asked)
        users = page_of_users(desk.cloud.store, subscription.id, Page(), ask.keys)
        insist_on_unchanged(desk.cloud.store, subscription)
        return shown_as(ShownSubscription, subscription, role, asked, users=users)

    return retry_lost_races(attempt)


def show_history(desk: Desk, ask: Ask[Page]) -> Listed[Happening]:
    """Who did what and when, newest first, for the administrator."""

    def history(asked: SignedIn[Page], state: Administered) -> Listed[Happening]:
        texts = Texts(asked.language)

        def worded(_: Key, item: Item) -> Happening | None:
            event, told = occurred(item), desk.tells.get(item["type"])
            # What a newer or older version of the desk told has no wording here.
            if told is None:
                return None
            return happening(event, told, event.facts, texts)

        where = partition(state.subscription.id)
        return listed(desk.cloud.store, where, PREFIX, ask.body, ask.keys, worded, backward=True)

    return unchanged_meanwhile(desk, ask, history)


_ONE = "/api/subscriptions/{subscription_id}"

LIST = Job(
    name="list-subscriptions",
    method="GET",
    path="/api/subscriptions",
    body=Sought,
    answer=Listed[ShownSubscription],
    does=Look(list_subscriptions),
    leads_to={"subscription_id": "/items/0/id"},
)
SHOW = Job(
    name="show-subscription",
    method="GET",
    path=_ONE,
    body=Nothing,
    answer=ShownSubscription,
    does=Look(show_subscription),
    refuses=(NOT_FOUND,),
)
HISTORY = Job(
    name="show-history",
    method="GET",
    path=f"{_ONE}/history",
    body=Page,
    answer=Listed[Happening],
    does=Look(show_history),
    refuses=(NOT_FOUND, FORBIDDEN),
)
