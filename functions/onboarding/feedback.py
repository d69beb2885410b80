"""Feedback on a page: whether it helped and why, from anyone, with nothing personal kept."""

import re
import time
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints

from functions.shared import clock, tries
from functions.shared.desk import OpenDecision
from functions.shared.fields import Comment, Model, RequestModel
from functions.shared.items import Items, Key, Reads, new
from functions.shared.job import Ask, Change, Job
from functions.shared.refusal import TOO_MANY_TRIES

KEPT_SECONDS = 365 * 24 * 60 * 60

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


@dataclass(frozen=True)
class Asking:
    """Where the tries of a place are counted, and the items that were read."""

    counted: Key
    items: Items


def impersonal(comment: str) -> str:
    """The comment without what points to a person."""
    return _PERSONAL.sub("…", comment)


def reads(ask: Ask[Feedback]) -> Reads[Asking]:
    """How often feedback came from that place."""
    counted = _counted(ask)
    return Reads((counted,), lambda items: Asking(counted, items))


def decide(state: Asking, ask: Ask[Feedback]) -> Change[KeptFeedback]:
    """Keep what a reader thinks of a page.

    Raises Refused `too_many_tries`.
    """
    tries.refuse_more(state.items, state.counted)
    given = ask.body
    kept = {
        "helpful": given.helpful,
        "comment": impersonal(given.comment or ""),
        "expires_at": int(time.time()) + KEPT_SECONDS,
    }
    item = new(Key(f"FEEDBACK#{given.page}", f"{clock.rfc3339(ask.now)}#{ask.request.id}"), kept)
    return Change(KeptFeedback(status="kept"), (item, tries.counted(state.items, state.counted)))


def _counted(ask: Ask[Feedback]) -> Key:
    return tries.key("feedback", ask.request.network, ask.keys)


def _place(ask: Ask[Feedback]) -> str:
    """Where it comes from, keyed, so that nobody's network address is kept."""
    return _counted(ask).pk


GIVE = Job(
    name="give-feedback",
    method="POST",
    path="/api/feedback",
    body=Feedback,
    answer=KeptFeedback,
    status=202,
    does=OpenDecision(_place, reads, decide),
    refuses=(TOO_MANY_TRIES,),
)
