"""An administrator who has left, in a browser: a user asks in French, the administrator reads English, staff decide."""

import re
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

ALEX, SAM, OWEN = (f"{name}@example.com" for name in ("alex.morgan", "sam.taylor", "owen.hughes"))
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
        # It stays in its line, with who is the administrator now, until the list is read again.
        expect(line.locator("[data-said]")).to_have_text(f"Accepted: {SAM} is the administrator now.")
        expect(line.locator("[data-said]")).to_be_focused()
        expect(line.locator("[data-slot=standing]")).to_have_text("Accepted")
        expect(line.locator("[data-slot=administrator]")).to_contain_text(SAM)
        expect(line.locator("[data-answers]")).to_contain_text("Same firm.")
        assert faults(desk_page, [(width, ("light", EVERYTHING)) for width in (390, 1440)]) == []
        desk_page.get_by_role("button", name=texts("takeover.page.look_again")).click()
        expect(line).to_have_count(0)

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


def test_the_staff_confirm_who_they_are_and_cannot_accept_too_early(page: Page, desk: Desk) -> None:
    """In French; refusing is possible at any time, and what was typed is there after the confirmation."""
    asked = desk.client(SAM).post("/api/subscriptions/alex-active/takeover", {"reason": REASON}).json()
    texts = open_staff(page, desk, "fr")
    age_sessions(STAFF, confirmed_at=31)
    line = page.locator("[data-takeovers] .line", has_text=contract())
    line.locator(".line__toggle").click()
    accept = line.get_by_label(texts("takeover.page.decision.accept"))
    expect(accept).to_be_disabled()
    expect(accept).to_have_accessible_description(re.compile("^Possible à partir du "))
    line.locator(".line__toggle").click()
    decide(page, texts, "refuse", "Il manque un Kbis.")
    line.get_by_role("button", name=texts("takeover.page.check.refuse")).click()
    line.get_by_label(texts("session.confirmation.totp")).fill(str(desk.totp(STAFF)))
    assert faults(page, [(width, ("light", EVERYTHING)) for width in (820,)]) == []
    line.get_by_role("button", name=texts("session.confirmation.submit")).click()
    expect(line.locator("[data-slot=standing]")).to_have_text("Refusée")
    expect(line.locator("[data-answers]")).to_contain_text("Il manque un Kbis.")
    assert desk.client(STAFF).get("/api/takeovers").json()["items"] == [
        one for one in desk.client(STAFF).get("/api/takeovers").json()["items"] if one["id"] != asked["id"]
    ]


def test_what_was_closed_meanwhile_is_said_in_its_line(page: Page, desk: Desk) -> None:
    desk.client(SAM).post("/api/subscriptions/alex-active/takeover", {"reason": REASON})
    texts = open_staff(page, desk)
    line = decide(page, texts, "refuse", "No Kbis.")
    desk.client().post("/api/takeovers/objection", {"token": link(desk, ALEX).partition("#token=")[2]})
    line.get_by_role("button", name=texts("takeover.page.check.refuse")).click()
    expect(line.locator("[data-said]")).to_have_text(texts("takeover.refused.takeover_closed.detail"))
    expect(line.locator("form")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1440])
def test_side_by_side_who_asks_sees_it_open_and_the_administrator_objects_from_the_portal(
    page: Page, other_page: Page, desk: Desk, width: int
) -> None:
    """In French and in English, and neither of them needs an e-mail for it."""
    page.set_viewport_size({"width": width, "height": 900})
    ask_in_french(page)
    page.reload()
    job = page.locator("[data-job=take-over]")
    waiting = job.locator("[data-waiting]")
    expect(waiting).to_contain_text(re.compile("^Votre demande du .* est en cours. "))
    expect(waiting).to_contain_text(ALEX)
    expect(page.locator("[data-live] [data-status]")).to_have_text(Texts("fr")("live.status_done"))
    expect(page.get_by_text(re.compile("impossible|pas possible", re.IGNORECASE)).filter(visible=True)).to_have_count(0)
    assert faults(page) == []

    other_page.set_viewport_size({"width": width, "height": 900})
    sign_in(other_page, "/", ALEX)
    # What may be lost comes first of all that waits.
    act = other_page.locator(".acts .act").first
    expect(act).to_contain_text(Texts("en")("takeover.portal.act"))
    expect(other_page.locator("#alex-active [data-object]")).to_have_text(Texts("en")("takeover.portal.object"))
    other_page.locator(".acts .act", has_text=contract()).get_by_role("link").click()
    objection = other_page.locator("[data-job=object-to-takeover]")
    expect(objection.locator("[data-about]")).to_contain_text(REASON)
    objection.get_by_role("button", name="I object").click()
    expect(objection.get_by_text("You have objected")).to_be_visible()
    objection.get_by_role("link", name="Open the subscription portal").click()
    expect(other_page.locator("#alex-active")).to_be_visible()
    expect(other_page.locator("#alex-active [data-object]")).to_be_hidden()
    expect(other_page.locator(".acts .act", has_text=contract())).to_have_count(0)

    page.reload()
    expect(job.get_by_role("textbox")).to_be_visible()


def test_the_guide_says_where_one_stands(page: Page, other_page: Page, desk: Desk) -> None:
    texts = Texts("en")
    sign_in(page, "/", SAM)
    page.goto("/takeover/")
    choose(page, "alex-active")
    expect(page.locator("[data-live] [data-status]")).to_have_text("You are at step 3 of 3.")
    # Priya has asked, and Owen cannot meanwhile.
    sign_in(other_page, "/", OWEN)
    other_page.goto("/takeover/?subscription=alex-active-floating")
    why = other_page.locator("[data-job=take-over] [data-stage=unavailable]")
    expect(why).to_contain_text(texts("takeover.refused.takeover_pending.reason"))
    assert faults(other_page) == []
