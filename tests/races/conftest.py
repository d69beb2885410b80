"""The desk on the exact engine, once for all races."""

from collections.abc import Iterator

import pytest

from infra.local import exact
from tests.races.served import Served, served


@pytest.fixture(scope="session")
def desk() -> Iterator[Served]:
    """The desk on the exact engine."""
    if lacking := exact.missing():
        pytest.skip(f"the exact engine needs {lacking}")
    with served() as desk:
        yield desk
