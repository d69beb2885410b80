"""The ways in which a job is done: a decision that is committed on what it stood on, a view as of one moment, a look.

A decision reads everything as of one moment, decides by a pure function, and commits in one transaction that also
checks what it read and does not write: session, login and role included. Whoever was overtaken reads and decides again.
The answer is kept in the same transaction under the caller's Idempotency-Key.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from pydantic import BaseModel

from functions.shared import clock, log, session
from functions.shared.cloud import Cloud
from functions.shared.events import Event, Told
from functions.shared.fields import Model
from functions.shared.items import Item, Items, Key, Put, Reads, Write, checks, reads_nothing
from functions.shared.job import (
    Answered,
    Ask,
    Binds,
    Change,
    Closes,
    Effect,
    File,
    Knows,
    Offer,
    Opens,
    ShowsRecoveryCodes,
    ShowsSecret,
    SignedIn,
    WasThere,
)
from functions.shared.keys import Keys
from functions.shared.limits import Tries, Try
from functions.shared.refusal import KEY_REUSED, NOT_FOUND, Refusal, Refused
from functions.shared.request import meaning
from functions.shared.session import Reader
from functions.shared.store import Store, retry_lost_races

# How the scope of what somebody signed in was answered begins, before their account's number.
_PERSON = "PERSON#"
_EFFECTS: Mapping[str, type[Effect]] = {
    effect.__name__: effect for effect in (Opens, Closes, Binds, Knows, ShowsSecret, ShowsRecoveryCodes, WasThere)
}

# Beside an answer to remember and the checks of session and account, of the hundred writes of a transaction.
_NOTES_AT_ONCE = 90
# Within it, whoever heard no answer has asked again; what is asked later is another look.
_LOOK_REMEMBERED_SECONDS = 5 * 60


class Desk(NamedTuple):
    """What the jobs of one function share: the cloud, what those of a subscription are offered, what is told."""

    cloud: Cloud
    actions: Mapping[str, Offer]
    tells: Mapping[str, Told]

    def reads[State, Body](self, ask: Ask[Body], reads: Callable[[str], Reads[State]]) -> tuple[SignedIn[Body], State]:
        """The reader, and what is read of their address, as of one moment. Raises Refused as session.reader does."""
        claimed = session.claim(ask.request)
        wanted = reads(claimed.email)

        def read() -> Items:
            return self.cloud.store.snapshot([*claimed.keys, *wanted.keys])

        items = retry_lost_races(read)
        asked = SignedIn.by(proven(claimed, items, ask), ask)
        with known_to(asked.reader):
            return asked, wanted.state(items)

    def answered_before(self, ask: Ask[Any]) -> Answered:
        """What the reader was answered under this Idempotency-Key, if it was a change of theirs; nothing is done.

        Raises Refused as session.reader does, and `not_found` when no such change was made.
        """
        claimed = session.claim(ask.request)
        remembered = _remembered(ask, _of_person(claimed))
        items = retry_lost_races(lambda: self.cloud.store.snapshot([*claimed.keys, remembered]))
        with known_to(proven(claimed, items, ask)):
            if known := _unforgotten(items, remembered):
                return _answer(known)
            raise Refused(NOT_FOUND)

    def once(
        self,
        ask: Ask[Any],
        scope: str,
        reads: Reads[Any],
        decide: Callable[[Items, Ask[Any]], Change[Any]],
        before_repeat: Callable[[Items], object],
        tries: Callable[[Items, Ask[Any]], Iterable[Try]] = lambda items, ask: (),
        by: str | None = None,
    ) -> Answered:
        """Decide and commit, once for each Idempotency-Key of a `scope`; the answer is kept as theirs `by` whom it is.

        What it tries is counted before it is decided; a repeat tries nothing. Raises Refused `too_many_tries`,
        `idempotency_key_reused` or what the rule says, Conflict when others are always first.
        """
        counted = Tries(self.cloud.store)
        remembered = _remembered(ask, scope)
        meant = meaning(ask.request, ask.request.content)

        def attempt() -> Answered:
            items = self.cloud.store.snapshot([remembered, *reads.keys])
            if known := _unforgotten(items, remembered):
                before_repeat(items)
                return _repeated(known, meant, ask.keys)

            def commit(*writes: Write) -> None:
                self.cloud.store.commit([*writes, *checks(items, reads.keys, reads.vouched, writes)])

            counted.count(tries(items, ask))
            try:
                change = decide(items, replace(ask, now=clock.now(), beyond=frozenset(counted.beyond)))
            except Refusal as refusal:
                if refusal.writes:
                    commit(*refusal.writes)
                raise
            answered = Answered.of(change.answer, change.effect)
            cause = ask.request.idempotency_key
            events = (write for partition, event in change.events for write in event.written(partition, cause))
            kept = _remember(remembered, ask.keys.digest(meant), answered, change.remembered_seconds, by)
            commit(*change.writes, *events, kept)
            return answered

        try:
            answered = retry_lost_races(attempt)
        except Refusal as refusal:
            if refusal.code.spares_tries:
                counted.give_back(succeeded=False)
            raise
        except Exception:
            # Nobody was told anything: nothing was tried.
            counted.give_back(succeeded=False)
            raise
        counted.give_back(succeeded=True)
        return answered


@contextmanager
def known_to(reader: Reader) -> Iterator[None]:
    """Refusals inside are said to that reader: in their account's language, where the page asks for none."""
    try:
        yield
    except Refusal as refusal:
        refusal.account_language = reader.language
        raise


# What goes on after a commit, given the answer's body; a repeat of the request does it again.
type Afterwards[Body] = Callable[[Cloud, Ask[Body], Mapping[str, Any]], None]


# Which limits' tries a request is one of, by what was read.
type Counted[State, Body] = Callable[[State, Ask[Body]], Iterable[Try]]


class _Summarised:
    """Says what it does by the first line of its own function, which decides, shows or looks."""

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        own = next(getattr(self, name) for name in ("answer", "decide", "show", "look", "make") if hasattr(self, name))
        return (own.__doc__ or "").partition("\n")[0]


class _Signed(_Summarised):
    """Done for somebody who is signed in."""

    signed_in = True


class _Open(_Summarised):
    """Done for anyone."""

    signed_in = False


@dataclass(frozen=True)
class Decision[Body, Answer: BaseModel | None, State](_Signed):
    """A change that the signed-in reader asks for, decided by a pure function on what is read.

    `afterwards` may go on with what the answer says, once it is committed; a repeat does it too. Who asked stands in
    the log as a keyed hash, unless it is not to tell who did this and when (`unnamed`).
    """

    reads: Callable[[Ask[Body], str], Reads[State]]
    decide: Callable[[State, SignedIn[Body]], Change[Answer]]
    afterwards: Afterwards[Body] | None = None
    tries: Counted[State, Body] | None = None
    unnamed: bool = False

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Decide and commit. Raises Refused as session.reader does, `sign_in_again`, and as Desk.once does."""
        claimed = session.claim(ask.request)
        wanted = self.reads(ask, claimed.email)

        def decide(items: Items, asked: Ask[Body]) -> Change[Answer]:
            reader = proven(claimed, items, asked)
            if not self.unnamed:
                log.add(person=log.person(asked.keys, reader.email))
            with known_to(reader):
                state = wanted.state(items)
                if asked.confirms:
                    session.insist_on_confirmation(items[claimed.session])
                return self.decide(state, SignedIn.by(reader, asked))

        def tries(items: Items, asked: Ask[Body]) -> Iterable[Try]:
            if self.tries is None:
                return ()
            # Who is not signed in tries nothing.
            proven(claimed, items, asked)
            return self.tries(wanted.state(items), asked)

        reads = Reads((*claimed.keys, *wanted.keys), wanted.state, wanted.vouched)
        repeated = partial(proven, claimed, ask=ask)
        answered = desk.once(ask, _of_person(claimed), reads, decide, repeated, tries, claimed.email)
        if self.afterwards:
            self.afterwards(desk.cloud, ask, answered.body or {})
        return answered


@dataclass(frozen=True)
class OpenDecision[Body, Answer: BaseModel | None, State](_Open):
    """A change that anyone asks for; `scope` keeps different callers' Idempotency-Keys apart.

    One that asks for a session all the same, to end it, says `signed_in`.
    """

    scope: Callable[[Ask[Body]], str]
    reads: Callable[[Ask[Body]], Reads[State]]
    decide: Callable[[State, Ask[Body]], Change[Answer]]
    afterwards: Afterwards[Body] | None = None
    signed_in: bool = False
    tries: Counted[State, Body] | None = None

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Decide and commit. Raises Refused as Desk.once does."""
        wanted = self.reads(ask)

        def decide(items: Items, asked: Ask[Body]) -> Change[Answer]:
            return self.decide(wanted.state(items), asked)

        def tries(items: Items, asked: Ask[Body]) -> Iterable[Try]:
            return self.tries(wanted.state(items), asked) if self.tries else ()

        answered = desk.once(ask, f"ANYONE#{self.scope(ask)}", wanted, decide, lambda items: None, tries)
        if self.afterwards:
            self.afterwards(desk.cloud, ask, answered.body or {})
        return answered


@dataclass(frozen=True)
class Gathered[Body, Answer: BaseModel | None, State, Need, Found](_Signed):
    """A decision that needs something from another service.

    `needs` says what, of the state that is read, or refuses; `gather` fetches it, once for each need, outside the
    decision, which is then made on the same state with what was found.
    """

    reads: Callable[[Ask[Body], str], Reads[State]]
    needs: Callable[[State, SignedIn[Body]], Need]
    gather: Callable[[Cloud, Need], Found]
    decide: Callable[[State, SignedIn[Body], Found], Change[Answer]]
    tries: Counted[State, Body] | None = None

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Gather, decide and commit. Raises as Decision.run does."""
        fetched = _Fetched(desk.cloud, self.gather)

        def decide(state: State, asked: SignedIn[Body]) -> Change[Answer]:
            return self.decide(state, asked, fetched(self.needs(state, asked)))

        return Decision(self.reads, decide, tries=self.tries).run(desk, ask)


@dataclass(frozen=True)
class Located[Body, Answer: BaseModel | None, Place, State, Need, Found](_Signed):
    """The same about something that must be located first; `reads` reads again where it is, to say if it has moved."""

    locate: Callable[[Store, Ask[Body]], Place]
    reads: Callable[[Ask[Body], str, Place], Reads[State]]
    needs: Callable[[State, SignedIn[Body]], Need]
    gather: Callable[[Cloud, Need], Found]
    decide: Callable[[State, SignedIn[Body], Found], Change[Answer]]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Locate, gather, decide and commit. Raises as Decision.run does."""
        place = self.locate(desk.cloud.store, ask)

        def reads(ask: Ask[Body], email: str) -> Reads[State]:
            return self.reads(ask, email, place)

        return Gathered(reads, self.needs, self.gather, self.decide).run(desk, ask)


@dataclass(frozen=True)
class LocatedDecision[Body, Answer: BaseModel | None, Place, State](_Signed):
    """A decision about something that must be located first; `reads` reads again where it is."""

    locate: Callable[[Store, Ask[Body]], Place]
    reads: Callable[[Ask[Body], str, Place], Reads[State]]
    decide: Callable[[State, SignedIn[Body]], Change[Answer]]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Locate, decide and commit. Raises as Decision.run does."""
        place = self.locate(desk.cloud.store, ask)
        return Decision(lambda asked, email: self.reads(asked, email, place), self.decide).run(desk, ask)


@dataclass(frozen=True)
class OpenGathered[Body, Answer: BaseModel | None, State, Need, Found](_Open):
    """The same for anyone; one that asks for a session all the same, to end it, says `signed_in`."""

    scope: Callable[[Ask[Body]], str]
    reads: Callable[[Ask[Body]], Reads[State]]
    needs: Callable[[State, Ask[Body]], Need]
    gather: Callable[[Cloud, Need], Found]
    decide: Callable[[State, Ask[Body], Found], Change[Answer]]
    tries: Counted[State, Body] | None = None
    afterwards: Afterwards[Body] | None = None
    signed_in: bool = False

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Gather, decide and commit. Raises as OpenDecision.run does."""
        fetched = _Fetched(desk.cloud, self.gather)

        def decide(state: State, asked: Ask[Body]) -> Change[Answer]:
            return self.decide(state, asked, fetched(self.needs(state, asked)))

        return OpenDecision(self.scope, self.reads, decide, self.afterwards, tries=self.tries).run(desk, ask)


class Plan(Model):
    """What the steps of a change are about, as JSON; kept as the answer of its first part."""

    steps: list[Any]


@dataclass(frozen=True)
class Steps[Body, Answer: BaseModel, State, Done: BaseModel](_Signed):
    """A change that does not fit one transaction, in steps that are a decision each.

    `plan` says what each step is about; `answer` makes the whole answer of what the steps have done. Plan and steps
    are kept in their own transactions under the caller's Idempotency-Key, as the whole answer is at the end: whoever
    repeats what was cut short goes on there, and is answered what was done, in whichever try.
    """

    plan: Callable[[Desk, SignedIn[Body]], Sequence[Any]]
    reads: Callable[[Ask[Body], str, Any], Reads[State]]
    decide: Callable[[State, SignedIn[Body], Any], Change[Done]]
    answer: Callable[[SignedIn[Body], Sequence[Done]], Answer]
    done: type[Done]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Plan, decide and commit step by step, and answer. Raises as `plan` and Decision.run do."""
        if known := self._known(desk, ask):
            return known
        planned: Decision[Body, Plan, None] = Decision(
            reads_nothing, lambda _, asked: Change(Plan(steps=[*self.plan(desk, asked)]))
        )
        steps = _part(desk, ask, "plan", planned)["steps"]
        done = []
        for number, step in enumerate(steps):
            one: Decision[Body, Done, State] = Decision(partial(self._reads, step), partial(self._decide, step))
            done.append(self.done.model_validate(_part(desk, ask, f"step {number}", one)))
        whole: Decision[Body, Answer, None] = Decision(reads_nothing, lambda _, asked: Change(self.answer(asked, done)))
        return whole.run(desk, ask)

    def _known(self, desk: Desk, ask: Ask[Body]) -> Answered | None:
        claimed = session.claim(ask.request)
        remembered = _remembered(ask, _of_person(claimed))
        items = retry_lost_races(lambda: desk.cloud.store.snapshot([*claimed.keys, remembered]))
        with known_to(proven(claimed, items, ask)):
            known = _unforgotten(items, remembered)
            return _repeated(known, meaning(ask.request, ask.request.content), ask.keys) if known else None

    def _reads(self, step: Any, ask: Ask[Body], email: str) -> Reads[State]:
        return self.reads(ask, email, step)

    def _decide(self, step: Any, state: State, ask: SignedIn[Body]) -> Change[Done]:
        return self.decide(state, ask, step)


def _part[Body](desk: Desk, ask: Ask[Body], name: str, part: Decision[Body, Any, Any]) -> Mapping[str, Any]:
    """What a part of a change answers, done under a key of its own."""
    body = part.run(desk, replace(ask, request=ask.request._replace(part=name))).body
    assert body is not None  # noqa: S101 — every part answers something
    return body


class _Fetched[Need, Found]:
    """What was gathered for the latest need, so that deciding again does not gather again."""

    def __init__(self, cloud: Cloud, gather: Callable[[Cloud, Need], Found]) -> None:
        self._cloud = cloud
        self._gather = gather
        self._latest: list[tuple[Need, Found]] = []

    def __call__(self, need: Need) -> Found:
        if not (self._latest and self._latest[0][0] == need):
            self._latest = [(need, self._gather(self._cloud, need))]
        return self._latest[0][1]


@dataclass(frozen=True)
class View[Body, Answer: BaseModel, State](_Signed):
    """What the signed-in reader is shown of what is read."""

    reads: Callable[[Ask[Body], str], Reads[State]]
    show: Callable[[State, SignedIn[Body]], Answer]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Read and show. Raises Refused `not_signed_in`, or as `reads` and `show` do."""
        asked, state = desk.reads(ask, lambda email: self.reads(ask, email))
        with known_to(asked.reader):
            return Answered.of(self.show(state, asked))


@dataclass(frozen=True)
class OpenView[Body, Answer: BaseModel, State](_Open):
    """What anyone is shown of what is read."""

    reads: Callable[[Ask[Body]], Reads[State]]
    show: Callable[[State, Ask[Body]], Answer]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Read and show. Raises Refused as `reads` and `show` do."""
        wanted = self.reads(ask)
        items: Items = retry_lost_races(lambda: desk.cloud.store.snapshot(wanted.keys)) if wanted.keys else {}
        return Answered.of(self.show(wanted.state(items), ask))


@dataclass(frozen=True)
class Look[Body, Answer: BaseModel](_Signed):
    """What the signed-in reader is shown, found by a function that does its own reading."""

    look: Callable[[Desk, Ask[Body]], Answer]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Look. Raises Refused `not_signed_in`, or as `look` does."""
        return Answered.of(self.look(desk, ask))


class Found(Model):
    """Whom and what somebody is about to look at, as JSON, and the partitions of those whose it is."""

    about: dict[str, Any]
    partitions: list[str]


@dataclass(frozen=True)
class Noted[Body, Answer: BaseModel](_Signed):
    """A look at what is others', which stands in their histories before it is answered.

    `find` says what will be looked at, or refuses; `note` is the event that each partition gets; `look` shows it. The
    notes are made once for each Idempotency-Key while it is remembered: a repeat looks again, and answers what is so by
    then. Nothing of the answer is kept. `reads` insists on who may look.
    """

    reads: Callable[[Ask[Body], str], Reads[Any]]
    find: Callable[[Desk, SignedIn[Body]], Found]
    note: Callable[[Found, str, SignedIn[Body]], Event]
    look: Callable[[Desk, SignedIn[Body], Found], Answer]
    tries: Counted[Any, Body]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Find, note and look. Raises as Decision.run does."""

        def first(_: Any, asked: SignedIn[Body]) -> Change[Found]:
            found = self.find(desk, asked)
            return Change(found, events=self._notes(found, 0, asked), remembered_seconds=_LOOK_REMEMBERED_SECONDS)

        known = _part(desk, ask, "look", Decision(self.reads, first, tries=self.tries))
        found = Found.model_validate(known)
        for begin in range(_NOTES_AT_ONCE, len(found.partitions), _NOTES_AT_ONCE):
            _part(desk, ask, f"note {begin}", Decision(self.reads, partial(self._more, found, begin)))
        asked, _ = desk.reads(ask, lambda email: self.reads(ask, email))
        with known_to(asked.reader):
            return Answered.of(self.look(desk, asked, found))

    def _more(self, found: Found, begin: int, _: Any, asked: SignedIn[Body]) -> Change[Found]:
        return Change(
            Found(about={}, partitions=[]),
            events=self._notes(found, begin, asked),
            remembered_seconds=_LOOK_REMEMBERED_SECONDS,
        )

    def _notes(self, found: Found, begin: int, asked: SignedIn[Body]) -> tuple[tuple[str, Event], ...]:
        partitions = found.partitions[begin : begin + _NOTES_AT_ONCE]
        return tuple((where, self.note(found, where, asked)) for where in partitions)


@dataclass(frozen=True)
class Export[Body](_Signed):
    """A file that the signed-in reader is given, made by a function that does its own reading."""

    make: Callable[[Desk, Ask[Body]], File]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Make it. Raises Refused `not_signed_in`, or as `make` does."""
        return Answered(None, file=self.make(desk, ask))


@dataclass(frozen=True)
class OpenLook[Body, Answer: BaseModel](_Open):
    """The same for anyone."""

    look: Callable[[Desk, Ask[Body]], Answer]

    def run(self, desk: Desk, ask: Ask[Body]) -> Answered:
        """Look. Raises Refused as `look` does."""
        return Answered.of(self.look(desk, ask))


def proven(claimed: session.Claim, items: Items, ask: Ask[Any]) -> Reader:
    """The reader that a claim is true of, and that the page has in mind. Raises Refused as session.reader does."""
    reader = session.reader(claimed, items, half_signed_in=ask.half_signed_in)
    session.insist_on_same_reader(reader, ask.request)
    return reader


def _unforgotten(items: Items, remembered: Key) -> Item | None:
    """The answer that was kept there, as long as it holds."""
    known = items.get(remembered)
    return known if known is not None and known["expires_at"] > time.time() else None


def _remembered(ask: Ask[Any], scope: str) -> Key:
    key_sha256 = hashlib.sha256(ask.request.idempotency_key.encode()).hexdigest()
    return Key(f"IDEMPOTENCY#{scope}#{key_sha256}", "ANSWER")


def remembered(ask: Ask[Any], account_id: str) -> Key:
    """Where the answer to what a signed-in reader asks for is kept for a repeat, whatever their address is by then."""
    return _remembered(ask, f"{_PERSON}{account_id}")


def _of_person(claimed: session.Claim) -> str:
    return f"{_PERSON}{claimed.account_id}"


def _remember(key: Key, fingerprint: bytes, answered: Answered, seconds: int, by: str | None) -> Put:
    now = int(time.time())
    effect = answered.effect and {"kind": type(answered.effect).__name__, **asdict(answered.effect)}
    attributes = {
        "fingerprint": fingerprint.hex(),
        # As short as it was asked: an item holds 400 KB.
        "body": json.dumps(answered.body, ensure_ascii=False),
        "effect": effect,
        "expires_at": now + seconds,
        # By this a person's answers are found, to be erased.
        **({"by": by} if by else {}),
    }
    return Put(key, attributes, "attribute_not_exists(PK) OR expires_at <= :now", {":now": now})


def _repeated(known: Item, meant: str, keys: Keys) -> Answered:
    if not keys.vouch_for(meant, bytes.fromhex(known["fingerprint"])):
        raise Refused(KEY_REUSED)
    return _answer(known)


def _answer(known: Item) -> Answered:
    effect = dict(known.get("effect") or {})
    kind = effect.pop("kind", None)
    return Answered(json.loads(known["body"]), _EFFECTS[kind](**effect) if kind else None)
