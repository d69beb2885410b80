"""Begins a language, and lists what of it awaits translation: `python -m theme.language es`.

Each file is the English one, marked where it is still English; who translates something takes its mark away. Called
again, it adds what English has got since and leaves alone what is there. Whether the desk speaks the language, the one
list says (functions/shared/texts); until it does, the build counts what is marked and leaves the language out.
"""

import logging
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_decimal_symbol

from functions.shared.texts import COUNTS, LANGUAGES
from theme import search

ROOT = Path(__file__).parents[1]
FIRST = LANGUAGES[0]
MARK = f"({FIRST}) "
CATALOGUE = Path("functions/subscriptions/catalogue.toml")
_OWN = "functions/shared/texts/{}/language.toml"
# What there is of each language: the wordings, the guides, what they are asked in, their pictures, the terms.
_SOURCES = (
    *("functions/shared/texts/{}/*.toml", "docs/{}/*.md", "docs/{}/questions/*.txt"),
    *("docs/assets/pictures/{}/*.webp", "functions/shared/terms/*/{}.md"),
)
_TITLE = re.compile(r'^(title: "?|# )', re.MULTILINE)
_LINE = re.compile(r"^(?=.)", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{.*?\}")
log = logging.getLogger("theme")


def begin(root: Path, language: str) -> None:
    """Make the files of a language that are not there yet, and add to the others what they lack.

    Raises ValueError for what is no language's code, and for the language that all others are translated from.
    """
    locale = _locale(language)
    own = root / _OWN.format(language)
    if not own.exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(_own(root, locale), "utf-8")
    for source, target in _files(root, language):
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".toml":
            target.write_text(_completed(source, target, locale), "utf-8")
        elif not target.exists():
            target.write_bytes(source.read_bytes() if source.suffix == ".webp" else _marked(source).encode())
    offered = tomlkit.parse((root / CATALOGUE).read_text("utf-8"))
    for said in _said_in_each(offered):
        if language not in said:
            said[language] = _translatable(said[FIRST].unwrap())
    (root / CATALOGUE).write_text(tomlkit.dumps(offered), "utf-8")


def begun(root: Path) -> list[str]:
    """The languages that have pages, beside the one that they are translated from."""
    return sorted(home.parent.name for home in root.glob("docs/*/index.md") if home.parent.name != FIRST)


def drafts(root: Path) -> list[str]:
    """Those of them that the desk does not speak."""
    return [language for language in begun(root) if language not in LANGUAGES]


def awaiting(root: Path, language: str) -> dict[str, int]:
    """By file, how much awaits translation: what is marked, a file that is missing, a picture that is still English."""
    left = {target.relative_to(root).as_posix(): _left(source, target) for source, target in _files(root, language)}
    if (root / CATALOGUE).exists():
        offered = tomllib.loads((root / CATALOGUE).read_text("utf-8"))
        left[CATALOGUE.as_posix()] = sum(str(said.get(language, MARK)).count(MARK) for said in _said_in_each(offered))
    left["theme/search.py"] = int(not search.knows(language))
    return {file: count for file, count in left.items() if count}


def unfinished(root: Path) -> dict[str, str]:
    """One line for each language that is not wholly translated, by the language."""
    left = {language: awaiting(root, language) for language in begun(root)}
    return {
        language: f"{language}: {sum(counts.values())} to translate in {len(counts)} files"
        f"{'' if language in LANGUAGES else '; left out'}"
        for language, counts in left.items()
        if counts
    }


def _locale(language: str) -> Locale:
    if language == FIRST:
        raise ValueError(f"{language} is what the others are translated from")
    if not re.fullmatch("[a-z]{2}", language):
        raise ValueError(f"{language} is not a language's code of two letters (ISO 639-1), as es is")
    try:
        return Locale.parse(get_global("likely_subtags").get(language, language))
    except UnknownLocaleError:
        raise ValueError(f"{language} is no language that Unicode's CLDR knows: https://cldr.unicode.org/") from None


def _own(root: Path, locale: Locale) -> str:
    """A language's own file, as far as CLDR knows it."""
    document = tomlkit.parse((root / _OWN.format(FIRST)).read_text("utf-8"))
    document["name"] = str(locale.get_language_name()).capitalize()
    document["locale"] = f"{locale.language}_{locale.territory}"
    document["moment"] = _translatable(document["moment"])
    document["percentage"] = locale.percent_formats[None].pattern.replace("#,##0", "#,##0.##")
    document["separator"] = ";" if get_decimal_symbol(locale) == "," else ","
    return tomlkit.dumps(document)


def _files(root: Path, language: str) -> Iterator[tuple[Path, Path]]:
    """Each file of the first language, and its counterpart."""
    for pattern in _SOURCES:
        for source in sorted(root.glob(pattern.format(FIRST))):
            name = f"/{source.relative_to(root).as_posix()}"
            other = name.replace(f"/{FIRST}/", f"/{language}/").replace(f"/{FIRST}.", f"/{language}.")
            yield source, root / other.lstrip("/")


def _left(source: Path, target: Path) -> int:
    if not target.exists():
        return 1
    if source.suffix == ".webp":
        return int(source.read_bytes() == target.read_bytes())
    return target.read_text("utf-8").count(MARK)


def _marked(source: Path) -> str:
    """A guide or the terms, marked at the title, or questions, each marked."""
    text = source.read_text("utf-8")
    return _LINE.sub(MARK, text) if source.suffix == ".txt" else _TITLE.sub(rf"\1{MARK}", text, count=1)


def _completed(source: Path, target: Path, locale: Locale) -> str:
    """The wordings of one topic: those that are there, and English ones, marked, for the rest."""
    english = tomlkit.parse(source.read_text("utf-8"))
    _mark(english, locale)
    if not target.exists():
        return tomlkit.dumps(english)
    document = tomlkit.parse(target.read_text("utf-8"))
    _add(document, english)
    return tomlkit.dumps(document)


def _mark(table: MutableMapping[str, Any], locale: Locale) -> None:
    for key, said in table.items():
        if isinstance(said, MutableMapping):
            _mark(said, locale)
        elif key != "path":
            table[key] = _translatable(said)
    if {"one", "other"} <= table.keys():
        for form in sorted({str(locale.plural_form(count)) for count in COUNTS} - table.keys()):
            table[form] = str(table["other"])


def _add(table: MutableMapping[str, Any], english: Mapping[str, Any]) -> None:
    for key, said in english.items():
        if key not in table:
            table[key] = said
        elif isinstance(said, Mapping):
            _add(table[key], said)


def _translatable(said: Any) -> Any:
    """What is said, marked where there is anything to translate."""
    if isinstance(said, list):
        for place, one in enumerate(said):
            said[place] = _translatable(one)
        return said
    if isinstance(said, str) and any(letter.isalpha() for letter in _PLACEHOLDER.sub("", said)):
        return tomlkit.string(f"{MARK}{said}", multiline="\n" in said)
    return said


def _said_in_each(table: Any) -> Iterator[Any]:
    """What the catalogue says in each language."""
    if isinstance(table, list):
        for one in table:
            yield from _said_in_each(one)
    elif isinstance(table, Mapping):
        if FIRST in table:
            yield table
        else:
            yield from (said for inner in table.values() for said in _said_in_each(inner))


def main(arguments: Sequence[str]) -> int:
    """Begin a language, or say why it cannot be."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if len(arguments) != 1:
        log.error("python -m theme.language CODE, as es is Spanish's")
        return 2
    [language] = arguments
    try:
        begin(ROOT, language)
    except ValueError as error:
        log.error(error)
        return 1
    left = awaiting(ROOT, language)
    lines = [f"{count:6} {file}" for file, count in left.items()]
    sys.stdout.write("\n".join((*lines, f"{sum(left.values()):6} to translate, marked {MARK.strip()}", "")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
