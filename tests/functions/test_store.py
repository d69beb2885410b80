"""The store: what is written is what is read, in one call each, and a lost race is a conflict and nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.store import Conflict, Delete, Key, Put, Store, new, next_version, plain
from functions.shared.store import _typed as typed
from functions.subscriptions.subscription import state_key
from tests.desk import Desk

PLAIN = st.recursive(
    st.text() | st.booleans() | st.integers(-(10**37), 10**37),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_marshalled_comes_back(value: Any) -> None:
    back = plain(typed(value))
    assert back == value
    assert type(back) is type(value)


def test_nothing_is_stored_of_nothing() -> None:
    assert plain(typed({"a": None, "b": {"c": None, "d": 1}})) == {"b": {"d": 1}}


@pytest.mark.parametrize("value", [1.5, b"bytes", object(), {1, 2}, [None]])
def test_what_is_none_of_ours_is_not_stored(value: Any) -> None:
    with pytest.raises(TypeError):
        typed(value)


@pytest.fixture(scope="module")
def store(cloud: Desk) -> Store:
    stack = cloud.cloud.stack
    [table] = stack.tables()
    return Store(stack.client("dynamodb"), table)


@pytest.fixture
def here(request: pytest.FixtureRequest) -> str:
    """A partition of the test's own."""
    return f"TEST#{request.node.name}"


def test_what_is_written_is_read(store: Store, here: str) -> None:
    attributes = {"text": "é", "empty": "", "number": 5, "flag": False, "list": ["a", {"b": 1}], "map": {"c": []}}
    store.commit([Put(Key(here, "A"), attributes), Put(Key(here, "B"), {})])
    found = store.get([Key(here, "A"), Key(here, "B"), Key(here, "C"), Key(here, "A")])
    assert found == {Key(here, "A"): attributes, Key(here, "B"): {}}


def test_all_of_a_change_or_none(store: Store, here: str) -> None:
    store.commit([new(Key(here, "A"), {"by": "the first"})])
    with pytest.raises(Conflict):
        store.commit([Put(Key(here, "B"), {}), new(Key(here, "A"), {"by": "the second"})])
    assert store.get([Key(here, "A"), Key(here, "B")]) == {Key(here, "A"): {"by": "the first"}}


def test_a_version_is_written_over_once(store: Store, here: str) -> None:
    key = Key(here, "A")
    store.commit([Put(key, {"version": 1, "text": "read"})])
    read = store.get([key])[key]
    store.commit([next_version(key, {**read, "text": "written"})])
    with pytest.raises(Conflict):
        store.commit([next_version(key, {**read, "text": "too late"})])
    assert store.get([key])[key] == {"version": 2, "text": "written"}


def test_only_what_is_there_can_be_removed(store: Store, here: str) -> None:
    store.commit([Put(Key(here, "A"), {})])
    store.commit([Delete(Key(here, "A"))])
    with pytest.raises(Conflict):
        store.commit([Delete(Key(here, "A"))])
    assert store.get([Key(here, "A")]) == {}


def test_one_item_alone_has_its_condition_too(store: Store, here: str) -> None:
    store.put(new(Key(here, "A"), {"n": 1}))
    with pytest.raises(Conflict):
        store.put(new(Key(here, "A"), {"n": 2}))
    store.put(Put(Key(here, "A"), {"n": 3}, "n = :read", {":read": 1}))
    assert store.get([Key(here, "A")]) == {Key(here, "A"): {"n": 3}}


def test_counting(store: Store, here: str) -> None:
    assert [store.count(Key(here, "A"), expires_at=expiry) for expiry in (5, 6, 7)] == [1, 2, 3]
    assert store.get([Key(here, "A")])[Key(here, "A")] == {"count": 3, "expires_at": 5}


def test_a_query_goes_both_ways_and_through_all_pages(store: Store, here: str) -> None:
    # More than the megabyte that one answer of DynamoDB holds.
    for number in range(12):
        store.put(Put(Key(here, f"ITEM#{number:02}"), {"text": "x" * 100_000}))
    names = [f"ITEM#{number:02}" for number in range(12)]
    everything = store.query(here, first="ITEM#", last="ITEM#~")
    assert [key.sk for key, _ in everything] == names
    some = store.query(here, first="ITEM#03", last="ITEM#08", limit=3, backward=True)
    assert [key.sk for key, _ in some] == ["ITEM#08", "ITEM#07", "ITEM#06"]


def test_more_than_a_hundred_keys_are_read(store: Store, here: str) -> None:
    keys = [Key(here, f"{number:03}") for number in range(230)]
    for start in range(0, 230, 100):
        store.commit([Put(key, {"n": key.sk}) for key in keys[start : start + 100]])
    assert store.get(keys) == {key: {"n": key.sk} for key in keys}


class KeepsBack:
    """A DynamoDB that answers for one key at a time, as a busy one may."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803 — boto3's name
        [(table, asked)] = RequestItems.items()
        self._rounds -= 1
        kept = asked["Keys"][1:] if self._rounds >= 0 else []
        done = asked["Keys"][: len(asked["Keys"]) - len(kept)]
        kept_back = {table: {"Keys": kept, "ConsistentRead": True}} if kept else {}
        return {"Responses": {table: done}, "UnprocessedKeys": kept_back}


def test_keys_that_are_kept_back_are_asked_for_again() -> None:
    keys = [Key("P", str(number)) for number in range(5)]
    assert list(Store(KeepsBack(2), "table").get(keys)) == keys  # type: ignore[arg-type]


def test_keys_that_are_kept_back_for_too_long_are_no_missing_items() -> None:
    keys = [Key("P", str(number)) for number in range(5)]
    with pytest.raises(TimeoutError):
        Store(KeepsBack(100), "table").get(keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "reasons", "is_conflict"),
    [
        ("TransactionCanceledException", ["None", "ConditionalCheckFailed"], True),
        ("TransactionCanceledException", ["TransactionConflict", "ConditionalCheckFailed"], True),
        ("TransactionCanceledException", ["ConditionalCheckFailed", "ThrottlingError"], False),
        ("TransactionCanceledException", ["ValidationError"], False),
        ("TransactionCanceledException", ["None", "None"], False),
        ("TransactionConflictException", [], True),
        ("TransactionInProgressException", [], False),
        ("ValidationException", [], False),
    ],
)
def test_only_a_lost_race_is_a_conflict(code: str, reasons: list[str], is_conflict: bool) -> None:
    class Refuses:
        def transact_write_items(self, TransactItems: object) -> None:  # noqa: N803 — boto3's name
            response: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
            raise ClientError(response, "TransactWriteItems")

    with pytest.raises(Conflict if is_conflict else ClientError):
        Store(Refuses(), "table").commit([Put(state_key("s"), {})])  # type: ignore[arg-type]
