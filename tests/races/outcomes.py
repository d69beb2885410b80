"""What comes of a race, answers and all that is kept, beside what the same calls one after the other lead to."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from functions.subscriptions.subscription import partition
from tests.journeys import Call
from tests.journeys.given import Given
from tests.races.races import Begin, Race
from tests.races.served import THREADS, Commits, Served

# The one answer that leaves nothing behind: others were at it for too long, and nothing was refused.
LOST = "503 try_again"
_ADDRESS = re.compile(r"([a-z]+)\d*-[0-9a-f]{8}@example\.com")


@dataclass(frozen=True)
class Outcome:
    """The answers by their calls' names, without those that lost; what is kept; what no order can lead to."""

    answers: tuple[str, ...]
    lost: int
    names: tuple[str, ...]
    kept: str
    broken: tuple[str, ...]


@dataclass
class Tally:
    """Of many rounds of one race: how many there were, and how many differed from every order."""

    rounds: int = 0
    lost: int = 0
    seconds: float = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {len(self.differences)} differences, "
            f"{self.lost} answers to try again, {self.seconds:.0f} s"
        )


class Course:
    """One race, run as often as wanted."""

    def __init__(self, served: Served, begin: Begin, at_once: int) -> None:
        self._served = served
        self._begin = begin
        self._at_once = at_once
        self._commits = Commits()
        self._in_order: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}

    def run(self, times: int) -> Tally:
        """Run it that many times, several at once; says what came of it."""
        tally, started = Tally(), time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            for _ in range(times):
                for outcome in self._together(threads):
                    tally.rounds += 1
                    tally.lost += outcome.lost
                    tally.differences += self._difference(outcome)
        tally.seconds = time.monotonic() - started
        return tally

    def _together(self, threads: ThreadPoolExecutor) -> list[Outcome]:
        givens = [Given(self._served.cloud) for _ in range(self._at_once)]
        races = list(threads.map(self._begin, givens))
        start = threading.Barrier(sum(len(race.calls) for race in races))

        def take_part(given: Given, call: Any) -> tuple[str, bytes]:
            start.wait(timeout=60)
            return self._served.answer(given, call)

        self._commits.since()
        running = [
            [threads.submit(take_part, given, call) for _, call in race.calls]
            for given, race in zip(givens, races, strict=True)
        ]
        answers = [[each.result() for each in of_race] for of_race in running]
        commits = self._commits.since()
        return list(threads.map(lambda given, race, got: _outcome(given, race, got, commits), givens, races, answers))

    def _difference(self, outcome: Outcome) -> list[str]:
        if outcome.broken:
            return [f"{', '.join(outcome.broken)}: {outcome.answers} {outcome.kept}"]
        if outcome.names not in self._in_order:
            self._in_order[outcome.names] = set(self._one_after_the_other(outcome.names))
        expected = self._in_order[outcome.names]
        if (outcome.answers, outcome.kept) in expected:
            return []
        return [f"no order gives {outcome.answers} {outcome.kept}\nbut {expected}"]

    def _one_after_the_other(self, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """What each order of the calls of these names leads to; calls of one name stand for one another."""
        orders = {names} if len(set(names)) < 2 else set(permutations(names))
        found: list[tuple[Any, ...]] = []
        for order in orders:
            given = Given(self._served.cloud)
            race = self._begin(given)
            left = list(race.calls)
            calls = [left.pop(next(at for at, (name, _) in enumerate(left) if name == wanted)) for wanted in order]
            self._commits.since()
            answers = [self._served.answer(given, call) for _, call in calls]
            outcome = _outcome(given, Race(calls, race.people, race.ends), answers, self._commits.since())
            assert not outcome.broken, f"{order}: {outcome}"
            assert not outcome.lost, f"{order}: {outcome}"
            found.append((outcome.answers, outcome.kept))
        return found


def _outcome(
    given: Given, race: Race, answers: Sequence[tuple[str, bytes]], commits: Sequence[tuple[str, str]]
) -> Outcome:
    said = [(name, answer, body) for (name, _), (answer, body) in zip(race.calls, answers, strict=True)]
    there = [(name, answer) for name, answer, _ in said if answer != LOST]
    items = _items(given, race)
    broken = [*_broken(items), *_too_late(race, items, commits)]
    with_one_key = [call for _, call in race.calls if isinstance(call, Call) and "Idempotency-Key" in call.headers]
    if with_one_key and len({body for _, answer, body in said if answer != LOST}) > 1:
        broken.append("one key was answered in several ways")
    return Outcome(
        tuple(sorted(f"{name}: {answer}" for name, answer in there)),
        len(said) - len(there),
        tuple(sorted(name for name, _ in there)),
        _comparable(items),
        tuple(broken),
    )


type _Items = dict[str, dict[str, Any]]


def _items(given: Given, race: Race) -> dict[str, _Items]:
    """All that is kept of the subscriptions that anybody has to do with: by their id, items by a name."""
    names = {
        call.values["subscription_id"]
        for _, call in race.calls
        if isinstance(call, Call) and "subscription_id" in call.values
    }
    memberships: dict[tuple[str, str], Any] = {}
    for email in race.people:
        for key, item in given.of_person(email).items():
            if key.sk.startswith("SUBSCRIPTION#"):
                memberships[key.sk.removeprefix("SUBSCRIPTION#"), email] = dict(item)
    found: dict[str, _Items] = {}
    for name in names | {name for name, _ in memberships}:
        found[name] = {key.sk: dict(item) for key, item in given.store.query(partition(name), first="!", last="~")}
        found[name] |= {f"MEMBER#{email}": item for (of, email), item in memberships.items() if of == name}
    return found


def _broken(subscriptions: dict[str, _Items]) -> list[str]:
    """What must never be, whatever the order."""
    found: list[str] = []
    for items in subscriptions.values():
        state = items["STATE"]
        users, members = (
            {key.removeprefix(kind): item["role"] for key, item in items.items() if key.startswith(kind)}
            for kind in ("USER#", "MEMBER#")
        )
        administrators = [email for email, role in users.items() if role == "administrator"]
        if administrators != [state["administrator"]]:
            found.append(f"administrators: {len(administrators)}")
        if users != members:
            found.append("users and memberships differ")
        if state["users"] != len(users):
            found.append(f"{len(users)} users counted as {state['users']}")
        if state["licence"] == "individual" and len(users) > int(state.get("seats_next") or state["seats"]):
            found.append("more users than seats")
        leases = _leases(items)
        if len(leases) > state["seats"] or len({lease["seat"] for lease in leases}) < len(leases):
            found.append(f"{len(leases)} leases of {state['seats']} seats")
        if len({(lease["email"], lease["device"]) for lease in leases}) < len(leases):
            found.append("several leases of one device")
    return found


def _leases(items: _Items) -> list[dict[str, Any]]:
    """What is kept of leases of those who are still users."""
    kept = [lease for key, item in items.items() if key.startswith("SEATS#") for lease in item["leases"]]
    return [lease for lease in kept if f"USER#{lease['email']}" in items]


def _too_late(race: Race, subscriptions: dict[str, _Items], commits: Sequence[tuple[str, str]]) -> list[str]:
    if race.ends is None:
        return []
    owner, begins = race.ends
    end = max((at for at, (pk, sk) in enumerate(commits) if pk == owner and sk.startswith(begins)), default=None)
    partitions = {partition(name) for name in subscriptions}
    late = [sk for pk, sk in commits[end:] if pk in partitions] if end is not None else []
    return ["committed after its right had ended"] if late else []


def _comparable(subscriptions: dict[str, _Items]) -> str:
    """What is the same in every round that went the same way: no times, names or versions."""
    kept: list[str] = []
    for items in subscriptions.values():
        names = ("status", "administrator", "users", "seats", "seats_next", "amended", "end")
        state = {name: items["STATE"].get(name) for name in names}
        roles = sorted((key, item["role"]) for key, item in items.items() if key.startswith(("USER#", "MEMBER#")))
        events = Counter(
            f"{item['type']} {item['data'].get('email')}" for key, item in items.items() if key.startswith("EVENT#")
        )
        leases = sorted(lease["email"] for lease in _leases(items))
        told = json.dumps((state, roles, sorted(events.items()), leases), sort_keys=True)
        kept.append(_ADDRESS.sub(r"\1", told))
    # Of several, which comes first means nothing.
    return "\n".join(sorted(kept))
