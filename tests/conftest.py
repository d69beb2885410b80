"""Fixtures for every test: the local cloud, started once a process and reset for each test that asks for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra.local.browser import arguments, chromium
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; each test opens contexts of its own in it."""
    path = chromium()
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=arguments())
