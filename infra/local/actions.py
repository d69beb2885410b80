"""What a call to AWS needs leave for: IAM's actions, on which resources, in which circumstances.

After AWS's Service Authorization Reference. A call that is not known here asks for an action that no policy grants.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.types import WSGIEnvironment
from xml.etree import ElementTree

from infra.local.aws import ACCOUNT, REGION

# The condition keys that are given with a request; a policy may use no other here.
CONDITION_KEYS = frozenset({"kms:SigningAlgorithm", "s3:prefix", "ses:FromAddress"})

_INVOCATION = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# What is written along with an object, by the header that says so.
_BESIDE_AN_OBJECT = {
    "HTTP_X_AMZ_ACL": "s3:PutObjectAcl",
    "HTTP_X_AMZ_OBJECT_LOCK_LEGAL_HOLD": "s3:PutObjectLegalHold",
    "HTTP_X_AMZ_OBJECT_LOCK_MODE": "s3:PutObjectRetention",
    "HTTP_X_AMZ_TAGGING": "s3:PutObjectTagging",
}


@dataclass(frozen=True)
class Ask:
    """An action on a resource; of several resources, leave for any one of them will do."""

    action: str
    resources: tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A call as it came in, and who signed it for which service."""

    access_key: str
    service: str
    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: WSGIEnvironment
    body: bytes

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> "Request":
        """From what the server was sent; unsigned it is taken for a stranger's call to S3."""
        credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0]
        access_key, *scope = credential.split("/")
        return cls(
            access_key,
            scope[2] if len(scope) > 2 else "s3",
            environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2],
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode(),
            dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)),
            environ,
            environ["wsgi.input"].getvalue(),
        )

    @property
    def content(self) -> Any:
        """The body of a service that speaks JSON."""
        return json.loads(self.body or b"{}")


def asks(request: Request) -> Sequence[Ask]:
    """All that the request needs leave for, each once."""
    found = _BY_SERVICE.get(request.service, _unknown)(request)
    return list({(ask.action, ask.resources): ask for ask in found}.values())


def list_bucket(request: Request) -> Ask:
    """What a caller must be allowed to be told that an object is not there."""
    return Ask("s3:ListBucket", (_bucket_arn(_bucket_and_key(request)[0]),))


def deleted_objects(request: Request) -> Sequence[tuple[str, str | None]]:
    """The keys and versions that a DeleteObjects names."""
    return [
        (key.text or "", each.findtext("{*}VersionId"))
        for each in ElementTree.fromstring(request.body).iterfind("{*}Object")  # noqa: S314 — the functions' own
        if (key := each.find("{*}Key")) is not None
    ]


def is_delete_objects(request: Request) -> bool:
    """Whether it is S3's DeleteObjects, which answers for each object by itself."""
    return request.service == "s3" and request.method == "POST" and "delete" in request.query


def _unknown(request: Request) -> Iterator[Ask]:
    yield Ask(f"{request.service}:{request.operation or f'{request.method} {request.path}'}", ("*",))


def _arn(service: str, resource: str) -> str:
    return resource if resource.startswith("arn:") else f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _dynamodb(request: Request) -> Iterator[Ask]:
    content = request.content
    match request.operation:
        case "TransactGetItems":
            for item in content["TransactItems"]:
                yield _on_table("GetItem", item["Get"]["TableName"])
        case "TransactWriteItems":
            for item in content["TransactItems"]:
                [(kind, write)] = item.items()
                yield _on_table(_TRANSACTION[kind], write["TableName"])
        case "BatchGetItem" | "BatchWriteItem":
            for table in content["RequestItems"]:
                yield _on_table(request.operation, table)
        case operation if "TableName" in content:
            yield _on_table(operation, content["TableName"], content.get("IndexName"))
        case _:
            yield from _unknown(request)


def _on_table(operation: str, table: str, index: str | None = None) -> Ask:
    name = table if table.startswith("arn:") else f"table/{table}"
    return Ask(f"dynamodb:{operation}", (_arn("dynamodb", name + (f"/index/{index}" if index else "")),))


def _cognito(request: Request) -> Iterator[Ask]:
    yield Ask(
        f"cognito-idp:{request.operation}", (_arn("cognito-idp", f"userpool/{request.content.get('UserPoolId', '')}"),)
    )


def _secret(request: Request) -> Iterator[Ask]:
    yield Ask(
        f"secretsmanager:{request.operation}", (_arn("secretsmanager", request.content.get("SecretId", "secret:")),)
    )


def _kms(request: Request) -> Iterator[Ask]:
    content = request.content
    key = content.get("KeyId", "")
    context = {"kms:SigningAlgorithm": content["SigningAlgorithm"]} if "SigningAlgorithm" in content else {}
    yield Ask(f"kms:{request.operation}", (key if key.startswith("arn:") else _arn("kms", f"key/{key}"),), context)


def _sqs(request: Request) -> Iterator[Ask]:
    queue = request.content.get("QueueUrl", "").rpartition("/")[2]
    yield Ask(f"sqs:{request.operation}", (_arn("sqs", queue),))


def _ses(request: Request) -> Iterator[Ask]:
    if (request.method, request.path) != ("POST", "/v2/email/outbound-emails"):
        yield from _unknown(request)
        return
    content = request.content
    action = "ses:SendRawEmail" if "Raw" in content.get("Content", {}) else "ses:SendEmail"
    sender = parseaddr(content.get("FromEmailAddress", ""))[1]
    # Verified by itself or with its domain: the one that is has the say.
    identities = (_arn("ses", f"identity/{sender}"), _arn("ses", f"identity/{sender.rpartition('@')[2]}"))
    context = {"ses:FromAddress": sender}
    yield Ask(action, identities, context)
    if name := content.get("ConfigurationSetName"):
        yield Ask(action, (_arn("ses", f"configuration-set/{name}"),), context)


def _lambda(request: Request) -> Iterator[Ask]:
    found = _INVOCATION.fullmatch(request.path)
    if found and request.method == "POST":
        name = unquote(found[1])
        yield Ask("lambda:InvokeFunction", (name if name.startswith("arn:") else _arn("lambda", f"function:{name}"),))
    else:
        yield from _unknown(request)


def _s3(request: Request) -> Iterator[Ask]:
    bucket, key = _bucket_and_key(request)
    resources = (_bucket_arn(bucket, key),)
    version = "Version" if "versionId" in request.query else ""
    about = request.query.keys() - {"x-id", "versionId"}
    if not key:
        yield from _s3_bucket(request, bucket)
        return
    match request.method:
        case "GET" | "HEAD" if about <= _OF_A_DOWNLOAD:
            yield Ask(f"s3:GetObject{version}", resources)
        case "GET" | "PUT" | "DELETE" if about == {"tagging"}:
            yield Ask(f"s3:{request.method.capitalize()}Object{version}Tagging", resources)
        case "GET" | "PUT" if about == {"retention"}:
            yield Ask(f"s3:{request.method.capitalize()}ObjectRetention", resources)
        case "DELETE" if not about:
            yield Ask(f"s3:DeleteObject{version}", resources)
        case "PUT" if not about or {"uploadId", "partNumber"} == about:
            yield from _s3_put(request, resources)
        case "POST" if about in ({"uploads"}, {"uploadId"}):
            yield from _s3_put(request, resources)
        case _:
            yield from _unknown(request)


_OF_A_DOWNLOAD = frozenset(
    f"response-{name}"
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
)


def _s3_put(request: Request, resources: tuple[str, ...]) -> Iterator[Ask]:
    yield Ask("s3:PutObject", resources)
    for header, action in _BESIDE_AN_OBJECT.items():
        if header in request.headers:
            yield Ask(action, resources)
    if source := request.headers.get("HTTP_X_AMZ_COPY_SOURCE"):
        path, _, version = source.partition("?versionId=")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        yield Ask("s3:GetObjectVersion" if version else "s3:GetObject", (_bucket_arn(bucket, key),))


def _s3_bucket(request: Request, bucket: str) -> Iterator[Ask]:
    if is_delete_objects(request):
        for key, version in deleted_objects(request):
            yield Ask("s3:DeleteObject", (_bucket_arn(bucket, key),))
            if version:
                yield Ask("s3:DeleteObjectVersion", (_bucket_arn(bucket, key),))
    elif request.method in ("GET", "HEAD") and ("list-type" in request.query or not request.query):
        yield Ask("s3:ListBucket", (_bucket_arn(bucket),), _prefix(request))
    elif request.method == "GET" and "versions" in request.query:
        yield Ask("s3:ListBucketVersions", (_bucket_arn(bucket),), _prefix(request))
    else:
        yield from _unknown(request)


def _prefix(request: Request) -> Mapping[str, str]:
    return {"s3:prefix": request.query["prefix"]} if "prefix" in request.query else {}


def _bucket_and_key(request: Request) -> tuple[str, str]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    return bucket, key


def _bucket_arn(bucket: str, key: str = "") -> str:
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")


_BY_SERVICE: Mapping[str, Callable[[Request], Iterator[Ask]]] = {
    "cognito-idp": _cognito,
    "dynamodb": _dynamodb,
    "kms": _kms,
    "lambda": _lambda,
    "s3": _s3,
    "secretsmanager": _secret,
    "ses": _ses,
    "sqs": _sqs,
}
