"""The subscription terms, kept by version and never changed once published: what was accepted stays readable."""

import hashlib
from pathlib import Path

from functions.shared.texts import Language

CURRENT = "2026-11"

_HERE = Path(__file__).parent


def terms(version: str, language: Language) -> str:
    """The terms as they are read and accepted, Markdown with headings and paragraphs alone.

    Raises KeyError for a version that was never published.
    """
    return _published(version, language).decode()


def sha256(version: str, language: Language) -> str:
    """What an acceptance keeps of the text: its hash in hexadecimal. Raises KeyError as `terms` does."""
    return hashlib.sha256(_published(version, language)).hexdigest()


def _published(version: str, language: Language) -> bytes:
    published = {path.name: path for path in _HERE.iterdir() if path.is_dir()}
    return (published[version] / f"{language}.md").read_bytes()
