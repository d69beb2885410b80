"""Every e-mail in both languages: what it says, where it leads, and how it looks (build/mails has the pictures)."""

import re
from collections.abc import Mapping
from copy import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page

from functions.onboarding.account import worded
from functions.shared.texts import LANGUAGES, Language, Texts
from functions.subscriptions.billing import Vat
from functions.subscriptions.order import Order, OrderLine
from functions.subscriptions.order_words import mailed
from functions.workers.happenings import TELLS
from functions.workers.mail import WIDTH, Mail, compose
from tests.asked import settings
from tests.browser.test_accessibility import AXE, EVERYTHING, RUN
from tests.desk import Desk
from theme.build import ROOT

PICTURES = ROOT / "build/mails"
MAILS = [mail for told in TELLS.values() for mail in told.mails]
NAMES = sorted({name for mail in MAILS for name in mail.wordings})
SETTINGS = settings()._replace(
    site_url="https://desk.example.com",
    support="support@example.com",
    supplier="Example SAS, 1 rue de l’Exemple, 75002 Paris, France",
)
FACTS: Mapping[str, Any] = {
    "product": "PROFIS Engineering",
    "contract_number": "G-2026-0C5T9W2M4K",
    "subscription": "20261126-101500-4ZK8W2QX",
    "email": "marie-claire.de-la-tour@bureau-etudes.example.com",
    "address": "marie-claire.de-la-tour@bureau-etudes.example.com",
    "by": "alex.morgan@example.com",
    "other": "sam.taylor@example.com",
    "token": "Zk3v" * 11,
    "code": "048213",
    "long_code": "5f" * 64,
    "end": date(2027, 12, 1),
    "renews_on": date(2027, 12, 2),
    "available_on": date(2026, 12, 26),
    "back_on": date(2026, 12, 3),
    "deadline": date(2027, 1, 25),
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "kind": "director_identity",
    "company": "Bureau d’études Martin & Fils",
    "account": "A-1001",
    "kinds": ["kbis", "director_identity"],
    "check": "encrypted",
    "reason": "The last line cannot be read & the <photo> is cut.\nPlease scan the whole page.",
    "reference": "20261126-101500-7Q2M4KXW",
    "at": datetime(2026, 11, 26, 10, 15, tzinfo=UTC),
    "refund": 598_80,
    "signer": "Marie-Claire de la Tour",
    "amendment": "A-1",
    "number": "F-2026-000032",
    "credited": "F-2026-000031",
    "due_on": date(2026, 12, 26),
    "seats_before": 5,
    "seats": 8,
    "begins": date(2027, 1, 9),
    "next_year_cents": 399200,
    "waiting": 13,
    "files": 12,
    "takeovers": 1,
    "papers": 15,
    "messages": 4,
    "urgent": 2,
    "since": date(2026, 11, 23),
    "until": date(2026, 12, 3),
    "takeover": "20261126-101500-4ZK8W2QX.9f86d081884c7d659a2feaa0",
    "decidable_from": date(2026, 12, 3),
    "why": "The two accounts name <different> firms.\nSend us a recent Kbis first.",
}
LINE = OrderLine("PROFIS Engineering", "premium", "individual", 12, 49900)
ORDER = Order(
    id="20261126-101500-9B2K7M4T",
    by=FACTS["email"],
    placed_at=datetime(2026, 11, 26, 10, 15, tzinfo=UTC),
    lines=(LINE, OrderLine("PROFIS Rebar", "premium", "floating", 1, 34900)),
    billing={
        "company": "Bureau d’études Martin & Fils",
        "street": "12 rue des Ingénieurs",
        "postcode": "69003",
        "city": "Lyon",
        "country": "FR",
    },
    vat=Vat(2000, 126740, "charged"),
    seed="1",
    reference="PO-4711",
)
# What a script of the page reads behind the #; anything else there is the id of a place on it.
CARRIED = re.compile(r"(?:subscription|token|email)=")
ABOUT_A_CONTRACT = re.compile(r"\{(?:contract_number|subscription|product)\}")
WORD = re.compile(r"[\w@:/?#&=.-]*\w")
# A page's landmarks are those of the client that shows the e-mail.
WCAG = [rule for rule in EVERYTHING if rule != "best-practice"]
# Gmail shows no more of an e-mail.
CUT_AT = 102_400
type Look = tuple[int, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = ((700, "light"), (390, "dark"))


def written(name: str, language: Language, order: Order = ORDER) -> Mail:
    """The e-mail, about the same as all others."""
    texts = Texts(language)
    return compose(name, texts, {**worded(FACTS, texts), **mailed(order, language)}, SETTINGS)


def is_about_a_contract(name: str) -> bool:
    """Whether what it says names one, or what one is for."""
    return bool(ABOUT_A_CONTRACT.search(repr(Texts("en").entry(name))))


class Seen(HTMLParser):
    """What a reader sees of an e-mail's HTML, and what its links lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.links.append(values["href"] or "")
        if tag not in ("meta", "br"):
            self._open.append((tag, values.get("style") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in ("style", "title") or "display:none" in style for tag, style in self._open):
            self.said.append(data)

    @property
    def words(self) -> set[str]:
        return set(WORD.findall(" ".join(self.said)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_its_two_forms_say_the_same(name: str, language: Language) -> None:
    texts, mail = Texts(language), written(name, language)
    seen = Seen(mail.html)
    in_text = set(WORD.findall(mail.text))
    # The heading, which the text has as its subject, what stands around the button, and the heads of a bill's columns.
    more = [mail.subject, texts("mails.copy"), *texts.entry("orders.mails.columns")]
    more += [texts(f"{name}.title")] if f"{name}.title" in texts else []
    assert in_text - seen.words == set()
    assert seen.words - in_text - set(WORD.findall(" ".join(more))) == set()
    for said in (mail.subject, mail.text, *seen.said):
        assert not re.search(r"[{}]", said)
    assert not re.search(r"&(?:\w+|#\d+);", mail.text)
    assert all(len(line) <= WIDTH or " " not in line.strip("> ") for line in mail.text.splitlines())
    assert [line for line in mail.text.splitlines() if "https://" in line and " " in line] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_subject_says_what_it_is_about_and_no_two_are_the_same(language: Language) -> None:
    subjects = {name: written(name, language).subject for name in NAMES}
    about_a_contract = [name for name in NAMES if is_about_a_contract(name)]
    assert len(about_a_contract) > 15
    assert [name for name in about_a_contract if FACTS["contract_number"] not in subjects[name]] == []
    assert [name for name in NAMES if not subjects[name].strip()] == []
    # Whoever has no account gets the one in the place of the other, never both.
    in_their_place = [mail.without_account for mail in MAILS]
    said = [subject for name, subject in subjects.items() if name not in in_their_place]
    assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_button_leads_to_the_very_place(language: Language, cloud: Desk) -> None:
    pages: dict[str, str] = {}
    wrong = []
    for name in NAMES:
        mail = written(name, language)
        button, *others = [link for link in Seen(mail.html).links if not link.startswith("mailto:")] or [""]
        assert others == []
        target = urlsplit(button)
        if not button:
            continue
        assert button in mail.text.splitlines()
        assert "@" not in target.query
        if target.path not in pages:
            pages[target.path] = httpx.get(cloud.url + target.path).raise_for_status().text
        is_there = not target.fragment or f'id="{target.fragment}"' in pages[target.path]
        # Who has no account yet opens one first.
        is_about_it = FACTS["subscription"] in button or "/register/" in button or not is_about_a_contract(name)
        if not (is_there or CARRIED.match(target.fragment)) or not is_about_it:
            wrong.append(f"{name}: {button}")
    assert wrong == []
    assert {path.startswith("/fr/") for path in pages} == {language == "fr"}


def test_the_longest_order_is_not_cut() -> None:
    longest = written("orders.mails.placed", "fr", replace(ORDER, lines=(LINE,) * 99))
    assert longest.html.count("499,00") == 99
    assert len(longest.html.encode()) < CUT_AT


def test_the_code_is_one_word_that_is_read_out_by_its_digits(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(written("registration.mails.code", "en").html)
        code = page.get_by_role("img", name="0 4 8 2 1 3")
        assert code.inner_text() == FACTS["code"]
        code.click()
        assert page.evaluate("getSelection().toString()") == FACTS["code"]
        assert code.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_every_screen_and_asks_for_nothing(language: Language, browser: Browser) -> None:
    """The pictures are there to be looked at: at a desk in the light, and on a phone in the dark."""
    found: list[str] = []
    folder = PICTURES / language
    folder.mkdir(parents=True, exist_ok=True)
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.on("request", lambda request: found.append(request.url))
        for name in NAMES:
            page.set_content(written(name, language).html)
            for width, scheme in LOOKS:
                page.set_viewport_size({"width": width, "height": 700})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=folder / f"{name}.{scheme}.png", full_page=True)
            page.set_viewport_size({"width": 320, "height": 700})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{name}: scrolls sideways")
    assert found == []


def test_all_can_be_read_on_every_ground(browser: Browser) -> None:
    """In the light, in the dark, and in the dark where the client keeps no style element; all on one page."""
    mails = {name: written(name, "en").html for name in NAMES}
    head = mails[NAMES[0]].partition("<body")[0]
    bodies = {name: html.partition("<body")[2].partition("</body>")[0] for name, html in mails.items()}
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_content(head + "".join(f'<section id="{name}"{body}</section>' for name, body in bodies.items()))
        page.evaluate(AXE)
        found = faults(page, "light")
        page.emulate_media(color_scheme="dark")
        found += faults(page, "dark")
        page.evaluate("document.querySelectorAll('style').forEach((style) => style.remove())")
        found += faults(page, "without its style element")
    assert found == []


def faults(page: Page, how: str) -> list[str]:
    """What axe says of the e-mails as they stand."""
    violations = page.evaluate(RUN, WCAG)["violations"]
    return [f"{how}: {fault['id']}: {node['html']}" for fault in violations for node in fault["nodes"]]


def test_the_house_is_one() -> None:
    """Its faces are the same in e-mails and in files."""
    mail = (ROOT / "functions/workers/mail.html").read_text("utf-8")
    files = (ROOT / "functions/contracts/house.typ").read_text("utf-8")
    for face in ("Figtree", "Bricolage Grotesque"):
        assert face in mail
        assert f'("{face}", ..others)' in files
