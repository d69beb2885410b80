"""Gives what pages take in a name that says what it holds (`en-5f0c9e1a.json`), so that browsers keep it for good."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

ASSETS = "assets"
_REFERENCE = re.compile(rf"/{ASSETS}/[\w./-]+")


def put(site: Path, path: str, content: bytes) -> str:
    """Write a file into the site; the address that it has by its content: `assets/css/guide.css` gets a digest."""
    stem, dot, ending = path.rpartition(".")
    named = f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}{dot}{ending}"
    (site / named).parent.mkdir(parents=True, exist_ok=True)
    (site / named).write_bytes(content)
    return f"/{named}"


def rename(site: Path) -> dict[str, str]:
    """Rename what lies in the site's assets; the former addresses, and what each has become."""
    became = {}
    for file in sorted(path for path in (site / ASSETS).rglob("*") if path.is_file()):
        path = file.relative_to(site).as_posix()
        became[f"/{path}"] = put(site, path, file.read_bytes())
        file.unlink()
    return became


def pointing(text: str, became: Mapping[str, str]) -> str:
    """A page or a sheet with each address of an asset as it has become."""
    return _REFERENCE.sub(lambda found: became.get(found[0], found[0]), text)
