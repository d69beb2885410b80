"""A reader says whether a page helped, and what the search did not find; the staff read it."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from bench.search import LOADED
from tests.browser.test_accessibility import EVERYTHING, faults
from tests.desk import Desk
from tests.kept import store


def written() -> list[tuple[str, bool, str]]:
    """What is kept of the comments."""
    return [
        (item["page"], item["helpful"], item["comment"]) for _, item in store().query("FEEDBACK", first="A", last="B")
    ]


def test_a_reader_says_by_keyboard_what_was_missing(page: Page, desk: Desk) -> None:
    page.goto("/fr/refund/")
    question = page.get_by_role("region", name="Cette page vous a-t-elle aidé ?")
    question.get_by_role("button", name="Non").press("Enter")
    expect(question.get_by_role("textbox")).to_be_focused()
    assert faults(page, [(390, ("light", EVERYTHING))]) == []
    page.keyboard.type("le délai")
    question.get_by_role("button", name="Envoyer").press("Enter")

    expect(question.get_by_role("status")).to_be_focused()
    expect(question.get_by_role("status")).to_contain_text("Merci")
    assert written() == [("/fr/refund/", False, "le délai")]


def test_a_search_without_result_offers_a_message_and_is_sent_only_when_asked(page: Page, desk: Desk) -> None:
    page.goto("/refund/")
    page.get_by_role("combobox").fill("xqzzkv wvvq")
    mail = urlsplit(page.get_by_role("search").get_by_role("link", name="Write to support").get_attribute("href") or "")
    assert mail.scheme == "mailto"
    assert parse_qs(mail.query)["subject"] == ["I did not find: xqzzkv wvvq"]
    assert written() == []

    page.get_by_role("button", name="Tell us that it is missing").click()
    expect(page.locator(".search__status")).to_contain_text("Thank you")
    assert written() == [("/search/", False, "xqzzkv wvvq")]


def test_engine_and_index_are_loaded_when_the_search_is_first_used(page: Page, desk: Desk) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path.removeprefix("/")))
    expected = {name.format(language="fr") for name in LOADED}
    page.goto("/fr/refund/")
    expect(page.get_by_role("combobox")).to_be_visible()
    assert expected.isdisjoint(loaded)

    page.get_by_role("combobox").fill("facture")
    expect(page.get_by_role("option").first).to_be_visible()
    assert expected <= {*loaded}
