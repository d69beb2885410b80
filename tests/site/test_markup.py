"""The Nu HTML checker finds nothing on any page, nor on those that the functions answer."""

from pathlib import Path

import pytest

from functions.shared.texts import LANGUAGES
from tests.functions.test_plain_forms import every_page
from tests.site import markup


@pytest.fixture(scope="module", autouse=True)
def checker() -> None:
    if lacking := markup.missing():
        pytest.skip(f"the checker of markup needs {lacking}")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What browsers without scripts are answered with."""
    place = tmp_path_factory.mktemp("answered")
    for language in LANGUAGES:
        for name, page in every_page(language).items():
            (place / f"{name}-{language}.html").write_text(page, "utf-8")
    return place


def test_nothing_is_wrong_with_any_page(site: Path, answered: Path) -> None:
    assert markup.faults(site, answered) == []


def test_it_would_say_so(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<!doctype html><html lang="en"><title>x</title><p><a id="x" id="x">', "utf-8")
    found = markup.faults(tmp_path)
    assert [one for one in found if "Duplicate attribute" in one]
