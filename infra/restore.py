"""Brings a stage's data back under new names: `python -m infra.restore STAGE NEW_TABLE [--at TIME]`.

A table that was deleted is brought back from the backup that DynamoDB then keeps for 35 days. What a restored table
does not inherit (stream, expiry, recovery) is switched on again. Contracts that were deleted come back where they are;
with `--from BACKUP --contracts NEW_BUCKET`, a bucket that is lost is copied from its replica, under the same locks.
Nothing is ever written over, and a second call finishes what the first could not.
"""

import argparse
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra import firm
from infra.cloudformation import Aws
from infra.firm import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class NothingToRestore(Exception):
    """There is neither the table nor a backup of it."""


def restore_table(client: "DynamoDBClient", table: str, name: str, at: datetime | None = None) -> None:
    """Restore to a moment of the last 35 days, or to the last second; a table that is gone, from its newest backup.

    Raises NothingToRestore, or botocore's TableAlreadyExistsException for a name that is taken.
    """
    try:
        client.describe_table(TableName=table)
    except client.exceptions.ResourceNotFoundException:
        backups = client.list_backups(TableName=table, BackupType="ALL")["BackupSummaries"]
        if not backups:
            raise NothingToRestore(table) from None
        newest = max(backups, key=lambda backup: backup["BackupCreationDateTime"])
        client.restore_table_from_backup(TargetTableName=name, BackupArn=newest["BackupArn"])
    else:
        if at is None:
            client.restore_table_to_point_in_time(
                SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True
            )
        else:
            client.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, RestoreDateTime=at)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 20, "MaxAttempts": 360})
    client.update_table(TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def undelete(client: "S3Client", bucket: str, prefix: str) -> list[str]:
    """Take away the delete markers of a versioned bucket under a prefix; returns the keys that are back."""
    back = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for marker in page.get("DeleteMarkers", ()):
            if marker["IsLatest"]:
                client.delete_object(Bucket=bucket, Key=marker["Key"], VersionId=marker["VersionId"])
                back.append(marker["Key"])
    return back


def make_bucket(client: "S3Client", name: str) -> None:
    """A bucket as template.yaml has it for contracts, unless it is there; it can lock files, locks none by itself."""
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": REGION},
            ObjectLockEnabledForBucket=True,
            ObjectOwnership="BucketOwnerEnforced",
        )
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    client.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def copy_versions(client: "S3Client", source: str, target: str) -> list[str]:
    """Copy every version of every file, the oldest first, each under the lock that it has; returns the keys.

    A file whose newest version is in the target already is left as it is.
    """
    there = _versions(client, target)
    copied = []
    for key, versions in _versions(client, source).items():
        if key in there and there[key][-1]["ETag"] == versions[-1]["ETag"]:
            continue
        for version in versions:
            _copy(client, source, target, key, version["VersionId"])
        copied.append(key)
    return copied


def _copy(client: "S3Client", source: str, target: str, key: str, version: str) -> None:
    """One version, its lock in the same call: no file is ever there without it."""
    kept = client.get_object(Bucket=source, Key=key, VersionId=version)
    lock: Any = {name: kept[name] for name in ("ObjectLockMode", "ObjectLockRetainUntilDate") if name in kept}
    client.put_object(
        Bucket=target,
        Key=key,
        Body=kept["Body"].read(),
        ContentType=kept["ContentType"],
        ChecksumAlgorithm="SHA256",
        **lock,
    )


def _versions(client: "S3Client", bucket: str) -> dict[str, list[Any]]:
    """The versions of each file that is not deleted, the oldest first."""
    found: dict[str, list[Any]] = {}
    deleted = set()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", ()):
            found.setdefault(version["Key"], []).append(version)
        deleted |= {marker["Key"] for marker in page.get("DeleteMarkers", ()) if marker["IsLatest"]}
    # A file's versions are listed with the newest first.
    return {key: versions[::-1] for key, versions in found.items() if key not in deleted}


def main() -> None:
    """Restore a stage's table, and whatever of its contracts was deleted or lost."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("name", help="what the restored table is called")
    parser.add_argument("--at", type=datetime.fromisoformat, help="a moment, such as 2026-11-26T09:00:00Z")
    parser.add_argument("--table", help="the lost table's name, when its stack no longer says it")
    parser.add_argument("--contracts", help="what the restored bucket of contracts is called")
    parser.add_argument("--from", dest="backup", help="the bucket that the lost contracts were replicated to")
    asked = parser.parse_args()
    if bool(asked.contracts) != bool(asked.backup):
        parser.error("--contracts and --from go together")
    aws = Aws()
    outputs = aws.of_deployed(firm.read(asked.stage).stack(), REGION)
    at = asked.at.astimezone(UTC) if asked.at else None
    restore_table(aws.client("dynamodb", REGION), asked.table or outputs["TableName"], asked.name, at)
    s3 = aws.client("s3", REGION)
    if asked.contracts:
        make_bucket(s3, asked.contracts)
        back = copy_versions(s3, asked.backup, asked.contracts)
    else:
        back = undelete(s3, outputs["ContractsName"], "") if "ContractsName" in outputs else []
    sys.stdout.write(f"{asked.name} is there; files of contracts that are back: {len(back)}\n")


if __name__ == "__main__":
    main()
