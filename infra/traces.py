"""What the table keeps of a person: every item that names their address, wherever it does."""

from typing import TYPE_CHECKING

from functions.onboarding.traces import names
from functions.shared.items import Items, Key
from functions.shared.store import plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def traces(client: "DynamoDBClient", table: str, email: str) -> Items:
    """Every item of the table that names the address, wherever it does; the whole table is read."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    found = {}
    for item in (item for page in pages for item in page["Items"]):
        attributes = {name: plain(value) for name, value in item.items()}
        if names(attributes, email):
            found[Key(attributes.pop("PK"), attributes.pop("SK"))] = attributes
    return found
