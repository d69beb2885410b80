"""What people paste and type into the forms in a browser, on a telephone's screen: no form is in the way of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from functions.shared.texts import LANGUAGES, Language, Texts
from infra.local.demo import PASSWORD as DEMO_PASSWORD
from tests.browser.test_accessibility import faults
from tests.browser.test_shop import Shopper
from tests.customers import PASSWORD, code
from tests.desk import Desk

CAMILLE, NEW = "camille.durand@example.com", "new.colleague@example.com"


@pytest.fixture
def phone(browser: Browser, desk: Desk) -> Iterator[Page]:
    """A page as wide as a telephone's."""
    size = {"width": 360, "height": 740}
    with browser.new_context(base_url=desk.url, viewport=size, reduced_motion="reduce") as context:  # type: ignore[arg-type]
        yield context.new_page()


def fits(page: Page) -> bool:
    fitting: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fitting


@pytest.mark.parametrize(
    "pasted",
    [
        f"Camille Durand <{CAMILLE}>",
        f'"Durand, Camille" <{CAMILLE}>',
        f"mailto:{CAMILLE}",
        "\ufeffcamille.durand\u200b@example.com",
        "camille.durand＠example.com",
    ],
)
def test_an_address_signs_in_as_it_was_pasted(phone: Page, pasted: str) -> None:
    phone.goto("/sign-in/")
    form = phone.locator("[data-job=sign-in]")
    form.locator("[name=email]").fill(pasted)
    form.locator("[name=password]").fill(DEMO_PASSWORD)
    form.locator("button[type=submit]").click()
    expect(phone.locator(".line").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_asks_for_what_its_country_has(phone: Page, language: Language) -> None:
    shopper = Shopper(phone, language)
    shopper.put_into_cart("profis-engineering", "1", "individual")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    details = shopper.stage("details")
    postcode, city = details.locator("[data-field=postcode]"), details.locator("[data-field=city]")
    expect(details.locator("[name=country]")).to_have_value("FR")
    expect(postcode.locator(".field__optional")).to_be_hidden()

    for country, label, example in (("FR", "postal", "33380"), ("US", "zip", "95014"), ("IE", "eircode", "A65 F4E2")):
        shopper.fill_in(country=country)
        expect(postcode.locator("label")).to_contain_text(shopper.says(f"orders.postcode.{label}"))
        expect(postcode.locator(".field__hint")).to_have_text(shopper.says("orders.postcode.example", example=example))
    expect(postcode.locator(".field__optional")).to_be_visible()
    shopper.fill_in(country="SG")
    expect(city.locator(".field__optional")).to_be_visible()

    shopper.fill_in(country="DE", postcode="1011")
    shopper.press("orders.details.submit")
    alert = shopper.order.locator(":scope > [data-summary]")
    expect(alert).to_contain_text(shopper.says("fields.errors.invalid_postcode", example="26133"))
    shopper.fill_in(country="GH", city="Accra", street="1 High Street")
    expect(postcode).to_be_hidden()
    assert fits(phone)
    assert faults(phone) == []
    shopper.press("orders.details.submit")
    check = shopper.stage("check")
    expect(check.locator("[data-answers]")).not_to_contain_text(shopper.says("orders.postcode.postal"))
    shopper.place()
    shopper.stage("done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invitation_leads_over_the_account_to_the_software(phone: Page, desk: Desk, language: Language) -> None:
    texts = Texts(language)
    inviter = "alex.morgan@example.com" if language == "en" else CAMILLE
    subscription = "alex-active" if language == "en" else "camille-active"
    added = desk.client(inviter).post(f"/api/subscriptions/{subscription}/users", {"email": NEW})
    assert added.json()["status"] == "invited"
    [mail] = desk.mails(NEW)
    [link] = [word for word in mail.text.split() if "/register/" in word]
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))

    phone.goto(link[link.index("/", 8) :] if link.startswith("http") else link)
    block = phone.locator("[data-registration]")
    form = block.locator("[data-stage=form]")
    email = form.get_by_label(texts("registration.register.fields.email.label"))
    expect(email).to_have_value(NEW)
    expect(email).to_be_in_viewport()
    form.get_by_label(texts("registration.register.fields.company.label")).fill("Durand")
    form.get_by_label(texts("registration.register.fields.profile.choices.engineer")).check()
    siren = form.get_by_label(texts("registration.register.fields.siren.label"))
    siren.fill("552 100 554 00014")
    form.get_by_label(texts("registration.register.fields.password.label"), exact=True).fill(PASSWORD)
    form.get_by_role("button", name=texts("registration.register.submit")).click()
    expect(form.locator("[data-field=siren]")).to_contain_text(texts("fields.errors.invalid_siret"))
    assert fits(phone)
    siren.fill("RCS Paris 552 100 554")
    form.get_by_role("button", name=texts("registration.register.submit")).click()

    confirm = block.locator("[data-stage=code]")
    expect(confirm).to_be_visible()
    sent = code(desk, NEW)
    confirm.locator("[name=code]").fill(f"{sent[:3]}\u2011{sent[3:]}")
    confirm.get_by_role("button", name=texts("registration.confirm.submit")).click()
    # Signed in, and led on to what they were invited to.
    expect(phone.get_by_text(texts("site.session.welcome"))).to_be_focused()
    expect(phone.locator(f"[id='{subscription}']")).to_be_visible()
    # No address stood in a path, a query or a Referer, from where logs have it.
    assert not [one for one in asked if NEW in one.partition("#")[0] or "new.colleague" in one.partition("{")[2]]


def test_who_has_an_account_signs_in_with_the_address_filled_in(phone: Page, desk: Desk) -> None:
    desk.client(CAMILLE).post("/api/subscriptions/camille-active/users", {"email": "noor.haddad@example.com"})
    [mail] = desk.mails("noor.haddad@example.com")
    [link] = [word for word in mail.text.split() if "/portal/" in word]
    phone.goto(link[link.index("/", 8) :])
    expect(phone.locator("[data-job=sign-in] [name=email]").first).to_have_value("noor.haddad@example.com")


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_passes_the_role_to_one_without_an_account_is_warned(phone: Page, desk: Desk, language: Language) -> None:
    texts, root = Texts(language), "/" if language == "en" else "/fr/"
    client = desk.client("noor.haddad@example.com")
    client.post("/api/subscriptions/noor-active/users", {"email": NEW})
    phone.goto(f"{root}transfer/")
    sign_in = phone.locator("[data-job=sign-in]:visible").first
    sign_in.locator("[name=email]").fill("noor.haddad@example.com")
    sign_in.locator("[name=password]").fill(DEMO_PASSWORD)
    sign_in.locator("button[type=submit]").click()
    job = phone.locator("[data-job=transfer]")
    job.locator("[data-users]").select_option(NEW)
    job.get_by_role("button", name=texts("transfer.form.submit")).click()

    warning = texts("transfer.form.effects_unclaimed", email=NEW)
    expect(job.locator("[data-effects]")).to_contain_text(warning)
    expect(job.locator("[data-answers]")).to_contain_text(texts("forms.subscription.invited", email=NEW))
    assert fits(phone)
    assert faults(phone) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_proven_new_password_a_locked_out_person_signs_in(phone: Page, desk: Desk, language: Language) -> None:
    texts, root = Texts(language), "/" if language == "en" else "/fr/"
    phone.goto(f"{root}sign-in/")
    form = phone.locator("[data-job=sign-in]")

    def sign_in(password: str) -> None:
        form.locator("[name=email]").fill(CAMILLE)
        form.locator("[name=password]").fill(password)
        form.locator("button[type=submit]").click()

    alert = form.locator("[data-summary]")
    for _ in range(12):
        with phone.expect_response("**/api/session"):
            sign_in("wrong wrong wrong")
    expect(alert).to_contain_text(texts("errors.refused.too_many_tries.title"))
    phone.goto(f"{root}password/")
    asking, setting = phone.locator("main [data-job]").nth(0), phone.locator("main [data-job]").nth(1)
    asking.locator("[name=email]").fill(CAMILLE)
    asking.locator("button[type=submit]").first.click()
    expect(asking.locator("[data-stage=done]")).to_be_visible()
    sent = code(desk, CAMILLE)
    setting.locator("[name=code]").fill(f" {sent[:3]}\u202f{sent[3:]} ")
    setting.locator("[name=password]").fill(PASSWORD)
    setting.locator("button[type=submit]").first.click()
    # Signed in with it, in the browser that asked for the code.
    expect(phone.locator(".line").first).to_be_visible()
