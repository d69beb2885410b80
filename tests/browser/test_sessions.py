"""In a browser, in both languages: signing in with a second factor, setting one up, confirming, ending sessions."""

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from functions.shared import session
from functions.shared.items import next_version
from functions.shared.session import account_key, person
from functions.shared.texts import LANGUAGES, Language, Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.test_accessibility import faults
from tests.browser.test_onboarding import EMAIL, Site
from tests.customers import STAFF, registered, send
from tests.desk import Desk

ALEX = "alex.morgan@example.com"
WORDS = re.compile(r"\d{4}-\d{4}-\d{4}")


@pytest.fixture(params=LANGUAGES)
def site(request: pytest.FixtureRequest, page: Page) -> Site:
    """The site in each language."""
    language: Language = request.param
    return Site(page, language)


@pytest.fixture
def other_page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """The page of somebody's other browser."""
    with browser.new_context(base_url=desk.url, reduced_motion="reduce") as context:
        yield context.new_page()


def age_sessions(email: str, **times: int) -> None:
    """Put moments of all sessions of a person that many minutes back."""
    for key, item in kept.store().query(person(email), first=session.PREFIX, last=session.PREFIX + "~"):
        changed = {name: int(time.time()) - ago * 60 for name, ago in times.items()}
        kept.store().commit([next_version(key, {**item, **changed})])


def make_staff(email: str) -> None:
    account = kept.store().item(account_key(email)) or {}
    kept.store().commit([next_version(account_key(email), {**account, "roles": ["staff"]})])


def sign_in(site: Site, desk: Desk, block: Locator, email: str) -> None:
    """The password, then the code that is asked for."""
    site.sign_in(block, email, PASSWORD)
    code = block.get_by_label(site.texts("session.sign_in.fields.totp.label"))
    expect(code).to_be_focused()
    code.fill(str(desk.totp(email)))
    block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()


def test_the_code_is_the_second_step(site: Site, desk: Desk) -> None:
    block = site.open("reviews", "[data-reviews]")
    code = block.get_by_label(site.texts("session.sign_in.fields.totp.label"))
    expect(code).to_be_hidden()
    site.sign_in(block, STAFF, PASSWORD)
    expect(code).to_be_focused()
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    assert faults(site.page) == []
    # Without the code it asks again, at the field.
    block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()
    expect(block.get_by_role("alert")).to_be_focused()
    code.fill("1234-5678-9012")
    block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()
    expect(block.get_by_role("alert")).to_contain_text(site.texts("session.refused.wrong_credentials.title"))
    code.fill(str(desk.totp(STAFF)))
    block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()
    expect(block.get_by_text(site.texts("reviews.page.empty"))).to_be_visible()


@pytest.mark.parametrize(("who", "page_of_theirs"), [(STAFF, "reviews"), ("robin.faure@example.com", "support")])
def test_those_of_the_house_begin_at_their_own_work(site: Site, desk: Desk, who: str, page_of_theirs: str) -> None:
    block = site.open("sign-in", "[data-job=sign-in]")
    site.sign_in(block, who, PASSWORD)
    block.get_by_label(site.texts("session.sign_in.fields.totp.label")).fill(str(desk.totp(who)))
    block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()
    site.page.wait_for_url(f"**{site.root}{page_of_theirs}/")
    header = site.page.get_by_role("banner")
    expect(header.locator(f"a[href='{site.root}{page_of_theirs}/']")).to_be_visible()


def test_a_new_member_of_the_staff_sets_one_up(site: Site, desk: Desk) -> None:
    make_staff(ALEX)
    texts, page = site.texts, site.page
    page.goto(f"{site.root}sign-in/?next={site.root}reviews/")
    site.sign_in(page.locator("[data-job=sign-in]"), ALEX, PASSWORD)
    block = page.locator("[data-second-factor]")
    block.get_by_role("button", name=texts("second_factor.page.show")).click()
    expect(block.get_by_role("img", name=texts("second_factor.page.qr"))).to_be_visible()
    secret = (block.locator("[data-secret]").text_content() or "").replace(" ", "")
    link = block.get_by_role("link", name=texts("second_factor.page.open"))
    assert pyotp.parse_uri(link.get_attribute("href") or "").secret == secret
    assert faults(page) == []

    code = block.get_by_label(texts("second_factor.page.code"))
    code.fill("000000" if pyotp.TOTP(secret).now() != "000000" else "111111")
    block.get_by_role("button", name=texts("second_factor.page.submit")).click()
    expect(block.get_by_role("alert")).to_be_focused()
    code.fill(pyotp.TOTP(secret).now())
    block.get_by_role("button", name=texts("second_factor.page.submit")).click()
    expect(block.get_by_role("heading", name=texts("second_factor.page.codes"))).to_be_focused()
    expect(block.locator("[data-codes] li")).to_have_text([WORDS] * 10)
    assert faults(page) == []

    block.get_by_role("button", name=texts("second_factor.page.go_on")).click()
    expect(page.locator("[data-reviews]").get_by_text(texts("reviews.page.empty"))).to_be_visible()


def test_the_qr_code_is_drawn_with_its_three_corners_and_its_margin(page: Page, desk: Desk) -> None:
    make_staff(ALEX)
    page.goto("/sign-in/")
    Site(page, "en").sign_in(page.locator("[data-job=sign-in]"), ALEX, PASSWORD)
    block = page.locator("[data-second-factor]")
    block.get_by_role("button", name=Texts("en")("second_factor.page.show")).click()
    drawn = block.locator("[data-qr] path").get_attribute("d") or ""
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn)}
    left, top, width, height = map(int, (block.locator("[data-qr]").get_attribute("viewBox") or "").split())
    size = width - 8
    assert (left, top, width) == (-4, -4, height)
    assert (size - 17) % 4 == 0
    for corner_x, corner_y in ((0, 0), (size - 7, 0), (0, size - 7)):
        ring = {(x, y) for x in range(7) for y in range(7) if max(abs(x - 3), abs(y - 3)) != 2}
        assert {(x, y) for x, y in ring if (corner_x + x, corner_y + y) in dark} == ring
    assert (7, 7) not in dark


def test_who_needs_none_is_told(site: Site, desk: Desk) -> None:
    site.page.goto(f"{site.root}second-factor/")
    block = site.page.locator("[data-second-factor]")
    site.sign_in(block, ALEX, PASSWORD)
    expect(block.get_by_text(site.texts("second_factor.page.not_needed"))).to_be_visible()


def test_a_transfer_asks_for_the_password_and_goes_on(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    page.goto(f"{site.root}transfer/?subscription=alex-active")
    job = page.locator("[data-job=transfer]")
    site.sign_in(job, ALEX, PASSWORD)
    job.get_by_label(texts("transfer.form.fields.email.label")).select_option("sam.taylor@example.com")
    job.get_by_role("button", name=texts("transfer.form.submit")).click()
    age_sessions(ALEX, confirmed_at=31)
    keys: list[str] = []
    page.on(
        "request", lambda sent: keys.append(sent.headers["idempotency-key"]) if "administrator" in sent.url else None
    )
    job.get_by_role("button", name=texts("transfer.form.confirm")).click()
    expect(job.get_by_role("heading", name=texts("session.confirmation.title"))).to_be_focused()
    assert faults(page) == []

    # Not now: the answers are where they were.
    job.get_by_role("button", name=texts("session.confirmation.back")).click()
    expect(job.locator("[data-answers]").get_by_text("sam.taylor@example.com")).to_be_visible()
    job.get_by_role("button", name=texts("transfer.form.confirm")).click()

    confirm = job.get_by_role("button", name=texts("session.confirmation.submit"))
    confirm.click()
    expect(job.get_by_role("alert")).to_be_focused()
    password = job.get_by_label(texts("session.confirmation.password"))
    password.fill("wrong")
    confirm.click()
    expect(job.get_by_role("alert")).to_contain_text(texts("account.wrong_password.title"))
    password.fill(PASSWORD)
    confirm.click()
    expect(job.locator("[data-done-text]")).to_have_text(texts("transfer.form.done", email="sam.taylor@example.com"))
    # The last request is the very one that was refused.
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_papers_ask_for_a_code_after_a_while(site: Site, desk: Desk) -> None:
    texts, page = site.texts, site.page
    customer = registered(desk, email=EMAIL, company="Lopez Structures")
    send(desk, customer, "student_card")
    block = site.open("reviews", "[data-reviews]")
    sign_in(site, desk, block, STAFF)
    line = block.get_by_role("button", name="Lopez Structures")
    line.wait_for()
    age_sessions(STAFF, papers_at=16)
    line.click()
    expect(block.get_by_role("heading", name=texts("session.confirmation.title"))).to_be_focused()
    assert faults(page) == []
    block.get_by_role("button", name=texts("session.confirmation.back")).click()
    expect(line).to_have_attribute("aria-expanded", "false")
    line.click()
    block.locator("[data-stage=confirmation]").get_by_label(texts("session.confirmation.totp")).fill(
        str(desk.totp(STAFF))
    )
    block.get_by_role("button", name=texts("session.confirmation.submit")).click()
    expect(block.locator("[data-kind=student_card]")).to_be_visible()


def test_a_session_elsewhere_is_ended(site: Site, desk: Desk, other_page: Page) -> None:
    texts, page = site.texts, site.page
    elsewhere = Site(other_page, site.texts.language)
    elsewhere.sign_in(elsewhere.open("portal", "[data-portal]"), ALEX, PASSWORD)
    other_page.locator(".line").first.wait_for()
    page.goto(site.root)
    page.goto(f"{site.root}sessions/")
    block = page.locator("[data-sessions]")
    site.sign_in(block, ALEX, PASSWORD)
    expect(block.locator(".line")).to_have_count(2)
    device = texts("sessions.devices.both", browser="Chrome", system="Linux")
    expect(block.get_by_role("heading", name=device)).to_have_count(2)
    expect(block.locator("[data-this]:visible")).to_have_text([texts("sessions.page.this")])
    assert faults(page) == []

    block.get_by_role("button", name=texts("sessions.page.end"), exact=True).click()
    expect(block.get_by_role("status").filter(has_text=texts("sessions.page.ended", device=device))).to_be_focused()
    expect(block.locator(".line")).to_have_count(1)
    other_page.reload()
    expect(other_page.locator("[data-portal] [data-job=sign-in]")).to_be_visible()

    block.get_by_role("button", name=texts("sessions.page.end_this")).click()
    expect(block.locator("[data-job=sign-in]")).to_be_visible()


def test_the_header_leads_to_the_account_and_its_sessions(site: Site, desk: Desk) -> None:
    page = site.page
    site.sign_in(site.open("sessions", "[data-sessions]"), ALEX, PASSWORD)
    page.locator("[data-signed-in]").get_by_role("link", name=site.texts("site.session.account")).click()
    page.wait_for_url("**/account/")
    expect(page.locator("[data-sessions] .line")).to_have_count(1)
