"""What is said of our site beside others is what a browser was given."""

import gzip
import sys
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser

from bench import site

SCRIPT = "console.log('some words that gzip makes little of');" * 20
PAGE = """<!doctype html><html lang="en"><title>Tiny</title><link rel="stylesheet" href="/one.css">
<script src="/one.js"></script><p>Painted.</p><img src="/one.png" alt=""><script>
requestAnimationFrame(() => setTimeout(() => document.querySelector("p").style.marginTop = "300px", 100));
</script>"""
STYLE = "@font-face { font-family: One; src: url(/one.woff2) } p { font-family: One, serif }"


def packed(text: str) -> float:
    return len(gzip.compress(text.encode())) / 1000


def tiny(root: Path, style: str = STYLE) -> Path:
    """A project whose site, of one page, is built."""
    built = root / "build/site"
    built.mkdir(parents=True)
    for name, text in {
        "index.html": PAGE,
        "one.css": style,
        "one.js": SCRIPT,
        "one.png": "P",
        "one.woff2": "F",
    }.items():
        (built / name).write_text(text, "utf-8")
    return root


def test_a_page_weighs_and_shows_what_the_browser_was_given(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "LOADS", 1)
    monkeypatch.setattr(site, "PAGES", {"guide": "/"})
    # Nothing is painted before it is there, which takes nearly two seconds on a slow 4G.
    heavy = f"{STYLE}/* {Random(1).randbytes(300_000).hex()} */"

    measures = site.compared(browser, {"ours": tiny(tmp_path / "ours"), "heavy": tiny(tmp_path / "heavy", heavy)})
    found = {measure.what: measure.figures for measure in measures}

    styles = {"ours": packed(STYLE), "heavy": packed(heavy)}
    whole = {name: packed(PAGE) + packed(SCRIPT) + style for name, style in styles.items()}
    assert found["guide: without fonts and pictures, gzip, KB"] == pytest.approx(whole)
    assert found["guide: requests"] == {"ours": 5, "heavy": 5}
    assert found["guide: styles, gzip, KB"] == pytest.approx(styles)
    assert found["guide: scripts, gzip, KB"] == pytest.approx(dict.fromkeys(styles, packed(SCRIPT)))
    assert found["guide: fonts, KB"] == pytest.approx(dict.fromkeys(styles, packed("F")))
    for paint in ("first", "largest"):
        beside = found[f"guide: {paint} contentful paint, beside ours"]
        assert beside["ours"] == 1 < beside["heavy"]
    assert min(found["guide: layout shift"].values()) > 0


def test_a_stock_site_has_the_text_that_is_given_and_no_other(tmp_path: Path) -> None:
    program = "from pathlib import Path; print(*Path('docs').rglob('*'), file=Path('built').open('w'), sep='\\n')"
    stock = site.Stock(tmp_path, "docs", [sys.executable, "-c", program])
    tiny(tmp_path)
    (tmp_path / "build/site/transfer.md").write_text('# Who is "it"?\n\nYou.\n', "utf-8")

    assert stock.seconds({"old.md": "Old."}) > 0
    assert stock.seconds(site.texts_of(tmp_path / "build/site")) > 0

    assert (tmp_path / "built").read_text("utf-8").split() == ["docs/transfer.md"]
    assert (tmp_path / "docs/transfer.md").read_text("utf-8") == '---\ntitle: "Who is \\"it\\"?"\n---\n\nYou.\n'
