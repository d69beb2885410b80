"""Puts what pages take in into the site: a bundle and a style sheet for each kind of page, and what these refer to.

A page's template names its layout and the module that begins on it, as `/assets/guide.css` and `/assets/site.js`: all
pages of one layout that run the same scripts are of one kind, and are given the names of its files.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from functions.shared.brand import brand
from theme import built, bundles, colours, fonts, renamed, sheets
from theme.built import BuiltPage, Element
from theme.failure import BuildFailed
from theme.kept import Kept
from theme.purge import Sheet, Uses

_FUNCTIONS = Path(__file__).parents[1] / "functions"
# What the pages that functions answer with take in (functions/shared/plain_forms.html): of names that last.
FORMS, MARK = "forms.css", "mark.svg"
_SHEET = re.compile(r"/assets/(\w+)\.css")
_SCRIPT = re.compile(r"/assets/([\w-]+)\.js")


class Kind(NamedTuple):
    """What pages have alike whose sheet and bundle are the same."""

    layout: str
    entry: str
    marks: tuple[str, ...]
    """Of its blocks, as bundles.BLOCKS has them."""

    @classmethod
    def of(cls, page: BuiltPage) -> "Kind":
        """A page's. Raises BuildFailed for one whose template does not name its sheet and its script."""
        named = [next(filter(None, map(one.fullmatch, page.references)), None) for one in (_SHEET, _SCRIPT)]
        if not named[0] or not named[1]:
            raise BuildFailed(f"{page.path}: its template names no sheet or no script")
        marks = tuple(mark for mark in bundles.BLOCKS if mark in page.attributes)
        return cls(named[0][1], named[1][1], marks)


def write(site: Path, pages: Sequence[BuiltPage], sources: Path, workshop: Path, kept: Kept) -> None:
    """Write all of them into the built site, whose pages then refer to them.

    Raises BuildFailed for a script or a sheet that is not valid.
    """
    letters = fonts.cut(site, pages, kept)
    became = renamed.rename(site)
    made = {"colours": colours.sheet(brand()), "letters": letters}
    sheet = Sheet(renamed.pointing(sheets.whole(sources / "theme/styles", made, workshop), became))
    bundle = cache(partial(bundles.bundle, scripts=sources / "docs/assets/js", site=site, workshop=workshop))
    kinds = defaultdict[Kind, list[BuiltPage]](list)
    for page in pages:
        kinds[Kind.of(page)].append(page)
    for kind, those in kinds.items():
        _write(site, kind, those, bundle(kind.entry, kind.marks), sheet, became)
    (site / FORMS).write_text(sheet.purged(_of_forms()), "utf-8")


def _write(
    site: Path, kind: Kind, pages: Sequence[BuiltPage], bundle: bundles.Bundle, sheet: Sheet, became: Mapping[str, str]
) -> None:
    uses = Uses(_elements(pages), [bundle.text])
    written = renamed.put(site, f"assets/css/{kind.layout}.css", sheet.purged(uses).encode())
    names = {**became, f"/assets/{kind.layout}.css": written, f"/assets/{kind.entry}.js": bundle.entry}
    script = f'<script type="module" src="/assets/{kind.entry}.js" fetchpriority="low"></script>'
    preloads = "".join(f'<link rel="modulepreload" href="{one}" fetchpriority="low">' for one in bundle.imports)
    for page in pages:
        html = page.file(site).read_text("utf-8").replace(script, preloads + script)
        page.file(site).write_text(renamed.pointing(html, names), "utf-8")


def _of_forms() -> Uses:
    files = sorted(_FUNCTIONS.glob("*/plain_*"))
    pages = [built.read(file.name, file.read_text("utf-8")) for file in files if file.suffix == ".html"]
    return Uses(_elements(pages), [file.read_text("utf-8") for file in files if file.suffix == ".py"])


def _elements(pages: Iterable[BuiltPage]) -> set[Element]:
    return {element for page in pages for element in page.elements}
