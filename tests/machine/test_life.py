"""Companies that live for weeks: whatever they do, and whatever goes wrong, nothing comes of it that must never be."""

import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies._internal.featureflags import FeatureFlags

from tests.crash.conftest import world
from tests.crash.world import World, nobody_waits
from tests.machine.beginning import Beginning, beginning
from tests.machine.life import Life

__all__ = ["world"]

STEPS = 30
A_FEW = 15
# In so many parts that two cores have about as much to do.
PARTS, IN_A_PART = 4, 50
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
    unheard = mock.patch.object(logging.getLogger("guichet"), "propagate", False)
    with unheard, nobody_waits(), beginning(world) as made:
        yield made


def live(start: Beginning, machines: int, number: int) -> None:
    """So many machines, the same for the same number."""

    class Machine(Life):
        def __init__(self) -> None:
            super().__init__(start)

    with _each_of_its_own():
        run_state_machine_as_test(seed(number)(Machine), settings=settings(_SETTINGS, max_examples=machines))


@contextmanager
def _each_of_its_own() -> Iterator[None]:
    """Every machine may do everything, and none is another's with some steps doubled.

    Hypothesis else leaves rules out and copies parts: good for finding a crash in a parser, here most of the time
    would go into steps that are refused.
    """
    with (
        mock.patch.object(FeatureFlags, "is_enabled", return_value=True),
        mock.patch.object(ConjectureRunner, "generate_mutations_from"),
    ):
        yield


def test_companies_live_for_weeks(start: Beginning) -> None:
    """The same companies at each run, so that it fails for a cause alone."""
    live(start, A_FEW, 1)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_and_two_hundred_others_do(part: int, start: Beginning, record_property: Callable[[str, object], None]) -> None:
    """Others at each run; `MACHINE_SEED` lives those of a failed one again."""
    number = int(os.environ.get("MACHINE_SEED", secrets.randbelow(2**32)))
    record_property("proof", f"machines, part {part}: {IN_A_PART} of {STEPS} steps from MACHINE_SEED={number}")
    live(start, IN_A_PART, number)
