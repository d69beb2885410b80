"""In a browser that knows nothing younger than four years, or keeps nothing for the site, the desk works or says so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from functions.shared.texts import LANGUAGES, Language
from tests.browser.test_shop import ADDRESS, Shopper
from tests.browser.test_transfer import PEOPLE
from tests.desk import Desk

PHONE: ViewportSize = {"width": 390, "height": 844}
# What browsers have learned since, by what a script can take away.
YOUNGER = """
delete URL.canParse; delete URL.parse; delete globalThis.scheduler; delete globalThis.navigation;
delete Object.groupBy; delete Map.groupBy; delete Promise.withResolvers; delete Promise.try; delete Array.fromAsync;
delete AbortSignal.any; delete globalThis.CloseWatcher; delete document.startViewTransition; delete RegExp.escape;
const late = ["toSorted", "toReversed", "toSpliced", "with", "findLast"];
for (const name of late) delete Array.prototype[name];
for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name];
for (const name of ["union", "difference", "intersection"]) delete Set.prototype[name];
for (const name of ["map", "filter", "toArray", "forEach"]) delete globalThis.Iterator?.prototype[name];
delete globalThis.Iterator; delete Intl.DurationFormat; delete Intl.Segmenter;
"""
DENIED = {
    # Every touch of it is refused, as where cookies and site data are blocked.
    "refused": """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(globalThis, name, { get() { throw new DOMException("denied", "SecurityError"); } });
}
""",
    "full": """
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
""",
}


@pytest.fixture(params=LANGUAGES)
def shopper(request: pytest.FixtureRequest, page: Page, desk: Desk) -> Shopper:
    language: Language = request.param
    page.set_viewport_size(PHONE)
    return Shopper(page, language)


@pytest.fixture
def without_cookies(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A page that can keep no cookie: whatever is answered, none is there afterwards."""
    with browser.new_context(base_url=desk.url, reduced_motion="reduce") as context:
        opened = context.new_page()
        opened.add_init_script("Object.defineProperty(document, 'cookie', { get: () => '', set() {} });")
        yield opened


def test_in_a_browser_of_four_years_ago_all_is_done(desk: Desk, shopper: Shopper) -> None:
    page = shopper.page
    page.add_init_script(YOUNGER)
    root = "/" if shopper.language == "en" else "/fr/"
    page.goto(f"{root}sign-in/")
    shopper.sign_in(page.locator("[data-job=sign-in]"))
    expect(page.locator("[data-portal] .line").first).to_be_visible()

    shopper.put_into_cart("rh-30", "2")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.stage("details")
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.place()
    shopper.stage("done")

    _, user, subscription = PEOPLE[shopper.language]
    page.goto(f"{root}transfer/?subscription={subscription}")
    job = page.locator("[data-job=transfer]")
    job.get_by_label(shopper.says("transfer.form.fields.email.label")).select_option(user)
    shopper.press("transfer.form.submit", job)
    shopper.press("transfer.form.confirm", job)
    expect(job.locator("[data-done-text]")).to_have_text(shopper.says("transfer.form.done", email=user))


def edge(field: Locator) -> str:
    seen: str = field.evaluate(
        "(field) => getComputedStyle(field).borderTopWidth + getComputedStyle(field).borderTopStyle"
    )
    return seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_field_has_its_edge_in_colours_that_every_browser_knows(page: Page, scheme: str) -> None:
    page.goto("/sign-in/")
    page.evaluate("(scheme) => { document.documentElement.dataset.scheme = scheme; }", scheme)
    field = page.locator("[data-job=sign-in] input[type=email]")
    assert edge(field) == "1pxsolid"
    colours = page.evaluate(
        "() => { const look = getComputedStyle(document.documentElement);"
        " return ['--paper', '--ink', '--edge', '--accent'].map((name) => look.getPropertyValue(name)); }"
    )
    assert all(colour.strip().startswith("#") for colour in colours)


@pytest.mark.parametrize("kind", DENIED)
def test_without_storage_the_product_s_page_says_that_it_keeps_no_cart(shopper: Shopper, kind: str) -> None:
    shopper.page.add_init_script(DENIED[kind])
    shopper.open("rh-30/")
    shopper.press("catalogue.add.submit", shopper.page)
    expect(shopper.page.get_by_role("alert")).to_contain_text(shopper.says("catalogue.add.not_kept"))
    shopper.page.locator("[data-scheme-switch]").click()


@pytest.mark.parametrize("kind", DENIED)
def test_without_storage_everything_else_is_done(desk: Desk, shopper: Shopper, kind: str) -> None:
    page = shopper.page
    page.add_init_script(DENIED[kind])
    trial = page.locator("[data-job=start-trial]")
    shopper.open("standard/")
    shopper.sign_in(trial.locator("[data-job=sign-in]"))
    trial.get_by_role("radio").first.check()
    shopper.press("trials.start.submit", trial)
    expect(trial.locator("[data-done-title]")).to_have_text(shopper.says("trials.start.done_title"))


@pytest.mark.parametrize("path", ["sign-in/", "add-user/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_cookie_is_kept_signing_in_says_so(without_cookies: Page, language: Language, path: str) -> None:
    shopper = Shopper(without_cookies, language)
    shopper.open(path)
    form = without_cookies.locator("[data-job=sign-in]").first
    shopper.sign_in(form)
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_role("alert")).to_contain_text(shopper.says("session.no_cookies.title"))
