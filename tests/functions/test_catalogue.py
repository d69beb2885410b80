"""The catalogue: one file that sells nothing unfit, in the reader's language, with products that every job takes."""

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from functions.subscriptions import catalogue as module
from functions.subscriptions.catalogue import Catalogue, catalogue
from tests.desk import Desk


def the_file() -> dict[str, Any]:
    return tomllib.loads(module._FILE.read_text("utf-8"))


def test_it_is_shown_to_everyone_in_their_language(desk: Desk) -> None:
    shown = {
        language: desk.client(language=language).get("/api/catalogue").json()["items"] for language in ("en", "fr")
    }

    [engineering] = [item for item in shown["en"] if item["product"] == "PROFIS Engineering"]
    assert engineering == {
        "product": "PROFIS Engineering",
        "name": "PROFIS Engineering",
        "editions": ["standard", "premium"],
        "licences": ["individual", "floating"],
        "unit_price": 49900,
        "unit_price_with_vat": 59880,
        "family": "software",
    }
    assert {item["family"] for item in shown["en"]} == {"software", "purchase", "fleet"}
    assert [item["name"] for item in shown["fr"] if item["family"] == "purchase"] == ["Télémètre laser LM-20"]


def test_it_comes_in_pages(desk: Desk) -> None:
    client = desk.client()
    products: list[str] = []
    path: str | None = "/api/catalogue?limit=3"
    while path:
        page = client.get(path).json()
        products += [item["product"] for item in page["items"]]
        path = page["next"] and f"/api/catalogue?limit=3&cursor={page['next']}"

    assert products == [product.product for product in catalogue().products]
    assert client.get("/api/catalogue?limit=0").json()["errors"][0]["field"] == "limit"


def test_the_software_asks_for_access_by_the_product_of_the_catalogue(desk: Desk) -> None:
    noor = desk.client("noor.haddad@example.com")
    assert noor.get("/api/access", headers={}).status_code == 422
    assert noor.get("/api/access?product=PROFIS%20Rebar").json()["allowed"] is False
    noor.post("/api/trials", {"product": "PROFIS Engineering"})
    assert noor.get("/api/access?product=profis%20engineering").json()["allowed"] is True


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("no price", lambda found: found["products"][0].update(unit_price=0)),
        ("a price with cents behind a point", lambda found: found["products"][0].update(unit_price=499.5)),
        ("software without licences", lambda found: found["products"][0].update(licences=[])),
        ("an edition for sale that it has not", lambda found: found["products"][1].update(ordered="standard")),
        ("a trial of an edition that it has not", lambda found: found["products"][0].update(editions=["premium"])),
        ("a licence for an article", lambda found: found["products"][2].update(licences=["individual"])),
        ("a name in one language only", lambda found: found["products"][0]["name"].pop("fr")),
        ("an empty description", lambda found: found["products"][0]["description"].update(fr="")),
        ("two products of one name", lambda found: found["products"][1].update(product="profis engineering")),
        ("two products on one page", lambda found: found["products"][1].update(page="profis-engineering")),
        ("a licence that nothing explains", lambda found: found["licences"].pop("floating")),
        ("a family that does not exist", lambda found: found["products"][2].update(family="gifts")),
        ("something unknown", lambda found: found["products"][0].update(colour="red")),
        ("no VAT for France", lambda found: found["vat"].pop("FR")),
    ],
)
def test_what_is_unfit_to_be_sold_from_is_refused(what: str, change: Any) -> None:
    found = the_file()
    change(found)
    with pytest.raises(ValidationError):
        Catalogue.model_validate(found)
