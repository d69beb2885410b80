"""Messages: the conversation between a customer and the staff about the customer's papers.

A message is kept for as long as the papers are. It is written under the version of its account, so that none comes
once that is complete or expired, and the worker that destroys what there is then leaves none behind. Its text stands
in its own item and in the answer kept for a repeat, which goes with it: neither in the history nor in an e-mail.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.onboarding import documents, reviews
from functions.onboarding.account import OVER, Account, Side, partition, queued
from functions.onboarding.reviews import OWN_ACCOUNT, Reviewing
from functions.shared import clock, limits
from functions.shared.desk import Decision, Desk, LocatedDecision, Look, known_to, remembered
from functions.shared.events import Mail, Told
from functions.shared.fields import Aliased, Comment, RequestModel
from functions.shared.items import Item, Key, new
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.lists import Listed, Page, listed
from functions.shared.refusal import NOT_FOUND, USED_UP, Refused, conflict
from functions.shared.store import Store

CONVERSATION_CLOSED = conflict("conversation_closed", "messages")
MESSAGE_WRITTEN = Told("message_written", "messages", publishes=("deadline",))
MESSAGE_ANSWERED = Told(
    "message_answered", "messages", mails=(Mail("messages.mails.answered"),), publishes=("deadline",)
)
MESSAGES = Limit("messages", "an account", 50, DAY)
PREFIX = "MESSAGE#"
_ID_DIGITS = 32


class Write(RequestModel):
    """What is written."""

    text: Annotated[Comment, StringConstraints(min_length=1, max_length=2000)]


class Message(Aliased):
    """A message, from the customer or the staff, whoever of them."""

    by: Annotated[Side, Field(alias="from")]
    text: str
    at: str


def list_own(desk: Desk, ask: Ask[Page]) -> Listed[Message]:
    """What the reader and the staff have written about the reader's papers, newest first."""
    asked, account = desk.reads(ask, lambda email: documents.reads(ask, email))
    with known_to(asked.reader):
        return _listed(desk.cloud.store, account, asked)


def list_of_account(desk: Desk, ask: Ask[Page]) -> Listed[Message]:
    """The same about the papers of an account, for the staff."""
    asked, state = reviews.reviewing(desk, ask)
    with known_to(asked.reader):
        return _listed(desk.cloud.store, state.account, asked)


def decide_write(account: Account, ask: SignedIn[Write]) -> Change[Message]:
    """Write to the staff. Raises Refused `conversation_closed`, or `used_up`."""
    written = _written(account, ask, "customer", MESSAGE_WRITTEN)
    return written._replace(writes=(*written.writes, limits.spent(MESSAGES, account.account_id, ask.now, ask.keys)))


def decide_answer(state: Reviewing, ask: SignedIn[Write]) -> Change[Message]:
    """Write to the customer. Raises Refused `own_account` for the reviewer's own, `conversation_closed`."""
    reviews.insist_on_another(state, ask)
    return _written(state.account, ask, "staff", MESSAGE_ANSWERED)


def destroy_messages(store: Store, account_id: str) -> None:
    """Destroy every message about an account that is over, and the answer to who wrote it, kept for a repeat, first.

    Doing so again finishes what was cut short.
    """
    for key, item in store.query(partition(account_id), first=PREFIX, last=f"{PREFIX}~"):
        store.remove(Key(*item["answered"]))
        store.remove(key)


def _written(account: Account, ask: SignedIn[Write], by: Side, told: Told) -> Change[Message]:
    if account.on(ask.today).account_status in OVER:
        raise Refused(CONVERSATION_CLOSED)
    at = clock.rfc3339(ask.now)
    changed = account.with_word(by, at)
    said = {"from": by, "text": ask.body.text, "at": at}
    # The address, so that the person's export and erasure find it.
    item = {**said, "email": account.email, "answered": [*remembered(ask, ask.reader.account_id)]}
    message = new(Key(partition(account.account_id), f"{PREFIX}{at}#{ask.random[:_ID_DIGITS]}"), item)
    event = account.happened(told, ask.now, ask.reader.email, deadline=account.deadline)
    return Change(Message.model_validate(said), (changed.put(), *queued(account, changed), message), (event,))


def _listed(store: Store, account: Account, ask: SignedIn[Page]) -> Listed[Message]:
    def show(_: Key, item: Item) -> Message:
        return Message.model_validate({name: item[name] for name in ("from", "text", "at")})

    found = listed(store, partition(account.account_id), PREFIX, ask.body, ask.keys, show, backward=True)
    # What is about to be destroyed is shown no more.
    return Listed(items=[], next=None) if account.on(ask.today).account_status in OVER else found


_OWN = "/api/onboarding/messages"
_OF_ACCOUNT = "/api/reviews/{account}/messages"

LIST = Job(name="list-messages", method="GET", path=_OWN, body=Page, answer=Listed[Message], does=Look(list_own))
WRITE = Job(
    name="write-message",
    method="POST",
    path=_OWN,
    body=Write,
    answer=Message,
    status=201,
    does=Decision(documents.reads, decide_write),
    refuses=(CONVERSATION_CLOSED, USED_UP),
    limits=(MESSAGES,),
    tells=(MESSAGE_WRITTEN,),
)
LIST_OF_ACCOUNT = Job(
    name="list-account-messages",
    method="GET",
    path=_OF_ACCOUNT,
    body=Page,
    answer=Listed[Message],
    does=Look(list_of_account),
    refuses=(NOT_FOUND,),
    admits=reviews.reviewing,
)
ANSWER = Job(
    name="answer-message",
    method="POST",
    path=_OF_ACCOUNT,
    body=Write,
    answer=Message,
    status=201,
    does=LocatedDecision(reviews.locate, reviews.reads, decide_answer),
    refuses=(NOT_FOUND, OWN_ACCOUNT, CONVERSATION_CLOSED),
    tells=(MESSAGE_ANSWERED,),
    admits=reviews.admit_reviewer,
)
