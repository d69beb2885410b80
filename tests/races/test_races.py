"""Races: whoever acts at one time, the desk answers and keeps what some order of theirs gives."""

from collections.abc import Callable

import pytest

from tests.races.outcomes import Course
from tests.races.races import RACES
from tests.races.served import Served

# Of a race of two that may go wrong once in a hundred times, enough to see it.
LONG = 8


@pytest.mark.parametrize("race", RACES)
def test_whatever_comes_of_a_race_some_order_gives(race: str, desk: Served) -> None:
    tally = Course(desk, *RACES[race]).run(1)
    assert tally.rounds
    assert tally.differences == []


@pytest.mark.proof
@pytest.mark.parametrize("race", RACES)
def test_and_of_many_races_too(race: str, desk: Served, record_property: Callable[[str, object], None]) -> None:
    tally = Course(desk, *RACES[race]).run(LONG)
    record_property("proof", f"{race}: {tally}")
    assert tally.rounds
    assert tally.differences == []
