"""Which characters a document of ours can show, known from a table rather than from the fonts, which take 25 MB."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

# The font behind the two faces of the look, which has what they lack; every other family stands in for what it lacks.
HOUSE = "Source Sans 3"
CHINESE_JAPANESE_KOREAN = "Noto Sans CJK"
# Families in the order in which they are asked (python -m infra.characters writes it, from the fonts).
TABLE = Path(__file__).with_name("characters.txt")
# What stands for a glyph that is missing, and would be taken for one.
REPLACEMENTS = "\u25a0\u25a1\u25af\ufffd"
# Most of what Europe types. All of it is the house's, so that the table stays unread.
_WELL_KNOWN = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u012b\u012e-\u0131\u0134-\u0165\u0168-\u017e"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2026\u202f\u20ac]*"
)
# Joiners, marks of direction, selectors of variants and tags: they shape what is around them, and need no glyph.
_SHAPING = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)


def missing(text: str) -> str:
    """The first of the text's characters, with its marks, that none of our fonts has; nothing if they have all."""
    return next((cluster for cluster in _clusters(text) if _stands_on_nothing(cluster) or _family(cluster) is None), "")


def families(text: str) -> tuple[str, ...]:
    """The families that the text needs beyond the house's, in the order in which they are asked."""
    needed = {_family(cluster) for cluster in _clusters(text)}
    return tuple(name for name in _table() if name in needed and name != HOUSE)


def _clusters(text: str) -> Iterator[str]:
    """Characters with what is set on them, which only one font can do; those that need no table are left out."""
    if _WELL_KNOWN.fullmatch(text):
        return
    cluster = ""
    for character in _SHAPING.sub("", text):
        if cluster and unicodedata.category(character)[0] != "M":
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _stands_on_nothing(cluster: str) -> bool:
    """Whether it is a mark without a letter: what scripts show there, a dotted circle, is in none of the fonts."""
    kinds = [unicodedata.category(character)[0] for character in cluster[:2]]
    return kinds[0] == "M" or kinds == ["Z", "M"]


def _family(cluster: str) -> str | None:
    for name, (firsts, lasts) in _table().items():
        if all(lasts[bisect_right(firsts, ord(character)) - 1] >= ord(character) for character in cluster):
            return name
    return None


@cache
def _table() -> Mapping[str, tuple[Sequence[int], Sequence[int]]]:
    """Of each family, the first and the last of every row of characters that it has.

    A line is a family, then gaps and lengths in turn, so that the whole is small.
    """
    table = {}
    for line in TABLE.read_text("ascii").splitlines():
        name, _, steps = line.partition(": ")
        edges = list(accumulate(int(step, 36) for step in steps.split()))
        # Below the first row there is none.
        table[name] = ([-1, *edges[::2]], [-1, *(edge - 1 for edge in edges[1::2])])
    return table
