"""The pictures that the guides show: taken while they are walked, in both schemes, and held to what is seen by then.

`PICTURES=renew` (`make pictures`) takes those anew that no longer show it.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import FloatRect, Locator, Page

from functions.shared.texts import Language
from theme.build import ROOT
from theme.pictures import SCHEMES, Scheme, file_of

# Narrow enough to be read on a phone, high enough for all that is shown, and what is seen around it; in CSS pixels.
WIDTH, HEIGHT, AROUND = 560, 2400, 14
# What another machine's drawing of the same letters may change: the size, in pixels, and the shade, of 255, on the
# average of so many pixels each way.
_SIZE, _SHADE, _AVERAGED = 4, 24, 12
COLOURS = 64
# Dates, hours and numbers differ from day to day: each becomes an example, the same at every run. Of dates there is
# one, since what is on one day at noon is on two at midnight. Nothing is focused.
_AS_EXAMPLES = r"""([first, last]) => {
  const months = "January|February|March|April|May|June|July|August|September|October|November|December";
  const mois = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre";
  const short = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|(?:janv|févr|avr|juil|sept|oct|nov|déc)\\.";
  const day = { en: "3 May 2027", fr: "3 mai 2027" }[document.documentElement.lang];
  const kinds = [
    [new RegExp(`\\b(?:1er|\\d{1,2})\\s(?:${months}|${mois}|${short})\\s\\d{4}`, "g"), () => day],
    [/\b\d{1,2}:\d{2}\b/g, (count) => `10:${15 + 5 * count}`],
    [/\bG-\d{4}-\w+/g, (count) => `G-2027-${113 + count}`.replace("-1", "-0001")],
    [/\bF-\d{4}-\d+/g, (count) => `F-2027-${113 + count}`.replace("-1", "-0001")],
    [/\b\d{8}-\d{6}-\w+/g, (count) => `20270503-101500-${count}KRT7WFX`],
    [/\b[0-9a-f]{64}\b/g, () => "5f0c1b7e9a2d4863".repeat(4)],
  ];
  const seen = kinds.map(() => new Map());
  const shown = new Range();
  shown.setStartBefore(first);
  shown.setEndAfter(last);
  const texts = document.createTreeWalker(shown.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  document.formerTexts = [];
  while (texts.nextNode()) {
    const node = texts.currentNode, former = node.data;
    if (!shown.intersectsNode(node)) continue;
    kinds.forEach(([pattern, example], kind) => {
      node.data = node.data.replace(pattern, (found) => {
        if (!seen[kind].has(found)) seen[kind].set(found, example(seen[kind].size));
        return seen[kind].get(found);
      });
    });
    if (node.data !== former) document.formerTexts.push([node, former]);
  }
  document.activeElement.blur();
}"""
_AS_BEFORE = "() => document.formerTexts.forEach(([node, text]) => { node.data = text; })"


def hold(page: Page, places: Sequence[Locator], language: Language, guide: str) -> None:
    """Fail when a picture of the guide shows anything else than is seen now, from the first place to the last.

    Where that is asked for it is taken anew instead.
    """
    files = [file_of(ROOT / "docs", language, guide, scheme) for scheme in SCHEMES]
    both = zip(files, _taken(page, places), strict=True)
    stale = [file.relative_to(ROOT) for file, taken in both if is_stale(file, taken) and not _renewed(file, taken)]
    assert not stale, f"no longer what is seen (make pictures): {', '.join(map(str, stale))}"


def is_stale(file: Path, taken: Image.Image) -> bool:
    """Whether a reader would see another picture than the one that is kept."""
    if not file.exists():
        return True
    with Image.open(file) as opened:
        kept = opened.convert("L")
    now = taken.convert("L")
    width, height = min(kept.width, now.width), min(kept.height, now.height)
    if max(kept.width, now.width) - width > _SIZE or max(kept.height, now.height) - height > _SIZE:
        return True
    one, other = (picture.crop((0, 0, width, height)).reduce(_AVERAGED) for picture in (kept, now))
    shades = ImageChops.difference(one, other).histogram()
    return any(shades[_SHADE:])


def _renewed(file: Path, taken: Image.Image) -> bool:
    if os.environ.get("PICTURES") != "renew":
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    # A page has few colours: so many, without loss, are sharper than a lossy picture of twice the weight.
    taken.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB").save(file, "WEBP", lossless=True, method=6)
    return True


def _taken(page: Page, places: Sequence[Locator]) -> list[Image.Image]:
    """What is seen on a narrow page, in each scheme."""
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.mouse.move(0, 0)
    page.evaluate(_AS_EXAMPLES, [places[0].element_handle(), places[-1].element_handle()])
    taken = [_in(page, places, scheme) for scheme in SCHEMES]
    page.emulate_media(color_scheme="light")
    page.evaluate(_AS_BEFORE)
    page.set_viewport_size(size)
    return taken


def _in(page: Page, places: Sequence[Locator], scheme: Scheme) -> Image.Image:
    page.emulate_media(color_scheme=scheme)
    places[0].scroll_into_view_if_needed()
    boxes = [box for place in places if (box := place.bounding_box())]
    left, top = (min(box[along] for box in boxes) - AROUND for along in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + AROUND
    bottom = max(box["y"] + box["height"] for box in boxes) + AROUND
    # A whole number of pixels, the same wherever the page stands.
    shown = FloatRect(x=round(left), y=round(top), width=round(right - left), height=round(bottom - top))
    return Image.open(io.BytesIO(page.screenshot(clip=shown, animations="disabled"))).convert("RGB")
