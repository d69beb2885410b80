"""The world of the crashes: the local cloud, held still."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from functions.contracts.invoice import render_invoice
from functions.shared import second_factor
from functions.subscriptions import add_users, place_order
from functions.subscriptions.invoice import Invoice
from functions.workers import typesetting
from tests.crash.world import World
from tests.desk import Desk


@pytest.fixture(scope="module")
def world(cloud: Desk) -> Iterator[World]:
    """Empty, and with nothing delivered but by the test; the demo data is back afterwards."""
    local = cloud.cloud
    local.settle()
    # A long order is one of a few lines here, and a long list one of a few people, for the sake of time; and no code
    # grows old while a journey is done over and over.
    short = mock.patch.object(place_order, "OPENED_AT_ONCE", 2)
    patient = mock.patch.object(second_factor, "DRIFT", 40)
    inspected = mock.patch.object(subprocess, "run", _run_once())
    steps = mock.patch.object(add_users, "ADDED_AT_ONCE", 2)
    billed = mock.patch.object(typesetting, "render_invoice", _render_once(render_invoice))
    with local.nothing_delivered(), short, steps, patient, inspected, billed:
        yield World(local)
    local.reset()


def _render_once(render: Callable[[Invoice], bytes]) -> Callable[[Invoice], bytes]:
    """The same invoice is set hundreds of times, always to the same bytes."""
    rendered = dict[str, bytes]()

    def render_once(invoice: Invoice) -> bytes:
        facts = repr(invoice)
        if facts not in rendered:
            rendered[facts] = render(invoice)
        return rendered[facts]

    return render_once


def _run_once() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """A file is inspected hundreds of times here, always with the same verdict: one process for it will do."""
    run, ran = subprocess.run, dict[tuple[tuple[str, ...], bytes], subprocess.CompletedProcess[bytes]]()

    def run_once(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        if "functions.workers.rendering" not in command:
            return run(command, **options)
        asked = (tuple(command), options["input"])
        if asked not in ran:
            ran[asked] = run(command, **options)
        return ran[asked]

    return run_once
