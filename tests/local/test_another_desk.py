"""A desk of another name that sells other things: two files say so, and nothing that anybody reads says otherwise."""

import re
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomlkit
from pypdfium2 import PdfDocument

from functions.shared.brand import brand
from functions.subscriptions.catalogue import catalogue
from tests.desk import Client
from tests.local.test_process import copied, served

CAMILLE, ALEX = "camille.durand@example.com", "alex.morgan@example.com"
ADDRESS = {"company": "Studio Nord", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"}
NAME, COMPANY, SUPPORT = "Atelier Nord", "Nord Calculs SAS", "aide@nord.example"
# What ours is called, and sells.
FORMER = re.compile(
    "|".join(
        rf"\b{re.escape(name)}\b"
        for name in (
            *(brand().name, brand().company["name"], brand().company["support"]),
            *(word for one in catalogue().products for word in (one.product, one.page, one.product.split()[0])),
            *catalogue().former,
        )
    )
)


def software(name: str, **fields: Any) -> dict[str, Any]:
    own = {"family": "software", "editions": ["premium"], "licences": ["individual"], "ordered": "premium"}
    return product(name, **own | fields)


def product(name: str, **fields: Any) -> dict[str, Any]:
    said = dict.fromkeys(("en", "fr"), name)
    page = name.lower().replace(" ", "-")
    words = {language: [name] for language in said}
    own = {"name": said, "description": said, "title": said, "summary": said, "keywords": words}
    return {"product": name, "page": page, "unit_price": 120_00} | own | fields


# One that can be tried, one that is neither tried nor shared, and an article.
PRODUCTS = (
    software(
        "Nord Truss",
        licences=["individual", "floating"],
        editions=["standard", "premium"],
        trial={"edition": "premium", "afterwards": "standard"},
    ),
    software("Nord Snow", unit_price=90_00),
    product("NL-1", family="purchase"),
)


@pytest.fixture
def another(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The desk of another firm, served: its folder and its address."""
    project = tmp_path / "project"
    copied(project)
    catalogue_file, brand_file = (
        project / name for name in ("functions/subscriptions/catalogue.toml", "functions/shared/brand.toml")
    )
    sold = tomlkit.parse(catalogue_file.read_text("utf-8"))
    sold.pop("former", None)
    sold["products"] = list(PRODUCTS)
    for language in ("en", "fr"):
        sold["families"]["software"]["example"][language] = "3 × Nord Truss"
        sold["editions"]["premium"]["name"][language] = "Ultra"
    catalogue_file.write_text(tomlkit.dumps(sold), "utf-8")
    of_firm = tomlkit.parse(brand_file.read_text("utf-8"))
    of_firm["name"] = NAME
    of_firm["company"].update(name=COMPANY, support=SUPPORT)
    brand_file.write_text(tomlkit.dumps(of_firm), "utf-8")
    with served(project, tmp_path / "log") as (_, url):
        yield project, url


def test_a_desk_of_another_name_sells_other_things(another: tuple[Path, str]) -> None:
    root, url = another
    pages = [file for file in (root / "build/site").rglob("*") if file.suffix in (".html", ".txt", ".json")]
    assert len(pages) > 80
    assert [(page.name, found[0]) for page in pages if (found := FORMER.search(page.read_text("utf-8")))] == []
    assert "Nord Truss Standard" in (root / "build/site/fr/standard/index.html").read_text("utf-8")

    # What the scripts call an edition.
    portal = (root / "build/site/portal/index.html").read_text("utf-8")
    assert 'data-editions="{&#34;premium&#34;: &#34;Ultra&#34;, &#34;standard&#34;: &#34;Standard&#34;}"' in portal

    camille, alex = (Client(url).sign_in(who) for who in (CAMILLE, ALEX))
    held = camille.get("/api/subscriptions?limit=100").json()["items"]
    assert {one["product"] for one in held} == {"Nord Truss", "Nord Snow"}
    assert {one["status"] for one in held} >= {"active", "awaiting_signature", "cancelling", "ended", "trial"}
    assert {one["product"] for one in held if one["status"].startswith("trial")} == {"Nord Truss"}
    assert [one for one in held if one["product"] == "Nord Snow" and one["licence"] == "floating"] == []
    assert not FORMER.search(str(held) + httpx.get(f"{url}/_local/people.json").text)

    order = {"billing": ADDRESS, "terms": True}
    seats = {"product": "Nord Truss", "licence": "floating", "quantity": 2}
    [waiting] = alex.post("/api/orders", order | {"lines": [seats]}).json()["subscriptions"]
    assert (waiting["product"], waiting["status"]) == ("Nord Truss", "awaiting_terms")
    assert alex.post("/api/orders", order | {"lines": [{"product": "NL-1", "quantity": 1}]}).status_code == 201
    tried = alex.post("/api/trials", {"product": "Nord Truss"})
    assert tried.status_code == 201, tried.text

    mails = _mails(url, 4)
    assert not FORMER.search(str(mails))
    assert all(NAME in mail["text"] and SUPPORT in mail["text"] for mail in mails)

    contract = _read(alex.get(f"/api/subscriptions/{ALEX.partition('.')[0]}-active/contract").json()["url"])
    number = alex.get("/api/invoices?limit=1").json()["items"][0]["number"]
    invoice = _read(alex.get(f"/api/invoices/{number}").json()["url"])
    assert re.search(r"\bUltra\b", contract)
    assert "Premium" not in contract
    assert "Nord Truss" in contract
    assert "NL-1" in invoice
    for paper in (contract, invoice):
        assert COMPANY in paper
        assert not FORMER.search(paper)


def _mails(url: str, least: int) -> Sequence[dict[str, Any]]:
    """What was sent, once it is as much."""
    deadline = time.monotonic() + 30
    while True:
        mails: list[dict[str, Any]] = httpx.get(f"{url}/_local/mail.json").json()
        if len(mails) >= least:
            return mails
        assert time.monotonic() < deadline, mails
        time.sleep(0.1)


def _read(url: str) -> str:
    pages = PdfDocument(BytesIO(httpx.get(url).content))
    return "\n".join(page.get_textpage().get_text_range() for page in pages)
