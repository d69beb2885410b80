"""Add many users at once: what would come of each line that was pasted, and then it, in steps of a transaction each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import batched
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from functions.shared import limits
from functions.shared.desk import Desk, Look, Steps
from functions.shared.events import Event
from functions.shared.fields import EmailAddress, Model, RequestModel
from functions.shared.items import Reads, Write
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, USED_UP, Code
from functions.shared.session import account_key
from functions.subscriptions.add_user import BY_PERSON, TO_ONE, USER_ADDED, newcomer, paid
from functions.subscriptions.memberships import unchanged_meanwhile
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    Subscription,
    administered,
    enlisted,
    partition,
    refuse,
    user_key,
)
from functions.subscriptions.users import PATH, all_users

MOST = 500
# What was added before stays.
_USED_UP = "users.batch_used_up"
_MAX_BODY = 256 * 1024
# Two memberships, event, its mark, the count of their e-mails and the check of the account for each; beside them the
# subscription, the count of the administrator's, the answer kept for a repeat, and the checks of session and account.
ADDED_AT_ONCE = (100 - 5) // 6

type Verdict = Literal["add", "added", "already_a_user", "repeated", "invalid", "no_seat_left"]


class AddUsers(RequestModel):
    """Whom to add, as they were pasted: an address a line."""

    emails: Annotated[list[str], Field(min_length=1, max_length=MOST)]


class Judged(Model):
    """A line, counted from 1, and what comes of it: the address as it is kept, or the line as it was sent."""

    line: int
    email: str
    verdict: Verdict


class Previewed(Model):
    """What would come of each line, in their order; `free` seats are null for a floating licence."""

    items: list[Judged]
    would_add: int
    free: int | None


class Added(Model):
    """What came of each line, in their order."""

    items: list[Judged]


class Step(Model):
    """What came of some of the addresses."""

    verdicts: dict[str, Verdict]


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses more users, if any; how many seats are left is said for each."""
    return None if subscription.status in OPEN_TO_USERS else NOT_ACTIVE


def preview(desk: Desk, ask: Ask[AddUsers]) -> Previewed:
    """Say what would come of each line; stores and mails nothing."""

    def previewed(asked: SignedIn[AddUsers], state: Administered) -> Previewed:
        subscription = state.subscription
        refuse(why_not(subscription.on(asked.today)))
        known = {user.email for user in all_users(desk.cloud.store, subscription.id)}
        addresses = _addresses(asked.body)
        verdicts = decided(subscription, _each_once(addresses), known.__contains__)
        free = subscription.free_seats
        would_add = sum(verdict == "add" for verdict in verdicts.values())
        return Previewed(items=_judged(asked.body, addresses, verdicts), would_add=would_add, free=free)

    return unchanged_meanwhile(desk, ask, previewed)


def decided(subscription: Subscription, emails: Iterable[str], is_user: Callable[[str], bool]) -> dict[str, Verdict]:
    """What comes of each address: they are users, or take a seat each as long as any is left."""
    verdicts: dict[str, Verdict] = {}
    for email in emails:
        if is_user(email):
            verdicts[email] = "already_a_user"
        elif subscription.has_free_seat:
            verdicts[email] = "add"
            subscription = replace(subscription, users=subscription.users + 1)
        else:
            verdicts[email] = "no_seat_left"
    return verdicts


def plan(desk: Desk, ask: SignedIn[AddUsers]) -> Sequence[Sequence[str]]:
    """The addresses, as many at a time as one transaction adds.

    Raises Refused `not_found`, `forbidden`, `not_active` before anything is done.
    """
    _, state = desk.reads(ask, lambda email: administered(ask.path["subscription_id"], email))
    refuse(why_not(state.subscription.on(ask.today)))
    return [list(some) for some in batched(_each_once(_addresses(ask.body)), ADDED_AT_ONCE, strict=False)]


def reads(ask: Ask[AddUsers], email: str, some: Sequence[str]) -> Reads[Administered]:
    """The subscription, and whether each of these is in it and has an account."""
    name = ask.path["subscription_id"]
    return administered(name, email, *(key for one in some for key in (user_key(name, one), account_key(one))))


def decide(state: Administered, ask: SignedIn[AddUsers], some: Sequence[str]) -> Change[Step]:
    """Add those of them that can be added. Raises Refused `not_active`."""
    subscription = state.subscription
    refuse(why_not(subscription.on(ask.today)))
    verdicts = decided(subscription, some, lambda email: user_key(subscription.id, email) in state.items)
    writes: list[Write] = []
    events: list[tuple[str, Event]] = []
    for email in (email for email, verdict in verdicts.items() if verdict == "add"):
        member, told = newcomer(state, email, ask)
        writes += [*enlisted(subscription, member), paid(ask, subscription.id, email, said=_USED_UP)]
        events.append((partition(subscription.id), told))
        verdicts[email] = "added"
    if events:
        more = len(events)
        writes.append(replace(subscription, users=subscription.users + more).put())
        writes.append(limits.spent(BY_PERSON, ask.reader.email, ask.now, ask.keys, more, said=_USED_UP))
    return Change(Step(verdicts=verdicts), tuple(writes), tuple(events))


def answer(ask: SignedIn[AddUsers], steps: Sequence[Step]) -> Added:
    """Add whoever can be added, and say what came of each line."""
    verdicts = {email: verdict for step in steps for email, verdict in step.verdicts.items()}
    return Added(items=_judged(ask.body, _addresses(ask.body), verdicts))


def _judged(body: AddUsers, addresses: Sequence[str | None], verdicts: Mapping[str, Verdict]) -> list[Judged]:
    seen: set[str] = set()
    items = []
    for number, (line, email) in enumerate(zip(body.emails, addresses, strict=True), 1):
        if email is None:
            items.append(Judged(line=number, email=line, verdict="invalid"))
        else:
            items.append(Judged(line=number, email=email, verdict="repeated" if email in seen else verdicts[email]))
            seen.add(email)
    return items


def _addresses(body: AddUsers) -> list[str | None]:
    """The address of each line as it is kept, by the rule that every field of an address follows."""
    return [_address(line) for line in body.emails]


def _address(line: str) -> str | None:
    try:
        # The ends of lines and cells come along when a list is copied.
        return _rule().validate_python(line.strip())
    except ValidationError:
        return None


@cache
def _rule() -> TypeAdapter[str]:
    return TypeAdapter(EmailAddress)


def _each_once(addresses: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(email for email in addresses if email is not None))


_BATCH = f"{PATH}/batch"

PREVIEW = Job(
    name="preview-users",
    method="POST",
    path=f"{_BATCH}/preview",
    body=AddUsers,
    answer=Previewed,
    does=Look(preview),
    max_body=_MAX_BODY,
    refuses=(NOT_FOUND, FORBIDDEN, NOT_ACTIVE),
)
ADD = Job(
    name="add-users",
    method="POST",
    path=_BATCH,
    body=AddUsers,
    answer=Added,
    does=Steps(plan, reads, decide, answer, Step),
    max_body=_MAX_BODY,
    refuses=(NOT_FOUND, FORBIDDEN, NOT_ACTIVE, USED_UP),
    limits=(BY_PERSON, TO_ONE),
    tells=(USER_ADDED,),
    why_not=why_not,
)
