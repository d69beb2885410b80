"""S3 as the browser reaches it: presigned POST and GET, enforced as S3 does (moto would take anything)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request, Response

from infra.local.aws import ACCOUNT, REGION, Call
from infra.local.callers import calling, is_known

PREFIX = "/_local/s3/"
_MARK = "presigned-post"
_LONGEST_LINK = 7 * 24 * 60 * 60
# What a policy need not name.
_FREE_FIELDS = frozenset({"policy", "x-amz-signature", "file"})
# Form fields that are stored with the object, by their name in put_object.
_STORED_FIELDS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-type": "ContentType",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-storage-class": "StorageClass",
}
_OVERRIDES = {
    "response-cache-control": "ResponseCacheControl",
    "response-content-disposition": "ResponseContentDisposition",
    "response-content-encoding": "ResponseContentEncoding",
    "response-content-language": "ResponseContentLanguage",
    "response-content-type": "ResponseContentType",
}


class S3Error(Exception):
    """A refusal in S3's words."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def _denied(message: str) -> S3Error:
    return S3Error(HTTPStatus.FORBIDDEN, "AccessDenied", message)


class PublicStore:
    """The buckets at the gateway's own origin; `endpoint` is what links are signed for, with their signer's rights."""

    def __init__(self, endpoint: str, secret_key: str) -> None:
        self._host = urlsplit(endpoint).netloc
        self._secret_key = secret_key
        self._client: Any = None

    def respond(self, request: Request) -> Response:
        """Answer a presigned request, or refuse it as S3 would."""
        bucket, _, key = request.path.removeprefix(PREFIX).partition("/")
        try:
            if request.method == "POST" and not key:
                return self._upload(request, bucket)
            if request.method in ("GET", "HEAD") and key:
                return self._download(request, bucket, key)
            raise S3Error(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", "The method is not allowed here.")
        except S3Error as error:
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<Error><Code>{error.code}</Code><Message>{escape(str(error))}</Message></Error>"
            )
            return Response(body, error.status, content_type="application/xml")

    @property
    def _s3(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.config import Config

            self._client = boto3.client("s3", config=Config(user_agent_extra=_MARK))
        return self._client

    def _upload(self, request: Request, bucket: str) -> Response:
        if request.mimetype != "multipart/form-data":
            raise S3Error(HTTPStatus.PRECONDITION_FAILED, "PreconditionFailed", "The body must be multipart/form-data.")
        fields = {name.lower(): value for name, value in request.form.items()}
        files = request.files.getlist("file")
        if len(files) != 1 or len(list(request.files.keys())) != 1:
            raise _argument("POST requires exactly one file upload per request.")
        content = files[0].stream.read()
        if "key" not in fields:
            raise _argument("Bucket POST must contain a field named 'key'.")
        fields["key"] = fields["key"].replace("${filename}", _file_name(files[0]))
        policy = self._policy(fields)
        _insist_on(policy, fields | {"bucket": bucket}, len(content))
        with calling(_signer(fields["x-amz-credential"])):
            return self._store(bucket, fields, content)

    def _policy(self, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """The policy that came with a form, once its signature is checked."""
        if "policy" not in fields:
            raise _denied("Access Denied")
        if fields.get("x-amz-algorithm") != "AWS4-HMAC-SHA256":
            raise _argument("X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
        scope = self._scope(fields.get("x-amz-credential", ""), fields.get("x-amz-date", ""))
        signature = self._signature(scope, fields["policy"])
        if not hmac.compare_digest(signature, fields.get("x-amz-signature", "")):
            raise _wrong_signature()
        try:
            policy: Mapping[str, Any] = json.loads(base64.b64decode(fields["policy"]))
            expiration = datetime.fromisoformat(policy["expiration"])
            list(policy["conditions"])
        except (KeyError, TypeError, ValueError) as error:
            raise S3Error(HTTPStatus.BAD_REQUEST, "InvalidPolicyDocument", "The policy cannot be read.") from error
        if datetime.now(UTC) >= expiration:
            raise _denied("Invalid according to Policy: Policy expired.")
        return policy

    def _store(self, bucket: str, fields: Mapping[str, str], content: bytes) -> Response:
        options = {_STORED_FIELDS[name]: value for name, value in fields.items() if name in _STORED_FIELDS}
        metadata = {
            name.removeprefix("x-amz-meta-"): value for name, value in fields.items() if name.startswith("x-amz-meta-")
        }
        answer = self._call("put_object", Bucket=bucket, Key=fields["key"], Body=content, Metadata=metadata, **options)
        headers = {"ETag": answer["ETag"], "Location": f"{PREFIX}{bucket}/{quote(fields['key'])}"}
        status = fields.get("success_action_status", "204")
        return Response(status=int(status) if status in ("200", "201") else 204, headers=headers)

    def _download(self, request: Request, bucket: str, key: str) -> Response:
        query = dict(parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True))
        if "X-Amz-Signature" not in query:
            raise _denied("Access Denied")
        self._insist_on_link(request, query)
        options = {_OVERRIDES[name]: value for name, value in query.items() if name in _OVERRIDES}
        if "versionId" in query:
            options["VersionId"] = query["versionId"]
        with calling(_signer(query["X-Amz-Credential"])):
            found = self._call("get_object", Bucket=bucket, Key=key, **options)
        response = Response(found["Body"].read(), content_type=found["ContentType"])
        response.headers["ETag"] = found["ETag"]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.last_modified = found["LastModified"]
        for header, name in (("Content-Disposition", "ContentDisposition"), ("Cache-Control", "CacheControl")):
            if name in found:
                response.headers[header] = found[name]
        return response

    def _insist_on_link(self, request: Request, query: Mapping[str, str]) -> None:
        """Raises S3Error unless the link was signed by us and still holds."""
        try:
            signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            seconds = int(query["X-Amz-Expires"])
            signed_headers = query["X-Amz-SignedHeaders"].split(";")
        except (KeyError, ValueError) as error:
            raise _parameters("Query-string authentication is incomplete.") from error
        if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" or not 0 < seconds <= _LONGEST_LINK:
            raise _parameters("X-Amz-Algorithm or X-Amz-Expires is not supported.")
        scope = self._scope(query.get("X-Amz-Credential", ""), query["X-Amz-Date"])
        # Read again under any of its names: 127.0.0.1 is as much the gateway as localhost.
        headers = {name: self._host if name == "host" else request.headers.get(name, "") for name in signed_headers}
        canonical = "\n".join(
            [
                request.method,
                quote(unquote(urlsplit(request.environ["RAW_URI"]).path), safe="/~"),
                "&".join(
                    f"{quote(name, safe='~')}={quote(value, safe='~')}"
                    for name, value in sorted(query.items())
                    if name != "X-Amz-Signature"
                ),
                *(f"{name}:{value.strip()}" for name, value in headers.items()),
                "",
                query["X-Amz-SignedHeaders"],
                "UNSIGNED-PAYLOAD",
            ]
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", query["X-Amz-Date"], "/".join(scope), digest])
        if not hmac.compare_digest(self._signature(scope, text), query["X-Amz-Signature"]):
            raise _wrong_signature()
        if datetime.now(UTC) >= signed_at + timedelta(seconds=seconds):
            raise _denied("Request has expired")

    def _scope(self, credential: str, date: str) -> tuple[str, str, str, str]:
        access_key, *scope = credential.split("/")
        if not is_known(access_key):
            raise S3Error(HTTPStatus.FORBIDDEN, "InvalidAccessKeyId", "The access key does not exist in our records.")
        if scope != [date[:8], REGION, "s3", "aws4_request"]:
            raise _parameters("The credential's scope does not fit.")
        return date[:8], REGION, "s3", "aws4_request"

    def _signature(self, scope: tuple[str, ...], text: str) -> str:
        key = f"AWS4{self._secret_key}".encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import ClientError

        try:
            return getattr(self._s3, operation)(**arguments)
        except ClientError as error:
            status = HTTPStatus(error.response["ResponseMetadata"]["HTTPStatusCode"])
            raise S3Error(status, error.response["Error"]["Code"], error.response["Error"]["Message"]) from error


def _signer(credential: str) -> str:
    return credential.partition("/")[0]


def _argument(message: str) -> S3Error:
    return S3Error(HTTPStatus.BAD_REQUEST, "InvalidArgument", message)


def _parameters(message: str) -> S3Error:
    return S3Error(HTTPStatus.BAD_REQUEST, "AuthorizationQueryParametersError", message)


def _wrong_signature() -> S3Error:
    message = "The request signature we calculated does not match the signature you provided."
    return S3Error(HTTPStatus.FORBIDDEN, "SignatureDoesNotMatch", message)


def _file_name(file: FileStorage) -> str:
    return (file.filename or "").replace("\\", "/").rpartition("/")[2]


def _insist_on(policy: Mapping[str, Any], fields: Mapping[str, str], size: int) -> None:
    """Raises S3Error unless the form meets every condition of the policy, and has no field beyond them."""
    named = set(_FREE_FIELDS)
    for condition in policy["conditions"]:
        match condition:
            case dict() if len(condition) == 1:
                [(name, value)] = condition.items()
                named.add(name.lower())
                holds = fields.get(name.lower()) == value
            case ["content-length-range", low, high]:
                if size < int(low):
                    raise _size("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
                if size > int(high):
                    raise _size("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
                continue
            case [("eq" | "starts-with") as rule, str(name), str(value)] if name.startswith("$"):
                name = name[1:].lower()
                named.add(name)
                found = fields.get(name)
                holds = found is not None and (found == value if rule == "eq" else found.startswith(value))
            case _:
                raise S3Error(HTTPStatus.BAD_REQUEST, "InvalidPolicyDocument", f"Invalid condition: {condition}")
        if not holds:
            raise _denied(f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}")
    extra = sorted(name for name in fields.keys() - named - {"bucket"} if not name.startswith("x-ignore-"))
    if extra:
        raise _denied(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")


def _size(code: str, message: str) -> S3Error:
    return S3Error(HTTPStatus.BAD_REQUEST, code, message)


class ObjectEvents:
    """Tells a function's S3 event of each object that is written to a bucket under a prefix."""

    def __init__(self, properties: Mapping[str, Any], put: Callable[[Any], None]) -> None:
        self._bucket = properties["Bucket"]
        events = properties["Events"]
        self._wanted = [events] if isinstance(events, str) else events
        rules = properties.get("Filter", {}).get("S3Key", {}).get("Rules", [])
        self._rules = [(rule["Name"].lower(), rule["Value"]) for rule in rules]
        self._put = put

    def see(self, call: Call) -> None:
        """Put the event, if the call wrote or removed an object that the rules name."""
        bucket, _, key = call.path.lstrip("/").partition("/")
        if call.service != "s3" or bucket != self._bucket or not key or not 200 <= call.status < 300:
            return
        name = _event_name(call)
        if name and self._is_wanted(name) and all(_fits(rule, value, key) for rule, value in self._rules):
            self._put({"Records": [_record(name, bucket, key)]})

    def _is_wanted(self, name: str) -> bool:
        return any(name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1])) for wanted in self._wanted)


def _fits(rule: str, value: str, key: str) -> bool:
    return key.startswith(value) if rule == "prefix" else key.endswith(value)


def _event_name(call: Call) -> str | None:
    about = {name for name, _ in parse_qsl(call.query, keep_blank_values=True)} - {"x-id", "versionId"}
    if call.method == "POST" and about == {"uploadId"}:
        return "s3:ObjectCreated:CompleteMultipartUpload"
    if about:
        return None  # not the object itself, but its tags, its lock or one part of it
    if call.method == "PUT":
        return "s3:ObjectCreated:Post" if _MARK in call.user_agent else "s3:ObjectCreated:Put"
    return "s3:ObjectRemoved:Delete" if call.method == "DELETE" else None


def _record(name: str, bucket: str, key: str) -> dict[str, Any]:
    from moto.s3.models import s3_backends

    written = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    about: dict[str, Any] = {"key": quote(key, safe="/").replace("%20", "+"), "sequencer": f"{id(written):016X}"}
    if written is not None:
        about |= {"size": written.size, "eTag": written.etag.strip('"'), "versionId": str(written.version_id)}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "eventName": name.removeprefix("s3:"),
        "userIdentity": {"principalId": "local"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "local"}, "arn": f"arn:aws:s3:::{bucket}"},
            "object": about,
        },
    }
