"""Finds references that lead nowhere in the built site."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from theme.built import BuiltPage

# What the functions answer: a reader's data, and forms of browsers without scripts.
_ANSWERED = ("/api/", "/forms/")


def broken(site: Path, site_url: str, pages: Iterable[BuiltPage]) -> list[str]:
    """One line for each link, script, style or image whose file or anchor does not exist, and for each doubled id."""
    by_path = {page.path: page for page in pages}
    found: list[str] = []
    for page in by_path.values():
        found += [f"{page.path}: id {name} twice" for name in sorted(set(page.ids)) if page.ids.count(name) > 1]
        for reference in page.references:
            target = urlsplit(urljoin(f"{site_url.rstrip('/')}{page.path}", reference))
            if target.scheme not in ("http", "https") or target.netloc != urlsplit(site_url).netloc:
                continue
            path = unquote(target.path)
            if path.startswith(_ANSWERED):
                continue
            if path not in by_path and not (site / path.lstrip("/")).is_file():
                found.append(f"{page.path}: {reference} leads nowhere")
            elif target.fragment and path in by_path and unquote(target.fragment) not in by_path[path].ids:
                found.append(f"{page.path}: {reference} has no such anchor")
    return found
