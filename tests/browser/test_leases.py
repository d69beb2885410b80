"""A floating licence's seats: its administrator sees who holds them and frees one, in the portal and in the guide."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from functions.shared.texts import Language, Texts
from tests.browser.test_accessibility import WIDTHS, faults
from tests.browser.test_portal import open_portal
from tests.browser.test_transfer import ROOTS, sign_in
from tests.desk import Desk

PRODUCT = "PROFIS Detailing"


@dataclass(frozen=True)
class Office:
    """An office of the demo's, and who of it holds the first seat, on which device."""

    administrator: str
    subscription: str
    holder: str
    device: str
    taken: int

    @property
    def held(self) -> str:
        """Where its leases are listed."""
        return f"/api/subscriptions/{self.subscription}/leases"


OFFICES: dict[Language, Office] = {
    "en": Office("alex.morgan@example.com", "alex-active-floating", "priya.shah@example.com", "Workstation 12", 2),
    "fr": Office("camille.durand@example.com", "camille-active-floating", "chloe.morel@example.com", "Poste 12", 3),
}


@pytest.mark.parametrize("language", OFFICES)
def test_the_holders_are_seen_and_a_seat_is_freed_by_keyboard(language: Language, page: Page, desk: Desk) -> None:
    office, texts = OFFICES[language], Texts(language)
    portal = open_portal(page, office.administrator, f"{ROOTS[language]}portal/?subscription={office.subscription}")
    seats = portal.locator(f"[id={office.subscription}] [data-leases]")
    said = "leases.held.full" if office.taken == 3 else "leases.held.count"
    expect(seats.locator("[data-in-use]")).to_have_text(texts(said, count=office.taken, seats=3))
    first = seats.get_by_role("listitem").first
    expect(first).to_contain_text(office.holder)
    expect(first).to_contain_text(office.device)
    free = first.get_by_role("button").first
    expect(free).to_have_accessible_name(texts("leases.held.free_named", email=office.holder, device=office.device))

    free.press("Enter")
    expect(first.locator("[data-question]")).to_be_focused()
    assert faults(page, [(width, ("light", ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])) for width in WIDTHS]) == []
    page.keyboard.press("Escape")
    expect(free).to_be_focused()
    expect(portal.locator(f"[id={office.subscription}] [role=tablist]")).to_be_visible()
    free.press("Enter")
    page.keyboard.press("Tab")
    expect(first.get_by_role("button", name=texts("leases.held.confirmed"), exact=True)).to_be_focused()
    page.keyboard.press("Enter")

    expect(seats.locator("[data-leases-said]")).to_have_text(
        texts("leases.held.freed", email=office.holder, device=office.device)
    )
    expect(seats.locator("[data-in-use]")).to_have_text(texts("leases.held.count", count=office.taken - 1, seats=3))
    expect(seats.get_by_role("listitem")).to_have_count(office.taken - 1)
    expect(seats.get_by_role("listitem").first.get_by_role("button").first).to_be_focused()
    # It is so for whoever asks.
    held = desk.client(office.administrator).get(office.held).json()["items"]
    assert office.holder not in [lease["email"] for lease in held]


def test_what_is_shown_is_what_is_so_by_then(page: Page, desk: Desk) -> None:
    """A seat that was given back meanwhile is said to be free, and looking again shows who has come since."""
    office, texts = OFFICES["en"], Texts("en")
    portal = open_portal(page, office.administrator, f"/portal/?subscription={office.subscription}")
    seats = portal.locator(f"[id={office.subscription}] [data-leases]")
    expect(seats.get_by_role("listitem")).to_have_count(2)
    alex, priya = desk.client(office.administrator), desk.client(office.holder)
    for lease in alex.get(office.held).json()["items"]:
        assert alex.delete(f"{office.held}/{lease['id']}").status_code == 204

    seats.get_by_role("button", name="Free the seat of").first.click()
    seats.get_by_role("button", name=texts("leases.held.confirmed"), exact=True).locator("visible=true").last.click()
    expect(seats.locator("[data-leases-said]")).to_have_text(texts("leases.held.gone"))
    expect(seats.locator("[data-in-use]")).to_have_text(texts("leases.held.none"))
    expect(seats.locator("[data-leases-title]")).to_be_focused()

    assert priya.post("/api/access/leases", {"product": PRODUCT, "device": "<b>Bold</b> & co"}).status_code == 201
    seats.get_by_role("button", name=texts("leases.held.refresh")).click()
    expect(seats.get_by_role("listitem")).to_contain_text("<b>Bold</b> & co")
    expect(seats.locator("[data-in-use]")).to_have_text(texts("leases.held.count", count=1, seats=3))


def test_an_individual_licence_shows_no_seats_to_free(page: Page, desk: Desk) -> None:
    portal = open_portal(page, OFFICES["en"].administrator, "/portal/?subscription=alex-active")
    expect(portal.locator("[id=alex-active] [data-users] li").first).to_be_visible()
    expect(portal.locator("[id=alex-active] [data-leases]")).to_be_hidden()


@pytest.mark.parametrize("language", OFFICES)
def test_the_guide_frees_a_seat_and_its_steps_follow(language: Language, page: Page, desk: Desk) -> None:
    office, texts = OFFICES[language], Texts(language)
    page.set_viewport_size({"width": 390, "height": 900})
    sign_in(page, ROOTS[language], office.administrator)
    page.goto(f"{ROOTS[language]}floating-seats/?subscription={office.subscription}")
    job = page.locator("[data-job=free-seat]")
    seat = job.get_by_label(texts("leases.free.fields.lease.label"))
    expect(seat.locator("option")).to_have_count(office.taken + 1)
    job.get_by_role("button", name=texts("leases.free.submit")).click()
    expect(job.get_by_role("alert")).to_be_visible()
    seat.select_option(index=1)
    job.get_by_role("button", name=texts("leases.free.submit")).click()
    check = job.locator("> [data-stage=check]")
    expect(check).to_contain_text(office.holder)
    expect(check).to_contain_text(office.device)
    expect(page.locator("li[aria-current=step]")).to_contain_text(texts("leases.free.confirm"))
    check.get_by_role("button", name=texts("leases.free.confirm")).click()
    expect(job.get_by_text(texts("leases.free.done"))).to_be_visible()
    held = desk.client(office.administrator).get(office.held).json()["items"]
    assert office.holder not in [lease["email"] for lease in held]

    job.get_by_role("button", name=texts("leases.free.again")).click()
    expect(seat.locator("option")).to_have_count(office.taken)

    # Where nobody holds one there is nothing to choose from, and no form.
    client = desk.client(office.administrator)
    for lease in client.get(office.held).json()["items"]:
        assert client.delete(f"{office.held}/{lease['id']}").status_code == 204
    page.reload()
    expect(job.get_by_text(texts("leases.no_seat_taken"))).to_be_visible()
    expect(seat).to_be_hidden()
