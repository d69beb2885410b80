"""The guides' pictures: all there, light, of the page's scheme, and found out when they show what is no more."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Route, expect

from functions.shared.texts import LANGUAGES, Language
from tests.browser.conftest import watched
from tests.desk import Desk
from tests.guides.album import is_stale
from tests.guides.reader import Reader
from tests.guides.users import add_user
from tests.site.conftest import change
from theme.build import ROOT, build
from theme.failure import BuildFailed
from theme.guides import root_of
from theme.pictures import SCALE, SCHEMES, file_of

HEAVIEST = 40_000
_SHOWN = re.compile(r"^/// picture \| ([\w-]+)$", re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_guides_show_is_what_was_taken_and_light(language: Language) -> None:
    guides = (ROOT / "docs" / language).glob("*.md")
    shown = {(guide.stem, name) for guide in guides for name in _SHOWN.findall(guide.read_text("utf-8"))}
    # A guide's picture has its name: its walk takes it.
    assert all(guide == name for guide, name in shown)
    taken = {file_of(ROOT / "docs", language, name, scheme) for _, name in shown for scheme in SCHEMES}
    assert set((ROOT / "docs/assets/pictures" / language).iterdir()) == taken
    assert [file.name for file in taken if file.stat().st_size > HEAVIEST] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_sees_and_loads_that_of_the_page_s_scheme(browser: Browser, desk: Desk, language: Language) -> None:
    with watched(browser, desk, color_scheme="dark") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.goto(f"{root_of(language)}add-user/")
        light, dark = page.locator(".shown__light"), page.locator(".shown__dark")
        dark.scroll_into_view_if_needed()
        expect(light).to_be_hidden()
        expect(dark).to_be_visible()
        dark.evaluate("picture => picture.decode()")
        assert "add-user-light.webp" not in asked
        page.locator(".foot__scheme").click()
        expect(light).to_be_visible()
        expect(dark).to_be_hidden()


def test_a_picture_is_taken_once_what_is_read_again_has_come(browser: Browser, desk: Desk) -> None:
    with watched(browser, desk, device_scale_factor=SCALE) as page:
        waits = count(0, 400)

        def each_later(route: Route) -> None:
            page.wait_for_timeout(next(waits))
            route.continue_()

        page.route("**/api/subscriptions/*", each_later)
        add_user(Reader(page, desk, "en", "add-user"))


def drawn(label: str, width: int = 480) -> Image.Image:
    """A button."""
    picture = Image.new("RGB", (width, 120), "white")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((20, 20, 40 + 22 * len(label), 100), 16, fill="#0b6350")
    pen.text((30, 36), label, fill="white", font_size=36)
    return picture


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (lambda: drawn("Add the user"), False),
        (lambda: drawn("Add the user").filter(ImageFilter.GaussianBlur(1)), False),
        (lambda: drawn("Add the user", 483), False),
        (lambda: drawn("Add an user"), True),
        (lambda: drawn("Add the uses"), True),
        (lambda: drawn("Add the user", 500), True),
    ],
    ids=["the same", "drawn otherwise", "rounded otherwise", "another label", "another letter", "another size"],
)
def test_a_picture_of_what_is_no_more_is_stale(
    tmp_path: Path, taken: Callable[[], Image.Image], expected: bool
) -> None:
    kept = tmp_path / "kept.webp"
    drawn("Add the user").save(kept, lossless=True)
    assert is_stale(kept, taken()) is expected
    assert is_stale(tmp_path / "none.webp", taken())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("/// picture | order", "/// picture | orders", "there is no docs/assets/pictures/fr/orders-light.webp"),
        ("/// drawing | licences", "/// drawing | licence", "there is no theme/templates/drawings/licence.svg"),
    ],
)
def test_nothing_is_built_that_shows_what_is_not_there(project: Path, old: str, new: str, reason: str) -> None:
    change(project / "docs/fr/order.md", old, new)
    with pytest.raises(BuildFailed, match=f"^docs/fr/order.md: {re.escape(new)}: {re.escape(reason)}"):
        build(project)
