"""Asks an authority for the seal's certificate: `python -m infra.seal_request KEY_ID ORGANISATION COUNTRY > seal.csr`.

The request (PKCS #10) is signed by the key itself, which never leaves KMS.
"""

import sys
from collections.abc import Callable

import boto3
from asn1crypto import csr, keys, pem, x509  # type: ignore[import-untyped]

from functions.contracts.seal import kms_signature

# id-kp-documentSigning, RFC 9336; emailProtection is for readers that know nothing of it.
_PURPOSES = ["1.3.6.1.5.5.7.3.36", "email_protection"]


def request(public_key: bytes, sign: Callable[[bytes], bytes], organisation: str, country: str) -> bytes:
    """The request in PEM, for a public key in DER and its signature (RSASSA-PKCS1-v1_5 with SHA-256)."""
    subject = {"country_name": country, "organization_name": organisation, "common_name": f"{organisation} contracts"}
    extensions = [
        {
            "extn_id": "key_usage",
            "critical": True,
            "extn_value": x509.KeyUsage({"digital_signature", "non_repudiation"}),
        },
        {"extn_id": "extended_key_usage", "critical": False, "extn_value": x509.ExtKeyUsageSyntax(_PURPOSES)},
    ]
    asked = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build(subject),
            "subject_pk_info": keys.PublicKeyInfo.load(public_key),
            "attributes": [{"type": "extension_request", "values": [extensions]}],
        }
    )
    signed = csr.CertificationRequest(
        {
            "certification_request_info": asked,
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": sign(asked.dump()),
        }
    )
    written: bytes = pem.armor("CERTIFICATE REQUEST", signed.dump())
    return written


def main(key_id: str, organisation: str, country: str) -> None:
    """Write the request to standard output."""
    kms = boto3.client("kms")
    public_key = kms.get_public_key(KeyId=key_id)["PublicKey"]
    sys.stdout.write(request(public_key, kms_signature(kms, key_id), organisation, country).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
