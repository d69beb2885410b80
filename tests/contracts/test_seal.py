"""The sealed contract: what other people's tools, and ours, say of it and of every change to it."""

import hashlib
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys  # type: ignore[import-untyped]
from asn1crypto.x509 import Certificate as Asn1Certificate  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import load_pem_x509_certificates
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from functions.contracts.document import EVIDENCE_FILE, READ_FILE, evidence_from
from functions.contracts.render import render
from functions.contracts.seal import Signer, seal
from functions.contracts.verify import Verdict, verify
from functions.shared.texts import LANGUAGES, Language
from infra.local.certificate import issue_test_chain
from tests.contracts.examples import contract, evidence, key_service, seal_signer
from tests.contracts.test_render import text_of

NOT_OURS = Verdict(ours=False, whole=False)
ALTERED = Verdict(ours=True, whole=False)


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    with key_service() as kms:
        yield seal_signer(kms)


@pytest.fixture(scope="module")
def sealed(signer: Signer) -> dict[Language, bytes]:
    return {language: sealed_in(language, signer) for language in LANGUAGES}


def sealed_in(language: Language, signer: Signer) -> bytes:
    read = render(contract(language))
    return seal(contract(language), evidence(contract(language), read), read, signer)


def pdfsig(pdf: bytes, folder: Path) -> str:
    file = folder / "contract.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdfsig", file], capture_output=True, check=False).stdout.decode()


def gap(pdf: bytes) -> tuple[int, int]:
    """Where the seal itself stands: the only bytes that it does not cover."""
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    _, start, resume, _ = signature.byte_range
    return int(start), int(resume)


@pytest.mark.parametrize("language", LANGUAGES)
class TestASealedContract:
    def test_poppler_finds_it_valid_and_wholly_signed(
        self, sealed: dict[Language, bytes], language: Language, tmp_path: Path
    ) -> None:
        said = pdfsig(sealed[language], tmp_path)
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        assert "ETSI.CAdES.detached" in said

    def test_pyhanko_finds_it_certified_covering_the_entire_file(
        self, sealed: dict[Language, bytes], language: Language, signer: Signer
    ) -> None:
        (signature,) = PdfFileReader(BytesIO(sealed[language])).embedded_signatures
        authority = Asn1Certificate.load(signer.certificates[-1].public_bytes(Encoding.DER))
        status = validate_pdf_signature(signature, ValidationContext(trust_roots=[authority]))
        assert status.bottom_line
        assert status.trusted
        assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        assert signature.docmdp_level is MDPPerm.NO_CHANGES
        assert "/DocMDP" in PdfFileReader(BytesIO(sealed[language])).root["/Perms"]

    def test_we_say_who_signed_and_when(
        self, sealed: dict[Language, bytes], language: Language, signer: Signer
    ) -> None:
        known = evidence(contract(language), render(contract(language)))
        assert verify(sealed[language], [signer.certificates]) == Verdict(True, True, known)

    def test_its_pages_hold_the_signer_the_hash_and_the_seats(
        self, sealed: dict[Language, bytes], language: Language
    ) -> None:
        text = text_of(sealed[language], "-layout")
        read = render(contract(language))
        known = evidence(contract(language), read)
        seats = {"en": "5 seats", "fr": "5 places"}[language]
        for fact in (
            known.signer,
            known.account,
            known.ip,
            known.read_sha256,
            known.terms_sha256,
            known.consent,
            seats,
        ):
            assert fact in text

    def test_it_carries_the_very_file_that_was_read_and_the_evidence(
        self, sealed: dict[Language, bytes], language: Language
    ) -> None:
        with pikepdf.open(BytesIO(sealed[language])) as pdf:
            read, data = pdf.attachments[READ_FILE], pdf.attachments[EVIDENCE_FILE]
            assert read.get_file().read_bytes() == render(contract(language))
            assert str(read.obj.AFRelationship) == "/Source"
            assert evidence_from(data.get_file().read_bytes()) == evidence(
                contract(language), render(contract(language))
            )

    def test_it_stays_pdf_a_3_and_pdf_ua_1(self, sealed: dict[Language, bytes], language: Language) -> None:
        for claim in (b"<pdfaid:part>3", b"<pdfaid:conformance>A", b"<pdfuaid:part>1"):
            assert claim in sealed[language]
        with pikepdf.open(BytesIO(sealed[language])) as pdf:
            (field,) = pdf.Root.AcroForm.Fields
            # ISO 14289-1, 7.18: a field has a name to be read aloud; ISO 19005-3, 6.3.2: it is printed and not hidden.
            assert str(field.TU)
            assert int(field.F) & 0b111 == 0b100
            assert all(float(edge) < 0 for edge in field.Rect)

    def test_sealing_again_gives_the_same_bytes(
        self, sealed: dict[Language, bytes], language: Language, signer: Signer
    ) -> None:
        assert sealed_in(language, signer) == sealed[language]


def test_a_flipped_bit_is_refused_wherever_it_is(sealed: dict[Language, bytes], signer: Signer) -> None:
    whole = sealed["fr"]
    start, resume = gap(whole)
    chance = random.Random(20261124)
    for place in chance.sample([*range(start), *range(resume, len(whole))], 100):
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        assert not verify(bytes(changed), [signer.certificates]).whole, place


def test_an_appended_revision_is_refused(sealed: dict[Language, bytes], signer: Signer, tmp_path: Path) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sealed["en"]))
    writer.root[pdf_name("/Lang")] = pdf_string("de")
    writer.update_root()  # type: ignore[no-untyped-call]
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    appended = output.getvalue()
    assert appended.startswith(sealed["en"])
    assert verify(appended, [signer.certificates]) == ALTERED
    # The trap that our own check must not fall into: poppler still finds the signature valid.
    said = pdfsig(appended, tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" not in said


def test_a_missing_end_and_an_added_byte_are_refused(sealed: dict[Language, bytes], signer: Signer) -> None:
    for altered in (sealed["en"][:-1], sealed["en"] + b"\n"):
        assert verify(altered, [signer.certificates]) == ALTERED


def test_a_seal_moved_to_another_contract_is_refused(sealed: dict[Language, bytes], signer: Signer) -> None:
    start, resume = gap(sealed["en"])
    other = seal(
        contract("en", seats=6),
        evidence(contract("en"), render(contract("en"))),
        render(contract("en")),
        replace(signer, sign=lambda message: b"\0" * 384),
    )
    moved_start, moved_resume = gap(other)
    moved = other[:moved_start] + sealed["en"][start:resume] + other[moved_resume:]
    assert verify(moved, [signer.certificates]) == ALTERED
    assert verify(other, [signer.certificates]) == NOT_OURS


def test_another_key_with_the_same_names_is_not_ours(sealed: dict[Language, bytes]) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    stranger = load_pem_x509_certificates(issue_test_chain(der, "Guichet Software SAS"))
    assert verify(sealed["en"], [stranger]) == NOT_OURS


def test_a_seal_of_the_past_is_still_ours(sealed: dict[Language, bytes], signer: Signer) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    newer = load_pem_x509_certificates(issue_test_chain(der, "Guichet Software SAS"))
    assert verify(sealed["en"], [newer, signer.certificates]).whole


def test_evidence_of_another_file_is_never_sealed(signer: Signer) -> None:
    read = render(contract("en"))
    with pytest.raises(ValueError, match="another file"):
        seal(contract("en"), evidence(contract("en"), read + b" "), read, signer)


def test_a_timestamp_service_makes_it_b_t(signer: Signer, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    (certificate, *_) = load_pem_x509_certificates(issue_test_chain(der, "Time Stamps"))
    timestamper = DummyTimeStamper(
        Asn1Certificate.load(certificate.public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )
    stamped = sealed_in("en", replace(signer, timestamper=timestamper))
    (signature,) = PdfFileReader(BytesIO(stamped)).embedded_signatures
    assert [one["type"].native for one in signature.signer_info["unsigned_attrs"]] == ["signature_time_stamp_token"]
    assert verify(stamped, [signer.certificates]).whole
    assert "Signature is Valid" in pdfsig(stamped, tmp_path)


def encrypted(pdf: bytes) -> bytes:
    output = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(output, encryption=pikepdf.Encryption(owner="o", user="u"))
    return output.getvalue()


HOSTILE = {
    "nothing": b"",
    "not a PDF": b"hello",
    "a bare header": b"%PDF-1.7\n",
    "ten million zeros": bytes(10_000_000),
    "a cross-reference table beyond all bounds": b"%PDF-1.7\nxref\n0 99999999\nstartxref\n9\n%%EOF",
    "a page tree that is its own child": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\n"
    b"trailer<</Root 1 0 R/Prev 0>>startxref\n0\n%%EOF",
    "a million open brackets": b"%PDF-1.7\n" + b"[" * 1_000_000,
    "ranges without end": b"/ByteRange [0 99999999 99999999 99999999]",
    "ranges that overlap": b"/ByteRange [0 40 2 5] " + b"<00>" * 20,
    "many ranges": b"/ByteRange [0 5 9 1]" * 500_000,
    "digits that are none": b"/ByteRange [0 27 37 0]     <zzzzzzzz>",
    "nested ASN.1": b"/ByteRange [0 25 60025 0]<" + b"3080" * 15_000 + b">",
    "a length of four gigabytes": b"/ByteRange [0 24 38 0]  <3084ffffffff>",
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_not_ours_and_costs_little(file: bytes, signer: Signer) -> None:
    began = time.process_time()
    assert verify(file, [signer.certificates]) == NOT_OURS
    assert time.process_time() - began < 1


def test_an_unsealed_or_encrypted_contract_is_not_ours(sealed: dict[Language, bytes], signer: Signer) -> None:
    for file in (render(contract("en")), encrypted(sealed["en"])):
        assert verify(file, [signer.certificates]) == NOT_OURS


def test_any_truncation_is_refused(sealed: dict[Language, bytes], signer: Signer) -> None:
    for length in range(0, len(sealed["en"]), 997):
        assert not verify(sealed["en"][:length], [signer.certificates]).whole


def test_the_evidence_survives_its_own_format() -> None:
    known = evidence(contract("fr"), b"", signer='Zoë "Z" Łukasz\\')
    assert evidence_from(known.to_json()) == known
    assert hashlib.sha256(b"").hexdigest() in known.to_json().decode()
