"""What is said of our site beside others is what a browser was given."""

import gzip
from pathlib import Path

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


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A project whose site is built: one page at `/`."""
    built = tmp_path / "build/site"
    built.mkdir(parents=True)
    for name, text in {
        "index.html": PAGE,
        "one.css": STYLE,
        "one.js": SCRIPT,
        "one.png": "PNG",
        "one.woff2": "F",
    }.items():
        (built / name).write_text(text, "utf-8")
    return tmp_path


def test_a_page_weighs_what_the_browser_was_given(tiny: Path, browser: Browser) -> None:
    server = site.served(tiny)
    try:
        found = site.load(browser, f"http://127.0.0.1:{server.port}/")
        painted = site.seen(browser, f"http://127.0.0.1:{server.port}/")
    finally:
        server.stop()

    assert found == pytest.approx(
        {
            "without fonts and pictures, gzip, KB": packed(PAGE) + packed(STYLE) + packed(SCRIPT),
            "requests": 5,
            "styles, gzip, KB": packed(STYLE),
            "scripts, gzip, KB": packed(SCRIPT),
            "fonts, KB": packed("F"),
        }
    )
    # Two ways there and back, of the page and of its style, come before anything is painted.
    assert 2 * site.NETWORK["latency"] <= painted["first"] <= painted["largest"]
    assert painted["shift"] > 0
