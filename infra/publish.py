"""Puts a built site where CloudFront finds it, in an order in which no reader ever gets a page without its parts.

Everything that pages take in (styles, scripts, fonts, search indexes) has a name that says what it holds, so that it
never changes and is kept by browsers for good, while pages are asked for anew each time. It is uploaded before the
pages that want it, and stays for a day after the last of them is gone.
"""

import json
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ASSETS = "assets/"
NOT_FOUND = "404.html"
VERSION = "version.json"
# What was published and when, beside the site; no path of the site's leads there.
RELEASES = "releases/"
KEPT_AFTER = timedelta(days=1)
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
# What a value of the key-value store can hold, and what one call can change.
_PIECE = 1000
_KEYS_AT_ONCE = 50
_TEXT = (".html", ".css", ".js", ".json", ".md", ".svg", ".txt", ".xml")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class File:
    """One file as it is uploaded."""

    key: str
    body: bytes
    cache_control: str

    @property
    def content_type(self) -> str:
        """By its ending."""
        suffix = Path(self.key).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(self.key)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if suffix in _TEXT else kind


@dataclass(frozen=True)
class Release:
    """A site ready to be published."""

    version: str
    assets: tuple[File, ...]
    pages: tuple[File, ...]
    not_found: str
    """The page for what there is not."""

    @property
    def keys(self) -> set[str]:
        """Where its files lie."""
        return {file.key for file in (*self.assets, *self.pages)}

    @property
    def paths(self) -> dict[str, str]:
        """What the key-value store holds: the paths that there are, and the page for those that there are not."""
        pieces = _pieces(self.not_found)
        return {f"/{page.key}": "" for page in self.pages} | {
            "#404": str(len(pieces)),
            **{f"#404/{number}": piece for number, piece in enumerate(pieces)},
        }


def release(site: Path, version: str) -> Release:
    """The release that a built site makes. Raises FileNotFoundError when the site is not whole."""
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}
    if NOT_FOUND not in files:
        raise FileNotFoundError(site / NOT_FOUND)
    said = {VERSION: json.dumps({"version": version}).encode()}
    return Release(
        version,
        tuple(File(key, body, FOREVER) for key, body in files.items() if key.startswith(ASSETS)),
        tuple(File(key, body, ASK_AGAIN) for key, body in {**files, **said}.items() if not key.startswith(ASSETS)),
        files[NOT_FOUND].decode(),
    )


def publish(new: Release, bucket: str, s3: "S3Client", paths: "Paths", now: datetime) -> None:
    """Upload a release: its parts, its pages, the paths that are new; then take away what nobody asks for any more."""
    there = _keys(s3, bucket)
    for file in new.assets:
        if file.key not in there:
            _put(s3, bucket, file)
    for file in new.pages:
        _put(s3, bucket, file)
    paths.become(new.paths)
    manifest = {"version": new.version, "at": now.isoformat(), "keys": sorted(new.keys)}
    name = f"{RELEASES}{now:%Y-%m-%dT%H%M%SZ}.json"
    s3.put_object(Bucket=bucket, Key=name, Body=json.dumps(manifest).encode(), ContentType="application/json")
    wanted, over = _wanted(releases(s3, bucket), now)
    gone = [key for key in sorted(there) if key not in wanted and not key.startswith(RELEASES)]
    for key in [*gone, *over]:
        s3.delete_object(Bucket=bucket, Key=key)


def releases(s3: "S3Client", bucket: str) -> list[dict[str, Any]]:
    """What was published, the newest last: `name`, `version`, `at`, `keys`."""
    names = sorted(key for key in _keys(s3, bucket) if key.startswith(RELEASES))
    return [{"name": name, **json.loads(s3.get_object(Bucket=bucket, Key=name)["Body"].read())} for name in names]


class Paths:
    """The key-value store that the site's function asks."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def become(self, wanted: Mapping[str, str]) -> None:
        """Hold these and no others, the new ones first. The store takes fifty changes at once."""
        there: dict[str, str] = {}
        for page in self._client.get_paginator("list_keys").paginate(KvsARN=self._arn):
            there |= {item["Key"]: item["Value"] for item in page["Items"]}
        puts = [{"Key": key, "Value": value} for key, value in wanted.items() if there.get(key) != value]
        deletes = [{"Key": key} for key in there if key not in wanted]
        tag = self._client.describe_key_value_store(KvsARN=self._arn)["ETag"]
        for some in _some(puts):
            tag = self._client.update_keys(KvsARN=self._arn, IfMatch=tag, Puts=some)["ETag"]
        for some in _some(deletes):
            tag = self._client.update_keys(KvsARN=self._arn, IfMatch=tag, Deletes=some)["ETag"]


def _wanted(published: Iterable[Mapping[str, Any]], now: datetime) -> tuple[set[str], list[str]]:
    """The keys of every release that was the current one within the last day, and the manifests of those before the
    last ten: enough to see what was there, and to go back."""
    newest_first = list(published)[::-1]
    wanted: set[str] = set()
    current_until = now
    for each in newest_first:
        if current_until < now - KEPT_AFTER:
            break
        wanted |= set(each["keys"])
        current_until = datetime.fromisoformat(each["at"])
    return wanted, [str(each["name"]) for each in newest_first[10:]]


def _pieces(text: str) -> list[str]:
    """The text in pieces that each fit into one value."""
    pieces = [""]
    for character in text:
        if len((pieces[-1] + character).encode()) > _PIECE:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _put(s3: "S3Client", bucket: str, file: File) -> None:
    s3.put_object(
        Bucket=bucket, Key=file.key, Body=file.body, ContentType=file.content_type, CacheControl=file.cache_control
    )


def _keys(s3: "S3Client", bucket: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"] for page in pages for item in page.get("Contents", ())}


def _some(changes: list[dict[str, str]]) -> Iterable[list[dict[str, str]]]:
    return (changes[start : start + _KEYS_AT_ONCE] for start in range(0, len(changes), _KEYS_AT_ONCE))
