"""The desk on the exact engine, once for all races and no longer: other tests have another desk's environment."""

from collections.abc import Iterator

import pytest

from infra.local import exact
from tests.races.served import Served, served


@pytest.fixture(scope="package")
def desk() -> Iterator[Served]:
    """The desk on the exact engine."""
    if lacking := exact.missing():
        pytest.skip(f"the exact engine needs {lacking}")
    with served() as desk:
        yield desk
