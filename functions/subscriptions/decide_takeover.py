"""Takeovers decided: the staff see who asks for an administrator's place and what speaks for it, and accept or refuse.

To anyone else these calls do not exist. Accepting is a transfer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import batched
from typing import Literal, NamedTuple

from functions.shared import clock
from functions.shared.desk import Decision, Desk, Look, known_to
from functions.shared.events import DESK, Mail, Told
from functions.shared.fields import Model, RequestModel
from functions.shared.items import Item, Items, Key, Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.lists import Listed, Page, listed
from functions.shared.refusal import NOT_FOUND, Code, Refused, conflict
from functions.shared.session import account_key
from functions.shared.staff import admit_staff, insist_on_staff
from functions.shared.store import retry_lost_races
from functions.subscriptions.mail_domains import are_of_one_firm
from functions.subscriptions.subscription import ASKED, ASKED_PREFIX, Subscription, partition, promoted, user_key
from functions.subscriptions.take_over import Reason
from functions.subscriptions.takeovers import Takeover, dropped, found, keys, shown_facts, subscription_of

TOO_EARLY = conflict("too_early", "takeover")
TAKEOVER_OUTDATED = conflict("takeover_outdated", "takeover")
TAKEOVER_CLOSED = conflict("takeover_closed", "takeover")
OWN_REQUEST = Code("own_request", HTTPStatus.FORBIDDEN, "takeover")
TAKEOVER_ACCEPTED = Told(
    "takeover_accepted",
    "takeover",
    mails=(Mail("takeover.mails.gained", to="other"), Mail("takeover.mails.lost")),
    publishes=("takeover", "reason", "decided_by", "why"),
)
TAKEOVER_REFUSED = Told(
    "takeover_refused",
    "takeover",
    mails=(Mail("takeover.mails.refused", to="other"), Mail("takeover.mails.kept")),
    publishes=("takeover", "reason", "decided_by", "why"),
)
# Five items each, of the hundred that can be read as of one moment.
_AT_ONCE = 20
# What the account keeps of its company registration extract (functions/onboarding/papers.py).
_KBIS = "kbis"

type Verdict = Literal["accept", "refuse"]


class DecideTakeover(RequestModel):
    """What is decided, and why; whoever asked and the administrator read the reason of a refusal."""

    decision: Verdict
    reason: Reason


class Asker(Model):
    """What is known of who asks; `kbis_issued_on` and `kbis_accepted_at` of the newest extract that was accepted."""

    company: str
    profile: str
    account_status: str
    registered_at: str
    user_since: str
    kbis_issued_on: str | None
    kbis_accepted_at: str | None


class WaitingTakeover(Model):
    """A request that can be decided or will be, with what speaks for it.

    `is_decidable`: the administrator's time to object is over. `same_domain`: both addresses are of one firm's domain,
    which is none where anybody can have a mailbox. `administrator_company` is null where they have no account.
    """

    id: str
    subscription: str
    contract_number: str
    product: str
    edition: str
    asked_by: str
    administrator: str
    administrator_company: str | None
    reason: str
    asked_at: str
    decidable_from: str
    is_decidable: bool
    same_domain: bool
    asker: Asker


class DecidedTakeover(Model):
    """What became of the request, and who is the administrator now."""

    id: str
    decision: Verdict
    subscription: str
    administrator: str


class Deciding(NamedTuple):
    """The request that is decided upon, and its subscription."""

    takeover: Takeover
    subscription: Subscription


def reads(ask: Ask[DecideTakeover], email: str) -> Reads[Deciding]:
    """The request of that id, for the staff. Its reading raises Refused `not_found`, for anyone else too."""
    name = ask.path["takeover"]

    def state(items: Items) -> Deciding:
        insist_on_staff(items, email)
        if (known := found(items, name)) is None:
            raise Refused(NOT_FOUND)
        return Deciding(*known)

    return Reads(keys(name), state)


def decide(state: Deciding, ask: SignedIn[DecideTakeover]) -> Change[DecidedTakeover]:
    """Accept or refuse a request to take over.

    Who is accepted is the administrator with this very change, and the former one is out. Raises Refused `own_request`,
    `takeover_closed`, `takeover_outdated`, `too_early`.
    """
    takeover, subscription = state
    if ask.reader.email in (takeover.asked_by, takeover.administrator):
        raise Refused(OWN_REQUEST)
    if takeover.outcome:
        raise Refused(TAKEOVER_CLOSED)
    if not takeover.is_open_in(subscription.on(ask.today)):
        raise Refused(TAKEOVER_OUTDATED)
    is_accepted = ask.body.decision == "accept"
    if is_accepted and ask.now < takeover.decidable_from:
        raise Refused(TOO_EARLY, decidable_from=clock.day(takeover.decidable_from))
    outcome: Literal["accepted", "refused"] = "accepted" if is_accepted else "refused"
    writes = promoted(subscription, takeover.asked_by, ask.now) if is_accepted else dropped(subscription)
    what = TAKEOVER_ACCEPTED if is_accepted else TAKEOVER_REFUSED
    # Who of the staff decided stays with the event; the customers are told that the desk has.
    said = {"decided_by": ask.reader.email, "why": ask.body.reason}
    told = what.event(ask.now, DESK, takeover.facts(subscription) | said)
    return Change(
        DecidedTakeover(
            id=takeover.id,
            decision=ask.body.decision,
            subscription=subscription.id,
            administrator=takeover.asked_by if is_accepted else subscription.administrator,
        ),
        (takeover.closed(outcome, ask.now, ask.reader.email, ask.body.reason), *writes),
        ((partition(subscription.id), told),),
    )


def list_takeovers(desk: Desk, ask: Ask[Page]) -> Listed[WaitingTakeover]:
    """The requests that are open, the oldest first, each with what speaks for it."""
    asked = admit_staff(desk, ask)
    with known_to(asked.reader):
        page = listed(desk.cloud.store, ASKED, ASKED_PREFIX, ask.body, ask.keys, lambda _, item: _Asked.of(item))
    return Listed(items=[*_shown(desk, page.items, asked)], next=page.next)


class _Asked(NamedTuple):
    """As a request waits for the staff."""

    id: str
    asked_by: str
    administrator: str

    @classmethod
    def of(cls, item: Item) -> "_Asked":
        return cls(item["takeover"], item["asked_by"], item["administrator"])

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is shown of it."""
        people = account_key(self.asked_by), account_key(self.administrator)
        return (*keys(self.id), user_key(subscription_of(self.id), self.asked_by), *people)


def _shown(desk: Desk, waiting: Sequence[_Asked], asked: SignedIn[Page]) -> Iterator[WaitingTakeover]:
    """Those that are still open, as they and their people are at a moment."""
    for group in batched(waiting, _AT_ONCE, strict=False):
        items = retry_lost_races(partial(desk.cloud.store.snapshot, [key for one in group for key in one.keys]))
        for one in group:
            known = found(items, one.id)
            if known and known[0].is_open_in(known[1].on(asked.today)) and account_key(one.asked_by) in items:
                yield _waiting(*known, items, asked.now)


def _waiting(takeover: Takeover, subscription: Subscription, items: Items, now: datetime) -> WaitingTakeover:
    return WaitingTakeover(
        id=takeover.id,
        subscription=subscription.id,
        **shown_facts(subscription),
        asked_by=takeover.asked_by,
        administrator=takeover.administrator,
        administrator_company=items.get(account_key(takeover.administrator), {}).get("company"),
        reason=takeover.reason,
        asked_at=takeover.asked_at,
        decidable_from=clock.rfc3339(takeover.decidable_from),
        is_decidable=now >= takeover.decidable_from,
        same_domain=are_of_one_firm(takeover.asked_by, takeover.administrator),
        asker=_asker(
            items[account_key(takeover.asked_by)], items[user_key(subscription.id, takeover.asked_by)]["added_at"]
        ),
    )


def _asker(account: Item, user_since: str) -> Asker:
    kbis = account.get("documents", {}).get(_KBIS, {})
    is_accepted = kbis.get("status") == "accepted"
    return Asker(
        company=account["company"],
        profile=account["profile"],
        account_status=account["account_status"],
        registered_at=account["registered_at"],
        user_since=user_since,
        kbis_issued_on=kbis.get("issued_on") if is_accepted else None,
        kbis_accepted_at=kbis.get("decided_at") if is_accepted else None,
    )


LIST = Job(
    name="list-takeovers",
    method="GET",
    path="/api/takeovers",
    body=Page,
    answer=Listed[WaitingTakeover],
    does=Look(list_takeovers),
    refuses=(NOT_FOUND,),
    admits=admit_staff,
    leads_to={"takeover": "/items/0/id"},
)
DECIDE = Job(
    name="decide-takeover",
    method="POST",
    path="/api/takeovers/{takeover}/decision",
    body=DecideTakeover,
    answer=DecidedTakeover,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, OWN_REQUEST, TAKEOVER_CLOSED, TAKEOVER_OUTDATED, TOO_EARLY),
    tells=(TAKEOVER_ACCEPTED, TAKEOVER_REFUSED),
    confirms=True,
    admits=admit_staff,
)
