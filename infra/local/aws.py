"""The AWS services: moto's server, answering one request at a time, the tables' engine, and whoever watches them."""

import base64
import copy
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Protocol, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import HTTPException

from infra.local.deliveries import Source
from infra.local.server import Server

REGION = "eu-west-3"
ACCOUNT = "123456789012"

ACCESS_KEY = "local"
SECRET_KEY = "local-secret"  # noqa: S105 — signs calls to moto and presigned links, and protects nothing

# Set before moto and botocore are imported: both read some of these only then.
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "MOTO_ACCOUNT_ID": ACCOUNT,
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR": "false",
}

_READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems", "GetSecretValue"})
# Calls of items, as moto names what answers them.
_OF_ITEMS = {
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
# In bytes, as moto has it: DynamoDB's own limit is a little lower.
_LARGEST_ITEM = 405_000
# Values of DynamoDB that hold no others, and look alike in moto, on the way and in a function.
_PLAIN = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})


@dataclass(frozen=True)
class Call:
    """One call that was answered: enough to tell what it did."""

    service: str
    operation: str
    method: str
    path: str
    query: str
    user_agent: str
    body: bytes
    status: int

    @property
    def only_reads(self) -> bool:
        """Whether it changes nothing, whatever it is answered."""
        return self.operation in _READS or self.method in ("GET", "HEAD")


type Observer = Callable[[Call], None]
type PutBack = Callable[[], None]


class Tables(Protocol):
    """The engine that keeps the tables."""

    name: str

    def prepare(self) -> None:
        """Begin whatever takes its time; nothing is answered yet."""

    def serve(self, aws: "Aws") -> None:
        """Be ready for the first call."""

    def stop(self) -> None:
        """End."""

    def stream(self, table: str) -> Source:
        """The change records of a table."""

    def snapshot(self, tables: Sequence[str]) -> PutBack:
        """All that these hold now."""

    def empty(self, table: str) -> None:
        """Remove all items."""


class Aws:
    """All services behind one address, answered by `application`; `lock` holds moto still while something is read."""

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables = tables or MotoTables()
        # Whoever is told of a write, and so holds it, may read what was written.
        self.lock = threading.RLock()
        self._observers: list[Observer] = []
        self._others: dict[str, WSGIApplication] = {}
        self.application: WSGIApplication = self._answer
        self._server = Server(0)
        self.url = f"http://127.0.0.1:{self._server.port}"
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(_ENVIRONMENT, AWS_ENDPOINT_URL=self.url)

    def start(self) -> Self:
        """Load moto, which takes the greater part of a second, and answer."""
        self.tables.prepare()
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        _make_answers_quick()
        _read_services_once()
        self._moto = _tables_straight(DomainDispatcherApplication(create_backend_app))
        self.tables.serve(self)
        self._server.start(self.application)
        return self

    def watch(self, observer: Observer) -> None:
        """Call this observer after each answered call, from several threads: it must be quick and call nothing."""
        self._observers.append(observer)

    def let_answer(self, service: str, application: WSGIApplication) -> None:
        """Let another than moto answer for a service, out of turn: it may call the others."""
        self._others[service] = application

    def put_before(self, middleware: Callable[[WSGIApplication], WSGIApplication]) -> None:
        """Let this see every call first, whoever answers it; to be said before the start."""
        self.application = middleware(self.application)

    def stop(self) -> None:
        """Answer no more; what moto holds stays in the process."""
        self._server.stop()
        self.tables.stop()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service, operation = _named(environ)
        other = self._others.get(service)
        body = environ["wsgi.input"].getvalue()
        status: list[int] = []

        def noted(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            status.append(int(line.split(" ", 1)[0]))
            return start_response(line, headers, exc_info)

        with nullcontext() if other else self.lock:
            chunks = list((other or self._moto)(environ, noted))
            call = Call(
                service,
                operation,
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"].encode("latin-1").decode(),
                environ["QUERY_STRING"],
                environ.get("HTTP_USER_AGENT", ""),
                body,
                status[-1],
            )
            for observer in self._observers:
                observer(call)
        return chunks

    def stream(self, table: str) -> Source:
        """The change records of a table."""
        return self.tables.stream(table)

    def snapshot(self, tables: Iterable[str], buckets: Iterable[str], user_pools: Iterable[str]) -> PutBack:
        """All that these hold now; what is returned puts it back, whatever came or went since, as often as called."""
        from infra.local.snapshot import Snapshot

        put_tables_back = self.tables.snapshot([*tables])
        with self.lock:
            held = Snapshot(buckets, user_pools)

        def put_back() -> None:
            put_tables_back()
            with self.lock:
                held.put_back()

        return put_back

    def empty(self, tables: Iterable[str], buckets: Iterable[str]) -> None:
        """Remove all items and objects at once, those under Object Lock too, which no API call could."""
        from moto.core.model_instances import reset_model_data
        from moto.s3.models import s3_backends

        for table in tables:
            self.tables.empty(table)
        with self.lock:
            # Moto's own list of all it ever made, which only its dashboard reads.
            reset_model_data()
            for bucket in buckets:
                s3_backends[ACCOUNT]["aws"].buckets[bucket].keys.clear()


def _named(environ: WSGIEnvironment) -> tuple[str, str]:
    """The service that a request was signed for, and the operation where a header names it."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = authorization.partition("Credential=")[2].split("/")
    return (scope[3] if len(scope) > 3 else "s3"), environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]


class MotoTables:
    """Moto's own tables, in this process."""

    name = "moto"

    def prepare(self) -> None:
        """Nothing: moto is loaded once."""

    def serve(self, aws: Aws) -> None:
        """Keep them in that moto."""
        _let_transactions_read_a_hundred()
        _make_transactions_quick()
        _make_queries_quick()
        _measure_items_once()
        self._aws = aws

    def stop(self) -> None:
        """Nothing: they stay in the process."""

    def stream(self, table: str) -> "Stream":
        """The change records of a table."""
        return Stream(self._aws, table)

    def snapshot(self, tables: Sequence[str]) -> PutBack:
        """All that these hold now."""
        from infra.local.snapshot import TablesSnapshot

        with self._aws.lock:
            held = TablesSnapshot(tables)

        def put_back() -> None:
            with self._aws.lock:
                held.put_back()

        return put_back

    def empty(self, table: str) -> None:
        """Remove all items at once."""
        from moto.dynamodb.models import dynamodb_backends

        with self._aws.lock:
            dynamodb_backends[ACCOUNT][REGION].tables[table].items.clear()


class Stream:
    """A table's stream, read out of moto: its own iterators would be kept for ever, one for each poll."""

    def __init__(self, aws: Aws, table: str) -> None:
        self._aws = aws
        self._table = table

    @property
    def _shard(self) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        # Looked up each time: a transaction that is cancelled puts another object in its place.
        return dynamodb_backends[ACCOUNT][REGION].tables[self._table].stream_shard

    def end(self) -> int:
        """How many records were ever written."""
        with self._aws.lock:
            return len(self._shard.items)

    def records(self, start: int, limit: int) -> list[dict[str, Any]]:
        """Up to that many records, as Lambda writes them, from the position `start`."""
        return self._written(slice(start, start + limit))

    def at_hand(self, start: int) -> list[dict[str, Any]]:
        """All from the position `start`."""
        return self._written(slice(start, None))

    def _written(self, which: slice) -> list[dict[str, Any]]:
        # Not amid a transaction: what it has written so far is taken back if it is cancelled.
        with self._aws.lock:
            shard = self._shard
            arn = f"{shard.table.table_arn}/stream/{shard.table.latest_stream_label}"
            return [_written_once(item, arn) for item in shard.items[which]]


def _written_once(item: Any, stream_arn: str) -> dict[str, Any]:
    """One of moto's records as Lambda writes it, kept with it: each function that may want it reads it."""
    if "as_lambda_has_it" not in item.__dict__:
        item.as_lambda_has_it = as_lambda_has_it(item.to_json(), stream_arn)
    written: dict[str, Any] = item.as_lambda_has_it
    return written


def as_lambda_has_it(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """A stream's record as it comes to a function; whoever changes it there changes nothing here."""
    # moto's moments are in UTC, and do not say so.
    written = json.dumps(record, default=lambda moment: moment.replace(tzinfo=UTC).timestamp())
    content: dict[str, Any] = json.loads(written)
    return content | {"awsRegion": REGION, "eventSourceARN": stream_arn}


def _untracked_copy(model: Any) -> Any:
    """A shallow copy; moto keeps every model that is made the usual way for ever."""
    twin = object.__new__(type(model))
    twin.__dict__.update(model.__dict__)
    return twin


def _tables_straight(moto: Any) -> Any:
    """Moto, with calls of its tables handed to what answers them.

    On its way through moto's server each is looked at as a call of any service, a form or an upload, in a third of the
    time of an answer; another third goes into looking through items that come and go as they are.
    """
    from moto.dynamodb.responses import DynamoHandler

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        version, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if version != "DynamoDB_20120810":
            answered: Iterable[bytes] = moto(environ, start_response)
            return answered
        headers = {"X-Amz-Target": environ["HTTP_X_AMZ_TARGET"], "Content-Type": environ["CONTENT_TYPE"]}
        content = environ["wsgi.input"].getvalue()
        handler = DynamoHandler()
        handler.region, handler.current_account = REGION, ACCOUNT
        handler.headers, handler.querystring, handler.uri_match, handler.response_headers = headers, {}, {}, {}
        if operation in _OF_ITEMS:
            status, told, said = _of_items(handler, operation, content)
        else:
            handler.parse_parameters(
                SimpleNamespace(  # type: ignore[arg-type]
                    method="POST",
                    path="/",
                    values={},
                    headers=headers,
                    content_type=environ["CONTENT_TYPE"],
                    data=content,
                )
            )
            status, told, said = handler.call_action()
        body = said if isinstance(said, bytes) else said.encode()
        told = {name: str(value) for name, value in told.items()} | {"Content-Length": str(len(body))}
        start_response(f"{status} {HTTPStatus(int(status)).phrase}", [*told.items()])
        return [body]

    return answer


def _of_items(handler: Any, operation: str, content: bytes) -> tuple[int, dict[str, Any], str]:
    """The status, headers and body of an answer about items."""
    handler.body = json.loads(content)
    told = {"x-amzn-RequestId": _request_id()}
    try:
        result = getattr(handler, _OF_ITEMS[operation])().result
    except HTTPException as refusal:
        return refusal.code or 400, dict(refusal.get_headers()) | told, str(refusal.description)
    return 200, told | {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(result, default=_in_base64)


def _request_id() -> str:
    return secrets.token_hex(26).upper()


def _in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _let_transactions_read_a_hundred() -> None:
    """As many items as DynamoDB reads in one, where moto stops at 25."""
    from moto.dynamodb import responses

    responses.TRANSACTION_MAX_ITEMS = 100


def _make_transactions_quick() -> None:
    """Let a transaction's backup share the items.

    Moto copies the whole table with its stream, once for each item of a transaction. Here it is done once, and the copy
    shares all but the partitions that are to be written; an update, the only write that changes an item in place,
    changes a copy. (For tables with a sort key, as ours.)
    """
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.dynamo_type import DynamoType
    from moto.dynamodb.models.table import Table

    if hasattr(Table, "__deepcopy__"):
        return

    partitions: set[DynamoType] = set()
    backups: dict[str, Any] = {}

    def backup(table: Any, memo: dict[int, Any]) -> Any:
        if table.name in backups:
            return backups[table.name]
        twin = _untracked_copy(table)
        # The twin keeps what is there; the table goes on with its own of what may be written.
        table.items = table.items.copy()
        for pk in partitions & table.items.keys() if partitions else table.items:
            table.items[pk] = table.items[pk].copy()
        if table.stream_shard is not None:
            twin.stream_shard = _untracked_copy(table.stream_shard)
            twin.stream_shard.items = list(table.stream_shard.items)
            twin.stream_shard.table = twin
        if partitions:
            backups[table.name] = twin
        return twin

    write_together = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        asked = (one for item in transact_items for one in item.values())
        partitions.update(DynamoType((one.get("Key") or one["Item"])["PK"]) for one in asked)
        try:
            write_together(backend, transact_items)
        finally:
            partitions.clear()
            backups.clear()

    update_in_place = DynamoDBBackend.update_item

    def update_item(backend: Any, table_name: str, key: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        table = backend.get_table(table_name)
        pk, sk = backend.get_keys_value(table, key)
        if item := table.get_item(pk, sk):
            table.items[pk][sk] = copy.deepcopy(item)
        return update_in_place(backend, table_name, key, *arguments, **options)

    Table.__deepcopy__ = backup  # type: ignore[attr-defined]
    DynamoDBBackend.transact_write_items = transact_write_items  # type: ignore[method-assign, assignment]
    DynamoDBBackend.update_item = update_item  # type: ignore[method-assign, assignment]


def _make_queries_quick() -> None:
    """Let a query look into its partition alone, where moto sorts the whole table, and compare texts as they are."""
    from moto.dynamodb.models import table as models
    from moto.dynamodb.models.dynamo_type import DynamoType, Item
    from moto.dynamodb.models.table import Table

    if hasattr(Table, "_query_all"):
        return

    query_all = Table.query

    def query(table: Any, hash_key: Any, *arguments: Any, **options: Any) -> Any:
        if table.all_indexes() or not table.range_key_attr:
            return query_all(table, hash_key, *arguments, **options)
        partition = _untracked_copy(table)
        partition.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
        return query_all(partition, hash_key, *arguments, **options)

    def copied(whole: Any, memo: Any = None) -> Any:
        # What a query finds stays as it is: a write puts another item in its place.
        return [*whole] if isinstance(whole, list) and whole and isinstance(whole[0], Item) else copy.deepcopy(whole)

    cast = DynamoType.cast_value.fget  # type: ignore[attr-defined]
    models.copy = SimpleNamespace(copy=copy.copy, deepcopy=copied)  # type: ignore[assignment, attr-defined]
    Table._query_all = query_all  # type: ignore[attr-defined]
    Table.query = query  # type: ignore[method-assign, assignment]
    DynamoType.cast_value = property(lambda one: one.value if one.type == "S" else cast(one))  # type: ignore[assignment, method-assign]


def _measure_items_once() -> None:
    """Let an item be measured when it is made and when a query first finds it.

    Moto measures what an item has so far with each attribute that it gets, each item of a query twice, and a stream's
    record by writing it in JSON, which takes longer than writing it at all.
    """
    from moto.dynamodb.exceptions import ItemSizeTooLarge
    from moto.dynamodb.models import table
    from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

    if hasattr(Item, "_measure"):
        return

    measure = Item.size

    def size(item: Any) -> int:
        # An update changes a copy, which is not measured yet.
        if "measured" not in item.__dict__:
            item.measured = measure(item)
        measured: int = item.measured
        return measured

    def make(item: Any, hash_key: DynamoType, range_key: DynamoType | None, attrs: Mapping[str, Any]) -> None:
        item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
        for name, value in attrs.items():
            dict.__setitem__(item.attrs, name, DynamoType(value))
        if measure(item) > _LARGEST_ITEM:
            raise ItemSizeTooLarge

    Item._measure = measure  # type: ignore[attr-defined]
    Item.size = size  # type: ignore[assignment, method-assign]
    Item.__init__ = make  # type: ignore[assignment, method-assign]
    table.dynamo_json_dump = repr  # type: ignore[assignment, attr-defined]


def _make_answers_quick() -> None:
    """Let moto look up once what it looks up at each call, and pass on values of DynamoDB as they are.

    It lists its own folder to know its services and a class to know its actions, and seeks in each value all the types
    that one could have, under two names each; each answer's id it draws letter by letter. What reads the answer does
    nearly as much for the same values.
    """
    from botocore.parsers import BaseJSONParser
    from moto import backends
    from moto.core import responses
    from moto.core.serialize import BaseJSONSerializer

    if hasattr(BaseJSONSerializer, "_serialize_other_map"):
        return

    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = cache(responses.method_names_from_class)  # type: ignore[attr-defined]
    serialize = BaseJSONSerializer._serialize_type_map
    parse = BaseJSONParser._handle_map  # type: ignore[attr-defined]

    def serialize_map(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.value.name == "AttributeValue" and all(map(_is_plain, value.values())):
            serialized[serializer.get_serialized_name(shape, key)] = value
        else:
            serialize(serializer, serialized, value, shape, key)

    def parse_map(parser: Any, shape: Any, value: Any) -> Any:
        if shape.value.name == "AttributeValue" and all(map(_is_plain, value.values())):
            return value
        return parse(parser, shape, value)

    def identify(headers: Any = None) -> str:
        request_id = _request_id()
        if isinstance(headers, dict):
            headers["x-amzn-requestid"] = request_id
        return request_id

    responses.gen_amzn_requestid_long = identify  # type: ignore[assignment, attr-defined]
    BaseJSONSerializer._serialize_other_map = serialize  # type: ignore[attr-defined]
    BaseJSONSerializer._serialize_type_map = serialize_map  # type: ignore[method-assign, assignment]
    BaseJSONParser._handle_map = parse_map  # type: ignore[attr-defined]


def _read_services_once() -> None:
    """Let all functions, which share a process here, share what their SDK knows of the services.

    Each has a session of its own, which would read those files anew: half of what a function's first call takes.
    """
    from botocore.loaders import JSONFileLoader

    if not hasattr(JSONFileLoader, "_load_first"):
        load = JSONFileLoader.load_file
        read = cache(lambda path: load(JSONFileLoader(), path))
        JSONFileLoader._load_first = load  # type: ignore[attr-defined]
        JSONFileLoader.load_file = lambda loader, path: read(path)  # type: ignore[assignment, method-assign]


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Whether a value of DynamoDB, and all that it holds, is written as it is: but for bytes, all are."""
    [(kind, content)] = value.items()
    if kind == "M":
        return all(map(_is_plain, content.values()))
    return all(map(_is_plain, content)) if kind == "L" else kind in _PLAIN
