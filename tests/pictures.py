"""Pictures of every mode and depth that PNG and JPEG allow, made here byte by byte where Pillow makes them not."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 24, 17
# The kinds of pixels of a PNG, how many samples each has, and their depths (ISO 15948, table 11.1).
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
_NAMES = {GREY: "grey", RGB: "RGB", PALETTE: "palette", GREY_ALPHA: "grey and alpha", RGBA: "RGBA"}
# The seven passes of an interlaced one: where each begins, and its steps.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(colour: int, depth: int, *more: bytes, interlaced: bool = False) -> bytes:
    """A PNG of those pixels: a ramp of each sample, the same every time."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, interlaced)
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(b"\0" + row for at in passes for row in _rows(colour, depth, *at))
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _rows(colour: int, depth: int, left: int, top: int, step: int, step_down: int) -> Iterator[bytes]:
    for y in range(top, HEIGHT, step_down):
        bits = "".join(
            f"{sample(colour, depth, x, y, number):0{depth}b}"
            for x in range(left, WIDTH, step)
            for number in range(_SAMPLES[colour])
        )
        if bits:
            yield int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes((len(bits) + 7) // 8)


def sample(colour: int, depth: int, x: int, y: int, number: int) -> int:
    """One sample of the ramp: along x, along y, along both, and for what is seen through across."""
    largest: int = 2**depth - 1
    along = (x / (WIDTH - 1), y / (HEIGHT - 1), (x + y) / (WIDTH + HEIGHT - 2), 1 - x / (WIDTH - 1))
    is_alpha = colour in (GREY_ALPHA, RGBA) and number == _SAMPLES[colour] - 1
    return round(along[3 if is_alpha else number] * largest)


def palette(depth: int) -> bytes:
    """The colours of a palette."""
    chance = random.Random(depth)
    return chunk(b"PLTE", bytes(chance.randrange(256) for _ in range(3 * 2**depth)))


def pngs() -> Iterator[tuple[str, bytes]]:
    """Every kind and depth, plain, interlaced, and with one colour or some of a palette seen through."""
    for colour, depths in _DEPTHS.items():
        for depth in depths:
            name = f"{_NAMES[colour]} of {depth} bits"
            colours = (palette(depth),) if colour == PALETTE else ()
            yield name, png(colour, depth, *colours)
            yield f"{name}, interlaced", png(colour, depth, *colours, interlaced=True)
            if colour == PALETTE:
                some = bytes(range(0, 256, 256 // min(2**depth, 16)))
                yield f"{name}, partly seen through", png(colour, depth, *colours, chunk(b"tRNS", some))
                yield f"{name}, one seen through", png(colour, depth, *colours, chunk(b"tRNS", b"\xff\0"))
            elif colour in (GREY, RGB):
                seen_through = [sample(colour, depth, 9, 8, number) for number in range(_SAMPLES[colour])]
                yield (
                    f"{name}, one seen through",
                    png(colour, depth, chunk(b"tRNS", b"".join(struct.pack(">H", value) for value in seen_through))),
                )
    yield "RGB turned a quarter", png(RGB, 8, chunk(b"eXIf", turned(6).tobytes().removeprefix(b"Exif\0\0")))
    yield "RGB of other colours", png(RGB, 8, chunk(b"iCCP", b"other\0\0" + zlib.compress(other_colours())))
    yield "RGBA of other colours", png(RGBA, 8, chunk(b"iCCP", b"other\0\0" + zlib.compress(other_colours())))


def jpegs() -> Iterator[tuple[str, bytes]]:
    """Every kind of JPEG that browsers show."""
    yield "JPEG in grey", jpeg("L")
    yield "JPEG in RGB", jpeg("RGB")
    yield "JPEG without halved colours", jpeg("RGB", subsampling=0)
    yield "JPEG of RGB as such", jpeg("RGB", keep_rgb=True)
    yield "JPEG, progressive", jpeg("RGB", progressive=True)
    yield "JPEG in CMYK as Adobe writes it", jpeg("CMYK")
    yield "JPEG in YCCK", jpeg("CMYK").replace(b"Adobe\0\x64\0\0\0\0\0", b"Adobe\0\x64\0\0\0\0\2")
    yield "JPEG in CMYK without Adobe's mark", _without_adobe(jpeg("CMYK"))
    yield "JPEG of other colours", jpeg("RGB", icc_profile=other_colours())
    yield "JPEG with a broken profile", jpeg("RGB", icc_profile=b"no profile at all")
    for orientation in range(1, 9):
        yield f"JPEG, orientation {orientation}", jpeg("RGB", exif=turned(orientation))


def jpeg(mode: str, **options: Any) -> bytes:
    """A JPEG of a drawing that has an up and a left."""
    drawn = Image.new("RGB", (96, 64), (240, 230, 200))
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, 40, 24), (190, 30, 40))
    pen.rectangle((60, 32, 95, 63), (20, 60, 160))
    pen.ellipse((20, 34, 50, 60), (20, 130, 60))
    made = io.BytesIO()
    drawn.convert(mode).save(made, "JPEG", **{"quality": 92, **options})
    return made.getvalue()


def turned(orientation: int) -> Image.Exif:
    """The note of which side is up."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def other_colours() -> bytes:
    """A profile whose red is the web's blue and the other way round (ICC.1:2001-04, a matrix and three curves)."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"other\0" + bytes(78)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"cprt": b"text\0\0\0\0free\0\0\0\0",
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    size = at + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"test", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 11, 26, 0, 0, 0, b"acsp").ljust(44, b"\0")
    header += struct.pack(">3i", round(0.9642 * 65536), 65536, round(0.8249 * 65536))
    return header.ljust(128, b"\0") + table + body


def _without_adobe(content: bytes) -> bytes:
    at = content.index(b"\xff\xee")
    (length,) = struct.unpack(">H", content[at + 2 : at + 4])
    return content[:at] + content[at + 2 + length :]
