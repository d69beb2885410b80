"""Policies: what IAM would allow, and which grants anything needs."""

from typing import Any

import pytest

from infra.local.actions import Ask
from infra.local.policies import Grant, Policies, grants

TABLE = "arn:aws:dynamodb:eu-west-3:123456789012:table/desk-Table"
BUCKET = "arn:aws:s3:::desk-papers"


def policies(*statements: dict[str, Any]) -> Policies:
    return Policies(grants("F", {"Statement": [{"Effect": "Allow", **statement} for statement in statements]}))


@pytest.mark.parametrize(
    ("action", "resource", "asked", "of", "is_allowed"),
    [
        ("dynamodb:GetItem", TABLE, "dynamodb:GetItem", TABLE, True),
        ("dynamodb:getitem", TABLE, "dynamodb:GetItem", TABLE, True),
        ("dynamodb:GetItem", TABLE, "dynamodb:PutItem", TABLE, False),
        ("dynamodb:GetItem", TABLE, "dynamodb:GetItem", f"{TABLE}2", False),
        ("dynamodb:*Item", TABLE, "dynamodb:PutItem", TABLE, True),
        ("dynamodb:*Item", TABLE, "dynamodb:Query", TABLE, False),
        ("s3:GetObject", f"{BUCKET}/papers/*", "s3:GetObject", f"{BUCKET}/papers/A-1/card", True),
        ("s3:GetObject", f"{BUCKET}/papers/*", "s3:GetObject", f"{BUCKET}/quarantine/papers/card", False),
        ("s3:GetObject", f"{BUCKET}/papers/*", "s3:GetObjectVersion", f"{BUCKET}/papers/card", False),
        ("s3:GetObject", f"{BUCKET}/a?c", "s3:GetObject", f"{BUCKET}/abc", True),
        ("s3:GetObject", f"{BUCKET}/a.c", "s3:GetObject", f"{BUCKET}/abc", False),
        ("s3:GetObject", f"{BUCKET}/[ab]", "s3:GetObject", f"{BUCKET}/a", False),
    ],
)
def test_what_a_grant_covers(action: str, resource: str, asked: str, of: str, is_allowed: bool) -> None:
    found = policies({"Action": action, "Resource": resource})
    assert (not found.refused("F", [Ask(asked, (of,))])) is is_allowed
    assert found.refused("G", [Ask(asked, (of,))]), "it is another's"


@pytest.mark.parametrize(
    ("condition", "context", "is_allowed"),
    [
        ({"StringLike": {"s3:prefix": "seals/*"}}, {"s3:prefix": "seals/2026"}, True),
        ({"StringLike": {"s3:prefix": "seals/*"}}, {"s3:prefix": "sealed/"}, False),
        ({"StringLike": {"s3:prefix": ["a/*", "b/*"]}}, {"s3:prefix": "b/c"}, True),
        ({"StringEquals": {"s3:prefix": "seals/*"}}, {"s3:prefix": "seals/2026"}, False),
        ({"StringEquals": {"s3:prefix": "seals/"}}, {"s3:prefix": "seals/"}, True),
        ({"StringEquals": {"s3:prefix": "seals/"}}, {}, False),
        ({"StringLike": {"s3:prefix": "*", "ses:FromAddress": "*"}}, {"s3:prefix": "a"}, False),
    ],
)
def test_a_condition_must_hold(condition: Any, context: dict[str, str], is_allowed: bool) -> None:
    found = policies({"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": condition})
    assert (not found.refused("F", [Ask("s3:ListBucket", (BUCKET,), context)])) is is_allowed


@pytest.mark.parametrize(
    "policy",
    [
        "AWSLambdaVPCAccessExecutionRole",
        {"DynamoDBCrudPolicy": {"TableName": "Table"}},
        {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}},
        {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}},
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"Bool": {"s3:prefix": "a"}},
            }
        },
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"StringLike": {"aws:SourceIp": "*"}},
            }
        },
    ],
)
def test_what_cannot_be_evaluated_is_not_taken_for_something_else(policy: Any) -> None:
    with pytest.raises(NotImplementedError, match="cannot evaluate"):
        list(grants("F", [policy]))


def test_a_grant_is_needed_where_no_other_covers_the_same() -> None:
    found = policies(
        {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{BUCKET}/*"},
        {"Action": "s3:GetObject", "Resource": f"{BUCKET}/papers/*"},
    )
    found.insist("F", [Ask("s3:GetObject", (f"{BUCKET}/papers/card",))])
    assert not found.needed
    found.insist("F", [Ask("s3:PutObject", (f"{BUCKET}/papers/card",))])
    assert found.needed == {Grant("F", "s3:PutObject", f"{BUCKET}/*")}


def test_a_grant_that_is_taken_away_allows_nothing_meanwhile() -> None:
    found = policies({"Action": "s3:PutObject", "Resource": BUCKET})
    with found.without(found.grants[0]), pytest.raises(PermissionError, match=f"F may not s3:PutObject on {BUCKET}"):
        found.insist("F", [Ask("s3:PutObject", (BUCKET,))])
    found.insist("F", [Ask("s3:PutObject", (BUCKET,))])
