"""What is said of an order: in the e-mail that confirms it and in the file of its confirmation."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from functions.shared import clock
from functions.shared.money import percentage, price, priced
from functions.shared.texts import Language, Texts, isolated
from functions.subscriptions.billing import address, in_threes
from functions.subscriptions.catalogue import catalogue, edition_name
from functions.subscriptions.order import Order, OrderLine


def mailed(order: Order, language: Language) -> Mapping[str, Any]:
    """What the confirmation by e-mail says, amounts written out."""
    texts = Texts(language)

    def row(line: OrderLine) -> Mapping[str, str]:
        kind = "seat" if line.licence else catalogue()[line.product].family
        each = _priced(order, f"{kind}_price", line.unit_price, texts)
        if order.change:
            each = f"{each}, {_days(order.change, texts)}"
        amount = price(_shown(order, line.amount), language)
        return {"what": _product(line, texts), "each": each, "quantity": str(line.quantity), "amount": amount}

    reference = [texts("orders.pdf.reference", reference=order.reference)] if order.reference else []
    delivery = address(order.delivery, language) if order.delivery else ""
    return {
        "email": order.by,
        "order": order.id,
        "bill": {
            "columns": texts.entry(f"orders.mails.{'columns_with_vat' if order.is_consumer else 'columns'}"),
            "lines": [row(line) for line in order.lines],
            "totals": _totals(order, texts),
            "to_pay": _to_pay(order, texts),
        },
        "billing": "\n".join([*_billed(order, texts), *reference]),
        "delivery": texts("orders.delivered", delivery=delivery) if delivery else "",
        "total_with_vat": price(order.total_with_vat, language),
        "next": texts("orders.mails.next") if order.subscriptions else "",
    }


def confirmation(order: Order, supplier: str, language: Language) -> Mapping[str, Any]:
    """Everything that is set in the file of its confirmation."""
    texts = Texts(language)
    name, *lines = (part.strip() for part in supplier.split(","))
    parties = [("orders.pdf.billed_to", _billed(order, texts))]
    if order.delivery:
        parties.append(("orders.pdf.delivered_to", address(order.delivery, language).split("\n")))

    def row(line: OrderLine) -> list[str]:
        amounts = (price(_shown(order, cents), language) for cents in (line.unit_price, line.amount))
        return [_product(line, texts), str(line.quantity), *amounts]

    return {
        "language": language,
        "region": texts.region,
        "title": texts("orders.pdf.title"),
        "summary": texts("orders.pdf.summary", placed_on=clock.day(order.placed_at)),
        "number": texts("orders.pdf.number", order=order.id),
        "status": texts("orders.pdf.reference", reference=order.reference) if order.reference else None,
        "page": texts.entry("contract.page"),
        "supplier": name,
        "parties": [
            {"role": texts("contract.parties.supplier"), "name": name, "lines": lines},
            *(
                {"role": texts(role), "name": isolated(who), "lines": [*map(isolated, where)]}
                for role, (who, *where) in parties
            ),
        ],
        "lines": {
            "heading": texts("orders.pdf.lines"),
            "columns": texts.entry(f"orders.pdf.{'columns_with_vat' if order.is_consumer else 'columns'}"),
            "rows": [row(line) for line in order.lines],
        },
        "totals": _totals(order, texts),
        "to_pay": _to_pay(order, texts),
        "paragraphs": [
            *(_changed(order, order.change, texts) if order.change else ()),
            texts("orders.pdf.terms", version=order.terms_version),
            *([] if order.change else [texts("orders.pdf.next")]),
        ],
    }


def _billed(order: Order, texts: Texts) -> list[str]:
    """Whom an order is billed to, line by line, with the SIREN that the invoice names."""
    siren = order.billing.get("siren")
    return [
        *address(order.billing, texts.language).split("\n"),
        *([texts("invoices.siren", siren=in_threes(siren))] if siren else []),
    ]


def of_next_year(order: Order, texts: Texts) -> str:
    """What all seats cost in the year after the one whose seats an order changes, as its buyer reads it."""
    return _priced(order, "a_year", order.change["next_year"] if order.change else 0, texts)


def _priced(order: Order, what: str, net: int, texts: Texts) -> str:
    return priced(texts, what, net, order.with_vat(net), is_consumer=order.is_consumer)


def _shown(order: Order, net: int) -> int:
    """An amount as the buyer reads it: consumers with VAT."""
    return order.with_vat(net) if order.is_consumer else net


def _days(change: Mapping[str, Any], texts: Texts) -> str:
    return texts("seats.days", count=change["days"], days_of_year=change["days_of_year"])


def _changed(order: Order, change: Mapping[str, Any], texts: Texts) -> list[str]:
    """What an order changes of a subscription's seats."""
    dates = {name: date.fromisoformat(change[name]) for name in ("begins", "until") if change.get(name)}
    what = texts(f"seats.changed.{change['kind']}", **{**change, **dates})
    price_of_days = [texts("seats.price", days=_days(change, texts), **dates)] if change.get("until") else []
    next_year = texts("seats.next_year", next_year=of_next_year(order, texts))
    amended = texts("seats.amended", amendment=change["amendment"], contract_number=change["contract_number"])
    return [what, *price_of_days, next_year, amended]


def _totals(order: Order, texts: Texts) -> list[list[str]]:
    """The total, and the VAT on it or why there is none."""
    language = texts.language
    vat = texts(f"orders.vat.{order.vat.reason}", rate=percentage(order.vat.rate, language))
    return [[texts("orders.check.total"), price(order.total, language)], [vat, price(order.vat.amount, language)]]


def _to_pay(order: Order, texts: Texts) -> list[str]:
    return [texts("orders.check.to_pay"), price(order.total_with_vat, texts.language)]


def _product(line: OrderLine, texts: Texts) -> str:
    """What a line is, without its quantity."""
    name = line.name(texts.language)
    if line.licence is None or line.edition is None:
        return name
    licence = texts(f"orders.cart.licence.{line.licence}")
    return texts("orders.cart.software", name=name, edition=edition_name(line.edition, texts.language), licence=licence)
