"""What is in the catalogue has its page in every language, without anybody writing one."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.search import index
from functions.shared.texts import LANGUAGES, Language
from functions.subscriptions import catalogue as module
from functions.subscriptions.catalogue import catalogue
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


@pytest.mark.usefixtures("with_one_more")
def test_a_page_that_somebody_writes_stands_in_its_place(project: Path) -> None:
    written = '---\ntitle: "By hand"\ndescription: "By hand."\nkeywords: []\n---\n\nBy hand.\n'
    for language in LANGUAGES:
        (project / "docs" / language / "an-5.md").write_text(written, "utf-8")
        [guide] = [one for one in Guides.read(project / "docs", language).all if one.name == "an-5"]
        assert guide.says.title == "By hand"
