"""Cuts the letters that the pages are written in out of the fonts; the rest is loaded where a name needs it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from theme.built import BuiltPage
from theme.kept import Kept, digest

# Where the site has them; what is cut out of one stands beside it.
FOLDER = "assets/fonts"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz "
_FEATURES = ("ccmp", "kern", "locl", "mark", "mkmk", "tnum")


class Meanwhile(NamedTuple):
    """The font of the reader's own that stands in until a page's is there, and the widths of `_ALPHABET` in it.

    Liberation Sans has those of Arial. Source: the Core 14 AFM files of Adobe, Helvetica, in thousandths of the size.
    """

    weight: int
    names: tuple[str, ...]
    widths: str


class Face(NamedTuple):
    """A font, the weights that the sheets ask for, and what stands in for those that most of it is written in."""

    family: str
    file: str
    weights: tuple[int, int]
    meanwhile: Mapping[int, Meanwhile]


_REGULAR = Meanwhile(
    400,
    ("Arial", "Liberation Sans"),
    "556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 278",
)
_BOLD = Meanwhile(
    700,
    ("Arial Bold", "Liberation Sans Bold"),
    "556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 278",
)
FACES = (
    Face("Desk Text", "text", (400, 700), {400: _REGULAR, 620: _BOLD}),
    Face("Desk Title", "title", (680, 680), {680: _BOLD}),
)


def cut(site: Path, pages: Iterable[BuiltPage], kept: Kept) -> str:
    """Write the pages' letters, of each font, into the built site; the rules by which browsers take these first."""
    letters, read = set[str](), Counter[str]()
    for page in pages:
        letters.update(page.file(site).read_text("utf-8"))
        read.update(" ".join(page.text))
    return "\n".join(_cut(site / FOLDER, face, letters, read, kept) for face in FACES)


def _cut(folder: Path, face: Face, letters: Collection[str], read: Counter[str], kept: Kept) -> str:
    whole = (folder / f"{face.file}-latin.woff2").read_bytes()
    font = TTFont(BytesIO(whole), recalcTimestamp=False)
    used = {ord(letter) for letter in letters} & font.getBestCmap().keys()
    until_then = "\n".join(_until_then(face, font, weight, read) for weight in face.meanwhile)
    follows = whole.hex(), sorted(used), face.weights, _FEATURES, version("fonttools")
    name = f"{digest(*follows)}.woff2"
    (folder / f"{face.file}-used.woff2").write_bytes(kept.get(name) or kept.put(name, _written(font, used, face)))
    return f"""@font-face {{
  font-family: "{face.family}";
  font-weight: {face.weights[0]} {face.weights[1]};
  font-display: swap;
  src: url("/{FOLDER}/{face.file}-used.woff2") format("woff2");
  unicode-range: {_ranges(used)};
}}
{until_then}"""


def _written(font: TTFont, used: Collection[int], face: Face) -> bytes:
    """The font with these letters and the face's weights alone."""
    # Cut first: what is left of the weights is worked out for the letters that stay.
    subsetter = Subsetter(Options(layout_features=_FEATURES, notdef_outline=True))
    subsetter.populate(unicodes=used)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": face.weights})
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written)
    return written.getvalue()


def _until_then(face: Face, font: TTFont, weight: int, read: Counter[str]) -> str:
    """What stands in takes as much room for what is read, so that nothing shifts once the font is there.

    In tenths of a percent, so that a changed word does not make another sheet.
    """
    glyphs, names = font.getGlyphSet(location={"wght": weight}), font.getBestCmap()
    units = font["head"].unitsPerEm / 1000
    own = sum(read[letter] * glyphs[names[ord(letter)]].width / units for letter in _ALPHABET)
    meanwhile = face.meanwhile[weight]
    widths = map(int, meanwhile.widths.split())
    others = sum(read[letter] * width for letter, width in zip(_ALPHABET, widths, strict=True))
    size = own / others
    ascent, descent = (abs(metric) / units / 10 / size for metric in (font["hhea"].ascent, font["hhea"].descent))
    sources = ", ".join(f'local("{name}")' for name in meanwhile.names)
    return f"""@font-face {{
  font-family: "{face.family} until then";
  font-weight: {meanwhile.weight};
  src: {sources};
  size-adjust: {size:.1%};
  ascent-override: {ascent:.1f}%;
  descent-override: {descent:.1f}%;
  line-gap-override: 0%;
  unicode-range: U+0-24F, U+2000-206F;
}}"""


def _ranges(codes: Collection[int]) -> str:
    """As `unicode-range` has them."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ", ".join(f"U+{first:X}" + (f"-{last:X}" if last > first else "") for first, last in runs)
