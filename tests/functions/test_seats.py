"""More and fewer seats on the same contract: what they cost, when they hold, and what becomes of the contract."""

import hashlib
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.shared import clock
from functions.shared.calendar import A_DAY, last_day_of_year_from
from functions.shared.refusal import Invalid, Refused
from functions.subscriptions import add_user, change_seats
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.seats import SeatChange, seat_change
from functions.subscriptions.subscription import Administered, Subscription
from tests import kept
from tests.asked import ADMIN, asked_by
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_subscription import a_subscription
from tests.journeys.shop import ADDRESS

CAMILLE, LEA, ALEX, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "noor.haddad@example.com",
)
PRICE = 499_00
FULL = "/api/subscriptions/alex-active-full"
CONTRACT = {"company": "Durand", "supplier": "Example SAS, Paris", "language": "fr"}

STARTS = st.dates(date(2026, 1, 1), date(2040, 12, 31))
PRICES = st.integers(1, 10_000_00)
SEATS = st.integers(1, 999)
# Days between one change and the next: some in a year, some over its end, some over several.
STEPS = st.lists(st.tuples(st.sampled_from((0, 0, 1, 30, 364, 365, 366, 500)), SEATS), max_size=4)


def subscribed(start: date, **fields: Any) -> Subscription:
    """An active subscription in its first year."""
    usual = {"start": start, "end": last_day_of_year_from(start), "unit_price": PRICE, "licence": "floating"}
    return a_subscription(**usual | fields)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.PARIS)


def ordered(subscription: Subscription, seats: int, today: date) -> tuple[Subscription, SeatChange]:
    """The subscription after the order, and what that cost."""
    change = seat_change(subscription.on(today), seats, today)
    agreement = Agreement(subscription.id, CONTRACT, "0" * 64)
    state = Administered(subscription, {agreement_key(subscription.id): agreement.put_new().attributes})
    body = change_seats.ChangeSeats(seats=seats, terms=True, total=change.amount)
    decided = change_seats.decide(state, asked_by(ADMIN, body, now=noon(today)))
    if not decided.writes:
        return subscription.on(today), change
    [put] = [write for write in decided.writes if write.key.sk == "STATE"]
    return Subscription.stored(put.attributes), change  # type: ignore[union-attr]


# ---- the rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "today", "added", "amount"),
    [
        # The first day pays the whole year, the last one a day of it.
        (date(2026, 3, 1), date(2026, 3, 1), 2, 2 * PRICE),
        (date(2026, 3, 1), date(2027, 2, 28), 1, 137),
        # 29 February makes a year of 366 days: 49,900 × 366 ÷ 366 and 49,900 ÷ 366.
        (date(2027, 3, 1), date(2028, 2, 29), 1, 136),
        (date(2028, 2, 29), date(2028, 2, 29), 1, PRICE),
        (date(2028, 2, 29), date(2029, 2, 28), 1, 136),
        # Its second year begins on 1 March.
        (date(2028, 2, 29), date(2029, 3, 1), 1, PRICE),
        (date(2026, 11, 26), date(2027, 5, 28), 3, 74_645),
    ],
)
def test_what_is_added_is_paid_by_the_day(start: date, today: date, added: int, amount: int) -> None:
    change = seat_change(subscribed(start, seats=5).on(today), 5 + added, today)
    assert change.amount == amount
    assert (change.begins, change.next_year) == (today, (5 + added) * PRICE)


@given(STARTS, st.integers(0, 366 * 6), SEATS, SEATS, PRICES)
@example(date(2028, 2, 29), 366 * 4, 1, 2, 1)
def test_a_year_of_use_is_whole_and_what_is_added_rounded_once(
    start: date, days: int, before: int, seats: int, price: int
) -> None:
    today = start + timedelta(days=days)
    now = subscribed(start, seats=before, unit_price=price).on(today)
    if seats == before:
        with pytest.raises(Invalid):
            seat_change(now, seats, today)
        return
    change = seat_change(now, seats, today)
    assert change.days_of_year in (365, 366)
    assert change.days_of_year == (366 if _has_29_february(now.year_begins, now.end) else 365)
    assert 1 <= change.days <= change.days_of_year
    assert now.year_begins <= today <= now.end
    exact = Fraction(max(seats - before, 0) * price * change.days, change.days_of_year)
    assert Fraction(-1, 2) < change.amount - exact <= Fraction(1, 2)
    assert change.next_year == seats * price
    if seats < before:
        assert (change.amount, change.begins, change.until) == (0, now.end + A_DAY, None)
    else:
        assert (change.begins, change.until) == (today, now.end)


@given(STARTS, SEATS, PRICES, STEPS)
@example(date(2028, 2, 29), 3, 499_00, [(0, 5), (364, 9), (1, 2), (1, 4), (800, 4)])
def test_what_is_paid_is_what_is_had_whatever_is_changed_when(
    start: date, seats: int, price: int, steps: list[tuple[int, int]]
) -> None:
    """Day by day: no cent is lost or paid twice but for one rounding a change, renewals in between and workers late."""
    lazily = eagerly = subscribed(start, seats=seats, unit_price=price)
    day, changes = start, 0
    paid, had = Fraction(seats * price), Fraction(0)
    last = start + timedelta(days=sum(days for days, _ in steps) + 1)
    pending = list(steps)
    wait = pending[0][0] if pending else -1
    while day <= last:
        renewed = eagerly.on(day)
        if renewed.end != eagerly.end:
            paid += renewed.seats * price
        eagerly = renewed
        while pending and wait == 0:
            _, wanted = pending.pop(0)
            wait = pending[0][0] if pending else -1
            if wanted == eagerly.seats and eagerly.seats_next is None:
                continue
            eagerly, change = ordered(eagerly, wanted, day)
            lazily, late = ordered(lazily, wanted, day)
            assert change == late
            paid, changes = paid + change.amount, changes + 1
        assert lazily.on(day) == eagerly
        had += Fraction(eagerly.seats * price, (eagerly.end - eagerly.year_begins).days + 1)
        wait, day = wait - 1, day + A_DAY
    ahead = (eagerly.end - last).days
    had += Fraction(eagerly.seats * price * ahead, (eagerly.end - eagerly.year_begins).days + 1)
    assert abs(paid - had) <= Fraction(changes, 2)


def test_the_order_of_the_refusals() -> None:
    day = date(2026, 6, 1)

    def refused(subscription: Subscription, seats: int, total: int = 7) -> str:
        state = Administered(subscription, {})
        body = change_seats.ChangeSeats(seats=seats, terms=True, total=total)
        with pytest.raises((Refused, Invalid)) as why:
            change_seats.decide(state, asked_by(ADMIN, body, now=noon(day)))
        return str(why.value)

    full = subscribed(day, licence="individual", seats=3, users=3)
    for status in ("cancelling", "ended", "trial", "trial_ended", "awaiting_terms", "awaiting_signature"):
        assert refused(subscribed(day, licence="individual", seats=3, users=3, status=status), 2) == "not_active"
    assert refused(full, 2) == "seats_in_use"
    assert refused(full, 4) == "price_changed"
    assert refused(full, 3) == "seats: as_many_as_now"
    assert refused(subscribed(day, unit_price=0), 4) == "free_of_charge"


def test_while_fewer_are_planned_an_individual_licence_takes_no_user_beyond_them() -> None:
    day = date(2026, 6, 1)
    planned, _ = ordered(subscribed(day, licence="individual", seats=5, users=2), 2, day)
    assert (planned.seats, planned.seats_next, planned.has_free_seat) == (5, 2, False)
    assert add_user.why_not(planned) is add_user.NO_SEAT_LEFT
    renewed = planned.on(planned.end + A_DAY)
    assert (renewed.seats, renewed.seats_next) == (2, None)
    kept_all, _ = ordered(planned, 5, day)
    assert (kept_all.seats, kept_all.seats_next, kept_all.has_free_seat, kept_all.amended) == (5, None, True, 2)
    more, _ = ordered(planned, 6, day)
    assert (more.seats, more.seats_next) == (6, None)


def _has_29_february(first: date, last: date) -> bool:
    years = range(first.year, last.year + 1)
    leap = [date(year, 2, 28) + A_DAY for year in years if (date(year, 2, 28) + A_DAY).month == 2]
    return any(first <= day <= last for day in leap)


# ---- at the desk ----------------------------------------------------------------------------------------------------


def preview(client: Client, subscription: str, seats: int) -> dict[str, Any]:
    answer = client.post(f"{subscription}/seats/preview", {"seats": seats})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def order(client: Client, subscription: str, seats: int) -> httpx.Response:
    """As previewed."""
    total = preview(client, subscription, seats)["amount"]
    return client.post(f"{subscription}/seats", {"seats": seats, "terms": True, "total": total})


def test_from_no_seat_left_to_a_colleague_added(desk: Desk) -> None:
    alex = desk.client(ALEX)
    assert alex.post(f"{FULL}/users", {"email": NOOR}).json()["code"] == "no_seat_left"

    previewed = preview(alex, FULL, 4)
    now = kept.read_subscription("alex-active-full")
    today = clock.day(clock.now())
    amount = seat_change(now, 4, today).amount
    vat = (2 * amount * 20 + 100) // 200
    assert previewed == {
        "seats_now": 2,
        "seats": 4,
        "from": today.isoformat(),
        "until": now.end.isoformat(),
        "unit_price": PRICE,
        "amount": amount,
        "vat": {"rate": 2000, "amount": vat, "reason": "charged"},
        "total_with_vat": amount + vat,
        "next_year": 4 * PRICE,
        "billing": None,
    }
    answer = order(alex, FULL, 4)

    assert (answer.status_code, answer.json()["seats"], answer.json()["seats_next"]) == (200, 4, None)
    assert alex.post(f"{FULL}/users", {"email": NOOR}).status_code == 201


def test_the_change_is_an_order_with_its_confirmation_and_told_at_once(desk: Desk) -> None:
    alex = desk.client(ALEX)
    order(alex, FULL, 3)
    [placed] = alex.orders()
    change = seat_change(kept.read_subscription("alex-active-full"), 4, clock.day(clock.now()))
    assert placed["lines"] == [
        {
            "product": "PROFIS Modelling",
            "name": "PROFIS Modelling",
            "edition": "premium",
            "licence": "individual",
            "quantity": 1,
            "unit_price": PRICE,
            "amount": change.amount,
        }
    ]
    assert placed["total"] == change.amount
    assert placed["change"] == {
        "subscription": "alex-active-full",
        "contract_number": kept.read_subscription("alex-active-full").contract_number,
        "amendment": "A-1",
        "seats_before": 2,
        "seats": 3,
        "from": clock.day(clock.now()).isoformat(),
        "until": kept.read_subscription("alex-active-full").end.isoformat(),
    }
    link = alex.get(f"/api/orders/{placed['id']}/confirmation").json()
    assert httpx.get(link["url"]).content.startswith(b"%PDF")
    [mail] = desk.mails(ALEX)
    assert placed["id"] in mail.subject
    said = unwrapped(mail)
    assert "A-1" in said
    assert "Northgate Structures" in said
    newest = [one["text"] for one in alex.get(f"{FULL}/history").json()["items"]]
    assert any("3 instead of 2" in text for text in newest)


def test_it_is_billed_like_the_order_before(desk: Desk) -> None:
    alex = desk.client(ALEX)
    article = {"lines": [{"product": "LM-20", "quantity": 1}], "terms": True}
    belgian = {
        "company": "Northgate",
        "street": "Rue Neuve 1",
        "postcode": "1000",
        "city": "Bruxelles",
        "country": "BE",
    }
    for billing in (ADDRESS, {**belgian, "vat_number": "BE0403170701"}):
        assert alex.post("/api/orders", {**article, "billing": billing}).status_code == 201
    previewed = preview(alex, FULL, 3)
    assert previewed["vat"]["reason"] == "reverse_charge"
    assert previewed["billing"]["company"] == "Northgate"
    order(alex, FULL, 3)
    assert alex.orders()[0]["billing"] == previewed["billing"]


def test_the_amendment_is_sealed_stands_beside_the_contract_and_is_verified(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    contract = "/api/subscriptions/camille-active/contract"
    order(camille, "/api/subscriptions/camille-active", 7)
    order(camille, "/api/subscriptions/camille-active", 3)
    desk.settle()
    shown = camille.get(contract).json()
    end = kept.read_subscription("camille-active").end
    assert [(one["number"], one["from"], one["seats"]) for one in shown["amendments"]] == [
        ("A-1", clock.day(clock.now()).isoformat(), 7),
        ("A-2", (end + A_DAY).isoformat(), 3),
    ]
    assert shown["amending"] is False
    for one in shown["amendments"]:
        file = httpx.get(one["url"])
        assert hashlib.sha256(file.content).hexdigest() == one["sha256"]
        verdict = desk.client().call(
            "POST",
            "/api/contracts/verification",
            content=file.content,
            headers={"Content-Type": "application/pdf"},
        )
        assert {**verdict.json(), "signed_at": "", "sealed_at": ""} == {
            "ours": True,
            "whole": True,
            "signed_by": CAMILLE,
            "signed_at": "",
            "sealed_at": "",
        }
    camille.post("/api/subscriptions/camille-active/administrator", {"email": LEA})
    assert camille.get(contract).json()["code"] == "not_found"
    assert len(desk.client(LEA).get(contract).json()["amendments"]) == 2


def test_fewer_hold_from_the_next_year_and_the_notice_says_so(desk: Desk) -> None:
    alex = desk.client(ALEX)
    name = "/api/subscriptions/alex-active-standard"
    shown = order(alex, name, 3).json()
    assert (shown["seats"], shown["seats_next"]) == (4, 3)
    desk.advance("10d")
    notices = [mail for mail in desk.mails(ALEX) if "renews on" in mail.subject]
    assert any("Number of seats then: 3. Price of that year: €1,497.00" in unwrapped(mail) for mail in notices)
    desk.advance("40d")
    alex = desk.client(ALEX)
    shown = alex.get(name).json()
    assert (shown["seats"], shown["seats_next"], shown["status"]) == (3, None, "active")


def test_as_many_as_now_is_no_change_unless_fewer_were_planned(desk: Desk) -> None:
    alex = desk.client(ALEX)
    for path, more in ((f"{FULL}/seats/preview", {}), (f"{FULL}/seats", {"terms": True, "total": 0})):
        same = alex.post(path, {"seats": 2, **more})
        assert (same.status_code, same.json()["errors"][0]["code"]) == (422, "as_many_as_now")
    assert alex.delete(f"{FULL}/users/sam.taylor@example.com").status_code == 204
    assert order(alex, FULL, 1).json()["seats_next"] == 1
    # Planned once more it is the same plan: no second order, and nothing more to sign.
    orders = alex.orders()
    assert order(alex, FULL, 1).json()["seats_next"] == 1
    assert kept.read_subscription(FULL.rpartition("/")[2]).amended == 1
    assert alex.orders() == orders
    previewed = preview(alex, FULL, 2)
    assert (previewed["amount"], previewed["until"], previewed["next_year"]) == (0, None, 2 * PRICE)
    shown = order(alex, FULL, 2).json()
    assert (shown["seats"], shown["seats_next"]) == (2, None)


def test_a_plan_outlasts_a_cancellation_that_is_taken_back(desk: Desk) -> None:
    alex = desk.client(ALEX)
    name = "/api/subscriptions/alex-active-alone"
    order(alex, name, 4)
    # What is cancelled has no next year.
    assert alex.post(f"{name}/cancellation", {"reason": "other"}).json()["seats_next"] is None
    assert alex.post(f"{name}/seats/preview", {"seats": 12}).json()["code"] == "not_active"
    assert alex.delete(f"{name}/cancellation").json()["seats_next"] == 4


def test_nobody_else_may(desk: Desk) -> None:
    body = {"seats": 9, "terms": True, "total": 0}
    for who, code in ((LEA, "forbidden"), (NOOR, "not_found")):
        client = desk.client(who)
        path = "/api/subscriptions/camille-active/seats"
        assert client.post(path, body).json()["code"] == code
        assert client.post(f"{path}/preview", {"seats": 9}).json()["code"] == code


@pytest.mark.parametrize("wrong", [{"seats": 0}, {"seats": 1000}, {"seats": "4"}, {"terms": False}, {"total": -1}])
def test_what_is_wrong_is_said_at_its_field(desk: Desk, wrong: dict[str, Any]) -> None:
    answer = desk.client(ALEX).post(f"{FULL}/seats", {"seats": 4, "terms": True, "total": 1} | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)
