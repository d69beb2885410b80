"""The inspection of a stranger's file: what it is by its first bytes, and a rendering of our own to show the staff.

The file is opened in a process of its own, with bounded memory and time and none of our credentials, which answers with
the rendering: see `functions.workers.rendering`.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from functions.onboarding.papers import MAX_BYTES

# Processor time, and what the process may wait beyond it.
MAX_SECONDS = 40
_MAX_WAIT = 10
PDF = "application/pdf"
# What may stand before a PDF: a byte-order mark and blanks, as some programs and mail gateways put there.
BLANKS = b"\xef\xbb\xbf\xfe\xff\0\t\n\f\r "
_BEGINNINGS = {PDF: b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
# The brands of ISO 23008-12 under which phones keep photos.
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1")
# Where PDF readers look for the beginning of one.
_SEARCHED = 1024
# What Python and its libraries need to start; nothing that opens our cloud.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "LANG", "SYSTEMROOT")


class Rejected(Exception):
    """The file is not taken; the code is worded in the texts, under `documents.rejected`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rendering:
    """What the staff see of a file: one picture, or a PDF of pictures."""

    content: bytes
    content_type: str


def inspected(content: bytes, *, as_pages: bool = False) -> Rendering:
    """The rendering of a file, always a PDF if it is to be bound with others (`as_pages`). Raises Rejected."""
    if not content:
        raise Rejected("empty")
    if len(content) > MAX_BYTES:
        raise Rejected("too_big")
    try:
        done = subprocess.run(  # noqa: S603 — our own module, with a type of our own
            [sys.executable, "-m", "functions.workers.rendering", kind_of(content), "pages" if as_pages else "picture"],
            input=content,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            timeout=MAX_SECONDS + _MAX_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Rejected("too_heavy") from error
    verdict, _, rest = done.stdout.partition(b"\n")
    if done.returncode or not verdict:
        raise Rejected("too_heavy")
    if verdict != b"ok":
        raise Rejected(verdict.decode())
    content_type, _, rendered = rest.partition(b"\n")
    return Rendering(rendered, content_type.decode())


def kind_of(content: bytes) -> str:
    """What a file is by its first bytes, whatever it was called. Raises Rejected."""
    for kind, beginning in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "image/heic"
    if content[:_SEARCHED].lstrip(BLANKS).startswith(_BEGINNINGS[PDF]):
        return PDF
    raise Rejected("disguised" if _BEGINNINGS[PDF] in content[:_SEARCHED] else "other_type")
