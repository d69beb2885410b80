"""Where a person is signed in, and the end of each of these sessions."""

from dataclasses import dataclass
from datetime import UTC, datetime

from functions.shared import clock, session
from functions.shared.desk import Decision, Desk, Look
from functions.shared.devices import worded
from functions.shared.fields import Model, Nothing
from functions.shared.items import Delete, Item, Items, Reads
from functions.shared.job import NOTHING, Ask, Change, Closes, Job, SignedIn
from functions.shared.lists import Cursors, Listed, Page, page_of
from functions.shared.refusal import NOT_FOUND, Refused
from functions.shared.store import Conflict, retry_lost_races
from functions.shared.texts import Texts

_LAST = session.PREFIX + "~"
# Later than any second, so that the newest comes first in the order of names.
_LATEST = 10**11


class OpenSession(Model):
    """A browser that somebody is signed in with, since when, and when it last asked; `this` is the one that asks."""

    id: str
    since: str
    last_seen: str
    device: str
    this: bool


@dataclass(frozen=True)
class Ending:
    """A session to end, if it is there; `is_this` is the one that asks."""

    claimed: session.Claim
    session_id: str
    kept: Item | None

    @property
    def is_this(self) -> bool:
        """Whether it is the one that asks."""
        return self.session_id == self.claimed.session_id


def list_sessions(desk: Desk, ask: Ask[Page]) -> Listed[OpenSession]:
    """Where the reader is signed in, the newest session first."""
    return retry_lost_races(lambda: _listed(desk, ask))


def _listed(desk: Desk, ask: Ask[Page]) -> Listed[OpenSession]:
    """The same, unless the session that asks is ended in between: raises Conflict then."""
    claimed = session.claim(ask.request)

    def state(items: Items) -> Item:
        return items[session.account_key(claimed.email)]

    asked, account = desk.reads(ask, lambda email: Reads((), state))
    texts = Texts(asked.language)
    found = desk.cloud.store.query(session.person(claimed.email), first=session.PREFIX, last=_LAST)
    if claimed.session not in dict(found):
        raise Conflict
    shown = [
        _shown(key.sk.removeprefix(session.PREFIX), item, claimed, texts)
        for key, item in found
        if session.is_open(item, account)
    ]
    cursors = Cursors(f"sessions {claimed.email}", ask.keys)
    return page_of(sorted(shown, key=_place), ask.body, cursors, _place, list)


def reads(ask: Ask[Nothing], email: str) -> Reads[Ending]:
    """The session."""
    session_id = ask.path["session"]
    key, claimed = session.session_key(email, session_id), session.claim(ask.request)
    return Reads((key,), lambda items: Ending(claimed, session_id, items.get(key)))


def decide(state: Ending, ask: SignedIn[Nothing]) -> Change[None]:
    """End a session of the reader's, at once. Raises Refused `not_found`."""
    if state.kept is None:
        raise Refused(NOT_FOUND)
    key = session.session_key(ask.reader.email, state.session_id)
    return Change(None, (Delete(key, state.kept),), effect=Closes() if state.is_this else None)


def _shown(session_id: str, item: Item, claimed: session.Claim, texts: Texts) -> OpenSession:
    return OpenSession(
        id=session_id,
        since=_moment(item["absolute_until"] - session.ABSOLUTE_SECONDS),
        last_seen=_moment(item["idle_until"] - session.IDLE_SECONDS),
        device=worded(item.get("device", {}), texts),
        this=session_id == claimed.session_id,
    )


def _place(one: OpenSession) -> str:
    return f"{_LATEST - int(datetime.fromisoformat(one.since).timestamp())}#{one.id}"


def _moment(seconds: int) -> str:
    # Sessions run on real time.
    return clock.rfc3339(datetime.fromtimestamp(seconds, UTC))


LIST = Job(
    name="list-sessions",
    method="GET",
    path="/api/sessions",
    body=Page,
    answer=Listed[OpenSession],
    does=Look(list_sessions),
)
END = Job(
    name="end-session",
    method="DELETE",
    path="/api/sessions/{session}",
    body=Nothing,
    answer=NOTHING,
    status=204,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND,),
)
