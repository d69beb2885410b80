"""One language a page: the reader's own at the site's address, errors in the page's; what was typed goes along."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from infra.local.demo import PASSWORD
from tests.browser.test_older_browsers import DENIED
from tests.browser.test_onboarding import Site
from tests.browser.test_transfer import choose, contract_number
from tests.desk import Desk

# Whose account speaks French.
CAMILLE = "camille.durand@example.com"


@pytest.mark.parametrize("storage", ["kept", *DENIED])
def test_the_site_s_address_opens_in_the_reader_s_language(browser: Browser, cloud: Desk, storage: str) -> None:
    with browser.new_context(base_url=cloud.url, locale="fr-CH") as context:
        context.add_init_script(DENIED.get(storage, ""))
        page = context.new_page()
        page.goto("/?from=elsewhere#content")
        expect(page).to_have_url(f"{cloud.url}/fr/?from=elsewhere#content")
        # Whoever asks for English has it, and keeps it where anything can be kept.
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", name="What do you want to do?")).to_be_visible()
        page.reload()
        expect(page).to_have_url(f"{cloud.url}/?from=elsewhere#content")
        later = context.new_page()
        later.goto("/")
        expect(later).to_have_url(f"{cloud.url}/" if storage == "kept" else f"{cloud.url}/fr/")
        later.goto("/fr/")
        expect(later.get_by_role("heading", level=1)).to_have_text("Que souhaitez-vous faire\u00a0?")
        # Nobody knows the language of a page that is not there: it begins with the reader's.
        later.goto("/no-such-page")
        expect(later.locator(".lost").first).to_have_attribute("lang", "en" if storage == "kept" else "fr")


def test_what_is_typed_survives_the_change_of_language(page: Page, desk: Desk) -> None:
    french, english = Site(page, "fr"), Site(page, "en")
    page.goto("/fr/add-user/")
    job, email = page.locator("[data-job=add-user]"), page.locator("#add-user-email")
    french.sign_in(job, CAMILLE, PASSWORD)
    choose(page, "camille-active")
    email.fill(CAMILLE)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{desk.url}/add-user/?subscription=camille-active")
    expect(email).to_have_value(CAMILLE)
    expect(page.locator("[data-subject] dl [data-slot=contract]")).to_have_text(contract_number("camille-active"))

    # Loaded again, it stays; gone to from elsewhere, the page begins anew.
    page.reload()
    expect(email).to_have_value(CAMILLE)
    page.goto("/portal/")
    page.goto("/add-user/?subscription=camille-active")
    expect(email).to_be_visible()
    assert email.input_value() == ""
    email.fill(CAMILLE)

    # What is wrong is said in the page's language, whatever the account's.
    job.get_by_role("button", name=english.texts("users.add.submit")).click()
    expect(job.locator("> [data-summary]")).to_contain_text(english.texts("users.refused.already_a_user.title"))
    page.get_by_role("button", name="Sign out").click()
    sign_in = page.locator("[data-job=sign-in]")
    expect(sign_in).to_be_visible()
    assert email.input_value() == ""

    # Nor does what the address leads back to stay in the other language.
    page.goto("/fr/register/#next=%2Ffr%2Forder%2F%23cart")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{desk.url}/register/#next=%2Forder%2F%23cart")
    page.goto("/add-user/")
    expect(sign_in).to_be_visible()

    # A password is carried nowhere.
    sign_in.locator("[name=email]").fill(CAMILLE)
    sign_in.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("link", name="Français").click()
    expect(sign_in.locator("[name=email]")).to_have_value(CAMILLE)
    expect(sign_in.locator("[name=password]")).to_have_value("")


def test_of_several_other_languages_each_keeps_the_place(page: Page, desk: Desk) -> None:
    def with_one_more(route: Route) -> None:
        answer = route.fetch()
        body, count = re.subn(r"(<a [^>]*data-language>.*?</a>)", r"\1\1", answer.text())
        assert count == 1
        route.fulfill(response=answer, body=body)

    page.route("**/register/", with_one_more)
    page.goto("/register/#next=%2Forder%2F%23cart")
    expect(page.locator("[data-language]")).to_have_count(2)
    page.locator("[data-language]").last.click()
    expect(page).to_have_url(f"{desk.url}/fr/register/#next=%2Ffr%2Forder%2F%23cart")
