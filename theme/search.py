"""The search index of each language: what the built guides say, once a word."""

import re
from collections.abc import Iterable
from typing import Any

from theme.built import BuiltPage
from theme.guides import Guides

_WORD = re.compile(r"\w+", re.UNICODE)


def index(guides: Guides, pages: Iterable[BuiltPage]) -> list[dict[str, Any]]:
    """One entry for each of the language's pages; docs/assets/js/search.js makes the engine's index of them."""
    by_path = {page.path: page for page in pages}
    return [
        {
            "url": guide.path,
            "title": by_path[guide.path].heading.strip(),
            "description": by_path[guide.path].description,
            "keywords": " ".join(f"{words}." for words in guide.says.keywords),
            "headings": " ".join(by_path[guide.path].subheadings),
            "text": " ".join(_once(" ".join(by_path[guide.path].text))),
        }
        for guide in guides.all
        if guide.says.keywords
    ]


def _once(text: str) -> list[str]:
    return sorted({word.casefold() for word in _WORD.findall(text) if len(word) > 2})
