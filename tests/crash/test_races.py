"""Whoever comes in between at whichever call, before it, after it or inside it: as if one had waited for the other."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil

import pytest

from tests.crash.driver import Driver
from tests.crash.races import Races, Tally
from tests.crash.world import World
from tests.journeys import AREAS

# So many journeys a test that no worker waits long for another at the end.
AT_ONCE = 3


def parts() -> Iterator[tuple[str, list[str]]]:
    """The journeys of each area in a few parts, those after one another, which are alike, apart."""
    for area, journeys in sorted(AREAS.items()):
        count = ceil(len(journeys) / AT_ONCE)
        for part in range(count):
            yield f"{area} {part + 1} of {count}", list(journeys)[part::count]


@pytest.mark.proof
@pytest.mark.parametrize(("part", "names"), [pytest.param(*one, id=one[0]) for one in parts()])
def test_every_rival_in_every_way(
    part: str, names: Sequence[str], world: World, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally()
    journeys = AREAS[part.partition(" ")[0]]
    for name in names:
        with world.put_back():
            races = Races(Driver(world, journeys[name], delivers_once=True)).run()
        races.differences = [f"{name}, {difference}" for difference in races.differences]
        tally += races
    record_property("proof", f"{part}: {tally}")
    assert not tally.differences, "\n".join(tally.differences)
    assert tally.ways
