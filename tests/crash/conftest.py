"""The world of the crashes: the local cloud, held still."""

from collections.abc import Iterator
from unittest import mock

import pytest

from functions.shared import second_factor
from functions.subscriptions import place_order
from tests.crash.world import World
from tests.desk import Desk


@pytest.fixture(scope="module")
def world(cloud: Desk) -> Iterator[World]:
    """Empty, and with nothing delivered but by the test; the demo data is back afterwards."""
    local = cloud.cloud
    local.settle()
    # A long order is one of a few lines here, for the sake of time; and no code grows old while a journey is done over
    # and over.
    short = mock.patch.object(place_order, "OPENED_AT_ONCE", 2)
    patient = mock.patch.object(second_factor, "DRIFT", 40)
    with local.nothing_delivered(), short, patient:
        yield World(local)
    local.reset()
