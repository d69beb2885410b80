"""Support sends an e-mail again, as it was, to the same person and nobody else.

What it is made from is the event that it first came from, which holds seeds and no code: where the code or the link
that follows from them would open nothing by now, or what the e-mail says is so no longer, it is of no use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from functions.onboarding.account import Account
from functions.onboarding.account import partition as history_of
from functions.shared import clock, limits, links, mail_log, one_time_codes
from functions.shared.desk import LocatedDecision
from functions.shared.events import Event, Told, occurred
from functions.shared.fields import Model, Nothing
from functions.shared.items import Item, Items, Key, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import NOT_FOUND, USED_UP, Refused, conflict
from functions.shared.session import account_key
from functions.shared.store import Store
from functions.subscriptions.subscription import Subscription, link_subject, membership_key, partition, state_key
from functions.support.look_up import SUPPORT, admit_support, insist_on_support

NO_LONGER_USEFUL = conflict("no_longer_useful", "support")
# With the account: what the worker sends it by, and who asked for it.
MAIL_WANTED_AGAIN = Told(
    "support_wanted_mail_again", "support", calls_for=("notifications",), in_history=False, publishes=None
)
# In the history of the subscription that the e-mail is about.
MAILED_AGAIN = Told("support_mailed_again", "support")
AGAIN = Limit("e-mails sent again by support", "a person", 5, DAY, by_day=True)


class Again(Model):
    """To whom it is on its way again, since when, and in which subscription's history that stands, if in any."""

    to: str
    at: str
    subscription: str | None


class Place(NamedTuple):
    """An e-mail of the log: whose it is, where, and what it was made from, if that is still kept."""

    recipient: str
    logged: Key
    entry: Item
    event: Event | None


@dataclass(frozen=True)
class Sent:
    """What an e-mail says, and how all that stands by now."""

    place: Place
    account: Account
    items: Items

    @property
    def subscription(self) -> Subscription | None:
        """The subscription that it is about, if it is about one that is."""
        name = self.place.event and self.place.event.data.get("subscription")
        kept = self.items.get(state_key(name)) if name else None
        return Subscription.stored(kept) if kept else None

    @property
    def role(self) -> str:
        """What whoever got it is of that subscription."""
        name = self.subscription and self.subscription.id
        membership = self.items.get(membership_key(name, self.place.recipient)) if name else None
        return str(membership["role"]) if membership else "stranger"


def locate(store: Store, ask: Ask[Nothing]) -> Place | None:
    """Where the log has it."""
    named = mail_log.event_and_part(ask.path["mail"])
    if named is None:
        return None
    called_by, part = named
    for key, _ in store.query(f"{mail_log.PREFIX}{called_by}", first=" ", last="~"):
        recipient, _, texts = key.sk.rpartition("#")
        if mail_log.part(recipient, texts) == part:
            logged = mail_log.key(recipient, ask.path["mail"])
            entry = store.item(logged)
            kept = store.item(Key(*entry["about"])) if entry else None
            return Place(recipient, logged, entry, occurred(kept) if kept else None) if entry else None
    return None


def reads(ask: Ask[Nothing], email: str, place: Place | None) -> Reads[Sent]:
    """All that the e-mail's use depends on. Its reading raises Refused `not_found` for who is not of support."""

    def state(items: Items) -> Sent:
        insist_on_support(items, email)
        if place is None or account_key(place.recipient) not in items or place.logged not in items:
            raise Refused(NOT_FOUND)
        return Sent(place, Account.stored(items[account_key(place.recipient)]), items)

    return Reads(_keys(place, ask) if place else (), state)


def _keys(place: Place, ask: Ask[Nothing]) -> list[Key]:
    about = place.event.data if place.event else {}
    keys = [account_key(place.recipient), place.logged, Key(*place.entry["about"])]
    if name := about.get("subscription"):
        keys += [state_key(name), membership_key(name, place.recipient)]
    if "code" in about:
        keys.append(_code_key(about))
    if "link" in about:
        keys.append(links.key(links.token(about["link"], ask.keys)))
    return keys


def decide(state: Sent, ask: SignedIn[Nothing]) -> Change[Again]:
    """Send an e-mail again, to the same person. Raises Refused `no_longer_useful`, `used_up`."""
    place, event = state.place, state.place.event
    if event is None or not (_opens(state, event, ask) and _is_so(state, event, ask)):
        raise Refused(NO_LONGER_USEFUL)
    data = {"email": place.recipient, "about": place.entry["about"], "texts": place.entry["texts"]}
    wanted = MAIL_WANTED_AGAIN.event(ask.now, ask.reader.email, data)
    told: list[tuple[str, Event]] = [(history_of(state.account.account_id), wanted)]
    if state.subscription:
        mailed = MAILED_AGAIN.event(ask.now, SUPPORT, {"email": place.recipient})
        told.append((partition(state.subscription.id), mailed))
    about = state.subscription and state.subscription.id
    return Change(
        Again(to=place.recipient, at=clock.rfc3339(ask.now), subscription=about),
        (limits.spent(AGAIN, place.recipient, ask.now, ask.keys),),
        tuple(told),
    )


def _opens(state: Sent, event: Event, ask: SignedIn[Nothing]) -> bool:
    """Whether its code or link still does what it is for; one without either has nothing to open."""
    about = event.data
    if "code" in about and not one_time_codes.is_open(state.items.get(_code_key(about)), about["code"], ask.now):
        return False
    if "link" not in about:
        return True
    link = state.items.get(links.key(links.token(about["link"], ask.keys)))
    return state.subscription is not None and links.is_good(link, link_subject(state.subscription), ask.now)


def _is_so(state: Sent, event: Event, ask: SignedIn[Nothing]) -> bool:
    """Whether what it says is still so."""
    holds, subscription, account = mail_log.holds(state.place.entry), state.subscription, state.account.on(ask.today)
    kind = event.data.get("kind")
    wanted = (
        (holds.status, subscription.on(ask.today).status if subscription else None),
        (holds.recipient, state.role),
        (holds.account, account.account_status),
        (holds.paper, account.document(kind).status if kind else None),
    )
    if holds.that_day and clock.day(event.at) != ask.today:
        return False
    if holds.until and event.data[holds.until] <= ask.today:
        return False
    return all(stands in allowed for allowed, stands in wanted if allowed)


def _code_key(about: Mapping[str, Any]) -> Key:
    return Key(about["code"]["pk"], about["code"]["sk"])


SEND = Job(
    name="send-mail-again",
    method="POST",
    path="/api/support/mails/{mail}/again",
    body=Nothing,
    answer=Again,
    status=202,
    does=LocatedDecision(locate, reads, decide),
    refuses=(NOT_FOUND, NO_LONGER_USEFUL, USED_UP),
    limits=(AGAIN,),
    tells=(MAIL_WANTED_AGAIN, MAILED_AGAIN),
    admits=admit_support,
)
