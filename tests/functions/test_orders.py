"""Orders: the server's prices, VAT apart, all or none, and subscriptions that wait for their terms to be accepted."""

import html
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

import functions.subscriptions.place_order
from functions.shared import clock
from functions.shared.store import Store
from functions.shared.texts import Texts, isolated
from functions.subscriptions.addresses import by_country
from functions.subscriptions.billing import Billing, address, vat_number, vat_on
from functions.subscriptions.catalogue import catalogue
from functions.subscriptions.order import OrderLine, is_mixed
from functions.subscriptions.place_order import OPENED_AT_ONCE
from functions.subscriptions.reference import reference
from tests import kept
from tests.desk import Client, Desk

NOOR, CAMILLE = "noor.haddad@example.com", "camille.durand@example.com"
PARIS = {"company": "Studio Haddad", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"}
SEATS = {"product": "PROFIS Engineering", "licence": "individual", "quantity": 3}
FLOATING = {"product": "PROFIS Rebar", "licence": "floating", "quantity": 2}
MEASURER, HAMMER = {"product": "LM-20", "quantity": 1}, {"product": "RH-30", "quantity": 5}


def an_order(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": list(lines) or [SEATS], "billing": PARIS, "terms": True} | fields


def placed(client: Client, order: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = client.post("/api/orders", order, **options)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def software(client: Client, order_id: str) -> list[dict[str, Any]]:
    items = client.get("/api/subscriptions?limit=100").json()["items"]
    return [item for item in items if item["id"].startswith(order_id)]


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """DynamoDB takes that many transactions and then no more."""
    commit, taken = Store.commit, iter(range(after))

    def commit_or_fail(store: Store, writes: Any) -> None:
        if next(taken, None) is None:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
        commit(store, writes)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", commit_or_fail)
        yield


def test_each_line_of_software_makes_a_subscription_that_waits_for_its_terms(desk: Desk) -> None:
    noor = desk.client(NOOR)

    order = placed(noor, an_order(SEATS, FLOATING, reference="PO 4711"))

    first, second = order["subscriptions"]
    assert (first["product"], first["edition"], first["licence"]) == ("PROFIS Engineering", "premium", "individual")
    assert (first["seats"], first["seats_used"], first["status"]) == (3, 1, "awaiting_terms")
    assert (first["administrator"], first["role"]) == (NOOR, "administrator")
    assert (second["product"], second["licence"], second["seats"]) == ("PROFIS Rebar", "floating", 2)
    assert first["id"] != second["id"]
    assert first["contract_number"] != second["contract_number"]
    assert software(noor, order["id"]) == [first, second]
    assert noor.get(f"/api/subscriptions/{first['id']}").json()["users"]["items"][0]["email"] == NOOR
    assert noor.get("/api/access?product=PROFIS%20Rebar").json()["allowed"] is False
    assert kept.read_subscription(first["id"]).unit_price == 49900


def test_the_order_and_each_invitation_are_mailed_in_the_account_s_language(desk: Desk) -> None:
    order = placed(desk.client(CAMILLE), an_order(SEATS, FLOATING, reference="PO 4711"))

    mails = {mail.subject: mail for mail in desk.mails(CAMILLE)}
    confirmation = mails.pop(f"Votre commande {order['id']}")
    assert "Votre référence\u00a0: PO 4711" in confirmation.text
    rows = [re.split("  +", line) for line in confirmation.text.splitlines() if line.endswith("€")]
    assert rows == [
        ["3 × PROFIS Engineering Premium, licence individuelle", "1\u202f497,00\u00a0€"],
        ["2 × PROFIS Rebar Premium, licence flottante", "698,00\u00a0€"],
        ["Total hors taxes", "2\u202f195,00\u00a0€"],
        ["TVA à 20\u00a0%", "439,00\u00a0€"],
        ["Total à payer", "2\u202f634,00\u00a0€"],
    ]
    assert "75002 Paris\nFrance" in confirmation.text
    assert len(mails) == 2
    for subscription in order["subscriptions"]:
        assert any(f"subscription={subscription['id']}&token=" in mail.text for mail in mails.values())


def test_activation_goes_on_from_the_order(desk: Desk) -> None:
    noor = desk.client(NOOR)
    [subscription] = placed(noor, an_order())["subscriptions"]
    body = {"accepted": True, "terms_version": subscription["terms_version"]}
    answer = noor.post(f"/api/subscriptions/{subscription['id']}/terms", body)
    assert answer.json()["status"] == "awaiting_activation"


def test_articles_make_no_subscription(desk: Desk) -> None:
    noor = desk.client(NOOR)
    before = len(noor.get("/api/subscriptions?limit=100").json()["items"])
    assert placed(noor, an_order(MEASURER, HAMMER))["subscriptions"] == []
    assert placed(noor, an_order({"product": "lm-20", "licence": "individual", "quantity": 1}))["subscriptions"] == []
    assert len(noor.get("/api/subscriptions?limit=100").json()["items"]) == before


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "Remove the characters that cannot be printed."), ("fr", "Supprimez les caractères non imprimables.")],
)
def test_an_address_stands_on_lines_of_ours_alone(desk: Desk, language: str, message: str) -> None:
    noor = desk.client(NOOR, language=language)
    odd = {"company": "Studio\r\nBcc: x@example.com", "street": "1 rue\nHaute", "city": "Lyon\u2028"}
    order = an_order(SEATS)
    answer = noor.post("/api/orders", {**order, "billing": {**order["billing"], **odd}, "reference": "PO\r1"})
    fields = {f"billing.{name}" for name in odd} | {"reference"}
    assert {(error["field"], error["message"]) for error in answer.json()["errors"]} == {
        (one, message) for one in fields
    }


@pytest.mark.parametrize("article", [MEASURER, HAMMER])
def test_software_shares_no_order_with_other_families(desk: Desk, article: dict[str, Any]) -> None:
    noor = desk.client(NOOR)
    mixed = an_order(SEATS, article)
    answer = noor.post("/api/orders", mixed)
    assert (answer.status_code, answer.json()["code"]) == (422, "mixed_order")
    assert [error["field"] for error in answer.json()["errors"]] == ["lines"]
    preview = noor.post("/api/orders/preview", mixed)
    assert [(problem["field"], problem["code"]) for problem in preview.json()["problems"]] == [("lines", "mixed_order")]
    assert noor.orders() == []


def test_the_preview_is_the_order_that_follows_and_stores_nothing(desk: Desk) -> None:
    noor = desk.client(NOOR)
    order = an_order(SEATS, FLOATING)

    preview = noor.post("/api/orders/preview", order).json()

    assert preview["problems"] == []
    assert [(line["unit_price"], line["amount"]) for line in preview["lines"]] == [(49900, 149700), (34900, 69800)]
    assert (preview["total"], preview["total_with_vat"]) == (219500, 263400)
    assert preview["vat"] == {"rate": 2000, "amount": 43900, "reason": "charged"}
    assert noor.orders() == []
    shown = noor.get(f"/api/orders/{placed(noor, order | {'total': preview['total']})['id']}").json()
    assert {name: shown[name] for name in ("lines", "total", "vat", "total_with_vat")} == {
        name: preview[name] for name in ("lines", "total", "vat", "total_with_vat")
    }


def test_the_preview_says_all_that_is_wrong_and_prices_what_is_right(desk: Desk) -> None:
    lines = [{"product": "Nothing", "quantity": 0}, {"product": "PROFIS Rebar", "quantity": 2}, SEATS]
    draft = {"lines": lines, "billing": {"country": "FR", "postcode": "7500"}, "total": 1}

    answer = desk.client(CAMILLE).post("/api/orders/preview", draft)

    assert answer.status_code == 200
    assert {(problem["field"], problem["code"]) for problem in answer.json()["problems"]} == {
        ("lines.0.product", "unknown_product"),
        ("lines.0.quantity", "too_small"),
        ("lines.1.licence", "required"),
        ("billing.company", "required"),
        ("billing.street", "required"),
        ("billing.city", "required"),
        ("billing.postcode", "invalid_postcode"),
        ("total", "price_changed"),
    }
    assert "code postal de ce pays, où l’on écrit par exemple 33380" in answer.text
    assert (answer.json()["total"], answer.json()["vat"]) == (149700, None)


@pytest.mark.parametrize("draft", [{}, {"lines": "x", "billing": 1}, {"lines": [None, 1, []], "total": True}])
def test_the_preview_takes_anything_that_could_become_an_order(desk: Desk, draft: dict[str, Any]) -> None:
    answer = desk.client(NOOR).post("/api/orders/preview", draft)
    assert (answer.status_code, answer.json()["lines"]) == (200, [])
    assert answer.json()["problems"]


def test_a_total_that_is_no_longer_right_is_shown_and_nothing_is_ordered(desk: Desk) -> None:
    noor = desk.client(NOOR)
    answer = noor.post("/api/orders", an_order(total=149699))
    assert (answer.status_code, answer.json()["code"], answer.json()["total"]) == (409, "price_changed", 149700)
    assert noor.orders() == []
    assert placed(noor, an_order(total=149700))["subscriptions"]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"lines": []}, "lines", "too_few"),
        ({"lines": [SEATS] * 100}, "lines", "too_many"),
        ({"lines": [SEATS | {"product": "Nothing"}]}, "lines.0.product", "unknown_product"),
        ({"lines": [SEATS, SEATS | {"quantity": 0}]}, "lines.1.quantity", "too_small"),
        ({"lines": [SEATS | {"quantity": 1000}]}, "lines.0.quantity", "too_big"),
        ({"lines": [SEATS | {"quantity": "3"}]}, "lines.0.quantity", "not_a_number"),
        ({"lines": [SEATS | {"quantity": True}]}, "lines.0.quantity", "not_a_number"),
        ({"lines": [SEATS | {"licence": "site"}]}, "lines.0.licence", "not_a_choice"),
        ({"lines": [{"product": "PROFIS Rebar", "quantity": 1}]}, "lines.0.licence", "required"),
        ({"lines": [SEATS | {"unit_price": 1}]}, "lines.0.unit_price", "unknown_field"),
        ({"terms": False}, "terms", "not_agreed"),
        ({"billing": PARIS | {"country": "XX"}}, "billing.country", "unknown_country"),
        ({"billing": PARIS | {"postcode": "7500"}}, "billing.postcode", "invalid_postcode"),
        ({"billing": PARIS | {"postcode": None}}, "billing.postcode", "required"),
        ({"billing": PARIS | {"postcode": "?", "country": "DE"}}, "billing.postcode", "invalid_postcode"),
        ({"billing": PARIS | {"vat_number": "FR40303265046"}}, "billing.vat_number", "invalid_vat_number"),
        ({"billing": PARIS | {"vat_number": "DE136695976"}}, "billing.vat_number", "vat_number_of_other_country"),
        ({"billing": PARIS | {"street": "1 rue\u0000Neuve"}}, "billing.street", "control_character"),
        ({"billing": PARIS | {"company": "ᏣᎳᎩ"}}, "billing.company", "cannot_be_set"),
        ({"billing": PARIS | {"street": "1 ■"}}, "billing.street", "cannot_be_set"),
        ({"billing": PARIS | {"city": "བོད"}}, "billing.city", "cannot_be_set"),
        ({"reference": "PO \ue000"}, "reference", "cannot_be_set"),
        ({"reference": "x" * 61}, "reference", "too_long"),
        ({"total": "149700"}, "total", "not_a_number"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(desk: Desk, wrong: dict[str, Any], field: str, code: str) -> None:
    assert faults(desk.client(NOOR).post("/api/orders", an_order() | wrong)) == {(field, code)}


def test_orders_are_the_reader_s_own_and_come_newest_first(desk: Desk) -> None:
    noor, camille = desk.client(NOOR), desk.client(CAMILLE)
    first = placed(noor, an_order())["id"]
    desk.advance("1m")
    second = placed(noor, an_order(MEASURER))["id"]

    page = noor.get("/api/orders?limit=1").json()
    assert [order["id"] for order in page["items"]] == [second]
    assert noor.get(f"/api/orders?cursor={page['next']}").json()["items"][0]["id"] == first
    assert noor.get(f"/api/orders/{first}").json()["billing"] == PARIS
    assert camille.orders() == []
    assert camille.get(f"/api/orders/{first}").json()["code"] == "not_found"
    for path in ("/api/orders", f"/api/orders/{first}"):
        assert desk.client().get(path).json()["code"] == "not_signed_in"
    assert desk.client().post("/api/orders", an_order()).json()["code"] == "not_signed_in"


def test_the_same_request_again_is_the_same_order(desk: Desk) -> None:
    noor = desk.client(NOOR)
    assert placed(noor, an_order(), key="once") == placed(noor, an_order(), key="once")
    assert len(noor.orders()) == 1
    other = noor.post("/api/orders", an_order(FLOATING), key="once")
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("lines", [OPENED_AT_ONCE, OPENED_AT_ONCE + 1, 99])
def test_a_long_order_is_there_whole_with_its_answer(desk: Desk, lines: int) -> None:
    noor = desk.client(NOOR)
    order = placed(noor, an_order(*[SEATS] * lines))
    assert [item["id"] for item in order["subscriptions"]] == [f"{order['id']}-{n:02}" for n in range(1, lines + 1)]
    assert software(noor, order["id"]) == order["subscriptions"]
    invited = [mail for mail in desk.mails(NOOR) if "&token=" in mail.text]
    assert len({re.findall("subscription=(.*)&", mail.text)[0] for mail in invited}) == len(invited) == lines


def test_an_order_that_its_transaction_does_not_take_is_not_there_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noor = desk.client(NOOR)
    with broken(monkeypatch, after=0):
        answer = noor.post("/api/orders", an_order(*[SEATS] * 99), key="once")
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")
    assert noor.orders() == []
    assert placed(noor, an_order(*[SEATS] * 99), key="once")


def test_a_long_order_that_is_cut_short_is_completed_by_the_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> None:
        raise TimeoutError

    noor = desk.client(NOOR)
    with monkeypatch.context() as patch:
        patch.setattr(functions.subscriptions.place_order, "open_rest", dies)
        order = placed(noor, an_order(*[SEATS] * 99))

    assert len([mail for mail in desk.mails(NOOR) if "&token=" in mail.text]) == 99
    assert software(noor, order["id"]) == order["subscriptions"]


def test_a_long_order_that_is_cut_short_is_completed_by_asking_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noor = desk.client(NOOR)
    with desk.cloud._deliveries.nothing_delivered():
        with broken(monkeypatch, after=2):
            order = placed(noor, an_order(*[SEATS] * 50), key="once")
        assert len(software(noor, order["id"])) == 2 * OPENED_AT_ONCE
        assert placed(noor, an_order(*[SEATS] * 50), key="once") == order
        assert software(noor, order["id"]) == order["subscriptions"]


def lines() -> st.SearchStrategy[list[OrderLine]]:
    def line(product: Any, quantity: int) -> OrderLine:
        return OrderLine(product.product, product.ordered, None, quantity, product.unit_price)

    return st.lists(
        st.builds(line, st.sampled_from(catalogue().products), st.integers(1, 999)), min_size=1, max_size=99
    )


@given(lines(), st.sampled_from(sorted(by_country())), st.booleans())
def test_totals_add_up_to_the_cent_and_vat_is_rounded_once(
    ordered: list[OrderLine], country: str, has_number: bool
) -> None:
    total = sum(line.amount for line in ordered)
    assert total == sum(catalogue()[line.product].unit_price * line.quantity for line in ordered)
    vat = vat_on(total, country, "number" if has_number else None)
    assert isinstance(vat.amount, int)
    # Never further than half a cent from the exact amount, in whole numbers.
    assert abs(vat.amount * 10_000 - total * vat.rate) <= 5_000
    assert (vat.rate > 0) == (vat.reason == "charged")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_splitting_a_cart_moves_vat_by_one_cent_at_most(one: int, other: int) -> None:
    parts = vat_on(one, "RE", None).amount + vat_on(other, "RE", None).amount
    assert abs(vat_on(one + other, "RE", None).amount - parts) <= 1


@given(st.lists(st.sampled_from(catalogue().products)))
def test_an_order_is_mixed_when_software_is_not_alone(products: list[Any]) -> None:
    families = {product.family for product in products}
    ordered = [OrderLine(product.product, None, None, 1, 1) for product in products]
    assert is_mixed(ordered) == ("software" in families and len(families) > 1)


@pytest.mark.parametrize(
    ("country", "number", "rate", "why"),
    [
        ("FR", None, 2000, "charged"),
        ("FR", "FR40303265045", 2000, "charged"),
        ("MC", None, 2000, "charged"),
        ("RE", None, 850, "charged"),
        ("GF", None, 0, "not_charged"),
        ("DE", "DE136695976", 0, "reverse_charge"),
        ("DE", None, 2000, "charged"),
        ("GR", "EL094259216", 0, "reverse_charge"),
        ("CH", None, 0, "outside_eu"),
        ("GB", "980780684", 0, "outside_eu"),
    ],
)
def test_vat_is_charged_by_where_the_customer_is(country: str, number: str | None, rate: int, why: str) -> None:
    vat = vat_on(10_001, country, number)
    assert (vat.rate, vat.amount, vat.reason) == (rate, (10_001 * rate + 5_000) // 10_000, why)


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("FR", "fr 40 303 265 045", "FR40303265045"),
        ("FR", "40303265045", "FR40303265045"),
        ("MC", "40303265045", "FR40303265045"),
        ("DE", "136695976", "DE136695976"),
        ("GR", "EL 094259216", "EL094259216"),
        ("GR", "094259216", "EL094259216"),
        ("GB", "GB 980 7806 84", "980780684"),
        ("CH", "CHE-107.787.577 TVA", "CHE107787577TVA"),
        ("US", "12-3456789", "123456789"),
        ("FR", "FR\u00a096\u202f552.100.554", "FR96552100554"),
        ("FR", "ＦＲ９６５５２１００５５４", "FR96552100554"),
        ("FR", "TVA intracommunautaire : fr96552100554", "FR96552100554"),
        ("RE", "FR96552100554", "FR96552100554"),
        ("DE", "USt-IdNr.: DE 136 695 976", "DE136695976"),
        ("BE", "be\u00a00403.019.261", "BE0403019261"),
        ("GR", "GR 094259216", "EL094259216"),
        ("GB", "XI 980 7806 84", "XI980780684"),
        ("CH", "CHE-107.787.577 MWST", "CHE107787577TVA"),
        ("CH", "CHE-107.787.577 TVA/MWST/IVA", "CHE107787577TVA"),
        ("CH", "che\u2011107.787.577\u00a0iva", "CHE107787577TVA"),
        ("CH", "CHE107787577", "CHE107787577TVA"),
        ("CH", "107.787.577", "CHE107787577TVA"),
        ("NO", "NO 995 525 828 MVA", "995525828MVA"),
        ("NO", "995525828mva", "995525828MVA"),
        ("NO", "995\u00a0525\u00a0828", "995525828MVA"),
        ("NO", "NO995525828", "995525828MVA"),
    ],
)
def test_a_vat_number_is_one_however_it_is_written(country: str, written: str, number: str) -> None:
    assert vat_number(written, country) == number


@pytest.mark.parametrize(
    ("country", "written", "code"),
    [
        ("FR", "552100554", "siren_for_vat_number"),
        ("FR", "552 100 554 00013", "siren_for_vat_number"),
        ("FR", "FR97552100554", "invalid_vat_number"),
        ("FR", "DE136695976", "vat_number_of_other_country"),
        ("DE", "FR96552100554", "vat_number_of_other_country"),
        ("DE", "CHE-107.787.577", "vat_number_of_other_country"),
        ("DE", "DE136695977", "invalid_vat_number"),
        ("CH", "CHE-107.787.578 TVA", "invalid_vat_number"),
        ("NO", "NO 995525829 MVA", "invalid_vat_number"),
        ("GB", "XI 980 7806 85", "invalid_vat_number"),
        ("US", "a/b?", "invalid_vat_number"),
    ],
)
def test_what_is_no_vat_number_there_is_called_what_it_is(country: str, written: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        vat_number(written, country)
    assert refused.value.type == code


@given(st.text(max_size=24), st.sampled_from(sorted(by_country())))
def test_a_vat_number_is_right_or_refused_and_never_trips(number: str, country: str) -> None:
    with suppress(PydanticCustomError):
        assert vat_number(number, country).isascii()


def test_where_there_are_no_postcodes_none_is_asked_for(desk: Desk) -> None:
    dublin_and_dubai = [
        PARIS | {"postcode": "D02 X285", "city": "Dublin", "country": "IE"},
        PARIS | {"postcode": "", "city": "Dubai", "country": "AE"},
    ]
    for billing in dublin_and_dubai:
        assert placed(desk.client(NOOR), an_order(billing=billing))


def _billing(country: str, **given: str) -> Billing:
    return Billing.model_validate({"company": "Durand", "street": "1 rue Neuve", "country": country, **given})


@pytest.mark.parametrize(
    ("country", "given", "lines"),
    [
        ("GH", {"city": "Accra"}, ["Accra", "Ghana"]),
        ("BO", {"city": "La Paz"}, ["La Paz", "Bolivia"]),
        ("PA", {"city": "Panama"}, ["Panama", "Panama"]),
        ("JM", {"city": "Kingston", "postcode": " "}, ["Kingston", "Jamaica"]),
        ("GA", {"city": "Libreville"}, ["Libreville", "Gabon"]),
        ("XK", {"city": "Pristina", "postcode": "10000"}, ["10000 Pristina", "Kosovo"]),
        ("XK", {"city": "Pristina"}, ["Pristina", "Kosovo"]),
        ("AE", {"city": "Dubai"}, ["Dubai", "United Arab Emirates"]),
        ("SG", {"postcode": "546080"}, ["546080", "Singapore"]),
        ("GB", {"city": "London", "postcode": "sw1a 1aa"}, ["London", "SW1A 1AA", "United Kingdom"]),
        ("US", {"city": "Austin, TX", "postcode": "78701"}, ["Austin, TX 78701", "United States"]),
        ("FR", {"city": "Paris", "postcode": "75\u00a0002"}, ["75002 Paris", "France"]),
        ("FR", {"city": "Paris", "postcode": "F-75002"}, ["75002 Paris", "France"]),
        ("CH", {"city": "Zürich", "postcode": "CH-8001"}, ["8001 Zürich", "Switzerland"]),
        ("NL", {"city": "Amsterdam", "postcode": "1012ab"}, ["1012AB Amsterdam", "Netherlands"]),
        ("NC", {"city": "Nouméa", "postcode": "98800"}, ["98800 Nouméa", "New Caledonia"]),
    ],
)
def test_an_address_is_what_its_country_needs(country: str, given: dict[str, str], lines: list[str]) -> None:
    billed = _billing(country, **given).model_dump(exclude_none=True)
    assert address(billed, "en").split("\n") == ["Durand", "1 rue Neuve", *lines]


@pytest.mark.parametrize(
    ("country", "given", "wrong"),
    [
        ("FR", {}, [("postcode", "missing"), ("city", "missing")]),
        ("FR", {"city": "Paris", "postcode": "7500"}, [("postcode", "invalid_postcode")]),
        ("DE", {"city": "Berlin", "postcode": "1011"}, [("postcode", "invalid_postcode")]),
        ("GH", {}, [("city", "missing")]),
        ("GH", {"city": "Accra", "postcode": "?"}, [("postcode", "strange_postcode")]),
        ("RE", {"city": "Saint-Denis", "postcode": "75002"}, [("postcode", "invalid_postcode")]),
    ],
)
def test_what_an_address_lacks_is_said(country: str, given: dict[str, str], wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError) as refused:
        _billing(country, **given)
    assert [(str(error["loc"][0]), error["type"]) for error in refused.value.errors()] == wrong


@pytest.mark.parametrize("country", sorted(by_country()))
def test_each_country_has_a_name_and_takes_its_own_example(country: str) -> None:
    rules = by_country()[country]
    given = {"postcode": rules.example} if rules.example else {}
    billing = _billing(country, city="Somewhere", **given)
    lines = address(billing.model_dump(exclude_none=True), "fr").split("\n")
    assert len(lines) >= 4
    assert [" ".join(line.split()) for line in lines] == lines
    assert all(lines)


@pytest.mark.parametrize(
    ("country", "postcode", "taxed_in"),
    [
        ("FR", "75002", "FR"),
        ("FR", "20000", "FR"),
        ("FR", "97100", "GP"),
        ("FR", "97200", "MQ"),
        ("FR", "97300", "GF"),
        ("FR", "97400", "RE"),
        ("FR", "97500", "PM"),
        ("FR", "97600", "YT"),
        ("FR", "98000", "MC"),
        ("FR", "98600", "WF"),
        ("FR", "98714", "PF"),
        ("FR", "98800", "NC"),
        ("RE", "97400", "RE"),
        ("DE", "97400", "DE"),
    ],
)
def test_an_overseas_postcode_is_taxed_there(country: str, postcode: str, taxed_in: str) -> None:
    assert _billing(country, city="Somewhere", postcode=postcode).taxed_in == taxed_in


def test_an_order_to_france_overseas_is_charged_as_there(desk: Desk) -> None:
    billing = PARIS | {"postcode": "97400", "city": "Saint-Denis"}
    answer = desk.client(NOOR).post("/api/orders/preview", an_order(billing=billing))
    assert (answer.json()["problems"], answer.json()["vat"]["rate"]) == ([], 850)


@pytest.mark.parametrize(("email", "said"), [(NOOR, "Order confirmation"), (CAMILLE, "Confirmation de commande")])
def test_the_confirmation_is_a_file_that_says_all_of_the_order(desk: Desk, email: str, said: str) -> None:
    client = desk.client(email)
    lines = [SEATS, FLOATING | {"quantity": 999}] * 15
    order = placed(client, an_order(*lines, reference="PO 4711"))
    path = f"/api/orders/{order['id']}/confirmation"

    fetched = client.get(path)

    assert fetched.status_code == 200, fetched.text
    pdf = httpx.get(fetched.json()["url"])
    assert pdf.headers["content-type"] == "application/pdf"
    assert f'filename="{order["id"]}.pdf"' in pdf.headers["content-disposition"]
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf.content, capture_output=True, check=True)
    words = text.stdout.decode()
    for word in (said, order["id"], "PO 4711", "Studio Haddad", "75002 Paris", "999", "20"):
        assert word in words
    assert words.count("PROFIS Engineering Premium") == 15
    assert httpx.get(client.get(path).json()["url"]).content == pdf.content
    assert desk.client("lea.petit@example.com").get(path).json()["code"] == "not_found"


@pytest.mark.parametrize("email", [NOOR, CAMILLE])
def test_where_it_goes_and_the_siren_stand_in_the_mail_the_file_and_the_list(desk: Desk, email: str) -> None:
    client, texts = desk.client(email), Texts("fr" if email == CAMILLE else "en")
    site = {"company": "Chantier Rivoli", "street": "3 quai Sud", "postcode": "13002", "city": "Marseille"}
    billing = PARIS | {"siren": "732 829 320"}
    order = placed(client, an_order(MEASURER, billing=billing, delivery=site | {"country": "FR"}))
    desk.settle()

    [mail] = [mail for mail in desk.mails(email) if order["id"] in mail.subject]
    delivered = texts("orders.delivered", delivery="Chantier Rivoli\n3 quai Sud\n13002 Marseille\nFrance")
    assert "Paris\nFrance\nSIREN\u00a0732\u00a0829\u00a0320" in mail.text
    assert delivered in mail.text
    pdf = httpx.get(client.get(f"/api/orders/{order['id']}/confirmation").json()["url"])
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf.content, capture_output=True, check=True)
    for word in (
        "SIREN 732 829 320",
        texts("orders.pdf.delivered_to"),
        "Chantier Rivoli",
        "13002 Marseille",
    ):
        assert word in text.stdout.decode()
    listed = client.orders()[0]
    assert listed["delivery"] == site | {"country": "FR"}
    invoice = client.get("/api/invoices").json()["items"][0]
    assert (listed["invoice"], invoice["order"]) == (invoice["number"], order["id"])


def test_an_address_of_delivery_follows_the_rules_of_its_country(desk: Desk) -> None:
    delivery = {"country": "US", "company": "Site", "street": "1 Main St", "postcode": "", "city": "Boston"}
    draft = an_order(MEASURER, delivery=delivery)
    answer = desk.client(NOOR).post("/api/orders/preview", draft)
    assert [(each["field"], each["code"]) for each in answer.json()["problems"]] == [("delivery.postcode", "required")]
    draft["delivery"] = delivery | {"country": "GH"}
    assert desk.client(NOOR).post("/api/orders/preview", draft).json()["problems"] == []


@pytest.mark.parametrize(
    ("company", "street", "city"),
    [
        ("株式会社サクラ", "丸の内1-1", "東京都"),
        ("شركة النور (2024)", "شارع 12، رقم 5", "دبي"),
        ("מהנדסים 99 בע״מ", "רחוב הרצל 5", "תל אביב"),
        ("श्री गणेश", "एम जी रोड 12", "मुंबई"),
    ],
)
def test_a_company_in_any_script_stands_in_its_mail_and_its_confirmation(
    desk: Desk, company: str, street: str, city: str
) -> None:
    noor = desk.client(NOOR)
    billing = {"company": company, "street": street, "postcode": "12345", "city": city, "country": "DE"}
    order = placed(noor, an_order(billing=billing, reference=company[:60]))
    desk.settle()

    mail = next(mail for mail in desk.mails(NOOR) if city in mail.text)
    for line in (company, street, f"12345 {city}"):
        assert f"{isolated(line)}\n" in mail.text
        assert f"{isolated(line)}<br>\n" in html.unescape(mail.html)
    pdf = httpx.get(noor.get(f"/api/orders/{order['id']}/confirmation").json()["url"]).content
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert not Counter("".join((company + street + city).split())) - Counter(text)


@given(st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1), timezones=st.just(clock.PARIS)), min_size=2))
def test_references_are_in_the_order_of_time(moments: list[datetime]) -> None:
    in_order = [reference(moment, str(number)) for number, moment in enumerate(sorted(moments, key=datetime.timestamp))]
    assert [name[:18] for name in in_order] == [name[:18] for name in sorted(in_order)]
