"""What moto holds of one stack at a moment, kept aside to be put back."""

import pickle
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from infra.local.aws import ACCOUNT, REGION


class Snapshot:
    """Objects and logins as they are when it is made; whoever uses it holds moto still.

    Versions of objects are shared, not copied: a write puts another in their place.
    """

    def __init__(self, buckets: Iterable[str], user_pools: Iterable[str]) -> None:
        _let_objects_stay()
        self._buckets = {name: _copied(_buckets()[name].keys) for name in buckets}
        self._logins = {pool: pickle.dumps(_user_pools()[pool].users) for pool in user_pools}

    def put_back(self) -> None:
        """Let moto hold this again, and nothing else; as often as one likes."""
        from moto.core.model_instances import reset_model_data

        # Moto's own list of all it ever made, which only its dashboard reads.
        reset_model_data()
        for name, keys in self._buckets.items():
            _buckets()[name].keys = _copied(keys)
        for pool, users in self._logins.items():
            _user_pools()[pool].users = pickle.loads(users)  # noqa: S301 — written above


class TablesSnapshot:
    """Items and stream records likewise; items too are shared: a write puts others in their place (aws.py)."""

    def __init__(self, tables: Iterable[str]) -> None:
        self._tables = {name: _contents(_table(name)) for name in tables}

    def put_back(self) -> None:
        """Let moto hold this again, and nothing else; as often as one likes."""
        for name, (items, records) in self._tables.items():
            table = _table(name)
            table.items = defaultdict(dict, {pk: dict(of_partition) for pk, of_partition in items.items()})
            table.stream_shard.items = list(records)


def _contents(table: Any) -> tuple[dict[str, dict[str, Any]], list[Any]]:
    return {pk: dict(of_partition) for pk, of_partition in table.items.items()}, list(table.stream_shard.items)


def _table(name: str) -> Any:
    from moto.dynamodb.models import dynamodb_backends

    # Looked up each time: a transaction that is cancelled puts another object in its place.
    return dynamodb_backends[ACCOUNT][REGION].tables[name]


def _buckets() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT]["aws"].buckets


def _user_pools() -> Any:
    from moto.cognitoidp.models import cognitoidp_backends

    return cognitoidp_backends[ACCOUNT][REGION].user_pools


def _copied(keys: Any) -> Any:
    """A bucket's objects with their versions; the versions themselves are shared."""
    twin = type(keys)()
    for name in keys:
        twin.setlist(name, list(keys.getlist(name)))
    return twin


def _let_objects_stay() -> None:
    """An object that is removed can be put back: moto would close what it holds."""
    from moto.s3.models import FakeKey

    FakeKey.dispose = lambda key, garbage=False: None  # type: ignore[method-assign, assignment]
