"""The contract that the administrator reads before signing."""

import subprocess
import sys
from pathlib import Path

import pytest

from functions.contracts.render import render
from functions.shared.terms import CURRENT, sha256, terms
from functions.shared.texts import LANGUAGES, Language
from tests.contracts.examples import contract


def text_of(pdf: bytes, *options: str) -> str:
    """What a reader can select and a screen reader says."""
    return subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def unbroken(text: str) -> str:
    """Without what a line's end adds or takes away."""
    return "".join(text.replace("-", "").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_states_the_subscription_in_the_readers_language(language: Language) -> None:
    text = text_of(render(contract(language)), "-layout")
    said = {
        "en": ("Subscription contract", "5 seats", "from 2 December 2026 to 1 December 2027", "€4,495.00"),
        "fr": ("Contrat d’abonnement", "5 places", "du 2 décembre 2026", "4495,00€"),
    }[language]
    for words in (*said, "G-2026-000123", "Bureau d’études Martin & Fils", "alice.martin@example.com"):
        assert unbroken(words) in unbroken(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terms_are_part_of_it_and_named_by_version_and_hash(language: Language) -> None:
    text = text_of(render(contract(language)))
    assert CURRENT in text
    assert sha256(CURRENT, language) in text
    for paragraph in terms(CURRENT, language).split("\n\n"):
        assert unbroken(paragraph.lstrip("# ")) in unbroken(text)


@pytest.mark.parametrize("licence", ["individual", "floating"])
@pytest.mark.parametrize("seats", [1, 2, 999])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_licence_can_be_set(language: Language, seats: int, licence: str) -> None:
    assert str(seats) in text_of(render(contract(language, licence=licence, seats=seats)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_pdf_a_3_and_pdf_ua_1(language: Language, tmp_path: Path) -> None:
    pdf = render(contract(language))
    for claim in (b"<pdfaid:part>3", b"<pdfaid:conformance>A", b"<pdfuaid:part>1"):
        assert claim in pdf
    file = tmp_path / "contract.pdf"
    file.write_bytes(pdf)
    facts = subprocess.run(["pdfinfo", file], capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in facts
    structure = subprocess.run(["pdfinfo", "-struct", file], capture_output=True, check=True).stdout.decode("latin-1")
    for element in ("H1", "H2", "Table", "TH", "TD"):
        assert element in structure


def test_only_our_own_fonts_are_in_it(tmp_path: Path) -> None:
    file = tmp_path / "contract.pdf"
    file.write_bytes(render(contract("fr")))
    listed = subprocess.run(["pdffonts", file], capture_output=True, check=True).stdout.decode().splitlines()[2:]
    assert {line.split("+")[1].split("-")[0] for line in listed} == {"BricolageGrotesque", "Figtree"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_contract_is_the_same_file_in_any_process(language: Language) -> None:
    again = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from tests.contracts.examples import contract\n"
            "from functions.contracts.render import render\n"
            "sys.stdout.buffer.write(render(contract(sys.argv[1])))",
            language,
        ],
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"},
    ).stdout
    assert again == render(contract(language)) == render(contract(language))


def test_markup_in_a_name_is_only_a_name() -> None:
    name = '#pagebreak() *A* $x$ "B" \\ <C> // D'
    assert name in text_of(render(contract("en", company=name)))


def test_the_longest_names_stay_on_the_page() -> None:
    long = contract("fr", company="W" * 120, administrator=f"{'w' * 64}@{'w' * 60}.{'w' * 60}.{'w' * 60}.example.com")
    boxes = text_of(render(long), "-bbox")
    right_edges = [float(line.split('xMax="')[1].split('"')[0]) for line in boxes.splitlines() if "<word" in line]
    assert max(right_edges) < 595 - 60
