"""The seal's certificate: asked of an authority for a key that stays in KMS."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ExtendedKeyUsage, KeyUsage, load_pem_x509_csr

from functions.contracts.seal import kms_signature
from infra.seal_request import request
from tests.contracts.examples import key_service


def test_the_request_is_signed_by_the_key_itself() -> None:
    with key_service() as kms:
        key = kms.create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        public_key = kms.get_public_key(KeyId=key)["PublicKey"]
        asked = load_pem_x509_csr(request(public_key, kms_signature(kms, key), "Guichet Software SAS", "FR"))
    assert asked.is_signature_valid
    assert asked.subject.rfc4514_string() == "CN=Guichet Software SAS contracts,O=Guichet Software SAS,C=FR"
    assert asked.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public_key
    usage = asked.extensions.get_extension_for_class(KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    purposes = {one.dotted_string for one in asked.extensions.get_extension_for_class(ExtendedKeyUsage).value}
    assert purposes == {"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"}
