"""Cancellation: signed in or by a link sent by e-mail, taken back until the last day.

Free, direct, open to those without an account, and acknowledged at once, as the code de la consommation has it in
articles L215-1-1 and D215-1 and following.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator

from functions.shared import clock, limits, links
from functions.shared.desk import Decision, OpenDecision, OpenView
from functions.shared.events import Event, Holds, Mail, Told
from functions.shared.fields import Comment, Day, EmailAddress, Line, Model, Nothing, RequestModel
from functions.shared.form import Form
from functions.shared.items import Items, Key, Reads, Write, reads_nothing
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, HOUR, QUARTER, Limit, Try
from functions.shared.refusal import (
    FORBIDDEN,
    LINK_EXPIRED,
    NOT_FOUND,
    TOO_MANY_TRIES,
    USED_UP,
    Code,
    Invalid,
    Refused,
    conflict,
)
from functions.shared.texts import Language
from functions.subscriptions.reference import reference
from functions.subscriptions.renewal import deadlines, renewed
from functions.subscriptions.shown_subscription import ShownSubscription, shown, shown_as
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    Administered,
    Subscription,
    administered,
    link_subject,
    partition,
    refuse,
    same_contract,
    state_key,
)

ALREADY_CANCELLING = conflict("already_cancelling", "cancellation")
NOT_CANCELLING = conflict("not_cancelling", "cancellation")
CANCELLED = Told(
    "cancelled",
    "cancellation",
    mails=(Mail("cancellation.mails.cancelled", holds=Holds(("cancelling", "ended"), ("administrator",))),),
    publishes=("end", "reference", "reason", "comment", "name"),
)
CANCELLATION_UNDONE = Told(
    "cancellation_undone",
    "cancellation",
    mails=(Mail("cancellation.mails.undone", holds=Holds(("active",), ("administrator",))),),
)
LINK_WANTED = Told(
    "cancellation_link_wanted", "cancellation", in_history=False, calls_for=("notifications",), publishes=None
)
LINK_MADE = Told(
    "cancellation_link_made",
    "cancellation",
    mails=(Mail("cancellation.mails.link", holds=Holds(("active",), ("administrator",))),),
    publishes=None,
)
# What a worker tells.
TELLS = (LINK_MADE,)
LINK_PURPOSE = "cancellation"
LINK_LIFE = timedelta(hours=24)
# How long it is kept that someone asked for a link, whether or not there was one to send.
_REQUEST_KEPT = timedelta(days=30)
_LINK = "cancellation link"
LINKS_OF_NETWORK = Limit(_LINK, "a network address", 20, HOUR, "tries")
LINKS_OF_ALL = Limit(_LINK, "everybody, a sixteenth each", 1000, QUARTER, "tries")
# Silent, and harmless to who wants to cancel: each of those before sent a link that cancels.
LINKS_OF_CONTRACT = Limit(_LINK, "a person and a contract number", 5, QUARTER, "tries", "silenced")
# A cancellation itself is never refused: it is what may be taken back only so often.
UNDONE = Limit("cancellation taken back", "a subscription", 50, DAY)

type Reason = Literal["too_expensive", "not_used", "switched", "project_over", "other", "prefer_not_to_say"]


class Cancel(RequestModel):
    """Why; to prefer not to say is an answer. The end that is wished for is kept, and the last day stays the last."""

    reason: Reason
    comment: Comment | None = None
    wished_date: Day | None = None


class AskForLink(RequestModel):
    """Which contract, and the address of its administrator; in whose name, and which end is wished for."""

    contract_number: Annotated[Line, AfterValidator(same_contract)]
    email: EmailAddress
    name: Line | None = None
    wished_date: Day | None = None


class OpenLink(RequestModel):
    """What the link in the e-mail carries."""

    token: Line


class CancelByLink(Cancel):
    """The same, by a link; what is left out is as it was asked for."""

    name: Line | None = None
    token: Line


class Cancelled(ShownSubscription):
    """A cancelled subscription, with its last day of use and the acknowledgement's reference."""

    usable_until: str
    wished_date: str | None = None
    reference: str


class ByLink(Model):
    """What a link is about, in whose name it was asked for, and which end is wished for."""

    contract_number: str
    product: str
    edition: str
    usable_until: str
    name: str | None = None
    wished_date: str | None = None


class CancelledByLink(ByLink):
    """The acknowledgement."""

    reference: str


class Received(Model):
    """That the request was received: the same for everyone."""


class Wished(NamedTuple):
    """In whose name a cancellation is asked for, and which end is wished for."""

    name: str | None = None
    end: date | None = None

    @classmethod
    def stored(cls, kept: Mapping[str, Any]) -> "Wished":
        """As an event or a link keeps it."""
        wished = kept.get("wished_date")
        return cls(kept.get("name"), date.fromisoformat(wished) if wished else None)

    def kept(self) -> dict[str, str]:
        """As it is kept and answered: what was said of it."""
        said = {"name": self.name, "wished_date": self.end and self.end.isoformat()}
        return {name: str(value) for name, value in said.items() if value}


def why_not_cancel(subscription: Subscription) -> Code | None:
    """The code that refuses the cancellation, if any."""
    if subscription.status == "cancelling":
        return ALREADY_CANCELLING
    return None if subscription.status == "active" else NOT_ACTIVE


def why_not_undo(subscription: Subscription) -> Code | None:
    """The code that refuses taking the cancellation back, if any."""
    return None if subscription.status == "cancelling" else NOT_CANCELLING


def reads(ask: Ask[Any], email: str) -> Reads[Administered]:
    """The subscription."""
    return administered(ask.path["subscription_id"], email)


def decide_cancel(state: Administered, ask: SignedIn[Cancel]) -> Change[Cancelled]:
    """Cancel a subscription, which ends after its last day.

    Raises Refused `already_cancelling`, `not_active`.
    """
    wished = Wished(ask.reader.company, ask.body.wished_date)
    after, writes, event = _cancelled(state.subscription, ask, wished, ask.reader.language)
    answer = shown_as(Cancelled, after, "administrator", ask, **_acknowledgement(event))
    return Change(answer, writes, ((partition(after.id), event), *_begun(state.subscription, ask)))


def decide_undo(state: Administered, ask: SignedIn[Nothing]) -> Change[ShownSubscription]:
    """Take a cancellation back: active again, as if it had never been. Raises Refused `not_cancelling`."""
    refuse(why_not_undo(state.subscription.on(ask.today)))
    active = replace(state.subscription, status="active", cancellation=None)
    told = CANCELLATION_UNDONE.event(ask.now, ask.reader.email, active.facts() | {"language": ask.reader.language})
    return Change(
        shown(active, "administrator", ask),
        (active.put(), *deadlines(active, ask.today), limits.spent(UNDONE, active.id, ask.now, ask.keys)),
        ((partition(active.id), told),),
    )


def _cancelled(
    subscription: Subscription, ask: Ask[Any], wished: Wished, language: Language
) -> tuple[Subscription, tuple[Write, ...], Event]:
    said: Cancel = ask.body
    now = subscription.on(ask.today)
    refuse(why_not_cancel(now))
    _insist_on_possible(said.wished_date, ask.today, now.end)
    cancellation = {
        "reference": reference(ask.now, ask.seed),
        "reason": said.reason,
        "comment": said.comment,
        "at": clock.rfc3339(ask.now),
        **wished.kept(),
    }
    after = replace(now, status="cancelling", cancellation=cancellation)
    data = {**after.facts(), "language": language, "end": after.end, **cancellation}
    if wished.end:
        data["wished_date"] = wished.end
    event = CANCELLED.event(ask.now, after.administrator, data)
    return after, (after.put(), *deadlines(after, ask.today)), event


def _begun(subscription: Subscription, ask: Ask[Any]) -> tuple[tuple[str, Event], ...]:
    """The year that has begun before it is cancelled, where no worker has come to it yet."""
    return tuple((partition(subscription.id), event) for event in renewed(subscription, ask.now))


def _insist_on_possible(wished: date | None, today: date, end: date | None = None) -> None:
    """Raises Invalid for a day that is over, or on which the subscription has ended by itself."""
    if wished is not None and wished < today:
        raise Invalid(("wished_date", "in_the_past", {}))
    if wished is not None and end is not None and wished > end:
        raise Invalid(("wished_date", "after_last_day", {"end": end}))


def _acknowledgement(event: Event) -> dict[str, str]:
    wished = Wished(end=event.data.get("wished_date")).kept()
    return {"usable_until": event.data["end"].isoformat(), "reference": event.data["reference"], **wished}


def tries_to_ask(state: None, ask: Ask[AskForLink]) -> tuple[Try, ...]:
    """Where it counts: for a person only with the same contract, whose link they have by then if it is theirs."""
    email, network = ask.body.email, ask.request.network
    return (
        limits.tried(LINKS_OF_NETWORK, network, ask.keys),
        limits.tried_by_all(LINKS_OF_ALL, network, ask.keys),
        limits.tried(LINKS_OF_CONTRACT, f"{email} {ask.body.contract_number}", ask.keys),
    )


def decide_ask(state: None, ask: Ask[AskForLink]) -> Change[Received]:
    """Ask for a link that cancels without an account.

    Only a worker finds out whether there is anything to cancel: here nothing depends on it, not even the time it takes.
    """
    _insist_on_possible(ask.body.wished_date, ask.today)
    if ask.is_silenced:
        return Change(Received())
    email, wished = ask.body.email, Wished(ask.body.name, ask.body.wished_date)
    data = {"contract_number": ask.body.contract_number, "link": ask.seed, "language": ask.language, **wished.kept()}
    wanted = LINK_WANTED.event(ask.now, email, data, kept_until=ask.now + _REQUEST_KEPT)
    return Change(Received(), events=((f"CANCELLATION-REQUEST#{email}", wanted),))


class Linked(NamedTuple):
    """What the link of an e-mail is about, if it still is about anything; read when it is asked for."""

    items: Items
    token: str

    @property
    def key(self) -> Key:
        """Where the link is kept."""
        return links.key(self.token.rpartition(".")[2])

    def opened(self, now: datetime) -> tuple[Subscription, Wished]:
        """The subscription that it cancels, and what was said before.

        Raises Refused `not_found`, or `link_expired`, which says so where the contract is cancelled by now.
        """
        name, _, proof = self.token.rpartition(".")
        link = links.known(self.items, proof, LINK_PURPOSE)
        state = self.items.get(state_key(name))
        if state is None or link.subject != link_subject(subscription := Subscription.stored(state)):
            raise Refused(NOT_FOUND)
        today = subscription.on(clock.day(now))
        links.opened(self.items, proof, LINK_PURPOSE, now, links.done_since(today.status, why_not_cancel(today)))
        return today, Wished.stored(link.said)


def reads_link(ask: Ask[OpenLink] | Ask[CancelByLink]) -> Reads[Linked]:
    """The link, and the subscription that its token names."""
    token = ask.body.token
    return Reads((Linked({}, token).key, state_key(token.rpartition(".")[0])), lambda items: Linked(items, token))


def show_link(state: Linked, ask: Ask[OpenLink]) -> ByLink:
    """What the link of an e-mail would cancel. A POST, so that the token is in no address and so in no log.

    Raises Refused `not_found`, `link_expired`, `already_cancelling`, `not_active`.
    """
    subscription, wished = state.opened(ask.now)
    refuse(why_not_cancel(subscription))
    return ByLink(**_about(subscription), **wished.kept())


def decide_by_link(state: Linked, ask: Ask[CancelByLink]) -> Change[CancelledByLink]:
    """Cancel by the link of an e-mail, which is used up.

    Raises Refused `not_found`, `link_expired`, `already_cancelling`, `not_active`.
    """
    subscription, before = state.opened(ask.now)
    # What was wished for when the link was asked for refuses nothing: it may have come or gone since.
    end = ask.body.wished_date if "wished_date" in ask.body.model_fields_set else before.end
    wished = Wished(ask.body.name or before.name, end)
    after, writes, event = _cancelled(subscription, ask, wished, ask.language)
    return Change(
        CancelledByLink(**_about(after) | wished.kept() | _acknowledgement(event)),
        (*writes, links.ended(state.items, state.key)),
        ((partition(after.id), event), *_begun(subscription, ask)),
    )


def _about(subscription: Subscription) -> dict[str, str]:
    return {
        "contract_number": subscription.contract_number,
        "product": subscription.product,
        "edition": subscription.edition,
        "usable_until": subscription.end.isoformat(),
    }


_CANCELLATION = "/api/subscriptions/{subscription_id}/cancellation"
_REQUESTS = "/api/cancellation-requests"

CANCEL = Job(
    name="cancel",
    method="POST",
    path=_CANCELLATION,
    body=Cancel,
    answer=Cancelled,
    does=Decision(reads, decide_cancel),
    refuses=(NOT_FOUND, FORBIDDEN, ALREADY_CANCELLING, NOT_ACTIVE),
    tells=(CANCELLED,),
    why_not=why_not_cancel,
    done=ALREADY_CANCELLING,
    form=Form("cancellation.cancel", about="subscription", check=True, option=True, lasts=True, plain=("request",)),
)
UNDO = Job(
    name="undo-cancellation",
    method="DELETE",
    path=_CANCELLATION,
    body=Nothing,
    answer=ShownSubscription,
    does=Decision(reads, decide_undo),
    refuses=(NOT_FOUND, FORBIDDEN, NOT_CANCELLING, USED_UP),
    limits=(UNDONE,),
    tells=(CANCELLATION_UNDONE,),
    why_not=why_not_undo,
    form=Form("cancellation.undo", about="subscription", option=True, hidden_by=NOT_CANCELLING),
)
ASK_FOR_LINK = Job(
    name="cancel-without-account",
    method="POST",
    path=_REQUESTS,
    body=AskForLink,
    answer=Received,
    status=202,
    does=OpenDecision(lambda ask: ask.body.email, reads_nothing, decide_ask, tries=tries_to_ask),
    refuses=(TOO_MANY_TRIES,),
    limits=(LINKS_OF_NETWORK, LINKS_OF_ALL, LINKS_OF_CONTRACT),
    tells=(LINK_WANTED,),
    form=Form("cancellation.request", plain=("request", "link")),
)
OPEN_LINK = Job(
    name="open-cancellation-link",
    method="POST",
    path=f"{_REQUESTS}/summary",
    body=OpenLink,
    answer=ByLink,
    does=OpenView(reads_link, show_link),
    refuses=(NOT_FOUND, LINK_EXPIRED, ALREADY_CANCELLING, NOT_ACTIVE),
)
CANCEL_BY_LINK = Job(
    name="cancel-by-link",
    method="POST",
    path=f"{_REQUESTS}/cancellation",
    body=CancelByLink,
    answer=CancelledByLink,
    does=OpenDecision(lambda ask: Linked({}, ask.body.token).key.pk, reads_link, decide_by_link),
    refuses=(NOT_FOUND, LINK_EXPIRED, ALREADY_CANCELLING, NOT_ACTIVE),
    tells=(CANCELLED,),
    form=Form("cancellation.by_link", about="link", check=True, opens=OPEN_LINK, edits=("name", "wished_date")),
)
