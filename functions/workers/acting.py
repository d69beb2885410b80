"""What acts in a PDF: whatever does something by itself or when it is clicked, and is not on the list of what may.

The staff see a rendering of our own, in which nothing acts. A file that would is refused all the same: it is no paper
that a registry, an authority or a scanner makes, and whoever sent it should know.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from functions.workers.inspection import BLANKS, Rejected

# Some programs leave out the last line and end with where the table of objects begins.
_ENDS = (b"%%EOF", b"startxref")
# A reader looks for the end among the last 1024 bytes (ISO 32000-1, annex H, note 18); zeros and blanks may follow.
_AFTER = 1024
# How other files begin that might follow: a page, a program, an archive, a picture.
_ANOTHER_FILE = re.compile(rb"<[A-Za-z!?/]|PK\x03\x04|MZ|\x7fELF|Rar!|7z\xbc\xaf|\x89PNG|\xff\xd8\xff|GIF8|%PDF-")
# How a file inside a ZIP begins: a signature, a version, flags and a method that exist.
_IN_A_ZIP = re.compile(rb"PK\x03\x04[\x0a-\x3f]\x00..[\x00\x01\x08\x09\x0c\x0e\x5d\x5f\x63]\x00", re.DOTALL)
# The tables of objects that are packed.
_TABLES = re.compile(rb"/Type\s*/(?:XRef|ObjStm)\b.{0,500}?stream\r?\n", re.DOTALL)
# What may be done at opening, and at a click.
_AT_OPENING = frozenset({"/GoTo", "/Named"})
_AT_A_CLICK = frozenset({"/GoTo", "/URI", "/Named"})
_PAGE_TURNS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
_ADDRESSES = re.compile(rb"(https?|mailto|tel):|[^:]*$", re.IGNORECASE)
# Where a dictionary keeps what is done at a click; elsewhere they are attributes and siblings, without an /S.
_CLICKED = frozenset({"/A", "/PA", "/Next"})
# The kinds of actions (ISO 32000-2, table 201): one that is none of the allowed is refused wherever it lies.
_ACTIONS = frozenset(
    {
        "/GoToR", "/GoToE", "/GoToDp", "/Launch", "/Thread", "/Sound", "/Movie", "/Hide", "/SubmitForm", "/ResetForm",
        "/ImportData", "/JavaScript", "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView", "/RichMediaExecute",
    }
)  # fmt: skip
# Keys that carry a script or a file, or lead outside, wherever they lie, unless there is nothing in them.
_ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/XFA", "/RichMediaContent", "/AA", "/OPI", "/Collection"}
)
_ACTIVE_KINDS = frozenset(
    {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/3D", "/Screen", "/PS", "/Rendition"}
)
_NAMED = {"/S": _ACTIONS, "/Type": _ACTIVE_KINDS, "/Subtype": _ACTIVE_KINDS, "/Subtype2": _ACTIVE_KINDS}
# Keys of a stream that lies in another file, and of a form that stands for a page of one or for PostScript.
_ELSEWHERE = frozenset({"/F", "/FFilter", "/FDecodeParms", "/Ref", "/PS", "/Level1"})
# What a stream may unpack to; a picture has pixels, the rest of a document is text and fonts.
_MAX_PICTURE = 256 * 1024 * 1024
_MAX_STREAM = 32 * 1024 * 1024
_MAX_STREAMS = 128 * 1024 * 1024


def insist_on_a_document(content: bytes) -> None:
    """Raises Rejected for a PDF that needs a password, acts, unfolds to too much, or is another file too."""
    _insist_on_one_file(content)
    for table in _TABLES.finditer(content):
        # Before a reader unfolds it whole.
        _unpacked(content[table.end() :], _MAX_STREAM)
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if _opens_with_an_action(document.Root):
                raise Rejected("active")
            left = _MAX_STREAMS
            for found in document.objects:
                if any(map(_is_active, _within(found))):
                    raise Rejected("active")
                if isinstance(found, pikepdf.Stream):
                    left -= _unfolded(found)
                if left < 0:
                    raise Rejected("too_heavy")
    except pikepdf.PasswordError as error:
        raise Rejected("encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError) as error:
        raise Rejected("damaged") from error


def _insist_on_one_file(content: bytes) -> None:
    end = next((end for end in _ENDS if end in content), None)
    if end is None:
        raise Rejected("damaged")
    after = content.rpartition(end)[2].strip(BLANKS)
    if len(after) > _AFTER or _ANOTHER_FILE.search(after):
        raise Rejected("disguised")
    if zipfile.is_zipfile(io.BytesIO(content)) or _IN_A_ZIP.search(content):
        raise Rejected("disguised")


def _opens_with_an_action(root: pikepdf.Object) -> bool:
    action = root.get("/OpenAction")
    return isinstance(action, pikepdf.Dictionary) and any(not _may(step, _AT_OPENING) for step in _steps(action))


def _steps(action: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """An action and those that follow it."""
    pending, seen = [action], 0
    while pending and seen < 100:
        step = pending.pop()
        seen += 1
        if isinstance(step, pikepdf.Array):
            pending += [*step]
        elif isinstance(step, pikepdf.Dictionary):
            yield step
            if "/Next" in step:
                pending.append(step["/Next"])


def _within(found: Any) -> Iterator[pikepdf.Object]:
    """An object's dictionaries, itself among them; those that are objects of their own come in their turn."""
    pending = [found]
    while pending:
        thing = pending.pop()
        if isinstance(thing, pikepdf.Array):
            pending += [part for part in thing if not _is_elsewhere(part)]
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            pending += [part for _, part in thing.items() if not _is_elsewhere(part)]


def _is_elsewhere(part: Any) -> bool:
    return bool(getattr(part, "is_indirect", False))


def _is_active(thing: pikepdf.Object) -> bool:
    """Whether a dictionary does something that is not allowed, carries a file or a script, or leads outside."""
    for name, part in thing.items():
        if name in _ACTIVE_KEYS and not _is_empty(part):
            return True
        if isinstance(part, pikepdf.Name) and str(part) in _NAMED.get(name, ()):
            return True
        if name in _CLICKED and isinstance(part, pikepdf.Dictionary) and "/S" in part and not _may(part, _AT_A_CLICK):
            return True
    return isinstance(thing, pikepdf.Stream) and any(name in thing for name in _ELSEWHERE)


def _may(action: pikepdf.Object, allowed: frozenset[str]) -> bool:
    kind = str(action.get("/S", ""))
    if kind == "/URI":
        address = bytes(action.get("/URI", b"")).strip(BLANKS)
        return kind in allowed and _ADDRESSES.match(address) is not None
    if kind == "/Named":
        return kind in allowed and str(action.get("/N", "")) in _PAGE_TURNS
    return kind in allowed


def _is_empty(part: Any) -> bool:
    """Whether nothing is in it: the empty trees and lists that some programs write into every file."""
    if isinstance(part, pikepdf.Array):
        return all(map(_is_empty, part))
    if isinstance(part, pikepdf.Stream):
        return False
    if isinstance(part, pikepdf.Dictionary):
        return all(name in ("/Names", "/Kids", "/Limits", "/AA") and _is_empty(below) for name, below in part.items())
    return isinstance(part, pikepdf.String) and not bytes(part).strip()


def _unfolded(stream: pikepdf.Object) -> int:
    """How many bytes a stream that is no picture unpacks to. Raises Rejected for more than a reader should take."""
    is_picture = stream.get("/Subtype") == pikepdf.Name.Image
    most = _MAX_PICTURE if is_picture else _MAX_STREAM
    content = stream.read_raw_bytes()
    for packing in _packings(stream):
        if packing not in ("/FlateDecode", "/Fl"):
            return 0 if is_picture else _unfolded_otherwise(stream)
        content = _unpacked(content, most)
    return 0 if is_picture else len(content)


def _unfolded_otherwise(stream: pikepdf.Object) -> int:
    """The same of a stream that is packed in another way too, or in none; memory bounds how much that can be."""
    try:
        size = len(stream.read_bytes(pikepdf.StreamDecodeLevel.specialized))
    except pikepdf.PdfError as error:
        # How qpdf says that the memory was not enough.
        if "bad_alloc" in str(error):
            raise Rejected("too_heavy") from error
        # A reader shows what came before, if anything did.
        return 0
    if size > _MAX_STREAM:
        raise Rejected("too_heavy")
    return size


def _unpacked(content: bytes, most: int) -> bytes:
    try:
        unpacked = zlib.decompressobj().decompress(content, most + 1)
    except zlib.error:
        # A reader shows what came before, if anything did.
        return b""
    if len(unpacked) > most:
        raise Rejected("too_heavy")
    return unpacked


def _packings(stream: pikepdf.Object) -> list[str]:
    packed = stream.get("/Filter")
    return [str(name) for name in packed] if isinstance(packed, pikepdf.Array) else [str(packed)]
