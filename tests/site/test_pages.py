"""Every page stands in both languages, says what it is, and asks nothing of other sites."""

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import typst
from PIL import Image

from bench.search import index
from functions.shared.brand import brand
from functions.shared.texts import LANGUAGES
from tests.site.conftest import SITE_URL
from theme import cards, security
from theme.build import ROOT
from theme.built import BuiltPage
from theme.guides import HOME, Guides
from theme.kept import Kept

GUIDES = [guide.name for guide in Guides.read(ROOT / "docs", "en").all]
LISTED = {guide.name for guide in Guides.read(ROOT / "docs", "en").all if guide.says.keywords}
# The eleven questions that customers ask, and what goes with them.
PROMISED = {
    *("activate", "documents", "deadline", "standard", "transfer", "order"),
    *("portal", "add-user", "remove-user", "contract", "cancel"),
    *("index", "contact", "legal", "accessibility", "sign-in"),
}
XHTML = "{http://www.w3.org/1999/xhtml}link"


def paths(guide: str) -> tuple[str, str]:
    return ("/", "/fr/") if guide == "index" else (f"/{guide}/", f"/fr/{guide}/")


@pytest.fixture(scope="session")
def by_path(pages: Sequence[BuiltPage]) -> dict[str, BuiltPage]:
    return {page.path: page for page in pages}


@pytest.mark.parametrize("guide", GUIDES)
def test_a_page_is_the_same_in_both_languages(guide: str, by_path: dict[str, BuiltPage], site: Path) -> None:
    english, french = (by_path[path] for path in paths(guide))

    assert (english.language, french.language) == LANGUAGES
    assert english.heading != french.heading
    assert english.title != french.title
    assert english.description != french.description
    assert len(english.subheadings) == len(french.subheadings)
    sources = [(site / path.lstrip("/") / "index.html").read_text("utf-8") for path in paths(guide)]
    jobs = [re.findall(r'data-job="([\w-]+)"', source) for source in sources]
    assert jobs[0] == jobs[1]
    fields = [re.findall(r'data-field="([\w-]+)"', source) for source in sources]
    assert fields[0] == fields[1]


@pytest.mark.parametrize("guide", GUIDES)
def test_each_page_names_its_translations(guide: str, by_path: dict[str, BuiltPage]) -> None:
    english, french = (f"{SITE_URL}{path}" for path in paths(guide))
    for path in paths(guide):
        assert by_path[path].alternates == {"en": english, "fr": french, "x-default": english}


@pytest.mark.parametrize("guide", GUIDES)
def test_the_language_switch_stays_on_the_page(guide: str, by_path: dict[str, BuiltPage]) -> None:
    english, french = paths(guide)
    assert french in by_path[english].references
    assert english in by_path[french].references


def test_the_pages_are_the_guides_and_no_other(by_path: dict[str, BuiltPage]) -> None:
    assert set(by_path) == {path for guide in GUIDES for path in paths(guide)} | {"/404.html"}
    assert set(GUIDES) >= PROMISED


def test_each_page_has_one_sign_in_at_most(by_path: dict[str, BuiltPage], site: Path) -> None:
    for path in by_path.keys() - {"/404.html"}:
        source = (site / path.lstrip("/") / "index.html").read_text("utf-8")
        asks = 'data-stage="sign-in"' in source or path.endswith("/sign-in/")
        assert source.count('data-job="sign-in"') == asks, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legal_notice_names_all_that_a_browser_keeps(language: str) -> None:
    notice = (ROOT / "docs" / language / "legal.md").read_text("utf-8")
    storage = (ROOT / "docs/assets/js/storage.js").read_text("utf-8")
    kept = [name for names in re.findall(r"new Kept\(\"\w+\", (\[.*?\])\)", storage) for name in json.loads(names)]
    assert len(kept) > 5
    sources = [file.read_text("utf-8") for file in (ROOT / "functions").rglob("*.py")]
    cookies = {name for source in sources for name in re.findall(r"__Host-[\w-]+", source)}
    assert set(re.findall(r"`([\w-]+)`", notice)) == {*kept, *cookies}


def test_the_sitemap_holds_every_page_that_may_be_found_with_its_translations(site: Path) -> None:
    entries = list(ElementTree.parse(site / "sitemap.xml").getroot())  # noqa: S314 — our own file

    locations = {str(entry[0].text) for entry in entries}
    assert locations == {f"{SITE_URL}{path}" for guide in LISTED for path in paths(guide)}
    for entry in entries:
        links = {link.attrib["hreflang"]: link.attrib["href"] for link in entry.iter(XHTML)}
        assert links.keys() == {"en", "fr", "x-default"}
        assert set(links.values()) <= locations


def test_search_engines_are_told_of_the_sitemap(site: Path) -> None:
    assert f"Sitemap: {SITE_URL}/sitemap.xml" in (site / "robots.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("guide", GUIDES)
def test_pages_of_the_staff_and_of_links_are_found_by_no_search(guide: str, site: Path) -> None:
    """`robots.txt` lets them be fetched: whoever is kept from reading a page does not learn that it may not be kept."""
    may_be_found = guide in LISTED
    listed = (site / "llms.txt").read_text("utf-8")
    for path, (_, source, said) in zip(paths(guide), heads(guide, site), strict=True):
        assert said.get("robots") == (None if may_be_found else "noindex")
        assert ('type="text/markdown"' in source) == may_be_found
        markdown = f"{path}index.md" if guide == "index" else f"{path.rstrip('/')}.md"
        assert (f"({SITE_URL}{markdown})" in listed) == may_be_found
    assert "Allow: /" in (site / "robots.txt").read_text("utf-8").splitlines()


def heads(guide: str, site: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Of each language: the page's address, its source and what its head says of itself."""
    for path in paths(guide):
        source = (site / path.lstrip("/") / "index.html").read_text("utf-8")
        said = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="(.*?)">', source))
        yield f"{SITE_URL}{path}", source, said


@pytest.mark.parametrize("guide", GUIDES)
def test_a_page_that_is_shared_shows_its_own_picture_with_its_size_and_words(guide: str, site: Path) -> None:
    for language, (address, source, said) in zip(LANGUAGES, heads(guide, site), strict=True):
        assert f'<link rel="canonical" href="{address}">' in source
        assert said["og:url"] == address
        assert said["og:image"] == f"{SITE_URL}/cards/{language}/{guide}.png"
        assert said["og:title"] in said["og:image:alt"]
        assert said["description"] in said["og:image:alt"]
        with Image.open(site / f"cards/{language}/{guide}.png") as picture:
            assert [str(side) for side in picture.size] == [said["og:image:width"], said["og:image:height"]]


def test_each_page_has_another_picture_none_too_heavy_to_send(site: Path) -> None:
    drawn = [file.read_bytes() for file in (site / "cards").rglob("*.png")]
    assert len({*drawn}) == len(LANGUAGES) * len(GUIDES)
    assert max(map(len, drawn)) < 60_000


def test_a_picture_is_drawn_again_only_when_what_it_says_changes(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guides = Guides.read(ROOT / "docs", "fr")
    asked: list[int] = []
    compiled = typst.compile

    def compile_counting(*given: Any, **more: Any) -> Any:
        asked.append(len(json.loads(more["sys_inputs"]["cards"])))
        return compiled(*given, **more)

    monkeypatch.setattr(typst, "compile", compile_counting)
    few, kept = Guides("fr", guides.all[:2]), Kept(tmp_path / "kept")
    cards.write(tmp_path / "site", [few], brand(), kept)
    cards.write(tmp_path / "site", [few], brand(), kept)
    assert asked == [2]
    changed = replace(few.all[0], says=few.all[0].says.model_copy(update={"title": "Un autre titre"}))
    cards.write(tmp_path / "site", [Guides("fr", [changed, few.all[1]])], brand(), kept)
    assert asked == [2, 1]
    first, second = (tmp_path / "site" / cards.path("fr", guide.name) for guide in few.all)
    assert first.read_bytes() != (site / cards.path("fr", few.all[0].name)).read_bytes()
    assert second.read_bytes() == (site / cards.path("fr", few.all[1].name)).read_bytes()


def test_what_no_build_has_asked_for_in_a_month_is_kept_no_longer(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for name in ("asked for", "forgotten"):
        kept.put(name, name.encode())
    for file in tmp_path.iterdir():
        os.utime(file, (0, time.time() - 31 * 24 * 60 * 60))
    assert kept.get("asked for") == b"asked for"
    kept.put("new", b"new")
    kept.tidy()
    assert (kept.get("asked for"), kept.get("forgotten"), kept.get("new")) == (b"asked for", None, b"new")


def test_no_page_takes_anything_from_another_site(site: Path) -> None:
    for page in site.rglob("*.html"):
        source = page.read_text("utf-8")
        taken = re.findall(r'<(?:script|img|iframe|source|video|audio)[^>]*\ssrc="([^"]+)"', source)
        taken += re.findall(r'<link rel="(?:stylesheet|preload|icon)"[^>]*href="([^"]+)"', source)
        assert taken
        assert [address for address in taken if urlsplit(address).netloc] == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"url\(\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8")) == []


def test_the_policy_allows_the_pages_inline_scripts_by_their_hash_and_no_other(
    built_project: Path, pages: Sequence[BuiltPage]
) -> None:
    headers = json.loads((built_project / "build" / "headers.json").read_text("utf-8"))
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))

    assert headers == security.headers(pages)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].count("'sha256-") == len({script for page in pages for script in page.scripts}) == 1
    assert policy["style-src"] == policy["connect-src"] == policy["font-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def test_the_page_for_what_is_not_there_speaks_both_languages(site: Path) -> None:
    source = (site / "404.html").read_text("utf-8")
    assert re.findall(r'<section class="lost[^"]*" lang="(\w+)"', source) == ["en", "fr"]


def test_the_staffs_pages_stay_out_of_the_search_index(site: Path) -> None:
    entries = {entry["url"]: entry for entry in json.loads(index(site, "en").read_text("utf-8"))["pages"]}

    # The staff's own page is not for customers to find.
    assert entries.keys() == {paths(guide)[0] for guide in GUIDES} - {
        "/feedback/",
        "/reviews/",
        "/support/",
        "/second-factor/",
        "/takeovers/",
        "/takeover-objection/",
    }


def test_each_guide_is_there_as_markdown_and_listed_for_machines(site: Path) -> None:
    listed = (site / "llms.txt").read_text("utf-8")
    for guide in Guides.read(ROOT / "docs", "fr").all:
        if guide.says.keywords:
            address = f"fr/{guide.name}.md"
            assert f"- [{guide.says.title}]({SITE_URL}/{address}): " in listed
            text = (site / address).read_text("utf-8")
            assert text.startswith(f"# {guide.says.title}\n")
            assert "///" not in text
            assert "%%" not in text
            assert "{:" not in text
            # Each heading has something below it.
            assert not re.search(r"^(#+) .*\n+(?=##? |\1 |\Z)", text.partition("\n")[2], re.MULTILINE), address
    # What a page folds is read there too.
    assert "\n## Comment y accéder\n" in (site / "fr/portal.md").read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_question_is_marked_up_as_one_and_its_answer_is_the_guides(guide: str, site: Path) -> None:
    for language in LANGUAGES:
        says = Guides.read(ROOT / "docs", language).called(guide).says
        path = paths(guide)[LANGUAGES.index(language)]
        source = (site / path.lstrip("/") / "index.html").read_text("utf-8")
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', source)
        assert bool(found) == (says.title.endswith("?") and bool(says.keywords) and guide != HOME)
        for markup in map(json.loads, found):
            assert (markup["@context"], markup["@type"]) == ("https://schema.org", "FAQPage")
            assert markup["inLanguage"] == language
            [question] = markup["mainEntity"]
            assert (question["@type"], question["name"]) == ("Question", says.title)
            # Of an answer that readers of the page do not see, search engines show nothing.
            seen = unescape(re.sub(r"<[^>]*>", "", source.partition("</h1>")[2])).strip()
            assert question["acceptedAnswer"] == {"@type": "Answer", "text": seen.partition("\n")[0]}
