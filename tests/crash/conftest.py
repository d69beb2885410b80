"""The world of the crashes: the local cloud, held still."""

from collections.abc import Iterator

import pytest

from tests.crash.world import World
from tests.desk import Desk


@pytest.fixture(scope="module")
def world(cloud: Desk) -> Iterator[World]:
    """Empty, and with nothing delivered but by the test; the demo data is back afterwards."""
    local = cloud.cloud
    local.settle()
    with local.nothing_delivered():
        yield World(local)
    local.reset()
