"""Show the catalogue: what can be ordered, for everyone."""

from collections.abc import Sequence

from functions.shared.desk import OpenView
from functions.shared.fields import Model
from functions.shared.items import Reads
from functions.shared.job import Ask, Job
from functions.shared.lists import Cursors, Listed, Page, page_of
from functions.shared.texts import Language
from functions.subscriptions.billing import with_french_vat
from functions.subscriptions.catalogue import Edition, Family, Licence, Product, catalogue


class Offer(Model):
    """A product as the API lists it; `unit_price` in euro cents a year before VAT, and with VAT as in France."""

    product: str
    name: str
    editions: list[Edition]
    licences: list[Licence]
    unit_price: int
    unit_price_with_vat: int
    family: Family


def reads(ask: Ask[Page]) -> Reads[Sequence[Product]]:
    """The products, of which nothing is kept in the table."""
    return Reads((), lambda items: catalogue().products)


def show(products: Sequence[Product], ask: Ask[Page]) -> Listed[Offer]:
    """What can be ordered, for everyone."""

    def offers(shown: Sequence[tuple[int, Product]]) -> list[Offer]:
        return [_offer(product, ask.language) for _, product in shown]

    numbered = list(enumerate(products))
    return page_of(numbered, ask.body, Cursors("catalogue", ask.keys), _position, offers)


def _position(numbered: tuple[int, Product]) -> str:
    """Where a product stands in the catalogue, as a text of which the order is the catalogue's."""
    return f"{numbered[0]:04}"


def _offer(product: Product, language: Language) -> Offer:
    return Offer(
        product=product.product,
        name=product.name(language),
        editions=list(product.editions),
        licences=list(product.licences),
        unit_price=product.unit_price,
        unit_price_with_vat=with_french_vat(product.unit_price),
        family=product.family,
    )


SHOW = Job(
    name="show-catalogue",
    method="GET",
    path="/api/catalogue",
    body=Page,
    answer=Listed[Offer],
    does=OpenView(reads, show),
)
