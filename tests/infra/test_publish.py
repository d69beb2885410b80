"""Publishing: parts before pages, kept for good under their digest, gone a day after nobody wants them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra import publish
from infra.local.cloud import ROOT
from infra.local.site import Site
from tests.infra.aws import Account, Bucket, PathStore
from theme import assets, built

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
STORE = "arn:aws:cloudfront::123456789012:key-value-store/11111111-1111-1111-1111-111111111111"
PAGE = '<link href="/assets/css/home-1.css"><script src="/assets/js/site-1.js"></script>{text}'
PARTS = ["assets/css/home-1.css", "assets/js/site-1.js"]


class Publisher:
    """An empty bucket and key-value store to publish into."""

    def __init__(self) -> None:
        self.bucket, self.store = Bucket(), PathStore()
        self.account = Account(self._answer)
        self.paths = publish.Paths(self.account.client("cloudfront-keyvaluestore", "us-east-1"), STORE)

    def publish(self, site: Path, version: str, now: datetime) -> None:
        self.account.calls.clear()
        publish.publish(publish.release(site, version), "pages", self.account.client("s3"), self.paths, now)

    def _answer(self, operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return (self.store if "KvsARN" in asked else self.bucket).answer(operation, asked)

    def changes(self) -> list[tuple[str, str]]:
        """What was put and deleted, in order; of the store, just that it was."""
        return [
            (operation, asked.get("Key", "paths"))
            for operation, asked in self.account.calls
            if operation in ("PutObject", "DeleteObject", "UpdateKeys")
        ]


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path, "index.html", PAGE.format(text="home"))
    write(tmp_path, "add/index.html", PAGE.format(text="add"))
    write(tmp_path, "add.md", "# Ajouter un collègue")
    write(tmp_path, "404.html", PAGE.format(text="é" * 1500))
    write(tmp_path, "api/openapi.json", "{}")
    write(tmp_path, PARTS[0], "@font-face { src: url(/assets/fonts/a-1.woff2) }")
    write(tmp_path, PARTS[1], "import './chunk-1.js'")
    return tmp_path


def write(site: Path, name: str, text: str) -> None:
    file = site / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def test_parts_come_first_then_pages_then_their_paths(publisher: Publisher, site: Path) -> None:
    publisher.publish(site, "one", NOW)

    names = [name for _, name in publisher.changes()]
    assert names[:2] == PARTS
    assert set(names[2:8]) == {
        *("index.html", "add/index.html", "add.md", "404.html"),
        *("api/openapi.json", "version.json"),
    }
    assert names[8:] == ["paths", "releases/2026-11-26T090000Z.json"]
    assert publisher.store.values.keys() >= {"/index.html", "/add/index.html", "/api/openapi.json", "/version.json"}


def test_parts_are_kept_for_good_and_pages_asked_for_anew(publisher: Publisher, site: Path) -> None:
    publisher.publish(site, "one", NOW)

    about = publisher.bucket.about
    said = {key: (about[key]["CacheControl"], about[key]["ContentType"]) for key in about if not key.startswith("rel")}
    assert said == {
        PARTS[0]: (publish.FOREVER, "text/css; charset=utf-8"),
        PARTS[1]: (publish.FOREVER, "text/javascript; charset=utf-8"),
        "index.html": ("no-cache", "text/html; charset=utf-8"),
        "add/index.html": ("no-cache", "text/html; charset=utf-8"),
        "add.md": ("no-cache", "text/markdown; charset=utf-8"),
        "404.html": ("no-cache", "text/html; charset=utf-8"),
        "api/openapi.json": ("no-cache", "application/json; charset=utf-8"),
        "version.json": ("no-cache", "application/json; charset=utf-8"),
    }


def test_the_page_for_what_is_not_there_is_whole_in_pieces_that_fit(publisher: Publisher, site: Path) -> None:
    publisher.publish(site, "one", NOW)

    values = publisher.store.values
    pieces = [values[f"#404/{number}"] for number in range(int(values["#404"]))]
    assert "".join(pieces).encode() == publisher.bucket.objects["404.html"]
    assert max(len(piece.encode()) for piece in pieces) <= 1024


def test_what_is_the_same_is_not_uploaded_again(publisher: Publisher, site: Path) -> None:
    publisher.publish(site, "one", NOW)
    publisher.publish(site, "two", NOW + timedelta(hours=1))

    assert not [name for _, name in publisher.changes() if name.startswith("assets/") or name == "paths"]


def test_former_parts_and_pages_stay_for_a_day_after_they_were_replaced(publisher: Publisher, site: Path) -> None:
    publisher.publish(site, "one", NOW)
    for gone in ("add/index.html", PARTS[1]):
        (site / gone).unlink()
    write(site, "assets/js/site-2.js", "import './chunk-2.js'")
    # Replaced a month later: what counts is when it was replaced, not how old it is.
    replaced = NOW + timedelta(days=30)
    publisher.publish(site, "two", replaced)
    assert {"assets/js/site-2.js", *PARTS, "add/index.html"} <= publisher.bucket.objects.keys()
    assert "/add/index.html" not in publisher.store.values

    publisher.publish(site, "three", replaced + timedelta(hours=23))
    assert PARTS[1] in publisher.bucket.objects

    publisher.publish(site, "four", replaced + timedelta(hours=25))
    assert not {PARTS[1], "add/index.html"} & publisher.bucket.objects.keys()
    assert publisher.changes()[-1][0] == "DeleteObject"
    # What both releases want stays.
    assert {PARTS[0], "assets/js/site-2.js"} <= publisher.bucket.objects.keys()


def test_a_site_that_is_not_whole_is_no_release(site: Path) -> None:
    (site / "404.html").unlink()
    with pytest.raises(FileNotFoundError):
        publish.release(site, "one")


def test_every_part_that_the_real_pages_want_is_in_their_release() -> None:
    Site(ROOT).make_fresh()
    release = publish.release(ROOT / "build/site", "one")

    wanted = {
        found.decode()
        for file in (*release.pages, *release.assets)
        if file.key.endswith((".html", ".css"))
        for found in re.findall(rb"""["'(]/(assets/[^"')]*)""", file.body)
    }
    # Scripts name theirs from where they lie.
    wanted |= {
        f"assets/js/{found.decode()}"
        for file in release.assets
        if file.key.endswith(".js")
        for found in re.findall(rb"""["']\./([\w-]+\.js)["']""", file.body)
    }
    assert len(wanted) > 50
    assert wanted <= release.keys


def test_what_the_forms_of_functions_ask_for_is_in_every_release() -> None:
    """They are no part of the release, and may be older or newer than it."""
    Site(ROOT).make_fresh()
    release = publish.release(ROOT / "build/site", "one")
    templates = [built.read(file.name, file.read_text("utf-8")) for file in (ROOT / "functions").rglob("*.html")]
    wanted = {address for page in templates for address in page.references if re.match(r"/[^$]*$", address)}
    assert wanted == {f"/{assets.FORMS}", f"/{assets.MARK}"}
    assert {address.removeprefix("/") for address in wanted} <= {file.key for file in release.pages}
    assert wanted <= release.paths.keys()
    [sheet] = [file for file in release.pages if file.key == assets.FORMS]
    assert b".field" in sheet.body


def test_what_is_kept_for_good_is_named_for_what_it_holds() -> None:
    Site(ROOT).make_fresh()
    release = publish.release(ROOT / "build/site", "one")
    assert [
        file.key for file in release.assets if not re.search(r"-(?:[0-9a-f]{10}|[0-9A-Z]{8})\.\w+$", file.key)
    ] == []
