"""Fixtures for the tests of the built site: a build of its own, and copies of the sources to break."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from theme import built
from theme.build import ROOT, build
from theme.built import BuiltPage

SITE_URL = "https://desk.example.com"


def _copy(place: Path) -> Path:
    for folder in ("docs", "theme"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", place)
    return place


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the site is made of, for a test to break."""
    return _copy(tmp_path)


@pytest.fixture(scope="session")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose site is built."""
    place = _copy(tmp_path_factory.mktemp("project"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SITE_URL", SITE_URL)
        build(place)
    return place


@pytest.fixture(scope="session")
def site(built_project: Path) -> Path:
    """The built site's folder."""
    return built_project / "build" / "site"


@pytest.fixture(scope="session")
def pages(site: Path) -> Sequence[BuiltPage]:
    """Every page of the site, read back."""
    return list(built.pages(site))
