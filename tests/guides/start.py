"""How the guides of the section «start» are done."""

from playwright.sync_api import expect

from functions.shared.texts import LANGUAGES
from functions.subscriptions.catalogue import catalogue
from infra.local.demo import PASSWORD
from tests.browser.test_activation import code_of_the_mail, link_of_the_mail, order
from tests.guides.reader import Reader

ADDRESS = {"country": "FR", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris"}


def activate(reader: Reader) -> None:
    """With the link of the e-mail, then on the same page."""
    subscription = order(reader.desk.client(reader.administrator))
    reader.page.goto(link_of_the_mail(reader.desk, reader.administrator).replace("/fr/", "/"))
    if reader.language != LANGUAGES[0]:
        reader.page.get_by_role("link", name=reader.texts("language.name")).click()
    with reader.step("terms") as (accepted, accept):
        reader.ticks(accepted)
        reader.selects(accept)
    with reader.step("sign-in"):
        reader.opens_the_guide(subscription)
        reader.signs_in(reader.administrator)
    with reader.step("activate") as (activate,):
        with reader.in_the_portal(subscription) as line:
            expect(reader.control(activate, line).first).to_be_visible()
        reader.opens_the_guide(subscription)
        reader.selects(activate)
    with reader.step("sign") as (send, name, code, consent, sign):
        reader.selects(send)
        expect(reader.page.locator("[data-send-code] [data-slot=sent]")).to_contain_text(reader.administrator)
        reader.pictures(reader.page.locator("[data-activation] [data-sign]"))
        reader.fills(name, "Alex Durand")
        reader.fills(code, code_of_the_mail(reader.desk, reader.administrator))
        reader.ticks(consent)
        reader.selects(sign)
    with reader.step("return"):
        with reader.in_the_portal(subscription) as line:
            expect(line.locator("[data-slot=status]")).to_have_text(reader.texts("portal.status.active"))
        reader.opens_the_guide(subscription)


def standard(reader: Reader) -> None:
    """The trial on the page itself, and the edition after one that is over."""
    over = reader.subscription("trial-ended")
    with reader.step("sign-in"):
        reader.signs_in(reader.administrator)
    with reader.step("trial") as (start,):
        reader.selects(start)
        reader.desk.advance("31d")
        reader.opens_the_guide()
    with reader.step("edition") as (go_on,):
        reader.chooses(over)
        reader.selects(go_on)
    with reader.step("confirm") as (choose,):
        reader.pictures_the_check("choose-edition")
        reader.selects(choose)
        expect(reader.page.get_by_text(reader.texts("trials.edition.done_title"))).to_be_visible()


def order_software(reader: Reader) -> None:
    """Software first; then articles, which alone are delivered."""
    _put_into_cart(reader, catalogue().tried.page)
    with reader.step("cart") as (order_these,):
        reader.page.locator(".top [data-cart]").click()
        reader.selects(order_these)
        reader.signs_in(reader.administrator)
    with reader.step("billing") as (_, go_on):
        _gives_address(reader)
        reader.selects(go_on)
    with reader.step("check") as (change,):
        reader.control(change).first.click()
        expect(reader.page.locator("[data-order] [data-stage=cart]")).to_be_visible()
        reader.page.go_back()
    with reader.step("place") as (accepted, place):
        check = reader.page.locator("[data-order] > [data-stage=check]")
        reader.pictures(check.locator("h4").first, check.locator(".totals"))
        reader.ticks(accepted)
        reader.selects(place)
        expect(reader.page.locator("[data-order] [data-slot=reference]")).not_to_be_empty()

    article = next(one for one in catalogue().products if one.family != "software")
    reader.opens(f"{article.page}/")
    reader.page.get_by_role("button", name=reader.texts("catalogue.add.submit")).click()
    reader.opens_the_guide()
    reader.page.get_by_role("button", name=reader.texts("orders.cart.order"), exact=True).click()
    with reader.step("billing") as (elsewhere, go_on):
        _gives_address(reader)
        reader.ticks(elsewhere)
        for name, value in ADDRESS.items():
            _give(reader, f"delivery.{name}", value)
        reader.selects(go_on)
        expect(reader.page.locator("[data-delivery-answers]")).to_contain_text(ADDRESS["city"])


def _put_into_cart(reader: Reader, product: str) -> None:
    with reader.step("licence") as (licence,):
        [page] = reader.links().all()
        page.click()
        reader.page.locator(f"a[href$='/{product}/']").first.click()
        reader.under(licence).get_by_role("radio").last.check()
    with reader.step("quantity") as (quantity, add):
        reader.fills(quantity, "2")
        reader.selects(add)
        expect(reader.page.locator("[data-added]")).not_to_be_empty()


def _gives_address(reader: Reader) -> None:
    for name, value in ADDRESS.items():
        _give(reader, name, value)
    _give(reader, "reference", "PO 4711")


def _give(reader: Reader, name: str, value: str) -> None:
    field = reader.page.locator(f"[data-order] [data-stage=details] [name='{name}']")
    if name.endswith("country"):
        field.select_option(value)
    else:
        field.fill(value)


def install(reader: Reader) -> None:
    """Up to the download; the software then asks the desk."""
    with reader.step("active"):
        portal, activate = reader.links().all()
        expect(activate).to_have_attribute("href", "../activate/")
        portal.click()
        reader.signs_in(reader.administrator)
        line = reader.page.locator(f"[id='{reader.subscription('active')}']")
        expect(line.locator("[data-slot=status]")).to_have_text(reader.texts("portal.status.active"))
        reader.opens_the_guide()
    with reader.step("download"):
        [download] = reader.links().all()
        expect(download).to_have_attribute("href", str(download.text_content()))
    reader.is_away("install")
    reader.is_away("start")
    _may_use_the_software(reader)


def second_computer(reader: Reader) -> None:
    """Nothing of it is done at the desk, but that the software asks it."""
    with reader.step("install"):
        [install] = reader.links().all()
        expect(install).to_have_attribute("href", "../install/")
    reader.is_away("sign-in")
    _may_use_the_software(reader)
    reader.is_away("close")


def _may_use_the_software(reader: Reader) -> None:
    software = reader.desk.client().sign_in(reader.administrator, PASSWORD)
    assert software.get("/api/access?product=PROFIS Engineering").json()["allowed"] is True


WALKS = {
    "activate": activate,
    "standard": standard,
    "order": order_software,
    "install": install,
    "second-computer": second_computer,
}
