"""Torn reads: the answers that DynamoDB may give when others commit while it is reading.

A GetItem reads one item, and a TransactGetItems all of its own as of one moment or not at all. A Query reads its items
one after the other, in their order; a BatchGetItem reads each whenever it likes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, HeadersDict

from tests.crash.footprints import content, named

type Answer = Mapping[str, Any]
type Items = Sequence[Mapping[str, Any]]

CAN_BE_TORN = frozenset({"dynamodb.Query", "dynamodb.BatchGetItem"})


def unlimited(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """The same read of all that there is: what stands behind the limit may move before it meanwhile."""
    asked = {name: value for name, value in content(request).items() if name != "Limit"}
    body = json.dumps(asked).encode()
    headers: Any = HeadersDict({**request.headers, "Content-Length": str(len(body))})
    return AWSPreparedRequest(request.method, request.url, headers, body, stream_output=False)


def answers(request: AWSPreparedRequest, before: Answer, after: Answer) -> list[Answer]:
    """Every answer that a read can give when others commit during it: as before, then each one that is torn.

    Given what `unlimited` finds before and after. The one that is as after is left out: it is that of a later read.
    """
    asked = content(request)
    if named(request) == "dynamodb.Query":
        limit = asked.get("Limit")
        forward = asked.get("ScanIndexForward", True)
        whole = [_page(items, limit) for items in _in_order(before, after, forward=forward)]
        last = _page(after["Items"], limit)
    else:
        whole = [{"Responses": {table: items}, "UnprocessedKeys": {}} for table, items in _each(before, after)]
        last = whole[-1]
    distinct: list[Answer] = whole[:1]
    for answer in whole[1:]:
        if answer != last and answer not in distinct:
            distinct.append(answer)
    return distinct


def _in_order(before: Answer, after: Answer, *, forward: bool) -> Iterator[Items]:
    """The items up to each place as before and from there on as after, the largest part as before first."""
    assert "LastEvaluatedKey" not in before.keys() | after.keys(), "more than DynamoDB reads at once"
    old, new = _by_name(before["Items"]), _by_name(after["Items"])
    names = sorted(old.keys() | new.keys(), reverse=not forward)
    for place in reversed(range(len(names) + 1)):
        mixed = [old.get(name) for name in names[:place]] + [new.get(name) for name in names[place:]]
        yield [item for item in mixed if item is not None]


def _each(before: Answer, after: Answer) -> Iterator[tuple[str, Items]]:
    """Each of the items that have changed as before or as after, in every combination."""
    [(table, olds)] = before["Responses"].items()
    [news] = after["Responses"].values()
    old, new = _by_name(olds), _by_name(news)
    names = sorted(old.keys() | new.keys())
    choices = [[old.get(name), new.get(name)] if old.get(name) != new.get(name) else [old[name]] for name in names]
    for mixed in product(*choices):
        yield table, [item for item in mixed if item is not None]


def _by_name(items: Items) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}


def _page(items: Items, limit: int | None) -> Answer:
    if limit is None or len(items) < limit:
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    page = items[:limit]
    last = {name: page[-1][name] for name in ("PK", "SK")}
    return {"Items": page, "Count": limit, "ScannedCount": limit, "LastEvaluatedKey": last}
