"""Sets a contract or an order as a PDF/A-3 and PDF/UA-1 file: the same wording gives the same bytes."""

import json
import struct
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from functions.contracts.document import Contract, Evidence
from functions.contracts.words import words

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"


def render(contract: Contract) -> bytes:
    """The contract as it is read before signing."""
    return _set(words(contract), contract.drawn_up)


def render_signed(contract: Contract, evidence: Evidence, read_pdf: bytes) -> bytes:
    """The signed contract with a page of evidence and the file that was read attached; not sealed yet."""
    # typst takes text alone, so the file's bytes go as a list of numbers.
    return _set(
        words(contract, evidence),
        evidence.sealed_at,
        read=json.dumps([*read_pdf]),
        evidence=evidence.to_json().decode(),
    )


def render_confirmation(wording: Mapping[str, Any], at: datetime) -> bytes:
    """The confirmation of an order placed at that time; its wording comes finished."""
    return _set(wording, at, source="order.typ")


def _set(wording: Mapping[str, Any], at: datetime, source: str = "contract.typ", **attachments: str) -> bytes:
    return typst.compile(
        _HERE / source,
        root=_HERE,
        sys_inputs={"page": _drawable(json.dumps(wording, ensure_ascii=False)), **attachments},
        font_paths=_fonts(),
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(at.timestamp()),
        format="pdf",
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])


def _drawable(text: str) -> str:
    """The text with ■ for what our fonts lack: PDF/A forbids a missing glyph, and a name must not stop a contract.

    The attached evidence keeps every name as it was typed.
    """
    return "".join(character if character in _characters() or character == "\n" else "■" for character in text)


@cache
def _characters() -> frozenset[str]:
    """What every one of our fonts can draw, from their format 12 `cmap` tables (OpenType 1.9)."""
    return frozenset.intersection(*(_characters_of(path.read_bytes()) for path in _FONTS.glob("*.otf")))


def _characters_of(font: bytes) -> frozenset[str]:
    tables = (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(struct.unpack_from(">H", font, 4)[0]))
    cmap = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    subtables = (
        cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * n)[2]
        for n in range(struct.unpack_from(">H", font, cmap + 2)[0])
    )
    full = next(offset for offset in subtables if struct.unpack_from(">H", font, offset)[0] == 12)
    groups = (
        struct.unpack_from(">III", font, full + 16 + 12 * n)
        for n in range(struct.unpack_from(">I", font, full + 12)[0])
    )
    return frozenset(chr(code) for first, last, _ in groups for code in range(first, last + 1))
