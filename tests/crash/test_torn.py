"""Which answers a read can give when others commit while it goes on."""

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict

from tests.crash import torn
from tests.crash.torn import Answer


def read(operation: str, **asked: Any) -> AWSPreparedRequest:
    headers: Any = HeadersDict(
        {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Authorization": "Credential=k/20260101/r/dynamodb/aws4"}
    )
    return AWSPreparedRequest("POST", "http://localhost/", headers, json.dumps(asked).encode(), stream_output=False)


def items(*names: str) -> list[dict[str, Any]]:
    """Items as they were written: those in capitals have been written anew."""
    return [{"PK": {"S": "P"}, "SK": {"S": name.lower()}, "kept": {"S": name}} for name in names]


def kept(answer: Answer) -> str:
    found = answer["Items"] if "Items" in answer else next(iter(answer["Responses"].values()))
    return "".join(item["kept"]["S"] for item in found)


@pytest.mark.parametrize(
    ("asked", "before", "after", "answers"),
    [
        ({}, "abc", "ABC", ["abc", "abC", "aBC"]),
        ({"ScanIndexForward": False}, "cba", "CBA", ["cba", "cbA", "cBA"]),
        ({}, "abc", "bC", ["abc", "abC"]),
        ({}, "bc", "aBC", ["bc", "bC", "BC"]),
        ({"Limit": 2}, "abcd", "bCd", ["ab"]),
        ({"Limit": 2}, "bcd", "abCD", ["bc", "bC"]),
        ({}, "abc", "abc", ["abc"]),
        ({}, "abc", "abC", ["abc"]),
    ],
)
def test_a_query_reads_one_after_the_other(asked: Any, before: str, after: str, answers: list[str]) -> None:
    given = [{"Items": items(*names)} for names in (before, after)]
    assert [kept(answer) for answer in torn.answers(read("Query", **asked), *given)] == answers


def test_a_batch_reads_each_whenever_it_likes() -> None:
    given = [{"Responses": {"T": items(*names)}} for names in ("abc", "ABc")]
    assert [kept(answer) for answer in torn.answers(read("BatchGetItem"), *given)] == ["abc", "aBc", "Abc"]


def test_a_page_that_is_full_says_where_the_next_begins() -> None:
    [answer] = torn.answers(read("Query", Limit=2), *[{"Items": items("a", "b", "c")}] * 2)
    assert answer["LastEvaluatedKey"] == {"PK": {"S": "P"}, "SK": {"S": "b"}}
    assert answer["Count"] == 2


def test_what_stands_behind_the_limit_is_read_too() -> None:
    whole = torn.unlimited(read("Query", Limit=2, TableName="T"))
    body: Any = whole.body
    assert json.loads(body) == {"TableName": "T"}
    assert whole.headers["Content-Length"] == str(len(body))
