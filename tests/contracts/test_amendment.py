"""The amendment of a contract: what it says, and that its seal holds like the contract's."""

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from functions.contracts.document import Amendment, evidence_from
from functions.contracts.render import render_amendment
from functions.contracts.seal import Signer, seal_amendment
from functions.contracts.verify import Verdict, verify
from functions.shared.texts import LANGUAGES, Language
from tests.contracts.examples import amendment, key_service, order_evidence, seal_signer
from tests.contracts.test_render import text_of, unbroken


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    with key_service() as kms:
        yield seal_signer(kms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_changes_since_when_at_what_price_and_who_ordered_it(language: Language) -> None:
    ordered = amendment(language)
    said = {
        "en": (
            "Amendment A-1 to contract no. G-2026-000123",
            "8 instead of 5",
            "from 9 January 2027",
            "€2,416.22",
        ),
        "fr": ("Avenant A-1 au contrat n° G-2026-000123", "8 au lieu de 5", "à partir du 9 janvier 2027", "2416,22€"),
    }[language]
    price_of_next_year = {"en": "€7,192.00", "fr": "7192,00€"}[language]
    text = unbroken(text_of(render_amendment(ordered, order_evidence(ordered)), "-layout"))
    for words in (*said, price_of_next_year, ordered.company, "alice.martin@example.com", "20270109-090000-ABCDEFGH"):
        assert unbroken(words) in text, words


@pytest.mark.parametrize("licence", ["individual", "floating"])
@pytest.mark.parametrize("kind", ["fewer", "kept"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_to_pay_for_fewer(language: Language, kind: str, licence: str) -> None:
    free = {"amount": 0, "vat": 0, "until": None, "begins": date(2027, 12, 2), "seats": 1}
    ordered = amendment(language, kind=kind, licence=licence, **free)
    nothing = {"en": "There is nothing to pay", "fr": "ne donne lieu à aucun paiement"}[language]
    assert unbroken(nothing) in unbroken(text_of(render_amendment(ordered, order_evidence(ordered))))


def test_its_facts_survive_their_own_format() -> None:
    for ordered in (amendment("fr"), amendment("fr", until=None)):
        assert Amendment.of(ordered.facts()) == ordered
    known = order_evidence(amendment("fr"))
    assert evidence_from(known.to_json()) == known


def test_its_seal_holds_and_a_flipped_bit_does_not(signer: Signer, tmp_path: Path) -> None:
    ordered = amendment("fr")
    known = order_evidence(ordered)
    pdf = seal_amendment(ordered, known, signer)
    assert pdf == seal_amendment(ordered, known, signer)
    assert verify(pdf, [signer.certificates]) == Verdict(True, True, known)
    assert verify(pdf[:2000] + bytes([pdf[2000] ^ 1]) + pdf[2001:], [signer.certificates]).whole is False
    file = tmp_path / "amendment.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdfsig", file], capture_output=True, check=False).stdout.decode()
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    for claim in (b"<pdfaid:part>3", b"<pdfaid:conformance>A", b"<pdfuaid:part>1"):
        assert claim in pdf


def test_two_amendments_are_two_files(signer: Signer) -> None:
    one, two = amendment("en"), amendment("en", number="A-2")
    files = [seal_amendment(each, order_evidence(each), signer) for each in (one, two)]
    assert files[0] != files[1]
