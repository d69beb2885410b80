"""Fixtures for the tests in a browser: a page of the desk that fails the test when a script or the policy complains."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from infra.local.cloud import ROOT
from tests.desk import Desk

# Chromium's own line for an answer of 400 and above; what such an answer leads to is the test's to see.
REFUSED = "Failed to load resource"

# For a busy machine, in milliseconds; what is there at once costs none of it.
PATIENCE = 10_000
MODULES = ROOT / "docs/assets/js"
expect.set_options(timeout=PATIENCE)


@contextmanager
def watched(browser: Browser, cloud: Desk, **options: Any) -> Iterator[Page]:
    """A page of the desk, in a browser of its own with those options; nothing on it may fail or go to another site."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(cloud.url):
            complaints.append(request.url)

    with browser.new_context(base_url=cloud.url, reduced_motion="reduce", **options) as context:
        context.set_default_timeout(PATIENCE)
        opened = context.new_page()
        opened.on("console", heard)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("request", asked)
        yield opened
    assert complaints == []


@pytest.fixture
def page(browser: Browser, cloud: Desk) -> Iterator[Page]:
    """A page of the desk, in a browser of its own."""
    with watched(browser, cloud) as opened:
        yield opened


def serve_modules(page: Page) -> None:
    """Let a script of the test import a module of the site's own as it stands in the sources: `/modules/words.js`."""
    page.route("**/modules/*.js", lambda route: route.fulfill(path=MODULES / Path(route.request.url).name))
