"""The guide to the cancellation, done by its steps in at most three clicks, taken back, and done without an account."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from functions.shared.texts import Texts
from tests import kept
from tests.browser.test_transfer import PEOPLE, ROOTS, choose, contract_number, sign_in
from tests.desk import Desk

MOST_CLICKS = 3


def count_clicks(page: Page) -> None:
    """Count every click from here on in this page."""
    page.evaluate("clicks = 0; addEventListener('click', (event) => (clicks += event.isTrusted), true)")


def clicks(page: Page) -> int:
    counted: int = page.evaluate("clicks")
    return counted


@pytest.mark.parametrize("language", ["en", "fr"])
def test_once_it_is_chosen_the_notification_is_three_clicks_away(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    sign_in(page, root, administrator)
    page.goto(f"{root}cancel/")
    job, status = page.locator("[data-job=cancel]"), page.locator(".live__status")
    # Nothing is cancelled that the reader has not chosen themselves.
    expect(status).to_have_text(texts("live.status_next", number=2, count=4))
    expect(job).to_be_hidden()
    choose(page, subscription)
    expect(job.get_by_role("heading", name=texts("cancellation.cancel.title")).first).to_be_visible()
    expect(status).to_have_text(texts("live.status_next", number=3, count=4))

    count_clicks(page)
    job.get_by_label(texts("cancellation.cancel.fields.reason.choices.prefer_not_to_say")).click()
    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    expect(status).to_have_text(texts("live.status_next", number=4, count=4))
    expect(job.locator("[data-answers]")).to_contain_text(contract_number(subscription))
    job.get_by_role("button", name=texts("cancellation.cancel.confirm")).click()

    expect(job.locator("[data-done-title]")).to_have_text(texts("cancellation.cancel.done_title"))
    expect(job.locator("[data-done-about]")).to_contain_text(contract_number(subscription))
    assert clicks(page) <= MOST_CLICKS
    stored = kept.read_subscription(subscription)
    assert stored.cancellation is not None
    expect(job.locator("[data-reference]")).to_have_text(stored.cancellation["reference"])
    expect(job.locator("[data-done-text]")).to_contain_text(texts.filled("{end}", {"end": stored.end}))
    expect(page.locator(".live__status")).to_have_text(texts("live.status_done"))
    [mail] = desk.mails(administrator)
    assert stored.cancellation["reference"] in mail.text

    # Changed their mind: the next act is to undo it, about the same contract.
    job.get_by_role("link", name=texts("cancellation.cancel.next.undo-cancellation")).click()
    undo = page.locator("[data-job=undo-cancellation]")
    expect(page.locator("[data-subject] dl [data-slot=contract]")).to_have_text(contract_number(subscription))
    expect(job).to_be_hidden()
    undo.get_by_role("button", name=texts("cancellation.undo.submit")).click()
    expect(undo.locator("[data-done-title]")).to_have_text(texts("cancellation.undo.done_title"))
    expect(undo.locator("[data-reference]")).to_be_hidden()
    assert kept.read_subscription(subscription).status == "active"

    # The mail's link is used once more: nothing to undo, and nothing is cancelled instead.
    page.goto("about:blank")
    page.goto(f"{root}cancel/?subscription={subscription}#undo-cancellation-title")
    expect(undo.locator("[data-reason]")).to_have_text(texts("cancellation.refused.not_cancelling.reason"))
    expect(job).to_be_hidden()
    expect(undo).to_be_in_viewport()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_by_the_portal_and_with_a_summary_that_can_be_changed(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    sign_in(page, root, administrator)
    page.goto(f"{root}portal/#{subscription}")
    mine = page.locator(f"[id='{subscription}']")
    mine.get_by_role("tab", name=texts("portal.subscription.tab")).click()
    mine.get_by_role("link", name=texts("cancellation.cancel.title")).click()
    job = page.locator("[data-job=cancel]")
    expect(page.locator("[data-subject] dl [data-slot=contract]")).to_have_text(contract_number(subscription))
    expect(job).to_be_in_viewport()

    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    expect(job.get_by_role("alert")).to_be_focused()
    expect(job.get_by_role("alert").get_by_role("link")).to_have_text(texts("fields.errors.not_chosen"))
    job.get_by_label(texts("cancellation.cancel.fields.reason.choices.too_expensive")).check()
    job.get_by_label(texts("cancellation.cancel.fields.comment.label")).fill("Merci")
    # A day that cannot be is said before the summary, not after the notification.
    last = kept.read_subscription(subscription).end
    wished = job.get_by_label(texts("cancellation.cancel.fields.wished_date.label"))
    summary = job.locator("[data-stage=check]")
    for impossible, said in ((date(2020, 1, 1), "in_the_past"), (last + timedelta(days=1), "after_last_day")):
        wished.fill(impossible.isoformat())
        job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
        expect(job.get_by_role("alert").get_by_role("link")).to_contain_text(texts(f"fields.errors.{said}", end=last))
        expect(summary).to_be_hidden()
    wished.fill((last - timedelta(days=1)).isoformat())
    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    expect(summary).to_contain_text(texts("cancellation.cancel.fields.reason.choices.too_expensive"))
    expect(summary.locator("[data-effects] li")).to_have_count(4)
    expect(summary.locator("[data-effects]")).to_contain_text(texts("cancellation.cancel.effects_wished"))

    summary.get_by_role("button", name=texts("forms.back")).click()
    job.get_by_label(texts("cancellation.cancel.fields.reason.choices.switched")).check()
    expect(job.get_by_label(texts("cancellation.cancel.fields.comment.label"))).to_have_value("Merci")
    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    expect(summary).to_contain_text(texts("cancellation.cancel.fields.reason.choices.switched"))
    summary.get_by_role("button", name=texts("cancellation.cancel.confirm")).click()
    expect(job.locator("[data-done-title]")).to_be_visible()
    expect(job.locator("[data-done-text]")).to_contain_text(texts.filled("{end}", {"end": last - timedelta(days=1)}))

    page.goto(f"{root}portal/#{subscription}")
    expect(mine.locator(".status")).to_have_text(texts("portal.status.cancelling"))
    mine.get_by_role("tab", name=texts("portal.subscription.tab")).click()
    expect(mine.locator("[data-option=cancel]")).to_contain_text(
        texts("cancellation.refused.already_cancelling.reason")
    )
    mine.get_by_role("link", name=texts("cancellation.undo.title")).click()
    expect(page.locator("[data-job=undo-cancellation]")).to_be_in_viewport()
    expect(page.locator("[data-subject] dl [data-slot=contract]")).to_have_text(contract_number(subscription))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_without_an_account_from_any_page_s_footer(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    contract_number = kept.read_subscription(subscription).contract_number
    page.goto(f"{root}documents/")
    page.get_by_role("contentinfo").get_by_role("link", name=texts("site.footer.cancel")).click()
    ask = page.locator("[data-job=cancel-without-account]")
    by_link = page.locator("[data-job=cancel-by-link]")
    expect(by_link).to_be_hidden()
    ask.get_by_label(texts("cancellation.request.fields.contract_number.label")).fill(contract_number)
    ask.get_by_label(texts("cancellation.request.fields.email.label")).fill(administrator)
    ask.get_by_role("button", name=texts("cancellation.request.submit")).click()
    expect(ask.locator("[data-done-title]")).to_be_visible()

    [mail] = desk.mails(administrator)
    link = next(word for word in mail.text.split() if "#token=" in word)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto("about:blank")
    page.goto(link)
    expect(by_link.locator("[data-about]")).to_contain_text(contract_number)
    by_link.get_by_label(texts("cancellation.by_link.fields.reason.choices.other")).check()
    by_link.get_by_role("button", name=texts("cancellation.by_link.submit")).click()
    expect(by_link.locator("[data-answers]")).to_contain_text(contract_number)
    expect(by_link.locator("[data-answers]")).to_contain_text(kept.read_subscription(subscription).product)
    expect(by_link.locator("[data-effects] li").first).to_be_visible()
    by_link.get_by_role("button", name=texts("cancellation.by_link.confirm")).click()
    expect(by_link.locator("[data-done-title]")).to_have_text(texts("cancellation.by_link.done_title"))
    stored = kept.read_subscription(subscription)
    assert stored.cancellation is not None
    expect(by_link.locator("[data-reference]")).to_have_text(stored.cancellation["reference"])
    token = link.partition("#token=")[2]
    assert not [url for url in seen if token in url.partition("#")[0]]

    # Used once, it opens no more: the page says what that means for the contract, and offers to ask for another.
    page.reload()
    expect(by_link.locator("[data-dead-text]")).to_have_text(texts("cancellation.by_link.dead.not_found.detail"))
    expect(ask.get_by_role("button", name=texts("cancellation.request.submit"))).to_be_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_without_a_script_the_forms_of_the_page_do_it(browser: Browser, desk: Desk, language: str) -> None:
    """From the page of who is signed in, since without scripts nobody is; the link is opened, then pasted."""
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    with browser.new_context(base_url=desk.url, java_script_enabled=False, locale="de-DE") as context:
        page = context.new_page()
        page.goto(f"{root}cancel/")
        ask = page.locator("form.plain")
        ask.get_by_label(texts("cancellation.request.fields.contract_number.label")).fill(
            kept.read_subscription(subscription).contract_number
        )
        ask.get_by_label(texts("cancellation.request.fields.email.label")).fill(administrator)
        ask.get_by_role("button", name=texts("cancellation.request.submit")).click()
        expect(page.get_by_role("heading")).to_have_text(texts("cancellation.request.done_title"))

        [mail] = desk.mails(administrator)
        link = next(word for word in mail.text.split() if "#token=" in word)
        page.goto(link)
        page.get_by_label(texts("plain.link.fields.token.label")).fill(page.url)
        page.get_by_role("button", name=texts("plain.link.submit")).click()
        expect(page.get_by_role("heading")).to_have_text(texts("cancellation.by_link.check_title"))
        # The browser itself asks for what is missing.
        page.get_by_role("button", name=texts("cancellation.by_link.confirm")).click()
        page.get_by_label(texts("cancellation.by_link.fields.reason.choices.prefer_not_to_say")).check()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name=texts("cancellation.by_link.confirm")).click()
        expect(page.get_by_role("heading")).to_have_text(texts("cancellation.by_link.done_title"))
        stored = kept.read_subscription(subscription)
        assert stored.cancellation is not None
        expect(page.get_by_role("main")).to_contain_text(stored.cancellation["reference"])
