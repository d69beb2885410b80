"""Invoices: one for each order, credit notes for a withdrawal, seen by who ordered or administers, and nobody else."""

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import httpx
import pytest
from facturx import get_facturx_xml_from_pdf
from lxml import etree

from functions.shared import clock
from functions.shared.calendar import A_DAY
from functions.shared.cloud import Cloud
from functions.shared.events import occurred
from functions.subscriptions.invoice import counter_key, invoice_key
from functions.subscriptions.subscription import mark_of
from functions.workers import invoicing
from infra.local.aws import Call as AwsCall
from tests import kept
from tests.desk import Client, Desk

NOOR, CAMILLE, EMMA, ALEX, SAM = (
    f"{name}@example.com" for name in ("noor.haddad", "camille.durand", "emma.roux", "alex.morgan", "sam.taylor")
)
BILLING = {
    "company": "Studio Haddad",
    "street": "1 rue Neuve",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
    "siren": "732 829 320",
}
SEATS = {"product": "PROFIS Engineering", "licence": "individual", "quantity": 3}
MEASURER = {"product": "LM-20", "quantity": 1}


def invoices(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/invoices{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def order(client: Client, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/orders", {"lines": list(lines) or [SEATS], "billing": BILLING, "terms": True} | fields)
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


def data_of(client: Client, number: str) -> Any:
    """The data in an invoice's file, which is the one that the link is said to lead to."""
    link = client.get(f"/api/invoices/{number}").json()
    pdf = httpx.get(link["url"]).content
    assert hashlib.sha256(pdf).hexdigest() == link["sha256"]
    name, xml = get_facturx_xml_from_pdf(pdf)
    assert name == "factur-x.xml"
    return etree.fromstring(xml)


def texts_of(data: Any, name: str) -> list[str]:
    return [element.text for element in data.iter(f"{{*}}{name}")]


def signed_by_emma(subscription_id: str) -> None:
    """Its contract was signed today."""
    stored = kept.read_subscription(subscription_id)
    until = clock.day(clock.now()).isoformat()
    signed = replace(stored, status="active", withdrawable_until=until, withdrawable_by=mark_of(subscription_id, EMMA))
    kept.store().commit([signed.put()])


def test_an_order_has_one_invoice_with_the_next_number_and_the_buyers_siren(desk: Desk) -> None:
    noor = desk.client(NOOR)
    before = invoices(noor)

    placed = order(noor, reference="PO 4711")
    desk.settle()

    new, *others = invoices(noor)
    assert others == before
    last = int(kept.store().item(counter_key(date.fromisoformat(new["issued_on"]).year))["last"])  # type: ignore[index]
    assert new == {
        "number": f"F-{new['issued_on'][:4]}-{last:06}",
        "kind": "invoice",
        "issued_on": new["issued_on"],
        "order": placed["id"],
        "subscription": placed["subscriptions"][0]["id"],
        "total": 1497_00,
        "vat": 299_40,
        "total_with_vat": 1796_40,
    }
    data = data_of(noor, new["number"])
    assert "732829320" in texts_of(data, "ID")
    assert texts_of(data, "DuePayableAmount") == ["1796.40"]
    assert {placed["id"], "PO 4711"} <= set(texts_of(data, "IssuerAssignedID"))


@pytest.mark.parametrize("siren", ["123456789", "73282932", "no number"])
def test_a_siren_is_checked_by_its_digits(desk: Desk, siren: str) -> None:
    body = {"lines": [SEATS], "billing": BILLING | {"siren": siren}, "terms": True}
    answer = desk.client(NOOR).post("/api/orders", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["billing.siren"]


def test_articles_go_where_they_are_to_be_delivered(desk: Desk) -> None:
    noor = desk.client(NOOR)
    site = {"company": "Chantier Rivoli", "street": "3 quai Sud", "postcode": "13002", "city": "Marseille"}
    order(noor, MEASURER, delivery=site | {"country": "FR"})
    desk.settle()
    data = data_of(noor, invoices(noor)[0]["number"])
    [delivery] = data.iter("{*}ShipToTradeParty")
    assert texts_of(delivery, "CityName") == ["Marseille"]
    wrong = {"lines": [MEASURER], "billing": BILLING, "terms": True, "delivery": site | {"country": "XX"}}
    answer = noor.post("/api/orders", wrong)
    assert "delivery.country" in {error["field"] for error in answer.json()["errors"]}


def test_what_changes_the_seats_is_billed_too_and_what_costs_nothing_is_not(desk: Desk) -> None:
    noor = desk.client(NOOR)
    subscription = "noor-active"
    for seats, count in ((4, 2), (2, 2)):
        total = noor.post(f"/api/subscriptions/{subscription}/seats/preview", {"seats": seats}).json()["amount"]
        body = {"seats": seats, "terms": True, "total": total}
        assert noor.post(f"/api/subscriptions/{subscription}/seats", body).status_code == 200
        desk.settle()
        about = invoices(noor, f"?subscription={subscription}")
        assert len(about) == count
    assert about[0]["subscription"] == subscription


def test_a_year_that_begins_is_billed_once_as_the_contract_was(desk: Desk) -> None:
    noor, name = desk.client(NOOR), "noor-active"
    [first] = invoices(noor, f"?subscription={name}")
    end = kept.read_subscription(name).end
    desk.advance_to(datetime.combine(end + A_DAY, time(11), UTC))
    desk.settle()
    noor = desk.client(NOOR)

    renewed, billed = invoices(noor, f"?subscription={name}")

    assert billed == first
    assert renewed == first | {name: renewed[name] for name in ("number", "issued_on")}
    assert renewed["issued_on"] == (end + A_DAY).isoformat()
    data = data_of(noor, renewed["number"])
    [contract] = data.iter("{*}ContractReferencedDocument")
    assert texts_of(contract, "IssuerAssignedID") == [kept.read_subscription(name).contract_number]
    [event] = [one for one in kept.events(name) if one["type"] == "renewed"]
    invoicing.bill_renewal(kept.cloud(), occurred(event))
    assert len(invoices(noor, f"?subscription={name}")) == 2


def test_seats_added_on_the_day_on_which_a_year_begins_are_billed_once(desk: Desk) -> None:
    noor, name = desk.client(NOOR), "noor-active"
    end = kept.read_subscription(name).end
    clock.travel(datetime.combine(end + A_DAY, time(11), UTC) - datetime.now(UTC))
    noor = desk.client(NOOR)
    total = noor.post(f"/api/subscriptions/{name}/seats/preview", {"seats": 4}).json()["amount"]
    assert noor.post(f"/api/subscriptions/{name}/seats", {"seats": 4, "terms": True, "total": total}).status_code == 200
    desk.settle()

    assert sorted(one["total"] for one in invoices(noor, f"?subscription={name}")) == [499_00, 1497_00, 1497_00]


def test_a_withdrawal_is_credited_whole(desk: Desk) -> None:
    emma = desk.client(EMMA)
    [invoice] = invoices(emma)
    answer = emma.post("/api/subscriptions/emma-active/withdrawal", {"confirm": True}).json()
    desk.settle()

    note, billed = invoices(emma)

    assert billed == invoice
    assert (note["kind"], note["subscription"]) == ("credit_note", "emma-active")
    assert note["total_with_vat"] == answer["refund"] == invoice["total_with_vat"]
    data = data_of(emma, note["number"])
    [document] = data.iter("{*}ExchangedDocument")
    assert texts_of(document, "TypeCode") == ["381"]
    [credited] = data.iter("{*}InvoiceReferencedDocument")
    assert texts_of(credited, "IssuerAssignedID") == [invoice["number"]]


def test_of_an_order_of_several_only_what_is_withdrawn_from_is_credited_to_the_cent(desk: Desk) -> None:
    emma = desk.client(EMMA)
    three = [{"product": "PROFIS Rebar", "licence": "individual", "quantity": 1}] * 3
    placed = order(emma, *three)
    desk.settle()
    first = placed["subscriptions"][0]["id"]
    paid = kept.read_subscription(first).paid
    signed_by_emma(first)

    assert emma.post(f"/api/subscriptions/{first}/withdrawal", {"confirm": True}).json()["refund"] == paid
    desk.settle()

    note = invoices(emma)[0]
    assert (note["kind"], note["total_with_vat"]) == ("credit_note", paid)


def test_only_who_ordered_or_administers_now_sees_an_invoice(desk: Desk) -> None:
    alex, sam, noor = desk.client(ALEX), desk.client(SAM), desk.client(NOOR)
    [invoice] = invoices(alex, "?subscription=alex-active")
    path = f"/api/invoices/{invoice['number']}"
    for stranger in (sam, noor):
        assert stranger.get(path).json()["code"] == "not_found"
        assert invoice not in invoices(stranger, "?limit=100")
    assert sam.get("/api/invoices?subscription=alex-active").json()["code"] == "forbidden"
    assert noor.get("/api/invoices?subscription=alex-active").json()["code"] == "not_found"
    assert noor.get("/api/invoices/F-2026-999999").json()["code"] == "not_found"

    assert alex.post("/api/subscriptions/alex-active/administrator", {"email": SAM}).status_code == 200

    assert sam.get(path).status_code == 200
    assert invoices(sam) == [invoice]
    assert alex.get(path).status_code == 200, "who ordered it keeps it"
    assert invoice in invoices(alex, "?limit=100")


def test_pages_come_newest_first_and_a_year_is_packed_whole(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    whole = invoices(camille, "?limit=100")
    numbers = [one["number"] for one in whole]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == len(set(numbers)) == 10
    paged, cursor = [], ""
    while cursor is not None:
        page = camille.get(f"/api/invoices?limit=4{cursor and f'&cursor={cursor}'}").json()
        paged += page["items"]
        cursor = page["next"]
    assert paged == whole

    year = numbers[0][2:6]
    link = camille.get(f"/api/invoices/archive?year={year}").json()
    content = httpx.get(link["url"]).content
    assert hashlib.sha256(content).hexdigest() == link["sha256"]
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert packed.namelist() == sorted(f"{number}.pdf" for number in numbers if number[2:6] == year)
    assert all(packed.read(name).startswith(b"%PDF-1.7") for name in packed.namelist())
    assert camille.get("/api/invoices/archive?year=2001").json()["code"] == "not_found"


def test_a_copy_goes_to_the_accounts_with_the_file(desk: Desk) -> None:
    camille, sent = desk.client(CAMILLE), []

    def see(call: AwsCall) -> None:
        if b"Attachments" in call.body:
            sent.append(call.body)

    desk.cloud.aws.watch(see)
    changed = camille.call("PATCH", "/api/account", {"invoices_email": "Compta <compta@durand.example>"}).json()
    assert changed["invoices_email"] == camille.get("/api/session").json()["invoices_email"] == "compta@durand.example"
    placed = order(camille)

    [mail] = desk.mails("compta@durand.example")
    assert mail.subject == f"Facture {invoices(camille)[0]['number']}"
    assert placed["id"] in mail.text
    assert len(sent) == 1

    camille.call("PATCH", "/api/account", {"invoices_email": None})
    order(camille)
    assert len(desk.mails("compta@durand.example")) == 1


def test_an_account_is_changed_in_what_is_asked_and_in_nothing_else(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    before = camille.get("/api/session").json()
    changed = camille.call("PATCH", "/api/account", {"language": "en"}).json()
    assert changed == before | {"language": "en"}
    assert camille.call("PATCH", "/api/account", {}).json() == changed
    answer = camille.call("PATCH", "/api/account", {"language": "de", "invoices_email": "nobody"})
    assert {error["field"] for error in answer.json()["errors"]} == {"language", "invoices_email"}


def test_invoices_of_demo_people_are_numbered_without_gaps_in_the_order_of_their_days(desk: Desk) -> None:
    cloud: Cloud = kept.cloud()
    year = clock.day(clock.now()).year
    last = int(cloud.store.item(counter_key(year))["last"])  # type: ignore[index]
    found = [cloud.store.item(invoice_key(f"F-{year}-{count:06}")) for count in range(1, last + 1)]
    days = [one["issued_on"] for one in found if one]
    assert len(days) == last
    assert days == sorted(days)
