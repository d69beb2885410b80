"""The dispatcher: finds an event's job, validates what it brings, and turns answers and refusals into HTTP.

Our own rather than Powertools' resolver, which keeps the current request in a class attribute (so that one process
cannot run two requests) and costs as much at cold start as boto3 does.
"""

import json
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import session
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk
from functions.shared.fields import Nothing
from functions.shared.job import Answer, Job
from functions.shared.problem import invalid, problem
from functions.shared.refusal import Invalid, Refusal, Refused
from functions.shared.request import Request, read_file, read_json, refuse_cross_origin
from functions.shared.texts import language_for
from functions.shared.validation import validated


class Api:
    """The jobs of one function behind API Gateway's payload 2.0."""

    def __init__(self, jobs: Sequence[Job], cloud: Cloud) -> None:
        self._routes = [(_pattern(job.path), job) for job in jobs]
        self._desk = Desk(cloud)
        self._site_url = cloud.settings.site_url

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Answer one request; nothing that a caller sends gets past it as an exception."""
        request = Request.from_event(event)
        job: Job | None = None
        try:
            refuse_cross_origin(request, self._site_url)
            job, values = self._job(request)
            answer = self._run(job, replace(request, values=values), event)
        except Refusal as refusal:
            return self._refused(request, job, refusal)
        except (ClientError, BotoCoreError, TimeoutError) as error:
            _log(request, job, 503, "try_again", cause=_cause(error))
            return self._problem(request, Refused("try_again", retry_after=1))
        except Exception as error:
            _log(request, job, 500, "internal_error", cause=_cause(error), at=_where(error))
            return self._problem(request, Refused("internal_error"))
        _log(request, job, answer.status)
        return self._answered(request, answer)

    def _job(self, request: Request) -> tuple[Job, dict[str, str]]:
        known = [(job, found) for pattern, job in self._routes if (found := pattern.fullmatch(request.path))]
        for job, found in known:
            if job.method == request.method:
                return job, found.groupdict()
        raise Refused("method_not_allowed" if known else "not_found")

    def _run(self, job: Job, request: Request, event: Mapping[str, Any]) -> Answer:
        if job.signed_in:
            session.claim(request)
        try:
            request = _validated(job, request, event)
        except Refusal as refusal:
            if job.signed_in:
                refusal.language = self._desk.read(request, lambda _: ())[0].language
            raise
        return job.run(self._desk, request)

    def _refused(self, request: Request, job: Job | None, refusal: Refusal) -> dict[str, Any]:
        code = refusal.code if isinstance(refusal, Refused) else "invalid_fields"
        response = self._problem(request, refusal)
        _log(request, job, response["statusCode"], code)
        return response

    def _problem(self, request: Request, refusal: Refusal) -> dict[str, Any]:
        language = refusal.language or language_for(None, request.accept_language)
        if isinstance(refusal, Invalid):
            body = invalid(refusal, request.id, language)
        elif isinstance(refusal, Refused):
            body = problem(refusal, request.id, language)
        headers: dict[str, str] = {"content-language": language}
        if "retry_after" in body:
            headers["retry-after"] = str(body["retry_after"])
        return _response(request, body["status"], body, "application/problem+json", headers)

    def _answered(self, request: Request, answer: Answer) -> dict[str, Any]:
        response = _response(request, answer.status, answer.body, "application/json", {})
        if answer.opens is not None and answer.opens_for is not None:
            token = session.token(answer.opens, answer.opens_for, self._desk.cloud.key)
            response["cookies"] = session.cookies_that_open(answer.opens_for, token)
        if answer.registers is not None:
            proof = session.token("registration", answer.registers, self._desk.cloud.key)
            response["cookies"] = [session.cookie_that_registers(proof)]
        if answer.closes:
            response["cookies"] = session.cookies_that_close()
        return response


def _pattern(path: str) -> re.Pattern[str]:
    """What matches a path as HTTP APIs send it, decoded: an address may hold a slash, other names do not.

    What is longer than any name of ours matches nothing, since DynamoDB fails at keys that are too long.
    """

    def variable(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.{1,254}' if found[1] == 'email' else '[^/]{1,200}'})"

    return re.compile(re.sub(r"\{(\w+)\}", variable, path), re.DOTALL)


def _validated(job: Job, request: Request, event: Mapping[str, Any]) -> Request:
    if job.file:
        return replace(request, content=read_file(event, request.headers, job.file))
    content = read_json(event, request.headers) if request.changes_state else {}
    errors = Invalid()
    page = body = None
    if request.changes_state:
        _ = request.idempotency_key
        body = validated(job.body or Nothing, content, errors)
    if job.query:
        page = validated(job.query, request.query, errors)
    if errors.errors:
        raise errors
    return replace(request, content=content, body=body, page=page)


def _response(
    request: Request, status: int, body: Mapping[str, Any] | None, content_type: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    response: dict[str, Any] = {
        "statusCode": status,
        "headers": {"cache-control": "no-store", "x-request-id": request.id, **headers},
    }
    if body is not None:
        response["headers"]["content-type"] = content_type
        response["body"] = json.dumps(body, ensure_ascii=False)
    return response


def _log(request: Request, job: Job | None, status: int, code: str = "", **more: str) -> None:
    """One line for each request: names and codes, never what a person wrote."""
    line = {"message": "answered", "request_id": request.id, "job": job.name if job else None, "status": status}
    sys.stdout.write(json.dumps(line | ({"code": code} if code else {}) | more) + "\n")


def _cause(error: Exception) -> str:
    return (
        error.response["Error"].get("Code", "ClientError") if isinstance(error, ClientError) else type(error).__name__
    )


def _where(error: Exception) -> str:
    return " < ".join(
        f"{frame.filename}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
