"""The guide to the transfer, done by its steps, while the former and the new administrator both look on."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from functions.shared.texts import Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.desk import Desk


class People(NamedTuple):
    """Who takes part, and the subscription that is passed on."""

    administrator: str
    user: str
    subscription: str


PEOPLE: Mapping[str, People] = {
    "en": People("alex.morgan@example.com", "sam.taylor@example.com", "alex-active"),
    "fr": People("camille.durand@example.com", "lea.petit@example.com", "camille-active"),
}
ROOTS = {"en": "/", "fr": "/fr/"}


def sign_in(page: Page, root: str, email: str) -> None:
    page.goto(f"{root}sign-in/?next={root}portal/")
    page.locator("[data-job=sign-in] input[type=email]").first.fill(email)
    page.locator("[data-job=sign-in] input[type=password]").first.fill(PASSWORD)
    page.locator("[data-job=sign-in] button[type=submit]").first.click()
    expect(page.locator(".line").first).to_be_visible()


def contract_number(subscription: str) -> str:
    """What the reader knows it by."""
    return kept.read_subscription(subscription).contract_number


def choose(page: Page, subscription: str) -> None:
    """Choose what the page is about."""
    page.locator(f"[data-subject] button[value='{subscription}']").click()
    expect(page.locator("[data-subject] [data-stage=chosen]")).to_be_focused()


@pytest.fixture
def other_page(browser: Browser, cloud: Desk) -> Iterator[Page]:
    """The page of a second reader, in a browser of their own."""
    with browser.new_context(base_url=cloud.url, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_role_passes_on_before_both_readers_eyes(page: Page, other_page: Page, desk: Desk, language: str) -> None:
    texts, root = Texts(language), ROOTS[language]  # type: ignore[arg-type]
    administrator, user, subscription = PEOPLE[language]
    sign_in(page, root, administrator)
    sign_in(other_page, root, user)
    line = other_page.locator(f"[id='{subscription}']")
    expect(line.get_by_role("button")).to_have_count(0)
    # Another tab of the administrator's shows the subscription, about to add a user.
    open_elsewhere = page.context.new_page()
    open_elsewhere.goto(f"{root}portal/#{subscription}")
    expect(open_elsewhere.locator(f"[id='{subscription}'] .user").first).to_be_visible()
    # A tab in the background would take its time for everything.
    page.bring_to_front()

    # In the portal: the line, Manage subscription, Options, Transfer administrator rights.
    page.goto(f"{root}portal/#{subscription}")
    mine = page.locator(f"[id='{subscription}']")
    mine.get_by_role("tab", name=texts("portal.subscription.tab")).click()
    expect(mine.get_by_role("heading", name=texts("portal.subscription.options"))).to_be_visible()
    mine.get_by_role("link", name=texts("transfer.form.title")).click()

    # The guide says where the reader stands, and its form is about that subscription.
    expect(page.get_by_role("status").filter(has_text=texts("live.status_next", number=3, count=4))).to_be_visible()
    expect(page.locator("li[aria-current=step]")).to_contain_text(texts("live.next"))
    job = page.locator("[data-job=transfer]")
    expect(page.locator("[data-subject] dl [data-slot=contract]")).to_have_text(contract_number(subscription))

    # Choose the user who receives the rights; see who gains and who loses what; confirm.
    job.get_by_role("button", name=texts("transfer.form.submit")).click()
    expect(job.get_by_role("alert")).to_be_focused()
    job.get_by_label(texts("transfer.form.fields.email.label")).select_option(user)
    job.get_by_role("button", name=texts("transfer.form.submit")).click()
    expect(job.get_by_role("heading", name=texts("transfer.form.check_title"))).to_be_focused()
    expect(job.locator("[data-answers]")).to_contain_text(contract_number(subscription))
    for effect in texts.entry("transfer.form.effects"):
        expect(job.get_by_text(effect.format(email=user, product="PROFIS Engineering"))).to_be_visible()
    job.get_by_role("button", name=texts("transfer.form.confirm")).click()
    expect(job.locator("[data-done-text]")).to_have_text(texts("transfer.form.done", email=user))
    expect(page.locator(".live__status")).to_have_text(texts("live.status_done"))
    expect(page.locator("[data-subject]")).to_be_hidden()

    # The former administrator's open page finds nothing at its next call.
    open_elsewhere.bring_to_front()
    open_elsewhere.locator(f"[id='{subscription}']").get_by_role("tab", name=texts("portal.subscription.tab")).click()
    expect(open_elsewhere.get_by_text(texts("portal.gone"))).to_be_focused()
    expect(open_elsewhere.locator(f"[id='{subscription}']")).to_have_count(0)
    access = open_elsewhere.evaluate("fetch('/api/access?product=PROFIS Engineering').then((answer) => answer.json())")
    assert access["allowed"] is False

    # The new one manages the software in their portal and may use it.
    other_page.reload()
    line.get_by_role("button").first.click()
    expect(line.locator(".user")).to_have_count(1)
    access = other_page.evaluate("fetch('/api/access?product=PROFIS Engineering').then((answer) => answer.json())")
    assert (access["allowed"], access["subscription_id"]) == (True, subscription)
    assert [mail.subject for mail in desk.mails(user)] == [
        texts("transfer.mails.gained.subject", product="PROFIS Engineering")
    ]
    assert [mail.subject for mail in desk.mails(administrator)] == [
        texts("transfer.mails.lost.subject", product="PROFIS Engineering")
    ]


def test_where_nobody_else_could_receive_it_the_guide_says_why(page: Page, desk: Desk) -> None:
    sign_in(page, "/", "noor.haddad@example.com")
    page.goto("/transfer/")
    why = Texts("en")("users.refused.no_other_user.reason")
    expect(page.locator(".live__status")).to_have_text(Texts("en")("live.status_blocked", number=3, why=why))
    expect(page.locator("li[data-state=blocked]")).to_contain_text(Texts("en")("live.blocked", why=why))
    expect(page.locator("[data-job=transfer] [data-reason]")).to_have_text(why)


def test_one_who_has_no_account_yet_is_marked_in_the_list(page: Page, desk: Desk) -> None:
    client = desk.client("noor.haddad@example.com")
    client.post("/api/subscriptions/noor-active/users", {"email": "new@example.com"})
    sign_in(page, "/", "noor.haddad@example.com")
    page.goto("/transfer/")
    users = page.locator("[data-users] option")
    expect(users).to_have_text(["", Texts("en")("forms.subscription.invited", email="new@example.com")])
