"""How the guides of the section «account» are done."""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from functions.shared import clock
from infra.local.demo import PASSWORD
from tests.customers import PASSWORD as CHOSEN
from tests.customers import code
from tests.guides.reader import Reader
from tests.papers import DOCUMENT, PICTURE

# A design office whose papers are still missing.
OFFICE = "marc.leroy@example.com"
NEW = "new.address@example.com"


def register(reader: Reader) -> None:
    """As a design office."""
    form = reader.page.locator("[data-registration]")
    with reader.step("account") as (email, company):
        reader.fills(email, NEW, form)
        reader.fills(company, "Lopez Structures", form)
        design_office = reader.texts("registration.register.fields.profile.choices.design_office")
        form.get_by_label(design_office).check()
    with reader.step("password") as (password, send):
        reader.fills(password, CHOSEN, form)
        reader.selects(send)
    with reader.step("confirm") as (received, open_account):
        expect(form.locator("[data-slot=sent]")).to_contain_text(NEW)
        reader.fills(received, code(reader.desk, NEW))
        reader.selects(open_account)
        expect(reader.page.get_by_text(reader.texts("site.session.welcome"))).to_be_focused()


def documents(reader: Reader) -> None:
    """A design office's two papers, one of them in two pictures."""
    with reader.step("sign-in"):
        reader.signs_in(OFFICE)
        expect(reader.page.locator("[data-documents] .paper")).to_have_count(2)
    kbis, identity = (reader.page.locator(f"[data-kind={kind}]") for kind in ("kbis", "director_identity"))
    with reader.step("choose") as (document, issued_on):
        reader.hands_over(document, file("kbis.pdf", "application/pdf", DOCUMENT), place=kbis)
        reader.fills(issued_on, (clock.day(clock.now()) - timedelta(days=30)).isoformat(), kbis)
        reader.hands_over(
            document, *(file(f"{side}.png", "image/png", PICTURE) for side in ("back", "front")), place=identity
        )
    with reader.step("sides") as (up,):
        reader.control(up, identity).last.click()
        expect(identity.locator(".chosen__name")).to_have_text(["front.png", "back.png"])
    with reader.step("send") as (send,):
        reader.pictures(identity.locator("[data-chosen]"))
        for paper in (kbis, identity):
            reader.selects(send, paper)
            in_review = reader.texts("documents.page.statuses.in_review")
            expect(paper.locator("[data-slot=status]")).to_have_text(in_review)


def file(name: str, kind: str, content: bytes) -> Any:
    """A file as a browser hands it over."""
    return {"name": name, "mimeType": kind, "buffer": content}


def deadline(reader: Reader) -> None:
    """The days left, and the way to the papers."""
    with reader.step("sign-in"):
        reader.signs_in(OFFICE)
        expect(reader.page.locator("[data-account]")).to_contain_text(re.compile(r"\b50\b"))
    with reader.step("send"):
        [papers] = reader.links().all()
        papers.click()
        expect(reader.page.locator("[data-documents] .paper").first).to_be_visible()


def password(reader: Reader) -> None:
    """Forgotten, and chosen anew."""
    with reader.step("ask") as (email, send):
        form = reader.page.locator("[data-job=forgot-password]")
        reader.fills(email, reader.administrator, form)
        reader.selects(send, form)
        expect(form.locator("[data-done-title]")).to_be_visible()
    with reader.step("read"):
        received = code(reader.desk, reader.administrator)
    with reader.step("reset") as (label, new, change):
        form = reader.page.locator("[data-job=reset-password]")
        reader.fills(label, received, form)
        reader.fills(new, CHOSEN, form)
        reader.selects(change, form)
        expect(reader.page.locator("[data-who]")).to_have_text(reader.administrator)


def change_address(reader: Reader) -> None:
    """Of somebody who is a user."""
    with reader.step("sign-in"):
        reader.signs_in(reader.colleague)
    with reader.step("ask") as (email, password, send):
        form = reader.page.locator("[data-job=change-address]")
        reader.fills(email, NEW, form)
        reader.fills(password, PASSWORD, form)
        reader.selects(send, form)
        expect(form.locator("[data-done-title]")).to_be_visible()
    with reader.step("confirm") as (received, change):
        form = reader.page.locator("[data-job=confirm-address]")
        reader.fills(received, code(reader.desk, NEW), form)
        reader.selects(change, form)
        expect(reader.page.locator("[data-who]")).to_have_text(NEW)


WALKS = {
    "register": register,
    "documents": documents,
    "deadline": deadline,
    "password": password,
    "change-address": change_address,
}
