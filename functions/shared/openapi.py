"""The API's description (OpenAPI 3.1), made from the jobs: what each takes, answers and refuses."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from functions.shared import session
from functions.shared.brand import brand
from functions.shared.fields import Nothing
from functions.shared.job import AnyJob
from functions.shared.refusal import (
    BAD_JSON,
    CROSS_ORIGIN,
    INTERNAL_ERROR,
    INVALID_FIELDS,
    KEY_REUSED,
    NOT_FOUND,
    NOT_SIGNED_IN,
    READER_CHANGED,
    SECOND_FACTOR_MISSING,
    SIGN_IN_AGAIN,
    TOO_LARGE,
    TRY_AGAIN,
    UNSUPPORTED_MEDIA_TYPE,
    Code,
)

_REFERENCE = "#/components/schemas/{model}"
_PROBLEM_NAME = "Problem"

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}


def refusals(job: AnyJob) -> list[Code]:
    """Every code that a job may refuse with: its own and those that its kind brings."""
    found = [*job.refuses, TRY_AGAIN, INTERNAL_ERROR]
    changes = job.method != "GET"
    if job.signed_in:
        found += [NOT_SIGNED_IN, READER_CHANGED]
    if job.signed_in and not job.half_signed_in:
        found.append(SECOND_FACTOR_MISSING)
    if job.confirms:
        found.append(SIGN_IN_AGAIN)
    if changes and job.signed_in:
        found.append(NOT_FOUND)
    if changes:
        found += [CROSS_ORIGIN, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE]
    if changes and not job.file:
        found += [BAD_JSON, KEY_REUSED]
    if (changes and not job.file) or job.body is not Nothing:
        found.append(INVALID_FIELDS)
    return sorted(set(found), key=lambda code: (code.name, code.texts))


def document(jobs: Sequence[AnyJob]) -> dict[str, Any]:
    """The description of these jobs."""
    wanted = dict.fromkeys(_models(jobs))
    shared = {model.__name__ for model, _ in wanted} & {_PROBLEM_NAME}
    if shared:
        raise ValueError(f"a model takes the name of the errors: {shared}")
    references, definitions = models_json_schema(list(wanted), ref_template=_REFERENCE)
    schemas = {**definitions.get("$defs", {}), _PROBLEM_NAME: _PROBLEM}
    paths: dict[str, Any] = {}
    for job in jobs:
        paths.setdefault(job.path, {})[job.method.lower()] = _operation(job, jobs, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": brand().name, "version": "1", "description": "The jobs of the self-service desk."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": session.COOKIE}},
        },
    }


def _takes_json(job: AnyJob) -> bool:
    return job.method != "GET" and job.body is not Nothing


def _models(jobs: Iterable[AnyJob]) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    for job in jobs:
        if _takes_json(job):
            yield job.body, "validation"
        if issubclass(job.answer, BaseModel):
            yield job.answer, "serialization"
        for code in job.refuses:
            if code.tells:
                yield code.tells, "serialization"


def _operation(job: AnyJob, jobs: Sequence[AnyJob], references: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": job.name,
        "summary": job.summary,
        "parameters": _parameters(job),
        "responses": _responses(job, jobs, references),
    }
    if job.signed_in:
        operation["security"] = [{"session": []}]
    if _takes_json(job):
        schema = references[(job.body, "validation")]
        is_needed = any(one.is_required() for one in job.body.model_fields.values())
        operation["requestBody"] = {"required": is_needed, "content": {"application/json": {"schema": schema}}}
    if job.file:
        operation["requestBody"] = {"required": True, "content": {job.file: {}}}
    return operation


def _parameters(job: AnyJob) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in job.places
    ]
    if job.method == "GET" and job.body is not Nothing:
        schema = job.body.model_json_schema()
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema["properties"].items()
        ]
    if job.method != "GET" and not job.file:
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _links(job: AnyJob, jobs: Sequence[AnyJob]) -> dict[str, Any]:
    """The calls that its answer leads to: all that their paths leave open is in it, or was in its own path."""
    known = {place: f"$request.path.{place}" for place in job.places}
    known |= {place: f"$response.body#{pointer}" for place, pointer in job.leads_to.items()}
    return {
        other.name: {"operationId": other.name, "parameters": {place: known[place] for place in other.places}}
        for other in jobs
        if job.leads_to.keys() & {*other.places} and known.keys() >= {*other.places}
    }


def _responses(job: AnyJob, jobs: Sequence[AnyJob], references: Any) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if links := _links(job, jobs):
        done["links"] = links
    if issubclass(job.answer, BaseModel):
        done["content"] = {"application/json": {"schema": references[(job.answer, "serialization")]}}
    if job.gives:
        done["content"] = {job.gives: {"schema": {"type": "string"}}}
    responses = {str(job.status): done}
    if job.may_be_there:
        responses[str(int(HTTPStatus.OK))] = {**done, "description": "It was there already."}
    by_status: dict[int, list[Code]] = {}
    for code in refusals(job):
        by_status.setdefault(int(code.status), []).append(code)
    for status, listed in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "Refused: " + ", ".join(dict.fromkeys(f"`{code.name}`" for code in listed)) + ".",
            "content": {"application/problem+json": {"schema": _problem(listed, references)}},
        }
    return responses


def _problem(codes: Iterable[Code], references: Any) -> dict[str, Any]:
    """What refusals with one of these codes look like; what some of them tell stands beside the standard members."""
    standard = {"$ref": _REFERENCE.format(model=_PROBLEM_NAME)}
    telling = [
        {
            "allOf": [
                standard,
                references[(code.tells, "serialization")],
                {"properties": {"code": {"const": code.name}}},
            ]
        }
        for code in codes
        if code.tells
    ]
    return {"anyOf": [*telling, standard]} if telling else standard
