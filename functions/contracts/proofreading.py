"""Reads a file over before it counts: whether what is to be found in it can be read out of it."""

import threading
import unicodedata
from collections import Counter

import pypdfium2

from functions.shared.characters import REPLACEMENTS

# pdfium serves one thread at a time.
_READING = threading.Lock()


class Unreadable(Exception):
    """A file does not say what it was made to say, or has a mark for a missing glyph in it."""


def proofread(pdf: bytes, *names: str) -> None:
    """Extract the file's text and find each of the names in it, and no replacement character.

    The characters count, not their order: extractors lay out what is written from right to left each in its own way.
    Raises Unreadable.
    """
    found = _inked(_text(pdf))
    if found.keys() & {*REPLACEMENTS, "\0"} or any(_inked(name) - found for name in names):
        # Names stay out of the log.
        raise Unreadable


def _text(pdf: bytes) -> str:
    with _READING:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return "".join(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()


def _inked(text: str) -> Counter[str]:
    """How often each character is there that leaves ink, decomposed, whatever form it is in."""
    return Counter(
        character for character in unicodedata.normalize("NFKD", text) if unicodedata.category(character)[0] not in "ZC"
    )
