"""Restoring: a table that is lost comes back under a new name, whole, and the desk's functions work on it."""

from typing import Any

import boto3
import pytest

from functions.shared.cloud import Cloud
from functions.shared.session import person
from functions.shared.settings import Settings
from infra import restore
from tests.desk import Desk


def items(table: str) -> list[Any]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return sorted(
        (item for page in pages for item in page["Items"]), key=lambda item: (item["PK"]["S"], item["SK"]["S"])
    )


def store_on(desk: Desk, table: str) -> Any:
    """What the functions would read if their stack named that table."""
    environment: dict[str, str] = {**desk.cloud.stack.environment(), "TABLE": table}
    return Cloud(Settings.from_environment(environment)).store


def test_a_table_comes_back_as_it_was(desk: Desk) -> None:
    client = boto3.client("dynamodb")
    table = desk.cloud.stack.tables()[0]

    restore.restore_table(client, table, "restored-to-a-moment")

    assert items("restored-to-a-moment") == items(table)
    described = client.describe_table(TableName="restored-to-a-moment")["Table"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    expiry = client.describe_time_to_live(TableName="restored-to-a-moment")["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")
    recovery = client.describe_continuous_backups(TableName="restored-to-a-moment")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_deleted_table_comes_back_from_its_last_backup_and_is_worked_on(desk: Desk) -> None:
    client = boto3.client("dynamodb")
    restore.restore_table(client, desk.cloud.stack.tables()[0], "about-to-be-lost")
    before = items("about-to-be-lost")
    client.create_backup(TableName="about-to-be-lost", BackupName="as-dynamodb-makes-one")
    client.delete_table(TableName="about-to-be-lost")

    restore.restore_table(client, "about-to-be-lost", "restored-from-a-backup")

    assert items("restored-from-a-backup") == before
    found = store_on(desk, "restored-from-a-backup").query(
        person("camille.durand@example.com"), first="SUBSCRIPTION#", last="SUBSCRIPTION#~"
    )
    assert "SUBSCRIPTION#camille-active" in {key.sk for key, _ in found}


def test_what_never_was_cannot_come_back(cloud: Desk) -> None:
    with pytest.raises(restore.NothingToRestore):
        restore.restore_table(boto3.client("dynamodb"), "never-was", "restored")


def test_deleted_files_come_back_in_the_version_that_they_had(desk: Desk) -> None:
    client = boto3.client("s3")
    bucket = desk.cloud.stack.buckets()[0]
    for text in (b"one", b"two"):
        client.put_object(Bucket=bucket, Key="read/x.pdf", Body=text)
    client.delete_object(Bucket=bucket, Key="read/x.pdf")

    assert restore.undelete(client, bucket, "read/") == ["read/x.pdf"]
    assert client.get_object(Bucket=bucket, Key="read/x.pdf")["Body"].read() == b"two"
    assert restore.undelete(client, bucket, "read/") == []
