"""Companies that live for weeks: whatever they do, and whatever goes wrong, nothing comes of it that must never be."""

import os
import secrets
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.crash.conftest import world
from tests.crash.world import World, nobody_waits
from tests.machine.beginning import Beginning, beginning
from tests.machine.life import Life
from tests.workers.conftest import no_browsers_event_loop

__all__ = ["no_browsers_event_loop", "world"]

STEPS = 30
A_FEW = 15
# In so many parts that two cores have about as much to do.
PARTS, IN_A_PART = 4, 125
_SETTINGS = settings(
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    print_blob=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def start(world: World) -> Iterator[Beginning]:
    """What every machine begins with."""
    with nobody_waits(), beginning(world) as made:
        yield made


def live(start: Beginning, machines: int, number: int) -> None:
    """So many machines, the same for the same number."""

    def machine() -> RuleBasedStateMachine:
        return Life(start)

    seeded: Callable[[], RuleBasedStateMachine] = seed(number)(machine)
    run_state_machine_as_test(seeded, settings=settings(_SETTINGS, max_examples=machines))


def test_companies_live_for_weeks(start: Beginning) -> None:
    """The same companies at each run, so that it fails for a cause alone."""
    live(start, A_FEW, 1)
    assert start.world.cloud


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_and_five_hundred_others_do(
    part: int, start: Beginning, record_property: Callable[[str, object], None]
) -> None:
    """Others at each run; `MACHINE_SEED` lives those of a failed one again."""
    number = int(os.environ.get("MACHINE_SEED", secrets.randbelow(2**32)))
    record_property("proof", f"machines, part {part}: {IN_A_PART} of {STEPS} steps from MACHINE_SEED={number}")
    live(start, IN_A_PART, number)
    assert number >= 0
