"""Errors as callers see them (RFC 9457), worded for the reader."""

from datetime import date
from typing import Any

from functions.shared.refusal import INVALID_FIELDS, Invalid, Refusal, Refused
from functions.shared.texts import Language, Texts


def problem(refusal: Refusal, request_id: str, language: Language) -> dict[str, Any]:
    """The answer to a request that is not done; a refusal's facts stand beside the standard members."""
    texts = Texts(language)
    if isinstance(refusal, Invalid):
        return _problem(Refused(INVALID_FIELDS), request_id, texts) | {"errors": worded(refusal, texts)}
    assert isinstance(refusal, Refused)  # noqa: S101 — a refusal is one or the other
    body = _problem(refusal, request_id, texts)
    if refusal.code.field:
        body["errors"] = [{"field": refusal.code.field, "code": refusal.code.name, "message": body["detail"]}]
    return body


def worded(errors: Invalid, texts: Texts) -> list[dict[str, str]]:
    """What is wrong with each field, as the API says it."""
    return [
        {"field": field, "code": code, "message": texts(f"fields.errors.{facts.get('says', code)}", **facts)}
        for field, code, facts in errors.errors
    ]


def _problem(refused: Refused, request_id: str, texts: Texts) -> dict[str, Any]:
    code, said = refused.code, refused.said
    return {
        "type": f"urn:guichet:problem:{code.name}",
        "title": code.title(texts),
        "status": int(code.status),
        "detail": texts(said, **refused.facts) if said else code.detail(texts, refused.facts),
        "code": code.name,
        "request_id": request_id,
        **{name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in refused.facts.items()},
    }
