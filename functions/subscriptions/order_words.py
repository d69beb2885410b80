"""What is said of an order: in the e-mail that confirms it and in the file of its confirmation."""

from collections.abc import Mapping
from typing import Any

from functions.shared import clock
from functions.shared.money import percentage, price
from functions.shared.texts import Language, Texts, isolated
from functions.subscriptions.billing import address
from functions.subscriptions.catalogue import edition_name
from functions.subscriptions.order import Order, OrderLine


def mailed(order: Order, language: Language) -> Mapping[str, str]:
    """What the confirmation by e-mail says, amounts and lines written out."""
    texts = Texts(language)
    lines = [
        texts("orders.mails.line", what=_ordered(line, texts), amount=price(line.amount, language))
        for line in order.lines
    ]
    return {
        "email": order.by,
        "order": order.id,
        "reference": order.reference or "–",
        "lines": "\n".join(lines),
        "billing": address(order.billing, language),
        "total": price(order.total, language),
        "vat": _vat(order, texts),
        "vat_amount": price(order.vat.amount, language),
        "total_with_vat": price(order.total_with_vat, language),
    }


def confirmation(order: Order, supplier: str, language: Language) -> Mapping[str, Any]:
    """Everything that is set in the file of its confirmation."""
    texts = Texts(language)
    name, *lines = (part.strip() for part in supplier.split(","))
    customer, *billed = map(isolated, address(order.billing, language).split("\n"))

    def row(line: OrderLine) -> list[str]:
        amounts = (price(line.unit_price, language), price(line.amount, language))
        return [_product(line, texts), str(line.quantity), *amounts]

    return {
        "language": language,
        "region": {"en": "GB", "fr": "FR"}[language],
        "title": texts("orders.pdf.title"),
        "summary": texts("orders.pdf.summary", placed_on=clock.day(order.placed_at)),
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
            [_vat(order, texts), price(order.vat.amount, language)],
        ],
        "to_pay": [texts("orders.check.to_pay"), price(order.total_with_vat, language)],
        "paragraphs": [texts("orders.pdf.terms", version=order.terms_version), texts("orders.pdf.next")],
    }


def _ordered(line: OrderLine, texts: Texts) -> str:
    """What a line is, with its quantity."""
    kind = "article" if line.licence is None else "software"
    return texts(f"orders.told.{kind}", count=line.quantity, name=_product(line, texts))


def _product(line: OrderLine, texts: Texts) -> str:
    """What a line is, without its quantity."""
    name = line.name(texts.language)
    if line.licence is None or line.edition is None:
        return name
    licence = texts(f"orders.cart.licence.{line.licence}")
    return texts("orders.cart.software", name=name, edition=edition_name(line.edition, texts.language), licence=licence)


def _vat(order: Order, texts: Texts) -> str:
    """The VAT, or why there is none."""
    return texts(f"orders.vat.{order.vat.reason}", rate=percentage(order.vat.rate, texts.language))
