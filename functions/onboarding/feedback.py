"""Feedback on a page: whether it helped and why, from anyone, with nothing personal kept."""

import re
import time
from typing import Annotated, Literal

from pydantic import StringConstraints

from functions.shared import clock, limits
from functions.shared.desk import OpenDecision
from functions.shared.fields import Comment, Model, RequestModel
from functions.shared.items import Key, new, reads_nothing
from functions.shared.job import Ask, Change, Job
from functions.shared.limits import HOUR, QUARTER, Limit, Try
from functions.shared.refusal import TOO_MANY_TRIES

KEPT_SECONDS = 365 * 24 * 60 * 60
OF_NETWORK = Limit("feedback on a page", "a network address", 60, HOUR, "tries")
OF_ALL = Limit("feedback on a page", "everybody, a sixteenth each", 300, QUARTER, "tries")

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
    kept = {
        "helpful": given.helpful,
        "comment": impersonal(given.comment or ""),
        "expires_at": int(time.time()) + KEPT_SECONDS,
    }
    item = new(Key(f"FEEDBACK#{given.page}", f"{clock.rfc3339(ask.now)}#{ask.request.id}"), kept)
    return Change(KeptFeedback(status="kept"), (item,))


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
