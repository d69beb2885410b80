"""Fixtures for the tests of the built site: a build of its own, and copies of the sources to break."""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from functions.shared import texts
from theme import built
from theme.build import ROOT, build
from theme.built import BuiltPage

SITE_URL = "https://desk.example.com"


def change(file: Path, old: str, new: str) -> None:
    """Write `new` where `old` stands first."""
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), "utf-8")


def _copy(place: Path) -> Path:
    for folder in ("docs", "theme"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, place / folder, ignore=ignored, dirs_exist_ok=True)
    shutil.copy(ROOT / "mkdocs.yml", place)
    return place


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the site is made of, for a test to break."""
    return _copy(tmp_path)


@pytest.fixture(scope="session")
def built_project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose site is built, to be read: by the first of a run's processes that asks, for all of them."""
    place = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        place = place.parent
    place /= "built-project"
    with place.with_suffix(".lock").open("w") as lock, pytest.MonkeyPatch.context() as environment:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What a build writes last.
        if not (place / "build/headers.json").exists():
            environment.setenv("SITE_URL", SITE_URL)
            build(_copy(place))
    return place


@pytest.fixture(scope="session")
def site(built_project: Path) -> Path:
    """The built site's folder."""
    return built_project / "build" / "site"


@pytest.fixture(scope="session")
def pages(site: Path) -> Sequence[BuiltPage]:
    """Every page of the site, read back."""
    return list(built.pages(site))


@pytest.fixture
def catalogue(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the texts that the build reads instead of ours."""
    place = tmp_path_factory.mktemp("texts")
    for file in Path(texts.__file__).parent.glob("*/*.toml"):
        (place / file.parent.name).mkdir(exist_ok=True)
        (place / file.parent.name / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(texts, "_HERE", place)
    texts._catalogue.cache_clear()
    yield place
    texts._catalogue.cache_clear()
