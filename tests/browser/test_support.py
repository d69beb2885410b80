"""In a browser, two people side by side: a customer in one language, support in the other, at a desk or a tablet."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from functions.shared.texts import LANGUAGES, Language, Texts
from infra.local.demo import PASSWORD
from tests.browser.test_accessibility import EVERYTHING, ONE_OF_EACH, faults
from tests.browser.test_onboarding import Site
from tests.browser.test_sessions import sign_in
from tests.desk import Desk

ROBIN, CAMILLE, ALEX, LEA = (
    f"{name}@example.com" for name in ("robin.faure", "camille.durand", "alex.morgan", "lea.petit")
)
NUMBER, ID = "G-2026-000101", "camille-active"


@pytest.fixture(params=LANGUAGES)
def site(request: pytest.FixtureRequest, page: Page) -> Site:
    """The site in support's language."""
    language: Language = request.param
    return Site(page, language)


@pytest.fixture
def customer(site: Site, browser: Browser, desk: Desk) -> Iterator[Site]:
    """The customer's browser beside it, in the other language."""
    other: Language = "fr" if site.texts.language == "en" else "en"
    with browser.new_context(base_url=desk.url, reduced_motion="reduce") as context:
        yield Site(context.new_page(), other)


def window(site: Site, desk: Desk) -> Locator:
    """Support's window, signed in."""
    block = site.open("support", "[data-support-window]")
    sign_in(site, desk, block, ROBIN)
    expect(field(site)).to_be_focused()
    return block


def field(site: Site) -> Locator:
    return site.page.get_by_label(site.texts("support.page.sought"))


def look_up(site: Site, sought: str) -> Locator:
    """Typed and sent from the keyboard; what is shown has the focus."""
    field(site).fill(sought)
    site.page.keyboard.press("Enter")
    seen = site.page.locator("[data-seen]")
    expect(seen.locator("[data-focus]")).to_be_focused()
    return seen


def test_the_customer_reads_that_support_looked_and_gets_the_mail_again(site: Site, customer: Site, desk: Desk) -> None:
    texts: Texts = site.texts
    desk.client(CAMILLE).post(f"/api/subscriptions/{ID}/cancellation", {"reason": "other"})
    [first] = desk.mails(CAMILLE)
    window(site, desk)
    seen = look_up(site, NUMBER.lower().replace("-", " "))
    line = seen.locator(".line").first
    expect(line.get_by_role("button").first).to_have_attribute("aria-expanded", "true")
    expect(line).to_contain_text(NUMBER)
    # Why not, in words.
    cancel = line.locator("[data-actions] li", has_text=texts("support.page.actions.cancel"))
    expect(cancel).to_contain_text(texts("cancellation.refused.already_cancelling.reason"))
    row = seen.get_by_role("row", name=first.subject)
    expect(row).to_contain_text(texts("support.page.states.delivered"))

    row.get_by_role("button").press("Enter")
    expect(seen.get_by_role("status")).to_have_text(texts("support.page.words.on_its_way", to=CAMILLE))
    assert [mail.subject for mail in desk.mails(CAMILLE)] == [first.subject] * 2
    # It is a new e-mail, and in the history, as another look would show it.
    rows = seen.locator("tbody tr", has_text=first.subject)
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(texts("support.page.states.on_its_way"))
    expect(rows.first.get_by_role("button")).to_have_count(0)
    again = texts("support.history.support_mailed_again", email=CAMILLE)
    expect(line.locator("[data-history] li").first).to_contain_text(again)
    assert faults(site.page, [(820, ("dark", EVERYTHING))]) == []

    customer.sign_in(customer.open("portal", "[data-portal]"), CAMILLE, PASSWORD)
    customer.page.locator(f"#{ID}").get_by_role("button", name="PROFIS Engineering").click()
    customer.page.get_by_role("tab", name=customer.texts("portal.events.tab")).click()
    history = customer.page.locator(f"#{ID} [data-history]")
    expect(history).to_contain_text(customer.texts("support.history.support_looked"))
    expect(history).to_contain_text(customer.texts("support.history.support_mailed_again", email=CAMILLE))
    expect(history).not_to_contain_text(ROBIN)


def test_what_is_no_longer_useful_is_said_as_a_refusal_and_the_rest_is_the_administrators(
    site: Site, desk: Desk
) -> None:
    texts = site.texts
    camille = desk.client(CAMILLE)
    camille.post(f"/api/subscriptions/{ID}/cancellation", {"reason": "other"})
    camille.delete(f"/api/subscriptions/{ID}/cancellation")
    [_, first] = desk.mails(CAMILLE)
    window(site, desk)
    seen = look_up(site, CAMILLE)
    seen.get_by_role("row", name=first.subject).get_by_role("button").click()
    expect(seen.get_by_role("alert")).to_contain_text(texts("support.refused.no_longer_useful.title"))
    expect(seen.locator("[data-said]")).to_be_hidden()
    assert faults(site.page, [(820, ("light", EVERYTHING))]) == []

    seen = look_up(site, LEA)
    line = seen.locator(".line").first
    rest = texts("support.page.words.rest", administrator=CAMILLE)
    expect(line.locator("[data-rest]")).to_have_text(rest)
    expect(line.locator("[data-actions] li")).to_have_count(1)
    expect(line.locator("[data-actions]")).to_contain_text(texts("support.page.actions.take_over"))


@pytest.mark.parametrize("width", [820, 1440])
def test_a_days_work_at_a_desk_or_a_tablet(site: Site, desk: Desk, width: int) -> None:
    """Dates and buttons stay on one line, and what stands in a row stands level."""
    desk.client(CAMILLE).post(f"/api/subscriptions/{ID}/cancellation", {"reason": "other"})
    desk.settle()
    site.page.set_viewport_size({"width": width, "height": 900})
    window(site, desk)
    seen = look_up(site, CAMILLE)
    lines = "element => element.getClientRects().length"
    assert seen.locator(".window__table time").first.evaluate(lines) == 1
    box, button = (
        one.bounding_box()
        for one in (field(site), site.page.get_by_role("button", name=site.texts("support.page.submit")))
    )
    assert box
    assert button
    assert abs(box["y"] + box["height"] / 2 - button["y"] - button["height"] / 2) <= 1
    assert abs(box["height"] - button["height"]) <= 1


def test_what_support_sees_can_be_read_by_everybody(site: Site, desk: Desk) -> None:
    desk.client(CAMILLE).post(f"/api/subscriptions/{ID}/cancellation", {"reason": "other"})
    desk.settle()
    window(site, desk)
    look_up(site, CAMILLE)
    assert faults(site.page, (*ONE_OF_EACH, (820, ("light", EVERYTHING)))) == []
    field(site).fill("nobody")
    site.page.keyboard.press("Enter")
    expect(site.page.locator(".window__ask").get_by_role("alert")).to_be_focused()
    assert faults(site.page, [(820, ("light", EVERYTHING))]) == []


def test_from_one_customer_to_the_next_by_the_keyboard_alone(site: Site, desk: Desk) -> None:
    texts = site.texts
    window(site, desk)
    site.page.keyboard.press("Enter")
    summary = site.page.locator(".window__ask").get_by_role("alert")
    expect(summary).to_contain_text(texts("fields.errors.required"))
    field(site).fill("G-2026-0000")
    site.page.keyboard.press("Enter")
    expect(summary).to_contain_text(texts("support.page.words.unknown"))
    seen = look_up(site, ALEX)
    # The eleventh has no history here: its own number does.
    last = seen.locator(".line").nth(10)
    last.get_by_role("button").first.press("Enter")
    number = last.locator("[data-slot=contract]").inner_text()
    last.get_by_role("button", name=texts("support.page.look_at")).press("Enter")
    expect(seen.locator(".line").first).to_contain_text(number)
    expect(seen.locator("[data-focus]")).to_be_focused()
    expect(seen.locator("[data-history]").first).to_contain_text(texts("support.history.support_looked"))
    site.page.keyboard.press("Escape")
    expect(field(site)).to_be_focused()


def test_who_was_looked_at_is_kept_nowhere_in_the_browser(site: Site, desk: Desk) -> None:
    window(site, desk)
    look_up(site, CAMILLE)
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state])"
    assert CAMILLE not in site.page.evaluate(stored)
    site.page.reload()
    expect(field(site)).to_have_value("")
    assert CAMILLE not in site.page.content()
    # Nor when somebody comes back to the page.
    look_up(site, CAMILLE)
    site.page.goto(site.root)
    site.page.go_back()
    field(site).wait_for()
    assert CAMILLE not in site.page.content()
    assert CAMILLE not in site.page.evaluate(stored)


@pytest.mark.parametrize("who", [CAMILLE, "jo.keller@example.com"])
def test_nobody_else_has_a_window(page: Page, desk: Desk, who: str) -> None:
    site = Site(page, "en")
    block = site.open("support", "[data-support-window]")
    if who == CAMILLE:
        site.sign_in(block, who, PASSWORD)
    else:
        sign_in(site, desk, block, who)
    expect(block.get_by_text(site.texts("support.page.not_support"))).to_be_visible()
    expect(field(site)).to_be_hidden()
