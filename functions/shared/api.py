"""The dispatcher: finds an event's job, validates what it brings, and turns answers and refusals into HTTP.

Our own rather than Powertools' resolver, which keeps the current request in a class attribute, so that one process
cannot run two requests.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import replace
from functools import cache
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from functions.shared import clock, log, metrics, second_factor, session
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk
from functions.shared.events import Told
from functions.shared.fields import Nothing
from functions.shared.items import Key, reads_nothing
from functions.shared.job import (
    Answered,
    AnyJob,
    Ask,
    Binds,
    Closes,
    File,
    Knows,
    Opens,
    ShowsRecoveryCodes,
    ShowsSecret,
    WasThere,
)
from functions.shared.metrics import Measured
from functions.shared.origin import let_in
from functions.shared.problem import problem
from functions.shared.refusal import (
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TRY_AGAIN,
    Invalid,
    Refusal,
    Refused,
)
from functions.shared.request import Request, read_file, read_json, refuse_cross_origin
from functions.shared.store import Conflict, Unsettled
from functions.shared.texts import language_for, spoken
from functions.shared.validation import validated

# More changes in steps than one request can come upon.
_MOST_SETTLED = 5


class Api:
    """The jobs of one function behind API Gateway's payload 2.0; `tells` are the events that no job of it tells.

    A function that cannot read the desk's key names nobody in its log, not even as a keyed hash (`names_callers`).
    `settle` finishes a change in steps that a request comes upon, so that it is answered as if that had been done.
    """

    def __init__(
        self,
        jobs: Sequence[AnyJob],
        cloud: Cloud,
        tells: Sequence[Told] = (),
        *,
        names_callers: bool = True,
        settle: Callable[[Cloud, Key], None] | None = None,
    ) -> None:
        self._names_callers = names_callers
        self._settle = settle
        self._jobs = jobs
        told = [*tells, *(one for job in jobs for one in job.tells)]
        actions = {job.action: job.offer for job in jobs if job.offer}
        self._desk = Desk(cloud, actions, {one.name: one for one in told})
        self._cloud = cloud

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Answer one request; nothing that a caller sends gets past it as an exception."""
        request = Request.from_event(event)
        with log.about(request_id=request.id, correlation_id=request.id):
            return self._respond(request, event)

    def _respond(self, request: Request, event: Mapping[str, Any]) -> dict[str, Any]:
        job: AnyJob | None = None
        try:
            request = let_in(request, self._cloud.origin_secrets)
            refuse_cross_origin(request, self._cloud.settings.site_url)
            job, request = self._found(request)
            answered = self._settled(job, request, event)
            response = self._answered(request, job, answered)
            return self._sent(job, response["statusCode"], response)
        except Refusal as refusal:
            return self._refused(request, job, refusal)
        except (ClientError, BotoCoreError, TimeoutError, Conflict) as error:
            return self._refused(request, job, Refused(TRY_AGAIN, retry_after=1), cause=log.cause(error))
        except Exception as error:
            return self._refused(request, job, Refused(INTERNAL_ERROR), cause=log.cause(error), at=log.where(error))

    def _found(self, request: Request) -> tuple[AnyJob, Request]:
        known = [(job, found) for job in self._jobs if (found := _matched(job.path, request.path))]
        if not known:
            raise Refused(NOT_FOUND)
        # A path that is written out is not also another's with a name in its place, nor what follows a name part of it.
        path = min((job.path for job, _ in known), key=lambda path: (path.count("{"), -len(path)))
        for job, found in known:
            if (job.method, job.path) == (request.method, path):
                return job, replace(request, values=found.groupdict())
        raise MethodNotAllowed(*(job.method for job, _ in known if job.path == path))

    def _settled(self, job: AnyJob, request: Request, event: Mapping[str, Any]) -> Answered:
        """Run, and first finish whatever that comes upon: one after the other, since each may lead to the next."""
        for _ in range(_MOST_SETTLED):
            try:
                return self._run(job, request, event)
            except Unsettled as unsettled:
                if self._settle is None:
                    raise
                self._settle(self._cloud, unsettled.key)
        raise Conflict

    def _run(self, job: AnyJob, request: Request, event: Mapping[str, Any]) -> Answered:
        if job.signed_in:
            session.claim(request)
        body: BaseModel | None = None
        try:
            if job.signed_in and request.asks_for_repeat:
                return self._desk.answered_before(self._asked(job, request, None))
            request, body = self._validated(job, request, event)
            return job.does.run(self._desk, self._asked(job, request, body))
        except Refusal as refusal:
            self._name(request, None if job.signed_in else body)
            if job.signed_in and refusal.account_language is None and not spoken(request.accept_language):
                with suppress(Refusal):  # whoever it was is not signed in any more
                    refusal.account_language = self._account_language(job, request)
            raise

    def _validated(self, job: AnyJob, request: Request, event: Mapping[str, Any]) -> tuple[Request, BaseModel | None]:
        try:
            return _validated(job, request, event)
        except Refusal:
            # Who it is not for learns nothing of what it takes.
            if job.signed_in:
                asked = self._asked(job, request, None)
                _ = job.admits(self._desk, asked) if job.admits else self._desk.reads(asked, reads_nothing)
            raise

    def _name(self, request: Request, body: BaseModel | None) -> None:
        """Who is refused, where that is not known from a session, and from where, as keyed hashes in the log."""
        if not self._names_callers:
            return
        with suppress(ClientError, BotoCoreError):  # the refusal stands without
            keys, email = self._cloud.keys, getattr(body, "email", None)
            named = {} if email is None else {"person": log.person(keys, email)}
            log.add(place=log.place(keys, request.network), **named)

    def _asked(self, job: AnyJob, request: Request, body: BaseModel | None) -> Ask[Any]:
        return Ask(
            request=request,
            body=body,
            now=clock.now(),
            random=secrets.token_hex(32),
            get_keys=lambda: self._cloud.keys,
            settings=self._cloud.settings,
            actions=self._desk.actions,
            confirms=job.confirms,
            half_signed_in=job.half_signed_in,
        )

    def _account_language(self, job: AnyJob, request: Request) -> Any:
        asked, _ = self._desk.reads(self._asked(job, request, None), reads_nothing)
        return asked.reader.language

    def _refused(self, request: Request, job: AnyJob | None, refusal: Refusal, **more: str | None) -> dict[str, Any]:
        language = language_for(request.accept_language, refusal.account_language)
        body = problem(refusal, request.id, language)
        headers: dict[str, str] = {"content-language": language}
        if "retry_after" in body:
            headers["retry-after"] = str(body["retry_after"])
        if isinstance(refusal, MethodNotAllowed):
            headers["allow"] = ", ".join(refusal.allowed)
        response = _response(request, body["status"], body, "application/problem+json", headers)
        return self._sent(job, body["status"], response, code=refusal.code.name, **more)

    def _answered(self, request: Request, job: AnyJob, answered: Answered) -> dict[str, Any]:
        if answered.file:
            return _saved(request, job, answered.file)
        response = _response(request, job.status, self._shown(answered), "application/json", {})
        match answered.effect:
            case Opens(seed, person):
                token = session.token(seed, person, self._cloud.keys)
                response["cookies"] = [
                    *session.cookies_that_open(person, token, _account(answered)),
                    *self._known(request, seed, person),
                ]
            case Binds(seed):
                asking = session.asking(request, seed, self._cloud.keys)
                response["cookies"] = [session.cookie_that_asks(asking)]
            case Knows(seed, person):
                response["cookies"] = self._known(request, seed, person)
            case Closes():
                response["cookies"] = session.cookies_that_close()
            case WasThere():
                response["statusCode"] = int(HTTPStatus.OK)
        return response

    def _shown(self, answered: Answered) -> Mapping[str, Any] | None:
        """What is sent: with what the answer only shows, and nobody keeps."""
        match answered.effect:
            case ShowsSecret(seed, person):
                secret = second_factor.secret(seed, person, self._cloud.keys)
                return {"secret": secret, "uri": second_factor.uri(secret, person)}
            case ShowsRecoveryCodes(seed, person):
                return {"recovery_codes": second_factor.recovery_codes(seed, person, self._cloud.keys)}
        return answered.body

    def _known(self, request: Request, seed: str, person: str) -> list[str]:
        """The cookie of a browser that is not known yet: one that is keeps its name, and what is counted under it."""
        if session.known(request, person, self._cloud.keys):
            return []
        return [session.cookie_that_knows(seed, person, self._cloud.keys)]

    def _sent(self, job: AnyJob | None, status: int, response: dict[str, Any], **more: str | None) -> dict[str, Any]:
        measured = [Measured(metrics.JOBS), *([Measured(metrics.REFUSALS)] if "code" in more else ())]
        level: log.Level = "ERROR" if status >= 500 else "INFO"
        outcome = "failed" if status >= 500 else "refused" if status >= 400 else "done"
        log.line("answered", *measured, level=level, job=job and job.name, status=status, outcome=outcome, **more)
        return response


class MethodNotAllowed(Refused):
    """The path is one of ours, the method none of its own."""

    def __init__(self, *allowed: str) -> None:
        super().__init__(METHOD_NOT_ALLOWED)
        self.allowed = sorted(set(allowed))


def _account(answered: Answered) -> str:
    """The account that an answer which opens a session is about."""
    return str((answered.body or {})["account_id"])


def _matched(path: str, asked: str) -> re.Match[str] | None:
    """What stands for the path's names. Most paths are ruled out by how they begin and end, and need no pattern."""
    first, _, rest = path.partition("{")
    if asked.startswith(first) and asked.endswith(rest.rpartition("}")[2]):
        return _pattern(path).fullmatch(asked)
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """What matches a path as HTTP APIs send it, decoded: an address may hold a slash, other names do not.

    What is longer than any name of ours matches nothing, since DynamoDB fails at keys that are too long.
    """

    def variable(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.{1,254}' if found[1] == 'email' else '[^/]{1,200}'})"

    return re.compile(re.sub(r"\{(\w+)\}", variable, path), re.DOTALL)


def _validated(job: AnyJob, request: Request, event: Mapping[str, Any]) -> tuple[Request, BaseModel | None]:
    if job.file:
        return replace(request, content=read_file(event, request.headers, job.file)), None
    content = read_json(event, request.headers, job.max_body) if request.changes_state else request.query
    errors = Invalid()
    if request.changes_state:
        _ = request.idempotency_key
    body = validated(job.body, content, errors) if request.changes_state or job.body is not Nothing else None
    if errors.errors:
        raise errors
    return replace(request, content=content), body


def _saved(request: Request, job: AnyJob, file: File) -> dict[str, Any]:
    response = _response(request, job.status, None, "", {"content-disposition": f'attachment; filename="{file.name}"'})
    response["headers"]["content-type"] = f"{job.gives}; charset=utf-8"
    return response | {"body": file.content}


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
