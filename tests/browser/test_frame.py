"""What stands around each page, the guides beside it and the foot, and where lines break in what belongs together."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve_modules

# The lines that a text of ours takes up in a box so wide: what the browser has put beside one another.
_LINES = """async ([text, width]) => {
  const { write } = await import("/modules/lists.js");
  const box = document.querySelector("main").appendChild(document.createElement("p"));
  box.style.cssText = `width: ${width}px; font: 16px monospace; overflow-wrap: anywhere`;
  write(box, text);
  const lines = new Map();
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    for (let at = 0; at < walk.currentNode.length; at += 1) {
      const range = document.createRange();
      range.setStart(walk.currentNode, at);
      range.setEnd(walk.currentNode, at + 1);
      const top = Math.round(range.getBoundingClientRect().top);
      lines.set(top, `${lines.get(top) ?? ""}${range}`);
    }
  }
  box.remove();
  return [...lines.values()].map((line) => line.trim());
}"""


@pytest.mark.parametrize("path", ["/fr/close-account/", "/invoices/", "/fr/activate/"])
def test_the_present_guide_is_seen_beside_the_page_which_stays_at_its_top(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(path)
    expect(page.locator(".guides [aria-current=page]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("path", ["/", "/fr/"])
def test_the_foots_note_has_room_beside_its_links(page: Page, path: str) -> None:
    for width in (320, 960, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        note = page.locator(".foot__note").first.bounding_box()
        assert note
        assert note["width"] >= 240
        assert note["height"] <= 60


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        # Where it is too long for a line, an address is read apart at its signs.
        ("camille.durand@example.com", 20, ["camille.durand@", "example.com"]),
        ("Sent to camille.durand@example.com", 20, ["Sent to", "camille.durand@", "example.com"]),
        # Where it is not, it stays whole, and with its brackets.
        ("Sent to Lea (lea@example.com).", 20, ["Sent to Lea", "(lea@example.com)."]),
        ("The order 20261126-100000-ABCDEFGH", 30, ["The order", "20261126-100000-ABCDEFGH"]),
        ("Facture F-2026-000032, avoir", 20, ["Facture", "F-2026-000032, avoir"]),
    ],
)
def test_a_line_breaks_nowhere_within_an_address_or_a_number(
    page: Page, text: str, columns: int, lines: list[str]
) -> None:
    serve_modules(page)
    # A page whose scripts write such texts, and whose sheet has their style.
    page.goto("/invoices/")
    # As wide as so many letters and a half.
    width = page.evaluate(
        """() => {
          const box = document.querySelector("main").appendChild(document.createElement("span"));
          box.style.font = "16px monospace";
          box.textContent = "m".repeat(100);
          const { width } = box.getBoundingClientRect();
          box.remove();
          return width / 100;
        }"""
    )
    assert page.evaluate(_LINES, [text, width * (columns + 0.5)]) == lines
