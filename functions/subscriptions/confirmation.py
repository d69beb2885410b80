"""The confirmation of an order as a PDF: worded here, set by the function that sets contracts, always the same."""

import hashlib
import json
from datetime import date
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk
from functions.shared.job import Answer, Job
from functions.shared.request import Request
from functions.shared.texts import Language, Texts
from functions.subscriptions.billing import address
from functions.subscriptions.catalogue import price
from functions.subscriptions.fetch_contract import link, typeset
from functions.subscriptions.order import Order, OrderLine, found_order, named, vat_told


class Confirmation(BaseModel):
    """The file, by a link that works for five minutes."""

    url: str
    expires_at: str


def words(order: Order, supplier: str, language: Language) -> dict[str, Any]:
    """Everything that is set, in that language."""
    texts = Texts(language)
    name, *lines = (part.strip() for part in supplier.split(","))
    day: date = clock.day(order.placed_at)
    customer, *billed = address(order.billing, language).split("\n")

    def row(line: OrderLine) -> list[str]:
        return [named(line, texts), str(line.quantity), price(line.unit_price, language), price(line.amount, language)]

    return {
        "language": language,
        "region": {"en": "GB", "fr": "FR"}[language],
        "title": texts("orders.pdf.title"),
        "summary": texts("orders.pdf.summary", placed_on=day),
        "number": texts("orders.pdf.number", order=order.id),
        "status": texts("orders.pdf.reference", reference=order.reference) if order.reference else None,
        "page": texts.entry("contract.page"),
        "supplier": name,
        "parties": [
            {"role": texts("contract.parties.supplier"), "name": name, "lines": lines},
            {"role": texts("orders.pdf.billed_to"), "name": customer, "lines": billed},
        ],
        "lines": {
            "heading": texts("orders.pdf.lines"),
            "columns": texts.entry("orders.pdf.columns"),
            "rows": [row(line) for line in order.lines],
        },
        "totals": [
            [texts("orders.check.total"), price(order.total, language)],
            [vat_told(order, texts), price(order.vat.amount, language)],
        ],
        "to_pay": [texts("orders.check.to_pay"), price(order.total + order.vat.amount, language)],
        "paragraphs": [texts("orders.pdf.terms", version=order.terms_version), texts("orders.pdf.next")],
    }


def fetch_confirmation(desk: Desk, request: Request) -> Answer:
    """A link to the confirmation of one of the reader's orders."""
    reader, order = found_order(desk, request)
    wording = words(order, desk.cloud.settings.supplier, reader.language)
    content = json.dumps(wording, ensure_ascii=False, sort_keys=True)
    key = f"orders/{hashlib.sha256(content.encode()).hexdigest()}.pdf"
    version = _version(desk.cloud, key)
    if version is None:
        typeset(desk.cloud, {"order": wording, "at": clock.rfc3339(order.placed_at), "key": key})
        version = _version(desk.cloud, key)
    assert version is not None  # noqa: S101 — it was stored just now, and the store reads its own writes
    return Answer(200, link(desk.cloud, key, version, "attachment", order.id))


def _version(cloud: Cloud, key: str) -> str | None:
    try:
        return cloud.files.head_object(Bucket=cloud.settings.contracts, Key=key)["VersionId"]
    except ClientError as error:
        if error.response["Error"].get("Code") not in ("404", "NoSuchKey"):
            raise
    return None


FETCH = Job(
    name="fetch-confirmation",
    method="GET",
    path="/api/orders/{order_id}/confirmation",
    run=fetch_confirmation,
    answer=Confirmation,
    codes=("not_found",),
)
