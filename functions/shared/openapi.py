"""The API's description (OpenAPI 3.1), made from the jobs: what each takes, answers and refuses."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from functions.shared import session
from functions.shared.job import Job
from functions.shared.problem import STATUS

_REFERENCE = "#/components/schemas/{model}"

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS)},
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


def codes(job: Job) -> list[str]:
    """Every code that a job may refuse with: its own and those that its kind brings."""
    found = [*job.codes, "try_again", "internal_error"]
    if job.signed_in:
        found.append("not_signed_in")
    if job.method != "GET":
        found += ["cross_origin", "too_large", "unsupported_media_type"]
    if job.method != "GET" and not job.file:
        found += ["bad_json", "idempotency_key_reused"]
    if (job.method != "GET" and not job.file) or job.query:
        found.append("invalid_fields")
    return sorted(set(found))


def document(jobs: Sequence[Job]) -> dict[str, Any]:
    """The description of these jobs."""
    wanted = dict.fromkeys(_models(jobs))
    references, definitions = models_json_schema(list(wanted), ref_template=_REFERENCE)
    schemas = {**definitions.get("$defs", {}), "Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for job in jobs:
        paths.setdefault(job.path, {})[job.method.lower()] = _operation(job, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guichet", "version": "1", "description": "The jobs of the self-service desk."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": session.COOKIE}},
        },
    }


def _models(jobs: Iterable[Job]) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    for job in jobs:
        if job.body:
            yield job.body, "validation"
        if job.answer:
            yield job.answer, "serialization"


def _operation(job: Job, references: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": job.name,
        "summary": (job.run.__doc__ or "").partition("\n")[0],
        "parameters": _parameters(job),
        "responses": _responses(job, references),
    }
    if job.signed_in:
        operation["security"] = [{"session": []}]
    if job.body:
        schema = references[(job.body, "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if job.file:
        operation["requestBody"] = {"required": True, "content": {job.file: {}}}
    return operation


def _parameters(job: Job) -> list[dict[str, Any]]:
    in_path = [part[1:-1] for part in job.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path
    ]
    if job.query:
        schema = job.query.model_json_schema()
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema["properties"].items()
        ]
    if job.method != "GET" and not job.file:
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _responses(job: Job, references: Any) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if job.answer:
        done["content"] = {"application/json": {"schema": references[(job.answer, "serialization")]}}
    responses = {str(job.status): done}
    by_status: dict[int, list[str]] = {}
    for code in codes(job):
        by_status.setdefault(int(STATUS[code]), []).append(code)
    for status, listed in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "Refused: " + ", ".join(f"`{code}`" for code in listed) + ".",
            "content": {"application/problem+json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}},
        }
    return responses
