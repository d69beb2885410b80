"""From the product's page to the order and from the trial to Standard, in both languages."""

import re
from datetime import date, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from functions.shared import clock
from functions.shared.texts import LANGUAGES, Language, Texts
from functions.subscriptions.catalogue import catalogue
from infra.local.demo import PASSWORD
from tests.browser.held import Held
from tests.browser.states import states
from tests.browser.test_accessibility import faults
from tests.browser.test_activation import ask_for_the_code, code_of_the_mail
from tests.browser.test_onboarding import EMAIL, Site
from tests.customers import PASSWORD as NEW_PASSWORD
from tests.desk import Desk

READERS = {"en": "alex.morgan@example.com", "fr": "camille.durand@example.com"}


class Shopper:
    """A reader in one language, who finds what is on the page by the words of the texts."""

    def __init__(self, page: Page, language: Language) -> None:
        self.page = page
        self.language = language
        self.texts = Texts(language)
        self.email = READERS[language]
        self.order = page.locator("[data-order]")

    def open(self, path: str, until: Literal["commit", "load"] = "load") -> None:
        self.page.goto(f"{'/' if self.language == 'en' else '/fr/'}{path}", wait_until=until)

    def says(self, key: str, **facts: object) -> str:
        return self.texts(key, **facts)

    def press(self, key: str, place: Locator | Page | None = None, **facts: object) -> None:
        (place or self.order).get_by_role("button", name=self.says(key, **facts), exact=True).first.click()

    def put_into_cart(self, page: str, quantity: str, licence: str | None = None) -> None:
        self.open(f"{page}/")
        if licence:
            name = next(said.name for key, said in catalogue().licences.items() if key == licence)
            self.page.get_by_label(name(self.language), exact=True).check()
        self.page.get_by_label(self.says("catalogue.add.quantity"), exact=True).fill(quantity)
        self.press("catalogue.add.submit", self.page)
        expect(self.page.locator("[data-added]")).not_to_be_empty()

    def sign_in(self, place: Locator) -> None:
        place.locator("input[type=email]").fill(self.email)
        place.locator("input[type=password]").fill(PASSWORD)
        self.press("session.sign_in.submit", place)

    def fill_in(self, **details: str) -> None:
        for name, value in details.items():
            field = self.order.locator(f"[data-stage=details] [name='{name}']")
            if name.endswith("country"):
                field.select_option(value)
            else:
                field.fill(value)

    def stage(self, name: str) -> Locator:
        found = self.order.locator(f":scope > [data-stage={name}]")
        expect(found).to_be_visible()
        return found

    def place(self) -> None:
        self.order.get_by_label(self.says("orders.check.terms")).check()
        self.press("orders.check.confirm")


@pytest.fixture(params=LANGUAGES)
def shopper(request: pytest.FixtureRequest, page: Page, desk: Desk) -> Shopper:
    return Shopper(page, request.param)


ADDRESS = {"country": "FR", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris"}


def test_from_the_product_s_page_to_subscriptions_that_wait_for_their_terms(desk: Desk, shopper: Shopper) -> None:
    shopper.put_into_cart("profis-engineering", "3", "individual")
    shopper.put_into_cart("profis-rebar", "2", "floating")
    shopper.page.get_by_role("link", name=shopper.says("catalogue.add.to_cart")).click()
    shopper.stage("cart")
    shopper.page.reload()
    expect(shopper.stage("cart").locator("[data-slot=total]")).to_have_text(re.compile(r"2\D195[.,]00"))

    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    shopper.stage("details")
    shopper.fill_in(**ADDRESS, reference="PO 4711")
    shopper.press("orders.details.submit")
    check = shopper.stage("check")
    expect(check.locator("[data-slot=vat_amount]")).to_have_text(re.compile(r"439[.,]00"))
    expect(check.locator("[data-slot=total_with_vat]")).to_have_text(re.compile(r"2\D634[.,]00"))

    check.locator("[data-change]").first.click()
    expect(shopper.order.locator("input:focus")).to_have_value("3")
    shopper.page.keyboard.type("1")
    shopper.page.keyboard.press("Tab")
    shopper.press("orders.cart.order")
    expect(shopper.order.locator("[name=city]")).to_have_value("Paris")
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.place()

    done = shopper.stage("done")
    expect(done).to_be_focused()
    reference = done.locator("[data-slot=reference]").inner_text()
    [confirmation] = [mail for mail in desk.mails(shopper.email) if reference in mail.subject]
    assert "PO 4711" in confirmation.text
    assert len([mail for mail in desk.mails(shopper.email) if "&token=" in mail.text]) == 2
    found = desk.client(shopper.email).get("/api/subscriptions?limit=100").json()["items"]
    made = [item for item in found if item["id"].startswith(reference)]
    assert [(item["status"], item["seats"]) for item in made] == [("awaiting_terms", 31), ("awaiting_terms", 2)]
    links = [str(link.get_attribute("href")) for link in done.locator("[data-activations] a").all()]
    assert [link.partition("?subscription=")[2] for link in links] == [item["id"] for item in made]

    shopper.open("order/")
    shopper.stage("empty")
    shopper.open("portal/#orders")
    orders = shopper.page.locator("[data-orders]")
    orders.get_by_role("button", name=reference).click()
    expect(orders.get_by_text(shopper.says("orders.list.reference", reference="PO 4711"))).to_be_visible()


def test_each_step_has_its_address_and_nothing_is_lost_on_the_way(desk: Desk, page: Page) -> None:
    """A new customer, who opens the account on the way, reads on in the other language, goes back and loads again."""
    shopper, cart = Shopper(page, "en"), page.locator(".top [data-cart]")
    shopper.open("order/")
    shopper.stage("empty")
    expect(cart).to_be_hidden()
    shopper.put_into_cart("rh-30", "2")
    shopper.put_into_cart("profis-rebar", "1", "individual")
    expect(cart).to_have_text(re.compile(r"Cart\s+2"))
    cart.click()
    shopper.press("orders.cart.split")
    # The second of the two.
    shopper.order.get_by_role("button", name=shopper.says("orders.cart.order"), exact=True).last.click()
    expect(shopper.stage("sign-in").get_by_role("heading", name=shopper.says("session.sign_in.title"))).to_be_focused()
    page.go_back()
    shopper.stage("cart")
    page.go_forward()
    shopper.stage("sign-in").get_by_role("link", name=shopper.says("session.register")).click()
    site = Site(page, "en")
    site.fill_in("engineer", EMAIL)
    site.confirm(desk, EMAIL)

    details = shopper.stage("details")
    expect(details.get_by_role("heading")).to_be_focused()
    expect(page).to_have_url(f"{desk.url}/order/#details")
    expect(details.locator("[name=company]")).to_have_value("Lopez Structures")
    expect(details.locator("[name=country]")).to_have_value("FR")
    shopper.fill_in(**ADDRESS)
    page.reload()
    expect(details.locator("[name=city]")).to_have_value("Paris")
    page.get_by_role("link", name="Français").click()
    shopper = Shopper(page, "fr")
    expect(details.locator("[name=city]")).to_have_value("Paris")
    expect(details.locator("[name=postcode]")).to_have_value("75002")
    shopper.press("orders.details.submit")
    check = shopper.stage("check")
    expect(page).to_have_url(f"{desk.url}/fr/order/#check")
    page.reload()
    expect(check.locator(".bill__line")).to_have_count(1)
    expect(check).to_contain_text("RH-30")
    page.go_back()
    expect(details.locator("[name=city]")).to_have_value("Paris")
    page.go_forward()
    expect(check.get_by_role("heading").first).to_be_focused()
    shopper.place()

    done = shopper.stage("done")
    reference = done.locator("[data-slot=reference]").inner_text()
    page.reload()
    expect(done.locator("[data-slot=reference]")).to_have_text(reference)
    expect(cart).to_have_text(re.compile(r"Panier\s+1"))
    # What was placed is nowhere to come back to.
    page.go_back()
    expect(shopper.stage("details").locator("[name=city]")).to_have_value("Paris")
    orders = desk.client().sign_in(EMAIL, NEW_PASSWORD).orders()
    assert [order["id"] for order in orders] == [reference]


def test_another_tab_is_told_of_what_is_ordered_in_this_one(desk: Desk, page: Page) -> None:
    shopper, other = Shopper(page, "en"), Shopper(page.context.new_page(), "en")
    shopper.put_into_cart("profis-rebar", "2", "individual")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.order)
    shopper.stage("details")
    # Where nothing was typed there is nothing to check, and nothing wrong.
    other.open("order/#check")
    other.stage("details")
    expect(other.order.locator(":scope > [data-summary]")).to_be_hidden()
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.place()
    shopper.stage("done")
    other.stage("empty")
    expect(other.order.get_by_text(other.says("orders.cart.ordered_elsewhere"))).to_be_focused()


def test_from_the_product_s_page_to_the_active_subscription(desk: Desk, shopper: Shopper) -> None:
    page = shopper.page
    shopper.put_into_cart("profis-engineering", "2", "individual")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    shopper.stage("details")
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.place()
    done = shopper.stage("done")
    reference = done.locator("[data-slot=reference]").inner_text()

    done.locator("[data-activations] a").click()
    activation = page.locator("[data-activation]")
    activation.get_by_label(shopper.says("terms.accept.fields.accepted.label")).check()
    shopper.press("terms.accept.submit", activation)
    shopper.press("activation.activate.submit", activation)
    ask_for_the_code(activation, shopper.texts)
    expect(activation.get_by_role("status").filter(has_text=shopper.email)).to_be_visible()
    activation.get_by_label(shopper.says("signature.sign.fields.name.label")).fill("Alex Camille")
    code = code_of_the_mail(desk, shopper.email)
    activation.get_by_label(shopper.says("signature.sign.fields.code.label"), exact=True).fill(code)
    activation.get_by_label(shopper.says("signature.sign.fields.consent.label")).check()
    shopper.press("activation.sign.submit", activation)
    expect(activation.get_by_role("heading", name=shopper.says("activation.done.title"))).to_be_visible()

    shopper.open("portal/")
    status = page.locator(f"[id='{reference}-01'] [data-slot=status]")
    expect(status).to_have_text(shopper.says("portal.status.active"))
    page.locator("[data-orders]").get_by_role("button", name=reference).click()
    with page.expect_download() as download:
        shopper.press("orders.list.pdf", page.locator("[data-orders]"))
    assert download.value.suggested_filename == f"{reference}.pdf"
    assert faults(page) == []


def test_a_mixed_cart_becomes_two_orders_in_one_click(desk: Desk, shopper: Shopper) -> None:
    shopper.put_into_cart("profis-engineering", "1", "floating")
    shopper.put_into_cart("lm-20", "2")
    shopper.open("order/")
    expect(shopper.order.get_by_text(shopper.says("orders.cart.mixed"))).to_be_visible()
    expect(shopper.order.get_by_role("button", name=shopper.says("orders.cart.order"), exact=True)).to_have_count(0)

    shopper.press("orders.cart.split")
    shopper.page.reload()
    expect(shopper.order.get_by_role("button", name=shopper.says("orders.cart.order"), exact=True)).to_have_count(2)
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    # Software is delivered nowhere.
    expect(shopper.stage("details").get_by_label(shopper.says("orders.delivery.tick"))).to_be_hidden()
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.place()
    shopper.stage("done")

    shopper.press("orders.done.to_rest")
    expect(shopper.stage("cart").locator(".bill__line")).to_have_count(1)
    shopper.press("orders.cart.order")
    _deliver_elsewhere(shopper)
    families = [[line["product"] for line in order["lines"]] for order in desk.client(shopper.email).orders()]
    assert families == [["LM-20"], ["PROFIS Engineering"]]

    shopper.open("portal/#orders")
    orders = shopper.page.locator("[data-orders]")
    orders.locator(".line__toggle").first.click()
    expect(orders.locator("[data-slot=delivered]").first).to_contain_text("13002 Marseille")
    with shopper.page.expect_download() as invoice:
        shopper.press("orders.list.invoice", orders)
    assert invoice.value.suggested_filename.startswith("F-")


def _deliver_elsewhere(shopper: Shopper) -> None:
    """On a phone: what is wrong is said at the delivery's own fields, and what is typed stays."""
    page, details = shopper.page, shopper.stage("details")
    page.set_viewport_size({"width": 390, "height": 800})
    address = details.get_by_role("group", name=shopper.says("orders.delivery.title"))
    expect(address).to_have_count(0)
    details.get_by_label(shopper.says("orders.delivery.tick")).check()
    expect(address).to_be_visible()
    shopper.fill_in(**{"delivery.street": "3 quai Sud", "delivery.city": "Marseille", "delivery.postcode": "130"})
    shopper.press("orders.details.submit")
    alert = shopper.order.locator(":scope > [data-summary]")
    expect(alert.get_by_role("link")).to_have_text(re.compile(shopper.says("orders.delivery.title")))
    alert.get_by_role("link").click()
    expect(details.locator("[name='delivery.postcode']")).to_be_focused()
    expect(details.locator("[name=postcode]")).not_to_have_attribute("aria-invalid", "true")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert faults(page) == []
    page.keyboard.press("End")
    page.keyboard.type("02")
    page.reload()
    expect(details.locator("[name='delivery.postcode']")).to_have_value("13002")
    expect(address).to_be_visible()
    shopper.press("orders.details.submit")
    check = shopper.stage("check")
    expect(check.locator("[data-delivery-answers]")).to_contain_text("Marseille")
    expect(check.locator("[data-answers]")).not_to_contain_text("Marseille")
    assert faults(page) == []
    shopper.place()
    expect(shopper.stage("done").locator("[data-slot=delivered]")).to_contain_text("13002 Marseille")
    page.reload()
    expect(shopper.stage("done").locator("[data-slot=delivered]")).to_contain_text("13002 Marseille")


def test_what_is_wrong_is_said_where_it_is_wrong(shopper: Shopper) -> None:
    shopper.open("profis-engineering/")
    shopper.press("catalogue.add.submit", shopper.page)
    expect(shopper.page.get_by_role("alert")).to_contain_text(shopper.says("catalogue.add.licence_missing"))
    assert faults(shopper.page) == []
    shopper.put_into_cart("profis-engineering", "3", "individual")
    shopper.open("order/")
    quantity = shopper.stage("cart").locator("input")
    quantity.fill("0")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    expect(shopper.order.locator("[data-slot=amount]")).to_have_text("–")
    shopper.press("orders.cart.order")
    expect(shopper.page.get_by_role("alert")).to_contain_text(shopper.says("catalogue.add.quantity_wrong"))
    assert faults(shopper.page) == []

    quantity.fill("5")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    shopper.stage("details")
    shopper.fill_in(country="FR", postcode="7500", vat_number="FR40303265046")
    shopper.press("orders.details.submit")
    alert = shopper.order.locator(":scope > [data-summary]")
    expect(alert).to_be_focused()
    expect(alert.get_by_role("heading")).to_have_text(
        Texts(shopper.language).entry("forms.problem")["other"].format(count=4)
    )
    for code in ("required", "invalid_postcode", "invalid_vat_number"):
        expect(alert).to_contain_text(shopper.says(f"fields.errors.{code}", example="33380"))
    assert faults(shopper.page) == []

    shopper.fill_in(**ADDRESS, vat_number="FR40303265045")
    shopper.press("orders.details.submit")
    shopper.stage("check")
    shopper.press("orders.check.confirm")
    expect(alert).to_contain_text(shopper.says("orders.check.terms_missing"))
    assert faults(shopper.page) == []


def test_a_changed_price_is_shown_and_asked_again(
    desk: Desk, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper.put_into_cart("profis-rebar", "1", "individual")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    shopper.stage("details")
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    check = shopper.stage("check")
    monkeypatch.setitem(catalogue()["PROFIS Rebar"].__dict__, "unit_price", 35_000)

    shopper.place()

    expect(check.get_by_text(shopper.says("orders.check.changed"))).to_be_focused()
    expect(check.locator("[data-slot=total]")).to_have_text(re.compile(r"350[.,]00"))
    assert desk.client(shopper.email).orders() == []
    shopper.place()
    shopper.stage("done")


def test_an_order_whose_answer_is_lost_is_placed_once(desk: Desk, shopper: Shopper) -> None:
    shopper.put_into_cart("rh-30", "1")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    shopper.stage("details")
    shopper.fill_in(**ADDRESS)
    shopper.press("orders.details.submit")
    shopper.stage("check")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    shopper.page.route("**/api/orders", lose, times=1)
    shopper.place()
    expect(shopper.order.locator(":scope > [data-summary]")).to_contain_text(shopper.says("forms.failed.title"))
    shopper.press("orders.check.confirm")
    shopper.stage("done")
    assert len(desk.client(shopper.email).orders()) == 1


def test_from_the_trial_to_standard(desk: Desk, shopper: Shopper) -> None:
    trial, edition = (shopper.page.locator(f"[data-job={job}]") for job in ("start-trial", "choose-edition"))
    shopper.open("standard/")
    assert states(shopper.page) == [None, None, None, None]
    # One sign-in for both forms.
    expect(edition).to_be_hidden()
    shopper.sign_in(trial)
    expect(trial.get_by_label("PROFIS Engineering Premium", exact=True)).to_be_checked()
    expect(shopper.page.locator("li[data-state=next]")).to_contain_text(shopper.says("trials.start.submit"))
    assert states(shopper.page) == ["done", "next", None, None]
    shopper.press("trials.start.submit", trial)
    last = clock.day(desk.cloud.now()) + timedelta(days=29)
    expect(trial.locator("[data-done-text]")).to_contain_text(Texts(shopper.language).filled("{end}", {"end": last}))
    assert faults(shopper.page) == []

    shopper.open("portal/")
    expect(shopper.page.get_by_text(shopper.says("portal.status.trial", count=30))).to_be_visible()

    desk.advance("30d")
    shopper.open("standard/")
    offer = shopper.page.locator(".subject__offer", has_text="PROFIS Engineering")
    offer.click()
    expect(edition.get_by_label(shopper.says("trials.edition.fields.edition.choices.standard"))).to_be_checked()
    shopper.press("trials.edition.submit", edition)
    # What is lost is said where it is confirmed.
    expect(edition.locator("[data-effects] li")).to_have_count(2)
    shopper.press("trials.edition.confirm", edition)
    expect(edition.locator("[data-done-title]")).to_have_text(shopper.says("trials.edition.done_title"))
    assert set(states(shopper.page)) == {"done"}
    assert faults(shopper.page) == []
    found = desk.client(shopper.email).get("/api/subscriptions?limit=100").json()["items"]
    [chosen] = [item for item in found if item["edition"] == "standard" and item["product"] == "PROFIS Engineering"]
    assert (chosen["status"], date.fromisoformat(chosen["start"])) == ("active", last + timedelta(days=1))


def test_standard_says_from_when_on_it_can_be_chosen(desk: Desk, browser: Browser) -> None:
    noor = desk.client("noor.haddad@example.com")
    trial = noor.post("/api/trials", {"product": "PROFIS Engineering"}).json()
    with browser.new_context(base_url=desk.url) as context:
        shopper = Shopper(context.new_page(), "en")
        shopper.email = "noor.haddad@example.com"
        shopper.open("standard/")
        shopper.sign_in(shopper.page.locator("[data-job=sign-in]"))
        end = Texts("en").filled("{end}", {"end": date.fromisoformat(trial["end"])})
        reason = Texts("en").entry("trials.refused.trial_running.reason").replace("{end:day}", end)
        # Of several subscriptions it is the one that was begun, which the steps are about.
        expect(shopper.page.locator("[data-job=choose-edition]").get_by_text(reason)).to_be_visible()
        expect(shopper.page.locator(".live__status")).to_contain_text(reason)
        assert states(shopper.page) == ["done", "done", "blocked", None]


def test_a_click_before_the_script_is_there_is_not_lost(shopper: Shopper) -> None:
    held = Held(shopper.page, "**/site-product-*.js")
    # A page is loaded once its script is.
    shopper.open("rh-30/", until="commit")
    button = shopper.page.get_by_role("button", name=shopper.says("catalogue.add.submit"))
    expect(button).to_be_disabled()
    held.route().continue_()
    button.click()
    expect(shopper.page.locator("[data-added]")).not_to_be_empty()


def test_a_firm_with_a_siren_is_billed_in_france_wherever_its_browser_is(browser: Browser, desk: Desk) -> None:
    with browser.new_context(base_url=desk.url, locale="en-GB") as context:
        shopper = Shopper(context.new_page(), "en")
        shopper.put_into_cart("profis-rebar", "1", "individual")
        shopper.open("order/")
        shopper.press("orders.cart.order")
        country = shopper.order.locator("[data-stage=details] [name=country]")
        expect(country).to_have_value("GB")
        shopper.sign_in(shopper.stage("sign-in"))
        details = shopper.stage("details")
        expect(details.locator("[name=siren]")).to_have_value("552100554")
        expect(country).to_have_value("FR")
        # What the reader has chosen stays.
        shopper.fill_in(country="BE")
        shopper.page.reload()
        shopper.stage("details")
        expect(country).to_have_value("BE")
