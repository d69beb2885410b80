"""Where a guide's live steps say that their reader stands."""

from playwright.sync_api import Page


def states(page: Page) -> list[str | None]:
    """What each of the guide's steps is marked as."""
    steps = page.locator(".page__article > ol > li")
    return [steps.nth(number).get_attribute("data-state") for number in range(steps.count())]
