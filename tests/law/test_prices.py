"""Prices: code de la consommation, article L112-1, and the arrêté of 3 December 1987: consumers see what they pay."""

import re

import pytest
from playwright.sync_api import Page, expect

from functions.shared.money import price
from functions.shared.terms import CURRENT
from functions.shared.texts import LANGUAGES, Language, Texts
from tests import kept
from tests.browser.test_transfer import ROOTS, sign_in
from tests.desk import Desk

EMMA, CAMILLE = "emma.roux@example.com", "camille.durand@example.com"
NET, GROSS = 499_00, 598_80
ADDRESS = {"country": "FR", "company": "E. Roux", "street": "1 rue Un", "postcode": "75002", "city": "Paris"}
LINE = {"product": "PROFIS Engineering", "licence": "individual", "quantity": 1}


def firsts(text: str, language: Language) -> list[bool]:
    """Of each of our product's prices in a text, whether it is with VAT, in their order."""
    written = {re.sub(r"\s", " ", price(cents, language)): cents == GROSS for cents in (NET, GROSS)}
    found = re.findall("|".join(map(re.escape, written)), re.sub(r"\s", " ", text))
    return [written[one] for one in found]


def test_the_catalogue_says_both(desk: Desk) -> None:
    for item in desk.client().get("/api/catalogue").json()["items"]:
        assert item["unit_price_with_vat"] == round(item["unit_price"] * 1.2)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("email", [EMMA, CAMILLE, None])
def test_l112_1_wherever_a_price_stands_a_consumer_reads_it_with_vat_first(
    page: Page, desk: Desk, language: Language, email: str | None
) -> None:
    texts, root, first = Texts(language), ROOTS[language], email == EMMA
    if email:
        sign_in(page, root, email)
    page.goto(f"{root}products/")
    ware = page.locator(".ware", has_text="PROFIS Engineering").locator("[data-price]")
    whose = "consumer" if first else "others"
    expect(ware.locator(f"[data-whose={whose}]")).to_be_visible()
    assert firsts(ware.inner_text(), language) == [first, not first]
    page.goto(f"{root}profis-engineering/")
    shown = page.locator("[data-price]")
    expect(shown.locator(f"[data-whose={whose}]")).to_be_visible()
    assert firsts(shown.inner_text(), language) == [first, not first]
    page.locator("[name=licence][value=individual]").check()
    page.get_by_role("button", name=texts("catalogue.add.submit")).click()
    page.get_by_role("link", name=texts("catalogue.add.to_cart")).click()
    basket = page.locator(".basket")
    expect(basket.locator("[data-slot=each]")).to_contain_text(re.compile(r"598"))
    # The line, what one costs, then the totals.
    assert firsts(basket.inner_text(), language) == [first, first, not first, first, not first]
    if not email:
        return
    page.get_by_role("button", name=texts("orders.cart.order")).click()
    for name in ("street", "postcode", "city"):
        page.get_by_label(texts(f"orders.details.fields.{name}.label")).first.fill(ADDRESS[name])
    page.get_by_role("button", name=texts("orders.details.submit")).click()
    check = page.locator("form[data-stage=check]")
    expect(check.locator("[data-slot=total_with_vat]")).to_be_visible()
    assert firsts(check.inner_text(), language)[:3] == [first, first, not first]
    assert firsts(check.locator(".totals").inner_text(), language) == [first, not first]


def test_the_confirmation_and_the_contract_say_it_too(desk: Desk) -> None:
    for email, first in ((EMMA, True), (CAMILLE, False)):
        client = desk.client(email)
        order = {"lines": [LINE], "billing": ADDRESS, "terms": True}
        placed = client.post("/api/orders", order).json()
        name = placed["subscriptions"][0]["id"]
        assert kept.read_subscription(name).paid == GROSS
        mail = next(mail for mail in desk.mails(email) if placed["id"] in mail.subject)
        assert firsts(re.split(r"× ", mail.text)[1], "fr")[:3] == [first, first, not first]
        accepted = {"accepted": True, "terms_version": CURRENT}
        assert client.post(f"/api/subscriptions/{name}/terms", accepted, language="fr").status_code == 200
        activated = client.post(f"/api/subscriptions/{name}/activation")
        assert activated.status_code == 200, activated.text
        words = client.get(f"/api/subscriptions/{name}/contract/words").text
        assert firsts(words.partition("3. Prix")[2], "fr")[:2] == [first, not first]
