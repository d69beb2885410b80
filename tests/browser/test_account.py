"""In a browser, in both languages: one's account, its address changed and taken back, its data, its end."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from functions.shared.texts import LANGUAGES, Language
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.test_accessibility import faults
from tests.browser.test_onboarding import Site
from tests.customers import code
from tests.desk import Desk

ALEX, LEA, SAM = "alex.morgan@example.com", "lea.petit@example.com", "sam.taylor@example.com"
NEW = "lea@petit.example"
# What the page offers.
BLOCKS = ".desk-block:not([data-shared-sign-in]) > :is(.job, .portal):visible"


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
    password = change.locator("[data-stage=form] [name=password]")
    password.fill("wrong")
    change.get_by_role("button", name=texts("account.change.submit")).click()
    expect(change.get_by_role("alert")).to_contain_text(texts("account.wrong_password.title"))
    password.fill(PASSWORD)
    expect(confirm).to_be_hidden()
    change.get_by_role("button", name=texts("account.change.submit")).click()
    expect(change.get_by_role("heading", name=texts("account.change.done_title"))).to_be_visible()
    confirm.get_by_label(texts("account.confirm.fields.code.label")).fill(code(desk, NEW))
    confirm.get_by_role("button", name=texts("account.confirm.submit")).click()
    expect(confirm.locator("[data-stage=done]")).to_be_focused()
    expect(confirm.get_by_role("heading", name=texts("account.confirm.done_title"))).to_be_visible()
    # No code is on its way any more.
    expect(change).to_be_hidden()
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

    # The link does nothing more, and nothing else is asked of whoever has come by it.
    page.reload()
    expect(undo.get_by_text(texts("account.undo.dead.not_found.title"))).to_be_visible()
    expect(undo.get_by_role("link", name=texts("forms.contact"))).to_have_attribute("href", f"{site.root}contact/")
    expect(undo.get_by_role("link", name=texts("account.undo.dead_next.sign-in"))).to_be_visible()
    expect(page.locator(".job form:visible")).to_have_count(0)
    assert faults(page) == []


def test_one_sign_in_is_asked_for_on_the_whole_page(site: Site, desk: Desk) -> None:
    site.open("account", "[data-own-account]")
    expect(site.page.locator(BLOCKS)).to_have_count(1)
    expect(site.page.get_by_role("button", name=site.texts("session.sign_in.submit"))).to_have_count(1)
    site.sign_in(site.page.locator("[data-own-account]"), LEA, PASSWORD)
    expect(site.page.locator(BLOCKS)).to_have_count(5)


def test_the_link_with_the_code_opens_its_form(site: Site, desk: Desk) -> None:
    opened(site, LEA)
    confirm = site.page.locator("[data-job=confirm-address]")
    site.page.get_by_role("link", name=site.texts("account.confirm.has_code")).click()
    expect(confirm.get_by_label(site.texts("account.confirm.fields.code.label"))).to_be_focused()
    site.page.reload()
    expect(confirm.get_by_label(site.texts("account.confirm.fields.code.label"))).to_be_visible()
    site.page.goto(f"{site.root}change-address/")
    expect(site.page.locator("[data-job=change-address] [data-stage=form]")).to_be_visible()
    expect(confirm).to_be_hidden()


def test_how_we_write_is_changed(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    opened(site, LEA)
    settings, details = page.locator("[data-job=change-account]"), page.locator("[data-own-account]")
    english, accounts = settings.get_by_label("English"), settings.locator("[name=invoices_email]")
    expect(settings.get_by_label("Français")).to_be_checked()
    expect(accounts).to_have_value("")
    english.check()
    accounts.fill("nobody")
    settings.get_by_role("button", name=texts("account.settings.submit")).click()
    expect(settings.get_by_role("alert")).to_be_focused()
    accounts.fill("accounts@petit.example")
    settings.get_by_role("button", name=texts("account.settings.submit")).click()
    done = settings.locator("[data-stage=done]")
    expect(done).to_be_focused()
    expect(done).to_contain_text({"en": "in English", "fr": "en anglais"}[texts.language])
    expect(done).to_contain_text("accounts@petit.example")
    expect(details.locator("[data-slot=language]")).to_have_text("English")
    expect(details.locator("[data-slot=copies]")).to_have_text("accounts@petit.example")
    assert faults(page) == []

    page.reload()
    expect(english).to_be_checked()
    expect(accounts).to_have_value("accounts@petit.example")
    accounts.fill("")
    settings.get_by_role("button", name=texts("account.settings.submit")).click()
    expect(done).to_contain_text(texts("account.settings.done_no_copies"))
    expect(details.locator("[data-slot=copies]")).to_have_text(texts("account.page.no_copies"))
    who = desk.client(LEA).get("/api/session").json()
    assert (who["language"], who["invoices_email"]) == ("en", None)
    done.get_by_role("button", name=texts("account.settings.again")).click()
    expect(english).to_be_checked()


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
    password = close.locator("[data-stage=form] [name=password]")
    password.fill("wrong")
    close.get_by_role("button", name=texts("account.close.submit")).click()
    close.get_by_role("button", name=texts("account.close.confirm")).click()
    expect(close.get_by_role("alert")).to_contain_text(texts("account.wrong_password.title"))
    password.fill(PASSWORD)
    close.get_by_role("button", name=texts("account.close.submit")).click()
    expect(close.get_by_role("heading", name=texts("account.close.check_title"))).to_be_focused()
    expect(close.locator("[data-effects] li")).to_have_text(texts.entry("account.close.effects"))
    expect(close).not_to_contain_text(PASSWORD)
    assert faults(page) == []
    close.get_by_role("button", name=texts("account.close.confirm")).click()
    expect(close.get_by_role("heading", name=texts("account.close.done_title"))).to_be_visible()
    expect(page.locator("[data-sign-in]")).to_be_visible()
    expect(page.locator("[data-signed-in]")).to_be_hidden()
    # Nothing else asks for anything, now or when they come back from reading the e-mail.
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator(BLOCKS)).to_have_count(1)
    expect(close.locator("[data-stage=done]")).to_be_focused()
    assert faults(page) == []


def test_whoever_administers_is_told_what_to_do_first(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    page.set_viewport_size({"width": 320, "height": 700})
    opened(site, ALEX)
    close = page.locator("[data-job=close-account]")
    expect(close.get_by_role("heading", name=texts("account.close.is_administrator.title"))).to_be_visible()
    expect(close.locator("input:visible")).to_have_count(0)
    number = kept.read_subscription("alex-active").contract_number
    one = close.get_by_role("listitem").filter(has_text=number)
    for job in ("transfer", "cancel"):
        link = one.get_by_role("link", name=texts(f"account.close.administers.{job}"), exact=True)
        expect(link).to_have_attribute("href", re.compile(rf"{site.root}{job}/\?subscription=alex-active$"))
        expect(link).to_have_accessible_description(re.compile(number))
    # What is over by itself has nothing to be done about it, and what is over already is no obstacle.
    ending = close.get_by_role("listitem").filter(has_text=kept.read_subscription("alex-cancelling").contract_number)
    expect(ending.locator("[data-slot=until]")).not_to_be_empty()
    expect(ending.get_by_role("link", name=texts("account.close.administers.cancel"), exact=True)).to_be_hidden()
    expect(close).not_to_contain_text(kept.read_subscription("alex-ended").contract_number)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults(page) == []


def test_whoever_has_become_administrator_meanwhile_is_told_so_too(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    opened(site, SAM)
    close = page.locator("[data-job=close-account]")
    close.locator("[data-stage=form] [name=password]").fill(PASSWORD)
    close.get_by_role("button", name=texts("account.close.submit")).click()
    desk.client(ALEX).post("/api/subscriptions/alex-active/administrator", {"email": SAM})
    close.get_by_role("button", name=texts("account.close.confirm")).click()
    expect(close.get_by_role("heading", name=texts("account.close.is_administrator.title"))).to_be_focused()
    expect(close.get_by_role("listitem")).to_have_count(1)
