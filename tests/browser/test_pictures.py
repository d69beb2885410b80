"""Pictures look to the staff as a browser shows them, on white: every mode and depth that PNG and JPEG allow."""

import base64
import io

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page

from functions.workers.inspection import inspected, kind_of
from functions.workers.pictures import shown
from functions.workers.rendering import MAX_DRAWN, rendered
from tests.pictures import jpegs, pngs

PICTURES = dict([*pngs(), *jpegs()])
# Of 255: what rounding and another decoder's filters may change.
CLOSE = {"image/png": 3, "image/jpeg": 8}
SHOW = """async ([address]) => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0);
  return canvas.toDataURL("image/png");
}"""


def in_a_browser(page: Page, content: bytes) -> Image.Image:
    address = f"data:{kind_of(content)};base64,{base64.b64encode(content).decode()}"
    drawn = page.evaluate(SHOW, [address]).partition(",")[2]
    return Image.open(io.BytesIO(base64.b64decode(drawn))).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The largest, of all samples of all pixels."""
    bands = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    return max(ImageStat.Stat(band).extrema[0][1] for band in bands)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_in_a_browser(page: Page, name: str) -> None:
    content = PICTURES[name]
    kind = kind_of(content)

    ours = shown(content, kind, MAX_DRAWN)

    theirs = in_a_browser(page, content)
    assert ours.size == theirs.size
    assert ours.mode in ("L", "RGB")
    assert difference(ours, theirs) <= CLOSE[kind]
    kept = Image.open(io.BytesIO(rendered(content, kind, as_pages=False).content))
    assert difference(kept, ours) <= (0 if kind == "image/png" else 40)


def test_the_process_draws_them_too() -> None:
    content = PICTURES["RGBA of 16 bits"]
    assert inspected(content) == rendered(content, "image/png", as_pages=False)
