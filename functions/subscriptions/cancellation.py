"""Cancellation: signed in or by a link sent by e-mail, taken back until the last day.

Free, direct, open to those without an account, and acknowledged at once, as the code de la consommation has it in
articles L215-1-1 and D215-1 and following.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel

from functions.shared import clock, links, tries
from functions.shared.desk import Change, DecideForAnyone, Desk
from functions.shared.events import Event
from functions.shared.fields import Comment, EmailAddress, Line, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items, Key, Write
from functions.shared.texts import Language, language_for
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.reference import reference
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import Subscription, facts, link_subject, partition, state_key

LINK_PURPOSE = "cancellation"
LINK_LIFE = timedelta(hours=24)
# How long it is kept that someone asked for a link, whether or not there was one to send.
_REQUEST_KEPT = timedelta(days=30)

type Reason = Literal["too_expensive", "not_used", "switched", "project_over", "other", "prefer_not_to_say"]


def same_contract(number: str) -> str:
    """A contract number as it is compared: however it was spaced and capitalised."""
    return "".join(number.split()).casefold()


class Cancel(RequestModel):
    """Why; to prefer not to say is an answer."""

    reason: Reason
    comment: Comment | None = None


class AskForLink(RequestModel):
    """Which contract, and the address of its administrator."""

    contract_number: Annotated[Line, AfterValidator(same_contract)]
    email: EmailAddress


class OpenLink(RequestModel):
    """What the link in the e-mail carries."""

    token: Line


class CancelByLink(Cancel):
    """The same, by a link."""

    token: Line


class Cancelled(ShownSubscription):
    """A cancelled subscription, with its last day of use and the acknowledgement's reference."""

    usable_until: str
    reference: str


class ByLink(BaseModel):
    """What a link is about."""

    contract_number: str
    product: str
    edition: str
    usable_until: str


class CancelledByLink(ByLink):
    """The acknowledgement."""

    reference: str


class Received(BaseModel):
    """That the request was received: the same for everyone."""


def decide_cancel(subscription: Subscription, reader: Reader, said: Cancel, name: str, now: datetime) -> Change:
    """The subscription ends after its last day, and `name` is the reference of the acknowledgement.

    Raises Refused `already_cancelling`, `not_active`.
    """
    cancelled, writes, event = _cancelled(subscription, said, name, reader.language, now)
    body = subscriptions.shown(cancelled, "administrator", clock.day(now)) | _acknowledgement(event)
    return Change(Answer(200, body), writes, ((partition(cancelled.id), event),))


def decide_undo(subscription: Subscription, reader: Reader, now: datetime) -> Change:
    """Active again, as if it had never been cancelled. Raises Refused `not_cancelling`."""
    today = clock.day(now)
    subscriptions.refuse_unless(subscriptions.why_not_undo_cancellation, subscription, today)
    active = replace(subscription, status="active", cancellation=None)
    event = Event("cancellation_undone", now, reader.email, _facts(active, reader.language))
    return Change(
        Answer(200, subscriptions.shown(active, "administrator", today)),
        (active.put(), *deadlines(active, today)),
        ((partition(active.id), event),),
    )


def decide_by_link(items: Items, said: CancelByLink, name: str, language: Language, now: datetime) -> Change:
    """The same as signed in, by the administrator whom the link was sent to, and the link is used up.

    Raises Refused `not_found`, `link_expired`, `already_cancelling`, `not_active`.
    """
    subscription = _linked(items, said.token, now)
    cancelled, writes, event = _cancelled(subscription, said, name, language, now)
    body = _about(cancelled) | _acknowledgement(event)
    return Change(
        Answer(200, body),
        (*writes, links.ended(items, _link_key(said.token), now)),
        ((partition(cancelled.id), event),),
    )


def _cancelled(
    subscription: Subscription, said: Cancel, name: str, language: Language, now: datetime
) -> tuple[Subscription, tuple[Write, ...], Event]:
    today = clock.day(now)
    subscriptions.refuse_unless(subscriptions.why_not_cancel, subscription, today)
    said_at = {"reason": said.reason, "comment": said.comment, "at": clock.rfc3339(now)}
    cancellation = {"reference": name, **said_at}
    after = replace(subscription.on(today), status="cancelling", cancellation=cancellation)
    data = _facts(after, language) | {"end": after.end.isoformat(), **cancellation}
    event = Event("cancelled", now, after.administrator, data)
    return after, (after.put(), *deadlines(after, today)), event


def _facts(subscription: Subscription, language: Language) -> dict[str, Any]:
    return {**facts(subscription), "language": language}


def _about(subscription: Subscription) -> dict[str, str]:
    return {
        "contract_number": subscription.contract_number,
        "product": subscription.product,
        "edition": subscription.edition,
        "usable_until": subscription.end.isoformat(),
    }


def _acknowledgement(event: Event) -> dict[str, str]:
    return {"usable_until": event.data["end"], "reference": event.data["reference"]}


def _linked(items: Items, token: str, now: datetime) -> Subscription:
    """The subscription that a link cancels. Raises Refused `not_found`, `link_expired`."""
    name, _, proof = token.rpartition(".")
    link = links.opened(items, proof, LINK_PURPOSE, now)
    subscription = Subscription.stored(items[state_key(name)]) if state_key(name) in items else None
    if subscription is None or link.subject != link_subject(subscription):
        raise Refused("not_found")
    return subscription.on(clock.day(now))


def _link_key(token: str) -> Key:
    return links.key(token.rpartition(".")[2])


def cancel(desk: Desk, request: Request) -> Answer:
    """Cancel a subscription."""
    name = reference(clock.now())

    def decide(subscription: Subscription, _: Items, reader: Reader, now: datetime) -> Change:
        return decide_cancel(subscription, reader, request.body, name, now)

    return administration.change(desk, request, decide)


def undo_cancellation(desk: Desk, request: Request) -> Answer:
    """Take a cancellation back."""

    def decide(subscription: Subscription, _: Items, reader: Reader, now: datetime) -> Change:
        return decide_undo(subscription, reader, now)

    return administration.change(desk, request, decide)


def ask_for_link(desk: Desk, request: Request) -> Answer:
    """Ask for a link that cancels without an account.

    Only a worker finds out whether there is anything to cancel: here nothing depends on it, not even the time it takes.
    """
    asked: AskForLink = request.body
    counted = tries.key("cancellation link", asked.email, desk.cloud.key)
    data = {
        "contract_number": asked.contract_number,
        "link": links.seed(),
        "language": language_for(None, request.accept_language),
    }

    def decide(items: Items, now: datetime) -> Change:
        tries.refuse_more(items, counted)
        event = Event("cancellation_link_wanted", now, asked.email, data, kept_until=now + _REQUEST_KEPT)
        return Change(
            Answer(202, {}),
            (tries.counted(items, counted),),
            ((f"CANCELLATION-REQUEST#{asked.email}", event),),
        )

    return desk.change_for_anyone(request, asked.email, [counted], decide)


def open_link(desk: Desk, request: Request) -> Answer:
    """What the link of an e-mail would cancel. A POST, so that the token is in no address and so in no log."""
    return _with_link(
        desk, request, lambda items, now: Change(Answer(200, _about(_linked(items, request.body.token, now))))
    )


def cancel_by_link(desk: Desk, request: Request) -> Answer:
    """Cancel by the link of an e-mail."""
    language, name = language_for(None, request.accept_language), reference(clock.now())
    return _with_link(desk, request, lambda items, now: decide_by_link(items, request.body, name, language, now))


def _with_link(desk: Desk, request: Request, decide: DecideForAnyone) -> Answer:
    token: str = request.body.token
    link = _link_key(token)
    return desk.change_for_anyone(request, link.pk, [link, state_key(token.rpartition(".")[0])], decide)


_CANCELLATION = "/api/subscriptions/{subscription_id}/cancellation"
_REQUESTS = "/api/cancellation-requests"

CANCEL = Job(
    name="cancel",
    method="POST",
    path=_CANCELLATION,
    run=cancel,
    body=Cancel,
    answer=Cancelled,
    codes=("not_found", "forbidden", "already_cancelling", "not_active"),
)
UNDO = Job(
    name="undo-cancellation",
    method="DELETE",
    path=_CANCELLATION,
    run=undo_cancellation,
    answer=ShownSubscription,
    codes=("not_found", "forbidden", "not_cancelling"),
)
ASK_FOR_LINK = Job(
    name="cancel-without-account",
    method="POST",
    path=_REQUESTS,
    run=ask_for_link,
    body=AskForLink,
    answer=Received,
    status=202,
    signed_in=False,
    codes=("too_many_tries",),
)
OPEN_LINK = Job(
    name="open-cancellation-link",
    method="POST",
    path=f"{_REQUESTS}/summary",
    run=open_link,
    body=OpenLink,
    answer=ByLink,
    signed_in=False,
    codes=("not_found", "link_expired"),
)
CANCEL_BY_LINK = Job(
    name="cancel-by-link",
    method="POST",
    path=f"{_REQUESTS}/cancellation",
    run=cancel_by_link,
    body=CancelByLink,
    answer=CancelledByLink,
    signed_in=False,
    codes=("not_found", "link_expired", "already_cancelling", "not_active"),
)
CANCEL_FORM = Form(CANCEL, "cancellation.cancel", about="subscription", action="cancel", check=True)
UNDO_FORM = Form(UNDO, "cancellation.undo", about="subscription", action="undo_cancellation")
ASK_FOR_LINK_FORM = Form(ASK_FOR_LINK, "cancellation.request")
CANCEL_BY_LINK_FORM = Form(CANCEL_BY_LINK, "cancellation.by_link", about="link", check=True, opens=OPEN_LINK)
