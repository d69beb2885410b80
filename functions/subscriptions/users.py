"""Users of a subscription, listed for its administrator: in pages, some of them, or all in a file."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.shared import clock
from functions.shared.desk import Desk, Export, Look
from functions.shared.fields import Nothing
from functions.shared.items import Item, Key
from functions.shared.job import Ask, File, Job, SignedIn
from functions.shared.keys import Keys
from functions.shared.lists import Cursors, Listed, Page, listed, page_of
from functions.shared.refusal import FORBIDDEN, NOT_FOUND
from functions.shared.store import Store
from functions.shared.texts import Texts
from functions.subscriptions.memberships import unchanged_meanwhile
from functions.subscriptions.shown_subscription import User, shown_user
from functions.subscriptions.subscription import Administered, MemberStatus, partition

PATH = "/api/subscriptions/{subscription_id}/users"
NO_SUCH_USER = "users.no_such_user"
_PREFIX = "USER#"
# How spreadsheets begin what they run, each as wide as a Chinese character too once it is composed (NFKC).
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


class SoughtUsers(Page):
    """Which of them: those whose address has `q` in any part of it, with that status, that `mail`."""

    q: Annotated[str, Field(max_length=254)] | None = None
    status: MemberStatus | None = None
    mail: Literal["sent", "delivered", "bounced"] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it may leave some out."""
        return bool(self.q or self.status or self.mail)

    def has(self, user: User) -> bool:
        """Whether a user is one of them."""
        return (
            (self.q or "").strip().casefold() in user.email
            and self.status in (None, user.status)
            and self.mail in (None, user.mail)
        )


def list_users(desk: Desk, ask: Ask[SoughtUsers]) -> Listed[User]:
    """A page of the users."""

    def page(asked: SignedIn[SoughtUsers], state: Administered) -> Listed[User]:
        store, name, sought = desk.cloud.store, state.subscription.id, asked.body
        if not sought.is_narrowed:
            return page_of_users(store, name, sought, asked.keys)
        users = [user for user in all_users(store, name) if sought.has(user)]
        cursors = Cursors(f"users of {name} {sought.q} {sought.status} {sought.mail}", asked.keys)
        return page_of(users, sought, cursors, lambda user: user.email, list)

    return unchanged_meanwhile(desk, ask, page)


def page_of_users(store: Store, subscription_id: str, page: Page, keys: Keys) -> Listed[User]:
    """A page of a subscription's users."""
    return listed(store, partition(subscription_id), _PREFIX, page, keys, _shown)


def all_users(store: Store, subscription_id: str) -> list[User]:
    """All of them, in the order of their addresses."""
    found = store.query(partition(subscription_id), first=_PREFIX, last=f"{_PREFIX}~")
    return [_shown(key, user) for key, user in found]


def export_users(desk: Desk, ask: Ask[Nothing]) -> File:
    """All users, as a file for a spreadsheet."""

    def file(asked: SignedIn[Nothing], state: Administered) -> File:
        subscription, texts = state.subscription, Texts(asked.language)
        content = io.StringIO()
        # Without the mark of byte order, Excel takes accents for something else.
        content.write("\ufeff")
        sheet = csv.writer(content, delimiter=texts.entry("language.separator"))
        for row in _rows(all_users(desk.cloud.store, subscription.id), texts):
            sheet.writerow(map(defused, row))
        return File(f"{texts('users.sheet.name')}-{subscription.contract_number}.csv", content.getvalue())

    return unchanged_meanwhile(desk, ask, file)


def _rows(users: list[User], texts: Texts) -> Iterator[list[str]]:
    columns = ("email", "status", "added_at", "invited_at", "mail")
    yield [texts(f"users.sheet.{name}") for name in columns]
    for user in users:
        yield [
            user.email,
            texts(f"users.sheet.of_status.{user.status}"),
            _in_paris(user.added_at),
            _in_paris(user.invited_at) if user.invited_at else "",
            texts(f"users.sheet.of_mail.{user.mail}") if user.mail else "",
        ]


def _in_paris(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(clock.PARIS).strftime("%Y-%m-%d %H:%M")


def defused(cell: str) -> str:
    """A cell that no spreadsheet runs: what would be a formula is a text."""
    seen = unicodedata.normalize("NFKC", cell).lstrip(" ")
    return f"'{cell}" if seen.startswith(_RUN) or cell.startswith(_RUN) else cell


def _shown(key: Key, user: Item) -> User:
    return shown_user(key.sk.removeprefix(_PREFIX), user)


LIST = Job(
    name="list-users",
    method="GET",
    path=PATH,
    body=SoughtUsers,
    answer=Listed[User],
    does=Look(list_users),
    refuses=(NOT_FOUND, FORBIDDEN),
    leads_to={"email": "/items/0/email"},
)
EXPORT = Job(
    name="export-users",
    method="GET",
    path="/api/subscriptions/{subscription_id}/users.csv",
    body=Nothing,
    answer=type(None),
    does=Export(export_users),
    gives="text/csv",
    refuses=(NOT_FOUND, FORBIDDEN),
)
