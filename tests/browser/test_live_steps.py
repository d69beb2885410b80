"""The one subject of a page and its live steps: what is chosen, done, next or not possible."""

import pytest
from playwright.sync_api import Page, Route, expect

from functions.shared.texts import Texts
from tests.browser.held import Held
from tests.browser.states import states
from tests.browser.test_accessibility import faults
from tests.browser.test_transfer import PEOPLE, ROOTS, choose, contract_number, sign_in
from tests.desk import Desk
from tests.site.test_guides import LIVE

# Neither cut off by what it stands in, nor by the edge of the screen.
IS_WHOLE = "one => one.scrollWidth <= one.clientWidth + 1 && one.getBoundingClientRect().right <= innerWidth"


@pytest.mark.parametrize("guide", sorted(LIVE))
def test_signed_out_the_guide_is_whole_and_unmarked(page: Page, desk: Desk, guide: str) -> None:
    page.goto(f"/{guide}/")
    page.locator("[data-stage=loading]:visible").first.wait_for(state="hidden")
    assert set(states(page)) == {None}
    expect(page.locator("[data-subject]")).to_be_hidden()
    expect(page.locator(".live__status")).to_have_text("")
    expect(page.locator("[data-job=sign-in]:visible")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_has_one_subject_and_all_of_it_follows(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    name = subscription.partition("-")[0]
    page.set_viewport_size({"width": 320, "height": 800})
    sign_in(page, root, administrator)
    page.goto(f"{root}cancel/")
    subject, offers = page.locator("[data-subject]"), page.locator("[data-subject] .subject__offer")
    expect(offers.first).to_be_visible()
    expect(page.locator("select:visible, [data-job]:visible")).to_have_count(0)
    assert states(page) == ["done", "next", None, None]
    # Of each its whole number, wherever it is read.
    numbers = offers.locator("[data-slot=contract]")
    assert len(set(numbers.all_inner_texts())) == offers.count() > 3
    assert all(number.evaluate(IS_WHOLE) for number in numbers.all())
    assert faults(page) == []

    # What is cancelled can be undone, what is active be cancelled: never both at once.
    forms = page.locator("[data-job=cancel], [data-job=undo-cancellation]")
    for choice, shown in ((f"{name}-cancelling", "undo"), (f"{name}-active-alone", "cancel")):
        choose(page, choice)
        visible = forms.locator("visible=true")
        expect(visible.get_by_role("heading", name=texts(f"cancellation.{shown}.title"))).to_be_visible()
        expect(visible).to_have_count(1)
        expect(subject.locator("dl [data-slot=contract]")).to_have_text(contract_number(choice))
        assert page.url.endswith(f"?subscription={choice}")
        if shown == "undo":
            subject.get_by_role("button", name=texts("subject.another")).click()
            expect(subject.get_by_role("heading")).to_be_focused()
    assert states(page) == ["done", "done", "next", None]
    assert faults(page) == []

    # The explanation folds to where one is, and opens again.
    steps = page.locator(".page__article > ol > li")
    expect(steps.nth(1)).to_be_hidden()
    expect(steps.nth(2)).to_be_visible()
    page.get_by_role("button", name=texts("live.unfold")).click()
    expect(steps.nth(1)).to_be_visible()

    # In the other language it is about the same.
    page.locator("[data-language]").click()
    expect(subject.locator("dl [data-slot=contract]")).to_have_text(contract_number(f"{name}-active-alone"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_trial_that_is_over_is_begun_whatever_can_be_tried_today(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    over = f"{subscription.partition('-')[0]}-trial-ended"
    sign_in(page, root, administrator)
    page.goto(f"{root}standard/?subscription={over}#choose-edition-title")
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=3, count=4))
    edition = page.locator("[data-job=choose-edition]")
    edition.get_by_role("button", name=texts("trials.edition.submit")).click()
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=4, count=4))
    assert states(page) == ["done", "done", "done", "next"]


def test_a_link_to_undo_is_signed_in_to_in_its_own_form(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/fr/cancel/?subscription=camille-cancelling#undo-cancellation-title")
    undo, texts = page.locator("[data-job=undo-cancellation]"), Texts("fr")
    expect(undo.get_by_role("heading", name=texts("cancellation.undo.title"))).to_be_in_viewport()
    expect(page.locator("[data-job=cancel]")).to_be_hidden()
    undo.locator("input[type=email]").fill("camille.durand@example.com")
    undo.locator("input[type=password]").fill("seven calm herons cross the river")
    undo.get_by_role("button", name=texts("session.sign_in.submit")).click()
    expect(undo.locator(":focus")).to_have_count(1)
    # Before anything is undone it says what changes.
    expect(undo.locator("[data-effects] li").first).to_contain_text(contract_number("camille-cancelling"))


def test_nobody_misses_what_the_subject_says_however_late_all_begin(page: Page, desk: Desk) -> None:
    administrator, _, subscription = PEOPLE["en"]
    sign_in(page, "/", administrator)
    held = Held(page, "**/site-job-live-*.js")
    page.goto(f"/cancel/?subscription={subscription}#undo-cancellation-title", wait_until="commit")
    held.route().continue_()
    expect(page.locator("[data-job=undo-cancellation] [data-stage=unavailable]")).to_be_visible()
    expect(page.locator("[data-job=cancel]")).to_be_hidden()
    expect(page.locator(".live__status")).not_to_have_text("")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_steps_follow_the_subscription_that_is_chosen(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    name = subscription.partition("-")[0]
    sign_in(page, root, administrator)
    page.goto(f"{root}activate/?subscription={name}-awaiting-terms")
    status = page.locator(".live__status")
    expect(status).to_have_role("status")
    expect(status).to_have_text(texts("live.status_next", number=1, count=5))
    assert states(page) == ["next", None, None, None, None]

    page.locator("[data-another]").click()
    choose(page, f"{name}-awaiting-signature")
    expect(status).to_have_text(texts("live.status_next", number=4, count=5))
    assert states(page) == ["done", "done", "done", "next", None]
    expect(page.locator("[data-activation]").get_by_role("article")).to_be_visible()

    page.goto(f"{root}activate/?subscription={name}-active")
    expect(status).to_have_text(texts("live.status_done"))
    assert states(page) == ["done"] * 5

    page.goto(f"{root}activate/?subscription={name}-trial")
    why = texts("subscription.refused.is_trial.reason")
    expect(status).to_have_text(texts("live.status_blocked", number=1, why=why))
    expect(page.locator(".page__article > ol > li").first).to_contain_text(texts("live.blocked", why=why))
    expect(page.locator("[data-activation]")).to_contain_text(texts("activation.words.nothing", why=why))


def test_they_go_on_with_what_is_done_on_the_page(page: Page, desk: Desk) -> None:
    texts = Texts("en")
    sign_in(page, "/", PEOPLE["en"].administrator)
    page.goto("/activate/?subscription=alex-awaiting-activation")
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=3, count=5))
    page.locator("[data-activation]").get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=4, count=5))
    assert states(page) == ["done", "done", "done", "next", None]


def test_among_a_hundred_one_is_found_by_its_number(page: Page, desk: Desk) -> None:
    def multiplied(route: Route) -> None:
        answer = route.fetch()
        [one] = [item for item in answer.json()["items"] if item["id"] == "alex-active"]
        many = [{**one, "id": f"s-{number}", "contract_number": f"G-2026-{number:010}"} for number in range(100)]
        route.fulfill(response=answer, json={"items": many, "next": None})

    sign_in(page, "/", PEOPLE["en"].administrator)
    page.route("**/api/subscriptions?*", multiplied)
    page.goto("/cancel/")
    page.get_by_role("searchbox", name="Find a subscription").fill("profis 0000000042")
    expect(page.locator(".subject__offer")).to_have_count(1)
    expect(page.locator("[data-subject] [data-count]")).to_have_text("1 subscription")
    assert faults(page) == []
    choose(page, "s-42")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.locator("[data-subject] dl [data-slot=contract]").evaluate(IS_WHOLE)
    assert faults(page) == []
    expect(page.locator("[data-job=cancel]")).to_be_visible()


def test_signing_in_on_the_page_and_out_again(page: Page, desk: Desk) -> None:
    texts, user = Texts("en"), PEOPLE["en"].user
    page.goto("/cancel/")
    job = page.locator("[data-job=cancel]")
    job.locator("input[type=email]").fill(user)
    job.locator("input[type=password]").fill("seven calm herons cross the river")
    job.get_by_role("button", name="Sign in").click()
    status = texts("live.status_blocked", number=2, why=texts("live.nothing"))
    expect(page.locator(".live__status")).to_have_text(status)
    assert states(page) == ["done", "blocked", None, None]

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".live__status")).to_have_text("")
    assert set(states(page)) == {None}


def test_axe_finds_nothing_in_them(page: Page, desk: Desk) -> None:
    sign_in(page, "/", PEOPLE["en"].administrator)
    for guide, subscription in (("transfer", "active"), ("activate", "awaiting-signature"), ("contract", "active")):
        page.goto(f"/{guide}/?subscription=alex-{subscription}")
        expect(page.locator("li[data-state=next][aria-current=step]")).to_be_visible()
        assert faults(page) == []


def test_axe_finds_nothing_before_the_notification(page: Page, desk: Desk) -> None:
    sign_in(page, "/fr/", PEOPLE["fr"].administrator)
    page.goto("/fr/cancel/?subscription=camille-active")
    job = page.locator("[data-job=cancel]")
    job.get_by_label("Je préfère ne pas répondre").check()
    job.get_by_role("button", name="Continuer").click()
    expect(job.get_by_role("button", name="Notification de la résiliation")).to_be_visible()
    assert faults(page) == []
    job.get_by_role("button", name="Notification de la résiliation").click()
    expect(job.locator("[data-done-title]")).to_be_visible()
    assert faults(page) == []
