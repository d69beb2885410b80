"""Several people, or several tabs, at one browser: nothing of one person's is shown to the next, or done for them."""

import re

import pytest
from playwright.sync_api import Page, Request, ViewportSize, expect

from functions.shared.texts import LANGUAGES, Language
from infra.local.demo import PASSWORD
from tests.browser.test_accessibility import faults
from tests.browser.test_onboarding import Site
from tests.desk import Desk

ALEX = "alex.morgan@example.com"
NOOR = "noor.haddad@example.com"
PHONE: ViewportSize = {"width": 390, "height": 844}
TYPED = "typed@example.com"
COMES_OR_GOES = "(what) => dispatchEvent(new PageTransitionEvent(what, { persisted: true }))"
# What another tab does in which somebody else signs in.
SIGN_IN = """(who) => {
  const headers = { "Content-Type": "application/json" };
  return fetch("/api/session", { method: "POST", headers, body: JSON.stringify(who) });
}"""
TELL = """() => {
  const tabs = new BroadcastChannel("session");
  tabs.postMessage(null);
}"""


@pytest.fixture(params=LANGUAGES)
def site(request: pytest.FixtureRequest, page: Page, desk: Desk) -> Site:
    """The site in each language, on a phone."""
    language: Language = request.param
    page.set_viewport_size(PHONE)
    return Site(page, language)


def signed_in(site: Site, email: str) -> None:
    site.sign_in(site.open("portal", "[data-portal]"), email, PASSWORD)
    expect(site.page.locator(".line").first).to_be_visible()


def other_tab(site: Site) -> Site:
    return Site(site.page.context.new_page(), site.texts.language)


def sign_out(site: Site) -> None:
    site.page.get_by_role("button", name=site.texts("site.session.sign_out")).click()
    expect(site.page.get_by_role("link", name=site.texts("site.session.sign_in")).first).to_be_focused()


def mentions(page: Page, *names: str) -> list[str]:
    """What of these stands anywhere in the page, shown or not, typed values included."""
    everything = page.evaluate(
        "document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map((one) => one.value)"
    )
    return [name for name in names if name in everything]


def kept(page: Page) -> str:
    stored: str = page.evaluate("JSON.stringify([{ ...sessionStorage }, history.state])")
    return stored


def test_after_signing_out_nothing_of_the_person_is_in_the_page(site: Site) -> None:
    signed_in(site, ALEX)
    site.page.goto(f"{site.root}add-user/?subscription=alex-active")
    form = site.page.locator("[data-job=add-user]")
    form.locator("#add-user-email").fill(TYPED)
    sign_out(site)
    expect(form.locator("[data-job=sign-in]")).to_be_visible()
    assert mentions(site.page, ALEX, TYPED, "G-000101") == []
    assert "A" not in re.sub(r"[^A-Z]", "", kept(site.page))


def test_back_shows_nothing_of_who_has_signed_out(site: Site) -> None:
    page = site.page
    signed_in(site, ALEX)
    page.goto(f"{site.root}add-user/?subscription=alex-active")
    form = page.locator("[data-job=add-user]")
    form.locator("#add-user-email").fill(TYPED)
    page.goto(f"{site.root}portal/")
    expect(page.locator(".line").first).to_be_visible()
    sign_out(site)
    page.go_back()
    expect(form.locator("[data-job=sign-in]")).to_be_visible()
    assert mentions(page, ALEX, TYPED, "G-000101") == []
    # Who signs in then finds their own.
    site.sign_in(form, NOOR, PASSWORD)
    expect(page.get_by_role("banner")).to_contain_text(NOOR)
    assert mentions(page, ALEX, TYPED, "G-000101") == []


def test_a_page_that_the_browser_has_kept_is_unseen_until_it_is_known_who_looks(site: Site) -> None:
    """As Back brings it; a Chromium without windows keeps no pages, so this one is told that it was kept."""
    page = site.page
    signed_in(site, ALEX)
    page.goto(f"{site.root}add-user/?subscription=alex-active")
    typed = page.locator("#add-user-email")
    typed.fill(TYPED)
    page.evaluate(COMES_OR_GOES, "pagehide")
    expect(typed).to_be_hidden()
    page.evaluate(COMES_OR_GOES, "pageshow")
    expect(typed).to_be_visible()
    expect(typed).to_have_value(TYPED)

    page.evaluate(COMES_OR_GOES, "pagehide")
    elsewhere = other_tab(site)
    elsewhere.page.goto(f"{site.root}contact/")
    sign_out(elsewhere)
    expect(typed).to_be_hidden()
    page.evaluate(COMES_OR_GOES, "pageshow")
    expect(page.locator("[data-job=add-user] [data-job=sign-in]")).to_be_visible()
    assert mentions(page, ALEX, TYPED, "G-000101") == []


def test_another_tab_s_sign_out_is_noticed(site: Site) -> None:
    signed_in(site, ALEX)
    elsewhere = other_tab(site)
    elsewhere.page.goto(f"{site.root}add-user/?subscription=alex-active")
    expect(elsewhere.page.locator("#add-user-email")).to_be_visible()
    sign_out(site)
    expect(elsewhere.page.locator("[data-job=add-user] [data-job=sign-in]")).to_be_visible()
    assert mentions(elsewhere.page, ALEX, "G-000101") == []


@pytest.mark.parametrize("notices", ["by a message", "at its request"])
def test_a_stale_tab_acts_for_nobody_else(site: Site, desk: Desk, notices: str) -> None:
    texts, page = site.texts, site.page
    if notices == "at its request":
        # Nothing tells it: no message, no focus, no look at the cookie.
        page.add_init_script("delete globalThis.BroadcastChannel")
    signed_in(site, ALEX)
    page.goto(f"{site.root}add-user/?subscription=alex-active")
    form = page.locator("[data-job=add-user]")
    form.locator("#add-user-email").fill("new.colleague@example.com")
    if notices == "at its request":
        page.evaluate("addEventListener('focus', (event) => event.stopImmediatePropagation(), true)")
        hold(page)
    elsewhere = other_tab(site)
    elsewhere.page.goto(f"{site.root}contact/")
    elsewhere.page.evaluate(SIGN_IN, {"email": NOOR, "password": PASSWORD})
    if notices == "by a message":
        elsewhere.page.evaluate(TELL)
    else:
        page.evaluate("document.querySelector('[data-job=add-user] > form').requestSubmit()")
    expect(page.get_by_text(texts("site.session.replaced"))).to_be_focused()
    expect(page.get_by_role("banner")).to_contain_text(NOOR)
    assert mentions(page, ALEX, "new.colleague@example.com", "G-000101") == []
    assert faults(page) == []
    assert desk.mails("new.colleague@example.com") == []


def hold(page: Page) -> None:
    """Let the page look at nothing by itself."""
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")


def test_who_signs_in_after_another_s_session_has_ended_finds_their_own(site: Site, desk: Desk) -> None:
    signed_in(site, ALEX)
    page = site.page
    page.goto(f"{site.root}add-user/?subscription=alex-active")
    form = page.locator("[data-job=add-user]")
    form.locator("#add-user-email").fill(TYPED)
    for one in desk.client(ALEX).get("/api/sessions").json()["items"]:
        if not one["this"]:
            desk.client(ALEX).delete(f"/api/sessions/{one['id']}")
    form.get_by_role("button", name=site.texts("users.add.submit")).click()
    # The first is the form’s own; another is that of the form which helps it.
    expect(form.get_by_text(site.texts("forms.sign_in.again")).first).to_be_focused()
    site.sign_in(form, NOOR, PASSWORD)
    expect(page.get_by_text(site.texts("site.session.replaced"))).to_be_focused()
    assert mentions(page, ALEX, TYPED, "G-000101") == []


def test_each_request_says_whom_it_acts_for(site: Site, desk: Desk) -> None:
    asked: list[Request] = []
    signed_in(site, ALEX)
    site.page.on("request", lambda request: asked.append(request) if "/api/subscriptions" in request.url else None)
    site.page.reload()
    expect(site.page.locator(".line").first).to_be_visible()
    account = desk.client(ALEX).get("/api/session").json()["account_id"]
    assert {request.headers.get("guichet-reader") for request in asked} == {account}
