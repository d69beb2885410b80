"""The one table: consistent reads in one call, a whole change in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = Mapping[str, Any]
type Items = Mapping[Key, Item]

_NOT_COMMITTED = {"ConditionalCheckFailed", "TransactionConflict"}
_READ_ROUNDS = 3
_KEYS_AT_ONCE = 100


class Conflict(Exception):
    """Another writer was first: read again and decide again."""


@dataclass(frozen=True)
class Key:
    """An item's address."""

    pk: str
    sk: str


@dataclass(frozen=True)
class Put:
    """Write an item whole; `condition` guards it, its `:values` beside it."""

    key: Key
    attributes: Item
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """Remove an item, which must be there."""

    key: Key


@dataclass(frozen=True)
class Set:
    """Set attributes of an item, which must be there, and leave its others as they are."""

    key: Key
    attributes: Item


type Write = Put | Delete | Set


def new(key: Key, attributes: Item) -> Put:
    """An item that must not be there yet."""
    return Put(key, attributes, "attribute_not_exists(PK)")


def next_version(key: Key, attributes: Item) -> Put:
    """An item written over the version it was read in; `version` is counted up here."""
    read_version = int(attributes["version"])
    return Put(
        key, {**attributes, "version": read_version + 1}, "version = :read_version", {":read_version": read_version}
    )


class Store:
    """Reads and writes of the table, each one DynamoDB call."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items that exist, strongly consistent; one call for each hundred keys.

        Raises TimeoutError when DynamoDB keeps some keys back for too long.
        """
        pending: Any = [_marshalled_key(key) for key in dict.fromkeys(keys)]
        found: dict[Key, Item] = {}
        rounds = _READ_ROUNDS
        while pending and rounds:
            asked, pending = pending[:_KEYS_AT_ONCE], pending[_KEYS_AT_ONCE:]
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": asked, "ConsistentRead": True}})
            for item in answer["Responses"].get(self._table, []):
                key, attributes = _unmarshalled(item)
                found[key] = attributes
            if kept_back := answer.get("UnprocessedKeys", {}).get(self._table):
                pending = [*kept_back["Keys"], *pending]
                rounds -= 1
        if pending:
            raise TimeoutError("DynamoDB kept keys back")
        return found

    def query(
        self, pk: str, *, first: str, last: str, limit: int | None = None, backward: bool = False
    ) -> list[tuple[Key, Item]]:
        """Items of one partition with `first` <= SK <= `last`, strongly consistent; all of them without `limit`."""
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
            found.extend(_unmarshalled(item) for item in answer["Items"])
            if limit is not None or "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def commit(self, writes: Sequence[Write]) -> None:
        """All of the writes or none.

        Raises Conflict when a condition no longer holds or another transaction is under way on the same items.
        """
        try:
            self._client.transact_write_items(TransactItems=[self._transact_item(write) for write in writes])
        except ClientError as error:
            raise _conflict_or(error) from error

    def put(self, write: Put) -> None:
        """One item alone. Raises Conflict when its condition does not hold."""
        try:
            self._client.put_item(**self._transact_item(write)["Put"])
        except ClientError as error:
            raise _conflict_or(error) from error

    def count(self, key: Key, *, expires_at: int) -> int:
        """Count one more at `key`, made when absent; returns the count."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=_marshalled_key(key),
            UpdateExpression="ADD #count :one SET expires_at = if_not_exists(expires_at, :expires_at)",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues=_marshalled({":one": 1, ":expires_at": expires_at}),
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["count"]["N"])

    def _transact_item(self, write: Write) -> Any:
        if isinstance(write, Delete):
            return {
                "Delete": {
                    "TableName": self._table,
                    "Key": _marshalled_key(write.key),
                    "ConditionExpression": "attribute_exists(PK)",
                }
            }
        if isinstance(write, Set):
            names = {f"#{number}": name for number, name in enumerate(write.attributes)}
            return {
                "Update": {
                    "TableName": self._table,
                    "Key": _marshalled_key(write.key),
                    "ConditionExpression": "attribute_exists(PK)",
                    "UpdateExpression": "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": _marshalled(
                        {f":{number}": value for number, value in enumerate(write.attributes.values())}
                    ),
                }
            }
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": _marshalled_key(write.key) | _marshalled(write.attributes),
        }
        if write.condition:
            put["ConditionExpression"] = write.condition
        if write.values:
            put["ExpressionAttributeValues"] = _marshalled(write.values)
        return {"Put": put}


def _conflict_or(error: ClientError) -> Exception:
    code = error.response["Error"].get("Code")
    if code in ("ConditionalCheckFailedException", "TransactionConflictException"):
        return Conflict()
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])} - {"None", None}
    return Conflict() if code == "TransactionCanceledException" and reasons and reasons <= _NOT_COMMITTED else error


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


def _unmarshalled(item: Mapping[str, Any]) -> tuple[Key, Item]:
    attributes = {name: plain(value) for name, value in item.items()}
    return Key(attributes.pop("PK"), attributes.pop("SK")), attributes
