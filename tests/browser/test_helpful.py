"""A reader says whether a page helped, and what the search did not find; the staff read it."""

import fnmatch
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from bench.search import LOADED
from functions.shared.texts import LANGUAGES, Language
from infra.local.demo import PASSWORD as DEMO_PASSWORD
from tests.browser.test_accessibility import EVERYTHING, faults
from tests.customers import STAFF
from tests.desk import Desk
from tests.kept import store
from theme.guides import root_of

SIGN_IN = """async (who) => {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  return (await fetch("/api/session", { method: "POST", headers, body: JSON.stringify(who) })).status;
}"""
FOUND_BY_STAFF = {
    "en": {
        "Votes": [["/fr/refund/", "0", "1"], ["/add-user/", "2", "0"]],
        "Searches without a result that readers told us of": [["dongle …", "English", "2"], ["dongle", "French", "1"]],
        "Comments": [["le délai ?", "/fr/refund/"]],
    },
    "fr": {
        "Votes": [["/fr/refund/", "0", "1"], ["/add-user/", "2", "0"]],
        "Recherches sans résultat, signalées par les lecteurs": [
            ["dongle …", "anglais", "2"],
            ["dongle", "français", "1"],
        ],
        "Commentaires": [["le délai ?", "/fr/refund/"]],
    },
}


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


# As what is pasted comes, half a character too.
TYPED = """(field, typed) => {
  field.focus();
  field.value = typed;
  field.dispatchEvent(new Event("input"));
}"""


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


@pytest.mark.parametrize("half", ["", "\ud83d"])
def test_a_page_that_is_pasted_where_nothing_is_found_is_said_again_in_brief(page: Page, desk: Desk, half: str) -> None:
    page.goto("/refund/")
    page.get_by_role("combobox").evaluate(TYPED, half + "🎉xqzzkv " * 600)
    link = page.get_by_role("search").get_by_role("link", name="Write to support")
    expect(link).to_be_visible()
    (subject,) = parse_qs(urlsplit(link.get_attribute("href") or "").query)["subject"]
    assert subject == "I did not find: " + ("🎉xqzzkv " * 600)[:200]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_staff_read_what_helped_and_what_was_not_found(page: Page, desk: Desk, language: Language) -> None:
    reader = desk.client()
    for body in (
        {"page": "/add-user/", "helpful": True},
        {"page": "/add-user/", "helpful": True},
        {"page": "/search/", "helpful": False, "comment": "dongle jo@example.com"},
        {"page": "/search/", "helpful": False, "comment": "Dongle 0612345678"},
        {"page": "/fr/search/", "helpful": False, "comment": "dongle"},
        {"page": "/fr/refund/", "helpful": False, "comment": "Le délai ?"},
    ):
        assert reader.post("/api/feedback", body).status_code == 202
    page.goto(f"{root_of(language)}feedback/")
    assert page.evaluate(SIGN_IN, {"email": STAFF, "password": DEMO_PASSWORD, "totp": desk.totp(STAFF)}) == 200
    page.reload()

    for name, rows in FOUND_BY_STAFF[language].items():
        table = page.get_by_role("table", name=name)
        expect(table).to_be_visible()
        shown = [row.get_by_role("cell").all_inner_texts() for row in table.get_by_role("row").all()[1:]]
        # The time that ends a line is the clock's; of words in large and in small letters, either stands for both.
        assert [[cell.lower() for cell in cells[: len(rows[0])]] for cells in shown] == [
            [cell.lower() for cell in row] for row in rows
        ]
    assert faults(page, [(390, ("light", EVERYTHING))]) == []


def test_engine_and_index_are_loaded_when_the_search_is_first_used(page: Page, desk: Desk) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path.removeprefix("/")))
    expected = [name.format(language="fr") for name in LOADED]
    page.goto("/fr/refund/")
    expect(page.get_by_role("combobox")).to_be_visible()
    assert not [name for name in expected if fnmatch.filter(loaded, name)]

    page.get_by_role("combobox").fill("facture")
    expect(page.get_by_role("option").first).to_be_visible()
    assert all(fnmatch.filter(loaded, name) for name in expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_found_can_be_read_on_the_narrowest_screen(page: Page, desk: Desk, language: Language) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{root_of(language)}refund/")
    page.get_by_role("combobox").fill("factur" if language == "fr" else "invoic")
    expect(page.get_by_role("option").first).to_be_visible()

    panel = page.locator(".search__panel").bounding_box()
    assert panel is not None
    assert panel["width"] >= 200
    assert panel["x"] + panel["width"] <= 320
