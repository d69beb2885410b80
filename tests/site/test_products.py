"""What is in the catalogue has its page in every language, without anybody writing one."""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.search import index
from functions.shared.texts import LANGUAGES, Language
from functions.subscriptions import catalogue as module
from functions.subscriptions.catalogue import catalogue
from tests.site.conftest import change
from theme import guides, products
from theme.build import build
from theme.built import BuiltPage
from theme.guides import Guides, root_of

NEW = """
[[products]]
product = "AN-5: anchor set"
page = "an-5"
family = "purchase"
unit_price = 12_50
name = { en = "AN-5 anchor set", fr = "Lot de chevilles AN-5" }
description.en = "Forty anchors: what a day takes."
description.fr = "Quarante chevilles\u00a0: de quoi tenir une journée."
title = { en = "Order the “AN-5” anchors", fr = "Commander les chevilles «\u00a0AN-5\u00a0»" }
summary.en = "Forty anchors: price and order."
summary.fr = "Quarante chevilles\u00a0: prix et commande."
keywords.en = ["anchors", "wall plugs"]
keywords.fr = ["chevilles", "pattes"]
"""


@pytest.fixture
def with_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogue with one more product."""
    file = tmp_path / "catalogue.toml"
    file.write_text(module._FILE.read_text("utf-8").replace("\n[licences.", f"{NEW}\n[licences.", 1), "utf-8")
    monkeypatch.setattr(module, "_FILE", file)
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_product_has_a_page_where_it_is_ordered(language: Language, pages: Sequence[BuiltPage]) -> None:
    by_path = {page.path: page for page in pages}
    for product in catalogue().products:
        page = by_path[f"{root_of(language)}{product.page}/"]
        assert page.title.startswith(product.title(language))
        assert page.description == product.summary(language)


@pytest.mark.usefixtures("with_one_more")
def test_a_new_one_has_its_page_its_place_in_search_and_its_card_in_both_languages(project: Path) -> None:
    build(project)
    site = project / "build" / "site"
    [new] = [product for product in catalogue().products if product.page == "an-5"]
    for language in LANGUAGES:
        path = f"{root_of(language)}an-5/"
        html = (site / path.lstrip("/") / "index.html").read_text("utf-8")
        assert new.title(language) in html
        assert new.description(language) in html
        assert 'class="desk-block desk-block--product"' in html
        found = json.loads(index(site, language).read_text("utf-8"))["pages"]
        assert [page["title"] for page in found if page["url"] == path] == [new.title(language)]
        assert f"an-5.md): {new.summary(language)}" in (site / "llms.txt").read_text("utf-8")
        listed = (site / root_of(language).lstrip("/") / "products" / "index.html").read_text("utf-8")
        assert path in listed
        # Readers that are no browsers are told the price too.
        [cost] = re.findall(r'data-whose="others">(.*?)<', html)
        folder = site / root_of(language).lstrip("/")
        assert f"\n{cost}\n" in (folder / "an-5.md").read_text("utf-8")
        listed = (folder / "products.md").read_text("utf-8")
        assert f"- [{new.name(language)}](an-5.md) – {new.description(language)} {cost}\n" in listed


@pytest.mark.usefixtures("with_one_more")
def test_a_page_that_somebody_writes_stands_in_its_place(project: Path) -> None:
    written = '---\ntitle: "By hand"\ndescription: "By hand."\nkeywords: []\n---\n\n/// product | an-5\n///\n'
    for language in LANGUAGES:
        (project / "docs" / language / "an-5.md").write_text(written, "utf-8")
        [guide] = [one for one in Guides.read(project / "docs", language).all if one.name == "an-5"]
        assert guide.says.title == "By hand"
    assert guides.faults(project / "docs") == []


@pytest.mark.usefixtures("with_one_more")
def test_a_guide_that_merely_has_its_name_is_refused(project: Path) -> None:
    """As a product would have had no page whose page was called `transfer`."""
    written = '---\ntitle: "By hand"\ndescription: "By hand."\nkeywords: []\n---\n\nBy hand.\n'
    for language in LANGUAGES:
        (project / "docs" / language / "an-5.md").write_text(written, "utf-8")
    says = "it stands in the place of a product's page, and holds no /// product | an-5"
    assert guides.faults(project / "docs") == [f"docs/{language}/an-5.md: {says}" for language in LANGUAGES]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        # Whoever writes it means euros.
        ("unit_price = 499_00", "unit_price = 499.00", r"products\.1\.unit_price: Input should be a valid integer"),
        ('family = "software"', 'family = "service"', r"products\.1\.family: Input should be 'software', "),
        ("description.fr = ", "description.es = ", r"products\.1\.description: not said in fr"),
        ('page = "lm-20"', 'page = "rh-30"', "two products of one name"),
        ('page = "lm-20"', "page = lm-20", "is no TOML: .*line"),
    ],
)
def test_what_nothing_can_be_sold_from_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, fault: str
) -> None:
    file = Path(shutil.copy(module._FILE, tmp_path))
    change(file, old, new)
    monkeypatch.setattr(module, "_FILE", file)
    catalogue.cache_clear()
    [found] = products.faults()
    assert re.match(f"functions/subscriptions/catalogue.toml(: | ){fault}", found)
    monkeypatch.undo()
    catalogue.cache_clear()
