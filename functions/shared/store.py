"""The one table: reads as of one moment, a whole change in one transaction, and what to do when others were first."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.items import UNSETTLED, Check, Count, Delete, Item, Key, Put, Reads, Set, Write, checks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 1.0
_LOST_RACES = {"ConditionalCheckFailed", "TransactionConflict"}


class Conflict(Exception):
    """Another writer was first: read again and decide again."""


def retry_lost_races[T](attempt: Callable[[], T]) -> T:
    """What `attempt` gives, tried again whenever it was overtaken. Raises Conflict when it always is."""
    for number in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Conflict:
            # Others are at the same items: let them finish, each waiting for a time of its own.
            time.sleep(random.uniform(0, min(0.02 * 2**number, _LONGEST_PAUSE_SECONDS)))  # noqa: S311
    return attempt()


class Unsettled(Exception):
    """Something is in the middle of a change in steps: whoever comes upon it finishes that first, then asks again."""

    def __init__(self, key: Key) -> None:
        super().__init__(key.sk)
        self.key = key


class Window(NamedTuple):
    """Until when it is counted what happens at an item, in seconds of business time, and whether this was."""

    until: int
    is_counted: bool


class Store:
    """Reads and writes of the table, each one DynamoDB call."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def item(self, key: Key) -> Item | None:
        """One item, strongly consistent."""
        answer = self._client.get_item(**self._addressed(key), ConsistentRead=True)
        return unmarshalled(answer["Item"])[1] if "Item" in answer else None

    def snapshot(self, keys: Iterable[Key], *, settled: bool = True) -> dict[Key, Item]:
        """The items that exist of at most a hundred, all as of one moment.

        A BatchGetItem would read each for itself, with another's transaction in between. Raises Conflict while one is
        under way, and Unsettled when one of the items is in the middle of a change in steps, unless it need not be
        `settled`.
        """
        found = self._snapshot(keys)
        if settled:
            for key, item in found.items():
                if UNSETTLED in item:
                    raise Unsettled(key)
        return found

    def _snapshot(self, keys: Iterable[Key]) -> dict[Key, Item]:
        asked = list(dict.fromkeys(keys))
        if len(asked) == 1:
            found = self.item(asked[0])
            return {} if found is None else {asked[0]: found}
        gets: Any = [{"Get": self._addressed(key)} for key in asked]
        try:
            answer = self._client.transact_get_items(TransactItems=gets)
        except ClientError as error:
            raise _conflict_or(error) from error
        return dict(unmarshalled(response["Item"]) for response in answer["Responses"] if response.get("Item"))

    def query(
        self, pk: str, *, first: str, last: str, limit: int | None = None, backward: bool = False
    ) -> list[tuple[Key, Item]]:
        """Items of one partition with `first` <= SK <= `last`, strongly consistent; all of them without `limit`.

        Each is read for itself: what must agree with another item is compared with a snapshot afterwards.
        """
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
            "ExpressionAttributeValues": _marshalled({":pk": pk, ":first": first, ":last": last}),
            "ConsistentRead": True,
            "ScanIndexForward": not backward,
        }
        if limit is not None:
            request["Limit"] = limit
        found: list[tuple[Key, Item]] = []
        while True:
            answer = self._client.query(**request)
            found.extend(unmarshalled(item) for item in answer["Items"])
            if limit is not None or "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def commit(self, writes: Sequence[Write]) -> None:
        """All of the writes or none.

        Raises Conflict when a condition no longer holds or another transaction is under way on the same items, and the
        refusal of a Count when that alone does not permit it.
        """
        try:
            self._client.transact_write_items(TransactItems=[self._transact_item(write) for write in writes])
        except ClientError as error:
            raise _refusal(writes, error) or _conflict_or(error) from error

    def decide[State](
        self, reads: Reads[State], decide: Callable[[State], Iterable[Write]], *, settled: bool = True
    ) -> None:
        """Commit what is decided of what is read, unless that is nothing; decided anew whenever it was overtaken.

        Raises Conflict when others are always first, and Unsettled as `snapshot` does.
        """

        def attempt() -> None:
            items = self.snapshot(reads.keys, settled=settled)
            if writes := [*decide(reads.state(items))]:
                self.commit([*writes, *checks(items, reads.keys, reads.vouched, writes)])

        retry_lost_races(attempt)

    def put(self, write: Put) -> None:
        """One item alone. Raises Conflict when its condition does not hold."""
        try:
            self._client.put_item(**self._put(write))
        except ClientError as error:
            raise _conflict_or(error) from error

    def remove(self, key: Key) -> None:
        """Remove one item, if it is there."""
        self._client.delete_item(**self._addressed(key))

    def count(self, key: Key, most: int, now: int, seconds: int, offset: timedelta) -> Window:
        """One more at `key`, in one conditional write, unless its window has `most`; after its end another begins.

        `now` is in seconds of business time, which is `offset` from real time. Raises Conflict when somebody else has
        begun the next window meanwhile.
        """
        until = now + seconds
        window = {":one": 1, ":now": now, ":until": until, ":expires": until - int(offset.total_seconds())}
        is_done, item = self._update(
            key,
            "SET #count = if_not_exists(#count, :none) + :one, #until = if_not_exists(#until, :until), "
            "expires_at = if_not_exists(expires_at, :expires)",
            "attribute_not_exists(#until) OR (#until > :now AND #count < :most)",
            {**window, ":none": 0, ":most": most},
        )
        if is_done or item["until"] > now:
            return Window(item["until"], is_done)
        begin = "SET #count = :one, #until = :until, expires_at = :expires"
        if not self._update(key, begin, "#until <= :now", window)[0]:
            raise Conflict
        return Window(until, is_counted=True)

    def uncount(self, key: Key, window: Window) -> None:
        """One less at `key`, if that window still lasts; what cannot be given back now stays counted to its end."""
        values = {":less": -1, ":until": window.until, ":none": 0}
        with suppress(ClientError, BotoCoreError, Conflict):
            self._update(key, "ADD #count :less", "#until = :until AND #count > :none", values)

    def _update(self, key: Key, update: str, condition: str, values: Item) -> tuple[bool, Item]:
        """Whether a count was updated, and how it is now."""
        try:
            answer = self._client.update_item(
                **self._addressed(key),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={
                    name: name[1:] for name in ("#count", "#until") if name in update + condition
                },
                ExpressionAttributeValues=_marshalled(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            return True, unmarshalled(answer["Attributes"])[1]
        except ClientError as error:
            if error.response["Error"].get("Code") != "ConditionalCheckFailedException":
                raise _conflict_or(error) from error
            found: Any = error.response.get("Item")
            return False, unmarshalled(found)[1] if found else {}

    def _transact_item(self, write: Write) -> Any:
        match write:
            case Put():
                return {"Put": self._put(write)}
            case Set():
                return {"Update": self._set(write)}
            case Count():
                return {"Update": self._counted(write)}
            case Delete(key, None):
                return {"Delete": {**self._addressed(key), "ConditionExpression": "attribute_exists(PK)"}}
            case Delete(key, read):
                return {"Delete": {**self._addressed(key), **_as_read(read)}}
            case Check(key, read):
                return {"ConditionCheck": {**self._addressed(key), **_as_read(read)}}

    def _addressed(self, key: Key) -> dict[str, Any]:
        return {"TableName": self._table, "Key": _marshalled_key(key)}

    def _put(self, write: Put) -> dict[str, Any]:
        put = {"TableName": self._table, "Item": _marshalled_key(write.key) | _marshalled(write.attributes)}
        if write.condition:
            put["ConditionExpression"] = write.condition
        if write.values:
            put["ExpressionAttributeValues"] = _marshalled(write.values)
        return put

    def _counted(self, write: Count) -> dict[str, Any]:
        room = {":times": write.times, ":room": write.most - write.times, ":expires": write.expires_at}
        return {
            **self._addressed(write.key),
            "UpdateExpression": "ADD #count :times SET expires_at = :expires",
            "ConditionExpression": "attribute_not_exists(PK) OR #count <= :room",
            "ExpressionAttributeNames": {"#count": "count"},
            "ExpressionAttributeValues": _marshalled(room),
        }

    def _set(self, write: Set) -> dict[str, Any]:
        names = {f"#{number}": name for number, name in enumerate(write.attributes)}
        values = {f":{number}": value for number, value in enumerate(write.attributes.values())}
        return {
            **self._addressed(write.key),
            "ConditionExpression": "attribute_exists(PK)",
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names) + " ADD version :one",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _marshalled({**values, ":one": 1}),
        }


def _as_read(read: Item | None) -> dict[str, Any]:
    """The condition that an item is as it was read."""
    if read is None:
        return {"ConditionExpression": "attribute_not_exists(PK)"}
    if "version" not in read:
        return {"ConditionExpression": "attribute_exists(PK) AND attribute_not_exists(version)"}
    values = _marshalled({":read_version": read["version"]})
    return {"ConditionExpression": "version = :read_version", "ExpressionAttributeValues": values}


def _refusal(writes: Sequence[Write], error: ClientError) -> Exception | None:
    """What a Count refuses, if no other write stands in the way: then all else is as it was read."""
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    failed = [write for write, code in zip(writes, reasons, strict=False) if code not in ("None", None)]
    full = [write for write, code in zip(writes, reasons, strict=False) if code == "ConditionalCheckFailed"]
    counts = [write for write in full if isinstance(write, Count)]
    return counts[0].refusal if counts and counts == failed else None


def _conflict_or(error: ClientError) -> Exception:
    code = error.response["Error"].get("Code")
    if code in ("ConditionalCheckFailedException", "TransactionConflictException"):
        return Conflict()
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])} - {"None", None}
    return Conflict() if code == "TransactionCanceledException" and reasons and reasons <= _LOST_RACES else error


def _marshalled_key(key: Key) -> dict[str, Any]:
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


def _marshalled(attributes: Item) -> dict[str, Any]:
    return {name: _typed(value) for name, value in attributes.items() if value is not None}


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [_typed(element) for element in value]}
        case Mapping():
            return {"M": _marshalled(value)}
    raise TypeError(f"nothing to store a {type(value).__name__} as")


def plain(value: Mapping[str, Any]) -> Any:
    """A DynamoDB-typed value as the plain one that was stored; numbers are whole here."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return int(content)
        case "L":
            return [plain(element) for element in content]
        case "M":
            return {name: plain(element) for name, element in content.items()}
    return content


def unmarshalled(item: Mapping[str, Any]) -> tuple[Key, Item]:
    """A DynamoDB-typed item as the plain one that was stored, and where."""
    attributes = {name: plain(value) for name, value in item.items()}
    return Key(attributes.pop("PK"), attributes.pop("SK")), attributes
