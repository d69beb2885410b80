"""The links of e-mails: their token stands behind the #, and no server, nor any Referer, ever gets to see it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from functions.shared.texts import Texts
from infra.local.demo import PASSWORD
from tests.browser.test_activation import ROOTS, WHO, link_of_the_mail, order, sign_in
from tests.desk import Desk

LANGUAGES = ("en", "fr")
CONTRACT = "/api/subscriptions/camille-active-alone"
CAMILLE = "camille.durand@example.com"


@pytest.fixture
def seen(page: Page) -> Iterator[list[str]]:
    """The address and the Referer of every request of the page, as they are sent."""
    sent: list[str] = []

    def see(request: Request) -> None:
        sent.extend((request.url.partition("#")[0], request.header_value("referer") or ""))

    page.on("requestfinished", see)
    yield sent
    page.remove_listener("requestfinished", see)


def cancellation_link(desk: Desk) -> str:
    """The link of the e-mail that cancels."""
    contract = desk.client(CAMILLE).get(CONTRACT).json()["contract_number"]
    asked = {"contract_number": contract, "email": CAMILLE}
    assert desk.client(language="en").post("/api/cancellation-requests", asked).status_code == 202
    return next(word for word in desk.mails(CAMILLE)[0].text.split() if "#token=" in word)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_password_on_another_device_than_it_was_asked_for_on(page: Page, desk: Desk, language: str) -> None:
    texts, who = Texts(language), WHO[language]  # type: ignore[arg-type,index]
    desk.client().post("/api/password/forgot", {"email": who})
    page.goto(next(word for word in desk.mails(who)[0].text.split() if "/password/#" in word))
    reset = page.locator("[data-job=reset-password]")
    expect(reset.locator("[name=email]")).to_have_value(who)
    reset.get_by_label(texts("password.reset.fields.password.label"), exact=True).fill("un héron traverse le gué")
    reset.get_by_role("button", name=texts("password.reset.submit")).click()
    expect(reset.locator("[data-done-title]")).to_have_text(texts("password.reset.done_title"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_by_a_link_with_a_sign_in_on_the_way(page: Page, desk: Desk, seen: list[str], language: str) -> None:
    texts, who = Texts(language), WHO[language]  # type: ignore[arg-type,index]
    order(desk.client(who))
    link = link_of_the_mail(desk, who)
    token = link.partition("&token=")[2]
    assert len(token) > 40

    page.goto(link)
    block = page.locator("[data-activation]")
    expect(block.get_by_role("button", name=texts("terms.accept.submit"))).to_be_visible()
    page.locator(".top [data-sign-in]").click()
    sign_in(page.locator("main"), texts, who)
    # Back where the link led to, which still opens.
    page.wait_for_url(f"**{ROOTS[language]}activate/**")  # type: ignore[index]
    block.get_by_label(texts("terms.accept.fields.accepted.label")).check()
    page.locator("[data-language]").click()
    other = Texts("fr" if language == "en" else "en")
    block.get_by_label(other("terms.accept.fields.accepted.label")).check()
    block.get_by_role("button", name=other("terms.accept.submit")).click()
    expect(block.get_by_text(other("activation.words.accepted", product="PROFIS Rebar"))).to_be_visible()

    assert any("/sign-in/" in one for one in seen)
    assert [one for one in seen if token in one or "token" in one] == []


def test_the_cancellation_by_a_link_with_a_sign_in_on_the_way(page: Page, desk: Desk, seen: list[str]) -> None:
    link = cancellation_link(desk)
    texts = Texts("fr" if "/fr/" in link else "en")
    token = link.partition("#token=")[2]

    page.goto(link)
    job = page.locator("[data-job=cancel-by-link]")
    expect(job.get_by_role("button", name=texts("cancellation.by_link.submit"))).to_be_visible()
    page.locator(".top [data-sign-in]").click()
    sign_in(page.locator("main"), texts, CAMILLE)
    page.wait_for_url("**/cancel-without-account/**")
    job.get_by_label(texts("cancellation.cancel.fields.reason.choices.prefer_not_to_say")).check()
    job.get_by_role("button", name=texts("cancellation.by_link.submit")).click()
    job.get_by_role("button", name=texts("cancellation.by_link.confirm")).click()
    expect(job.locator("[data-done-title]")).to_have_text(texts("cancellation.by_link.done_title"))

    assert any("/sign-in/" in one for one in seen)
    assert [one for one in seen if token in one or "token" in one] == []


def test_no_link_is_used_up_by_being_fetched(desk: Desk) -> None:
    """Whatever scans mails and fetches what they link to, the link still does its part, once."""
    link = cancellation_link(desk)
    token = link.partition("#token=")[2]
    page, _, fragment = link.partition("#")
    api = f"{desk.url}/api/cancellation-requests"
    for method in ("GET", "HEAD", "OPTIONS"):
        for address in (page, f"{page}?{fragment}", f"{api}/summary?{fragment}", f"{api}/cancellation?{fragment}"):
            httpx.request(method, address, headers={"Purpose": "prefetch"}, follow_redirects=True)
    anyone = desk.client()
    for _ in range(3):
        assert anyone.post("/api/cancellation-requests/summary", {"token": token}).status_code == 200
    body = {"token": token, "reason": "not_used"}
    assert anyone.post("/api/cancellation-requests/cancellation", body).status_code == 200
    assert anyone.post("/api/cancellation-requests/cancellation", body).status_code == 404
    assert desk.client(CAMILLE, language="en").sign_in(CAMILLE, PASSWORD).get(CONTRACT).json()["status"] == "cancelling"
