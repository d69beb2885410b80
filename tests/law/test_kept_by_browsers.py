"""What a browser keeps: loi Informatique et Libertés, article 82: the legal notice lists all of it, nothing else."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from functions.shared import session
from functions.shared.texts import LANGUAGES, Language, Texts
from infra.local.demo import PASSWORD
from tests.browser.test_transfer import PEOPLE, ROOTS, choose, sign_in
from tests.customers import STAFF, send
from tests.desk import Desk
from theme.build import ROOT

# Each key that is written to a storage, for good in the page's window name: the page that wrote it may be left at once.
WATCH = """
const write = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {
  window.wrote(`${this === localStorage ? "local" : "session"} ${key}`);
  return write.call(this, key, value);
};
"""
STORAGES = {"local": ("Local storage", "Stockage local"), "session": ("Session storage", "Stockage de session")}
DAY_SECONDS = 24 * 60 * 60


def listed(language: Language) -> dict[str, str]:
    """What the legal notice names, as «where name», and how long it says that each is kept."""
    notice = (ROOT / f"docs/{language}/legal.md").read_text("utf-8")
    found: dict[str, str] = {}
    for row in re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", notice, re.MULTILINE):
        where = next((where for where, names in STORAGES.items() if row[0].startswith(names)), None)
        where = "cookie" if row[0].startswith("Cookie `") else where
        if where:
            found |= {f"{where} {name}": row[1] for name in re.findall(r"`([\w-]+)`", row[0])}
    return found


def test_article_82_both_languages_list_the_same() -> None:
    assert listed("en").keys() == listed("fr").keys()


def test_article_82_the_scripts_and_functions_name_no_other() -> None:
    scripts = (ROOT / "docs/assets/js/storage.js").read_text("utf-8")
    named = {
        f"{where.removesuffix('Storage')} {key}"
        for where, keys in re.findall(r'new Kept\("(\w+)", \[(.*?)\]\)', scripts)
        for key in re.findall(r'"([\w-]+)"', keys)
    }
    cookies = {f"cookie {name}" for name in (session.COOKIE, session.HINT, session.ASKING, session.KNOWN)}
    assert named | cookies == listed("en").keys()
    # Nothing is kept but through that script.
    others = [path for path in (ROOT / "docs/assets/js").glob("*.js") if path.name != "storage.js"]
    assert not [
        path.name
        for path in others
        if re.search(r"(local|session)Storage|indexedDB|caches\.|cookie *=", path.read_text())
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_article_82_after_all_journeys_a_browser_holds_what_the_notice_lists_and_nothing_else(
    browser: Browser, desk: Desk, language: Language
) -> None:
    texts, root = Texts(language), ROOTS[language]
    administrator, _, subscription = PEOPLE[language]
    seen: set[str] = set()
    with browser.new_context(base_url=desk.url, reduced_motion="reduce") as context:
        page = context.new_page()
        page.expose_function("wrote", lambda key: seen.add(key))
        page.add_init_script(WATCH)

        def look() -> None:
            seen.update(f"cookie {cookie['name']}" for cookie in context.cookies())
            for storage in ("local", "session"):
                seen.update(f"{storage} {key}" for key in page.evaluate(f"Object.keys({storage}Storage)"))

        _ask_for_a_password(page, root, administrator, texts)
        look()
        sign_in(page, root, administrator)
        look()
        lasting = {cookie["name"]: cookie["expires"] for cookie in context.cookies()}
        _order_in_part(page, root, texts)
        look()
        page.goto(f"{root}cancel/")
        choose(page, subscription)
        page.locator("[data-job=cancel]").get_by_label(texts("cancellation.cancel.fields.comment.label")).fill("…")
        page.locator("[data-scheme-switch]").click()
        page.locator("[data-language]").click()
        look()
        _cancel(page, ROOTS["fr" if language == "en" else "en"], subscription)
        look()

        _switch_off_shortcuts(page, desk, root)
        look()

        assert seen == set(listed(language))
        # None of the other ways to keep something is used.
        assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
        # As long as the notice says.
        now = datetime.now(UTC).timestamp()
        assert lasting[session.KNOWN] - now == pytest.approx(180 * DAY_SECONDS, abs=DAY_SECONDS / 24)
        assert lasting[session.ASKING] - now == pytest.approx(DAY_SECONDS, abs=DAY_SECONDS / 24)
        assert lasting[session.COOKIE] - now <= 12 * DAY_SECONDS / 24 + 60


def _switch_off_shortcuts(page: Page, desk: Desk, root: str) -> None:
    """A reviewer does, who has a paper to look at."""
    send(desk, desk.client("tom.nguyen@example.com"), "student_card")
    page.context.clear_cookies()
    page.goto(f"{root}reviews/")
    job = page.locator("[data-reviews] [data-job=sign-in]")
    job.locator("[name=email]").fill(STAFF)
    job.locator("[name=password]").fill(PASSWORD)
    job.locator("button[type=submit]").first.click()
    job.locator("[name=totp]").fill(str(desk.totp(STAFF)))
    job.locator("button[type=submit]").first.click()
    switch = page.locator("#shortcuts-on")
    # It stands as it was left once the page shows it.
    expect(switch).to_be_checked()
    switch.uncheck()


def _ask_for_a_password(page: Page, root: str, email: str, texts: Texts) -> None:
    page.goto(f"{root}password/")
    job = page.locator("[data-job=forget-password], [data-job=forgotten-password], [data-job]").first
    job.locator("input[type=email]").fill(email)
    job.locator("button[type=submit]").first.click()
    expect(job.locator("[data-done-title]")).to_be_visible()


def _order_in_part(page: Page, root: str, texts: Texts) -> None:
    """A mixed cart, split; of the first order the details are typed."""
    for ware in ("lm-20", "profis-rebar"):
        page.goto(f"{root}{ware}/")
        for radio in page.locator("[name=licence]").all()[:1]:
            radio.check()
        page.get_by_role("button", name=texts("catalogue.add.submit")).click()
        expect(page.locator("[data-ways]")).to_be_visible()
    page.goto(f"{root}order/#cart")
    page.get_by_role("button", name=texts("orders.cart.split")).click()
    page.get_by_role("button", name=texts("orders.cart.order")).first.click()
    page.get_by_label(texts("orders.details.fields.street.label")).first.fill("1 rue Un")


def _cancel(page: Page, root: str, subscription: str) -> None:
    page.goto(f"{root}cancel/?subscription={subscription}")
    job = page.locator("[data-job=cancel]")
    job.locator("[name=reason]").first.check()
    job.locator("[data-stage=form] button[type=submit]").click()
    job.locator("[data-stage=check] button[type=submit]").click()
    expect(job.locator("[data-done-title]")).to_be_visible()
