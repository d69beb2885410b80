"""Preview an order: what it would be and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from functions.shared.desk import View
from functions.shared.fields import Model, RequestModel
from functions.shared.items import reads_nothing
from functions.shared.job import Job, SignedIn
from functions.shared.problem import worded
from functions.shared.refusal import Invalid
from functions.shared.texts import Texts
from functions.shared.validation import validated
from functions.subscriptions.billing import Billing, vat_on
from functions.subscriptions.order import is_mixed
from functions.subscriptions.orders import PricedLine, ShownVat
from functions.subscriptions.place_order import MIXED_ORDER, PRICE_CHANGED, OrderedLine, PlaceOrder, priced


class Draft(RequestModel):
    """An order as far as it is filled in: the same fields, whatever they hold."""

    lines: Any = None
    billing: Any = None
    delivery: Any = None
    reference: Any = None
    terms: Any = None
    total: Any = None


class OrderFault(Model):
    """Something that is wrong with an order."""

    field: str
    code: str
    message: str


class Summary(Model):
    """What the order would be; `total` before VAT, and the VAT once the country is known."""

    lines: list[PricedLine]
    total: int
    vat: ShownVat | None
    total_with_vat: int | None
    problems: list[OrderFault]


def show(state: None, ask: SignedIn[Draft]) -> Summary:
    """What an order would be and what is wrong with it; stores nothing. Terms not yet accepted are not wrong."""
    draft, texts = ask.body, Texts(ask.language)
    errors = Invalid()
    validated(PlaceOrder, {"terms": True, **draft.model_dump(exclude_unset=True)}, errors)
    faults = [OrderFault(**fault) for fault in worded(errors, texts)]
    lines = priced(_right(OrderedLine, draft.lines))
    total = sum(line.amount for line in lines)
    if is_mixed(lines):
        faults.append(OrderFault(field="lines", code=MIXED_ORDER.name, message=MIXED_ORDER.detail(texts)))
    if isinstance(draft.total, int) and draft.total != total:
        faults.append(OrderFault(field="total", code=PRICE_CHANGED.name, message=PRICE_CHANGED.detail(texts)))
    billing = next(iter(_right(Billing, [draft.billing])), None)
    vat = vat_on(total, billing.taxed_in, billing.vat_number) if billing else None
    return Summary(
        lines=[PricedLine.of(line, ask.language) for line in lines],
        total=total,
        vat=vat and ShownVat.of(vat),
        total_with_vat=vat and total + vat.amount,
        problems=faults,
    )


def _right[Model: BaseModel](model: type[Model], contents: Any) -> Sequence[Model]:
    """Those that are right."""
    read = [validated(model, content, Invalid()) for content in contents] if isinstance(contents, list) else []
    return [one for one in read if one is not None]


PREVIEW = Job(
    name="preview-order",
    method="POST",
    path="/api/orders/preview",
    body=Draft,
    answer=Summary,
    does=View(reads_nothing, show),
)
