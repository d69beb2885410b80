"""Feedback on a page: whether it helped and why, from anyone, with nothing personal kept; the staff read it.

A search that found nothing is feedback on the search, when whoever searched says so: its comment is what was typed.
"""

import re
import time
from typing import Annotated, Literal

from pydantic import StringConstraints

from functions.shared import clock, limits
from functions.shared.desk import Desk, Look, OpenDecision, known_to
from functions.shared.fields import Comment, Model, RequestModel
from functions.shared.items import Count, Item, Key, new, reads_nothing
from functions.shared.job import Ask, Change, Job
from functions.shared.limits import HOUR, QUARTER, Limit, Try
from functions.shared.lists import Listed, Page, listed
from functions.shared.refusal import NOT_FOUND, TOO_MANY_TRIES, Refused
from functions.shared.staff import admit_staff

KEPT_SECONDS = 365 * 24 * 60 * 60
OF_NETWORK = Limit("feedback on a page", "a network address", 60, HOUR, "tries")
OF_ALL = Limit("feedback on a page", "everybody, a sixteenth each", 300, QUARTER, "tries")

COMMENTS, VOTES = "FEEDBACK", "VOTES"
# What their items are called by: the moment, and the page, whose address begins so.
_AT, _PAGE = "AT#", "/"
# More than anybody votes in a year.
_ENOUGH = 10**9

# Addresses, and runs of digits that may be a telephone, contract or account number.
_PERSONAL = re.compile(r"\S+@\S+|\+?\d(?:[\s./()-]?\d){5,}")


class Feedback(RequestModel):
    """Which page, and what the reader thinks of it."""

    page: Annotated[str, StringConstraints(max_length=200, pattern=r"^/[a-z0-9/_.-]*$")]
    helpful: bool
    comment: Comment | None = None


class KeptFeedback(Model):
    """What became of it."""

    status: Literal["kept"]


class Commented(Model):
    """What a reader wrote of a page; of the search, what was typed and not found."""

    page: str
    helpful: bool
    comment: str
    at: str


class Voted(Model):
    """How often readers said of a page that it helped, or that it did not."""

    page: str
    helpful: bool
    count: int


def impersonal(comment: str) -> str:
    """The comment without what points to a person."""
    return _PERSONAL.sub("…", comment)


def tries(state: None, ask: Ask[Feedback]) -> tuple[Try, ...]:
    """Where it counts."""
    network = ask.request.network
    return limits.tried(OF_NETWORK, network, ask.keys), limits.tried_by_all(OF_ALL, network, ask.keys)


def decide(state: None, ask: Ask[Feedback]) -> Change[KeptFeedback]:
    """Keep what a reader thinks of a page."""
    given = ask.body
    expires_at = int(time.time()) + KEPT_SECONDS
    vote = Count(
        Key(VOTES, f"{given.page}#{'yes' if given.helpful else 'no'}"), _ENOUGH, 1, expires_at, Refused(TOO_MANY_TRIES)
    )
    comment = impersonal(given.comment or "")
    kept = {"page": given.page, "helpful": given.helpful, "comment": comment, "expires_at": expires_at}
    said = new(Key(COMMENTS, f"{_AT}{clock.rfc3339(ask.now)}#{ask.request.id}"), kept)
    return Change(KeptFeedback(status="kept"), (vote, said) if comment else (vote,))


def list_comments(desk: Desk, ask: Ask[Page]) -> Listed[Commented]:
    """What readers wrote, the newest first."""

    def show(key: Key, item: Item) -> Commented:
        at, _, _ = key.sk.removeprefix(_AT).partition("#")
        return Commented(page=item["page"], helpful=item["helpful"], comment=item["comment"], at=at)

    asked = admit_staff(desk, ask)
    with known_to(asked.reader):
        return listed(desk.cloud.store, COMMENTS, _AT, ask.body, ask.keys, show, backward=True)


def list_votes(desk: Desk, ask: Ask[Page]) -> Listed[Voted]:
    """How often each page was said to help, or not to."""

    def show(key: Key, item: Item) -> Voted:
        page, _, vote = key.sk.partition("#")
        return Voted(page=page, helpful=vote == "yes", count=item["count"])

    asked = admit_staff(desk, ask)
    with known_to(asked.reader):
        return listed(desk.cloud.store, VOTES, _PAGE, ask.body, ask.keys, show)


def _place(ask: Ask[Feedback]) -> str:
    """Where it comes from, keyed, so that nobody's network address is kept."""
    return ask.keys.digest(f"feedback {ask.request.network}").hex()


GIVE = Job(
    name="give-feedback",
    method="POST",
    path="/api/feedback",
    body=Feedback,
    answer=KeptFeedback,
    status=202,
    does=OpenDecision(_place, reads_nothing, decide, tries=tries),
    refuses=(TOO_MANY_TRIES,),
    limits=(OF_NETWORK, OF_ALL),
)

LIST = Job(
    name="list-feedback",
    method="GET",
    path="/api/feedback",
    body=Page,
    answer=Listed[Commented],
    does=Look(list_comments),
    refuses=(NOT_FOUND,),
    admits=admit_staff,
)

VOTES_OF_PAGES = Job(
    name="list-votes",
    method="GET",
    path="/api/feedback/votes",
    body=Page,
    answer=Listed[Voted],
    does=Look(list_votes),
    refuses=(NOT_FOUND,),
    admits=admit_staff,
)
