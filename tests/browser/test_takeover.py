"""An administrator who has left, in a browser: a user asks in French, the administrator reads English, staff decide."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.test_accessibility import EVERYTHING, faults
from tests.browser.test_sessions import age_sessions
from tests.browser.test_transfer import choose, sign_in
from tests.customers import STAFF
from tests.desk import Desk

ALEX, SAM, PRIYA = (f"{name}@example.com" for name in ("alex.morgan", "sam.taylor", "priya.shah"))
REASON = "Alex a quitté l’entreprise, et personne ne lit sa boîte."


@pytest.fixture
def other_page(browser: Browser, cloud: Desk) -> Iterator[Page]:
    """The page of a second reader, in a browser of their own."""
    with browser.new_context(base_url=cloud.url, reduced_motion="reduce") as context:
        yield context.new_page()


def link(desk: Desk, email: str) -> str:
    """Where the newest e-mail with a link to object leads."""
    mail = next(mail for mail in desk.mails(email) if "/takeover-objection/#" in mail.text)
    return next(word for word in mail.text.split() if "/takeover-objection/#" in word)


def ask_in_french(page: Page) -> Locator:
    """Sam asks for Alex's place, from the line in the portal on."""
    texts = Texts("fr")
    sign_in(page, "/fr/", SAM)
    line = page.locator("#alex-active")
    line.get_by_role("link", name=texts("takeover.portal.left")).click()
    job = page.locator("[data-job=take-over]")
    # The line has chosen what it is about.
    expect(page.locator("[data-subject] [data-slot=contract]").first).to_have_text(contract())
    job.get_by_role("textbox").fill(REASON)
    job.get_by_role("button", name=texts("takeover.form.submit")).click()
    expect(job.get_by_text(texts("takeover.form.done_title"))).to_be_visible()
    return job


def contract() -> str:
    return kept.read_subscription("alex-active").contract_number


def open_staff(page: Page, desk: Desk, language: Language = "en") -> Texts:
    """The staff's page, signed in with both factors."""
    texts, root = Texts(language), "/" if language == "en" else "/fr/"
    page.goto(f"{root}takeovers/")
    block = page.locator("[data-job=sign-in]")
    block.locator("input[type=email]").first.fill(STAFF)
    block.locator("input[type=password]").first.fill(PASSWORD)
    block.get_by_role("button", name=texts("session.sign_in.submit")).click()
    block.get_by_label(texts("session.sign_in.fields.totp.label")).first.fill(str(desk.totp(STAFF)))
    block.get_by_role("button", name=texts("session.sign_in.submit")).click()
    expect(page.locator("[data-takeovers] .line").first).to_be_visible()
    return texts


def decide(page: Page, texts: Texts, decision: str, why: str) -> Locator:
    """The staff's decision on Alex's subscription, up to what it is checked by."""
    line = page.locator("[data-takeovers] .line", has_text=contract())
    line.locator(".line__toggle").click()
    expect(line.get_by_text(texts("takeover.page.words.same_domain"))).to_be_visible()
    line.get_by_role("button", name=texts("takeover.page.submit")).click()
    expect(line.get_by_role("alert")).to_be_focused()
    line.get_by_label(texts(f"takeover.page.decision.{decision}")).check()
    line.get_by_label(texts("takeover.page.why.label")).fill(why)
    line.get_by_role("button", name=texts("takeover.page.submit")).click()
    return line


def test_a_user_asks_in_french_and_the_administrator_objects_in_english(
    page: Page, other_page: Page, desk: Desk
) -> None:
    ask_in_french(page)
    assert faults(page) == []

    other_page.goto(link(desk, ALEX))
    job = other_page.locator("[data-job=object-to-takeover]")
    expect(job.locator("[data-about]")).to_contain_text(f"{SAM} asks to become the administrator")
    expect(job.locator("[data-about]")).to_contain_text(REASON)
    assert faults(other_page) == []
    job.get_by_role("button", name="I object").click()
    expect(job.get_by_text("You have objected")).to_be_visible()

    page.goto("/fr/portal/")
    expect(page.locator("#alex-active [data-left]")).to_be_visible()
    expect(page.locator("#alex-active [data-takeover]")).to_be_hidden()
    other_page.reload()
    expect(job.get_by_text("You have already objected")).to_be_visible()
    assert faults(other_page) == []


def test_the_staff_accept_and_the_former_administrator_has_nothing_left(
    page: Page, other_page: Page, desk: Desk
) -> None:
    ask_in_french(page)
    page.goto("/fr/portal/")
    expect(page.locator("#alex-active [data-takeover]")).to_contain_text("Vous avez demandé à devenir l’administrateur")
    sign_in(other_page, "/", ALEX)
    expect(other_page.locator("#alex-active [data-takeover]")).to_contain_text(f"{SAM} asks to become")
    desk.advance("7d")
    where = link(desk, ALEX)

    staff = other_page.context.browser
    assert staff
    with staff.new_context(base_url=desk.url, reduced_motion="reduce") as context:
        desk_page = context.new_page()
        texts = open_staff(desk_page, desk)
        line = decide(desk_page, texts, "accept", "Same firm.")
        assert faults(desk_page, [(width, ("light", EVERYTHING)) for width in (820, 1440)]) == []
        line.get_by_role("button", name=texts("takeover.page.check.accept")).click()
        expect(desk_page.locator("[data-announce]")).to_contain_text(f"Accepted: {SAM}")
        expect(desk_page.locator("[data-takeovers] .line", has_text=contract())).to_have_count(0)

    other_page.reload()
    expect(other_page.locator(".line").first).to_be_visible()
    expect(other_page.locator("#alex-active")).to_have_count(0)
    page.reload()
    page.locator("#alex-active [data-toggle-line]").click()
    page.get_by_role("tab", name=Texts("fr")("portal.events.tab")).click()
    expect(page.locator("#alex-active")).to_contain_text("Notre équipe a accepté la demande")
    other_page.goto("about:blank")
    other_page.goto(where)
    expect(other_page.get_by_text("Our staff have accepted it")).to_be_visible()


def test_the_staff_confirm_who_they_are_and_are_told_when_it_is_too_early(page: Page, desk: Desk) -> None:
    """In French; what was typed is there once it is refused."""
    desk.client(SAM).post("/api/subscriptions/alex-active/takeover", {"reason": REASON})
    texts = open_staff(page, desk, "fr")
    age_sessions(STAFF, confirmed_at=31)
    line = decide(page, texts, "accept", "Même entreprise.")
    line.get_by_role("button", name=texts("takeover.page.check.accept")).click()
    line.get_by_label(texts("session.confirmation.totp")).fill(str(desk.totp(STAFF)))
    assert faults(page, [(width, ("light", EVERYTHING)) for width in (820,)]) == []
    line.get_by_role("button", name=texts("session.confirmation.submit")).click()
    expect(line.get_by_role("alert")).to_contain_text(texts("takeover.refused.too_early.title"))
    expect(line.get_by_label(texts("takeover.page.why.label"))).to_have_value("Même entreprise.")


def test_the_guide_says_where_one_stands(page: Page, other_page: Page, desk: Desk) -> None:
    texts = Texts("en")
    sign_in(page, "/", SAM)
    page.goto("/takeover/")
    choose(page, "alex-active")
    expect(page.locator("[data-live] [data-status]")).to_have_text("You are at step 3 of 3.")
    sign_in(other_page, "/", PRIYA)
    other_page.goto("/takeover/?subscription=alex-active-floating")
    why = other_page.locator("[data-job=take-over] [data-stage=unavailable]")
    expect(why).to_contain_text(texts("takeover.refused.takeover_pending.reason"))
    assert faults(other_page) == []
