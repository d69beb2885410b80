"""Each profile in a browser, in both languages: from the registration to the account that is complete."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from functions.shared import clock
from functions.shared.session import account_key
from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD as DEMO_PASSWORD
from tests import kept
from tests.browser.conftest import PATIENCE
from tests.browser.held import Held
from tests.browser.states import states
from tests.browser.test_accessibility import faults
from tests.customers import PASSWORD, STAFF, code, decide
from tests.desk import Desk
from tests.papers import DOCUMENT, HOSTILE, PHOTO, PICTURE, image

PROFILES = {
    "design_office": ("kbis", "director_identity"),
    "engineer": ("sirene_notice", "identity"),
    "student": ("student_card",),
}
EMAIL = "ana.lopez@example.com"
# What a picture's middle is like, once it is there.
COLOUR = """async (picture) => {
  await picture.decode();
  const context = document.createElement("canvas").getContext("2d");
  context.drawImage(picture, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""
# How many colours a picture has, roughly.
COLOURS = """async (picture) => {
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [60, 60];
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, 60, 60);
  const { data } = context.getImageData(0, 0, 60, 60);
  return new Set(Array.from({ length: 3600 }, (_, at) => data[4 * at + 1] >> 5)).size;
}"""
# Every paper's way of being shown, and both languages: more runs of axe would see the same.
AXE_RUNS = {("design_office", "en"), ("student", "fr")}
EACH_TIME = AXE_RUNS | {("engineer", "fr")}


class Site:
    """The site in one language."""

    def __init__(self, page: Page, language: Language) -> None:
        self.page = page
        self.texts = Texts(language)
        self.root = "/" if language == "en" else f"/{language}/"

    def open(self, name: str, block: str) -> Locator:
        """A page, and its block once that is ready."""
        self.page.goto(f"{self.root}{name}/")
        found = self.page.locator(block)
        found.locator("[data-stage=loading]").first.wait_for(state="hidden")
        return found

    def sign_in(self, block: Locator, email: str, password: str) -> None:
        block.get_by_role("textbox", name=self.texts("session.sign_in.fields.email.label")).fill(email)
        block.get_by_label(self.texts("session.sign_in.fields.password.label"), exact=True).fill(password)
        block.get_by_role("button", name=self.texts("session.sign_in.submit")).click()

    def register(self, desk: Desk, profile: str) -> None:
        self.page.goto(f"{self.root}register/")
        self.fill_in(profile, EMAIL)
        self.confirm(desk, EMAIL)
        expect(self.page.get_by_text(self.texts("site.session.welcome"))).to_be_focused()

    def fill_in(self, profile: str, email: str) -> None:
        form, texts = self.page.locator("[data-registration] [data-stage=form]"), self.texts
        form.get_by_label(texts("registration.register.fields.email.label")).fill(email)
        form.get_by_label(texts("registration.register.fields.company.label")).fill("Lopez Structures")
        form.get_by_label(texts(f"registration.register.fields.profile.choices.{profile}")).check()
        form.get_by_label(texts("registration.register.fields.password.label"), exact=True).fill(PASSWORD)
        form.get_by_role("button", name=texts("registration.register.submit")).click()
        code_form = self.page.locator("[data-registration] [data-stage=code]")
        expect(code_form.get_by_role("heading", name=texts("registration.code.title"))).to_be_focused()
        expect(code_form.locator("[data-slot=sent]")).to_have_text(texts("registration.code.sent", email=email))

    def confirm(self, desk: Desk, email: str) -> None:
        code_form, texts = self.page.locator("[data-registration] [data-stage=code]"), self.texts
        code_form.get_by_label(texts("registration.confirm.fields.code.label")).fill(code(desk, email))
        code_form.get_by_role("button", name=texts("registration.confirm.submit")).click()

    def documents(self) -> Locator:
        block = self.open("documents", "[data-documents]")
        if block.locator("[data-job=sign-in]").is_visible():
            self.sign_in(block, EMAIL, PASSWORD)
        block.locator(".paper").first.wait_for()
        return block

    def send(self, kind: str, content: bytes | Path, content_type: str, name: str = "paper") -> None:
        """Hand over and send a file: of a large one its path, since a browser takes seconds for so much from a test."""
        paper = self.page.locator(f"[data-documents] [data-kind={kind}]")
        if kind == "kbis":
            paper.get_by_label(self.texts("documents.page.issued_on.label")).fill(a_month_ago().isoformat())
        of_bytes: Any = {"name": name, "mimeType": content_type, "buffer": content}
        file = content if isinstance(content, Path) else of_bytes
        paper.get_by_label(self.texts("documents.page.file.label")).set_input_files(file)
        paper.get_by_role("button", name=self.texts("documents.page.submit")).click()

    def expect_paper(self, kind: str, status: str) -> Locator:
        paper = self.page.locator(f"[data-documents] [data-kind={kind}]")
        badge = paper.locator("[data-slot=status]")
        expect(badge).to_have_text(self.texts(f"documents.page.statuses.{status}"), timeout=20_000)
        return paper

    def decide(self, kind: str, decision: str, reason: str = "", code: str = "other") -> None:
        paper = self.page.locator(f"[data-reviews] [data-kind={kind}]")
        paper.get_by_label(self.texts(f"reviews.page.decision.{decision}"), exact=True).check()
        if decision != "accept":
            paper.get_by_label(self.texts("reviews.page.reason_code.label"), exact=True).select_option(code)
        paper.get_by_label(self.texts("reviews.page.reason.label")).fill(reason)
        paper.get_by_role("button", name=self.texts("reviews.page.submit")).click()
        expect(paper).to_contain_text(self.texts("reviews.page.check.destroys"))
        paper.get_by_role("button", name=self.texts(f"reviews.page.check.{decision}")).click()
        outcome = {"accept": "accepted", "ask_again": "ask_again", "refuse": "refused"}[decision]
        expect(paper.locator("[data-slot=status]")).to_have_text(self.texts(f"documents.page.statuses.{outcome}"))


def a_month_ago() -> date:
    return clock.day(clock.now()) - timedelta(days=30)


@pytest.fixture
def staff(browser: Browser, desk: Desk) -> Any:
    """A reviewer with a browser of their own; give it a language."""
    context = browser.new_context(base_url=desk.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)

    def open_desk(language: Language) -> Site:
        site = Site(context.new_page(), language)
        block = site.open("reviews", "[data-reviews]")
        if block.locator("[data-job=sign-in]").is_visible():
            site.sign_in(block, STAFF, DEMO_PASSWORD)
            block.get_by_label(site.texts("session.sign_in.fields.totp.label")).first.fill(str(desk.totp(STAFF)))
            block.get_by_role("button", name=site.texts("session.sign_in.submit")).click()
            # Another tab of theirs is signed in from now on.
            expect(block.locator("[data-job=sign-in]")).to_be_hidden()
        return site

    yield open_desk
    context.close()


@pytest.mark.parametrize(
    ("profile", "language"),
    [
        one if one in EACH_TIME else pytest.param(*one, marks=pytest.mark.proof)
        for one in product(PROFILES, ("en", "fr"))
    ],
)
def test_from_registration_to_complete(
    page: Page, desk: Desk, staff: Callable[[Language], Site], profile: str, language: Language
) -> None:
    site = Site(page, language)

    def assert_accessible(page: Page) -> None:
        if (profile, language) in AXE_RUNS:
            assert faults(page) == []

    site.register(desk, profile)
    documents = site.documents()
    assert_accessible(page)
    for kind, (content, content_type) in zip(
        PROFILES[profile], ((DOCUMENT, "application/pdf"), (PHOTO, "image/jpeg")), strict=False
    ):
        expect(documents.locator("[data-slot=standing]")).to_contain_text(f"{day(site, desk)}")
        assert states(page) == ["done", "next", None, None]
        site.send(kind, content, content_type)
        site.expect_paper(kind, "in_review")
    expect(documents.locator("[data-slot=standing]")).to_contain_text(first_sentence(site, "in_review"))
    assert set(states(page)) == {"done"}
    assert_accessible(page)

    desk_of_staff = staff(language)
    desk_of_staff.page.get_by_role("button", name="Lopez Structures").click()
    for kind in PROFILES[profile]:
        paper = desk_of_staff.page.locator(f"[data-reviews] [data-kind={kind}]")
        paper.wait_for()
        shown = paper.locator("[data-link]")
        if kind in ("kbis", "sirene_notice"):
            assert page.request.get(shown.get_attribute("href") or "").status == 200
        else:
            # Of what shows a person there is no way to a picture without the mark.
            expect(paper.locator("[data-slot=marked]")).to_contain_text("Guichet")
            expect(shown).to_be_hidden()
            expect(shown).to_have_attribute("href", "#")
        # A PDF by its pages, a photo as it is.
        expect(paper.locator(".paper__shown img")).to_have_count(1)
    for picture in desk_of_staff.page.locator(".paper__shown img").all():
        picture.evaluate("picture => picture.decode()")
    assert_accessible(desk_of_staff.page)
    for kind in PROFILES[profile]:
        desk_of_staff.decide(kind, "accept")
    assert_accessible(desk_of_staff.page)

    account = site.open("deadline", "[data-account]")
    expect(account.locator("[data-slot=status]").first).to_have_text(site.texts("deadlines.page.statuses.complete"))
    expect(account.get_by_role("link", name=site.texts("deadlines.page.to_documents"))).to_be_hidden()
    assert_accessible(page)
    documents = site.documents()
    expect(documents.get_by_text(site.texts("documents.page.standing.complete"))).to_be_visible()
    expect(documents.locator("[data-slot=destroyed]").first).to_contain_text("SHA-256")
    assert desk.mails(EMAIL)[0].subject == site.texts("reviews.mails.completed.subject")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_file_that_is_not_taken_says_why_and_can_be_sent_again(page: Page, desk: Desk, language: Language) -> None:
    site = Site(page, language)
    site.register(desk, "student")
    site.documents()
    content_type, content, reason = HOSTILE["a PDF that runs a script"]

    site.send("student_card", content, content_type, name="<img src=x onerror=alert(1)>.pdf")

    paper = site.expect_paper("student_card", "rejected")
    expect(paper.locator("[data-slot=reason]")).to_have_text(site.texts(f"documents.rejected.{reason}"))
    expect(paper.get_by_role("heading").first).to_be_focused()
    assert faults(page) == []
    site.send("student_card", content, content_type)
    expect(paper.locator("[data-progress]")).to_be_hidden(timeout=20_000)
    site.expect_paper("student_card", "rejected")
    site.send("student_card", PHOTO, "image/jpeg")
    site.expect_paper("student_card", "in_review")


def test_what_is_wrong_is_said_before_anything_is_sent(page: Page, desk: Desk) -> None:
    site = Site(page, "en")
    site.register(desk, "design_office")
    site.documents()
    kbis = page.locator("[data-documents] [data-kind=kbis]")
    kbis.get_by_role("button", name="Send").click()
    expect(kbis.get_by_role("alert").get_by_role("link")).to_have_text(
        ["Date of issue: Enter a date.", "The document: Choose a file."]
    )
    assert faults(page) == []
    for content, content_type, message in (
        (b"GIF89a", "image/gif", "“paper” is neither a PDF nor a photo in JPEG, PNG or HEIC. Choose another."),
        (b"", "image/png", "“paper” is empty. Choose another."),
        (bytes(11 * 1024 * 1024), "application/pdf", "Choose files of 10 MB at most: “paper” is larger."),
    ):
        site.send("kbis", content, content_type)
        expect(kbis.get_by_role("alert").get_by_role("link")).to_have_text(f"The document: {message}")
    kbis.get_by_label("Date of issue").fill("2020-01-31")
    file: Any = {"name": "kbis.pdf", "mimeType": "application/pdf", "buffer": DOCUMENT}
    kbis.get_by_label("The document").set_input_files(file)
    assert states(page) == ["done", "done", "done", "next"]
    kbis.get_by_role("button", name="Send").click()
    expect(kbis.get_by_role("alert").get_by_role("link")).to_contain_text("This document is 3 months old or more.")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_front_and_back_are_dropped_together_and_put_in_order(page: Page, desk: Desk, language: Language) -> None:
    """On a phone's width, by keyboard alone once they are dropped."""
    page.set_viewport_size({"width": 360, "height": 740})
    site = Site(page, language)
    site.register(desk, "student")
    paper = site.documents().locator("[data-kind=student_card]")
    said = page.locator("[data-documents] [data-announce]")
    names = paper.locator(".chosen__name")
    words = "documents.page.words"

    drop(paper, {"back.png": image("PNG", colour=(0, 0, 200)), "front.png": PICTURE, "more.txt": b"x"})

    expect(names).to_have_text(["back.png", "front.png", "more.txt"])
    expect(said).to_have_text(site.texts(f"{words}.added", count=3))
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    remove = paper.get_by_role("button", name=site.texts(f"{words}.remove_file", filename="more.txt"))
    remove.focus()
    page.keyboard.press("Enter")
    expect(names).to_have_text(["back.png", "front.png"])
    expect(said).to_have_text(site.texts(f"{words}.removed", filename="more.txt"))
    expect(paper.get_by_role("button", name=site.texts(f"{words}.remove_file", filename="front.png"))).to_be_focused()
    paper.get_by_role("button", name=site.texts(f"{words}.up_file", filename="front.png")).focus()
    page.keyboard.press("Enter")
    expect(names).to_have_text(["front.png", "back.png"])
    expect(said).to_have_text(site.texts(f"{words}.moved", filename="front.png", place=1))
    expect(paper.get_by_role("button", name=site.texts(f"{words}.down_file", filename="front.png"))).to_be_focused()

    paper.get_by_role("button", name=site.texts("documents.page.submit")).click()

    site.expect_paper("student_card", "in_review")
    expect(paper.locator("[data-chosen]")).to_be_hidden()
    person = kept.cloud().store.item(account_key(EMAIL)) or {}
    assert person["documents"]["student_card"]["filename"] == "front.png, back.png"
    assert person["documents"]["student_card"]["of"] == 2


def test_more_files_than_a_document_has(page: Page, desk: Desk) -> None:
    site = Site(page, "en")
    site.register(desk, "student")
    paper = site.documents().locator("[data-kind=student_card]")
    files: list[Any] = [{"name": f"{number}.png", "mimeType": "image/png", "buffer": PICTURE} for number in range(5)]
    for chosen in (files[:3], files[3:]):
        paper.get_by_label("The document").set_input_files(chosen)
    paper.get_by_role("button", name="Send").click()
    expect(paper.get_by_role("alert").get_by_role("link")).to_contain_text("Choose 4 files at most")
    paper.get_by_role("button", name="Remove: 4.png").click()
    paper.get_by_role("button", name="Send: student card").click()
    site.expect_paper("student_card", "in_review")


def test_two_tabs_leave_each_other_alone(page: Page, desk: Desk) -> None:
    """What is chosen in one stays when something is sent in the other; what was sent in the other is not sent twice."""
    site = Site(page, "en")
    site.register(desk, "design_office")
    chosen = site.documents().locator("[data-kind=director_identity]")
    file: Any = {"name": "mine.png", "mimeType": "image/png", "buffer": PICTURE}
    chosen.get_by_label("The document").set_input_files(file)
    other = Site(page.context.new_page(), "en")
    other.documents()
    other.send("kbis", DOCUMENT, "application/pdf")
    other.expect_paper("kbis", "in_review")

    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    kbis = site.expect_paper("kbis", "in_review")
    expect(kbis.locator("form")).to_be_hidden()
    expect(chosen.locator(".chosen__name")).to_have_text("mine.png")

    other.send("director_identity", PHOTO, "image/jpeg")
    other.expect_paper("director_identity", "in_review")
    chosen.get_by_role("button", name="Send: identity document of the director").click()
    said = chosen.locator("[data-slot=meanwhile]")
    expect(said).to_contain_text("Nothing was sent from this page. This document is in review.")
    expect(said).to_be_focused()
    expect(chosen.locator("form")).to_be_hidden()
    person = kept.cloud().store.item(account_key(EMAIL)) or {}
    assert person["documents"]["director_identity"]["filename"] == "paper"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refused_paper_is_no_dead_end(page: Page, desk: Desk, language: Language) -> None:
    site = Site(page, language)
    site.register(desk, "design_office")
    site.documents()
    site.send("kbis", DOCUMENT, "application/pdf")
    site.expect_paper("kbis", "in_review")
    reviewer = desk.client(STAFF)
    [waiting] = [one for one in reviewer.get("/api/reviews").json()["items"] if one["email"] == EMAIL]
    assert decide(reviewer, waiting["account"], "kbis", "refuse", "Not ours.").status_code == 200

    for look in (site.documents, lambda: site.open("deadline", "[data-account]")):
        block = look()
        advice = block.locator("[data-refused]")
        expect(advice).to_contain_text(waiting["account"])
        expect(advice.get_by_text(site.texts("documents.page.instead.kbis"))).to_be_visible()
        expect(advice.get_by_text(site.texts("documents.page.instead.director_identity"))).to_be_hidden()
        write = advice.locator("[data-write]")
        expect(write).to_have_attribute("href", re.compile(rf"^mailto:[^?]+\?subject=.*{waiting['account']}$"))
        to_messages = advice.get_by_role("link", name=site.texts("documents.page.refused.write"))
        expect(to_messages).to_have_attribute("href", f"{site.root}documents/#conversation-title")
        # Of the other paper nothing is asked any more.
        expect(block.get_by_text(site.texts("documents.page.statuses.not_needed"))).to_be_visible()
        expect(block.locator("[data-kind] form:visible")).to_have_count(0)
        expect(block.locator("[data-to-documents]:visible")).to_have_count(0)
        assert faults(page) == []


def first_sentence(site: Site, standing: str) -> str:
    """What is said first of papers that stand so."""
    said: str = site.texts.entry(f"documents.page.standing.{standing}")
    return said.partition(".")[0]


def day(site: Site, desk: Desk) -> str:
    """The last day, sixty after today."""
    return site.texts.filled("{day}", {"day": clock.day(desk.cloud.now()) + timedelta(days=60)})


def drop(paper: Locator, files: Mapping[str, bytes]) -> None:
    """Files dragged from the computer, all at once."""
    sent = [{"name": name, "content": [*content]} for name, content in files.items()]
    paper.locator(".drop").evaluate(
        """(place, files) => {
          const dataTransfer = new DataTransfer();
          for (const { name, content } of files) dataTransfer.items.add(new File([new Uint8Array(content)], name));
          place.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        sent,
    )


def test_a_photo_that_is_too_large_is_made_smaller(page: Page, desk: Desk, tmp_path: Path) -> None:
    photo = tmp_path / "IMG_0001.JPG"
    Image.effect_noise((4300, 3200), 90).convert("RGB").save(photo, "JPEG", quality=95)
    assert photo.stat().st_size > 10 * 1024 * 1024
    site = Site(page, "en")
    site.register(desk, "student")
    site.documents()
    site.send("student_card", photo, "image/jpeg")
    site.expect_paper("student_card", "in_review")


def test_sending_can_be_stopped_and_begun_again(page: Page, desk: Desk) -> None:
    site = Site(page, "en")
    site.register(desk, "student")
    documents = site.documents()
    Held(page, "**/_local/s3/*")
    site.send("student_card", PHOTO, "image/jpeg")
    stop = documents.get_by_role("button", name="Stop sending")
    expect(documents.get_by_role("progressbar")).to_be_visible()
    assert faults(page) == []
    stop.click()
    expect(documents.locator("[data-announce]")).to_have_text("Sending was stopped. Nothing was kept.")
    expect(stop).to_be_hidden()
    page.unroute("**/_local/s3/*")
    documents.get_by_role("button", name="Send: student card").click()
    site.expect_paper("student_card", "in_review")


def test_a_lost_connection_is_said_and_the_choice_stays(page: Page, desk: Desk) -> None:
    site = Site(page, "en")
    site.register(desk, "student")
    documents = site.documents()
    page.route("**/_local/s3/*", lambda route: route.abort())
    site.send("student_card", PHOTO, "image/jpeg")
    expect(documents.get_by_role("alert")).to_contain_text("The file was not sent")
    page.unroute("**/_local/s3/*")
    documents.get_by_role("button", name="Send: student card").click()
    site.expect_paper("student_card", "in_review")


def test_the_staff_ask_again(page: Page, desk: Desk, staff: Callable[[Language], Site]) -> None:
    site = Site(page, "fr")
    site.register(desk, "student")
    card = site.documents().locator("[data-kind=student_card]")
    drop(card, {"front.png": image("PNG", colour=(200, 0, 0)), "back.png": image("PNG", colour=(0, 0, 200))})
    card.get_by_role("button", name=site.texts("documents.page.submit")).click()
    site.expect_paper("student_card", "in_review")
    said = f"Carte étudiante\u00a0: {site.texts('documents.page.statuses.in_review')}."
    expect(page.locator("[data-documents] [data-announce]")).to_have_text(re.compile(re.escape(said), re.IGNORECASE))
    reviewer = staff("en")
    reviewer.page.get_by_role("button", name="Lopez Structures").click()
    paper = reviewer.page.locator("[data-reviews] [data-kind=student_card]")
    pages = paper.get_by_role("group", name="The customer’s pages: student card").get_by_role("img")
    expect(pages).to_have_count(2)
    colours = [pages.nth(number).evaluate(COLOUR) for number in (0, 1)]
    assert [red > blue for red, _, blue in colours] == [True, False]
    expect(pages.nth(1)).to_have_attribute("alt", "Page 2 of 2")
    paper.get_by_label("Ask for it again").check()
    paper.get_by_role("button", name="Continue").click()
    expect(paper.get_by_role("alert").get_by_role("link")).to_contain_text("Reason")
    # Nothing is gone before it is confirmed.
    paper.get_by_label("Refuse").check()
    paper.get_by_label("Reason", exact=True).select_option(label="Another reason, in my own words")
    paper.get_by_role("button", name="Continue").click()
    expect(paper.get_by_role("alert").get_by_role("link")).to_contain_text("In your own words")
    paper.get_by_label("In your own words").fill("x")
    paper.get_by_role("button", name="Continue").click()
    expect(paper.get_by_role("heading", name="Check your decision")).to_be_focused()
    expect(paper).to_contain_text("A refusal is final")
    assert faults(reviewer.page) == []
    paper.get_by_role("button", name="Change").click()
    expect(paper.get_by_label("Refuse")).to_be_focused()
    reviewer.decide("student_card", "ask_again", "<b>Trop sombre.</b>")
    documents = site.documents()
    expect(documents.locator("[data-slot=reason]")).to_have_text("<b>Trop sombre.</b>")
    site.send("student_card", DOCUMENT, "application/pdf")
    site.expect_paper("student_card", "in_review")


def test_a_file_talks(page: Page, desk: Desk, staff: Callable[[Language], Site]) -> None:
    """Side by side: the customer in French, the reviewer in English, by keys alone where there are any."""
    site = Site(page, "fr")
    site.register(desk, "student")
    documents = site.documents()
    turn = documents.locator("[data-slot=turn]")
    expect(turn).to_have_text(site.texts("messages.page.turns.customer"))
    site.send("student_card", PHOTO, "image/jpeg")
    site.expect_paper("student_card", "in_review")
    expect(turn).to_have_text(site.texts("messages.page.turns.staff"))
    expect(documents.locator("[data-slot=usual]")).to_contain_text("ouvré")

    reviewer = staff("en")
    theirs = reviewer.page.locator("[data-reviews]")
    theirs.get_by_role("button", name="Lopez Structures").wait_for()
    expect(theirs.locator("[data-slot=times]")).to_contain_text("nine in ten")
    keys = reviewer.page.keyboard
    keys.press("j")
    paper = theirs.locator("[data-kind=student_card]")
    expect(paper.locator("[data-slot=marked]")).to_contain_text("Copy for Guichet")
    # Over the red of the photo, the mark is not red.
    colours = paper.locator(".paper__shown img").evaluate(COLOURS)
    assert colours > 1
    keys.press("s")
    expect(paper.get_by_label("Reason", exact=True)).to_be_focused()
    # While one chooses or types, no key is a shortcut.
    paper.get_by_label("Reason", exact=True).select_option(label="Unreadable photo or scan")
    paper.get_by_role("button", name="Continue").press("Enter")
    expect(paper).to_contain_text("Unreadable photo or scan")
    assert faults(reviewer.page) == []
    paper.get_by_role("button", name="Ask again and delete the file").press("Enter")
    expect(paper.locator("[data-slot=status]")).to_have_text("Send again")
    # The line says so too, without loading the page again.
    line = theirs.locator(".line", has_text="Lopez Structures")
    expect(line.locator("[data-slot=turn]")).to_have_text("Dealt with")
    expect(line.locator("[data-slot=waits]")).to_have_text("Nothing waits any more")
    expect(line.locator("[data-slot=since]")).to_be_hidden()

    documents = site.documents()
    why = " ".join(site.texts(f"reviews.{part}.unreadable") for part in ("reasons", "advice"))
    expect(documents.locator("[data-slot=reason]")).to_have_text(why)
    expect(turn).to_have_text(site.texts("messages.page.turns.customer"))
    submit = site.page.get_by_role("button", name="Envoyer un autre fichier")
    expect(submit).to_have_text("Envoyer un autre fichier")
    message = documents.get_by_label("Votre message")
    documents.get_by_role("button", name="Envoyer le message").click()
    expect(documents.get_by_role("alert").get_by_role("link")).to_contain_text("Votre message")
    message.fill("Le recto suffit-il\u00a0?\n<b>Merci.</b>")
    documents.get_by_role("button", name="Envoyer le message").click()
    expect(documents.locator(".message")).to_contain_text("<b>Merci.</b>")
    expect(turn).to_have_text(site.texts("messages.page.turns.staff"))
    assert faults(page) == []

    reviewer = staff("en")
    theirs = reviewer.page.locator("[data-reviews]")
    line = theirs.locator(".line", has_text="Lopez Structures")
    expect(line.locator("[data-slot=waits]")).to_have_text("A message to answer")
    theirs.get_by_label("Whose turn").select_option(label="The customer’s")
    expect(theirs.locator("[data-none-of-these]")).to_be_visible()
    theirs.get_by_label("Whose turn").select_option(label="Ours")
    expect(line).to_be_visible()
    reviewer.page.locator("h1").click()
    keys = reviewer.page.keyboard
    keys.press("j")
    expect(theirs.locator(".message")).to_contain_text("Le recto suffit-il")
    keys.press("m")
    expect(theirs.get_by_label("Your message")).to_be_focused()
    keys.type("just the front, please")
    theirs.get_by_role("button", name="Send the message").press("Enter")
    expect(theirs.locator(".message")).to_have_count(2)
    expect(line.locator("[data-slot=turn]")).to_have_text("The customer’s")
    expect(line.locator("[data-slot=waits]")).to_have_text("We wait for an answer")
    written = f"{STAFF} wrote a message to the customer."
    expect(line.locator("[data-history] li").first).to_contain_text(written)
    desk.settle()
    assert desk.mails(EMAIL)[0].subject == site.texts("messages.mails.answered.subject")

    documents = site.documents()
    expect(documents.locator(".message").first).to_contain_text("just the front, please")
    expect(turn).to_have_text(site.texts("messages.page.turns.customer"))
    site.send("student_card", DOCUMENT, "application/pdf")
    site.expect_paper("student_card", "in_review")
    reviewer = staff("en")
    keys = reviewer.page.keyboard
    theirs = reviewer.page.locator("[data-reviews]")
    theirs.get_by_role("button", name="Lopez Structures").wait_for()
    # With the switch off, none works.
    switch = theirs.get_by_label("Use single-key shortcuts")
    switch.uncheck()
    keys.press("j")
    expect(theirs.locator("[data-kind=student_card]")).to_have_count(0)
    switch.check()
    keys.press("j")
    paper = theirs.locator("[data-kind=student_card]")
    paper.locator("form:visible").wait_for()
    keys.press("a")
    expect(paper.get_by_role("heading", name="Check your decision")).to_be_focused()
    expect(paper).to_contain_text("It is the last document to accept")
    keys.press("Tab")
    keys.press("Enter")
    expect(paper.locator("[data-slot=status]")).to_have_text("Accepted")
    desk.settle()
    documents = site.documents()
    expect(documents.get_by_text(site.texts("messages.page.closed"))).to_be_visible()
    expect(documents.locator(".message")).to_have_count(0)
    expect(turn).to_be_hidden()


def send_a_card(site: Site, desk: Desk) -> None:
    """A student registers and sends their card, which then waits for the staff."""
    site.register(desk, "student")
    site.documents()
    site.send("student_card", PHOTO, "image/jpeg")
    site.expect_paper("student_card", "in_review")


def test_of_two_reviewers_the_second_is_told(page: Page, desk: Desk, staff: Callable[[Language], Site]) -> None:
    send_a_card(Site(page, "en"), desk)
    first, second = staff("en"), staff("en")
    for reviewer in (first, second):
        reviewer.page.get_by_role("button", name="Lopez Structures").click()
        reviewer.page.locator("[data-reviews] [data-kind=student_card] form:visible").wait_for()
    first.decide("student_card", "accept")
    paper = second.page.locator("[data-reviews] [data-kind=student_card]")
    paper.get_by_label("Accept", exact=True).check()
    paper.get_by_role("button", name="Continue").click()
    paper.get_by_role("button", name="Accept and delete the file").click()
    expect(paper.get_by_role("alert")).to_contain_text("Already decided")


def test_what_a_reviewer_typed_outlives_the_session(page: Page, desk: Desk, staff: Callable[[Language], Site]) -> None:
    send_a_card(Site(page, "en"), desk)
    reviewer = staff("en")
    reviewer.page.get_by_role("button", name="Lopez Structures").click()
    paper = reviewer.page.locator("[data-reviews] [data-kind=student_card]")
    paper.get_by_label(reviewer.texts("reviews.page.decision.ask_again"), exact=True).check()
    paper.get_by_label(reviewer.texts("reviews.page.reason_code.label"), exact=True).select_option("unreadable")
    paper.get_by_label(reviewer.texts("reviews.page.reason.label")).fill("The left half is in the dark.")
    paper.get_by_role("button", name="Continue").click()
    reviewer.page.context.clear_cookies()
    paper.get_by_role("button", name=reviewer.texts("reviews.page.check.ask_again")).click()

    block = reviewer.page.locator("[data-reviews]")
    expect(block.get_by_text("what you typed is still here").locator("visible=true")).to_be_focused()
    reviewer.sign_in(block, STAFF, DEMO_PASSWORD)
    block.get_by_label(reviewer.texts("session.sign_in.fields.totp.label")).first.fill(str(desk.totp(STAFF)))
    block.get_by_role("button", name=reviewer.texts("session.sign_in.submit")).click()
    expect(paper.get_by_label(reviewer.texts("reviews.page.reason.label"))).to_have_value(
        "The left half is in the dark."
    )
    expect(block.get_by_role("heading", name=reviewer.texts("reviews.page.facts"))).to_be_focused()
    paper.get_by_role("button", name="Continue").click()
    paper.get_by_role("button", name=reviewer.texts("reviews.page.check.ask_again")).click()
    expect(paper.locator("[data-slot=status]")).to_have_text(reviewer.texts("documents.page.statuses.ask_again"))


def test_the_staffs_desk_is_closed_to_others(page: Page, desk: Desk) -> None:
    site = Site(page, "en")
    block = site.open("reviews", "[data-reviews]")
    site.sign_in(block, "tom.nguyen@example.com", DEMO_PASSWORD)
    expect(block.get_by_text("This page is for members of the staff.")).to_be_visible()
    expect(page.locator("[data-staff]:visible")).to_have_count(0)
    assert faults(page) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_forgotten_password(page: Page, desk: Desk, language: Language) -> None:
    site = Site(page, language)
    email, texts = "lea.petit@example.com", site.texts
    account = site.open("deadline", "[data-account]")
    account.get_by_role("textbox", name=texts("session.sign_in.fields.email.label")).fill(email)
    account.get_by_role("link", name=texts("session.forgotten")).click()
    forgot = page.locator("[data-job=forgot-password]")
    expect(forgot.get_by_label(texts("password.forgot.fields.email.label"))).to_have_value(email)
    forgot.get_by_role("button", name=texts("password.forgot.submit")).click()
    expect(forgot.get_by_role("heading", name=texts("password.forgot.done_title"))).to_be_visible()
    reset = page.locator("[data-job=reset-password]")
    expect(reset.get_by_label(texts("password.reset.fields.email.label"))).to_have_value(email)
    field = reset.get_by_label(texts("password.reset.fields.password.label"), exact=True)
    expect(field).to_have_attribute("autocomplete", "new-password")
    field.fill("short")
    reset.get_by_label(texts("password.reset.fields.code.label")).fill("000000")
    reset.get_by_role("button", name=texts("password.reset.submit")).click()
    message = texts("fields.errors.password_too_short", min_length=12)
    expect(reset.get_by_role("alert").get_by_role("link")).to_contain_text(message)
    assert faults(page) == []
    field.fill("eleven quiet boats at dusk")
    reset.get_by_label(texts("password.reset.fields.code.label")).fill(code(desk, email))
    reset.get_by_role("button", name=texts("password.reset.submit")).click()
    # Signed in with it, where it had been forgotten.
    page.wait_for_url(f"**{site.root}deadline/")
    expect(account.locator("[data-slot=status]").first).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_mistyped_address_is_corrected_without_losing_the_rest(page: Page, desk: Desk, language: Language) -> None:
    site = Site(page, language)
    texts, typo = site.texts, "ana.lopes@example.com"
    page.goto(f"{site.root}register/")
    form, code_form = (page.locator(f"[data-registration] [data-stage={stage}]") for stage in ("form", "code"))
    site.fill_in("engineer", typo)
    assert faults(page) == []

    code_form.get_by_role("button", name=texts("registration.code.correct")).click()
    email = form.get_by_label(texts("registration.register.fields.email.label"))
    expect(email).to_be_focused()
    email.fill(EMAIL)
    form.get_by_role("button", name=texts("registration.register.submit")).click()
    expect(code_form.locator("[data-slot=sent]")).to_have_text(texts("registration.code.sent", email=EMAIL))
    # Loaded again or in the other language, the page still asks for the code, but holds the password no more.
    page.reload()
    page.locator("[data-language]").click()
    expect(page.locator("html")).not_to_have_attribute("lang", language)
    page.reload()
    page.locator("[data-language]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    code_form.get_by_role("button", name=texts("registration.code.resend")).click()
    expect(page.get_by_role("alert").get_by_role("link")).to_contain_text(texts("registration.code.password_again"))
    expect(email).to_have_value(EMAIL)
    expect(form.get_by_label(texts("registration.register.fields.company.label"))).to_have_value("Lopez Structures")
    expect(form.get_by_label(texts("registration.register.fields.profile.choices.engineer"))).to_be_checked()
    page.go_forward()
    site.confirm(desk, EMAIL)
    done = page.locator("[data-registration] [data-stage=done]")
    expect(done).to_be_focused()
    done.get_by_role("link").click()
    sign_in = page.locator("[data-job=sign-in]")
    expect(sign_in.locator("[name=email]")).to_have_value(EMAIL)
    sign_in.locator("[name=password]").fill(PASSWORD)
    sign_in.locator("button[type=submit]").click()
    expect(page.locator("[data-documents] [data-kind=identity]")).to_be_visible()
    # A registration is nowhere to come back to.
    page.goto(f"{site.root}register/")
    page.get_by_role("button", name=texts("site.session.sign_out")).click()
    page.locator(".top [data-sign-in]").click()
    site.sign_in(page.locator("[data-job=sign-in]"), EMAIL, PASSWORD)
    page.wait_for_url(f"**{site.root}portal/")
