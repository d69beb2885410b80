"""Every guide is walked in both languages, as its text says and by the labels that it quotes."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from functions.shared.texts import LANGUAGES, Language
from tests.browser.conftest import watched
from tests.desk import Desk
from tests.guides import account, start, subscription, support, users
from tests.guides.reader import Reader
from theme.build import ROOT
from theme.pictures import SCALE

type Walk = Callable[[Reader], None]
WALKS: dict[str, Walk] = {
    **start.WALKS,
    **users.WALKS,
    **subscription.WALKS,
    **account.WALKS,
    **support.WALKS,
}
# The one that each run of the tests walks.
EACH_TIME = "add-user"
_NUMBERED = re.compile(r"^\d+\. .*$\n(?: +\{: data-step=([\w-]+) \}$)?", re.MULTILINE)


def keys(language: Language) -> dict[str, list[str]]:
    """The keys of every guide's numbered steps, by the guide's name; of one that has none an empty text."""
    guides = sorted((ROOT / "docs" / language).glob("*.md"))
    found = {guide.stem: _NUMBERED.findall(guide.read_text("utf-8")) for guide in guides}
    return {name: steps for name, steps in found.items() if steps}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_every_guide_has_a_key_of_its_own_and_every_guide_a_walk(language: Language) -> None:
    found = keys(language)
    assert found.keys() == WALKS.keys()
    for name, steps in found.items():
        assert all(steps), f"{name}: a step has no key"
        assert len(set(steps)) == len(steps), name


def test_both_languages_have_the_same_steps() -> None:
    assert keys("en") == keys("fr")


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A reader's page at which every line of a guide is seen."""
    with watched(browser, desk, device_scale_factor=SCALE) as opened:
        yield opened


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "guide", [name if name == EACH_TIME else pytest.param(name, marks=pytest.mark.proof) for name in WALKS]
)
def test_a_guide_is_walked(page: Page, desk: Desk, guide: str, language: Language) -> None:
    reader = Reader(page, desk, language, guide)
    WALKS[guide](reader)
    reader.finishes()
