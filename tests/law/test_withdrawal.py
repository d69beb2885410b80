"""Withdrawal: code de la consommation, articles L221-5, L221-18 to L221-24 and the annex to R221-1."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from functions.shared.calendar import is_working_day, last_day_of_term
from functions.shared.money import price
from functions.shared.texts import LANGUAGES, Language, Texts
from functions.subscriptions.consumers import consumers
from infra.local.demo import PEOPLE
from tests import kept
from tests.browser.test_cancellation import clicks, count_clicks
from tests.browser.test_transfer import ROOTS, sign_in
from tests.desk import Desk, unwrapped

EMMA, CAMILLE = "emma.roux@example.com", "camille.durand@example.com"
NAME = "emma-active"
SUBSCRIPTION = f"/api/subscriptions/{NAME}"
WITHDRAWAL = f"{SUBSCRIPTION}/withdrawal"
CONFIRMED = {"confirm": True}
# Two seats at 499 euros a year, with 20 % VAT.
PAID = 1197_60
LABELS = {
    "fr": ("Renoncer au contrat ici", "Confirmer la rétractation"),
    "en": ("Withdraw from contract here", "Confirm withdrawal"),
}


@pytest.mark.parametrize(
    ("signed", "last"),
    [
        # Without the day of the signature.
        (date(2026, 11, 26), date(2026, 12, 10)),
        # A Saturday, a Sunday: on Monday.
        (date(2026, 11, 28), date(2026, 12, 14)),
        (date(2026, 11, 29), date(2026, 12, 14)),
        # 25 December, a Friday, and the weekend after it.
        (date(2026, 12, 11), date(2026, 12, 28)),
        # 1 January, a Friday.
        (date(2026, 12, 18), date(2027, 1, 4)),
        # Easter Monday 2027, Ascension Day 2027, Whit Monday 2027, by the date of Easter.
        (date(2027, 3, 15), date(2027, 3, 30)),
        (date(2027, 4, 22), date(2027, 5, 7)),
        (date(2027, 5, 3), date(2027, 5, 18)),
        # 1 and 8 May, 14 July, 15 August, 1 and 11 November.
        (date(2028, 4, 17), date(2028, 5, 2)),
        (date(2028, 4, 24), date(2028, 5, 9)),
        (date(2027, 6, 30), date(2027, 7, 15)),
        (date(2028, 8, 1), date(2028, 8, 16)),
        (date(2027, 10, 18), date(2027, 11, 2)),
        (date(2027, 10, 28), date(2027, 11, 12)),
    ],
)
def test_l221_19_the_term_is_fourteen_days_and_ends_on_a_working_day(signed: date, last: date) -> None:
    assert last_day_of_term(signed, consumers().withdrawal_days) == last


def test_l221_19_eleven_public_holidays_a_year_at_most() -> None:
    for year in range(2024, 2060):
        days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        on_week_days = [day for day in days if day.weekday() < 5 and not is_working_day(day)]
        assert 7 <= len(on_week_days) <= 11


def test_who_is_a_consumer_is_one_setting() -> None:
    assert consumers().profiles == {"student"}
    assert {person.profile for person in PEOPLE} > consumers().profiles


@pytest.mark.parametrize("language", LANGUAGES)
def test_l221_18_and_l221_21_two_labelled_clicks_withdraw_with_a_receipt(
    page: Page, desk: Desk, language: Language
) -> None:
    texts, root = Texts(language), ROOTS[language]
    here, confirm = LABELS[language]
    sign_in(page, root, EMMA)
    page.goto(root)
    # The function is on every page, for as long as it may be used.
    page.locator(".foot").get_by_role("link", name=here, exact=True).click()
    job = page.locator("[data-job=withdraw]")
    expect(job.get_by_role("button", name=here, exact=True)).to_be_visible()

    count_clicks(page)
    job.get_by_role("button", name=here, exact=True).click()
    contract = kept.read_subscription(NAME).contract_number
    expect(job.locator("[data-answers]")).to_contain_text(contract)
    expect(job.locator("[data-effects]")).to_contain_text(EMMA)
    last = date.fromisoformat(kept.read_subscription(NAME).withdrawable_until or "")
    expect(job.locator("[data-effects]")).to_contain_text(texts.filled("{last}", {"last": last}))
    job.get_by_role("button", name=confirm, exact=True).click()

    expect(job.locator("[data-done-title]")).to_have_text(texts("withdrawal.form.done_title"))
    assert clicks(page) == 2
    stored = kept.read_subscription(NAME)
    assert stored.status == "withdrawn"
    assert stored.withdrawal is not None
    expect(job.locator("[data-reference]")).to_have_text(stored.withdrawal["reference"])
    expect(job.locator("[data-done-text]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(job.locator("[data-done-text]")).to_contain_text("1,197.60" if language == "en" else "1 197,60")
    # L221-21: the receipt at once, on a durable medium, with date and hour (in the account's language).
    [receipt] = desk.mails(EMMA)
    at = datetime.fromisoformat(stored.withdrawal["at"])
    for said in (contract, stored.withdrawal["reference"], "Emma Roux", Texts("fr").filled("{at}", {"at": at})):
        assert said in unwrapped(receipt)
    assert price(PAID, "fr") in unwrapped(receipt)
    # What waits in the portal says so.
    page.goto(f"{root}portal/")
    expect(page.locator("[data-slot=status][data-status=withdrawn]").first).to_have_text(
        texts("portal.status.withdrawn")
    )


def test_l221_24_all_that_was_paid_comes_back_and_the_firm_is_told(desk: Desk) -> None:
    emma = desk.client(EMMA)

    answer = emma.post(WITHDRAWAL, CONFIRMED)

    said = answer.json()
    assert (answer.status_code, set(said)) == (
        200,
        {"subscription_id", "status", "reference", "withdrawn_at", "refund"},
    )
    assert (said["subscription_id"], said["status"], said["refund"]) == (NAME, "withdrawn", PAID)
    assert datetime.fromisoformat(said["withdrawn_at"]).tzinfo == UTC
    [to_pay] = desk.mails("accounts@example.com")
    for fact in (price(PAID, "fr"), said["reference"], EMMA, "14 jours"):
        assert fact in unwrapped(to_pay)
    [event] = [one for one in emma.get(f"{SUBSCRIPTION}/history").json()["items"] if one["event"] == "withdrawn"]
    assert said["reference"] in event["text"]


def test_access_ends_with_the_answer_and_nothing_else_can_be_done(desk: Desk) -> None:
    emma = desk.client(EMMA)
    lea = desk.client("lea.petit@example.com")
    assert emma.post(f"{SUBSCRIPTION}/users", {"email": "lea.petit@example.com"}).status_code == 201

    assert emma.post(WITHDRAWAL, CONFIRMED).status_code == 200

    assert not emma.get("/api/access?product=PROFIS%20Engineering").json()["allowed"]
    shown = emma.get(SUBSCRIPTION).json()
    assert shown["status"] == "withdrawn"
    assert not any(one["allowed"] for one in shown["actions"] if one["action"] not in ("remove_user", "fetch_contract"))
    reasons = {one["action"]: one["reason"] for one in shown["actions"]}
    assert reasons["withdraw"] == "already_withdrawn"
    assert emma.post(WITHDRAWAL, CONFIRMED).json()["code"] == "already_withdrawn"
    assert emma.post(f"{SUBSCRIPTION}/cancellation", {"reason": "other"}).json()["code"] == "not_active"
    assert lea.get(SUBSCRIPTION).json()["status"] == "withdrawn"
    assert [one["id"] for one in emma.get("/api/subscriptions?status=withdrawn").json()["items"]] == [NAME]
    # Nothing renews or ends what is withdrawn.
    desk.advance("400d")
    desk.settle()
    assert kept.read_subscription(NAME).status == "withdrawn"
    assert [mail.subject for mail in desk.mails(EMMA) if "renouvelle" in mail.subject] == []


def test_on_the_last_day_it_can_be_done_and_on_the_day_after_it_cannot(desk: Desk) -> None:
    signed = kept.read_subscription(NAME).start
    last = last_day_of_term(signed, 14)
    assert kept.read_subscription(NAME).withdrawable_until == last.isoformat()
    desk.advance(f"{(last - signed).days}d")
    emma = desk.client(EMMA)
    assert {"action": "withdraw", "allowed": True, "reason": None} in emma.get(SUBSCRIPTION).json()["actions"]

    desk.advance("1d")

    late = emma.post(WITHDRAWAL, CONFIRMED)
    assert (late.status_code, late.json()["code"]) == (409, "withdrawal_over")
    assert {"action": "withdraw", "allowed": False, "reason": "withdrawal_over"} in emma.get(SUBSCRIPTION).json()[
        "actions"
    ]


def test_who_is_no_consumer_cannot_and_what_is_not_signed_neither(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    for name, code in (("active", "not_a_consumer"), ("awaiting-signature", "not_active"), ("trial", "not_active")):
        answer = camille.post(f"/api/subscriptions/camille-{name}/withdrawal", CONFIRMED)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    for body in ({}, {"confirm": False}, {"confirm": 1}):
        assert camille.post("/api/subscriptions/camille-active/withdrawal", body).status_code == 422


def test_l221_18_it_is_the_right_of_who_concluded_the_contract(desk: Desk) -> None:
    emma, noor = desk.client(EMMA), desk.client("noor.haddad@example.com")
    assert emma.post(f"{SUBSCRIPTION}/users", {"email": "noor.haddad@example.com"}).status_code == 201
    assert emma.post(f"{SUBSCRIPTION}/administrator", {"email": "noor.haddad@example.com"}).status_code == 200
    answer = noor.post(WITHDRAWAL, CONFIRMED)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_consumer")
    assert noor.post(f"{SUBSCRIPTION}/users", {"email": EMMA}).status_code == 201
    assert noor.post(f"{SUBSCRIPTION}/administrator", {"email": EMMA}).status_code == 200
    assert emma.post(WITHDRAWAL, CONFIRMED).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_l221_5_the_terms_tell_of_it_beforehand_and_the_model_form_is_there(page: Page, language: Language) -> None:
    root = ROOTS[language]
    model = {"fr": "Je/nous (*) vous notifie/notifions", "en": "I/We (*) hereby give notice"}[language]
    page.goto(f"{root}terms-of-sale/")
    expect(page.locator("main")).to_contain_text(LABELS[language][0])
    page.locator("main").get_by_role("link", name=re.compile("modèle|model")).click()
    expect(page.locator("blockquote")).to_contain_text(model)
    page.goto(f"{root}activate/")
    expect(page.locator("[data-activation]")).to_contain_text(model)
