"""The driver: runs a journey clean and with a fault, and says all that came of it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from functions.shared.items import Put, Set
from functions.shared.store import Conflict
from infra.local.aws import ACCESS_KEY
from infra.local.callers import calling
from tests.crash.faults import Fault, Watch
from tests.crash.invariants import broken
from tests.crash.world import (
    Moment,
    Response,
    World,
    begin_a_quarter_of_an_hour,
    comparable,
    masked,
    nobody_waits,
    unnamed,
)
from tests.journeys import Begin, Call, Work
from tests.journeys.given import Given

# «sweep» is what is done when the stream has forgotten all that it should have handed over.
type Phase = Literal["call", "delivery", "sweep"]


@dataclass(frozen=True)
class Repeat:
    """The very request once more, with its key, as a browser sends it that has waited for too long."""

    call: Call


# What another does: asks for a job, has a function work, or has written something.
type Deed = Call | Repeat | Work | Put | Set

PHASES: tuple[Phase, ...] = ("call", "delivery")
_OWN_TO_A_RESPONSE = ("x-request-id",)


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `things` are answers, stored items and mails, comparable between runs.

    `broken` are the rules that no state may break, and `watch` has seen how it came.
    """

    things: list[str]
    mails: list[str]
    broken: list[str]
    watch: Watch

    @property
    def calls(self) -> list[str]:
        """The calls that were watched."""
        return self.watch.calls

    def difference(self, *others: "Outcome") -> str:
        """What is other than in the one of the others that is most alike; nothing when one is the same."""
        if self.broken:
            return "\n".join(self.broken)
        return min((_difference(other.things, self.things) for other in others), key=len)


@dataclass(frozen=True)
class _Reached:
    """A moment of a run that went well so far: what was answered by then, since when."""

    began: float
    answers: Sequence[Any]
    moment: Moment


class Driver:
    """One journey, begun once and run again and again from there: what comes after its call, from after its call.

    With `delivers_once`, where a call comes to what another came to, what is worked on afterwards is done for one of
    them: for tests in which nothing that matters to it is otherwise the second time.
    """

    def __init__(self, world: World, begin: Begin, *, delivers_once: bool = False) -> None:
        self.world = world
        begin_a_quarter_of_an_hour()
        self.given = Given(world.cloud)
        self.journey = begin(self.given)
        self._called: _Reached | None = None
        self._worked: _Reached | None = None
        self._delivered: dict[tuple[str, ...], Outcome] | None = {} if delivers_once else None

    @cached_property
    def clean(self) -> dict[Phase, Outcome]:
        """What comes of it when nothing goes wrong, for either phase."""
        return {phase: self.run(phase) for phase in PHASES}

    def run(
        self,
        phase: Phase = "call",
        fault: Fault | None = None,
        rival: Deed | None = None,
        *,
        then: Fault | None = None,
    ) -> Outcome:
        """The journey and what is worked on afterwards, with a fault in that phase.

        `then` is a second one, counted from the call after the first, in whichever phase that is.
        """
        answers: list[Any] = []
        watch = Watch(fault, lambda: self._do(rival, "rival", answers) if rival else None, then)
        with self.world.put_back(), nobody_waits():
            if phase == "call":
                began = time.time()
                self.world.watch = watch
                self._do(self.journey.call, "call", answers)
            else:
                began = self._begin_after_the_call(answers)
                self.world.watch = watch
            if phase == "sweep":
                self.world.forget()
            return self._outcome(answers, began, watch)

    def run_otherwise(self, work: Callable[[], object]) -> Outcome:
        """The journey and what is worked on afterwards in a way of one's own, before it comes in the usual one."""
        answers: list[Any] = []
        with self.world.put_back(), nobody_waits():
            began = self._begin_after_the_call(answers)
            work()
            return self._outcome(answers, began, Watch())

    def one_after_the_other(self, rival: Deed, place: int, matters: Callable[[Watch], bool]) -> Outcome:
        """The journey and another's deed: before the call (`place` 0), before what is worked on afterwards, or last.

        It ends with the deed when what that has touched does not matter.
        """
        answers: list[Any] = []
        watch = Watch()
        with self.world.put_back(), nobody_waits():
            began = time.time()
            if place == 1:
                began = self._begin_after_the_call(answers)
            elif place == 2:
                began = self._begin_after_the_work(answers)
            with watch.on(), watch.rival_acts():
                self._do(rival, "rival", answers)
            if not matters(watch):
                return Outcome([], [], [], watch)
            if place == 0:
                self._do(self.journey.call, "call", answers)
            return self._outcome(answers, began, watch)

    def after_the_call[Seen](self, look: Callable[[], Seen]) -> Seen:
        """What there is to see before anything is worked on."""
        with self.world.put_back(), nobody_waits():
            self._begin_after_the_call([])
            return look()

    def do(self, what: Deed) -> None:
        """Have it done, whatever the answer is."""
        self._do(what, "call", [])

    def _begin_after_the_call(self, answers: list[Any]) -> float:
        """Let the call have been made and answered; when it began."""
        if self._called is None:
            began = time.time()
            self._do(self.journey.call, "call", answers)
            self._called = _Reached(began, tuple(answers), self.world.moment())
            return began
        answers.extend(self._called.answers)
        self.world.come_back(self._called.moment)
        return self._called.began

    def _begin_after_the_work(self, answers: list[Any]) -> float:
        """Let all have been worked on as well."""
        if self._worked is None:
            began = self._begin_after_the_call(answers)
            self.world.deliver(self.journey.workers)
            self._worked = _Reached(began, tuple(answers), self.world.moment())
            return began
        answers.extend(self._worked.answers)
        self.world.come_back(self._worked.moment)
        self.world.forget()
        return self._worked.began

    def _do(self, what: Deed, key: str, answers: list[Any]) -> None:
        match what:
            case Call():
                answers.append({key: _without_its_own(self.world.answer(self.given, what, key))})
            case Repeat(call):
                answers.append({key: _without_its_own(self.world.answer(self.given, call, "call"))})
            case Work():
                self.world.work(what)
            case _:
                try:
                    # Not by the function whose call it comes into.
                    with calling(ACCESS_KEY):
                        self.given.write(what)
                except Conflict:
                    answers.append({key: "came too late"})

    def _outcome(self, answers: list[Any], began: float, watch: Watch) -> Outcome:
        call = self.journey.call
        workers = [*self.journey.workers, *([call.function] if isinstance(call, Work) else [])]
        # A second fault may have come about in the call as well.
        is_watched = self.world.watch is not None and watch.fired < 2
        if self._delivered is None or is_watched:
            return self._deliver(workers, answers, began, watch)
        self.world.watch = None
        mails = ({"mail": mail} for mail in self.world.mails())
        come_to = tuple(comparable([*answers, *self.world.stored(), *mails, *self.world.told(workers)], began))
        if come_to not in self._delivered:
            self._delivered[come_to] = self._deliver(workers, answers, began, watch)
        return replace(self._delivered[come_to], watch=watch)

    def _deliver(self, workers: Sequence[str], answers: list[Any], began: float, watch: Watch) -> Outcome:
        self.world.deliver(workers)
        self.world.watch = None
        assert not self.world.dead_letters
        mails = self.world.mails()
        things = [*answers, *self.world.stored(), *({"mail": mail} for mail in set(mails))]
        sent = sorted(masked("\n".join(mail)) for mail in mails)
        return Outcome(comparable(things, began), sent, broken(self.world.items()), watch)


def _without_its_own(response: Response) -> Any:
    """The response but for what names this very one; of what happened at the same moment, the order means nothing."""
    if not response["headers"].get("content-type", "json").endswith("json"):
        return {**response, "headers": {**response["headers"], "x-request-id": ""}}
    body = json.loads(response.get("body") or "{}")
    body.pop("request_id", None)
    if "history" in body:
        moments = groupby(body["history"], key=itemgetter("at"))
        body["history"] = [one for _, together in moments for one in sorted(together, key=itemgetter("event"))]
    headers = {name: value for name, value in response["headers"].items() if name not in _OWN_TO_A_RESPONSE}
    return {**response, "headers": headers, "body": body}


def _difference(clean: list[str], faulty: list[str]) -> str:
    """The lines that only one of them has; of two that stand for one another, from where they part.

    Those that differ in more than names come alone: the names follow from them.
    """
    missing, added = ([line for line in one if line not in other] for one, other in ((clean, faulty), (faulty, clean)))
    nameless = {unnamed(line) for line in missing} & {unnamed(line) for line in added}
    told = [[line for line in lines if unnamed(line) not in nameless] for lines in (missing, added)]
    missing, added = told if any(told) else (missing, added)
    if len(missing) != len(added):
        return "\n".join([f"- {line}" for line in missing] + [f"+ {line}" for line in added])
    parts = []
    for before, after in zip(missing, added, strict=True):
        pair = (unnamed(before), unnamed(after))
        pair = (before, after) if pair[0] == pair[1] else pair
        same = next((at for at, (one, other) in enumerate(zip(*pair, strict=False)) if one != other), 0)
        start = max(0, same - 60)
        parts += [f"{sign} {line[:60]} … {line[start : start + 300]}" for sign, line in zip("-+", pair, strict=True)]
    return "\n".join(parts)
