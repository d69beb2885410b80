"""The world of the crashes: the local cloud, held still."""

from collections.abc import Iterator
from unittest import mock

import pytest

from functions.subscriptions import place_order
from tests.crash.world import World
from tests.desk import Desk


@pytest.fixture(scope="module")
def world(cloud: Desk) -> Iterator[World]:
    """Empty, and with nothing delivered but by the test; the demo data is back afterwards."""
    local = cloud.cloud
    local.settle()
    # A long order is one of a few lines here, for the sake of time.
    with local.nothing_delivered(), mock.patch.object(place_order, "OPENED_AT_ONCE", 2):
        yield World(local)
    local.reset()
