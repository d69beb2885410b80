"""Names in any script: set, signed, read out of the file again, or refused by a table that knows before they are."""

import unicodedata
from collections import Counter
from typing import Any

import pytest
import typst

from functions.contracts import render as rendering
from functions.contracts.proofreading import Unreadable, proofread
from functions.contracts.render import render, render_confirmation, render_signed
from functions.shared import characters
from functions.shared.texts import LANGUAGES, Language
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
    "Hebrew": ("שרה כהן־לוי", "מהנדסים 99 בע\"מ"),
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
    from datetime import UTC, datetime

    text = text_of(render_confirmation(wording(company), datetime(2026, 11, 24, tzinfo=UTC)))
    assert not inked(company) - inked(text)


@pytest.mark.parametrize(
    "name",
    [*(pair for script in ("Chinese (China)", "Japanese", "Korean", "Greek", "Georgian", "Armenian", "Thai", "Ethiopic")
       for pair in NAMES[script])],
)
def test_what_is_written_from_left_to_right_is_found_by_searching_for_it(name: str) -> None:
    assert unbroken(name) in unbroken(text_of(render(contract("fr", company=name))))
