"""What a language's typesetting asks for and is easily forgotten while writing, since nobody sees it in an editor."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from functions.shared.texts import LANGUAGES, Language, wordings

# By language, what a line may not hold. French: a blank at which a line may break before ? ! ; : and within quotation
# marks (Imprimerie nationale, Lexique des règles typographiques). A colon before a hyphen aligns a table's column.
_WRONG: Mapping[str, re.Pattern[str]] = {"fr": re.compile(r"(?<=\S) (?:[?!;»]|:(?!-))|« ")}


def faults(docs: Path) -> list[str]:
    """The places, in guides and texts, at which a blank has to be one that no line breaks at (U+00A0)."""
    return [
        f"{place}: a blank that keeps together (U+00A0) is missing after «{line[: found.start()][-30:]}»"
        for language in LANGUAGES
        if language in _WRONG
        for place, line in _lines(docs, language)
        for found in _WRONG[language].finditer(line)
    ]


def _lines(docs: Path, language: Language) -> Iterator[tuple[str, str]]:
    for guide in sorted((docs / language).glob("*.md")):
        for number, line in enumerate(guide.read_text("utf-8").splitlines(), 1):
            yield f"docs/{language}/{guide.name}:{number}", line
    for key, said in wordings(language):
        yield f"{language}: {key}", said
