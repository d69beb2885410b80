"""What a call to AWS reads and writes, as it stands in the request: so two that touch nothing in common are told."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

_LAST = "\x7f"


@dataclass(frozen=True)
class Stretch:
    """The items of one partition from `first` to `last`; of a single one both are its own."""

    partition: str
    first: str
    last: str

    def meets(self, other: "Stretch") -> bool:
        """Whether they have an item in common."""
        return self.partition == other.partition and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Footprint:
    """What is read and what is written; `whole` when the latter is a transaction, all at once or not at all."""

    read: tuple[Stretch, ...] = ()
    written: tuple[Stretch, ...] = ()
    whole: bool = False

    @property
    def touched(self) -> tuple[Stretch, ...]:
        """Both."""
        return self.read + self.written

    def meets(self, other: "Footprint") -> bool:
        """Whether one writes what the other touches: only then does it matter which comes first."""
        return _meet(self.written, other.touched) or _meet(self.touched, other.written)


def named(request: AWSPreparedRequest) -> str:
    """The service and the operation, or the method where no header names it."""
    target = _text(request.headers.get("X-Amz-Target"))
    service = _text(request.headers.get("Authorization")).partition("Credential=")[2].split("/")
    return f"{service[3] if len(service) > 3 else '?'}.{target.partition('.')[2] or request.method}"


def content(request: AWSPreparedRequest) -> Any:
    """The JSON that a request carries."""
    body: Any = request.body
    return json.loads(body or b"{}")


def footprint(request: AWSPreparedRequest) -> Footprint:
    """What a request touches: items of the table, logins, and of a store of files the whole of it."""
    service, _, operation = named(request).partition(".")
    if service == "dynamodb":
        return _IN_TABLE[operation](content(request))
    if service == "cognito-idp":
        asked = content(request)
        login = (_single("login", asked.get("Username") or asked["AuthParameters"]["USERNAME"]),)
        return Footprint(read=login) if operation == "AdminInitiateAuth" else Footprint(written=login)
    if service == "s3":
        bucket = (Stretch(f"bucket {urlsplit(str(request.url)).path.split('/')[1]}", "", _LAST),)
        return Footprint(read=bucket) if operation in ("GET", "HEAD") else Footprint(written=bucket)
    return Footprint()


def _text(header: Any) -> str:
    return header.decode() if isinstance(header, bytes) else header or ""


def _meet(some: Iterable[Stretch], others: Iterable[Stretch]) -> bool:
    return any(one.meets(other) for one in some for other in others)


def _single(partition: str, name: str) -> Stretch:
    return Stretch(partition, name, name)


def _item(key: Mapping[str, Any]) -> Stretch:
    return _single(key["PK"]["S"], key["SK"]["S"])


def _of_part(part: Mapping[str, Any]) -> Stretch:
    [asked] = part.values()
    return _item(asked.get("Key") or asked["Item"])


def _queried(asked: Any) -> Footprint:
    values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
    return Footprint(read=(Stretch(values[":pk"], values[":first"], values[":last"]),))


def _transacted(asked: Any) -> Footprint:
    def of(*kinds: str) -> Iterator[Stretch]:
        return (_of_part(part) for part in asked["TransactItems"] if part.keys() & set(kinds))

    return Footprint(tuple(of("ConditionCheck")), tuple(of("Put", "Update", "Delete")), whole=True)


_IN_TABLE: Mapping[str, Callable[[Any], Footprint]] = {
    "GetItem": lambda asked: Footprint(read=(_item(asked["Key"]),)),
    "Query": _queried,
    "BatchGetItem": lambda asked: Footprint(
        read=tuple(_item(key) for of_table in asked["RequestItems"].values() for key in of_table["Keys"])
    ),
    "TransactGetItems": lambda asked: Footprint(read=tuple(map(_of_part, asked["TransactItems"]))),
    "PutItem": lambda asked: Footprint(written=(_item(asked["Item"]),)),
    "UpdateItem": lambda asked: Footprint(written=(_item(asked["Key"]),)),
    "DeleteItem": lambda asked: Footprint(written=(_item(asked["Key"]),)),
    "TransactWriteItems": _transacted,
}
