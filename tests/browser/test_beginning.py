"""Until a page's scripts have begun nothing can be clicked in vain; one that cannot begin leaves the others working."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from functions.shared.texts import Texts
from infra.local.demo import PASSWORD
from tests.browser.conftest import PATIENCE
from tests.desk import Desk

ALEX = "alex.morgan@example.com"
# One of each kind of page.
PAGES = (
    *("/", "/fr/", "/add-user/", "/cancel-without-account/", "/products/", "/rh-30/", "/order/", "/verify/"),
    *("/activate/", "/contract/", "/invoices/", "/team/", "/colleague/", "/standard/", "/takeover-objection/"),
    *("/portal/", "/documents/", "/deadline/", "/account/", "/sessions/", "/register/", "/password/", "/sign-in/"),
    *("/second-factor/", "/reviews/", "/takeovers/", "/support/", "/feedback/"),
)
# What can be clicked or sent, and is neither a link nor a part of the browser's own.
CLICKABLE = "button:visible:not(:disabled), [type=submit]:visible:not(:disabled), [role=button]:visible"
# Adds up how much of the page moves from here on.
WATCH = """() => {
  globalThis.moved = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) globalThis.moved += value;
  }).observe({ type: "layout-shift" });
}"""


class Files:
    """What a page asks for, which waits until the test lets it go."""

    def __init__(self, page: Page, address: str) -> None:
        self._waiting: list[Route] | None = []
        self.asked = set[str]()
        page.route(address, self._asked)

    def _asked(self, route: Route) -> None:
        self.asked.add(route.request.url)
        if self._waiting is None:
            route.continue_()
        else:
            self._waiting.append(route)

    def let_go(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()


@pytest.fixture
def scripts(page: Page) -> Files:
    return Files(page, "**/*.js")


def open_early(page: Page, path: str) -> None:
    """The page as it is painted, before any script of it has come."""
    page.goto(path, wait_until="commit")
    page.locator(".foot").wait_for()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_can_be_clicked_before_it_is_heard(page: Page, scripts: Files, path: str) -> None:
    open_early(page, path)
    assert page.locator(CLICKABLE).all_inner_texts() == []
    scripts.let_go()
    # The switch of the scheme is on every page.
    expect(page.locator(CLICKABLE).first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_typed_and_clicked_early_is_neither_lost_nor_sent(page: Page, scripts: Files, language: str) -> None:
    texts, root = Texts("fr" if language == "fr" else "en"), "/fr/" if language == "fr" else "/"
    open_early(page, f"{root}rh-30/")
    quantity = page.get_by_label(texts("catalogue.add.quantity"), exact=True)
    quantity.fill("3")
    quantity.press("Enter")
    button = page.get_by_role("button", name=texts("catalogue.add.submit"))
    # As a mouse does, whatever is there.
    button.click(force=True)
    page.evaluate(WATCH)
    scripts.let_go()

    expect(button).to_be_enabled()
    expect(page).to_have_url(re.compile("rh-30/$"))
    expect(quantity).to_have_value("3")
    button.click()
    expect(page.locator("[data-added]")).not_to_be_empty()
    assert page.evaluate("JSON.parse(localStorage.cart)[0].quantity") == 3


@pytest.mark.parametrize("path", ["/rh-30/", "/verify/", "/install/", "/fr/products/"])
def test_nothing_jumps_when_the_scripts_begin(page: Page, scripts: Files, path: str) -> None:
    open_early(page, path)
    page.wait_for_timeout(100)
    page.evaluate(WATCH)
    scripts.let_go()
    expect(page.locator("[data-scheme-switch]")).to_be_enabled()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("globalThis.moved") == 0


def test_what_is_looked_for_early_is_found(page: Page, scripts: Files) -> None:
    open_early(page, "/")
    field = page.get_by_role("combobox")
    field.fill("cancel")
    field.press("Enter")
    scripts.let_go()
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.url.endswith("/")


# What visitors come to first, and the widest of what people come back to.
@pytest.mark.parametrize("path", ["/", "/fr/transfer/", "/rh-30/", "/order/", "/fr/order/", "/portal/", "/documents/"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_shifts_while_a_page_loads(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(f"({WATCH})()")
    page.goto(path, wait_until="networkidle")
    expect(page.locator("[data-scheme-switch]")).to_be_enabled()
    # As Lighthouse rounds it: of a letter's width it says nothing.
    assert round(page.evaluate("document.fonts.ready.then(() => globalThis.moved)"), 2) == 0


HAS_STAND_IN = """() => new FontFace("stand-in", 'local("Arial"), local("Liberation Sans")').load().then(
  () => true,
  () => false,
)"""


@pytest.mark.parametrize("path", ["/", "/fr/transfer/", "/fr/order/", "/portal/"])
def test_nothing_shifts_when_the_fonts_come_late(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 412, "height": 823})
    fonts = Files(page, "**/*.woff2")
    page.goto(path, wait_until="commit")
    expect(page.locator("[data-scheme-switch]")).to_be_enabled()
    expect(page.locator("[data-stage=loading]").filter(visible=True)).to_have_count(0)
    if not page.evaluate(HAS_STAND_IN):
        pytest.skip("this machine has neither Arial nor its like")
    page.evaluate(WATCH)
    fonts.let_go()
    page.wait_for_load_state("networkidle")
    assert len(fonts.asked) == 2
    assert round(page.evaluate("globalThis.moved"), 3) == 0


@pytest.mark.parametrize("path", ["/portal/", "/documents/"])
def test_what_shows_readers_their_own_is_loaded_once_they_are_signed_in(page: Page, desk: Desk, path: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(path, wait_until="networkidle")
    form = page.locator("[data-shared-sign-in]")
    expect(form).to_be_visible()
    assert [url for url in loaded if "/theirs-" in url] == []

    form.locator("input[type=email]").fill(ALEX)
    form.locator("input[type=password]").fill(PASSWORD)
    form.get_by_role("button", name=Texts("en")("session.sign_in.submit")).click()
    expect(page.locator("[data-portal], [data-documents]").locator("> [data-stage=list]")).to_be_visible()
    assert len({url for url in loaded if "/theirs-" in url}) == 1


@pytest.mark.parametrize("path", ["/fr/transfer/", "/order/"])
def test_a_page_takes_two_fonts_and_these_are_cut(page: Page, path: str) -> None:
    page.goto(path, wait_until="networkidle")
    taken = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop())")
    fonts = sorted(re.sub("-[0-9a-f]+[.]", ".", name) for name in taken if name.endswith(".woff2"))
    assert fonts == ["text-used.woff2", "title-used.woff2"]


def without_a_button(route: Route) -> None:
    """The account's page whose sessions lack what their script holds on to."""
    answer = route.fetch()
    before, mark, after = answer.text().partition("data-sessions")
    route.fulfill(response=answer, body=before + mark + after.replace("data-more", "data-gone", 1))


def test_a_block_that_cannot_begin_leaves_the_others_working(browser: Browser, desk: Desk) -> None:
    texts = Texts("en")
    with browser.new_context(base_url=desk.url) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/account/", without_a_button)
        page.goto("/account/")
        own, sessions = page.locator("[data-own-account]"), page.locator("[data-sessions]")
        expect(sessions.locator("> [data-stage=failed]")).to_contain_text(texts("forms.failed.title"))
        own.locator("input[type=email]").fill(ALEX)
        own.locator("input[type=password]").fill(PASSWORD)
        own.get_by_role("button", name=texts("session.sign_in.submit")).click()
        expect(own.locator("[data-slot=email]")).to_have_text(ALEX)
        expect(page.locator("[data-job=change-account] > [data-stage=form]")).to_be_visible()
        assert len(complaints) == 1

        page.unroute("**/account/")
        sessions.get_by_role("button", name=texts("forms.failed.retry")).click()
        expect(sessions.locator("[data-list] .line").first).to_be_visible()
