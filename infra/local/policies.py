"""The functions' own policies, as template.yaml grants them, evaluated as IAM does, and which grants are needed.

Identity-based policies that only allow, which is all that the template has: anything else is refused when it is read,
so that no statement is silently taken for another.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.local.actions import CONDITION_KEYS, Ask
from infra.local.deliveries import Record, Source
from infra.local.resources import Function

# What Lambda does with a stream in the name of the function that it feeds.
_READS_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
_STATEMENT = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})


@dataclass(frozen=True)
class Condition:
    """A test of one value of the circumstances, which fails when that is not given."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, context: Mapping[str, str]) -> bool:
        """Whether it does."""
        found = context.get(self.key)
        if found is None:
            return False
        if self.operator == "StringEquals":
            return found in self.values
        return any(_pattern(value).fullmatch(found) for value in self.values)


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a statement allows a function."""

    function: str
    action: str
    resource: str
    conditions: tuple[Condition, ...] = ()
    added_by_sam: bool = False

    def allows(self, ask: Ask) -> bool:
        """Whether it covers what is asked."""
        return (
            _pattern(self.action.lower()).fullmatch(ask.action.lower()) is not None
            and any(_pattern(self.resource).fullmatch(resource) for resource in ask.resources)
            and all(condition.holds(ask.context) for condition in self.conditions)
        )

    def __str__(self) -> str:
        return f"{self.function}: {self.action} on {self.resource}"


class Policies:
    """What each function may; `needed` are the grants without which something so far would have been refused."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self.grants = tuple(grants)
        self.needed: set[Grant] = set()
        self._withdrawn: set[Grant] = set()

    @property
    def grants(self) -> Sequence[Grant]:
        """All that are given."""
        return self._grants

    @grants.setter
    def grants(self, grants: Sequence[Grant]) -> None:
        self._grants = grants
        # What was asked for once is asked for again and again.
        self._covering: dict[tuple[object, ...], Sequence[Grant]] = {}

    def refused(self, function: str, asks: Iterable[Ask]) -> Sequence[Ask]:
        """What of it the function may not do."""
        return [ask for ask in asks if not self._allows(function, ask)]

    def insist(self, function: str, asks: Iterable[Ask]) -> None:
        """Raises PermissionError unless the function may do all of it."""
        for ask in self.refused(function, asks):
            raise PermissionError(f"{function} may not {ask.action} on {ask.resources[0]}")

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """Meanwhile a grant is not given."""
        self._withdrawn.add(grant)
        try:
            yield
        finally:
            self._withdrawn.remove(grant)

    def _allows(self, function: str, ask: Ask) -> bool:
        key = function, ask.action, ask.resources, *sorted(ask.context.items())
        if key not in self._covering:
            self._covering[key] = [grant for grant in self.grants if grant.function == function and grant.allows(ask)]
        grants = [grant for grant in self._covering[key] if grant not in self._withdrawn]
        if len(grants) == 1:
            self.needed.update(grants)
        return bool(grants)


def granted(functions: Mapping[str, Function]) -> Sequence[Grant]:
    """All that the template grants its functions, and what SAM adds."""
    return [
        grant
        for name, function in functions.items()
        for grant in (*grants(name, function.policies), *_added_by_sam(name, function))
    ]


def grants(function: str, policies: Any) -> Iterator[Grant]:
    """The grants of a function's `Policies` in a SAM template, their intrinsic functions resolved.

    Raises NotImplementedError for what the local cloud cannot evaluate.
    """
    for policy in _several(policies):
        if not (isinstance(policy, Mapping) and "Statement" in policy):
            raise NotImplementedError(f"the local cloud cannot evaluate the policy {policy!r} of {function}")
        for statement in _several(policy["Statement"]):
            if statement["Effect"] != "Allow" or statement.keys() - _STATEMENT:
                raise NotImplementedError(f"the local cloud cannot evaluate {statement!r} of {function}")
            conditions = tuple(_conditions(statement.get("Condition", {})))
            for action in _several(statement["Action"]):
                for resource in _several(statement["Resource"]):
                    yield Grant(function, action, resource, conditions)


def _added_by_sam(name: str, function: Function) -> Iterator[Grant]:
    """What a function's role has besides; SAM's leave to read every stream of the account is not wanted."""
    if function.on_failure:
        yield Grant(name, "sqs:SendMessage", function.on_failure, added_by_sam=True)


@cache
def stream_asks(stream_arn: str) -> Sequence[Ask]:
    """What an event source mapping that reads the stream asks for."""
    return [Ask(f"dynamodb:{action}", (stream_arn,)) for action in _READS_STREAM]


class PermittedSource:
    """A stream as a function's event source mapping reads it: as long as the function may."""

    def __init__(self, stream: Source, insist: Callable[[], None]) -> None:
        self._stream = stream
        self._insist = insist
        insist()

    def end(self) -> int:
        """How many records there ever were."""
        return self._stream.end()

    def records(self, start: int, limit: int) -> list[Record]:
        """Up to that many, from the position `start`. Raises PermissionError."""
        self._insist()
        return self._stream.records(start, limit)

    def at_hand(self, start: int) -> list[Record] | None:
        """All from the position `start`, if nobody is to be waited for and it may."""
        try:
            self._insist()
        except PermissionError:
            return None
        return self._stream.at_hand(start)


def _conditions(block: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for operator, tests in block.items():
        for key, values in tests.items():
            if operator not in ("StringEquals", "StringLike") or key not in CONDITION_KEYS:
                raise NotImplementedError(f"the local cloud cannot evaluate the condition {operator} of {key}")
            yield Condition(operator, key, tuple(_several(values)))


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """IAM's wildcards: `*` for anything, `?` for one character."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
