"""Builds the site, its search indexes, cards, security headers and API description: `python -m theme.build`."""

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mkdocs.commands.build import build as build_pages
from mkdocs.config import load_config

from functions.shared.brand import brand
from functions.shared.texts import LANGUAGES, differences
from theme import (
    assets,
    brands,
    built,
    cards,
    declarations,
    guides,
    links,
    openapi,
    plain,
    products,
    search,
    security,
    settings,
    typography,
)
from theme.failure import BuildFailed
from theme.guides import Guides
from theme.kept import Kept
from theme.language import drafts, unfinished

ROOT = Path(__file__).parents[1]
# For every project that is built here.
KEPT = Kept(ROOT / "build" / "kept")
log = logging.getLogger("theme")


def build(root: Path = ROOT) -> None:
    """Build what `root` holds into its build/ folder; what stood there stays until the new site is whole.

    Raises BuildFailed, or MkDocs' Abort, when a text, a translation, a page or a link is missing.
    """
    _insist(brands.faults())
    _insist(products.faults())
    _insist(differences())
    _insist(declarations.faults())
    _insist(guides.faults(root / "docs"))
    _insist(typography.faults(root / "docs"))
    _insist(search.faults(root / "docs"))
    output = root / "build"
    output.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=output, prefix="building-") as workshop:
        site = Path(workshop) / "site"
        every_guides = [Guides.read(root / "docs", language) for language in LANGUAGES]
        docs = _written_out(root / "docs", every_guides, Path(workshop) / "docs")
        config = load_config(str(root / "mkdocs.yml"), docs_dir=str(docs), site_dir=str(site))
        config.extra.update(settings.of_brand())
        untranslated = unfinished(root)
        for line in untranslated.values():
            log.warning(line)
        if os.environ.get("STAGE") == "prod":
            spoken = [line for language, line in untranslated.items() if language in LANGUAGES]
            _insist([*settings.examples(config.extra), *spoken])
        try:
            build_pages(config)
        except KeyError as missing:
            raise BuildFailed(f"theme/templates: {missing.args[0]} is missing") from missing
        for mark in ("assets/img/mark.svg", assets.MARK):
            _put(site / mark, brand().drawn_mark)
        pages = list(built.pages(site))
        _insist([f"{page.path}: no title or description" for page in pages if not _is_described(page)])
        _insist([f"{page.path}: {block}: no such block" for page in pages for block in page.unknown_blocks])
        asked = search.questions(root / "docs")
        for of_language in every_guides:
            index = search.index(of_language, asked)
            _write(site / "assets/search" / f"{of_language.language}.json", index)
        plain.write(site, every_guides, config.extra, str(config.site_url))
        _write(site / "api/openapi.json", openapi.document())
        assets.write(site, pages, root, Path(workshop), KEPT)
        pages = list(built.pages(site))
        _insist(links.broken(site, str(config.site_url), pages))
        _insist(security.blocked(pages))
        cards.write(site, every_guides, brand(), KEPT)
        KEPT.tidy()
        _publish(site, output / "site")
    _write(output / "headers.json", security.headers(pages))


def _written_out(docs: Path, every_guides: Sequence[Guides], place: Path) -> Path:
    """The pages with those that are made from the catalogue, for MkDocs to read."""
    shutil.copytree(docs, place, ignore=shutil.ignore_patterns(*drafts(docs.parent)))
    for of_language in every_guides:
        for guide in of_language.all:
            (place / of_language.language / f"{guide.name}.md").write_text(guide.text, "utf-8")
    return place


def _publish(site: Path, place: Path) -> None:
    """Put the new site in the place of the old one, which leaves with the workshop."""
    if place.exists():
        place.rename(site.with_name("former"))
    site.rename(place)


def _is_described(page: built.BuiltPage) -> bool:
    return bool(page.title and page.language and (page.description or page.path == "/404.html"))


def _insist(faults: list[str]) -> None:
    if faults:
        raise BuildFailed(*faults)


def _write(path: Path, content: object) -> None:
    _put(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def main() -> int:
    """Build, and say what stands in the way."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    started = time.perf_counter()
    try:
        build()
    except BuildFailed as failure:
        for fault in failure.args:
            log.error(fault)
        return 1
    sys.stdout.write(f"build/site is ready ({time.perf_counter() - started:.1f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
