"""The store: what is written is what is read, in one call each, and a lost race is a conflict and nothing else."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.items import Check, Delete, Key, Put, Reads, Set, Write, new, next_version
from functions.shared.store import ATTEMPTS, Conflict, Store, plain, retry_lost_races
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


def item_at(store: Store, key: Key) -> Any:
    """The item there."""
    return store.item(key)


def test_what_is_written_is_read(store: Store, here: str) -> None:
    attributes = {"text": "é", "empty": "", "number": 5, "flag": False, "list": ["a", {"b": 1}], "map": {"c": []}}
    store.commit([Put(Key(here, "A"), attributes), Put(Key(here, "B"), {})])
    found = store.snapshot([Key(here, "A"), Key(here, "B"), Key(here, "C"), Key(here, "A")])
    assert found == {Key(here, "A"): attributes, Key(here, "B"): {}}


def test_all_of_a_change_or_none(store: Store, here: str) -> None:
    store.commit([new(Key(here, "A"), {"by": "the first"})])
    with pytest.raises(Conflict):
        store.commit([Put(Key(here, "B"), {}), new(Key(here, "A"), {"by": "the second"})])
    assert store.snapshot([Key(here, "A"), Key(here, "B")]) == {Key(here, "A"): {"by": "the first", "version": 1}}


def test_a_version_is_written_over_once(store: Store, here: str) -> None:
    key = Key(here, "A")
    store.commit([Put(key, {"version": 1, "text": "read"})])
    read = item_at(store, key)
    store.commit([next_version(key, {**read, "text": "written"})])
    with pytest.raises(Conflict):
        store.commit([next_version(key, {**read, "text": "too late"})])
    assert item_at(store, key) == {"version": 2, "text": "written"}


def test_only_what_is_there_can_be_removed(store: Store, here: str) -> None:
    store.commit([Put(Key(here, "A"), {})])
    store.commit([Delete(Key(here, "A"))])
    with pytest.raises(Conflict):
        store.commit([Delete(Key(here, "A"))])
    assert store.snapshot([Key(here, "A")]) == {}


def test_one_item_alone_has_its_condition_too(store: Store, here: str) -> None:
    store.put(new(Key(here, "A"), {"n": 1}))
    with pytest.raises(Conflict):
        store.put(new(Key(here, "A"), {"n": 2}))
    store.put(Put(Key(here, "A"), {"n": 3}, "n = :read", {":read": 1}))
    assert store.item(Key(here, "A")) == {"n": 3}


def test_a_query_goes_both_ways_and_through_all_pages(store: Store, here: str) -> None:
    # More than the megabyte that one answer of DynamoDB holds.
    for number in range(12):
        store.put(Put(Key(here, f"ITEM#{number:02}"), {"text": "x" * 100_000}))
    names = [f"ITEM#{number:02}" for number in range(12)]
    everything = store.query(here, first="ITEM#", last="ITEM#~")
    assert [key.sk for key, _ in everything] == names
    some = store.query(here, first="ITEM#03", last="ITEM#08", limit=3, backward=True)
    assert [key.sk for key, _ in some] == ["ITEM#08", "ITEM#07", "ITEM#06"]


@pytest.mark.parametrize("read", [{"n": 1, "version": 4}, {"n": 1}, None])
def test_what_is_as_it_was_read_lets_the_others_be_written(store: Store, here: str, read: Any) -> None:
    at, other = Key(here, "A"), Key(here, "B")
    if read:
        store.put(Put(at, read))
    store.commit([Check(at, read), Put(other, {"n": 1})])
    store.put(Put(at, {"n": 1, "version": 5}))
    for write in (Put(other, {"n": 2}), Delete(other)):
        with pytest.raises(Conflict):
            store.commit([Check(at, read), write])
    assert store.item(other) == {"n": 1}


def test_what_was_read_is_removed_in_that_version_alone(store: Store, here: str) -> None:
    at = Key(here, "A")
    store.put(Put(at, {"version": 2}))
    with pytest.raises(Conflict):
        store.commit([Delete(at, {"version": 1})])
    store.commit([Delete(at, {"version": 2})])
    assert store.item(at) is None


def test_setting_something_counts_the_version_up(store: Store, here: str) -> None:
    at = Key(here, "A")
    store.put(new(at, {"role": "user", "status": "invited"}))
    store.commit([Set(at, {"role": "administrator"})])
    assert store.item(at) == {"role": "administrator", "status": "invited", "version": 2}
    with pytest.raises(Conflict):
        store.commit([Check(at, {"version": 1}), Put(Key(here, "B"), {})])


def test_a_decision_that_was_overtaken_is_made_anew(store: Store, here: str) -> None:
    """By whoever changes what was read, whether or not the decision writes that."""
    at, beside, made = Key(here, "A"), Key(here, "B"), Key(here, "C")
    store.commit([new(at, {"n": 1}), new(beside, {"n": 1})])
    seen: list[Any] = []

    def decide(items: Any) -> list[Write]:
        seen.append({key.sk: item["n"] for key, item in items.items()})
        if len(seen) == 1:
            store.commit([Set(beside, {"n": 2})])
        return [new(made, {}), next_version(at, items[at])]

    store.decide(Reads((at, beside), lambda items: items), decide)
    assert seen == [{"A": 1, "B": 1}, {"A": 1, "B": 2}]


def test_what_vouches_for_another_is_checked_in_its_place(store: Store, here: str) -> None:
    at, beside, made = Key(here, "A"), Key(here, "B"), Key(here, "C")
    store.commit([new(at, {}), new(beside, {})])

    def decide(items: Any) -> list[Write]:
        store.commit([Set(beside, {"n": 2})])
        return [new(made, {})]

    store.decide(Reads((at, beside), lambda items: items, vouched=(beside,)), decide)
    assert store.item(made) == {"version": 1}


def test_nothing_decided_is_nothing_written() -> None:
    read: list[object] = []

    class ReadOnly:
        def get_item(self, **asked: object) -> dict[str, Any]:
            read.append(asked["Key"])
            return {}

    Store(ReadOnly(), "table").decide(Reads((state_key("s"),), lambda items: items), lambda items: ())  # type: ignore[arg-type]
    assert len(read) == 1


def test_a_race_that_is_always_lost_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    tries: list[None] = []

    def attempt() -> None:
        tries.append(None)
        raise Conflict

    with pytest.raises(Conflict):
        retry_lost_races(attempt)
    assert len(tries) == ATTEMPTS


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
            self._refuse()

        def transact_get_items(self, TransactItems: object) -> None:  # noqa: N803
            self._refuse()

        def _refuse(self) -> None:
            response: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
            raise ClientError(response, "TransactWriteItems")

    with pytest.raises(Conflict if is_conflict else ClientError):
        Store(Refuses(), "table").commit([Put(state_key("s"), {})])  # type: ignore[arg-type]
    with pytest.raises(Conflict if is_conflict else ClientError):
        Store(Refuses(), "table").snapshot([state_key("s"), state_key("t")])  # type: ignore[arg-type]
