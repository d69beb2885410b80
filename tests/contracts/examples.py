"""A contract, its signature's evidence, and a seal whose key is held by a KMS, for the tests and the benchmarks."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import boto3
from cryptography.x509 import load_pem_x509_certificates

from functions.contracts.document import Amendment, Contract, Evidence, OrderEvidence
from functions.contracts.seal import Signer, kms_signature
from functions.shared.terms import CURRENT, sha256
from functions.shared.texts import Language, Texts
from infra.local.certificate import issue_test_chain

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

CONSENT = {
    "en": "I have read the contract and I sign it.",
    "fr": "J’ai lu le contrat et je le signe.",
}


def contract(language: Language, **changes: Any) -> Contract:
    """A subscription of five seats for a design office."""
    return replace(
        Contract(
            number="G-2026-000123",
            supplier="Guichet Software SAS, 12 rue des Ingénieurs, 69003 Lyon",
            company="Bureau d’études Martin & Fils",
            administrator="alice.martin@example.com",
            product="PROFIS Engineering",
            edition="premium",
            licence="individual",
            seats=5,
            start=date(2026, 12, 2),
            end=date(2027, 12, 1),
            unit_price=89900,
            terms_version=CURRENT,
            language=language,
            drawn_up=datetime(2026, 11, 24, 13, 30, tzinfo=UTC),
        ),
        **changes,
    )


def evidence(signed: Contract, read_pdf: bytes, **changes: Any) -> Evidence:
    """Its administrator signed half an hour later."""
    return replace(
        Evidence(
            contract_number=signed.number,
            signer="Alice Martin",
            account=signed.administrator,
            signed_at=datetime(2026, 11, 24, 14, 2, 3, 123456, tzinfo=UTC),
            ip="203.0.113.7",
            code_sent_to=signed.administrator,
            read_sha256=hashlib.sha256(read_pdf).hexdigest(),
            consent=CONSENT[signed.language],
            terms_version=signed.terms_version,
            terms_accepted_at=datetime(2026, 11, 24, 13, 0, tzinfo=UTC),
            terms_sha256=sha256(signed.terms_version, signed.language),
            sealed_at=datetime(2026, 11, 24, 14, 2, 5, 678901, tzinfo=UTC),
        ),
        **changes,
    )


def amendment(language: Language, **changes: Any) -> Amendment:
    """Three seats more from January."""
    return replace(
        Amendment(
            number="A-1",
            contract_number="G-2026-000123",
            supplier="Guichet Software SAS, 12 rue des Ingénieurs, 69003 Lyon",
            company="Bureau d’études Martin & Fils",
            product="PROFIS Engineering",
            edition="premium",
            licence="individual",
            kind="more",
            seats_before=5,
            seats=8,
            begins=date(2027, 1, 9),
            until=date(2027, 12, 1),
            end=date(2027, 12, 1),
            days=327,
            days_of_year=365,
            unit_price=89900,
            amount=241622,
            vat=48324,
            next_year=719200,
            language=language,
        ),
        **changes,
    )


def order_evidence(ordered: Amendment) -> OrderEvidence:
    """Its administrator ordered it."""
    return OrderEvidence(
        contract_number=ordered.contract_number,
        amendment=ordered.number,
        order="20270109-090000-ABCDEFGH",
        signer="alice.martin@example.com",
        signed_at=datetime(2027, 1, 9, 9, 0, 0, 123456, tzinfo=UTC),
        ip="203.0.113.7",
        consent=Texts(ordered.language)("orders.check.confirm"),
        terms_version="2026-09",
        sealed_at=datetime(2027, 1, 9, 9, 0, 5, tzinfo=UTC),
    )


@contextmanager
def aws() -> Iterator[Mapping[str, str]]:
    """An AWS in a process of its own, so that no other test's state is touched; yields the way there as environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield environment
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def key_service() -> Iterator["KMSClient"]:
    """A KMS."""
    with aws() as environment:
        yield boto3.client(
            "kms",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def seal_signer(kms: "KMSClient") -> Signer:
    """A new key in that KMS, with a certificate for it."""
    key = kms.create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    chain = issue_test_chain(kms.get_public_key(KeyId=key)["PublicKey"], "Guichet Software SAS")
    return Signer(tuple(load_pem_x509_certificates(chain)), kms_signature(kms, key))
