"""The pattern language that filters stream records."""

import json
from typing import Any

import pytest

from infra.local.patterns import matches, passes

INSERTED = {
    "eventName": "INSERT",
    "dynamodb": {"Keys": {"SK": {"S": "EVENT#2026"}}, "SizeBytes": 42, "Tags": ["a", "b"]},
}


def _at_key(rule: Any) -> dict[str, Any]:
    return {"dynamodb": {"Keys": {"SK": {"S": [rule]}}}}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["REMOVE", "INSERT"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"eventName": ["INSERT"], **_at_key({"prefix": "EVENT#"})}, True),
        ({"eventName": ["REMOVE"], **_at_key({"prefix": "EVENT#"})}, False),
        (_at_key({"prefix": "USER#"}), False),
        (_at_key({"prefix": {"equals-ignore-case": "event#"}}), True),
        (_at_key({"suffix": "2026"}), True),
        (_at_key({"suffix": "2025"}), False),
        (_at_key({"equals-ignore-case": "event#2026"}), True),
        (_at_key({"anything-but": ["EVENT#2026", "x"]}), False),
        (_at_key({"anything-but": "x"}), True),
        (_at_key({"anything-but": {"prefix": "EVENT#"}}), False),
        (_at_key({"anything-but": {"prefix": "USER#"}}), True),
        (_at_key({"exists": True}), True),
        (_at_key({"exists": False}), False),
        ({"dynamodb": {"OldImage": {"PK": {"S": [{"exists": False}]}}}}, True),
        ({"dynamodb": {"OldImage": {"PK": {"S": [{"anything-but": "x"}]}}}}, False),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">", 0, "<=", 42]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": ["=", 41]}]}}, False),
        ({"dynamodb": {"SizeBytes": [42]}}, True),
        ({"dynamodb": {"SizeBytes": ["42"]}}, False),
        ({"dynamodb": {"Tags": ["b"]}}, True),
        ({"dynamodb": {"Tags": ["c"]}}, False),
        ({"dynamodb": {"Absent": [None]}}, False),
        ({"$or": [{"eventName": ["REMOVE"]}, {"dynamodb": {"SizeBytes": [42]}}]}, True),
        ({"$or": [{"eventName": ["REMOVE"]}, {"dynamodb": {"SizeBytes": [1]}}]}, False),
    ],
)
def test_a_record_fits_or_does_not(pattern: dict[str, Any], fits: bool) -> None:
    assert matches(pattern, INSERTED) is fits


def test_one_of_several_filters_is_enough_and_none_lets_all_pass() -> None:
    filters = [{"Pattern": json.dumps({"eventName": [name]})} for name in ("REMOVE", "INSERT")]
    assert passes(filters, INSERTED)
    assert not passes(filters[:1], INSERTED)
    assert passes([], INSERTED)


def test_a_rule_that_is_not_known_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="cidr"):
        matches({"eventName": [{"cidr": "10.0.0.0/8"}]}, INSERTED)
