"""Cancellation: code de la consommation, articles L215-1-1 and D215-1 to D215-3, and the renewal notice of L215-1."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from functions.shared import clock
from functions.shared.texts import LANGUAGES, Language, Texts
from tests import kept
from tests.browser.test_cancellation import clicks, count_clicks
from tests.browser.test_transfer import PEOPLE, ROOTS, choose, sign_in
from tests.desk import Desk, unwrapped
from tests.functions.test_cancellation import ALEX, CAMILLE, CANCELLATION, REQUESTS, SUBSCRIPTION, token_mailed
from tests.functions.test_plain_forms import post, text

LABELS = {
    "fr": ("Résilier votre contrat", "Notification de la résiliation"),
    "en": ("Cancel your contract", "Notification of cancellation"),
}


def wished(days: int) -> date:
    return clock.day(clock.now()) + timedelta(days=days)


def errors(answer: Any) -> Mapping[str, str]:
    assert answer.status_code == 422
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_l215_1_1_and_d215_1_to_d215_3_labels_summary_wished_date_and_notification(
    page: Page, desk: Desk, language: Language
) -> None:
    texts, root = Texts(language), ROOTS[language]
    here, notify = LABELS[language]
    administrator, _, subscription = PEOPLE[language]
    company = desk.client(administrator).get("/api/session").json()["company"]
    sign_in(page, root, administrator)
    page.goto(root)
    expect(page.locator(".foot").get_by_role("link", name=here, exact=True)).to_be_visible()
    page.goto(f"{root}cancel/")
    choose(page, subscription)
    job = page.locator("[data-job=cancel]")
    end = kept.read_subscription(subscription).end

    count_clicks(page)
    job.get_by_label(texts("cancellation.cancel.fields.reason.choices.prefer_not_to_say")).click()
    job.get_by_label(texts("cancellation.cancel.fields.wished_date.label")).fill(str(end + timedelta(days=1)))
    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    # Too late a date is said at its field before anything is sent.
    expect(job.get_by_role("alert").get_by_role("link")).to_contain_text(texts.filled("{end}", {"end": end}))
    day = wished(40)
    job.get_by_label(texts("cancellation.cancel.fields.wished_date.label")).fill(str(day))
    job.get_by_role("button", name=texts("cancellation.cancel.submit")).click()
    # D215-2: name or company, contract, address and date, to be checked and changed.
    summary = job.locator("[data-stage=check]")
    number = kept.read_subscription(subscription).contract_number
    for said in (company, number, administrator, texts.filled("{day}", {"day": day})):
        expect(summary.locator("[data-answers]")).to_contain_text(said)
    expect(summary.get_by_role("button", name=texts("forms.back"))).to_be_visible()
    summary.get_by_role("button", name=notify, exact=True).click()
    expect(job.locator("[data-done-title]")).to_have_text(texts("cancellation.cancel.done_title"))
    # A reason, Continue and the notification, with one detour over the wrong date.
    assert clicks(page) == 4

    stored = kept.read_subscription(subscription)
    assert stored.end == end
    assert stored.cancellation is not None
    assert stored.cancellation["wished_date"] == day.isoformat()
    # D215-3: the acknowledgement on a durable medium, with the end and the effects.
    mail = unwrapped(desk.mails(administrator)[0])
    for said in (stored.cancellation["reference"], company, *(texts.filled("{d}", {"d": d}) for d in (day, end))):
        assert said in mail


def test_d215_2_a_wished_date_is_from_today_to_the_last_day(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    end = date.fromisoformat(camille.get(SUBSCRIPTION).json()["end"])

    def cancel(day: str) -> Any:
        return camille.post(CANCELLATION, {"reason": "other", "wished_date": day})

    assert errors(cancel(str(wished(-1)))) == {"wished_date": "in_the_past"}
    assert errors(cancel(str(end + timedelta(days=1)))) == {"wished_date": "after_last_day"}
    assert errors(cancel("tomorrow")) == {"wished_date": "not_a_date"}
    assert kept.read_subscription("camille-active").status == "active"
    for day in (wished(0), end):
        done = cancel(str(day)).json()
        assert (done["status"], done["wished_date"], done["usable_until"]) == ("cancelling", str(day), str(end))
        assert camille.delete(CANCELLATION).status_code == 200


def test_l215_1_1_without_an_account_with_name_and_wished_date(desk: Desk) -> None:
    anyone, day = desk.client(), wished(20)
    number = kept.read_subscription("camille-active").contract_number
    asked = {"contract_number": number, "email": CAMILLE, "name": "Camille Durand", "wished_date": str(day)}
    assert errors(anyone.post(REQUESTS, asked | {"wished_date": str(wished(-1))})) == {"wished_date": "in_the_past"}
    # The same for whoever it names: a date beyond any contract's end is found out only by who has the link.
    stranger = anyone.post(REQUESTS, asked | {"email": "x@example.com", "wished_date": "2100-01-01"})
    assert stranger.status_code == anyone.post(REQUESTS, asked).status_code == 202
    token = token_mailed(desk, CAMILLE)

    shown = anyone.post(f"{REQUESTS}/summary", {"token": token}).json()
    assert (shown["name"], shown["wished_date"]) == ("Camille Durand", str(day))
    late = {"token": token, "reason": "other", "wished_date": "2100-01-01"}
    assert errors(anyone.post(f"{REQUESTS}/cancellation", late)) == {"wished_date": "after_last_day"}

    done = anyone.post(f"{REQUESTS}/cancellation", {"token": token, "reason": "prefer_not_to_say"}).json()

    assert (done["name"], done["wished_date"]) == ("Camille Durand", str(day))
    stored = kept.read_subscription("camille-active").cancellation
    assert stored is not None
    assert (stored["name"], stored["wished_date"]) == ("Camille Durand", str(day))
    mail = unwrapped(desk.mails(CAMILLE)[0])
    assert "Camille Durand" in mail
    assert Texts("fr").filled("{day}", {"day": day}) in mail


@pytest.mark.parametrize("language", LANGUAGES)
def test_l215_1_1_without_a_script_the_forms_ask_and_repeat_the_same(
    browser: Browser, desk: Desk, language: Language
) -> None:
    texts, root, day = Texts(language), ROOTS[language], wished(30)
    number = kept.read_subscription("camille-active").contract_number
    with browser.new_context(base_url=desk.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{root}cancel-without-account/")
        form = page.locator("form.plain").first
        for name, said in (
            ("contract_number", number),
            ("email", CAMILLE),
            ("name", "C. Durand"),
            ("wished_date", day),
        ):
            form.get_by_label(texts(f"cancellation.request.fields.{name}.label")).fill(str(said))
        form.get_by_role("button", name=texts("cancellation.request.submit")).click()
        expect(page.get_by_role("heading")).to_have_text(texts("cancellation.request.done_title"))
    token, anyone = token_mailed(desk, CAMILLE), desk.client()
    summary = post(anyone, "cancellation-summary", {"link": token}, language)
    assert f'value="{day}"' in summary.text
    assert LABELS[language][1] in text(summary)
    late = post(anyone, "cancellation", {"token": token, "reason": "other", "wished_date": "2100-01-01"}, language)
    assert late.status_code == 422
    assert texts("cancellation.by_link.fields.wished_date.label") in text(late)
    changed = {"token": token, "reason": "other", "name": "Camille D.", "wished_date": str(day)}
    done = post(anyone, "cancellation", changed, language)
    for said in ("Camille D.", texts.filled("{day}", {"day": day})):
        assert said in text(done)


def test_l215_1_the_last_day_to_refuse_the_renewal_stands_in_a_box(desk: Desk) -> None:
    """In the mail's HTML within a border, in its text between two rules, in both languages."""
    for email, subscription, language in ((CAMILLE, "camille-active", "fr"), (ALEX, "alex-active", "en")):
        texts = Texts(language)  # type: ignore[arg-type]
        end = kept.read_subscription(subscription).end
        desk.advance_to(desk.cloud.now() + (end - timedelta(days=60) - wished(0)))
        boxed = texts.filled(texts.entry("renewal.mails.notice.boxed"), {"end": end})
        notice = next(mail for mail in desk.mails(email) if boxed in unwrapped(mail))
        assert re.search(rf"<td[^>]*border:2px solid[^>]*>{re.escape(boxed)}</td>", notice.html)
        lines = notice.text.split("\n")
        at = lines.index(boxed)
        assert set(lines[at - 1]) == set(lines[at + 1]) == {"-"}
