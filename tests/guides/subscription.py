"""How the guides of the section «subscription» are done."""

from playwright.sync_api import expect

from tests import kept
from tests.guides.reader import Reader
from tests.guides.users import begins_by_the_option, is_about

STUDENT = "emma.roux@example.com"


def portal(reader: Reader) -> None:
    """From any page, signed out."""
    reader.page.locator(".page__article > details > summary").click()
    with reader.step("sign-in") as (sign_in,):
        reader.opens("")
        reader.selects(sign_in)
        reader.signs_in(reader.administrator)
    with reader.step("reach") as (name,):
        reader.opens("")
        reader.selects(name, reader.page.locator(".desk-block--jobs"))
        reader.opens("")
        reader.page.locator(".top [data-who]").click()
        expect(reader.page.locator(".line").first).to_be_visible()
    with reader.step("open") as (search, state):
        reader.fills(search, "Detailing")
        expect(reader.page.locator("[data-lines] .line")).to_have_count(1)
        reader.fills(search, "")
        reader.picks(state, "active")
        expect(reader.page.locator("[data-lines] .line")).to_have_count(5)
        lines = reader.page.locator("[data-lines] .line")
        reader.pictures(lines.first, lines.nth(2))
        reader.picks(state, "")
        reader.page.locator("[data-sort=end]").click()
        line = reader.page.locator(f"[id='{reader.subscription('active')}']")
        line.locator("[data-toggle-line]").click()
        expect(line.get_by_role("tablist")).to_be_visible()


def contract(reader: Reader) -> None:
    """Read on the page, and downloaded."""
    subscription = reader.subscription("active")
    with reader.begins(subscription):
        pass
    with reader.step("fetch", becomes="next") as (read, download):
        expect(reader.control(download)).to_be_visible()
        reader.pictures(reader.page.locator("[data-contract]"))
        reader.selects(read)
        expect(reader.page.locator("[data-contract]").get_by_role("article")).to_be_visible()
        with reader.page.expect_download() as saved:
            reader.selects(download)
        assert saved.value.path().read_bytes().startswith(b"%PDF-")


def invoices(reader: Reader) -> None:
    """One, a year, and the address for copies."""
    with reader.step("sign-in"):
        reader.signs_in(reader.administrator)
    with reader.step("find") as (billing,):
        with reader.in_the_portal(reader.subscription("active")) as line:
            reader.selects(billing, line)
            expect(line.locator("[data-invoices-view] .line")).to_have_count(1)
            expect(line.get_by_role("link", name=reader.texts("agreement.view.download"))).to_be_visible()
            reader.pictures(line.get_by_role("tablist"), line.locator("[data-invoices-view]"))
        expect(reader.page.locator("[data-invoices] .line").first).to_be_visible()
    with reader.step("download") as (one, year):
        with reader.page.expect_download() as saved:
            reader.control(one).first.click()
        assert saved.value.suggested_filename.endswith(".pdf")
        with reader.page.expect_download() as saved:
            reader.selects(year)
        assert saved.value.suggested_filename.endswith(".zip")
    with reader.step("copy") as (copies, save):
        form = reader.under(copies)
        form.get_by_role("textbox").fill("accounts@firm.example")
        reader.selects(save, form)
        expect(form.locator("[data-copies-status]")).to_contain_text("accounts@firm.example")


def cancel(reader: Reader) -> None:
    """From the portal's option on, without a reason."""
    subscription = reader.subscription("active")
    begins_by_the_option(reader, subscription)
    with reader.step("reason") as (no_reason, wished, go_on):
        reader.ticks(no_reason)
        reader.fills(wished, kept.read_subscription(subscription).end.isoformat())
        reader.selects(go_on)
    with reader.step("confirm") as (notify,):
        reader.pictures_the_check("cancel")
        reader.selects(notify)
    assert kept.read_subscription(subscription).status == "cancelling"


def cancel_without_account(reader: Reader) -> None:
    """By the link of the e-mail, never signed in."""
    subscription = kept.read_subscription(reader.subscription("active"))
    with reader.step("ask") as (number, email, name, wished, send):
        asked = reader.page.locator("[data-job=cancel-without-account]")
        reader.fills(number, subscription.contract_number, asked)
        reader.fills(email, reader.administrator, asked)
        reader.fills(name, "Durand", asked)
        reader.fills(wished, subscription.end.isoformat(), asked)
        reader.selects(send, asked)
        expect(asked.locator("[data-done-title]")).to_be_visible()
    with reader.step("open") as (no_reason, go_on):
        [mail] = reader.desk.mails(reader.administrator)
        reader.page.goto("about:blank")
        reader.page.goto(next(word for word in mail.text.split() if "#token=" in word))
        reader.ticks(no_reason)
        reader.selects(go_on)
    with reader.step("confirm") as (notify,):
        reader.selects(notify)
        expect(reader.page.get_by_text(reader.texts("cancellation.by_link.done_title"))).to_be_visible()
    assert kept.read_subscription(subscription.id).status == "cancelling"


def withdraw(reader: Reader) -> None:
    """A student, on the day of the signature."""
    subscription = "emma-active"
    with reader.step("sign-in"):
        reader.signs_in(STUDENT)
    with reader.step("choose") as (manage,):
        with reader.in_the_portal(subscription) as line:
            reader.selects(manage, line)
            expect(line.get_by_role("link", name=reader.texts("withdrawal.form.title"))).to_be_visible()
        reader.opens_the_guide(subscription)
        is_about(reader, subscription)
    with reader.step("withdraw") as (here,):
        reader.selects(here, reader.page.locator("[data-job=withdraw]"))
    with reader.step("confirm") as (confirm,):
        reader.pictures_the_check("withdraw")
        reader.selects(confirm)
    assert kept.read_subscription(subscription).status == "withdrawn"


def verify(reader: Reader) -> None:
    """The contract that the portal has, as it was downloaded."""
    with reader.step("take"):
        reader.opens("portal/")
        reader.signs_in(reader.administrator)
        with reader.in_the_portal(reader.subscription("active")) as line:
            line.get_by_role("tab", name=reader.texts("portal.billing.tab")).click()
            with reader.page.expect_download() as saved:
                line.get_by_role("link", name=reader.texts("agreement.view.download")).click()
        reader.page.context.clear_cookies()
        reader.opens_the_guide()
    with reader.step("drop") as (file, check):
        reader.hands_over(file, saved.value.path())
        reader.selects(check)
    with reader.step("read"):
        expect(reader.page.get_by_text(reader.texts("verification.words.whole.title"))).to_be_visible()


def refund(reader: Reader) -> None:
    """What a reader is asked to write is to be found in the portal."""
    reader.is_away("sender")
    subscription = reader.subscription("active")
    reader.opens("portal/")
    reader.signs_in(reader.administrator)
    orders = reader.page.locator("[data-orders] .line").first
    with reader.step("number"):
        number = reader.page.locator(f"[id='{subscription}'] [data-slot=contract]")
        expect(number).to_have_text(kept.read_subscription(subscription).contract_number)
        expect(orders.locator("[data-slot=title]")).not_to_be_empty()
    with reader.step("amount"):
        expect(orders.locator("[data-slot=total_with_vat]").first).not_to_be_empty()


WALKS = {
    "portal": portal,
    "contract": contract,
    "invoices": invoices,
    "cancel": cancel,
    "cancel-without-account": cancel_without_account,
    "withdraw": withdraw,
    "verify": verify,
    "refund": refund,
}
