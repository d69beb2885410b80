"""The search index of each language: what the built guides say, once a word."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.utils.meta import get_data

from functions.shared.texts import LANGUAGES, Language
from theme.built import BuiltPage

_WORD = re.compile(r"\w+", re.UNICODE)


def index(language: Language, guides: Path, pages: Iterable[BuiltPage]) -> list[dict[str, Any]]:
    """One entry for each of the language's pages; docs/assets/js/search.js makes the engine's index of them."""
    root = "/" if language == LANGUAGES[0] else f"/{language}/"
    by_path = {page.path: page for page in pages}
    entries = []
    for source in sorted(guides.glob("*.md")):
        _, front_matter = get_data(source.read_text("utf-8"))
        if not front_matter["keywords"]:
            continue  # the staff's own
        page = by_path[root if source.stem == "index" else f"{root}{source.stem}/"]
        entries.append(
            {
                "url": page.path,
                "title": page.heading.strip(),
                "description": page.description,
                "keywords": " ".join(f"{words}." for words in front_matter["keywords"]),
                "headings": " ".join(page.subheadings),
                "text": " ".join(_once(" ".join(page.text))),
            }
        )
    return entries


def _once(text: str) -> list[str]:
    return sorted({word.casefold() for word in _WORD.findall(text) if len(word) > 2})
