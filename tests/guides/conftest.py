"""Fixtures for the guides' tests: a copy of the sources to break."""

from tests.site.conftest import project

__all__ = ["project"]
