"""Invoices: one for each order, numbered without gaps, seen by who ordered or administers, and files that are Factur-X."""

from typing import Any

import pytest

from tests.desk import Client, Desk

NOOR, CAMILLE, EMMA, ALEX, SAM = (
    f"{name}@example.com" for name in ("noor.haddad", "camille.durand", "emma.roux", "alex.morgan", "sam.taylor")
)


def invoices(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/invoices{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_an_order_has_an_invoice(desk: Desk) -> None:
    noor = desk.client(NOOR)
    [before] = invoices(noor)
    body = {"lines": [{"product": "PROFIS Engineering", "licence": "individual", "quantity": 3}], "billing": {"company": "S", "street": "1", "postcode": "75002", "city": "Paris", "country": "FR", "siren": "732 829 320"}, "terms": True}
    placed = noor.post("/api/orders", body).json()
    desk.settle()
    [invoice, other] = invoices(noor)
    assert other == before
    print(invoice)
    import httpx
    link = noor.get(f"/api/invoices/{invoice['number']}").json()
    print(link)
    assert httpx.get(link["url"]).content[:5] == b"%PDF-"
    arch = noor.get(f"/api/invoices/archive?year={invoice['issued_on'][:4]}").json()
    print(arch, httpx.get(arch["url"]).content[:4])
    print(noor.call("PATCH", "/api/account", {"invoices_email": "accounts@haddad.example"}).json())
    placed = noor.post("/api/orders", body).json()
    [mail] = desk.mails("accounts@haddad.example")
    print(mail.text)
