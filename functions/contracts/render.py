"""Sets a contract, an amendment or an order as a PDF/A-3 and PDF/UA-1 file: the same wording gives the same bytes."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from functions.contracts.document import Amendment, Contract, Evidence, OrderEvidence
from functions.contracts.proofreading import proofread
from functions.contracts.words import amendment_words, words
from functions.shared.brand import brand
from functions.shared.characters import CHINESE_JAPANESE_KOREAN, families

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"
# Where the fonts of other scripts are from; IBM's Arabic comes before Noto's, whose dots apart from their letters are
# read out twice.
PACKAGES = ("fontpkg_ibm_plex_sans_arabic", "manimgx_fonts", "noto_cjk_sans_otc")
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def render(contract: Contract) -> bytes:
    """The contract as it is read before signing. Raises typst.TypstError or Unreadable for what cannot be shown."""
    pdf = typeset(words(contract), contract.drawn_up)
    proofread(pdf, contract.company)
    return pdf


def render_signed(contract: Contract, evidence: Evidence, read_pdf: bytes) -> bytes:
    """The signed contract with a page of evidence and the file that was read attached; not sealed yet.

    Raises typst.TypstError or Unreadable for what cannot be shown.
    """
    # typst takes text alone, so the file's bytes go as a list of numbers.
    pdf = typeset(
        words(contract, evidence),
        evidence.sealed_at,
        read=json.dumps([*read_pdf]),
        evidence=evidence.to_json().decode(),
    )
    proofread(pdf, contract.company, evidence.signer)
    return pdf


def render_amendment(amendment: Amendment, evidence: OrderEvidence) -> bytes:
    """The amendment with a page of evidence; not sealed yet.

    Raises typst.TypstError or Unreadable for what cannot be shown.
    """
    wording = amendment_words(amendment, evidence)
    pdf = typeset(wording, evidence.sealed_at, source="amendment.typ", evidence=evidence.to_json().decode())
    proofread(pdf, amendment.company)
    return pdf


def render_confirmation(wording: Mapping[str, Any], at: datetime) -> bytes:
    """The confirmation of an order placed at that time; its wording comes finished.

    Raises typst.TypstError or Unreadable for what cannot be shown.
    """
    pdf = typeset(wording, at, source="order.typ")
    proofread(pdf, *(line for party in wording["parties"] for line in (party["name"], *party["lines"])))
    return pdf


def typeset(wording: Mapping[str, Any], at: datetime, source: str = "contract.typ", **attachments: str) -> bytes:
    """A document in finished words, of that time. Raises typst.TypstError for what cannot be set."""
    page = json.dumps(wording, ensure_ascii=False)
    others = [_face_of(page) if name == CHINESE_JAPANESE_KOREAN else name for name in families(page.replace("\n", ""))]
    return typst.compile(
        _HERE / source,
        root=_HERE,
        sys_inputs={"page": page, "fonts": json.dumps(others), "brand": _brand(), **attachments},
        font_paths=_fonts(bool(others)),
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(at.timestamp()),
        format="pdf",
    )


def _brand() -> str:
    return json.dumps({"mark": brand().drawn_mark, **brand().light})


@cache
def _fonts(is_all: bool) -> typst.Fonts:
    """The house's fonts; all others too takes 30 ms, for whoever needs one."""
    paths = [FONTS, *(Path(str(files(name))) for name in PACKAGES if is_all)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*paths])


def _face_of(text: str) -> str:
    """The face for the Han characters of a text, which China, Taiwan, Japan and Korea draw each in their own way.

    Kana tell Japanese, Hangul Korean; without them, the first of the countries' old character sets that has them all.
    """
    if _KANA.search(text):
        return f"{CHINESE_JAPANESE_KOREAN} JP"
    if _HANGUL.search(text):
        return f"{CHINESE_JAPANESE_KOREAN} KR"
    han = "".join(_HAN.findall(text))
    for encoding, region in (("gb2312", "SC"), ("big5", "TC"), ("shift_jis", "JP")):
        try:
            han.encode(encoding)
        except UnicodeEncodeError:
            continue
        return f"{CHINESE_JAPANESE_KOREAN} {region}"
    return f"{CHINESE_JAPANESE_KOREAN} SC"
