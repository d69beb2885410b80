"""Sets a contract as a PDF/A-3 and PDF/UA-1 file: the same contract gives the same bytes."""

import json
import struct
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import typst
from babel.numbers import format_currency

from functions.shared.clock import day
from functions.shared.terms import sha256, terms
from functions.shared.texts import Language, Texts
from functions.workers.contract.document import EVIDENCE_FILE, READ_FILE, Contract, Evidence

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"


def render(contract: Contract) -> bytes:
    """The contract as it is read before signing."""
    return _set(_page(contract), contract.drawn_up)


def render_signed(contract: Contract, evidence: Evidence, read_pdf: bytes) -> bytes:
    """The signed contract with a page of evidence and the file that was read attached; not sealed yet."""
    # typst takes text alone, so the file's bytes go as a list of numbers.
    return _set(
        _page(contract, evidence),
        evidence.sealed_at,
        read=json.dumps([*read_pdf]),
        evidence=evidence.to_json().decode(),
    )


def _set(page: dict[str, Any], at: datetime, **attachments: str) -> bytes:
    return typst.compile(
        _HERE / "contract.typ",
        root=_HERE,
        sys_inputs={"page": _drawable(json.dumps(page, ensure_ascii=False)), **attachments},
        font_paths=_fonts(),
        pdf_standards=["a-3a", "ua-1"],
        timestamp=at,
        format="pdf",
    )


def _page(contract: Contract, evidence: Evidence | None = None) -> dict[str, Any]:
    """Everything that the template sets, worded in the contract's language."""
    texts = Texts(contract.language)
    supplier, *address = (part.strip() for part in contract.supplier.split(","))
    number = texts("contract.number", number=contract.number)
    seats = texts("contract.seats", count=contract.seats)
    unit = _euros(contract.unit_price, contract.language)
    total = _euros(contract.unit_price * contract.seats, contract.language)
    dates = {"start": contract.start, "end": contract.end}
    title, *articles = terms(contract.terms_version, contract.language).strip().split("\n## ")
    edition, licence = texts(f"contract.editions.{contract.edition}"), texts(f"contract.licences.{contract.licence}")

    def section(name: str, *paragraphs: str, **more: Any) -> dict[str, Any]:
        return {"heading": texts(f"contract.{name}.heading"), "paragraphs": paragraphs, **more}

    return {
        "language": contract.language,
        "region": {"en": "GB", "fr": "FR"}[contract.language],
        "title": texts("contract.title"),
        "summary": texts("contract.summary", product=f"{contract.product} {edition}", seats_count=seats, **dates),
        "number": number,
        "status": texts("contract.draft") if evidence is None else None,
        "page": texts.entry("contract.page"),
        "supplier": supplier,
        "parties": {
            "heading": texts("contract.parties.heading"),
            "blocks": [
                {"role": texts("contract.parties.supplier"), "name": supplier, "lines": address},
                {
                    "role": texts("contract.parties.customer"),
                    "name": contract.company,
                    "lines": [texts("contract.parties.represented"), contract.administrator],
                },
            ],
        },
        "sections": [
            section(
                "subject",
                texts("contract.subject.paragraph"),
                table={
                    "header": texts.entry("contract.subject.columns"),
                    "row": [contract.product, edition, licence, str(contract.seats), unit, total],
                    "note": texts("contract.subject.taxes"),
                },
            ),
            section("term", texts("contract.term.paragraph", **dates)),
            section("price", texts("contract.price.paragraph", total=total, seats_count=seats, unit=unit)),
            section(
                "use",
                texts("contract.use.administrator", administrator=contract.administrator),
                texts(f"contract.use.{contract.licence}", count=contract.seats),
            ),
            section(
                "terms",
                texts("contract.terms.paragraph", version=contract.terms_version),
                hash=sha256(contract.terms_version, contract.language),
            ),
        ],
        "signature": section(
            "signature",
            texts("contract.signature.paragraph"),
            blocks=[
                {
                    "role": texts("contract.parties.supplier"),
                    "name": supplier,
                    "mark": texts("contract.signature.sealed", sealed_on=day(evidence.sealed_at))
                    if evidence
                    else texts("contract.signature.to_be_sealed"),
                },
                {
                    "role": texts("contract.parties.customer"),
                    "name": contract.company,
                    "mark": texts(
                        "contract.signature.signed", signer=evidence.signer, signed_on=day(evidence.signed_at)
                    )
                    if evidence
                    else texts("contract.signature.awaited"),
                },
            ],
        ),
        "annex": {
            "label": texts("contract.terms.annex", version=contract.terms_version),
            "heading": title.removeprefix("# ").strip(),
            "articles": [
                {"heading": heading, "paragraphs": text.strip().split("\n\n")}
                for heading, _, text in (article.partition("\n") for article in articles)
            ],
        },
        "evidence": _evidence(evidence, texts) if evidence else None,
    }


def _evidence(evidence: Evidence, texts: Texts) -> dict[str, Any]:
    recorded = {
        "signer": evidence.signer,
        "account": evidence.account,
        "code": texts("contract.evidence.code_sent", code_sent_to=evidence.code_sent_to),
        "signed_at": texts("contract.evidence.moment", moment=evidence.signed_at),
        "ip": evidence.ip,
        "read_sha256": evidence.read_sha256,
        "consent": evidence.consent,
        "terms": texts(
            "contract.evidence.terms_accepted", version=evidence.terms_version, accepted_at=evidence.terms_accepted_at
        ),
        "terms_sha256": evidence.terms_sha256,
        "sealed_at": texts("contract.evidence.moment", moment=evidence.sealed_at),
    }
    return {
        "heading": texts("contract.evidence.heading"),
        "paragraph": texts("contract.evidence.paragraph", attachment=READ_FILE, data=EVIDENCE_FILE),
        "columns": texts.entry("contract.evidence.columns"),
        "rows": [[texts(f"contract.evidence.rows.{name}"), fact] for name, fact in recorded.items()],
        "seal": texts("contract.evidence.seal"),
        "read": {"name": READ_FILE, "description": texts("contract.evidence.read_file")},
        "data": {"name": EVIDENCE_FILE, "description": texts("contract.evidence.data_file")},
    }


def _euros(cents: int, language: Language) -> str:
    return format_currency(Decimal(cents) / 100, "EUR", locale={"en": "en_GB", "fr": "fr_FR"}[language])


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
