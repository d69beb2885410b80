"""Puts what pages take in into the site: a bundle and a style sheet for each kind of page, and what these refer to.

A page's template names its layout and the module that begins on it, as `/assets/guide.css` and `/assets/site.js`: all
pages of one layout that run the same scripts are of one kind, and are given the names of its files.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from functions.shared.brand import brand
from theme import colours, renamed, scripts, sheets
from theme.built import BuiltPage
from theme.failure import BuildFailed
from theme.purge import Sheet, Uses

_SHEET = re.compile(r"/assets/(\w+)\.css")
_SCRIPT = re.compile(r"/assets/([\w-]+)\.js")


class Kind(NamedTuple):
    """What pages have alike whose sheet and bundle are the same."""

    layout: str
    entry: str
    marks: tuple[str, ...]
    """Of its blocks, as scripts.BLOCKS has them."""

    @classmethod
    def of(cls, page: BuiltPage) -> "Kind":
        """A page's. Raises BuildFailed for one whose template does not name its sheet and its script."""
        named = [next(filter(None, map(one.fullmatch, page.references)), None) for one in (_SHEET, _SCRIPT)]
        if not named[0] or not named[1]:
            raise BuildFailed(f"{page.path}: its template names no sheet or no script")
        marks = tuple(mark for mark in scripts.BLOCKS if mark in page.attributes)
        return cls(named[0][1], named[1][1], marks)


def write(site: Path, pages: Sequence[BuiltPage], sources: Path, workshop: Path) -> None:
    """Write all of them into the built site, whose pages then refer to them.

    Raises BuildFailed or NotBundled for a script or a sheet that is not valid.
    """
    became = renamed.rename(site)
    styles = sheets.whole(sources / "theme/styles", colours.sheet(brand()), workshop)
    sheet = Sheet(renamed.pointing(styles, became))
    bundles: dict[tuple[str, tuple[str, ...]], scripts.Bundle] = {}
    for kind in sorted({Kind.of(page) for page in pages}):
        those = [page for page in pages if Kind.of(page) == kind]
        if kind[1:] not in bundles:
            bundles[kind[1:]] = scripts.bundle(kind.entry, kind.marks, sources / "docs/assets/js", site, workshop)
        bundle = bundles[kind[1:]]
        uses = Uses(set().union(*(page.elements for page in those)), [bundle.text])
        written = renamed.put(site, f"assets/css/{kind.layout}.css", sheet.purged(uses).encode())
        names = became | {f"/assets/{kind.layout}.css": written, f"/assets/{kind.entry}.js": bundle.entry}
        for page in those:
            file = page.file(site)
            file.write_text(renamed.pointing(_preloading(file.read_text("utf-8"), kind, bundle), names), "utf-8")


def _preloading(page: str, kind: Kind, bundle: scripts.Bundle) -> str:
    script = f'<script type="module" src="/assets/{kind.entry}.js"></script>'
    return page.replace(script, "".join(f'<link rel="modulepreload" href="{one}">' for one in bundle.imports) + script)
