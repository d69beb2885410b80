"""The portal: what a reader sees of their subscriptions, and what its administrator does there."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from functions.shared.texts import Texts
from infra.local.demo import PASSWORD
from tests.browser.test_accessibility import faults
from tests.desk import Desk

ADMINISTRATOR = "camille.durand@example.com"
USER = "lea.petit@example.com"
HUNDRED = "nadia.rivoli@example.com"
PENDING = "marc.leroy@example.com"
FRENCH = Texts("fr")


def open_portal(page: Page, email: str, path: str = "/fr/portal/") -> Locator:
    """The page's portal, signed in to."""
    page.goto(path)
    portal = page.locator("[data-portal]")
    job = portal.locator("> [data-stage=sign-in]")
    job.locator("input[type=email]").fill(email)
    job.locator("input[type=password]").fill(PASSWORD)
    job.locator("button[type=submit]").click()
    expect(portal.locator("> [data-stage=list]")).to_be_visible()
    return portal


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_what_waits_comes_first_and_each_line_says_how_it_stands(page: Page, desk: Desk) -> None:
    portal = open_portal(page, ADMINISTRATOR)
    acts = portal.locator("[data-acts] li")
    portal.get_by_role("button", name=FRENCH("portal.all_acts", count=5)).click()
    # Who says nothing to whoever asks for their place may lose everything.
    asked, *waiting = [
        (act.locator("strong").inner_text(), str(act.get_by_role("link").get_attribute("href"))) for act in acts.all()
    ]
    assert asked[0] == FRENCH("takeover.portal.act")
    assert "/fr/takeover-objection/#token=" in asked[1]
    subscriptions = ("awaiting-signature", "awaiting-activation", "awaiting-terms", "trial-ended")
    assert [name for name, _ in waiting] == [
        FRENCH(f"portal.next.{status}")
        for status in ("awaiting_signature", "awaiting_activation", "awaiting_terms", "trial_ended")
    ]
    assert all(f"?subscription=camille-{one}" in href for (_, href), one in zip(waiting, subscriptions, strict=True))
    assert waiting[-1][1].endswith("/fr/standard/?subscription=camille-trial-ended#choose-edition-title")

    expect(portal.locator("[data-count]")).to_have_text(FRENCH("portal.count", count=12))
    statuses = set(portal.locator(".status").all_inner_texts())
    assert {FRENCH(f"portal.status.{status}") for status in ("active", "awaiting_activation", "ended")} <= statuses
    expect(portal.locator("[id=camille-active]")).to_contain_text(FRENCH("portal.licence.individual"))
    expect(page.locator(".fold")).not_to_have_attribute("open", "")


def test_papers_to_send_wait_where_there_is_no_subscription_yet(page: Page, desk: Desk) -> None:
    portal = open_portal(page, PENDING)
    act = portal.locator("[data-acts]").get_by_role("link")
    expect(act).to_contain_text(re.compile(FRENCH("portal.papers") + r"\s+au plus tard le \d"))
    expect(act).to_have_attribute("href", re.compile("/fr/documents/$"))
    expect(portal.get_by_text(FRENCH("portal.empty"))).to_be_visible()
    expect(portal.get_by_role("table")).to_have_count(0)


def test_one_line_is_not_filtered_and_what_was_done_in_it_is_in_sight(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    portal = open_portal(page, "noor.haddad@example.com", "/portal/?subscription=noor-active")
    expect(portal.locator("[data-filters]")).to_be_hidden()
    add = portal.locator("[data-job=add-user]")
    add.locator("[name=email]").fill("somebody.new-here@example.com")
    add.get_by_role("button", name="Add the user").click()
    expect(portal.locator(".user")).to_have_count(2)
    done = add.locator("> [data-stage=done] [data-done-text]")
    expect(done).to_be_in_viewport(ratio=1)
    # An address breaks nowhere.
    assert done.locator(".whole").evaluate("one => one.getClientRects().length") == 1


def test_a_user_sees_the_line_and_manages_nothing(page: Page, desk: Desk) -> None:
    portal = open_portal(page, USER)
    line = portal.locator(".line").first
    expect(line).to_contain_text(f"Son administrateur est {ADMINISTRATOR}")
    expect(line.get_by_role("button")).to_have_count(0)
    expect(portal.locator("[data-acts]")).to_be_hidden()
    page.goto("/fr/portal/?subscription=camille-ended")
    expect(portal.get_by_text(FRENCH("portal.gone"))).to_be_focused()
    assert "subscription" not in page.url


def test_a_hundred_lines_are_found_sorted_opened_and_printed(page: Page, desk: Desk, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/subscriptions" in request.url else None)
    portal = open_portal(page, HUNDRED, "/portal/")
    lines, count, pager = (portal.locator(part) for part in (".line", "[data-count]", "[data-page]"))
    assert len(asked) == 1
    expect(lines).to_have_count(20)
    # In two screens stand what waits and the whole of a page, before the orders.
    assert pager.evaluate("page => page.getBoundingClientRect().bottom + scrollY") <= 2 * 900
    assert not scrolls_sideways(page)

    # By page, by state, by words, in either order; the address keeps all of it.
    portal.get_by_role("button", name="Next").click()
    expect(portal.get_by_role("heading", name="All subscriptions")).to_be_focused()
    expect(pager).to_have_text("Page 2 of 5")
    portal.get_by_label("State").select_option(label="Trial ended (11)")
    expect(lines).to_have_count(11)
    expect(count).to_have_text("11 of 100")
    portal.get_by_label("Product or contract number").fill("tünnel")
    expect(lines).to_have_count(1)
    portal.get_by_label("Product or contract number").fill("no such thing")
    portal.get_by_role("button", name="Show all subscriptions").click()
    expect(count).to_have_text("100 in all")
    portal.get_by_role("button", name="Seats").click()
    portal.get_by_role("button", name="Seats").click()
    expect(portal.get_by_role("columnheader", name="Seats")).to_have_attribute("aria-sort", "descending")
    expect(lines.first).to_contain_text("of 12")
    page.reload()
    expect(lines.first).to_contain_text("of 12")

    # By keyboard: a line opens beside the table, is named by the address, and gives the focus back.
    opener = lines.nth(2).locator(".line__row").get_by_role("button")
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    details = lines.nth(2).get_by_role("group").first
    expect(details.locator(".user").first).to_be_visible()
    table, beside = portal.get_by_role("table").bounding_box(), details.bounding_box()
    assert table
    assert beside
    assert beside["x"] >= table["x"] + table["width"]
    assert f"subscription={lines.nth(2).get_attribute('id')}" in page.url
    assert faults(page) == []
    details.get_by_role("tab").first.press("Escape")
    expect(details).to_be_hidden()
    expect(opener).to_be_focused()
    assert "subscription=" not in page.url

    # Large text, and a telephone: cards, and what is open stands below its own.
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(portal).to_have_attribute("data-shape", "cards")
    assert not scrolls_sideways(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 320, "height": 900})
    opener.click()
    expect(details).to_be_visible()
    card, below = lines.nth(2).locator(".line__row").bounding_box(), details.bounding_box()
    assert card
    assert below
    assert below["y"] >= card["y"] + card["height"]
    assert not scrolls_sideways(page)

    # Paper has all of them.
    printed = tmp_path / "portal.pdf"
    page.pdf(path=printed)
    text = subprocess.run(["pdftotext", printed, "-"], capture_output=True, text=True, check=True).stdout
    assert len(set(re.findall(r"G-\d{4}-\d{6,}", text))) == 100
    expect(lines).to_have_count(20)


def test_seats_users_and_what_is_said_of_them_are_true_at_once(page: Page, desk: Desk) -> None:
    portal = open_portal(page, ADMINISTRATOR, "/fr/portal/?subscription=camille-active-full")
    line = portal.locator("[id=camille-active-full]")
    expect(line.get_by_role("button", name="PROFIS Modelling")).to_be_focused()
    seats, full, form = (
        line.locator(part) for part in (".cell--seats [data-slot]", "[data-full]", "[data-job=add-user] > form")
    )
    users, said = line.locator(".user"), line.locator("[data-said]")
    expect(users).to_have_count(2)
    # Full: no form and no talk of other subscriptions, but what helps.
    expect(seats).to_have_text("2 sur 2")
    expect(full).to_contain_text(FRENCH("users.refused.no_seat_left.reason"))
    expect(full.get_by_role("button", name=FRENCH("seats.help.add"))).to_be_visible()
    expect(line.locator("[data-job]:visible")).to_have_count(0)

    def remove(email: str) -> None:
        user = users.filter(has_text=email)
        user.get_by_role("button", name=f"Options pour {email}").click()
        user.locator("[data-remove]").click()
        expect(user.locator("[data-question]")).to_be_focused()
        expect(user.locator("[data-question]")).to_contain_text(email)
        user.locator("[data-confirm]").click()
        expect(user).to_have_count(0)

    # Asked first, and the question can be left again.
    lea = users.filter(has_text=USER)
    options = lea.get_by_role("button", name=f"Options pour {USER}")
    options.click()
    lea.get_by_role("button", name="Retirer", exact=True).click()
    lea.get_by_role("button", name="Garder l’utilisateur").press("Escape")
    expect(options).to_be_focused()
    remove(USER)
    expect(said).to_have_text(FRENCH("portal.users.removed", email=USER))
    expect(said).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    # The seat is free, and the form knows.
    expect(seats).to_have_text("1 sur 2")
    expect(full).to_be_hidden()
    form.locator("input[type=email]").fill("nouvelle@example.com")
    form.get_by_role("button", name="Ajouter l’utilisateur").click()
    added = line.locator("[data-job=add-user] > [data-stage=done] [data-done-title]")
    expect(added).to_be_visible()
    expect(users.filter(has_text="nouvelle@example.com")).to_be_visible()
    expect(said).to_be_hidden()
    expect(seats).to_have_text("2 sur 2")
    expect(full).to_be_visible()
    expect(line.get_by_role("button", name=FRENCH("users.add.again"))).to_be_hidden()

    # Nobody is called added who was removed since.
    remove("nouvelle@example.com")
    expect(added).to_be_hidden()
    expect(form).to_be_visible()
    expect(full).to_be_hidden()

    line.get_by_role("tab", name="Historique").click()
    expect(line.locator("[data-history] li").first).to_contain_text("a retiré nouvelle@example.com")


def test_what_could_not_be_done_otherwise_leads_on(page: Page, desk: Desk) -> None:
    portal = open_portal(page, ADMINISTRATOR, "/fr/portal/#camille-trial-ended")
    line = portal.locator("[id=camille-trial-ended]")
    choose = line.get_by_role("link", name=FRENCH("portal.next.trial_ended"))
    expect(choose).to_have_attribute("href", re.compile(r"\?subscription=camille-trial-ended#choose-edition-title$"))
    expect(line.locator("[data-full]")).to_contain_text(FRENCH("subscription.refused.not_active.reason"))
    expect(line.locator("[data-job]:visible")).to_have_count(0)
    assert page.url.endswith("/fr/portal/?subscription=camille-trial-ended")


def test_tabs_follow_the_arrow_keys(page: Page, desk: Desk) -> None:
    portal = open_portal(page, ADMINISTRATOR)
    portal.locator(".line").first.get_by_role("button").first.click()
    page.get_by_role("tab", name="Gérer les utilisateurs").press("ArrowRight")
    expect(page.get_by_role("tab", name="Gérer l’abonnement")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Gérer l’abonnement")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Historique")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Gérer les utilisateurs")).to_be_focused()


def test_a_long_list_of_users_comes_page_by_page(page: Page, desk: Desk) -> None:
    client = desk.client(ADMINISTRATOR)
    path = "/api/subscriptions/camille-active-floating"
    before = len(client.get(f"{path}/users").json()["items"])
    for number in range(25):
        assert client.post(f"{path}/users", {"email": f"user{number:02}@example.com"}).status_code == 201
    portal = open_portal(page, ADMINISTRATOR, "/fr/portal/#camille-active-floating")
    users = portal.locator("[data-users] > .user")
    expect(users).to_have_count(20)

    portal.get_by_role("button", name="Afficher la suite").click()

    expect(users).to_have_count(before + 25)
    expect(portal.get_by_role("button", name="Afficher la suite")).to_be_hidden()


def test_what_is_open_and_typed_outlives_the_session(page: Page, desk: Desk) -> None:
    portal = open_portal(page, ADMINISTRATOR)
    line = portal.locator("[id=camille-active]")
    line.get_by_role("button").first.click()
    email = line.locator("[data-job=add-user] > form input[type=email]")
    email.fill("nouvelle@example.com")
    page.context.clear_cookies()
    line.get_by_role("button", name="Ajouter l’utilisateur").click()
    expect(page.get_by_text("ce que vous avez saisi est toujours là").locator("visible=true")).to_be_focused()

    job = portal.locator("> [data-stage=sign-in]")
    job.get_by_role("textbox", name="Adresse e-mail").fill(ADMINISTRATOR)
    job.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    job.get_by_role("button", name="Se connecter").click()

    expect(email).to_be_visible()
    expect(email).to_have_value("nouvelle@example.com")


def test_the_link_to_the_orders_leads_to_them_once_they_are_shown(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    open_portal(page, ADMINISTRATOR, "/fr/portal/#orders")
    expect(page.locator("#orders")).to_be_in_viewport()
    page.reload()
    expect(page.locator("[data-portal] .line").first).to_be_attached()
    expect(page.locator("#orders")).to_be_in_viewport()
