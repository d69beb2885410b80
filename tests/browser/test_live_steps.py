"""Live steps: the guide is whole without them, and says with them what is done, next, or not possible."""

import pytest
from playwright.sync_api import Page, expect

from functions.shared.texts import Texts
from tests.browser.test_accessibility import faults
from tests.browser.test_transfer import PEOPLE, ROOTS, sign_in
from tests.desk import Desk
from tests.site.test_guides import LIVE


def states(page: Page) -> list[str | None]:
    """What each of the guide's steps is marked as."""
    steps = page.locator(".page__article > ol > li")
    return [steps.nth(number).get_attribute("data-state") for number in range(steps.count())]


@pytest.mark.parametrize("guide", sorted(LIVE))
def test_signed_out_the_guide_is_whole_and_unmarked(page: Page, desk: Desk, guide: str) -> None:
    page.goto(f"/{guide}/")
    page.locator("[data-stage=loading]:visible").first.wait_for(state="hidden")
    assert set(states(page)) == {None}
    expect(page.locator("[data-live] select")).to_be_hidden()
    expect(page.locator("[data-status]")).to_have_text("")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_steps_follow_the_subscription_that_is_chosen(page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, _, subscription = PEOPLE[language]
    name = subscription.partition("-")[0]
    sign_in(page, root, administrator)
    page.goto(f"{root}activate/?subscription={name}-awaiting-terms")
    status, choice = page.locator("[data-status]"), page.locator("[data-live] select")
    expect(status).to_have_role("status")
    expect(status).to_have_text(texts("live.status_next", number=1))
    assert states(page) == ["next", "blocked", "blocked", None]

    choice.select_option(f"{name}-awaiting-signature")
    expect(status).to_have_text(texts("live.status_next", number=3))
    assert states(page) == ["done", "done", "next", None]
    expect(page.locator("[data-activation] select")).to_have_value(f"{name}-awaiting-signature")

    choice.select_option(f"{name}-active")
    expect(status).to_have_text(texts("live.status_done"))
    assert states(page) == ["done"] * 4

    choice.select_option(f"{name}-trial")
    why = texts("subscription.refused.is_trial.reason")
    expect(status).to_have_text(texts("live.status_blocked", number=1, why=why))
    expect(page.locator(".page__article > ol > li").first).to_contain_text(texts("live.blocked", why=why))


def test_they_go_on_with_what_is_done_on_the_page(page: Page, desk: Desk) -> None:
    texts = Texts("en")
    sign_in(page, "/", PEOPLE["en"].administrator)
    page.goto("/activate/?subscription=alex-awaiting-activation")
    expect(page.locator("[data-status]")).to_have_text(texts("live.status_next", number=2))
    page.locator("[data-activation]").get_by_role("button", name="Activate").click()
    expect(page.locator("[data-status]")).to_have_text(texts("live.status_next", number=3))
    assert states(page) == ["done", "done", "next", None]


def test_signing_in_on_the_page_and_out_again(page: Page, desk: Desk) -> None:
    texts, user = Texts("en"), PEOPLE["en"].user
    page.goto("/cancel/")
    job = page.locator("[data-job=cancel]")
    job.locator("input[type=email]").fill(user)
    job.locator("input[type=password]").fill("seven calm herons cross the river")
    job.get_by_role("button", name="Sign in").click()
    why = texts("errors.refused.forbidden.reason")
    expect(page.locator("[data-status]")).to_have_text(texts("live.status_blocked", number=2, why=why))
    assert states(page) == ["done", "blocked", None, None]

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[data-status]")).to_have_text("")
    assert set(states(page)) == {None}


@pytest.mark.parametrize("guide", ["transfer", "cancel", "activate"])
def test_axe_finds_nothing_in_them(page: Page, desk: Desk, guide: str) -> None:
    sign_in(page, "/", PEOPLE["en"].administrator)
    page.goto(f"/{guide}/")
    expect(page.locator("li[data-state=next][aria-current=step]")).to_be_visible()
    assert faults(page) == []


def test_axe_finds_nothing_before_the_notification(page: Page, desk: Desk) -> None:
    sign_in(page, "/fr/", PEOPLE["fr"].administrator)
    page.goto("/fr/cancel/")
    job = page.locator("[data-job=cancel]")
    job.get_by_label("Je préfère ne pas répondre").check()
    job.get_by_role("button", name="Continuer").click()
    expect(job.get_by_role("button", name="Notification de la résiliation")).to_be_visible()
    assert faults(page) == []
    job.get_by_role("button", name="Notification de la résiliation").click()
    expect(job.locator("[data-done-title]")).to_be_visible()
    assert faults(page) == []
