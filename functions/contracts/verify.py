"""Tells whether a file is a contract or an amendment that we sealed, whole and unchanged.

No PDF parser sees a stranger's file: the seal is found and checked by its bytes alone, in one pass over the file, and
only a file that our key vouches for, byte by byte, is then read as a PDF.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from asn1crypto.cms import ContentInfo  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader

from functions.contracts.document import EVIDENCE_FILE, Evidence, OrderEvidence, evidence_from

type Chain = Sequence[Certificate]
"""The seal's certificate, then its issuers'."""

# As pyHanko writes it; the range that is left out holds the CMS object as hexadecimal digits.
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,8}) (\d{1,8}) (\d{1,8})\]")
_LARGEST_GAP = 64 * 1024


@dataclass(frozen=True)
class Verdict:
    """`ours`: it bears a seal that we made. `whole`: and nothing was changed, added or taken away since."""

    ours: bool
    whole: bool
    evidence: Evidence | OrderEvidence | None = None
    """Of the signature, or of the order of an amendment, when the file is whole."""


_NOT_OURS = Verdict(ours=False, whole=False)


@dataclass(frozen=True)
class _Seal:
    start: int
    resume: int
    end: int
    digest: bytes
    """Of what was sealed."""


def verify(pdf: bytes, chains: Iterable[Chain]) -> Verdict:
    """Never raises, whatever the file. `chains` are our seals', past and present."""
    try:
        seal = _our_seal(pdf, chains)
        if seal is None:
            return _NOT_OURS
        sealed = hashlib.sha256(memoryview(pdf)[: seal.start])
        sealed.update(memoryview(pdf)[seal.resume : seal.end])
        if seal.end != len(pdf) or sealed.digest() != seal.digest:
            return Verdict(ours=True, whole=False)
        evidence = _evidence(pdf)
    except Exception:  # whatever a stranger's bytes provoke, it is no contract of ours
        return _NOT_OURS
    return Verdict(True, True, evidence)


def _our_seal(pdf: bytes, chains: Iterable[Chain]) -> _Seal | None:
    """The first seal in the file, if one of our keys made it."""
    found = _BYTE_RANGE.search(pdf)
    if found is None:
        return None
    start, resume, rest = map(int, found.groups())
    gap = pdf[start:resume]
    if not 2 < len(gap) <= _LARGEST_GAP:
        return None
    contents = bytes.fromhex(gap[1:-1].decode("ascii"))
    cms = ContentInfo.load(contents)
    padding = contents[len(cms.dump()) :]
    if gap != b"<%s>" % contents.hex().upper().encode() or padding.strip(b"\0"):
        return None
    (signer,) = cms["content"]["signer_infos"]
    attributes = signer["signed_attrs"]
    (digest,) = (one["values"][0].native for one in attributes if one["type"].native == "message_digest")
    embedded = {one.dump() for one in cms["content"]["certificates"]}
    for chain in chains:
        if embedded == {one.public_bytes(Encoding.DER) for one in chain} and _signed_by(
            chain[0], signer["signature"].native, attributes.untag().dump()
        ):
            return _Seal(start, resume, resume + rest, digest)
    return None


def _signed_by(certificate: Certificate, signature: bytes, message: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _evidence(pdf: bytes) -> Evidence | OrderEvidence:
    """From the file attached to a PDF whose every byte is known to be ours."""
    attached = (file.get_object() for file in PdfFileReader(BytesIO(pdf)).root["/AF"])
    (data,) = (file["/EF"]["/F"].data for file in attached if file["/UF"] == EVIDENCE_FILE)
    return evidence_from(data)
