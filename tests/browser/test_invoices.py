"""Invoices in a browser: their list, a file, a year, and the address for copies, in both languages, and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD
from tests.browser.test_accessibility import faults
from tests.desk import Desk


@pytest.mark.parametrize(
    ("language", "email", "root", "width"),
    [("fr", "camille.durand@example.com", "/fr", 320), ("en", "alex.morgan@example.com", "", 1280)],
)
def test_invoices_are_listed_fetched_and_packed_and_copies_go_where_one_says(
    page: Page, desk: Desk, language: Language, email: str, root: str, width: int
) -> None:
    texts = Texts(language)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{root}/invoices/")
    section = page.locator("[data-invoices]")
    sign_in = section.locator("> [data-stage=sign-in]")
    sign_in.locator("input[type=email]").fill(email)
    sign_in.locator("input[type=password]").fill(PASSWORD)
    sign_in.locator("button[type=submit]").click()

    lines = section.locator("[data-list] > .line")
    expect(lines).to_have_count(10)
    expect(lines.first).to_have_css("padding", "12px 16px")
    assert re.search(r"F-\d{4}-\d{6}", lines.first.inner_text())
    with page.expect_download() as pdf:
        lines.first.get_by_role("button", name=texts("invoices.page.pdf")).click()
    assert re.fullmatch(r"F-\d{4}-\d{6}\.pdf", pdf.value.suggested_filename)
    year = section.locator("[data-year]")
    chosen = year.locator("select").input_value()
    with page.expect_download() as packed:
        year.get_by_role("button").click()
    assert packed.value.suggested_filename == f"{chosen}.zip"

    copies = section.locator("[data-copies]")
    copies.locator("input").fill("nobody")
    copies.get_by_role("button").click()
    expect(copies.locator(".field__error")).to_be_visible()
    expect(copies.locator("input")).to_be_focused()
    copies.locator("input").fill("accounts@firm.example")
    copies.get_by_role("button").click()
    expect(copies.locator("[data-copies-status]")).to_contain_text("accounts@firm.example")
    expect(copies.locator(".field__error")).to_be_hidden()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert faults(page) == []

    page.goto(f"{root}/portal/?subscription={email.partition('.')[0]}-active")
    page.get_by_role("tab", name=texts("portal.billing.tab")).click()
    of_one = page.get_by_role("tabpanel", name=texts("portal.billing.tab")).locator("[data-invoices-view] .line")
    expect(of_one).to_have_count(1)
    expect(page.locator("[data-copies-to]")).to_contain_text("accounts@firm.example")
    assert faults(page) == []
    # On a phone too the amount stands at the right of the number.
    page.set_viewport_size({"width": 390, "height": 800})
    number, amount, line = (
        one.evaluate("(element) => element.getBoundingClientRect().toJSON()")
        for one in (of_one.locator("strong"), of_one.locator("[data-slot=amount]"), of_one)
    )
    assert amount["top"] < number["bottom"]
    assert amount["right"] > line["right"] - 20
