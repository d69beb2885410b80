"""The inspection of a stranger's file: what it is, whether it is whole, and nothing hidden in it.

It is opened in a process of its own, with bounded memory and time, which answers with the file to keep: an image is
drawn anew, which leaves its metadata and whatever else hides in it behind; a PDF stays as it is, since it may be
signed, and is refused when it is more than a document to read.
"""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from functions.onboarding.papers import MAX_BYTES

MAX_PIXELS = 60_000_000
_MAX_MEMORY = 1200 * 1024 * 1024
_MAX_SECONDS = 25
_JPEG_QUALITY = 90
_SIGNATURES = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
_PDF_SPACE = b"\0\t\n\f\r "
# How a file inside a ZIP begins: a signature, a version, flags and a method that exist.
_IN_A_ZIP = re.compile(rb"PK\x03\x04[\x0a-\x3f]\x00..[\x00\x01\x08\x09\x0c\x0e\x5d\x5f\x63]\x00", re.DOTALL)
# What makes a PDF do something, or carry other files.
_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"})
_ACTIVE_KINDS = frozenset(
    {
        "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMedia",
        "/RichMediaExecute", "/EmbeddedFile", "/FileAttachment", "/Movie", "/Sound", "/3D", "/Screen",
    }
)  # fmt: skip


class Rejected(Exception):
    """The file is not taken; the code is worded in the texts, under `documents.rejected`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def inspected(content: bytes, content_type: str) -> bytes:
    """The file to keep. Raises Rejected."""
    if not content:
        raise Rejected("empty")
    if len(content) > MAX_BYTES:
        raise Rejected("too_big")
    if not content.startswith(_SIGNATURES[content_type]):
        is_pdf_behind_something = content_type == "application/pdf" and _SIGNATURES[content_type] in content[:1024]
        raise Rejected("disguised" if is_pdf_behind_something else "other_type")
    try:
        done = subprocess.run(  # noqa: S603 — our own module, with a content type that we have checked
            [sys.executable, "-m", "functions.workers.inspection", content_type],
            input=content,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            timeout=_MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Rejected("too_heavy") from error
    verdict, _, kept = done.stdout.partition(b"\n")
    if done.returncode or not verdict:
        raise Rejected("too_heavy")
    if verdict != b"ok":
        raise Rejected(verdict.decode())
    return kept


def _within_limits(content: bytes, content_type: str) -> bytes:
    """What the process does: the verdict in a line, then the file to keep."""
    try:
        kept = _pdf(content) if content_type == "application/pdf" else _image(content, content_type)
    except Rejected as rejected:
        return rejected.code.encode() + b"\n"
    except MemoryError:
        return b"too_heavy\n"
    return b"ok\n" + kept


def _image(content: bytes, content_type: str) -> bytes:
    from PIL import Image, ImageOps

    # Ours is the only limit: Pillow's own is a warning first, and an error at twice as much.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[content_type]]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Rejected("too_heavy")
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            modes = ("L", "RGB") if content_type == "image/jpeg" else ("1", "L", "LA", "P", "RGB", "RGBA")
            drawn = upright if upright.mode in modes else upright.convert("RGB")
            anew = io.BytesIO()
            bare = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
            if drawn.mode == "P" and (palette := drawn.getpalette()):
                bare.putpalette(palette)
            bare.save(anew, _FORMATS[content_type], quality=_JPEG_QUALITY)
    except (Rejected, MemoryError):
        raise
    # Pillow has no error of its own: what a broken file makes of it is any of these.
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError) as error:
        raise Rejected("damaged") from error
    return anew.getvalue()


def _pdf(content: bytes) -> bytes:
    import pikepdf

    if not content.rstrip(_PDF_SPACE).endswith(b"%%EOF"):
        raise Rejected("disguised" if b"%%EOF" in content[-4096:] else "damaged")
    if zipfile.is_zipfile(io.BytesIO(content)) or _IN_A_ZIP.search(content):
        raise Rejected("disguised")
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as document:
            if document.is_encrypted:
                raise Rejected("encrypted")
            if any(map(_is_active, document.objects)):
                raise Rejected("active")
            if not len(document.pages):
                raise Rejected("damaged")
    except pikepdf.PasswordError as error:
        raise Rejected("encrypted") from error
    except (pikepdf.PdfError, ValueError, RecursionError) as error:
        raise Rejected("damaged") from error
    return content


def _is_active(found: Any) -> bool:
    """Whether an object of a PDF, or one within it, does something or carries a file."""
    import pikepdf

    pending = [found]
    while pending:
        thing = pending.pop()
        if isinstance(thing, pikepdf.Array):
            pending += [part for part in thing if not _is_elsewhere(part)]
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            for name, part in thing.items():
                if name in _ACTIVE_KEYS:
                    return True
                if (
                    name in ("/S", "/Type", "/Subtype")
                    and isinstance(part, pikepdf.Name)
                    and str(part) in _ACTIVE_KINDS
                ):
                    return True
                if not _is_elsewhere(part):
                    pending.append(part)
    return False


def _is_elsewhere(part: Any) -> bool:
    return bool(getattr(part, "is_indirect", False))


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
    sys.stdout.buffer.write(_within_limits(sys.stdin.buffer.read(), sys.argv[1]))
