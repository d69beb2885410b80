"""Whatever goes wrong at whichever call to AWS: an acknowledged change is there, once, and so are its mails."""

from collections.abc import Iterator

import pytest

from tests.crash.driver import PHASES, Driver, Outcome, Phase
from tests.crash.faults import KINDS, Fault, Kind
from tests.crash.races import Races
from tests.crash.world import World
from tests.journeys import JOURNEYS

# What leads to an e-mail's sending, what notes it, with its log, and that all of its event is done.
ONE_MAIL = [
    *("dynamodb.TransactGetItems", "dynamodb.TransactWriteItems", "ses.POST"),
    *("dynamodb.GetItem", "dynamodb.TransactWriteItems", "dynamodb.DeleteItem"),
]
NOTED_AFTER = 2
# What is done for one e-mail is the same for all, and tried here.
SENDS_ONE_MAIL = "add-user"
WITHOUT_A_CALL = {"show-catalogue"}
# What this touches, nobody else writes.
ALONE = "trial: ends soon"
# Where a rival can change what is decided; `test_races` has them all, in every way.
CONTESTED = (
    *("mail-events: a bounce", "invite-again"),
    *("transfer", "remove-user", "add-user", "cancel", "activate", "sign", "place-order", "start-trial"),
    *("take-over", "object-to-takeover", "decide-takeover"),
    *("change-account", "change-seats", "confirm-registration", "reset-password", "sign-in", "decide-review", ALONE),
    *("write-message", "answer-message", "decide-review: written about"),
)
# After which most can be left half done.
TELLING: tuple[Kind, bool] = ("died_after", False)
OTHERS = [kind for kind in KINDS if kind != TELLING]


@pytest.fixture(params=sorted(JOURNEYS))
def name(request: pytest.FixtureRequest) -> str:
    """Each of the journeys."""
    journey: str = request.param
    return journey


@pytest.fixture
def driver(name: str, world: World) -> Iterator[Driver]:
    """The journey, from its own beginning; nothing of it is left for whatever is tried next."""
    with world.put_back():
        yield Driver(world, JOURNEYS[name], delivers_once=True)


def test_death_after_any_call(name: str, driver: Driver) -> None:
    assert (_fired(name, driver, TELLING) == 0) == (name in WITHOUT_A_CALL)


@pytest.mark.proof
def test_every_other_fault_at_any_call(name: str, driver: Driver) -> None:
    """All of them in one test: what the driver has found out about a journey, it finds out once."""
    for kind in OTHERS:
        assert (_fired(name, driver, kind) == 0) == (name in WITHOUT_A_CALL)


def _fired(name: str, driver: Driver, kind: tuple[Kind, bool]) -> int:
    """How often the fault came about."""
    return sum(_tried(driver, phase, *kind) for phase in _phases(name, driver))


def _phases(name: str, driver: Driver) -> list[Phase]:
    """Those that are tried."""
    is_known = driver.clean["delivery"].calls == ONE_MAIL and name != SENDS_ONE_MAIL
    return [phase for phase in PHASES if phase == "call" or not is_known]


def _tried(driver: Driver, phase: Phase, kind: Kind, lasting: bool) -> int:
    """How often the fault came about, at all of the phase's calls."""
    clean = driver.clean[phase]
    fired = 0
    for number in range(len(clean.calls)):
        fault = Fault(kind, number, lasting)
        outcome = driver.run(phase, fault)
        assert outcome.watch.fired, f"{phase}: {fault} never came about"
        fired += outcome.watch.fired
        if difference := outcome.difference(clean):
            pytest.fail(f"{phase}: {fault} of {clean.calls}\n{difference}")
        assert_mails(outcome, clean, may_repeat=phase == "delivery" and _is_about_sending(clean.calls, fault))
    return fired


def _is_about_sending(calls: list[str], fault: Fault) -> bool:
    """Whether it strikes after an e-mail may have left and before that is noted: only then may it leave twice."""
    sendings = [number for number, name in enumerate(calls) if name.startswith("ses.")]
    return any(fault.at <= number + NOTED_AFTER and (fault.lasting or number <= fault.at) for number in sendings)


def assert_mails(outcome: Outcome, clean: Outcome, *, may_repeat: bool) -> None:
    """Every e-mail left, and none twice unless it may."""
    if may_repeat:
        assert set(outcome.mails) == set(clean.mails)
    else:
        assert outcome.mails == clean.mails


@pytest.mark.parametrize("journey", CONTESTED)
def test_who_comes_in_between(journey: str, world: World) -> None:
    """The outcome is as if one had come after the other: for the most telling rivals, in the first and last way."""
    with world.put_back():
        tally = Races(Driver(world, JOURNEYS[journey], delivers_once=True)).run_telling()
    assert not tally.differences, "\n".join(tally.differences)
    assert (tally.ways == 0) == (journey == ALONE), tally
