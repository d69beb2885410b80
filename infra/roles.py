"""Grants or takes away a role: `python -m infra.roles dev|staging|prod EMAIL staff|support [--revoke]`."""

import argparse
import sys
from typing import TYPE_CHECKING

from functions.shared.session import account_key
from infra import firm
from infra.cloudformation import Aws
from infra.firm import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROLES = ("staff", "support")


class NoSuchAccount(Exception):
    """Nobody has registered with that address."""


def change(client: "DynamoDBClient", table: str, email: str, role: str, *, revoke: bool = False) -> list[str]:
    """Grant or revoke; doing so again changes nothing. Returns the roles that the account has then.

    Raises NoSuchAccount, or botocore's ConditionalCheckFailedException when the account is changed meanwhile.
    """
    where = account_key(email.strip().casefold())
    key = {"PK": {"S": where.pk}, "SK": {"S": where.sk}}
    account = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if account is None:
        raise NoSuchAccount(email)
    had = [each["S"] for each in account["roles"]["L"]]
    roles = [each for each in had if each != role] + ([] if revoke else [role])
    if sorted(roles) != sorted(had):
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #roles = :roles ADD #version :one",
            ConditionExpression="#version = :read",
            ExpressionAttributeNames={"#roles": "roles", "#version": "version"},
            ExpressionAttributeValues={
                ":roles": {"L": [{"S": each} for each in roles]},
                ":one": {"N": "1"},
                ":read": account["version"],
            },
        )
    return roles


def main() -> None:
    """Grant or revoke, and say what the account has then."""
    parser = argparse.ArgumentParser(prog="python -m infra.roles")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("email")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--revoke", action="store_true")
    asked = parser.parse_args()
    aws = Aws()
    table = aws.outputs(firm.read(asked.stage).stack(), REGION)["TableName"]
    roles = change(aws.client("dynamodb", REGION), table, asked.email, asked.role, revoke=asked.revoke)
    sys.stdout.write(f"{asked.email}: {', '.join(roles) or 'no role'}\n")


if __name__ == "__main__":
    main()
