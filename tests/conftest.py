"""Fixtures for every test: the local cloud, started once a process and reset for each test that asks for it."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from tests.desk import Desk


@pytest.fixture(scope="session")
def cloud() -> Iterator[Desk]:
    """The local cloud on a free port; builds the site first if it is stale. State stays from test to test."""
    desk = Desk(LocalCloud(0, reload=False).start())
    yield desk
    desk.close()


@pytest.fixture
def desk(cloud: Desk) -> Desk:
    """The local cloud with its demo data as at the start."""
    cloud.reset()
    return cloud
