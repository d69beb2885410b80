"""Feedback on a page: whether it helped and why, from anyone, with nothing personal kept."""

import re
import time
from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from functions.shared import clock, tries
from functions.shared.desk import Change, Desk
from functions.shared.fields import Comment, RequestModel
from functions.shared.job import Answer, Job
from functions.shared.request import Request
from functions.shared.store import Items, Key, new

KEPT_SECONDS = 365 * 24 * 60 * 60

# Addresses, and runs of digits that may be a telephone, contract or account number.
_PERSONAL = re.compile(r"\S+@\S+|\+?\d(?:[\s./()-]?\d){5,}")


class Feedback(RequestModel):
    """Which page, and what the reader thinks of it."""

    page: Annotated[str, StringConstraints(max_length=200, pattern=r"^/[a-z0-9/_.-]*$")]
    helpful: bool
    comment: Comment | None = None


def impersonal(comment: str) -> str:
    """The comment without what points to a person."""
    return _PERSONAL.sub("…", comment)


def give_feedback(desk: Desk, request: Request) -> Answer:
    """Keep what a reader thinks of a page."""
    given: Feedback = request.body
    counted = tries.key("feedback", request.source_ip, desk.cloud.key)

    def decide(items: Items, now: datetime) -> Change:
        tries.refuse_more(items, counted)
        kept = {
            "helpful": given.helpful,
            "comment": impersonal(given.comment or ""),
            "expires_at": int(time.time()) + KEPT_SECONDS,
        }
        item = new(Key(f"FEEDBACK#{given.page}", f"{clock.rfc3339(now)}#{request.id}"), kept)
        return Change(Answer(202, {"status": "kept"}), (item, tries.counted(items, counted)))

    return desk.change_for_anyone(request, "feedback", [counted], decide)


GIVE = Job(
    name="give-feedback",
    method="POST",
    path="/api/feedback",
    run=give_feedback,
    body=Feedback,
    status=202,
    signed_in=False,
    codes=("too_many_tries",),
)
