"""How the desk bears many people at once: `python -m bench.load [SECONDS] [PEOPLE] [PAUSE]` (20 s, 200, 5 s between two
of a person's requests).

They call the local gateway over HTTP on the exact engine, each the administrator of a subscription, to whose users they
add and remove. Nothing that was acknowledged may be missing at the end, or be there twice, and no answer be an error;
429 is none. The curve of the answers' times goes to build/load.png.
"""

import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from urllib.parse import quote

import urllib3

from bench.table import Row, show
from functions.shared.items import Item, Key
from functions.subscriptions import add_user, check_access, portal, remove_user, users
from functions.subscriptions.catalogue import catalogue
from functions.subscriptions.subscription import state_key
from tests.journeys import Call
from tests.journeys.given import Given
from tests.races.served import Served, served

SECONDS, PEOPLE, PAUSE = 20.0, 200, 5.0
# For the table of all benchmarks.
LONG_SECONDS = 120.0
PLOT = Path(__file__).resolve().parents[1] / "build" / "load.png"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """One request: what was asked for, when (seconds from the beginning), how long it took, what was answered."""

    job: str
    at: float
    took: float
    said: str

    @property
    def is_error(self) -> bool:
        """Whether it is what nobody may be answered here."""
        return not self.said.startswith(("2", "429"))


@dataclass
class Person:
    """One administrator, with what they know of their own doing."""

    given: Given
    email: str
    subscription: str
    answers: list[Answer] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    acknowledged: int = 0

    def work(self, desk: Served, began: float, until: float, pause: float) -> None:
        """Do one thing after the other until that time."""
        chance = random.Random(self.email)  # noqa: S311 — chance, no secret
        for call, email in self._calls():
            thinking = chance.expovariate(1 / pause)
            if time.perf_counter() + thinking >= until:
                return
            time.sleep(thinking)
            asked = time.perf_counter()
            said = _answered(desk, self.given, call)
            self.answers.append(Answer(call.job.name, asked - began, time.perf_counter() - asked, said))
            if email and said.startswith("2"):
                self.acknowledged += 1
                self.present ^= {email}

    def _calls(self) -> Iterator[tuple[Call, str]]:
        """What they ask for, and whom it adds or removes."""
        about = {"subscription_id": self.subscription}
        for number in count():
            email = self.given.address(f"user-{number}-{self.subscription}")
            yield Call(portal.LIST, self.email), ""
            yield Call(add_user.ADD, self.email, about, {"email": email}), email
            yield Call(users.LIST, self.email, about), ""
            yield Call(check_access.CHECK, self.email, query=f"product={quote(catalogue().tried.product)}"), ""
            # Every other one stays.
            if number % 2 and email in self.present:
                yield Call(remove_user.REMOVE, self.email, about | {"email": email}), email

    def lost(self) -> list[str]:
        """What the table has otherwise than was acknowledged."""
        kept = self.given.of_subscription(self.subscription)
        state = kept[state_key(self.subscription)]
        there = _named(kept, "USER#") - {self.email}
        wrong = [f"{email} is {'there' if email in there else 'missing'}" for email in there ^ self.present]
        if state["users"] != len(there) + 1:
            wrong.append(f"{self.subscription} counts {state['users']} users of {len(there) + 1}")
        if (events := len(_named(kept, "EVENT#"))) != self.acknowledged:
            wrong.append(f"{self.subscription} tells {events} events of {self.acknowledged}")
        return wrong


@dataclass(frozen=True)
class Load:
    """What came of it."""

    people: int
    seconds: float
    answers: Sequence[Answer]
    lost: Sequence[str]

    @property
    def errors(self) -> list[str]:
        """The answers that nobody may get."""
        return [f"{answer.job}: {answer.said}" for answer in self.answers if answer.is_error]

    @property
    def a_second(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds

    def percentile(self, percent: int) -> float:
        """Seconds in which so many of a hundred were answered."""
        return statistics.quantiles((answer.took for answer in self.answers), n=100)[percent - 1]


def borne(seconds: float = SECONDS, people: int = PEOPLE, pause: float = PAUSE) -> Load:
    """Let that many people be busy for so long. Raises NotInstalled where the exact engine cannot run."""
    with served() as desk:
        given = Given(desk.cloud)
        administrators = [_administrator(given, number) for number in range(people)]
        pool = urllib3.HTTPConnectionPool(
            desk.http.host, desk.http.port, maxsize=people, timeout=_TIMEOUT_SECONDS, retries=False
        )
        desk = replace(desk, http=pool)
        began = time.perf_counter()
        threads = [
            threading.Thread(target=each.work, args=(desk, began, began + seconds, pause)) for each in administrators
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        answers = [answer for each in administrators for answer in each.answers]
        return Load(people, took, answers, [wrong for each in administrators for wrong in each.lost()])


def plot(load: Load, path: Path = PLOT) -> None:
    """Draw how long answers took, of what is read and of what is changed, and how many came each second."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (times, throughput) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    changes = (add_user.ADD.name, remove_user.REMOVE.name)
    for label, is_change in (("what is read", False), ("what is changed", True)):
        took = sorted(answer.took * 1000 for answer in load.answers if (answer.job in changes) is is_change)
        times.plot(took, [100 * (number + 1) / len(took) for number in range(len(took))], label=label)
    times.set(xscale="log", xlabel="milliseconds", ylabel="% answered within", ylim=(0, 100))
    times.legend()
    times.grid(visible=True, alpha=0.3)
    throughput.hist([answer.at + answer.took for answer in load.answers], bins=range(int(load.seconds) + 2))
    throughput.set(xlabel="seconds", ylabel="answers a second")
    figure.suptitle(f"{load.a_second:.0f} answers a second, {len(load.errors)} errors, {len(load.lost)} lost")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _administrator(given: Given, number: int) -> Person:
    email = given.person(f"administrator-{number}")
    return Person(given, email, given.subscription(email, licence="floating"))


def _answered(desk: Served, given: Given, call: Call) -> str:
    try:
        return desk.answer(given, call)[0]
    except urllib3.exceptions.HTTPError as error:
        return type(error).__name__


def _named(kept: dict[Key, Item], prefix: str) -> set[str]:
    return {key.sk.removeprefix(prefix) for key in kept if key.sk.startswith(prefix)}


def rows(load: Load | None = None) -> list[Row]:
    """What must not be, and how far the slowest answers stand from the middling one."""
    load = load or borne(LONG_SECONDS)
    plot(load)
    what = f"{load.people} people busy over HTTP for {load.seconds:.0f} s"
    return [
        Row(f"{what}: errors other than 429, of {len(load.answers):,} answers", len(load.errors), 0),
        Row(f"{what}: acknowledged changes that are missing or twice there", len(load.lost), 0),
        Row(f"{what}: time of the 95th answer of 100 beside the 50th's", load.percentile(95) / load.percentile(50)),
    ]


def main() -> None:
    """Print what came of it, errors and losses one by one."""
    given = [float(argument) for argument in sys.argv[1:]]
    seconds, people, pause = [*given, *(SECONDS, float(PEOPLE), PAUSE)[len(given) :]]
    load = borne(seconds, int(people), pause)
    show(rows(load))
    times = ", ".join(f"{percent} % within {load.percentile(percent) * 1000:.0f} ms" for percent in (50, 95, 99))
    print(f"{load.a_second:.1f} answers a second; {times}; {PLOT}")
    for wrong in sorted({*load.errors, *load.lost}):
        print(wrong)


if __name__ == "__main__":
    main()
