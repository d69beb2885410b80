"""Asks a function's policies before each of its calls to AWS, whoever answers, and refuses in the service's words."""

import json
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from infra.local.actions import Ask, Request, asks, deleted_objects, is_delete_objects, list_bucket
from infra.local.aws import ACCESS_KEY, ACCOUNT
from infra.local.callers import function_of
from infra.local.policies import Policies

# Services without a header that names the operation: they answer as HTTP does.
_REST = ("lambda", "ses")


class Guard:
    """The WSGI application before AWS; the root's calls all pass, a stranger's none."""

    def __init__(self, aws: WSGIApplication, policies: Policies) -> None:
        self._aws = aws
        self._policies = policies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let a call pass, or refuse it."""
        request = Request.of(environ)
        if request.access_key == ACCESS_KEY:
            return self._aws(environ, start_response)
        function = function_of(request.access_key)
        if refused := self._policies.refused(function, asks(request)):
            return _refusal(request, function, refused)(environ, start_response)
        if request.service == "s3" and request.method in ("GET", "HEAD"):
            return self._looked_up(request, function, environ, start_response)
        return self._aws(environ, start_response)

    def _looked_up(
        self, request: Request, function: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """What S3 answers: that an object is not there it says only to who may list the bucket."""
        answered: list[tuple[str, list[tuple[str, str]]]] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answered.append((status, headers))
            return lambda data: None

        content = list(self._aws(environ, note))
        status, headers = answered[-1]
        is_missing = status.startswith(f"{HTTPStatus.NOT_FOUND} ")
        if is_missing and (refused := self._policies.refused(function, [list_bucket(request)])):
            return _refusal(request, function, refused)(environ, start_response)
        start_response(status, headers)
        return content


def _refusal(request: Request, function: str, refused: Sequence[Ask]) -> Response:
    """AccessDenied, as the service says it."""
    ask = refused[0]
    message = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{function}Role/{function} is not authorized to perform: "
        f"{ask.action} on resource: {ask.resources[0]} because no identity-based policy allows the {ask.action} action"
    )
    if is_delete_objects(request):
        return _nothing_deleted(request, message)
    if request.service == "s3":
        body = f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        return _xml(body, HTTPStatus.FORBIDDEN)
    code = "AccessDeniedException"
    status = HTTPStatus.FORBIDDEN if request.service in _REST else HTTPStatus.BAD_REQUEST
    content = json.dumps({"__type": code, "Message": message, "message": message})
    return Response(content, status, {"X-Amzn-ErrorType": code}, content_type="application/x-amz-json-1.0")


def _nothing_deleted(request: Request, message: str) -> Response:
    """DeleteObjects succeeds, and says of each object that it was not deleted; S3 would delete those that may be."""
    errors = "".join(
        f"<Error><Key>{escape(key)}</Key>{f'<VersionId>{escape(version)}</VersionId>' if version else ''}"
        f"<Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        for key, version in deleted_objects(request)
    )
    return _xml(f"<DeleteResult>{errors}</DeleteResult>", HTTPStatus.OK)


def _xml(body: str, status: HTTPStatus) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status, content_type="application/xml")
