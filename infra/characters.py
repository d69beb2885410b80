"""Writes the table of the characters that our documents can show, from the fonts: `python -m infra.characters`."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

from functions.contracts.render import FONTS, PACKAGES
from functions.shared.characters import CHINESE_JAPANESE_KOREAN, HOUSE, REPLACEMENTS, TABLE

# What is no character of a text, or of nobody's but the font's.
_NO_TEXT = ("Cc", "Cn", "Co", "Cs", "Zl", "Zp")
# PDF/A has no place for it.
_BYTE_ORDER_MARK = "\ufeff"
# The look's own faces, which need no row: what they lack the house's font has, and what that lacks the others.
_LOOK = ("Figtree", "Bricolage Grotesque")
# Asked before the fonts of the scripts, and after them.
_FIRST = (HOUSE, "Noto Sans", "IBM Plex Sans Arabic")
_LAST = (CHINESE_JAPANESE_KOREAN, "Noto Sans Symbols", "Noto Emoji")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def table() -> str:
    """The table as it is to be: a line for each family, in the order in which they are asked."""
    found = _characters_of_families()
    placed = (*_LOOK, *_FIRST, *_LAST)
    ordered = [*_FIRST, *sorted(name for name in found if name not in placed and "Mono" not in name), *_LAST]
    return "".join(f"{name}: {_rows(found[name])}\n" for name in ordered)


def _characters_of_families() -> Mapping[str, frozenset[int]]:
    """What every face of a family has; those of the house's fonts, and of the one that differs by country, are one."""
    found: dict[str, frozenset[int]] = {}
    for face in _faces():
        name = str(face["name"].getBestFamilyName())
        name = next((whole for whole in (HOUSE, CHINESE_JAPANESE_KOREAN) if name.startswith(whole)), name)
        characters = _characters(face)
        found[name] = found.get(name, characters) & characters
    return found


def _faces() -> Iterator[TTFont]:
    for folder in (FONTS, *(Path(str(files(name))) for name in PACKAGES)):
        for path in sorted(folder.rglob("*.[ot]t[fc]")):
            yield from TTCollection(path, lazy=True).fonts if path.suffix == ".ttc" else [TTFont(path)]


def _characters(face: TTFont) -> frozenset[int]:
    return frozenset(
        code
        for code in face.getBestCmap()
        if unicodedata.category(chr(code)) not in _NO_TEXT and chr(code) not in (*REPLACEMENTS, _BYTE_ORDER_MARK)
    )


def _rows(characters: Collection[int]) -> str:
    """The rows of neighbours, as the gap before each and its length, to the base of 36."""
    firsts = {code for code in characters if code - 1 not in characters}
    edges = sorted(firsts | {code + 1 for code in characters if code + 1 not in characters})
    return " ".join(map(_base_36, (edge - before for before, edge in zip([0, *edges], edges, strict=False))))


def _base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


if __name__ == "__main__":
    TABLE.write_text(table(), "ascii")
