"""Fixtures for the tests of the law: a page of the desk, as the browser tests have it."""

from tests.browser.conftest import page

__all__ = ["page"]
