"""From «no seat is left» to the colleague added, without leaving the page, in both languages; and fewer seats."""

import pytest
from playwright.sync_api import Page, expect

from functions.shared import clock
from functions.shared.money import price
from functions.shared.texts import Texts
from functions.subscriptions.seats import seat_change
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.test_accessibility import faults
from tests.browser.test_transfer import PEOPLE, ROOTS, choose, sign_in
from tests.desk import Desk

NEW = "new.colleague@example.com"
LANGUAGES = ("en", "fr")


def full_of(language: str) -> str:
    """The administrator's subscription that has a user on each of its two seats."""
    return PEOPLE[language].subscription + "-full"


def amount_of(name: str, seats: int, texts: Texts) -> str:
    """What that many cost to the last day, written out."""
    return price(seat_change(kept.read_subscription(name), seats, clock.day(clock.now())).amount, texts.language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_the_portal_by_keyboard_alone(page: Page, desk: Desk, language: str) -> None:
    texts, root, name = Texts(language), ROOTS[language], full_of(language)  # type: ignore[arg-type]
    sign_in(page, root, PEOPLE[language].administrator)
    page.goto(f"{root}portal/#{name}")
    line = page.locator(f"[id='{name}']")
    add_seats = line.get_by_role("button", name=texts("seats.help.add"))
    add_seats.press("Enter")

    # How many: one more than now, to begin with. Left again, nothing has happened.
    seats = line.get_by_label(texts("seats.form.fields.seats.label"))
    expect(seats).to_be_focused()
    expect(seats).to_have_value("3")
    line.get_by_role("button", name=texts("seats.help.back")).press("Enter")
    expect(add_seats).to_be_focused()
    add_seats.press("Enter")
    expect(seats).to_be_focused()
    seats.press("Control+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")

    # What it costs, to the last day and next year; the terms are to be accepted.
    expect(line.get_by_role("heading", name=texts("seats.form.check_title"))).to_be_focused()
    costs = line.locator("[data-cost]")
    expect(costs).to_contain_text("2 → 4")
    expect(costs).to_contain_text(amount_of(name, 4, texts))
    expect(costs).to_contain_text(price(4 * 499_00, texts.language))
    assert faults(page) == []
    order = line.get_by_role("button", name=texts("seats.form.confirm"))
    order.press("Enter")
    expect(line.get_by_role("alert").locator("visible=true")).to_contain_text(texts("orders.check.terms_missing"))
    line.get_by_label(texts("orders.check.terms")).press("Space")
    order.press("Enter")

    expect(line.locator("[data-job=change-seats] [data-done-text]")).to_contain_text("4")
    expect(line.locator("[data-slot=seats-taken]")).to_contain_text("4")
    line.get_by_role("button", name=texts("seats.help.go_on_empty")).press("Enter")
    email = line.get_by_role("textbox", name=texts("users.add.fields.email.label"))
    expect(email).to_be_focused()
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    expect(line.locator(".user").filter(has_text=NEW)).to_be_visible()

    # The order stands below with its amendment, and the amendment beside the contract.
    desk.settle()
    line.get_by_role("tab", name=texts("portal.billing.tab")).press("Enter")
    expect(line.locator("[data-amendments] li")).to_contain_text("A-1")
    page.reload()
    page.locator("#orders .line__toggle").first.press("Enter")
    expect(page.locator("#orders [data-slot=change]").first).to_contain_text("A-1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_colleague_is_added_by_one_more_click(page: Page, desk: Desk, language: str) -> None:
    texts, root, name = Texts(language), ROOTS[language], full_of(language)  # type: ignore[arg-type]
    people = PEOPLE[language]
    client = desk.client(people.administrator)
    assert client.delete(f"/api/subscriptions/{name}/users/{people.user}").status_code == 204
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, root, people.administrator)
    page.goto(f"{root}add-user/?subscription={name}")
    job = page.locator("[data-job=add-user]")
    job.locator("> form input[type=email]").fill(NEW)
    # Somebody else gets the last seat meanwhile.
    assert client.post(f"/api/subscriptions/{name}/users", {"email": people.user}).status_code == 201
    job.get_by_role("button", name=texts("users.add.submit")).click()
    expect(job.locator("> [data-summary]")).to_contain_text(texts("users.refused.no_seat_left.title"))

    job.locator("> [data-summary]").get_by_role("button", name=texts("seats.help.add")).click()
    assert faults(page) == []
    # The session ends: one signs in on the spot, and is where one was.
    seats = job.get_by_label(texts("seats.form.fields.seats.label"))
    seats.fill("3")
    page.context.clear_cookies()
    job.get_by_role("button", name=texts("seats.form.submit")).click()
    expect(job.get_by_text(texts("forms.sign_in.again")).locator("visible=true")).to_be_focused()
    job.locator("[data-job=sign-in] input[type=email]").fill(people.administrator)
    job.locator("[data-job=sign-in] input[type=password]").fill(PASSWORD)
    job.locator("[data-job=sign-in] button[type=submit]").click()
    expect(seats).to_have_value("3")
    job.get_by_role("button", name=texts("seats.form.submit")).click()
    expect(job.locator("[data-cost]")).to_contain_text(amount_of(name, 3, texts))
    job.get_by_label(texts("orders.check.terms")).check()
    job.get_by_role("button", name=texts("seats.form.confirm")).click()
    expect(job.get_by_text(texts("seats.form.done_title"))).to_be_visible()
    job.get_by_role("button", name=texts("seats.help.go_on", email=NEW)).click()

    expect(job.locator("> [data-stage=done] [data-done-text]")).to_have_text(texts("users.add.done", email=NEW))
    assert NEW in kept.users(name)
    assert kept.read_subscription(name).seats == 3
    assert page.url.endswith(f"{root}add-user/?subscription={name}")
    assert len(desk.mails(NEW)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_full_subscription_leads_to_seats_in_the_guide_and_fewer_are_ordered_in_theirs(
    page: Page, desk: Desk, language: str
) -> None:
    texts, root, name = Texts(language), ROOTS[language], full_of(language)  # type: ignore[arg-type]
    sign_in(page, root, PEOPLE[language].administrator)
    page.goto(f"{root}add-user/?subscription={name}")
    job = page.locator("[data-job=add-user]")
    expect(job.locator("[data-reason]").first).to_have_text(texts("users.refused.no_seat_left.reason"))
    job.locator("> [data-stage=unavailable]").get_by_role("button", name=texts("seats.help.add")).click()
    expect(job.get_by_label(texts("seats.form.fields.seats.label"))).to_be_focused()

    # The guide: fewer, but not fewer than there are users.
    page.goto(f"{root}more-seats/")
    choose(page, name)
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=3, count=4))
    job = page.locator("[data-job=change-seats]")
    seats = job.get_by_label(texts("seats.form.fields.seats.label"))
    expect(seats).to_have_value("2")
    job.get_by_role("button", name=texts("seats.form.submit")).click()
    expect(job.get_by_role("alert").locator("visible=true")).to_contain_text(texts("fields.errors.as_many_as_now"))

    def order(wanted: str) -> None:
        seats.fill(wanted)
        job.get_by_role("button", name=texts("seats.form.submit")).click()
        expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=4, count=4))
        job.get_by_label(texts("orders.check.terms")).check()
        # What costs nothing is no order with obligation to pay.
        job.get_by_role("button", name=texts("seats.form.confirm_free.fewer")).click()

    order("1")
    expect(job.get_by_role("alert").locator("visible=true")).to_contain_text(
        texts("seats.refused.seats_in_use.detail", users=2)
    )
    client = desk.client(PEOPLE[language].administrator)
    assert client.delete(f"/api/subscriptions/{name}/users/{PEOPLE[language].user}").status_code == 204
    order("1")
    done = texts.entry("seats.form.done.fewer").format(product="PROFIS Modelling", seats=2, seats_next=1)
    expect(job.locator("[data-done-text]")).to_have_text(done)
    expect(page.locator(".live__status")).to_have_text(texts("live.status_done"))
    assert kept.read_subscription(name).seats_next == 1
    expect(job.locator("[data-next=add-user]")).to_be_hidden()
    page.goto(f"{root}more-seats/?subscription={name}")
    expect(page.locator("[data-subject] [data-slot=licence]")).to_contain_text(texts("portal.seats_next", count=1))
