"""The driver: runs a journey clean and with a fault, and says all that came of it."""

import json
import time
from dataclasses import dataclass
from typing import Any, Literal

from tests.crash.faults import Fault, Watch
from tests.crash.world import Response, World, comparable, masked, nobody_waits
from tests.journeys import JOURNEYS, Call, Work
from tests.journeys.given import Given

type Phase = Literal["call", "delivery"]

PHASES: tuple[Phase, ...] = ("call", "delivery")
_OWN_TO_A_RESPONSE = ("x-request-id",)


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `things` are answers, stored items and mails, comparable between runs."""

    things: list[str]
    mails: list[str]
    calls: list[str]
    fired: int

    def difference(self, *others: "Outcome") -> str:
        """What is other than in the one of the others that is most alike; nothing when one is the same."""
        return min((_difference(other.things, self.things) for other in others), key=len)


class Driver:
    """One journey, begun once and run again and again from there."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        # How many runs something went wrong in.
        self.faults = 0
        self._world = world
        self._given = Given(world.cloud)
        self.journey = JOURNEYS[name](self._given)
        # The first call of a function reads the key too; from then on every run makes the same calls.
        self.run()
        self.clean = {phase: self.run(phase) for phase in PHASES}

    def run(self, phase: Phase = "call", fault: Fault | None = None, rival: Call | None = None) -> Outcome:
        """The journey and what is worked on afterwards, with a fault in that phase."""
        answers: list[Any] = []
        watch = Watch(fault, lambda: self._do(rival, "rival", answers) if rival else None)
        with self._world.put_back(), nobody_waits():
            began = time.time()
            if phase == "call":
                self._world.watch = watch
            self._do(self.journey.call, "call", answers)
            if phase == "delivery":
                self._world.watch = watch
            outcome = self._outcome(answers, began, watch)
            self.faults += outcome.fired > 0
            return outcome

    def one_after_the_other(self, rival: Call, *, rival_first: bool) -> Outcome:
        """The journey and another's call, not at the same time."""
        answers: list[Any] = []
        with self._world.put_back(), nobody_waits():
            began = time.time()
            if rival_first:
                self._do(rival, "rival", answers)
            self._do(self.journey.call, "call", answers)
            if not rival_first:
                self._do(rival, "rival", answers)
            return self._outcome(answers, began, Watch())

    def _do(self, what: Call | Work, key: str, answers: list[Any]) -> None:
        if isinstance(what, Work):
            self._world.work(what)
        else:
            answers.append({key: _without_its_own(self._world.answer(self._given, what, key))})

    def _outcome(self, answers: list[Any], began: float, watch: Watch) -> Outcome:
        self._world.deliver(self.journey.workers)
        self._world.watch = None
        assert not self._world.dead_letters
        mails = self._world.mails()
        things = [*answers, *self._world.stored(), *({"mail": mail} for mail in set(mails))]
        sent = sorted(masked("\n".join(mail)) for mail in mails)
        return Outcome(comparable(things, began), sent, watch.calls, watch.fired)


def _without_its_own(response: Response) -> Any:
    """The response but for what names this very one."""
    body = json.loads(response.get("body") or "{}")
    body.pop("request_id", None)
    headers = {name: value for name, value in response["headers"].items() if name not in _OWN_TO_A_RESPONSE}
    return {**response, "headers": headers, "body": body}


def _difference(clean: list[str], faulty: list[str]) -> str:
    """The lines that only one of them has; of two that stand for one another, from where they part."""
    missing, added = ([line for line in one if line not in other] for one, other in ((clean, faulty), (faulty, clean)))
    if len(missing) != len(added):
        return "\n".join([f"- {line}" for line in missing] + [f"+ {line}" for line in added])
    parts = []
    for before, after in zip(missing, added, strict=True):
        same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
        start = max(0, same - 60)
        parts += [f"{sign} {line[:60]} … {line[start : start + 300]}" for sign, line in (("-", before), ("+", after))]
    return "\n".join(parts)
