"""axe finds nothing to mend on any page, nor in the states that scripts make."""

from collections.abc import Sequence
from importlib.resources import files
from itertools import cycle, product
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from infra.local.demo import PASSWORD
from tests.desk import Desk
from theme.build import ROOT

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The scheme changes colours alone.
COLOURS = ["color-contrast"]
GUIDES = sorted(guide.stem for guide in (ROOT / "docs/en").glob("*.md"))
RUN = "rules => axe.run({ runOnly: rules, resultTypes: ['violations'], preload: false })"
# Whether it scrolls sideways with text of that size. The portal chooses its layout by an observer, which is told with
# the next frame.
SCROLLS = """async (size) => {
  const page = document.documentElement;
  page.style.fontSize = size;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  const scrolls = page.scrollWidth > innerWidth;
  page.style.fontSize = "";
  return scrolls;
}"""
# Where each thing of the header that takes the focus stands: its row, and how far along.
STANDS = """() => [...document.querySelectorAll(".top__inner :is(a, input, button)")]
  .map((one) => one.getBoundingClientRect()).filter(({ width }) => width)
  .map(({ left, top, height }) => [Math.round((top + height / 2) / 24), Math.round(left)])"""
WIDTHS = (390, 1440)
type Scheme = tuple[Literal["light", "dark"], list[str]]
type Look = tuple[int, Scheme]
# Everything at each width, colours in each scheme; every colour at every width is looked at in the proof.
ONE_OF_EACH: Sequence[Look] = tuple(zip(WIDTHS, (("light", EVERYTHING), ("dark", EVERYTHING)), strict=True))
# Page by page the one or the other, of what all pages have in common; the proof looks at each page in every look.
IN_TURN: Sequence[Sequence[Look]] = tuple((look,) for look in ONE_OF_EACH)
EVERY_LOOK: Sequence[Look] = tuple(product(WIDTHS, (("light", EVERYTHING), ("dark", COLOURS))))


def faults(page: Page, looks: Sequence[Look] = ONE_OF_EACH) -> list[str]:
    """What axe says of the page as it stands, on a phone and at a desk, light and dark; and if it scrolls sideways."""
    page.evaluate(AXE)
    found = []
    for width, (scheme, rules) in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        result: dict[str, Any] = page.evaluate(RUN, rules)
        found += [
            f"{page.url} {width} {scheme}: {fault['id']}: {fault['nodes'][0]['html']}" for fault in result["violations"]
        ]
    for width in (320, *WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(SCROLLS, ""):
            found.append(f"{page.url} {width}: scrolls sideways")
    # Text alone twice as large, which no media query hears of (WCAG 1.4.4); on the smallest screen too.
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(SCROLLS, "200%"):
            found.append(f"{page.url} {width}: scrolls sideways where text is twice as large")
    return found


IN_EVERY_LOOK = [pytest.param(root, [EVERY_LOOK], marks=pytest.mark.proof) for root in ("/", "/fr/")]


@pytest.mark.parametrize(("root", "in_turn"), [("/", IN_TURN), *IN_EVERY_LOOK], ids=["/", "/ at length", "/fr/"])
def test_every_page(page: Page, root: str, in_turn: Sequence[Sequence[Look]]) -> None:
    found: list[str] = []
    for guide, looks in zip([*GUIDES, "no-such-page"], cycle(in_turn), strict=False):
        page.goto(root + ("" if guide == "index" else f"{guide}/"))
        expect(page.locator("[data-stage=loading]:visible")).to_have_count(0)
        found += faults(page, looks)
    assert found == []


def test_the_search_with_and_without_results(page: Page) -> None:
    page.goto("/add-user/")
    page.get_by_role("combobox").fill("colleague")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert faults(page) == []

    page.get_by_role("combobox").fill("zzzzzz")
    page.get_by_text("No guide found").wait_for()
    assert faults(page) == []


def test_a_form_from_sign_in_to_confirmation(page: Page, desk: Desk) -> None:
    page.goto("/remove-user/?subscription=alex-active")
    job = page.locator("[data-job=remove-user]")
    job.get_by_role("button", name="Sign in").click()
    job.get_by_role("alert").get_by_role("link").first.wait_for()
    assert faults(page) == []

    job.get_by_role("textbox", name="E-mail address").fill("alex.morgan@example.com")
    job.get_by_label("Password", exact=True).fill(PASSWORD)
    job.get_by_role("button", name="Sign in").click()
    job.get_by_role("button", name="Continue").click()
    job.get_by_role("alert").get_by_role("link").wait_for()
    assert faults(page) == []

    job.get_by_role("combobox", name="E-mail address").select_option("sam.taylor@example.com")
    job.get_by_role("button", name="Continue").click()
    job.get_by_role("button", name="Remove the user").wait_for()
    assert faults(page) == []

    job.get_by_role("button", name="Remove the user").click()
    job.locator("[data-done-title]").wait_for()
    assert faults(page) == []


def test_the_portal_with_a_line_open(page: Page, desk: Desk) -> None:
    page.goto("/portal/")
    page.get_by_label("E-mail address").fill("alex.morgan@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("form").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="PROFIS Engineering Premium").first.click()
    page.get_by_role("button", name="Options for sam.taylor@example.com").click()
    assert faults(page) == []

    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Keep the user").wait_for()
    assert faults(page) == []

    for tab in ("Manage subscription", "Manage billing", "History"):
        page.get_by_role("tab", name=tab).click()
        page.get_by_role("tabpanel", name=tab).wait_for()
        assert faults(page) == []


def test_the_header_is_read_in_the_order_in_which_it_stands(page: Page, desk: Desk) -> None:
    """On a phone and wider, with text of each size, signed in with things in the cart."""
    page.goto("/sign-in/#next=/rh-30/")
    page.get_by_label("E-mail address").fill("alex.morgan@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("form").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Add to the cart").click()
    header = page.get_by_role("banner")
    parts = [
        header.get_by_role("link", name=name) for name in ("Français", "Cart", "alex.morgan@example.com", "My account")
    ]
    for width in (320, 390, 800, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for part in (*parts, header.get_by_role("button", name="Sign out")):
            expect(part).to_be_visible()
        stands = page.evaluate(STANDS)
        assert stands == sorted(stands), width
        # Of a telephone's height no more than two rows.
        assert width > 390 or page.locator(".top").evaluate("top => top.offsetHeight") < 105
