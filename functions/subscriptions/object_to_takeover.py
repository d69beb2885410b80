"""Objection: the administrator says that they have not left, by the link of an e-mail, without signing in; who is
signed in gets the same link from their portal.
"""

from typing import Any, NamedTuple

from functions.shared import clock, links
from functions.shared.desk import OpenDecision, OpenView, View
from functions.shared.events import Mail, Told
from functions.shared.fields import Line, Model, Nothing, RequestModel
from functions.shared.form import Form
from functions.shared.items import Items, Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.refusal import LINK_EXPIRED, NOT_FOUND, Refused
from functions.subscriptions.subscription import Subscription, partition
from functions.subscriptions.takeovers import Takeover, dropped, found, keys, shown_facts

TAKEOVER_OBJECTED = Told(
    "takeover_objected",
    "takeover",
    mails=(Mail("takeover.mails.objection"), Mail("takeover.mails.objected", to="other")),
    publishes=("takeover", "reason"),
)


class Objection(RequestModel):
    """What the link in the e-mail carries."""

    token: Line


class ObjectedTo(Model):
    """Who asks for what, why, and from when on it can be decided."""

    contract_number: str
    product: str
    edition: str
    administrator: str
    asked_by: str
    reason: str
    asked_at: str
    decidable_from: str


class ObjectionLink(Model):
    """What the link in the e-mail carries."""

    token: str


class Linked(NamedTuple):
    """What the link of an e-mail is about, if it still is about anything; read when it is asked for."""

    items: Items
    token: str

    @property
    def names(self) -> tuple[str, str]:
        """The request, and what proves that one may object to it."""
        takeover, _, proof = self.token.rpartition(".")
        return takeover, proof

    def opened(self) -> tuple[Takeover, Subscription]:
        """The request and its subscription. Raises Refused `not_found`."""
        takeover, proof = self.names
        state = found(self.items, takeover)
        if state is None or not state[0].is_opened_by(proof):
            raise Refused(NOT_FOUND)
        return state


def reads(ask: Ask[Objection]) -> Reads[Linked]:
    """The request that the token names, and its subscription."""
    token = ask.body.token
    return Reads(keys(Linked({}, token).names[0]), lambda items: Linked(items, token))


def show(state: Linked, ask: Ask[Objection]) -> ObjectedTo:
    """What the link of an e-mail would object to. A POST, so that the token is in no address and so in no log.

    Raises Refused `not_found`, `link_expired` once it is objected to, decided or outdated.
    """
    takeover, subscription = state.opened()
    _insist_on_open(takeover, subscription, ask)
    return ObjectedTo(
        **shown_facts(subscription),
        administrator=takeover.administrator,
        asked_by=takeover.asked_by,
        reason=takeover.reason,
        asked_at=takeover.asked_at,
        decidable_from=clock.rfc3339(takeover.decidable_from),
    )


def decide(state: Linked, ask: Ask[Objection]) -> Change[None]:
    """Object to a request to take over, which is closed by it; to object once more says and changes nothing.

    Raises Refused `not_found`, `link_expired` once it is decided or outdated.
    """
    takeover, subscription = state.opened()
    if takeover.outcome == "objected":
        return Change(None)
    _insist_on_open(takeover, subscription, ask)
    told = TAKEOVER_OBJECTED.event(ask.now, takeover.administrator, takeover.facts(subscription))
    return Change(
        None,
        (takeover.closed("objected", ask.now, takeover.administrator), *dropped(subscription)),
        ((partition(subscription.id), told),),
    )


def reads_own(ask: Ask[Nothing], email: str) -> Reads[tuple[Takeover, Subscription]]:
    """The request of that id, for the administrator whose place it asks for.

    Its reading raises Refused `not_found` for anyone else.
    """
    name = ask.path["takeover"]

    def state(items: Items) -> tuple[Takeover, Subscription]:
        known = found(items, name)
        if known is None or known[0].administrator != email:
            raise Refused(NOT_FOUND)
        return known

    return Reads(keys(name), state)


def show_link(state: tuple[Takeover, Subscription], ask: SignedIn[Nothing]) -> ObjectionLink:
    """What the link to object carries, for the administrator without the e-mail.

    Raises Refused `link_expired` once it is objected to, decided or outdated.
    """
    takeover, subscription = state
    _insist_on_open(takeover, subscription, ask)
    return ObjectionLink(token=f"{takeover.id}.{links.token(takeover.seed, ask.keys)}")


def _insist_on_open(takeover: Takeover, subscription: Subscription, ask: Ask[Any]) -> None:
    if takeover.outcome == "objected":
        raise Refused(LINK_EXPIRED, said="takeover.objected_already", because="objected")
    if not takeover.is_open_in(subscription.on(ask.today)):
        raise Refused(LINK_EXPIRED, said="takeover.over", because=takeover.outcome or "outdated")


_OBJECTION = "/api/takeovers/objection"

OPEN_LINK = Job(
    name="open-takeover-objection",
    method="POST",
    path=f"{_OBJECTION}/summary",
    body=Objection,
    answer=ObjectedTo,
    does=OpenView(reads, show),
    refuses=(NOT_FOUND, LINK_EXPIRED),
)
OBJECT = Job(
    name="object-to-takeover",
    method="POST",
    path=_OBJECTION,
    body=Objection,
    answer=NOTHING,
    status=204,
    does=OpenDecision(lambda ask: links.key(ask.body.token).pk, reads, decide),
    refuses=(NOT_FOUND, LINK_EXPIRED),
    tells=(TAKEOVER_OBJECTED,),
    form=Form("takeover.objection", about="link", opens=OPEN_LINK),
)
GET_LINK = Job(
    name="get-takeover-objection",
    method="GET",
    path="/api/takeovers/{takeover}/objection",
    body=Nothing,
    answer=ObjectionLink,
    does=View(reads_own, show_link),
    refuses=(NOT_FOUND, LINK_EXPIRED),
)
