"""What the workers' tests share a process with must not be felt by them."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def no_browsers_event_loop() -> Iterator[None]:
    """Playwright leaves its event loop running between browser tests, and pyHanko starts one of its own."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)
