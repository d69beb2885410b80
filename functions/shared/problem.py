"""Errors as callers see them (RFC 9457): the one table from a refusal's code to HTTP, worded for the reader."""

from datetime import date
from http import HTTPStatus
from typing import Any

from functions.shared.refusal import Invalid, Refused
from functions.shared.texts import Language, Texts

STATUS = {
    "bad_json": HTTPStatus.BAD_REQUEST,
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "wrong_credentials": HTTPStatus.UNAUTHORIZED,
    "cross_origin": HTTPStatus.FORBIDDEN,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "link_expired": HTTPStatus.GONE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid_fields": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
    "wrong_code": HTTPStatus.UNPROCESSABLE_ENTITY,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "try_again": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_seat_left": HTTPStatus.CONFLICT,
    "already_a_user": HTTPStatus.CONFLICT,
    "not_active": HTTPStatus.CONFLICT,
    "not_needed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_old": HTTPStatus.UNPROCESSABLE_ENTITY,
    "deadline_passed": HTTPStatus.CONFLICT,
    "already_sent": HTTPStatus.CONFLICT,
    "already_decided": HTTPStatus.CONFLICT,
    "nothing_to_decide": HTTPStatus.CONFLICT,
    "not_cleared": HTTPStatus.CONFLICT,
    "is_administrator": HTTPStatus.CONFLICT,
    "not_a_user": HTTPStatus.CONFLICT,
    "already_cancelling": HTTPStatus.CONFLICT,
    "not_cancelling": HTTPStatus.CONFLICT,
    "terms_changed": HTTPStatus.CONFLICT,
    "terms_already_accepted": HTTPStatus.CONFLICT,
    "terms_not_accepted": HTTPStatus.CONFLICT,
    "already_activated": HTTPStatus.CONFLICT,
    "not_activated": HTTPStatus.CONFLICT,
    "already_signed": HTTPStatus.CONFLICT,
    "is_trial": HTTPStatus.CONFLICT,
    "no_contract_yet": HTTPStatus.CONFLICT,
    "document_changed": HTTPStatus.CONFLICT,
    "trial_used": HTTPStatus.CONFLICT,
    "trial_running": HTTPStatus.CONFLICT,
    "not_a_trial": HTTPStatus.CONFLICT,
    "price_changed": HTTPStatus.CONFLICT,
    "mixed_order": HTTPStatus.UNPROCESSABLE_ENTITY,
}


# Refusals that are about what one field holds: they name it, as every 422 does.
_FIELD = {"wrong_code": "code", "not_needed": "kind", "too_old": "issued_on"}


def problem(refused: Refused, request_id: str, language: Language) -> dict[str, Any]:
    """The answer to a refused request; its facts stand beside the standard members."""
    texts = Texts(language)
    body: dict[str, Any] = {
        "type": f"urn:guichet:problem:{refused.code}",
        "title": texts(f"errors.{refused.code}.title"),
        "status": int(STATUS[refused.code]),
        "detail": texts(f"errors.{refused.code}.detail", **refused.facts),
        "code": refused.code,
        "request_id": request_id,
        **{name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in refused.facts.items()},
    }
    if field := _FIELD.get(refused.code):
        body["errors"] = [{"field": field, "code": refused.code, "message": body["detail"]}]
    return body


def invalid(errors: Invalid, request_id: str, language: Language) -> dict[str, Any]:
    """The answer to a request with fields that are wrong, all of them at once."""
    texts = Texts(language)
    return problem(Refused("invalid_fields"), request_id, language) | {"errors": worded(errors, texts)}


def worded(errors: Invalid, texts: Texts) -> list[dict[str, str]]:
    """What is wrong with each field, as the API says it."""
    return [
        {"field": field, "code": code, "message": texts(f"fields.errors.{code}", **facts)}
        for field, code, facts in errors.errors
    ]
