"""A colleague leaves: what they use of all that the reader administers, and out of all of it at once."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from functions.shared.desk import Desk, Look, Steps
from functions.shared.fields import Model, Nothing
from functions.shared.items import Items, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import NOT_FOUND, Code, Refused
from functions.shared.session import claim
from functions.subscriptions.memberships import in_groups, names, names_as_administrator
from functions.subscriptions.remove_user import IS_ADMINISTRATOR, NOBODY, USER_REMOVED, addressed, reading, removed
from functions.subscriptions.subscription import Administered, found, membership_key, state_key, user_key

PATH = "/api/colleagues/{email}"
_NONE = "colleagues.none"


class Used(Model):
    """A subscription of the reader's that the colleague uses."""

    subscription_id: str
    contract_number: str
    product: str
    edition: str
    licence: Literal["individual", "floating"]


class Colleague(Model):
    """Somebody, and all that they use of what the reader administers."""

    email: str
    items: list[Used]


class Kept(Model):
    """A subscription that a rule did not let them out of, and its code."""

    subscription_id: str
    reason: str


class Departed(Model):
    """What the colleague is out of now, and what they are kept in."""

    removed: list[str]
    kept: list[Kept]


class Step(Model):
    """What came of one subscription: they are out now, a rule kept them in, or they were out already."""

    subscription_id: str
    is_removed: bool
    reason: str | None = None


# Three items each, beside the session and the account, of the hundred that can be read as of one moment.
_AT_ONCE = 32


def show(desk: Desk, ask: Ask[Nothing]) -> Colleague:
    """What somebody uses of all that the reader administers."""
    email = _colleague(ask)
    used: list[Used] = []
    for group in in_groups(_shared(desk, ask, email), _AT_ONCE):
        used += desk.reads(ask, partial(_used, group, email))[1]
    if not used:
        raise Refused(NOT_FOUND, said=_NONE, email=email)
    return Colleague(email=email, items=used)


def _used(group: Sequence[str], email: str, reader: str) -> Reads[list[Used]]:
    def state(items: Items) -> list[Used]:
        used = []
        for name in group:
            try:
                subscription, role = found(items, name, reader)
            except Refused:
                continue  # no longer the reader's
            if role == "administrator" and user_key(name, email) in items:
                shown = {field: getattr(subscription, field) for field in _SHOWN}
                used.append(Used(subscription_id=name, **shown))
        return used

    keys = [key for name in group for key in (state_key(name), membership_key(name, reader), user_key(name, email))]
    return Reads(keys, state)


_SHOWN = ("contract_number", "product", "edition", "licence")


def plan(desk: Desk, ask: SignedIn[Nothing]) -> Sequence[str]:
    """The subscriptions that they are in.

    Raises Refused `is_administrator` for the reader themselves, `not_found` for whoever is in none.
    """
    email = _colleague(ask)
    names = _shared(desk, ask, email)
    if not names:
        raise Refused(NOT_FOUND, said=_NONE, email=email)
    return names


def reads(ask: Ask[Nothing], reader: str, name: str) -> Reads[Administered | Code]:
    """One of them, and the user in it, or why the reader cannot have that."""
    wanted = reading(name, reader, addressed(ask))

    def state(items: Items) -> Administered | Code:
        try:
            return wanted.state(items)
        except Refused as refused:
            return refused.code

    return Reads(wanted.keys, state, wanted.vouched)


def decide(state: Administered | Code, ask: SignedIn[Nothing], name: str) -> Change[Step]:
    """Let them out of one, unless a rule refuses it."""
    if isinstance(state, Code):
        return Change(Step(subscription_id=name, is_removed=False, reason=state.name))
    if user_key(name, addressed(ask)) not in state.items:
        return Change(Step(subscription_id=name, is_removed=False))
    try:
        removal = removed(state, addressed(ask), ask)
    except Refused as refused:
        return Change(Step(subscription_id=name, is_removed=False, reason=refused.code.name))
    return Change(Step(subscription_id=name, is_removed=True), removal.writes, removal.events)


def answer(ask: SignedIn[Nothing], steps: Sequence[Step]) -> Departed:
    """Remove somebody from all that the reader administers.

    Raises Refused `not_found` when others were first in all of it.
    """
    if not any(step.is_removed or step.reason for step in steps):
        raise Refused(NOT_FOUND, said=_NONE, email=addressed(ask))
    return Departed(
        removed=[step.subscription_id for step in steps if step.is_removed],
        kept=[Kept(subscription_id=step.subscription_id, reason=step.reason) for step in steps if step.reason],
    )


def _colleague(ask: Ask[Nothing]) -> str:
    """Raises Refused `is_administrator` for the reader's own address, `not_found` for what is none."""
    email = addressed(ask)
    if email == claim(ask.request).email:
        raise Refused(IS_ADMINISTRATOR)
    if email == NOBODY:
        raise Refused(NOT_FOUND, said=_NONE, email=ask.path["email"])
    return email


def _shared(desk: Desk, ask: Ask[Nothing], email: str) -> list[str]:
    """The subscriptions that the reader administers and they belong to; they may change meanwhile."""
    administered = names_as_administrator(desk, claim(ask.request).email)
    return [name for name in names(desk, email) if name in administered] if administered else []


SHOW = Job(
    name="show-colleague",
    method="GET",
    path=PATH,
    body=Nothing,
    answer=Colleague,
    does=Look(show),
    refuses=(NOT_FOUND, IS_ADMINISTRATOR),
)
REMOVE = Job(
    name="remove-colleague",
    method="DELETE",
    path=PATH,
    body=Nothing,
    answer=Departed,
    does=Steps(plan, reads, decide, answer, Step),
    refuses=(NOT_FOUND, IS_ADMINISTRATOR),
    tells=(USER_REMOVED,),
)
