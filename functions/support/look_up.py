"""Support looks at what a customer sees: their account, their subscriptions with what can be done and why not the rest,
and which e-mails left for them and whether they arrived. Nothing that opens or changes anything, and no paper.

Each look stands in the history of every subscription that it shows, and with the account, before it is answered. To
anyone but a member of support these calls do not exist.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator

from functions.onboarding import documents
from functions.onboarding.account import Account
from functions.onboarding.account import partition as history_of
from functions.onboarding.documents import Onboarding
from functions.onboarding.waits import SUMMARY, Waits
from functions.shared import clock, limits, log, mail_log, metrics
from functions.shared.desk import Desk, Found, Noted
from functions.shared.events import LAST, PREFIX, Event, Told, occurred
from functions.shared.fields import EmailAddress, Line, Model, RequestModel
from functions.shared.history import Happening, happening
from functions.shared.items import Item, Items, Key, Reads
from functions.shared.job import Ask, Job, SignedIn
from functions.shared.limits import DAY, HOUR, Limit, Try
from functions.shared.mail_log import MailState
from functions.shared.metrics import Measured
from functions.shared.refusal import NOT_FOUND, TOO_MANY_TRIES, Invalid, Refused
from functions.shared.session import account_key, claim, person
from functions.shared.store import Store, retry_lost_races
from functions.shared.texts import Texts
from functions.subscriptions.memberships import in_groups, names
from functions.subscriptions.shown_subscription import ShownSubscription, shown_as
from functions.subscriptions.subscription import (
    Role,
    Subscription,
    contract_key,
    found,
    membership_key,
    partition,
    same_contract,
    state_key,
)

SUPPORT = "support"
LOOKED_AT = Told("support_looked", "support")
# With the account: who looked, for the operators.
ACCOUNT_LOOKED_AT = Told("support_looked_at_account", "support", in_history=False, publishes=None)
# A day's work, and not a customer base.
LOOKS_AN_HOUR = Limit("look by support", "a member of support, in an hour", 60, HOUR, "tries")
LOOKS_A_DAY = Limit("look by support", "a member of support, in a day", 300, DAY, "tries")
# As many as a list's page holds at most; the contract that was asked for is one of them.
SUBSCRIPTIONS_SHOWN = 100
MAILS_SHOWN = 100
# So many of them with the latest of their history: each takes a query.
HISTORIES_SHOWN = 10
_HAPPENINGS_SHOWN = 20


class LookUp(RequestModel):
    """Whose things: the administrator's of a contract, or those of an address; one of the two."""

    contract_number: Annotated[Line, AfterValidator(same_contract)] | None = None
    email: EmailAddress | None = None


class SeenAccount(Model):
    """Who it is, as they see it themselves."""

    email: str
    account_id: str
    company: str
    profile: str
    account_status: str
    language: str
    roles: list[str]
    siren: str | None
    invoices_email: str | None
    onboarding: Onboarding


class SeenSubscription(ShownSubscription):
    """One of theirs as they see it, how many use it, and what last happened to it; null where that was not read."""

    users_count: int
    history: list[Happening] | None


class SeenMail(Model):
    """An e-mail that was to reach them, and what is known of it; `to` is their address."""

    id: str
    kind: str
    to: str
    subject: str
    at: str
    state: MailState


class Seen(Model):
    """What its owner sees; no account where the administrator has none yet.

    There may be more subscriptions: then a contract's own number finds it.
    """

    account: SeenAccount | None
    subscriptions: list[SeenSubscription]
    more_subscriptions: bool
    mails: list[SeenMail]


def for_support(ask: Ask[Any], email: str) -> Reads[Items]:
    """That it is a member of support who asks. Its reading raises Refused `not_found` for anyone else."""

    def state(items: Items) -> Items:
        insist_on_support(items, email)
        return items

    return Reads((), state)


def insist_on_support(items: Items, email: str) -> None:
    """Raises Refused `not_found` for whoever is no member of support."""
    if SUPPORT not in items[account_key(email)]["roles"]:
        raise Refused(NOT_FOUND)


def admit_support(desk: Desk, ask: Ask[Any]) -> None:
    """Raises Refused `not_signed_in`, `not_found` for whoever is no member of support."""
    desk.reads(ask, lambda email: for_support(ask, email))


def tries(items: Items, ask: Ask[LookUp]) -> tuple[Try, ...]:
    """Where a look counts, whether or not it finds anybody. Raises Invalid unless one thing is asked for."""
    asked = [name for name in ("contract_number", "email") if getattr(ask.body, name) is not None]
    if len(asked) != 1:
        raise Invalid(*((name, "one_of_two", {}) for name in ("contract_number", "email")))
    whose = claim(ask.request).email
    return tuple(limits.tried(limit, whose, ask.keys) for limit in (LOOKS_AN_HOUR, LOOKS_A_DAY))


def find(desk: Desk, ask: SignedIn[LookUp]) -> Found:
    """Whose things they are, and which of them will be shown. Raises Refused `not_found`."""
    store = desk.cloud.store
    sought = _sought(store, ask.body.contract_number)
    email = ask.body.email or (sought and sought.administrator)
    account = email and store.item(account_key(email))
    if not email or not (account or sought):
        raise Refused(NOT_FOUND)
    theirs = names(desk, email, limit=SUBSCRIPTIONS_SHOWN + 1)
    wanted = [*([sought.id] if sought else []), *(name for name in theirs if not (sought and name == sought.id))]
    shown = wanted[:SUBSCRIPTIONS_SHOWN]
    about = {"email": email, "subscriptions": shown, "more": len(wanted) > len(shown)}
    with_account = [history_of(account["account_id"])] if account else []
    return Found(about=about, partitions=[*with_account, *map(partition, shown)])


def _sought(store: Store, number: str | None) -> Subscription | None:
    leads_to = store.item(contract_key(number)) if number else None
    kept = store.item(state_key(leads_to["subscription"])) if leads_to else None
    return Subscription.stored(kept) if kept else None


def note(seen: Found, where: str, ask: SignedIn[LookUp]) -> Event:
    """That support looked: who, with the account alone."""
    if where.startswith(history_of("")):
        return ACCOUNT_LOOKED_AT.event(ask.now, ask.reader.email, {"email": seen.about["email"]})
    return LOOKED_AT.event(ask.now, SUPPORT)


def look(desk: Desk, ask: SignedIn[LookUp], seen: Found) -> Seen:
    """Look at what a customer sees, by a contract number or an e-mail address; each look stands in their histories."""
    email = seen.about["email"]
    belongs = [
        one for group in in_groups(seen.about["subscriptions"]) for one in _those(desk.cloud.store, group, email)
    ]
    log.line("support looked", Measured(metrics.SUPPORT_LOOKS), subscriptions=len(belongs))
    kept = retry_lost_races(partial(desk.cloud.store.snapshot, [account_key(email), SUMMARY]))
    subscriptions = [
        shown_as(
            SeenSubscription,
            subscription,
            role,
            ask,
            users_count=subscription.users,
            history=_history(desk, ask, subscription, role) if number < HISTORIES_SHOWN else None,
        )
        for number, (subscription, role) in enumerate(belongs)
    ]
    return Seen(
        account=_account(kept[account_key(email)], kept.get(SUMMARY), ask) if account_key(email) in kept else None,
        subscriptions=subscriptions,
        more_subscriptions=seen.about["more"],
        mails=_mails(desk.cloud.store, email, ask.now),
    )


def _those(store: Store, group: Sequence[str], email: str) -> list[tuple[Subscription, Role]]:
    """Those of the group that are still theirs, as of one moment."""
    keys = [key for name in group for key in (state_key(name), membership_key(name, email))]
    items = retry_lost_races(partial(store.snapshot, keys)) if keys else {}
    return [found(items, name, email) for name in group if membership_key(name, email) in items]


def _account(kept: Item, waits: Item | None, ask: SignedIn[LookUp]) -> SeenAccount:
    account = Account.stored(kept)
    return SeenAccount(
        email=account.email,
        account_id=account.account_id,
        company=account.company,
        profile=account.profile,
        account_status=account.account_status,
        language=account.language,
        roles=list(account.roles),
        siren=account.siren,
        invoices_email=account.invoices_email,
        onboarding=documents.show(documents.Standing(account, Waits.stored(waits)), ask),
    )


def _history(desk: Desk, ask: SignedIn[LookUp], subscription: Subscription, role: Role) -> list[Happening] | None:
    """The latest that its administrator reads, which its other users do not."""
    if role != "administrator":
        return None
    where, texts = partition(subscription.id), Texts(ask.language)
    kept = desk.cloud.store.query(where, first=PREFIX, last=LAST, limit=_HAPPENINGS_SHOWN, backward=True)
    events = [occurred(item) for _, item in kept if item["type"] in desk.tells]
    return [happening(event, desk.tells[event.type], event.facts, texts) for event in events]


def _mails(store: Store, email: str, now: datetime) -> list[SeenMail]:
    """Those of the last 90 days, the newest first."""
    since = clock.rfc3339(now - mail_log.KEPT)
    kept = store.query(person(email), first=mail_log.PREFIX, last=mail_log.LAST, limit=MAILS_SHOWN, backward=True)
    shown = ((key, item, mail_log.state(item, now)) for key, item in kept if item["at"] >= since)
    return [_mail(key, item, email, state) for key, item, state in shown if state]


def _mail(key: Key, item: Item, email: str, state: MailState) -> SeenMail:
    return SeenMail(
        id=key.sk.removeprefix(mail_log.PREFIX),
        kind=mail_log.kind(item["texts"]),
        to=email,
        subject=item["subject"],
        at=item["at"],
        state=state,
    )


LOOK_UP = Job(
    name="look-up",
    method="POST",
    path="/api/support/lookups",
    body=LookUp,
    answer=Seen,
    does=Noted(for_support, find, note, look, tries),
    refuses=(NOT_FOUND, TOO_MANY_TRIES),
    limits=(LOOKS_AN_HOUR, LOOKS_A_DAY),
    tells=(LOOKED_AT, ACCOUNT_LOOKED_AT),
    admits=admit_support,
    leads_to={"mail": "/mails/0/id"},
)
