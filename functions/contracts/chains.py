"""The certificates of the seal, past and present: one PEM chain an object, kept beside the contracts."""

from typing import TYPE_CHECKING

from cryptography.x509 import load_pem_x509_certificates

from functions.contracts.verify import Chain

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "seals/"


def chains(files: "S3Client", bucket: str) -> list[Chain]:
    """In the order of their names; the last is the one to seal with. An object holds the seal's, then its issuers'."""
    listed = files.list_objects_v2(Bucket=bucket, Prefix=PREFIX).get("Contents", [])
    return [
        load_pem_x509_certificates(files.get_object(Bucket=bucket, Key=name)["Body"].read())
        for name in sorted(one["Key"] for one in listed)
    ]
