"""The process that opens a stranger's file and draws what it shows: `python -m functions.workers.rendering TYPE FORM`.

It reads the file from its input and answers with a verdict in a line, the rendering's type in another, then the
rendering. Whatever hides in the file or acts stays behind in it; see `functions.workers.acting` for what is refused
nevertheless.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from functions.workers.inspection import MAX_SECONDS, PDF, Rejected, Rendering

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PAGES = 30
_MAX_MEMORY = 1200 * 1024 * 1024
# About 200 dots an inch on A4; no page has fewer than 150 or more than 600 unless it is larger than MAX_DRAWN.
_PAGE_PIXELS = 4_000_000
_DPI = (150, 600)
_POINTS = 72
# No rendering is larger, picture or page.
MAX_DRAWN = 16_000_000
_JPEG_QUALITY = 90
_PAGE_QUALITY = 85


def rendered(content: bytes, content_type: str, *, as_pages: bool) -> Rendering:
    """What a file of that type shows, page by page if it is a PDF or wanted so. Raises Rejected."""
    if content_type == PDF:
        return Rendering(_book(_pages(content)), PDF)
    from functions.workers.pictures import shown

    drawn = shown(content, content_type, MAX_DRAWN)
    if as_pages:
        return Rendering(_book(iter([drawn])), PDF)
    # A scan's sharp edges stay sharp.
    kept_as = "image/png" if content_type == "image/png" else "image/jpeg"
    made = io.BytesIO()
    drawn.save(made, kept_as.removeprefix("image/").upper(), quality=_JPEG_QUALITY, subsampling=0)
    return Rendering(made.getvalue(), kept_as)


def _pages(content: bytes) -> Iterator["Image"]:
    """The pages of a PDF as pdfium draws them, with what is filled in."""
    import pypdfium2

    from functions.workers.acting import insist_on_a_document

    insist_on_a_document(content)
    try:
        document = pypdfium2.PdfDocument(content)
        if not len(document):
            raise Rejected("damaged")
        if len(document) > MAX_PAGES:
            raise Rejected("too_many_pages")
        document.init_forms()
        for page in document:
            yield page.render(scale=_scale(*page.get_size())).to_pil()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise Rejected("damaged") from error


def _scale(width: float, height: float) -> float:
    """How many pixels a point becomes: enough for small print, within bounds."""
    area = width * height
    if not area > 0:
        raise Rejected("damaged")
    dpi = min(max((_PAGE_PIXELS / area) ** 0.5 * _POINTS, _DPI[0]), _DPI[1])
    scale: float = min(dpi / _POINTS, (MAX_DRAWN / area) ** 0.5)
    if min(width, height) * scale < 1:
        raise Rejected("damaged")
    return scale


def _book(pages: Iterator["Image"]) -> bytes:
    """A PDF of pictures, one a page, that holds nothing else."""
    import pikepdf

    made = io.BytesIO()
    with pikepdf.new() as document:
        for drawn in pages:
            packed = io.BytesIO()
            drawn.save(packed, "JPEG", quality=_PAGE_QUALITY, dpi=(_DPI[0], _DPI[0]))
            picture = document.make_stream(
                packed.getvalue(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=drawn.width,
                Height=drawn.height,
                BitsPerComponent=8,
                ColorSpace=pikepdf.Name.DeviceGray if drawn.mode == "L" else pikepdf.Name.DeviceRGB,
                Filter=pikepdf.Name.DCTDecode,
            )
            # As wide as A4 is, whatever its shape.
            width = 595
            height = max(1, round(width * drawn.height / drawn.width))
            page = document.add_blank_page(page_size=(width, height))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=picture))
            page.Contents = document.make_stream(f"{width} 0 0 {height} 0 0 cm /Page Do".encode())
        document.save(made, deterministic_id=True)
    return made.getvalue()


def bound(parts: Iterable[bytes]) -> bytes:
    """One PDF of several renderings of ours, in their order."""
    import pikepdf

    made = io.BytesIO()
    with pikepdf.new() as document:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as opened:
                document.pages.extend(opened.pages)
        document.save(made, deterministic_id=True)
    return made.getvalue()


def _answer(content: bytes, content_type: str, *, as_pages: bool) -> bytes:
    try:
        rendering = rendered(content, content_type, as_pages=as_pages)
    except Rejected as rejected:
        return rejected.code.encode() + b"\n"
    except MemoryError:
        return b"too_heavy\n"
    return b"ok\n" + rendering.content_type.encode() + b"\n" + rendering.content


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    # It writes to its output alone.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read(), sys.argv[1], as_pages=sys.argv[2] == "pages"))
