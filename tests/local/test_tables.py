"""Moto's tables as they are made quick: bytes, sizes and what was read stay as DynamoDB has them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.desk import Desk

KEY: dict[str, Any] = {"PK": {"S": "QUICK"}, "SK": {"S": "ONE"}}


@pytest.fixture
def table(desk: Desk) -> dict[str, Any]:
    [name] = desk.cloud.stack.tables()
    return {"TableName": name}


def test_bytes_come_back_as_they_were(desk: Desk, table: dict[str, Any]) -> None:
    client = desk.cloud.stack.client("dynamodb")
    kept: dict[str, Any] = KEY | {"some": {"B": b"\x00\xff"}, "more": {"BS": [b"a"]}, "is": {"BOOL": True}}
    client.put_item(Item=kept, **table)
    assert client.get_item(Key=KEY, **table)["Item"] == kept


def test_an_item_that_is_too_large_is_refused(desk: Desk, table: dict[str, Any]) -> None:
    client = desk.cloud.stack.client("dynamodb")
    client.put_item(Item=KEY | {"text": {"S": "x" * 390_000}}, **table)
    with pytest.raises(ClientError, match=r"ValidationException.*size"):
        client.put_item(Item=KEY | {"text": {"S": "x" * 390_000}, "more": {"S": "x" * 20_000}}, **table)


def test_a_query_measures_what_an_update_has_made_of_an_item(desk: Desk, table: dict[str, Any]) -> None:
    client = desk.cloud.stack.client("dynamodb")
    asked: dict[str, Any] = {"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": {":pk": KEY["PK"]}}
    for number in range(4):
        client.put_item(Item={**KEY, "SK": {"S": str(number)}}, **table)
    assert len(client.query(**asked, **table)["Items"]) == 4
    for number in range(4):
        client.update_item(
            Key={**KEY, "SK": {"S": str(number)}},
            UpdateExpression="SET words = :words",
            ExpressionAttributeValues={":words": {"S": "x" * 380_000}},
            **table,
        )
    # A page of an answer holds a megabyte.
    assert len(client.query(**asked, **table)["Items"]) == 2
