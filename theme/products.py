"""Each product's page as Markdown, made from the catalogue: a new product needs no page that somebody writes."""

import json
import tomllib
from collections.abc import Mapping

from pydantic import ValidationError

from functions.shared.texts import Language, Texts
from functions.subscriptions.catalogue import Product, catalogue
from theme.failure import reasons

# What a reader of any of them may want next.
_SEE_ALSO = ("products", "order")


def faults() -> list[str]:
    """What is wrong with the catalogue."""
    file = "functions/subscriptions/catalogue.toml"
    try:
        catalogue()
    except tomllib.TOMLDecodeError as error:
        return [f"{file} is no TOML: {error}"]
    except ValidationError as error:
        return reasons(file, error)
    return []


def pages(language: Language, titles: Mapping[str, str]) -> dict[str, str]:
    """The pages of one language by name; `titles`: what the guides that are written are called.

    A guide of a product's name stands in its page's place.
    """
    return {
        product.page: _page(product, language, titles) for product in catalogue().products if product.page not in titles
    }


def named(markdown: str, language: Language) -> str:
    """A guide's text, what can be tried for %%tried%%, and for %%kept%% what may be kept afterwards."""
    product = catalogue().tried
    return markdown.replace("%%tried%%", product.as_tried(language)).replace("%%kept%%", product.as_kept(language))


def names() -> set[str]:
    """What the products' pages are called."""
    return {product.page for product in catalogue().products}


def is_ordered_on(page: str, markdown: str) -> bool:
    """Whether the product of that page can be ordered on one with that text."""
    return _block(page) in markdown


def _block(page: str) -> str:
    return f"/// product | {page}\n///\n"


def _page(product: Product, language: Language, titles: Mapping[str, str]) -> str:
    says = {
        "title": product.title(language),
        "description": product.summary(language),
        "keywords": product.keywords(language),
    }
    # JSON is YAML, whatever is in the wording.
    front_matter = [f"{name}: {json.dumps(said, ensure_ascii=False)}" for name, said in says.items()]
    links = [f"- [{titles[name]}]({name}.md)" for name in _SEE_ALSO if name in titles]
    return "\n".join(
        (
            *("---", *front_matter, "---", ""),
            *(product.description(language), ""),
            _block(product.page),
            *(f"## {Texts(language)('catalogue.see_also')}", "", *links, ""),
        )
    )
