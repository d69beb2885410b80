"""The built site: served with its headers, and built anew when its sources have changed."""

import fcntl
import gzip
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import brotli
from werkzeug.wrappers import Request, Response

from infra.local.files import fingerprint
from infra.publish import ASK_AGAIN, ASSETS, FOREVER

SOURCES = ("docs", "theme", "functions", "mkdocs.yml")
_LOOK_EVERY = 0.2
_WORTH_PACKING = 512

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
# What leads to a file on a disk, and is in no key.
_ROUNDABOUT = re.compile(r"\0|//|/\.{1,2}(?:/|$)")
# What CloudFront packs with, the first that the browser takes; Brotli at a quality that is made while one waits.
_PACKING: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, mtime=0),
}
_PACKED = ("text/", "application/json", "application/manifest+json", "application/xml", "image/svg+xml")


class BuildFailed(Exception):
    """The site could not be built; the message is what the build said."""


class Site:
    """build/site of a project."""

    def __init__(self, root: Path, *, rebuild: bool = True) -> None:
        self._root = root
        self._folder = root / "build" / "site"
        self._stamp = root / "build" / "site.stamp"
        self._rebuild = rebuild
        self._lock = threading.Lock()
        self._looked = 0.0
        self._failed: tuple[str, BuildFailed] | None = None
        self._packed: dict[tuple[Path, str, str], bytes] = {}
        self.headers: dict[str, str] = {}

    def make_fresh(self) -> None:
        """Build the site if what it is made of has changed. Raises BuildFailed."""
        with self._lock:
            if self.headers and time.monotonic() - self._looked < _LOOK_EVERY:
                return
            self._looked = time.monotonic()
            self._build_if_stale()
            self.headers = json.loads((self._root / "build" / "headers.json").read_text("utf-8"))

    def _build_if_stale(self) -> None:
        sources = json.dumps(fingerprint(self._root / name for name in SOURCES))
        if self._failed and self._failed[0] == sources:
            raise self._failed[1]
        self._stamp.parent.mkdir(exist_ok=True)
        # Another process may serve or test the same folder.
        with (self._stamp.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._stamp.exists() and self._stamp.read_text("utf-8") == sources:
                return
            print("The site has changed: building it …", file=sys.stderr)  # noqa: T201
            build = subprocess.run(
                [sys.executable, "-m", "theme.build"],
                cwd=self._root,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if build.returncode:
                print(build.stdout, file=sys.stderr)  # noqa: T201
                self._failed = sources, BuildFailed(build.stdout)
                raise self._failed[1]
            self._failed = None
            self._packed.clear()
            self._stamp.write_text(sources, "utf-8")

    def respond(self, request: Request) -> Response:
        """Answer with a file of the site."""
        if request.method not in ("GET", "HEAD"):
            return self._with_headers(Response(status=405, headers={"Allow": "GET, HEAD"}))
        if self._rebuild:
            try:
                self.make_fresh()
            except BuildFailed as failure:
                return Response(f"The site could not be built:\n\n{failure}", 500, content_type="text/plain")
        wanted = self._file(request.path)
        if wanted is None:
            return self._with_headers(self._not_found(request))
        if wanted.is_dir():
            if not request.path.endswith("/"):
                return self._with_headers(self._redirect(request, wanted))
            wanted /= "index.html"
        if not wanted.is_file():
            return self._with_headers(self._not_found(request))
        return self._with_headers(self._content(request, wanted).make_conditional(request))

    def _file(self, path: str) -> Path | None:
        """What lies at a path of the site as it is written: a store of keys knows no other way to the same file."""
        if "\\" in path or len(path) > 2000 or _ROUNDABOUT.search(path):
            return None
        try:
            found = (self._folder / path.lstrip("/")).resolve(strict=True)
        except (OSError, ValueError):
            return None
        if not found.is_relative_to(self._folder.resolve()) or (found.is_file() and path.endswith("/")):
            return None
        return found

    def _redirect(self, request: Request, folder: Path) -> Response:
        path = folder.relative_to(self._folder.resolve()).as_posix()
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return Response(status=302, headers={"Location": f"/{path}/{query}"})

    def _not_found(self, request: Request) -> Response:
        response = self._content(request, self._folder / "404.html")
        response.status_code = 404
        return response

    def _content(self, request: Request, file: Path) -> Response:
        status = file.stat()
        tag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
        content = file.read_bytes()
        kind = _TYPES.get(file.suffix, "application/octet-stream")
        response = Response(content, content_type=kind)
        if kind.startswith(_PACKED) and len(content) >= _WORTH_PACKING:
            response.vary.add("Accept-Encoding")
            if packing := next((name for name in _PACKING if request.accept_encodings[name]), None):
                key = file, tag, packing
                if key not in self._packed:
                    self._packed[key] = _PACKING[packing](content)
                response = Response(self._packed[key], content_type=kind, headers=response.headers)
                response.headers["Content-Encoding"] = packing
                tag += f"-{packing}"
        response.set_etag(tag)
        is_for_good = file.is_relative_to(self._folder.resolve() / ASSETS)
        response.headers["Cache-Control"] = FOREVER if is_for_good else ASK_AGAIN
        return response

    def _with_headers(self, response: Response) -> Response:
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
