"""Users of a subscription, listed for its administrator."""

from functions.shared.desk import Desk, Look
from functions.shared.items import Item, Key
from functions.shared.job import Ask, Job, SignedIn
from functions.shared.keys import Keys
from functions.shared.lists import Listed, Page, listed
from functions.shared.refusal import FORBIDDEN, NOT_FOUND
from functions.shared.store import Store
from functions.subscriptions.memberships import unchanged_meanwhile
from functions.subscriptions.shown_subscription import User
from functions.subscriptions.subscription import Administered, partition

PATH = "/api/subscriptions/{subscription_id}/users"


def list_users(desk: Desk, ask: Ask[Page]) -> Listed[User]:
    """A page of the users."""

    def page(asked: SignedIn[Page], state: Administered) -> Listed[User]:
        return page_of_users(desk.cloud.store, state.subscription.id, asked.body, asked.keys)

    return unchanged_meanwhile(desk, ask, page)


def page_of_users(store: Store, subscription_id: str, page: Page, keys: Keys) -> Listed[User]:
    """A page of a subscription's users."""
    return listed(store, partition(subscription_id), "USER#", page, keys, _shown)


def _shown(key: Key, user: Item) -> User:
    return User(email=key.sk.removeprefix("USER#"), status=user["status"], added_at=user["added_at"])


LIST = Job(
    name="list-users",
    method="GET",
    path=PATH,
    body=Page,
    answer=Listed[User],
    does=Look(list_users),
    refuses=(NOT_FOUND, FORBIDDEN),
    leads_to={"email": "/items/0/email"},
)
