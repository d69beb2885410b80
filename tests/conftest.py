"""Fixtures for every test: the local cloud, started once a process and reset for each test that asks for it.

Beside them, what a run says at its end: what the long rounds have tried, and what could not be tried here.
"""

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from infra.local import exact
from infra.local.browser import arguments, chromium
from infra.local.cloud import LocalCloud
from tests import kept
from tests.asserted import pytest_runtest_call, pytest_sessionstart
from tests.desk import Desk
from tests.shortcut import short_way
from tests.site import markup

__all__ = ["pytest_runtest_call", "pytest_sessionstart"]

# Begun first, so that no core waits for another at the end.
LONGEST = (
    *("test_without_any_of_them_something_fails", "test_and_two_hundred_others_do", "test_every_pair_of_faults"),
    *("test_and_so_it_is_at_length", "test_every_page", "test_every_rival_in_every_way"),
)

# No test fails because the machine was busy.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def cloud() -> Iterator[Desk]:
    """The local cloud on a free port; builds the site first if it is stale. State stays from test to test."""
    made = LocalCloud(0, reload=False)
    with short_way(made.aws):
        desk = Desk(made.start())
        kept.look_into(made.aws)
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


@pytest.fixture(autouse=True, scope="module")
def no_browsers_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright leaves its event loop running between browser tests; what runs a loop of its own must not feel it."""
    tests = [test for test in request.session.items if test.path == request.path]
    if any("browser" in getattr(test, "fixturenames", ()) for test in tests):
        yield
        return
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, else in their order."""
    items.sort(key=lambda item: item.name.partition("[")[0] not in LONGEST)


def pytest_collection_finish() -> None:
    """What is there by now stays: looked through for garbage again and again it took a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each of the long tests that says what it has tried."""
    for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed")):
        for report in reports:
            for line in (value for name, value in report.user_properties if name == "proof"):
                terminalreporter.write_line(str(line))


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line, where something is missing without which no race was run.

    And what is garbage is collected once: pytest looks for what that might raise in ten rounds through all there is.
    """
    gc.collect()
    gc.freeze()
    if not hasattr(config, "workerinput") and (lacking := exact.missing()):
        sys.stdout.write(f"No race was run: the exact engine needs {lacking}.\n")
    if not hasattr(config, "workerinput") and (lacking := markup.missing()):
        sys.stdout.write(f"The markup was not checked: its checker needs {lacking}.\n")
