"""Whoever comes in between at whichever call, before it, after it or inside it: as if one had waited for the other."""

from collections.abc import Callable

import pytest

from tests.crash.driver import Driver
from tests.crash.races import Races, Tally
from tests.crash.world import World
from tests.journeys import AREAS


@pytest.mark.proof
@pytest.mark.parametrize("area", sorted(AREAS))
def test_every_rival_in_every_way(area: str, world: World, record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for name, begin in AREAS[area].items():
        with world.put_back():
            races = Races(Driver(world, begin)).run()
        races.differences = [f"{name}, {difference}" for difference in races.differences]
        tally += races
    record_property("proof", f"{area}: {tally}")
    assert not tally.differences, "\n".join(tally.differences)
    assert tally.ways
