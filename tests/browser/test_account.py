"""In a browser, in both languages: one's account, its address changed and taken back, its data, its end."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from functions.shared.texts import LANGUAGES, Language
from infra.local.demo import PASSWORD
from tests.browser.test_accessibility import faults
from tests.browser.test_onboarding import Site
from tests.customers import code
from tests.desk import Desk

ALEX, LEA, NEW = "alex.morgan@example.com", "lea.petit@example.com", "lea@petit.example"


@pytest.fixture(params=LANGUAGES)
def site(request: pytest.FixtureRequest, page: Page) -> Site:
    """The site in each language."""
    language: Language = request.param
    return Site(page, language)


def opened(site: Site, email: str) -> None:
    """The page of one's account, signed in."""
    site.sign_in(site.open("account", "[data-own-account]"), email, PASSWORD)
    expect(site.page.locator("[data-own-account] [data-slot=email]")).to_have_text(email)


def test_the_address_is_changed_and_taken_back(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    opened(site, LEA)
    change, confirm = page.locator("[data-job=change-address]"), page.locator("[data-job=confirm-address]")
    change.get_by_label(texts("account.change.fields.email.label")).fill(NEW)
    change.locator("[data-stage=form] [name=password]").fill(PASSWORD)
    change.get_by_role("button", name=texts("account.change.submit")).click()
    expect(change.get_by_role("heading", name=texts("account.change.done_title"))).to_be_visible()
    confirm.get_by_label(texts("account.confirm.fields.code.label")).fill(code(desk, NEW))
    confirm.get_by_role("button", name=texts("account.confirm.submit")).click()
    expect(confirm.get_by_role("heading", name=texts("account.confirm.done_title"))).to_be_visible()
    # The whole page is the new address's, without being loaded again.
    expect(page.locator("[data-own-account] [data-slot=email]")).to_have_text(NEW)
    expect(page.locator("[data-who]")).to_have_text(NEW)
    expect(page.locator("[data-sessions] .line")).to_have_count(1)
    assert faults(page) == []

    # The e-mail is in the account's language, whatever the page's is.
    [link] = re.findall(r"/fr/change-address/(#token=[\w-]+)", desk.mails(LEA)[0].text)
    page.goto(f"{site.root}change-address/{link}")
    undo = page.locator("[data-job=undo-address]")
    expect(undo).to_contain_text(NEW)
    expect(page.locator("[data-job=change-address]")).to_be_hidden()
    assert faults(page) == []
    undo.get_by_role("button", name=texts("account.undo.submit")).click()
    expect(undo.get_by_role("link", name=texts("account.page.password"))).to_be_visible()
    desk.client(LEA)


def test_the_data_is_downloaded(site: Site, desk: Desk) -> None:
    opened(site, ALEX)
    with site.page.expect_download() as downloading:
        site.page.get_by_role("link", name=site.texts("account.page.export.button")).click()
    assert downloading.value.suggested_filename == f"{site.texts('account.page.export.name')}.json"
    assert json.loads(downloading.value.path().read_text("utf-8"))["email"] == ALEX


def test_the_account_is_closed_after_a_check(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    opened(site, LEA)
    close = page.locator("[data-job=close-account]")
    close.locator("[data-stage=form] [name=password]").fill(PASSWORD)
    close.get_by_role("button", name=texts("account.close.submit")).click()
    expect(close.get_by_role("heading", name=texts("account.close.check_title"))).to_be_focused()
    expect(close.locator("[data-effects] li")).to_have_count(4)
    expect(close).not_to_contain_text(PASSWORD)
    assert faults(page) == []
    close.get_by_role("button", name=texts("account.close.confirm")).click()
    expect(close.get_by_role("heading", name=texts("account.close.done_title"))).to_be_visible()
    expect(page.locator("[data-sign-in]")).to_be_visible()
    expect(page.locator("[data-signed-in]")).to_be_hidden()
    assert faults(page) == []


def test_whoever_administers_is_told_what_to_do_first(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    page.set_viewport_size({"width": 320, "height": 700})
    opened(site, ALEX)
    close = page.locator("[data-job=close-account]")
    close.locator("[data-stage=form] [name=password]").fill(PASSWORD)
    close.get_by_role("button", name=texts("account.close.submit")).click()
    close.get_by_role("button", name=texts("account.close.confirm")).click()
    expect(close.get_by_role("alert")).to_contain_text(texts("account.close.is_administrator"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults(page) == []
