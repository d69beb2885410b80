"""From the mail to the active line and the sealed contract, as readers do it, in both languages."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from functions.shared.terms import CURRENT, terms
from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.held import Held
from tests.browser.test_accessibility import faults
from tests.desk import Client, Desk

WHO: dict[Language, str] = {"en": "alex.morgan@example.com", "fr": "camille.durand@example.com"}
ROOTS: dict[Language, str] = {"en": "/", "fr": "/fr/"}
BILLING = {"company": "Durand", "street": "1 rue de Metz", "postcode": "31000", "city": "Toulouse", "country": "FR"}
LANGUAGES: tuple[Language, ...] = ("en", "fr")


def order(client: Client) -> str:
    """Order three seats; returns the id of the subscription."""
    line = {"product": "PROFIS Rebar", "licence": "individual", "quantity": 3}
    answer = client.post("/api/orders", {"lines": [line], "billing": BILLING, "terms": True})
    assert answer.status_code == 201, answer.text
    [subscription] = answer.json()["subscriptions"]
    identifier: str = subscription["id"]
    return identifier


def link_of_the_mail(desk: Desk, email: str) -> str:
    [found] = re.findall(
        r"\S*/activate/#\S+", next(mail.text for mail in desk.mails(email) if "/activate/#" in mail.text)
    )
    link: str = found
    return link


def ask_for_the_code(block: Locator, texts: Texts) -> None:
    """Ask for the code that signs; once the page says so it is on its way."""
    block.get_by_role("button", name=texts("activation.sign.send_code")).click()
    expect(block.locator("[data-slot=sent]").first).not_to_be_empty()


def code_of_the_mail(desk: Desk, email: str) -> str:
    found = re.search(r"\b\d{6}\b", desk.mails(email)[0].text)
    assert found
    return found[0]


def sign_in(block: Locator, texts: Texts, email: str) -> None:
    block.get_by_role("textbox", name=texts("session.sign_in.fields.email.label")).fill(email)
    block.get_by_label(texts("session.sign_in.fields.password.label"), exact=True).fill(PASSWORD)
    block.get_by_role("button", name=texts("session.sign_in.submit")).click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_mail_to_the_active_line_and_the_sealed_contract(
    page: Page, desk: Desk, language: Language, tmp_path: Path
) -> None:
    texts, who = Texts(language), WHO[language]
    subscription = order(desk.client(who))
    block = page.locator("[data-activation]")

    # The e-mail leads to the terms, which are accepted without signing in.
    page.goto(link_of_the_mail(desk, who))
    subject, status = page.locator("[data-subject]"), page.locator(".live__status")
    expect(subject.locator("dl [data-slot=product]")).to_contain_text("PROFIS Rebar")
    expect(page.locator("select:visible")).to_have_count(0)
    block.get_by_text(texts("activation.terms.read"), exact=True).click()
    first_article = terms(CURRENT, language).split("\n## ")[1].partition("\n")[0]
    expect(block.get_by_role("heading", name=first_article)).to_be_visible()
    expect(status).to_have_text(texts("live.status_next", number=1, count=5))
    block.get_by_label(texts("terms.accept.fields.accepted.label")).check()
    block.get_by_role("button", name=texts("terms.accept.submit")).click()
    expect(block.get_by_text(texts("activation.words.accepted", product="PROFIS Rebar"))).to_be_visible()
    assert "token" not in page.url
    expect(status).to_have_text(texts("live.status_next", number=2, count=5))

    # Signed in, in the portal, the software waits for activation.
    page.goto(f"{ROOTS[language]}portal/")
    sign_in(page.locator("[data-portal] [data-stage=sign-in]"), texts, who)
    line = page.locator(f"[id='{subscription}']")
    expect(line.locator("[data-slot=status]")).to_have_text(texts("portal.status.awaiting_activation"))
    line.get_by_role("link", name=texts("portal.next.awaiting_activation"), exact=True).click()
    block.get_by_role("button", name=texts("activation.activate.submit"), exact=True).click()

    # The contract opens at once; it is signed with the code of the e-mail.
    contract = block.get_by_role("article")
    expect(contract.get_by_role("heading", name=texts("contract.title"))).to_be_visible()
    expect(contract).to_contain_text("PROFIS Rebar")
    sha256 = block.locator("[data-slot=sha256]").inner_text()
    with page.context.expect_page() as opened:
        block.get_by_role("link", name=texts("agreement.view.open")).click()
    opened.value.close()
    ask_for_the_code(block, texts)
    expect(block.get_by_text(who).last).to_be_visible()
    block.get_by_label(texts("signature.sign.fields.name.label")).fill("Jeanne d’Arçon")
    block.get_by_label(texts("signature.sign.fields.code.label"), exact=True).fill(code_of_the_mail(desk, who))
    block.get_by_label(texts("signature.sign.fields.consent.label")).check()
    block.get_by_role("button", name=texts("activation.sign.submit")).click()
    expect(block.get_by_role("heading", name=texts("activation.done.title"))).to_be_visible()
    expect(status).to_have_text(texts("live.status_done"))
    users = block.get_by_role("link", name=texts("activation.done.users"))
    expect(users).to_have_attribute("href", f"{desk.url}{ROOTS[language]}add-user/?subscription={subscription}")

    # Back in the portal the line is active, and the sealed contract is there.
    desk.settle()
    block.get_by_role("link", name=texts("activation.done.portal")).click()
    expect(line.locator("[data-slot=status]")).to_have_text(texts("portal.status.active"))
    line.get_by_role("tab", name=texts("portal.billing.tab")).click()
    with page.expect_download() as download:
        line.get_by_role("link", name=texts("agreement.view.download")).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert re.fullmatch(r"G-[\w-]+\.pdf", file.name)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == line.locator("[data-slot=sha256]").inner_text()
    said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    for fact in ("Jeanne d’Arçon", sha256, texts("contract.seats", count=3)):
        assert re.sub(r"\s", "", fact) in re.sub(r"\s", "", text)

    # Anyone learns that it is genuine, and of a changed one that it is not.
    verified(page, language, file, "whole", "Jeanne d’Arçon")
    content = bytearray(file.read_bytes())
    content[3000] ^= 1
    file.write_bytes(content)
    verified(page, language, file, "changed")


def verified(page: Page, language: Language, file: Path, verdict: str, signer: str = "") -> None:
    texts = Texts(language)
    page.goto(f"{ROOTS[language]}verify/")
    page.get_by_label(texts("verification.file.label")).set_input_files(file)
    page.get_by_role("button", name=texts("verification.submit")).click()
    said = page.get_by_role("heading", name=texts.entry("verification.words")[verdict]["title"])
    expect(said).to_be_visible()
    expect(page.locator("[data-verdict]")).to_contain_text(signer)
    assert faults(page) == []
    # What was found was of that file: with another one chosen, nothing is said until it is looked at.
    page.get_by_label(texts("verification.file.label")).set_input_files(
        {"name": "another.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    expect(said).to_be_hidden()


def test_a_link_that_is_too_old_sends_a_new_one(page: Page, desk: Desk) -> None:
    order(desk.client(WHO["en"]))
    old = link_of_the_mail(desk, WHO["en"])
    desk.advance("8d")
    block = page.locator("[data-activation]")

    page.goto(old)
    expect(block.get_by_text("more than 7 days old")).to_be_visible()
    block.get_by_role("button", name="Send a new link").click()
    expect(block.get_by_text("We have sent it to alex.morgan@example.com")).to_be_visible()

    page.goto("/")
    page.goto(used := link_of_the_mail(desk, WHO["en"]))
    block.get_by_label("I have read the terms").check()
    block.get_by_role("button", name="Accept the terms").click()
    expect(block.get_by_text("You have accepted the terms")).to_be_visible()
    # One that has done its part says so, however old it is.
    for later in ("1h", "8d"):
        desk.advance(later)
        page.goto("/")
        page.goto(used)
        expect(block.get_by_text(Texts("en")("activation.words.link.awaiting_activation"))).to_be_focused()
        expect(block.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/")
    page.goto(old)
    expect(block.get_by_text("This link no longer works")).to_be_visible()
    expect(block.get_by_role("button", name="Sign in")).to_be_visible()


def test_what_is_wrong_is_said_at_its_field_and_every_stage_is_accessible(page: Page, desk: Desk) -> None:
    block = page.locator("[data-activation]")
    page.goto("/activate/?subscription=alex-awaiting-terms")
    sign_in(block, Texts("en"), WHO["en"])
    block.get_by_role("button", name="Accept the terms").click()
    expect(block.get_by_role("alert").get_by_role("link")).to_contain_text("Tick this box to go on.")
    assert faults(page) == []
    block.get_by_label("I have read the terms").check()
    block.get_by_role("button", name="Accept the terms").click()
    block.get_by_role("button", name="Activate", exact=True).wait_for()
    assert faults(page) == []
    block.get_by_role("button", name="Activate", exact=True).click()
    block.get_by_role("button", name="Sign the contract").click()
    expect(block.get_by_role("alert").get_by_role("listitem")).to_have_count(3)
    expect(block.get_by_role("alert").first).to_be_focused()
    assert faults(page) == []

    block.get_by_label("Your first and last name").fill("Alex Morgan")
    block.get_by_label("Code", exact=True).fill("000000")
    block.get_by_label("I have read the contract and I sign it.").check()
    block.get_by_role("button", name="Sign the contract").click()
    expect(block.get_by_role("alert").get_by_role("link")).to_contain_text("This is not the code of the newest e-mail")
    expect(block.get_by_label("Code", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(block.get_by_label("Your first and last name")).to_have_value("Alex Morgan")


def test_a_name_is_typed_in_its_own_direction_and_refused_before_it_signs_when_it_cannot_be_set(
    page: Page, desk: Desk
) -> None:
    block, camille = page.locator("[data-activation]"), WHO["fr"]
    page.goto("/fr/activate/?subscription=camille-awaiting-signature")
    sign_in(block, Texts("fr"), camille)
    ask_for_the_code(block, Texts("fr"))
    name = block.get_by_label(Texts("fr")("signature.sign.fields.name.label"))
    name.fill("ᏣᎳᎩ")
    block.get_by_label("Code", exact=True).fill(code_of_the_mail(desk, camille))
    block.get_by_label(Texts("fr")("signature.sign.fields.consent.label")).check()
    sign = block.get_by_role("button", name=Texts("fr")("activation.sign.submit"))
    sign.click()
    expect(block.locator("[data-message]", has_text="Nous ne savons pas imprimer « Ꮳ »")).to_be_visible()

    name.fill("محمد بن عبد الله")
    assert name.evaluate("one => getComputedStyle(one).direction") == "rtl"
    sign.click()
    expect(block.get_by_role("heading", name=Texts("fr")("activation.done.title"))).to_be_visible()


def test_what_is_typed_before_the_answer_is_there_is_kept_and_signs(page: Page, desk: Desk) -> None:
    block = page.locator("[data-activation]")
    page.goto("/activate/?subscription=alex-awaiting-signature")
    sign_in(block, Texts("en"), WHO["en"])
    held = Held(page, "**/signature/code")
    block.get_by_role("button", name=Texts("en")("activation.sign.send_code")).click()
    answer = held.route().fetch()
    code = block.get_by_label("Code", exact=True)
    block.get_by_label("Your first and last name").fill("Alex Morgan")
    block.get_by_label("I have read the contract and I sign it.").check()
    code.fill(code_of_the_mail(desk, WHO["en"]))
    block.get_by_role("button", name="Sign the contract").click()
    expect(code).not_to_have_value("")
    held.route().fulfill(response=answer)
    expect(block.get_by_role("heading", name="Contract signed")).to_be_visible()


def test_the_terms_are_accepted_in_the_language_of_the_page(page: Page, desk: Desk) -> None:
    block = page.locator("[data-activation]")
    page.goto("/fr/activate/?subscription=alex-awaiting-terms")
    sign_in(block, Texts("fr"), WHO["en"])
    block.get_by_text("Lire les conditions", exact=True).click()
    expect(block.get_by_role("heading", name="1. Objet")).to_be_visible()
    block.get_by_label(Texts("fr")("terms.accept.fields.accepted.label")).check()
    block.get_by_role("button", name=Texts("fr")("terms.accept.submit")).click()
    block.get_by_role("button", name=Texts("fr")("activation.activate.submit"), exact=True).wait_for()
    assert (kept.read_subscription("alex-awaiting-terms").terms_accepted or {})["language"] == "fr"


def test_where_nothing_waits_the_page_says_so(page: Page, desk: Desk) -> None:
    block = page.locator("[data-activation]")
    page.goto("/activate/?subscription=alex-active")
    sign_in(block, Texts("en"), WHO["en"])
    expect(block.get_by_text("There is nothing to activate. The contract is already signed.")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_guide_ten_reads_and_downloads_the_contract(page: Page, desk: Desk, language: Language) -> None:
    texts, block = Texts(language), page.locator("[data-contract]")
    page.goto(f"{ROOTS[language]}contract/")
    sign_in(block, texts, WHO[language])
    page.locator("[data-subject] .subject__offer").first.click()
    expect(block.get_by_text(texts("agreement.view.signed"))).to_be_visible(timeout=15_000)
    block.get_by_role("button", name=texts("agreement.view.read")).click()
    expect(block.get_by_role("article")).to_be_focused()
    expect(block.get_by_role("article").get_by_role("heading", name=texts("contract.title"))).to_be_visible()
    assert faults(page) == []
    with page.expect_download() as download:
        block.get_by_role("link", name=texts("agreement.view.download")).click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_a_user_has_no_contract_to_open_and_learns_why(page: Page, desk: Desk) -> None:
    page.goto("/contract/")
    sign_in(page.locator("[data-contract]"), Texts("en"), "sam.taylor@example.com")
    subject = page.locator("[data-subject]")
    expect(subject.get_by_text("You cannot do this with any of your subscriptions now")).to_be_visible()
    expect(subject.get_by_role("listitem").first).to_contain_text(
        "Only the administrator can do this: alex.morgan@example.com."
    )
