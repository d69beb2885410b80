"""Validation: a model's verdict on what a caller sent, in our codes, one for each field that is wrong."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from functions.shared.refusal import Invalid

# pydantic's names for what is wrong, as ours; what is not here is «invalid».
_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "too_long": "too_many",
    "too_short": "too_few",
    "string_type": "not_text",
    "literal_error": "not_a_choice",
    "int_type": "not_a_number",
    "int_parsing": "not_a_number",
    "int_from_float": "not_a_number",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_big",
    "not_agreed": "not_agreed",
    "bool_type": "not_a_boolean",
    "control_character": "control_character",
    "cannot_be_set": "cannot_be_set",
    "invalid_email": "invalid_email",
    "invalid_cursor": "invalid_cursor",
    "password_too_short": "password_too_short",
    "password_too_common": "password_too_common",
    "password_too_personal": "password_too_personal",
    "invalid_siren": "invalid_siren",
    "invalid_siret": "invalid_siret",
    "invalid_french_vat_number": "invalid_french_vat_number",
    "not_a_date": "not_a_date",
    "unknown_product": "unknown_product",
    "no_trial": "no_trial",
    "unknown_country": "unknown_country",
    "invalid_postcode": "invalid_postcode",
    "invalid_vat_number": "invalid_vat_number",
    "strange_postcode": "strange_postcode",
    "siren_for_vat_number": "siren_for_vat_number",
    "vat_number_of_other_country": "vat_number_of_other_country",
}

_ASKED_FOR = {"country": "unknown_country", "date": "no_date", "file-name": "no_file"}


def validated[Model: BaseModel](model: type[Model], content: Any, errors: Invalid) -> Model | None:
    """The content as the model has it, or None with what is wrong added to `errors`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors.errors += tuple(
            (".".join(map(str, wrong["loc"])), code, {**wrong.get("ctx", {}), **_says(model, code, wrong["loc"])})
            for wrong in error.errors(include_url=False, include_input=False)
            for code in [_code(wrong)]
        )
    return None


def asked_for(rule: Mapping[str, Any]) -> str:
    """How an answer that is missing is asked for, by its rule in a JSON schema: among the texts' `fields.errors`."""
    match rule:
        case {"const": True}:
            return "not_agreed"
        case {"enum": _} | {"choices": _}:
            return "not_chosen"
        case {"format": "country" | "date" | "file-name" as form}:
            return _ASKED_FOR[form]
    return "required"


def resolved(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule without its wrapping: what a reference points to, and of an optional field what it is when given."""
    if "$ref" in rule:
        return resolved(schema["$defs"][rule["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in rule:
        (given,) = [option for option in rule["anyOf"] if option.get("type") != "null"]
        return resolved(given, schema)
    return rule


def _says(model: type[BaseModel], code: str, place: Sequence[str | int]) -> Mapping[str, str]:
    """What says so of the field, where that depends on what it asks for."""
    if code != "required":
        return {}
    schema = _schema(model)
    rule: Mapping[str, Any] = schema
    for step in place:
        rule = resolved(rule["items"] if isinstance(step, int) else rule["properties"][step], schema)
    return {"says": asked_for(rule)}


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _code(wrong: ErrorDetails) -> str:
    kind = wrong["type"]
    # A secret's length, which pydantic words as a list's.
    if kind in ("too_long", "too_short") and wrong["ctx"]["field_type"] == "Value":
        kind = f"string_{kind}"
    return _CODES.get(kind, "invalid")
