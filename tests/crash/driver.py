"""The driver: runs a journey clean and with a fault, and says all that came of it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
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
from tests.crash.world import Response, World, begin_a_quarter_of_an_hour, comparable, masked, nobody_waits, unnamed
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


class Driver:
    """One journey, begun once and run again and again from there."""

    def __init__(self, world: World, begin: Begin) -> None:
        self.world = world
        begin_a_quarter_of_an_hour()
        self.given = Given(world.cloud)
        self.journey = begin(self.given)

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
            began = time.time()
            if phase == "call":
                self.world.watch = watch
            self._do(self.journey.call, "call", answers)
            if phase == "sweep":
                self.world.forget()
            if phase != "call":
                self.world.watch = watch
            return self._outcome(answers, began, watch)

    def run_otherwise(self, work: Callable[[], object]) -> Outcome:
        """The journey and what is worked on afterwards in a way of one's own, before it comes in the usual one."""
        answers: list[Any] = []
        with self.world.put_back(), nobody_waits():
            began = time.time()
            self._do(self.journey.call, "call", answers)
            work()
            return self._outcome(answers, began, Watch())

    def one_after_the_other(self, rival: Deed, place: int) -> Outcome:
        """The journey and another's deed: before the call (`place` 0), before what is worked on afterwards, or last."""
        answers: list[Any] = []
        watch = Watch()

        def let_rival_act(at: int) -> None:
            if at == place:
                with watch.on(), watch.rival_acts():
                    self._do(rival, "rival", answers)

        with self.world.put_back(), nobody_waits():
            began = time.time()
            let_rival_act(0)
            self._do(self.journey.call, "call", answers)
            let_rival_act(1)
            self.world.deliver(self.journey.workers)
            let_rival_act(2)
            return self._outcome(answers, began, watch)

    def after_the_call[Seen](self, look: Callable[[], Seen]) -> Seen:
        """What there is to see before anything is worked on."""
        with self.world.put_back(), nobody_waits():
            self._do(self.journey.call, "call", [])
            return look()

    def do(self, what: Deed) -> None:
        """Have it done, whatever the answer is."""
        self._do(what, "call", [])

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
        self.world.deliver([*self.journey.workers, *([call.function] if isinstance(call, Work) else [])])
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
