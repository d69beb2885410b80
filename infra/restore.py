"""Brings a table back as it was, under a new name: `python -m infra.restore STAGE NEW_TABLE [--at TIME]`.

A table that was deleted is brought back from the backup that DynamoDB then keeps for 35 days. What a restored table
does not inherit (stream, expiry, recovery) is switched on again; nothing is ever written over.
"""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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


def main() -> None:
    """Restore a stage's table, and whatever of its contracts was deleted."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("name", help="what the restored table is called")
    parser.add_argument("--at", type=datetime.fromisoformat, help="a moment, such as 2026-11-26T09:00:00Z")
    parser.add_argument("--table", help="the lost table's name, when its stack no longer says it")
    asked = parser.parse_args()
    aws = Aws()
    outputs = aws.outputs(firm.read(asked.stage).stack(), REGION)
    at = asked.at.astimezone(UTC) if asked.at else None
    restore_table(aws.client("dynamodb", REGION), asked.table or outputs["TableName"], asked.name, at)
    back = undelete(aws.client("s3", REGION), outputs["ContractsName"], "") if "ContractsName" in outputs else []
    sys.stdout.write(f"{asked.name} is there; {len(back)} contracts are back\n")


if __name__ == "__main__":
    main()
