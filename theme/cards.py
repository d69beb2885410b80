"""The pictures that stand for pages where somebody shares a link to one: drawn once for each wording, then kept."""

import io
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import typst
from PIL import Image

from functions.shared.brand import Brand
from theme.guides import Guides
from theme.kept import Kept, digest

WIDTH, HEIGHT = 1200, 630
_SOURCE = Path(__file__).with_name("card.typ")
_FONTS = Path(__file__).parents[1] / "functions/contracts/fonts"
_PIXELS_AN_INCH = 144.0
# A few flat colours and their edges: a third of the bytes, and nobody sees the difference.
_COLOURS = 32


def path(language: str, name: str) -> str:
    """Where a page's picture is, from the site's root: not among the assets, whose addresses change."""
    return f"cards/{language}/{name}.png"


def write(site: Path, guides: Iterable[Guides], brand: Brand, kept: Kept) -> None:
    """Put each page's picture into the built site; those that are not kept yet are drawn."""
    look = {"name": brand.name, "mark": brand.drawn_mark, **brand.light}
    wordings = {
        path(every.language, guide.name): {
            "language": every.language,
            "title": guide.says.title,
            "description": guide.says.description,
        }
        for every in guides
        for guide in every.all
    }
    names = {where: _name(look, wording) for where, wording in wordings.items()}
    drawn = {where: content for where, name in names.items() if (content := kept.get(name))}
    missing = [where for where in names if where not in drawn]
    for where, content in zip(missing, _drawn(look, [wordings[where] for where in missing]), strict=True):
        drawn[where] = kept.put(names[where], content)
    for where, content in drawn.items():
        (site / where).parent.mkdir(parents=True, exist_ok=True)
        (site / where).write_bytes(content)


def _drawn(look: Mapping[str, str], wordings: list[dict[str, str]]) -> list[bytes]:
    if not wordings:
        return []
    pages = typst.compile(
        _SOURCE,
        sys_inputs={"brand": json.dumps(look), "cards": json.dumps(wordings)},
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS]),
        format="png",
        ppi=_PIXELS_AN_INCH,
    )
    return [_light(page) for page in (pages if isinstance(pages, list) else [pages])]


def _light(png: bytes) -> bytes:
    flat = Image.open(io.BytesIO(png)).convert("RGB")
    written = io.BytesIO()
    flat.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
    return written.getvalue()


def _name(look: Mapping[str, str], wording: Mapping[str, str]) -> str:
    """By all that the picture follows from."""
    return f"{digest(_SOURCE.read_text('utf-8'), version('typst'), look, wording, _COLOURS)}.png"
