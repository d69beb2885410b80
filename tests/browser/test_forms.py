"""How every form behaves: what it says of wrong answers, that it sends once, and that nothing typed is lost."""

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from infra.local.demo import PASSWORD
from tests.browser.conftest import serve_modules
from tests.browser.test_transfer import choose
from tests.desk import Desk

ADMINISTRATOR = "alex.morgan@example.com"
USER = "sam.taylor@example.com"
USERS = "**/api/subscriptions/*/users**"


def sign_in(job: Locator, email: str = ADMINISTRATOR, password: str = PASSWORD) -> None:
    job.get_by_role("textbox", name="E-mail address").fill(email)
    job.get_by_label("Password", exact=True).fill(password)
    job.get_by_role("button", name="Sign in").click()


@pytest.fixture
def add_user(page: Page, desk: Desk) -> Locator:
    """Guide 8's form, its reader signed in on the page itself."""
    page.goto("/add-user/?subscription=alex-active")
    job = page.locator("[data-job=add-user]")
    sign_in(job)
    expect(job.get_by_role("button", name="Add the user")).to_be_visible()
    return job


@pytest.fixture
def sent(page: Page) -> list[Request]:
    """What changes users, as it is sent."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request) if request.method in ("POST", "DELETE") else None)
    return requests


def test_wrong_answers_are_named_all_at_once_and_lead_to_their_fields(page: Page) -> None:
    page.goto("/fr/sign-in/")
    page.get_by_role("button", name="Se connecter").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    assert page.title().startswith("Erreur\u00a0: ")
    email = page.get_by_role("textbox", name="Adresse e-mail")
    expect(email).to_have_attribute("aria-invalid", "true")
    assert "sign-in-email-error" in (email.get_attribute("aria-describedby") or "")

    summary.get_by_role("link").first.click()
    expect(email).to_be_focused()


def test_wrong_credentials_say_so_and_keep_the_address(page: Page, desk: Desk) -> None:
    page.goto("/sign-in/")
    sign_in(page.locator("[data-job=sign-in]"), password="not the password")

    expect(page.get_by_role("alert")).to_contain_text("Wrong e-mail address or password")
    expect(page.get_by_role("textbox", name="E-mail address")).to_have_value(ADMINISTRATOR)


@pytest.mark.parametrize(
    ("address", "arrives"),
    [
        ("/sign-in/?next=/fr/add-user/", "/fr/add-user/"),
        ("/sign-in/#next=/fr/add-user/", "/fr/add-user/"),
        ("/sign-in/#next=https://example.com/", "/portal/"),
        ("/sign-in/?next=https://example.com/", "/portal/"),
        ("/sign-in/?next=//example.com/", "/portal/"),
        ("/sign-in/?next=/\\example.com/", "/portal/"),
        ("/sign-in/?next=javascript:alert(1)", "/portal/"),
        ("/sign-in/", "/portal/"),
    ],
)
def test_signing_in_leads_back_and_never_to_another_site(page: Page, desk: Desk, address: str, arrives: str) -> None:
    page.goto(address)
    sign_in(page.locator("[data-job=sign-in]"))
    expect(page).to_have_url(desk.url + arrives)


def test_the_header_says_who_is_signed_in_until_they_sign_out(page: Page, desk: Desk) -> None:
    page.goto("/add-user/?subscription=alex-active")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    sign_in(page.locator("[data-job=sign-in]"))
    page.wait_for_url("**/add-user/**")
    header = page.get_by_role("banner")
    expect(header).to_contain_text(ADMINISTRATOR)

    page.locator("#add-user-email").fill("typed@example.com")
    header.get_by_role("button", name="Sign out").click()

    expect(header.get_by_role("link", name="Sign in")).to_be_focused()
    expect(page.locator("[data-job=add-user]").get_by_label("Password", exact=True)).to_be_visible()
    # On a shared computer nothing stays of what was typed.
    assert page.locator("#add-user-email").input_value() == ""


def test_a_confirmation_takes_the_focus_says_what_it_is_about_and_leads_on(
    page: Page, add_user: Locator, desk: Desk
) -> None:
    add_user.locator("#add-user-email").fill("new.colleague@example.com")
    add_user.get_by_role("button", name="Add the user").click()

    done = add_user.locator("> [data-stage=done]")
    expect(done).to_be_focused()
    expect(done).to_contain_text("new.colleague@example.com")
    expect(done).to_contain_text("PROFIS Engineering Premium, contract G-")
    expect(done.get_by_text("Reference:")).to_be_hidden()
    assert [mail.to for mail in desk.mails("new.colleague@example.com")]
    expect(page.locator(".live__status")).to_have_text("You have done all the steps.")

    # The next of a team, with the same subscription.
    done.get_by_role("button", name="Add another user").click()
    expect(add_user.locator("#add-user-email")).to_be_focused()
    expect(add_user.locator("#add-user-email")).to_have_value("")
    expect(page.locator(".live__status")).to_have_text("You are at step 3 of 3.")


def test_a_double_click_sends_once(add_user: Locator, sent: list[Request]) -> None:
    add_user.locator("#add-user-email").fill("new.colleague@example.com")
    add_user.get_by_role("button", name="Add the user").dblclick()

    expect(add_user.locator("> [data-stage=done]")).to_be_visible()
    assert len(sent) == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    page: Page, add_user: Locator, sent: list[Request], desk: Desk
) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(USERS, lose_the_answer, times=1)
    add_user.locator("#add-user-email").fill("new.colleague@example.com")
    add_user.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("alert")).to_contain_text("We could not reach the desk")
    expect(add_user.locator("#add-user-email")).to_have_value("new.colleague@example.com")

    add_user.get_by_role("button", name="Add the user").click()
    expect(add_user.locator("> [data-stage=done]")).to_be_visible()
    first, second = (request.headers["idempotency-key"] for request in sent)
    assert first == second
    assert len(desk.mails("new.colleague@example.com")) == 1


def test_other_answers_are_another_attempt(page: Page, add_user: Locator, sent: list[Request]) -> None:
    page.route(USERS, lambda route: route.abort(), times=1)
    for address in ("first@example.com", "second@example.com"):
        add_user.locator("#add-user-email").fill(address)
        add_user.get_by_role("button", name="Add the user").click()

    expect(add_user.locator("> [data-stage=done]")).to_be_visible()
    first, second = (request.headers["idempotency-key"] for request in sent)
    assert first != second


def test_when_the_session_ends_one_signs_in_on_the_spot_and_goes_on(page: Page, add_user: Locator) -> None:
    add_user.locator("#add-user-email").fill("new.colleague@example.com")
    page.context.clear_cookies()
    add_user.get_by_role("button", name="Add the user").click()

    expect(add_user.get_by_text("what you typed is still here").locator("visible=true")).to_be_focused()
    sign_in(add_user)
    expect(add_user.locator("#add-user-email")).to_have_value("new.colleague@example.com")
    add_user.get_by_role("button", name="Add the user").click()
    expect(add_user.locator("> [data-stage=done]")).to_be_visible()


def test_answers_can_be_changed_before_they_are_sent(page: Page, desk: Desk, sent: list[Request]) -> None:
    desk.client(ADMINISTRATOR).post("/api/subscriptions/alex-active/users", {"email": "another@example.com"})
    page.goto("/remove-user/?subscription=alex-active")
    job = page.locator("[data-job=remove-user]")
    sign_in(job)
    job.locator("#remove-user-email").select_option("another@example.com")
    job.get_by_role("button", name="Continue").click()
    expect(job.locator("[data-answers]")).to_contain_text("another@example.com")

    job.get_by_role("button", name="Change").click()
    job.locator("#remove-user-email").select_option(USER)
    job.get_by_role("button", name="Continue").click()
    job.get_by_role("button", name="Remove the user").click()

    expect(job.locator("> [data-stage=done]")).to_be_visible()
    assert [request.method for request in sent if "/users/" in request.url] == ["DELETE"]


def test_who_cannot_do_it_is_told_why(page: Page, desk: Desk) -> None:
    page.goto("/add-user/")
    job = page.locator("[data-job=add-user]")
    sign_in(job, USER)

    subject = page.locator("[data-subject]")
    expect(subject).to_contain_text("You cannot do this with any of your subscriptions now")
    expect(subject.get_by_role("listitem").first).to_contain_text(
        "Only the administrator can do this: alex.morgan@example.com."
    )
    expect(job).to_be_hidden()


def test_a_form_that_edits_begins_with_what_the_chosen_subscription_has(page: Page, desk: Desk) -> None:
    def editing(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"edits": []', '"edits": ["email"]'))

    def known(route: Route) -> None:
        answer = route.fetch()
        items = [{**item, "email": f"{item['id']}@example.com"} for item in answer.json()["items"]]
        route.fulfill(response=answer, json={"items": items, "next": None})

    page.route("**/add-user/", editing)
    page.route("**/api/subscriptions?*", known)
    page.goto("/add-user/")
    job = page.locator("[data-job=add-user]")
    sign_in(job)
    email = job.locator("#add-user-email")
    choose(page, "alex-active")
    expect(email).to_have_value("alex-active@example.com")

    page.get_by_role("button", name="Choose another subscription").click()
    choose(page, "alex-active-floating")
    expect(email).to_have_value("alex-active-floating@example.com")

    # What is typed is the reader's, until another subscription is chosen.
    email.fill("typed@example.com")
    page.context.clear_cookies()
    job.get_by_role("button", name="Add the user").click()
    expect(job.get_by_text("what you typed is still here").locator("visible=true")).to_be_focused()
    sign_in(job)
    expect(email).to_be_visible()
    expect(email).to_have_value("typed@example.com")


def test_a_date_is_what_a_text_marks_as_one_and_not_what_looks_like_it(page: Page) -> None:
    serve_modules(page)
    page.goto("/fr/legal/")
    words = page.evaluate(
        """async () => (await import("/modules/words.js")).worded("{name}: {end:day}, {at:day}, {none:day}", {
          name: "2026-13-45", end: "2026-12-01", at: "2026-12-01T23:30:00Z",
        })"""
    )
    # No line breaks within one.
    assert words == "2026-13-45: 1er\xa0décembre\xa02026, 2\xa0décembre\xa02026, "


def test_a_password_can_be_looked_at(page: Page) -> None:
    page.goto("/sign-in/")
    password = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Show the password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide the password").click()
    expect(password).to_have_attribute("type", "password")


def test_without_javascript_a_form_says_so_and_offers_the_contact(page: Page, cloud: Desk) -> None:
    browser = page.context.browser
    assert browser
    with browser.new_context(base_url=cloud.url, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto("/add-user/")
        job = plain.locator("[data-job=add-user]").first
        expect(job.locator("noscript > p").first).to_be_visible()
        expect(job.locator("noscript a").first).to_have_attribute("href", "/contact/")
        expect(job.locator("form:visible")).to_have_count(0)
