"""The security headers of every page, with a strict Content-Security-Policy."""

import base64
import hashlib
import os
from collections.abc import Sequence

from theme.built import BuiltPage


def headers(pages: Sequence[BuiltPage]) -> dict[str, str]:
    """Header names and values; the policy allows the inline scripts of the pages' common frame, by their hash."""
    # Where papers are sent to and shown from, when that is not the site itself.
    stores = os.environ.get("PAPERS_ORIGIN", "").split()
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *sorted(map(_hash, _frame(pages)))],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *stores],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *stores],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
    }


def blocked(pages: Sequence[BuiltPage]) -> list[str]:
    """One line for each inline style, handler or script that the policy would block."""
    frame = _frame(pages)
    found: list[str] = []
    for page in pages:
        found += [f"{page.path}: inline {what}" for what in page.inline_styles]
        found += [f"{page.path}: inline script {script[:60]!r}" for script in page.scripts if script not in frame]
    return found


def _frame(pages: Sequence[BuiltPage]) -> set[str]:
    """The inline scripts that every page holds: what a single guide brings is not meant to run."""
    return set.intersection(*(set(page.scripts) for page in pages))


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
