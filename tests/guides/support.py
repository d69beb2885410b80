"""How the guide to support is done."""

from playwright.sync_api import expect

from tests import kept
from tests.guides.reader import Reader


def contact(reader: Reader) -> None:
    """What a reader is asked to write is to be found in the portal."""
    expect(reader.page.locator(".page__article > p a[href^='mailto:']").first).to_be_visible()
    reader.is_away("sender")
    subscription = kept.read_subscription(reader.subscription("active"))
    with reader.step("contract"):
        reader.opens("portal/")
        reader.signs_in(reader.administrator)
        line = reader.page.locator(f"[id='{subscription.id}']")
        expect(line).to_contain_text(subscription.contract_number)
        expect(line).to_contain_text(subscription.product)
        reader.opens_the_guide()
    reader.is_away("report")


WALKS = {"contact": contact}
