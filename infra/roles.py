"""Roles of an account: `python -m infra.roles dev|staging|prod EMAIL [staff|support] [--revoke]`.

`--forget-second-factor` takes away the second factor of somebody who has lost it, and ends their sessions: at their
next sign-in the password alone lets them set up a new one, so be sure that it is they who ask.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from functions.onboarding.factor import factor_key
from functions.onboarding.staff import member_key
from functions.shared.fields import normal_email
from functions.shared.session import PREFIX, account_key, person
from functions.shared.staff import STAFF
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
    where = account_key(normal_email(email))
    key = {"PK": {"S": where.pk}, "SK": {"S": where.sk}}
    account = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if account is None:
        raise NoSuchAccount(email)
    if role == STAFF and not revoke:
        # Before the role, so that nobody has it and is told nothing; who has it no more is told nothing either way.
        _note_member(client, table, where.pk, revoke=False)
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
    if role == STAFF and revoke:
        _note_member(client, table, where.pk, revoke=True)
    return roles


def _note_member(client: "DynamoDBClient", table: str, who: str, *, revoke: bool) -> None:
    """Who is told each morning what waits for the staff."""
    email = who.partition("#")[2]
    place = member_key(email)
    key = {"PK": {"S": place.pk}, "SK": {"S": place.sk}}
    if revoke:
        client.delete_item(TableName=table, Key=key)
    else:
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET email = :email, #version = if_not_exists(#version, :one)",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":email": {"S": email}, ":one": {"N": "1"}},
        )


def forget_second_factor(client: "DynamoDBClient", table: str, email: str) -> int:
    """Take the second factor away, then end every session; doing so again finishes what was cut short.

    Returns how many sessions were ended. Raises NoSuchAccount.
    """
    address = normal_email(email)
    where = account_key(address)
    if "Item" not in client.get_item(TableName=table, Key={"PK": {"S": where.pk}, "SK": {"S": where.sk}}):
        raise NoSuchAccount(email)
    factor = factor_key(address)
    client.delete_item(TableName=table, Key={"PK": {"S": factor.pk}, "SK": {"S": factor.sk}})
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="PK = :person AND begins_with(SK, :session)",
        ExpressionAttributeValues={":person": {"S": person(address)}, ":session": {"S": PREFIX}},
        ConsistentRead=True,
    )
    sessions = [item for page in pages for item in page["Items"]]
    for item in sessions:
        client.delete_item(TableName=table, Key={"PK": item["PK"], "SK": item["SK"]})
    return len(sessions)


def main() -> None:
    """Grant, revoke or forget, and say what there is then."""
    parser = argparse.ArgumentParser(prog="python -m infra.roles")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("email")
    parser.add_argument("role", choices=ROLES, nargs="?")
    parser.add_argument("--revoke", action="store_true")
    parser.add_argument("--forget-second-factor", action="store_true")
    asked = parser.parse_args()
    if not (asked.role or asked.forget_second_factor):
        parser.error("say a role, or --forget-second-factor")
    aws = Aws()
    table = aws.of_deployed(firm.read(asked.stage).stack(), REGION)["TableName"]
    client = aws.client("dynamodb", REGION)
    if asked.forget_second_factor:
        ended = forget_second_factor(client, table, asked.email)
        sys.stdout.write(f"{asked.email}: no second factor, {ended} sessions ended\n")
    if asked.role:
        roles = change(client, table, asked.email, asked.role, revoke=asked.revoke)
        sys.stdout.write(f"{asked.email}: {', '.join(roles) or 'no role'}\n")


if __name__ == "__main__":
    main()
