"""Pictures drawn as a browser shows them: upright, on white, whatever their mode and depth, and nothing but that.

The working of PNG and JPEG that Pillow leaves to us is here: 16 bits a sample, transparency by colour, a profile of
colours, and a JPEG that lacks its end.
"""

import io
import struct
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin

from functions.workers.inspection import Rejected

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# Phones make 108 megapixels; beyond that it is a bomb.
MAX_PIXELS = 120_000_000
# Metadata is honest up to here, unpacked; Pillow takes one mebibyte.
_MAX_TEXT = 16 * 1024 * 1024
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIF"}
_JPEG_END = b"\xff\xd9"
# Data that no picture ends with: what a JPEG draws of it is what that JPEG lacks.
_OTHER_END = bytes(range(1, 255)) * 8
# Missing at the end of a JPEG that is taken nevertheless: a row of blocks, or this share of its height.
_ROWS_MISSING = 16
_SHARE_MISSING = 0.02
# Where a PNG says how many bits a sample has, and how Pillow reads the upper or the lower byte of sixteen.
_DEPTH_AT = 24
_UPPER, _LOWER = {"L": "L;16B", "RGB": "RGB;16B"}, {"L": "L;16", "RGB": "RGB;16L"}


def shown(content: bytes, content_type: str, max_pixels: int) -> Image.Image:
    """What the picture shows, in grey (L) or RGB, of so many pixels at most. Raises Rejected."""
    # Ours is the only limit: Pillow's own is a warning first, and an error at twice as much.
    Image.MAX_IMAGE_PIXELS = None
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = _MAX_TEXT
    if content_type == "image/heic":
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    try:
        return _shown(content, content_type, max_pixels)
    except (Rejected, MemoryError):
        raise
    # Pillow has no error of its own: what a broken file makes of it is any of these.
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, struct.error) as error:
        raise Rejected("too_heavy" if "MAX_TEXT" in str(error) else "damaged") from error


def _shown(content: bytes, content_type: str, max_pixels: int) -> Image.Image:
    with _opened(content, content_type) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise Rejected("too_heavy")
        # A JPEG is decoded at half its size or less, where that is enough.
        opened.draft(None, _within(opened.size, max_pixels))
        try:
            opened.load()
        except OSError:
            if content_type != "image/jpeg" or content.endswith(_JPEG_END):
                raise
            _insist_on_nearly_all(content)
            return _shown(content + _JPEG_END, content_type, max_pixels)
        drawn = _plain(opened, content)
        if drawn.width * drawn.height > max_pixels:
            drawn = drawn.resize(_within(drawn.size, max_pixels), Image.Resampling.LANCZOS, reducing_gap=2)
        drawn = _on_white(drawn, opened.info.get("icc_profile"))
        upright = ImageOps.exif_transpose(_turned_as(drawn, opened))
    # Made anew of its pixels: nothing else of the file goes with it.
    return Image.frombytes(upright.mode, upright.size, upright.tobytes())


def _opened(content: bytes, content_type: str) -> "ImageFile":
    return Image.open(io.BytesIO(content), formats=[_FORMATS[content_type]])


def _within(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """That size or, in the same shape, the largest of so many pixels."""
    width, height = size
    scale = min(1, (max_pixels / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _plain(opened: "ImageFile", content: bytes) -> Image.Image:
    """The picture in 8 bits a sample: grey, RGB or CMYK, or RGBA if it can be seen through."""
    is_deep = opened.format == "PNG" and content[_DEPTH_AT] == 16
    key = opened.info.pop("transparency", None) if opened.mode != "P" else None
    if opened.mode == "P":
        return opened.convert("RGBA" if "transparency" in opened.info else "RGB")
    if opened.mode in ("LA", "PA"):
        return opened.convert("RGBA")
    drawn: Image.Image = opened
    if opened.mode == "I;16":
        drawn = _byte_of(content, "L", _UPPER)
    elif opened.mode == "1":
        drawn = opened.convert("L")
    elif opened.mode not in ("L", "RGB", "RGBA", "CMYK"):
        drawn = opened.convert("RGB")
    if key is None or drawn.mode not in ("L", "RGB"):
        return drawn
    clear = (key,) if isinstance(key, int) else tuple(key)
    if is_deep:
        lower = _byte_of(content, drawn.mode, _LOWER)
        matches = [*_equal(drawn, [part >> 8 for part in clear]), *_equal(lower, [part & 255 for part in clear])]
    else:
        depth = content[_DEPTH_AT]
        # A grey of fewer bits is stretched to eight, and so is the one that is seen through; of one bit it is already.
        stretched = [part if depth in (1, 8) else part * 255 // (2**depth - 1) for part in clear]
        matches = [*_equal(drawn, stretched)]
    seen_through = matches[0]
    for match in matches[1:]:
        seen_through = ImageChops.darker(seen_through, match)
    drawn = drawn.convert("RGB")
    drawn.putalpha(ImageChops.invert(seen_through))
    return drawn


def _byte_of(content: bytes, mode: str, byte: dict[str, str]) -> Image.Image:
    """The upper or the lower bytes of a PNG's 16-bit samples."""
    opened = _opened(content, "image/png")
    opened._mode = mode
    opened.tile = [tile._replace(args=byte[mode]) for tile in opened.tile]
    opened.load()
    opened.info.pop("transparency", None)
    return opened


def _equal(drawn: Image.Image, values: list[int]) -> list[Image.Image]:
    """For each band, white where it has that value."""
    return [
        band.point([255 if level == value else 0 for level in range(256)])
        for band, value in zip(drawn.split(), values, strict=True)
    ]


def _on_white(drawn: Image.Image, profile: bytes | None) -> Image.Image:
    """In grey or in the web's RGB, with nothing left to see through."""
    alpha = drawn.getchannel("A") if drawn.mode == "RGBA" else None
    colours = drawn.convert("RGB") if alpha else drawn
    colours = _by_profile(colours, profile) if profile else colours
    if colours.mode not in ("L", "RGB"):
        colours = colours.convert("RGB")
    if alpha is None:
        return colours
    white = Image.new(colours.mode, colours.size, "white")
    white.paste(colours, mask=alpha)
    return white


def _by_profile(drawn: Image.Image, profile: bytes) -> Image.Image:
    """The colours that its profile means; a profile that does not fit or is broken means nothing, as in a browser."""
    try:
        meant = ImageCms.profileToProfile(
            drawn,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError):
        return drawn
    return meant or drawn


def _turned_as(drawn: Image.Image, opened: Image.Image) -> Image.Image:
    """The drawn picture with the file's note of which side is up."""
    drawn.info = {name: opened.info[name] for name in ("exif", "xmp") if name in opened.info}
    return drawn


def _insist_on_nearly_all(content: bytes) -> None:
    """Raises Rejected for a JPEG that lacks more than a little at its end, by what it shows of another end."""
    cut = content.rstrip(b"\xff")
    ended, ended_otherwise = (_decoded(cut + end + _JPEG_END) for end in (b"", _OTHER_END))
    differs = ImageChops.difference(ended, ended_otherwise).convert("L").getbbox()
    top, height = differs[1] if differs else ended.height, ended.height
    if top == 0 or height - top > max(_ROWS_MISSING, height * _SHARE_MISSING):
        raise Rejected("damaged")


def _decoded(content: bytes) -> Image.Image:
    opened = _opened(content, "image/jpeg")
    opened.draft(None, _within(opened.size, MAX_PIXELS // 8))
    opened.load()
    return opened.convert("RGB")
