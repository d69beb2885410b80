"""Restoring: a table that is lost comes back under a new name, whole, and the desk's functions work on it."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

import boto3
import httpx
import pytest

from functions.shared.cloud import Cloud
from functions.shared.session import person
from functions.shared.settings import Settings
from infra import restore
from infra.cloudformation import Aws
from infra.local.aws import Call
from infra.local.deliveries import StreamMapping
from infra.local.policies import Grant
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


# ---- all is lost ---------------------------------------------------------------------------------------------------

CAMILLE, NEW = "camille.durand@example.com", "nora.blum@example.com"
SIGNED = "camille-active"


@dataclass(frozen=True)
class Restored:
    """The names under which all is back, and every call that the desk makes from then on."""

    table: str
    contracts: str
    calls: list[Call]


@pytest.fixture
def restored(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Restored:
    """The functions know what was restored alone; a contract was sealed before all was lost."""
    camille = desk.client(CAMILLE)
    camille.get(f"/api/subscriptions/{SIGNED}/contract")
    desk.settle()
    assert camille.get(f"/api/subscriptions/{SIGNED}/contract").json()["signed"]
    environment = desk.cloud.stack.environment()
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    name = uuid.uuid4().hex
    table, contracts, backup = f"table-{name}", f"contracts-{name}", f"backup-{name}"

    # What S3's replication has done by then, and DynamoDB's backup of a table that is deleted.
    restore.make_bucket(s3, backup)
    restore.copy_versions(s3, environment["CONTRACTS"], backup)
    restore.restore_table(dynamodb, environment["TABLE"], f"lost-{name}")
    dynamodb.create_backup(TableName=f"lost-{name}", BackupName="as-dynamodb-makes-one")
    dynamodb.delete_table(TableName=f"lost-{name}")

    restore.restore_table(dynamodb, f"lost-{name}", table)
    restore.make_bucket(s3, contracts)
    assert f"sealed/{SIGNED}.pdf" in restore.copy_versions(s3, backup, contracts)

    cloud = Cloud(Settings.from_environment({**os.environ, "TABLE": table, "CONTRACTS": contracts}))
    functions = desk.cloud.functions
    handlers = {
        name: import_module(function.handler.rpartition(".")[0]).create(cloud)
        for name, function in functions.by_name.items()
    }
    monkeypatch.setattr(functions, "_handlers", handlers)
    # Once the stack has taken them in, its grants name them, and what is lost no more.
    names = {environment["TABLE"]: table, environment["CONTRACTS"]: contracts}
    monkeypatch.setattr(desk.cloud.policies, "grants", [*renamed(desk.cloud.policies.grants, names)])
    calls: list[Call] = []
    desk.cloud.aws.watch(calls.append)
    return Restored(table, contracts, calls)


def renamed(grants: Iterable[Grant], names: Mapping[str, str]) -> Iterator[Grant]:
    """The same grants on other tables and buckets."""
    for grant in grants:
        for lost, found in names.items():
            grant = replace(grant, resource=grant.resource.replace(lost, found))
        yield grant


def deliver(desk: Desk, table: str) -> None:
    """What the restored table's stream holds, to the worker that sends e-mails."""
    name = "NotificationsFunction"
    [mapping] = [event for event in desk.cloud.functions.by_name[name].events.values() if event["Type"] == "DynamoDB"]
    source = desk.cloud.aws.stream(table)
    invoke = partial(desk.cloud.functions.invoke, name)
    stream = StreamMapping(mapping["Properties"], "worker", source, invoke, None, lambda seconds: None)
    assert stream.has_work()
    while stream.has_work():
        stream.work()


def test_all_is_lost_and_customers_go_on_with_what_was_restored(desk: Desk, restored: Restored) -> None:
    camille = desk.client().sign_in(CAMILLE)

    added = camille.post(f"/api/subscriptions/{SIGNED}/users", {"email": NEW})
    assert added.status_code == 201, added.text
    shown = camille.get(f"/api/subscriptions/{SIGNED}/users").json()["items"]
    assert NEW in {user["email"] for user in shown}
    deliver(desk, restored.table)
    assert [mail.to for mail in desk.cloud.mails() if mail.to == NEW] == [NEW]

    contract = camille.get(f"/api/subscriptions/{SIGNED}/contract").json()
    assert contract["signed"]
    assert restored.contracts in contract["url"]
    pdf = httpx.get(contract["url"]).content
    assert hashlib.sha256(pdf).hexdigest() == contract["sha256"]
    verdict = desk.client().call(
        "POST", "/api/contracts/verification", content=pdf, headers={"Content-Type": "application/pdf"}
    )
    assert {name: verdict.json()[name] for name in ("ours", "whole")} == {"ours": True, "whole": True}

    lost = desk.cloud.stack.environment()
    made = [call for call in restored.calls if call.service in ("dynamodb", "s3")]
    assert {call.service for call in made} == {"dynamodb", "s3"}
    assert not [call for call in made if lost["TABLE"].encode() in call.body or lost["CONTRACTS"] in call.path]


def test_a_contract_is_as_locked_as_it_was(desk: Desk, restored: Restored) -> None:
    client, key = boto3.client("s3"), f"sealed/{SIGNED}.pdf"
    lost = client.head_object(Bucket=desk.cloud.stack.environment()["CONTRACTS"], Key=key)
    back = client.head_object(Bucket=restored.contracts, Key=key)
    for name in ("ObjectLockMode", "ObjectLockRetainUntilDate", "ContentType", "ContentLength"):
        assert back[name] == lost[name]
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=restored.contracts, Key=key, VersionId=back["VersionId"])


def test_copying_goes_on_where_it_was_cut_short_and_brings_no_deleted_file_back(cloud: Desk) -> None:
    client, name = boto3.client("s3"), uuid.uuid4().hex
    source, target = f"source-{name}", f"target-{name}"
    for bucket in (source, target, target):
        restore.make_bucket(client, bucket)
    for key, text in (("a", b"one"), ("a", b"two"), ("b", b"three"), ("gone", b"four")):
        client.put_object(Bucket=source, Key=key, Body=text)
    client.delete_object(Bucket=source, Key="gone")
    client.put_object(Bucket=target, Key="b", Body=b"three")

    assert restore.copy_versions(client, source, target) == ["a"]
    assert restore.copy_versions(client, source, target) == []

    kept = client.list_object_versions(Bucket=target)["Versions"]
    assert sorted(version["Key"] for version in kept) == ["a", "a", "b"]
    assert client.get_object(Bucket=target, Key="a")["Body"].read() == b"two"


def test_the_command_brings_both_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, environment = uuid.uuid4().hex, desk.cloud.stack.environment()
    outputs = {"TableName": environment["TABLE"], "ContractsName": environment["CONTRACTS"]}
    monkeypatch.setattr(Aws, "outputs", lambda aws, stack, region: outputs)
    words = ["dev", f"table-{name}", "--contracts", f"contracts-{name}", "--from", environment["CONTRACTS"]]
    monkeypatch.setattr("sys.argv", ["infra.restore", *words])

    restore.main()

    assert capsys.readouterr().out == f"table-{name} is there; files of contracts that are back: 1\n"
    assert items(f"table-{name}") == items(environment["TABLE"])
    assert boto3.client("s3").head_object(Bucket=f"contracts-{name}", Key="seals/local.pem")
    monkeypatch.setattr("sys.argv", ["infra.restore", *words[:4]])
    with pytest.raises(SystemExit):
        restore.main()
