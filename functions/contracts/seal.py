"""Seals contracts and amendments: a certifying PAdES signature (ETSI EN 319 142-1) that allows no change afterwards."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from asn1crypto.algos import SignedDigestAlgorithm  # type: ignore[import-untyped]
from asn1crypto.x509 import Certificate as Asn1Certificate  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from functions.contracts.document import Amendment, Contract, Evidence, OrderEvidence
from functions.contracts.render import render_amendment, render_signed
from functions.shared.texts import Texts

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# Room for the CMS object as hexadecimal digits: about 4 KiB of certificates and attributes, and a timestamp if any.
_ROOM = 2 * 8 * 1024
_ROOM_WITH_TIMESTAMP = 2 * 24 * 1024


@dataclass(frozen=True)
class Signer:
    """Who seals."""

    certificates: tuple[Certificate, ...]
    """The seal's own, then its issuers'."""
    sign: Callable[[bytes], bytes]
    """RSASSA-PKCS1-v1_5 with SHA-256 over these bytes: the same bytes, the same signature."""
    timestamper: TimeStamper | None = None
    """With one, the seal is PAdES B-T, and no two are the same."""


def kms_signature(kms: "KMSClient", key_id: str) -> Callable[[bytes], bytes]:
    """Signing with a key that never leaves KMS."""

    def sign(message: bytes) -> bytes:
        return kms.sign(KeyId=key_id, Message=message, MessageType="RAW", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")[
            "Signature"
        ]

    return sign


def seal(contract: Contract, evidence: Evidence, read_pdf: bytes, signer: Signer) -> bytes:
    """The final file. Without a timestamper the same arguments give the same bytes.

    Raises ValueError when the evidence is of another file than the one that was read.
    """
    if hashlib.sha256(read_pdf).hexdigest() != evidence.read_sha256:
        raise ValueError("the evidence is of another file")
    texts = Texts(contract.language)
    pdf = render_signed(contract, evidence, read_pdf)
    return _sealed(pdf, evidence.sealed_at, texts("contract.evidence.reason"), texts, signer)


def seal_amendment(amendment: Amendment, evidence: OrderEvidence, signer: Signer) -> bytes:
    """The final file of an amendment. Without a timestamper the same arguments give the same bytes."""
    texts = Texts(amendment.language)
    pdf = render_amendment(amendment, evidence)
    return _sealed(pdf, evidence.sealed_at, texts("amendment.evidence.reason"), texts, signer)


def _sealed(pdf: bytes, sealed_at: datetime, reason: str, texts: Texts, signer: Signer) -> bytes:
    writer = _Writer(BytesIO(pdf))
    embedding = cms_embedder.PdfCMSEmbedder(
        SigFieldSpec(
            "Seal",
            # Outside the page: an untagged field inside it would break PDF/UA, a hidden one PDF/A.
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
            readable_field_name=texts("contract.evidence.field"),
        )
    ).write_cms("Seal", writer)
    next(embedding)
    embedding.send(
        cms_embedder.SigObjSetup(
            SignatureObject(
                timestamp=sealed_at,
                subfilter=SigSeedSubFilter.PADES,
                reason=reason,
                bytes_reserved=_ROOM_WITH_TIMESTAMP if signer.timestamper else _ROOM,
            ),
            cms_embedder.SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES),
        )
    )
    prepared, output = embedding.send(cms_embedder.SigIOSetup("sha256"))
    embedding.send(asyncio.run(_cms(signer, prepared.document_digest)))
    sealed: bytes = output.getvalue()
    return sealed


async def _cms(signer: Signer, digest: bytes) -> Any:
    return await _CmsSigner(signer).async_sign(digest, "sha256", use_pades=True, timestamper=signer.timestamper)


class _CmsSigner(signers.Signer):
    def __init__(self, signer: Signer) -> None:
        own, *issuers = (Asn1Certificate.load(one.public_bytes(Encoding.DER)) for one in signer.certificates)
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        for issuer in issuers:
            registry.register(issuer)
        super().__init__(
            signing_cert=own,
            cert_registry=registry,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )
        self._sign = signer.sign

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._sign(data)


class _Writer(IncrementalPdfFileWriter):
    """Adds nothing of its own, so that sealing is repeatable: no time of writing, no random identifier."""

    def _update_meta(self) -> None:
        pass

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> ArrayObject:
        original, _random = super()._handle_id(prev)  # type: ignore[no-untyped-call]
        return ArrayObject([original, ByteStringObject(hashlib.sha256(original).digest()[:16])])
