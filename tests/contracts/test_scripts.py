"""Names in any script: set, signed, read out of the file again, or refused by a table that knows before they are."""

import json
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from functions.contracts import render as rendering
from functions.contracts.proofreading import Unreadable, proofread
from functions.contracts.render import render, render_confirmation, render_signed
from functions.shared import characters
from functions.shared.texts import LANGUAGES, Language, isolated
from infra.characters import table
from tests.contracts.examples import contract, evidence
from tests.contracts.test_render import text_of, unbroken

# A person and a company each.
NAMES = {
    "Chinese (China)": ("欧阳娜娜", "上海晨曦建筑设计有限公司"),
    "Chinese (Taiwan)": ("陳大文", "臺灣積體電路製造股份有限公司"),
    "Chinese (rare)": ("𠮷田 㐂一", "龘龘堂"),
    "Japanese": ("渡邊 さくら", "株式会社サクラ・エンジニアリング"),
    "Japanese (Han alone)": ("斎藤 峠", "辻畑組"),
    "Korean": ("김철수", "대한건설 주식회사"),
    "Arabic": ("محمد بن عبد الله", "شركة النور (2024) للهندسة"),
    "Persian": ("مهسا امینی‌فر", "شرکت پارس گستر"),
    "Urdu": ("محمد علی جناح", "پاکستان انجینئرنگ"),
    "Hebrew": ("שרה כהן־לוי", 'מהנדסים 99 בע"מ'),
    "Hebrew with points": ("שָׂרָה", "אֱמֶת"),
    "Devanagari": ("प्रिया शर्मा", "श्री गणेश अभियांत्रिकी"),
    "Bengali": ("রবীন্দ্রনাথ ঠাকুর", "ঢাকা প্রকৌশল"),
    "Tamil": ("தமிழ்ச்செல்வி", "சென்னை பொறியியல்"),
    "Telugu": ("వెంకటేశ్వర రావు", "హైదరాబాద్"),
    "Kannada": ("ಕುವೆಂಪು", "ಬೆಂಗಳೂರು"),
    "Malayalam": ("ശ്രീനാരായണൻ", "കൊച്ചി"),
    "Gujarati": ("નરેન્દ્ર પટેલ", "અમદાવાદ"),
    "Gurmukhi": ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਅੰਮ੍ਰਿਤਸਰ"),
    "Odia": ("ଜଗନ୍ନାଥ", "ଓଡ଼ିଶା"),
    "Sinhala": ("ශ්‍රී ලාල්", "කොළඹ"),
    "Thai": ("สมชาย ใจดี", "บริษัท กรุงเทพวิศวกรรม จำกัด"),
    "Lao": ("ສົມຊາຍ", "ວຽງຈັນ"),
    "Khmer": ("សុខ សុភា", "ភ្នំពេញ"),
    "Burmese": ("အောင်ဆန်းစုကြည်", "ရန်ကုန်"),
    "Ethiopic": ("አበበ ቢቂላ", "አዲስ አበባ"),
    "Greek": ("Γιώργος Παπαδόπουλος", "Ελληνική Τεχνική Α.Ε."),
    "Greek with breathings": ("Ὀδυσσεύς", "Ἀθῆναι"),
    "Cyrillic": ("Алексей Ёлкин", "ТОВ «Київ'їнж»"),
    "Vietnamese": ("Nguyễn Thị Hoàng Yến", "Công ty Xây dựng Đại Việt"),
    "Yoruba": ("Ọláńrewájú Ṣẹ̀gun", "Ẹ̀kọ́ Ńlá"),
    "Georgian": ("ნინო ბერიძე", "თბილისი"),
    "Armenian": ("Արամ Խաչատրյան", "Երևան"),
    "Mixed": ("李明 Li Ming (ליאור)", "A/B 中文 عربي 12%"),
    "Emoji": ("Zoé ✨", "Café ☕ 👩‍💻"),
    "Joined by nothing": ("e\u0323\u0302 q\u0303\u0301", "a\u200db\u2060c\ufe0f"),
}
each_script = pytest.mark.parametrize(("person", "company"), NAMES.values(), ids=NAMES.keys())


def inked(text: str) -> Counter[str]:
    """What is seen of a text, in whatever order and form."""
    text = unicodedata.normalize("NFKD", text)
    return Counter(character for character in text if unicodedata.category(character)[0] not in "ZC")


def wording(customer: str) -> dict[str, Any]:
    """Of an order's confirmation."""
    return {
        "language": "fr",
        "region": "FR",
        "title": "Confirmation de commande",
        "summary": "Commande",
        "number": "Commande K-1",
        "status": None,
        "page": "Page {page} sur {pages}",
        "supplier": "Guichet Software SAS",
        "parties": [{"role": "Facturé à", "name": customer, "lines": [customer]}],
        "lines": {"heading": "Articles", "columns": ["A", "B", "C", "D"], "rows": [["PROFIS", "1", "2 €", "2 €"]]},
        "totals": [["Total", "2 €"]],
        "to_pay": ["À payer", "2 €"],
        "paragraphs": [],
    }


@each_script
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_is_read_out_of_the_signed_contract_as_it_was_written(
    person: str, company: str, language: Language
) -> None:
    drawn_up = contract(language, company=company)
    read = render(drawn_up)
    text = text_of(render_signed(drawn_up, evidence(drawn_up, read, signer=person), read))
    assert not inked(company) - inked(text_of(read))
    assert not inked(person) + inked(company) - inked(text)
    assert not set(text) & set(characters.REPLACEMENTS)


@each_script
def test_a_company_is_read_out_of_its_orders_confirmation(person: str, company: str) -> None:
    text = text_of(render_confirmation(wording(company), datetime(2026, 11, 24, tzinfo=UTC)))
    assert not inked(company) - inked(text)


@pytest.mark.parametrize(
    "name",
    [
        name
        for script in ("Chinese (China)", "Japanese", "Korean", "Greek", "Georgian", "Armenian", "Thai", "Ethiopic")
        for name in NAMES[script]
    ],
)
def test_what_is_written_from_left_to_right_is_found_by_searching_for_it(name: str) -> None:
    assert unbroken(name) in unbroken(text_of(render(contract("fr", company=name))))


def test_the_table_is_what_the_fonts_have() -> None:
    assert table() == characters.TABLE.read_text("ascii"), "python -m infra.characters writes it anew"


def test_most_of_what_europe_types_needs_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    well_known = [chr(code) for code in range(0x3000) if characters._WELL_KNOWN.fullmatch(chr(code))]
    assert len(well_known) > 300
    assert {characters._family(character) for character in well_known} == {characters.HOUSE}
    monkeypatch.setattr(characters, "TABLE", Path("/nowhere"))
    characters._table.cache_clear()
    assert characters.missing("Œuvres & Cie, 1° étage — Łódź, l’Été") == ""
    characters._table.cache_clear()


def set_alone(text: str, *styles: str, standards: bool = True) -> bytes:
    """The text by itself, in the house's two fonts and whatever stands in for them."""
    # Typst's types want the same of a source as of a path.
    source: Any = b"""#import "/house.typ": *
    #set document(title: "x")
    #set text(lang: "fr", fallback: false)
    #for style in json(bytes(sys.inputs.styles)) {
      for font in (faces, titles) { for weight in (400, 600) {
        par(text(font: font, style: style, weight: weight, json(bytes(sys.inputs.page))))
      } }
    }"""
    others = [name.replace(" CJK", " CJK SC") for name in characters.families(text)]
    pdf: bytes = typst.compile(
        source,
        root=rendering._HERE,
        sys_inputs={
            "page": json.dumps(text),
            "fonts": json.dumps(others),
            "styles": json.dumps(styles or ("normal",)),
            "brand": rendering._brand(),
        },
        font_paths=rendering._fonts(True),
        pdf_standards=["a-3a", "ua-1"] if standards else [],
        timestamp=0,
        format="pdf",
    )
    return pdf


ROWS = {
    name: [chr(code) for first, last in zip(*rows, strict=True) if first >= 0 for code in range(first, last + 1)]
    for name, rows in characters._table().items()
}


@pytest.mark.parametrize("name", ROWS)
def test_the_characters_of_the_table_can_be_set(name: str) -> None:
    # Of tens of thousands, some in each row, in the one face that there is.
    is_huge = name == characters.CHINESE_JAPANESE_KOREAN
    assert set_alone(" ".join(ROWS[name][:: 23 if is_huge else 1]), *(("normal",) if is_huge else ("normal", "italic")))


@given(
    st.text(
        st.one_of(
            *(st.sampled_from(row) for row in ROWS.values()), st.characters(exclude_categories=("C", "Zl", "Zp"))
        ),
        max_size=12,
    )
)
def test_what_the_table_lets_through_can_be_set(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    if not characters.missing(text):
        assert set_alone(f"x{isolated(text)}x", "normal", "italic")


@pytest.mark.parametrize(
    "text",
    [
        "ᏣᎳᎩ",
        "བོད",
        "ߒߞߏ",
        "\U000323af",
        "\ue000",
        "\U0010fffd",
        "王\u0e31",
        "A■",
        "\u1067",
        "王 \u1067",
        "□",
        "\ufffd",
        "\ufeff",
        "𒀀",
    ],
)
def test_what_our_fonts_lack_is_known_before_it_is_set(text: str) -> None:
    assert characters.missing(text)
    assert characters.missing(f"Zoé {text}").strip() in text


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("直 さくら", "JP"),
        ("直 서울", "KR"),
        ("直门", "SC"),
        ("直門", "TC"),
        ("斎藤", "JP"),
        ("𠮷田", "SC"),
    ],
)
def test_han_are_drawn_as_where_they_are_from(text: str, face: str, tmp_path: Path) -> None:
    assert f"NotoSansCJK{face.lower()}".encode() in render(contract("en", company=text))


def words_of(pdf: bytes) -> list[tuple[str, float, float]]:
    """Each word with where it begins, from the left and from the top of its page."""
    found = re.findall(r'<word xMin="([0-9.]+)" yMin="([0-9.]+)".*>(.*)</word>', text_of(pdf, "-bbox"))
    return [(word.strip("\u2068\u2069 "), float(x), float(y)) for x, y, word in found]


def test_a_name_from_right_to_left_leaves_the_line_around_it_in_order() -> None:
    read = contract("en", company="شركة (2024)")
    words = words_of(render_signed(read, evidence(read, b"", signer="محمد (2024)"), b""))
    line = next(y for word, _, y in words if word == "Signed")
    said = [word for word, x, y in sorted(words, key=lambda word: word[1]) if x > 300 and abs(y - line) < 2]
    # Read from the left: «Signed electronically by (2024) محمد on 24», the name's parts from right to left.
    assert said[:2] == ["Signed", "electronically"]
    assert [word for word in said if word in ("by", "2024", "on", "24")] == ["by", "2024", "on", "24"]
    assert said.index("2024") < next(n for n, word in enumerate(said) if set(word) == set("محمد")) < said.index("on")


def test_a_missing_glyph_stops_the_file_and_so_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "families", lambda text: ())
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        render(contract("en", company="王小明"))


def test_a_file_that_does_not_say_a_name_is_not_taken_for_one_that_does() -> None:
    pdf = render(contract("en", company="王小明"))
    proofread(pdf, "王小明", "Guichet Software SAS")
    with pytest.raises(Unreadable):
        proofread(pdf, "李小明")
    for glyph in ("■", "□", "\ufffd", "Ꮳ"):
        with pytest.raises(Unreadable):
            proofread(set_alone("王" + glyph, standards=False), "王" + glyph)
    for replacement in "■□":
        with pytest.raises(Unreadable):
            proofread(set_alone("王" + replacement, standards=False), "王")


def test_the_longest_names_of_other_scripts_stay_on_the_page() -> None:
    for name in ("龘" * 120, "محمد " * 24, "ศ" * 120, "प्रिया " * 18):
        long = contract("fr", company=name)
        signed = render_signed(long, evidence(long, b"", signer=name), b"")
        boxes = text_of(signed, "-bbox")
        edges = [float(line.split('xMax="')[1].split('"')[0]) for line in boxes.splitlines() if "<word" in line]
        assert max(edges) < 595 - 60
