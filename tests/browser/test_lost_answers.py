"""An answer is lost and the page loaded again: it finds out what became of what was sent, which is done once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from functions.shared.texts import LANGUAGES, Language
from tests.browser.test_accessibility import faults
from tests.browser.test_activation import ask_for_the_code, code_of_the_mail, order
from tests.browser.test_shop import ADDRESS, READERS, Shopper
from tests.desk import Desk

PHONE: ViewportSize = {"width": 390, "height": 844}
type End = Callable[[Route], None]


@pytest.fixture(params=LANGUAGES)
def shopper(request: pytest.FixtureRequest, page: Page, desk: Desk) -> Shopper:
    language: Language = request.param
    page.set_viewport_size(PHONE)
    return Shopper(page, language)


def lose_the_answer(route: Route) -> None:
    """The server has done it, and nobody hears of it."""
    route.fetch()
    route.abort()


def lose_the_request(route: Route) -> None:
    route.abort()


def send_an_order(shopper: Shopper, lose: End) -> None:
    shopper.put_into_cart("rh-30", "1")
    shopper.open("order/")
    shopper.press("orders.cart.order")
    shopper.sign_in(shopper.stage("sign-in"))
    fill_in_and_check(shopper)
    shopper.page.route("**/api/orders", lose, times=1)
    shopper.place()
    expect(shopper.order.locator(":scope > [data-summary]")).to_contain_text(shopper.says("forms.failed.title"))


def fill_in_and_check(shopper: Shopper, **details: str) -> None:
    shopper.stage("details")
    shopper.fill_in(**{**ADDRESS, **details})
    shopper.press("orders.details.submit")
    shopper.stage("check")


def orders(desk: Desk, shopper: Shopper) -> int:
    return len(desk.client(shopper.email).orders())


def trials(desk: Desk, shopper: Shopper) -> list[str]:
    items = desk.client(shopper.email).get("/api/subscriptions?limit=100").json()["items"]
    return [one["id"] for one in items if one["status"] == "trial"]


def kept(page: Page) -> str:
    stored: str = page.evaluate("JSON.stringify({ ...sessionStorage })")
    return stored


def test_an_order_that_went_through_is_found_and_not_sent_again(desk: Desk, shopper: Shopper) -> None:
    send_an_order(shopper, lose_the_answer)
    # What was typed stays in the tab until it is known, and no longer.
    assert shopper.page.evaluate("Object.keys(localStorage)") == ["cart"]
    assert ADDRESS["street"] in kept(shopper.page)
    shopper.page.reload()
    done = shopper.stage("done")
    [placed] = desk.client(shopper.email).orders()
    expect(done).to_contain_text(placed["id"])
    assert kept(shopper.page) == "{}"
    shopper.page.reload()
    expect(shopper.stage("done")).to_contain_text(placed["id"])
    shopper.page.goto(f"{'/' if shopper.language == 'en' else '/fr/'}order/")
    expect(shopper.stage("empty")).to_be_visible()
    assert orders(desk, shopper) == 1


def test_while_nobody_can_tell_it_says_so_and_looks_again(desk: Desk, shopper: Shopper) -> None:
    send_an_order(shopper, lose_the_answer)
    shopper.page.route("**/api/orders?only=repeat", lose_the_request, times=1)
    shopper.page.reload()
    unknown = shopper.stage("unknown")
    expect(unknown).to_contain_text(shopper.says("forms.unknown.title"))
    expect(unknown.get_by_text(shopper.says("forms.unknown.failed"))).to_be_visible()
    assert faults(shopper.page) == []
    shopper.press("forms.unknown.again")
    shopper.stage("done")
    assert orders(desk, shopper) == 1


def test_an_order_that_never_arrived_is_placed_once_with_its_key(desk: Desk, shopper: Shopper) -> None:
    keys: list[str] = []
    shopper.page.on(
        "request", lambda sent: keys.append(sent.headers["idempotency-key"]) if sent.url.endswith("/orders") else None
    )
    send_an_order(shopper, lose_the_request)
    shopper.page.reload()
    expect(shopper.order.get_by_text(shopper.says("forms.unknown.not_done"))).to_be_focused()
    assert faults(shopper.page) == []
    shopper.page.set_viewport_size(PHONE)
    # At the step where it was sent, with all that was typed.
    expect(shopper.stage("check")).to_contain_text(ADDRESS["street"])
    shopper.place()
    shopper.stage("done")
    placing = [key for key in keys if key]
    assert len(set(placing)) == 1
    assert orders(desk, shopper) == 1


def test_one_that_arrives_late_is_not_placed_beside_another(desk: Desk, shopper: Shopper) -> None:
    """The request is still on its way while the page asks; the reader begins anew, with another street."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        route.abort()

    send_an_order(shopper, hold)
    shopper.page.reload()
    expect(shopper.order.get_by_text(shopper.says("forms.unknown.not_done"))).to_be_focused()
    [late] = held
    sent, client = late.request, desk.client(shopper.email)
    arrived = client.post("/api/orders", sent.post_data_json, key=sent.headers["idempotency-key"])
    assert arrived.status_code == 201
    shopper.press("orders.check.change_billing")
    fill_in_and_check(shopper, street="2 rue Vieille")
    shopper.place()
    expect(shopper.stage("done")).to_contain_text(arrived.json()["id"])
    assert orders(desk, shopper) == 1


def test_nobody_else_takes_it_up(desk: Desk, shopper: Shopper) -> None:
    send_an_order(shopper, lose_the_answer)
    shopper.page.get_by_role("button", name=shopper.says("site.session.sign_out")).click()
    expect(shopper.page.get_by_role("link", name=shopper.says("site.session.sign_in")).first).to_be_focused()
    assert kept(shopper.page) == "{}"


def test_a_trial_is_started_once(desk: Desk, shopper: Shopper) -> None:
    page = shopper.page
    trial, before = page.locator("[data-job=start-trial]"), trials(desk, shopper)
    shopper.open("standard/")
    shopper.sign_in(trial.locator("[data-job=sign-in]"))
    trial.get_by_role("radio").first.check()
    page.route("**/api/trials", lose_the_answer, times=1)
    shopper.press("trials.start.submit", trial)
    expect(trial.locator(":scope > [data-summary]")).to_contain_text(shopper.says("forms.failed.title"))
    page.reload()
    expect(trial.locator("[data-done-title]")).to_have_text(shopper.says("forms.unknown.former_title"))
    assert faults(page) == []
    assert len(trials(desk, shopper)) == len(before) + 1


def test_a_contract_is_signed_once(desk: Desk, shopper: Shopper) -> None:
    page, email = shopper.page, READERS[shopper.language]
    client = desk.client(email)
    subscription = order(client)
    path = f"/api/subscriptions/{subscription}"
    version = client.get(path).json()["terms_version"]
    assert client.post(f"{path}/terms", {"accepted": True, "terms_version": version}).status_code == 200
    assert client.post(f"{path}/activation").status_code == 200
    block = page.locator("[data-activation]")
    shopper.open(f"activate/?subscription={subscription}")
    shopper.sign_in(block.locator("[data-job=sign-in]"))
    sign = block.locator("[data-sign]")
    ask_for_the_code(block, shopper.texts)
    sign.locator("[name=name]").fill("Alex Morgan")
    sign.locator("[name=code]").fill(code_of_the_mail(desk, email))
    sign.locator("[name=consent]").check()
    page.route("**/signature", lose_the_answer, times=1)
    sign.get_by_role("button", name=shopper.says("activation.sign.submit")).click()
    expect(block.locator(":scope > [data-summary]")).to_contain_text(shopper.says("forms.failed.title"))
    assert not any(said in kept(page) for said in (email, "Alex Morgan"))
    page.reload()
    expect(block.locator(":scope > [data-stage=done]")).to_be_visible()
    told = [one["text"] for one in client.get(f"{path}/history?limit=100").json()["items"]]
    assert told.count(told[0]) == 1
    assert client.get(path).json()["status"] == "active"
