"""Races: another acts while a journey is under way, after each of its calls and inside it, in every way.

What comes of it must be what comes of one after the other, either way: they overlap. But whoever would be refused if
the other were first, and writes nothing until the other has acted and something afterwards, came second: nothing is
written by whom a sign-out, a removal or a new password has shut out, though it would look as if they had come later. Of
what is done in steps each is a transaction: there the rules hold that no state may break, and nobody is told twice.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.crash import torn
from tests.crash.driver import PHASES, Driver, Outcome, Phase
from tests.crash.faults import Fault, Watch
from tests.crash.rivals import Rival, Rivals

# How a login and the file of a contract to be read stand among what is stored.
_GATHERED = re.compile(r'\{"login": |\{"content": .*"object": "read/')
# How the answer to a call that is refused stands among what came of it.
_REFUSED = re.compile(r'\{"call": .*"statusCode": [45]\d\d\}')


@dataclass
class Tally:
    """How often another came in between, how often `inside` a call, and what was other than one after the other.

    Of the rivals, some are `refused` whatever the moment and change nothing, some stay `apart`: neither they nor the
    journey write what the other touches.
    """

    ways: int = 0
    inside: int = 0
    rivals: int = 0
    refused: int = 0
    apart: int = 0
    differences: list[str] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.ways + other.ways,
            self.inside + other.inside,
            self.rivals + other.rivals,
            self.refused + other.refused,
            self.apart + other.apart,
            self.differences + other.differences,
        )

    def __str__(self) -> str:
        return (
            f"{self.ways} ways to come in between, {self.inside} inside a call, by {self.rivals} rivals: "
            f"{len(self.differences)} differences ({self.refused} refused, {self.apart} with nothing in common)"
        )


class Races:
    """What a journey and its rivals come to when none waits for the other."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._orders: dict[tuple[str, int], Outcome] = {}
        self.rivals = Rivals(driver.world, driver.given, driver.journey)

    def run(self) -> Tally:
        """Every rival in every way."""
        tally = Tally()
        for phase in PHASES:
            for rival in self._of(phase):
                tally += self.race(phase, rival)
        return tally

    def run_telling(self) -> Tally:
        """The most telling rivals, or else the first that matters, in the first and last way to be inside each call."""
        tally = Tally()
        for phase in PHASES:
            for rival in sorted(self._of(phase), key=lambda rival: not rival.is_telling):
                if rival.is_telling or not tally.ways:
                    tally += self.race(phase, rival, ends_only=True)
        return tally

    def race(self, phase: Phase, rival: Rival, *, ends_only: bool = False) -> Tally:
        """One rival in that phase."""
        if rival.is_refused:
            return Tally(refused=1)
        place = PHASES.index(phase)
        touched = self._driver.clean[phase].watch.touched

        def meets(acted: Watch) -> bool:
            return any(mine.meets(other) for mine in touched for other in acted.rivals)

        first = self._order(rival, place, meets)
        if not any(one.written for one in first.watch.rivals):
            return Tally(refused=1)
        if not meets(first.watch):
            return Tally(apart=1)
        met = [at for at, mine in enumerate(touched) if any(mine.meets(other) for other in first.watch.rivals)]
        orders = [first, self._order(rival, place + 1)]
        tally = Tally(rivals=1)
        for fault, outcome in self._outcomes(phase, rival, met, ends_only=ends_only):
            tally.ways += 1
            tally.inside += fault.way > 0
            if difference := self._difference(phase, outcome, orders):
                where = f"{phase}, {rival.name}: {fault} of {outcome.watch.calls}"
                tally.differences.append(f"{where}\n{difference}")
        return tally

    def _order(self, rival: Rival, place: int, matters: Callable[[Watch], bool] = lambda acted: True) -> Outcome:
        """What comes of one after the other, or of the first alone where it does not matter to the other."""
        known = self._orders.get((rival.name, place))
        if known is None:
            known = self._driver.one_after_the_other(rival.deed, place, matters)
            if matters(known.watch):
                self._orders[rival.name, place] = known
        return known

    def _difference(self, phase: Phase, outcome: Outcome, orders: Sequence[Outcome]) -> str:
        if phase == "call" and self._driver.journey.in_steps:
            twice = [mail for mail in set(outcome.mails) if outcome.mails.count(mail) > _most(mail, orders)]
            return "\n".join([*outcome.broken, *(f"mailed twice: {mail}" for mail in twice)])
        return _difference(phase, outcome, orders)

    def _of(self, phase: Phase) -> list[Rival]:
        """The rivals as things stand when the phase begins."""
        if phase == "call":
            return self.rivals.now()
        return self._driver.after_the_call(self.rivals.now)

    def _outcomes(
        self, phase: Phase, rival: Rival, met: Sequence[int], *, ends_only: bool
    ) -> Iterator[tuple[Fault, Outcome]]:
        calls = self._driver.clean[phase].watch.calls
        for at in met:
            inside = 1
            # Right after the last call is one after the other; but how a read can be torn, only a run can say.
            if at + 1 < len(calls) or calls[at] in torn.CAN_BE_TORN:
                fault = Fault("rival", at)
                outcome = self._driver.run(phase, fault, rival.deed)
                yield fault, outcome
                inside = outcome.watch.ways
            ways = [1, inside] if ends_only and inside > 2 else range(1, inside + 1)
            for way in ways:
                fault = Fault("rival", at, way=way)
                yield fault, self._driver.run(phase, fault, rival.deed)


def _most(mail: str, orders: Sequence[Outcome]) -> int:
    """How often an e-mail leaves at most when one comes after the other; of one who came to be added, once."""
    return max(1, *(order.mails.count(mail) for order in orders))


def _difference(phase: Phase, outcome: Outcome, orders: Sequence[Outcome]) -> str:
    watch = outcome.watch
    assert watch.fired, "nobody came in between"
    wrote_afterwards_alone = phase == "call" and watch.wrote_after_rival and not watch.wrote_before_rival
    is_second = wrote_afterwards_alone and any(map(_REFUSED.match, orders[0].things))
    possible = orders[:1] if is_second else orders
    if difference := _but_for_what_was_gathered(outcome, possible).difference(*possible):
        return difference
    mails = [order.mails for order in possible]
    return "" if outcome.mails in mails else f"mails: {outcome.mails} and not one of {mails}"


def _but_for_what_was_gathered(outcome: Outcome, orders: Sequence[Outcome]) -> Outcome:
    """The outcome without what was fetched for a decision that was then another: nobody can reach it.

    A contract's file is named by what it says, and a login by what was asked; no agreement and no account has them.
    """
    known = {line for order in orders for line in order.things}
    return replace(outcome, things=[line for line in outcome.things if line in known or not _GATHERED.match(line)])
