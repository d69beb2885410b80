"""What the table keeps of a person: every item that names their address, wherever it does."""

from typing import TYPE_CHECKING

from functions.onboarding.traces import names
from functions.shared.items import Items
from infra import reached

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def traces(client: "DynamoDBClient", table: str, email: str) -> Items:
    """Every item of the table that names the address, wherever it does; the whole table is read."""
    keyed = ((key, item, {**item, "PK": key.pk, "SK": key.sk}) for key, item in reached.items(client, table))
    return {key: item for key, item, whole in keyed if names(whole, email)}
