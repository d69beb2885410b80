"""A form's fields, read from the JSON schema of its request model: the same rules that the API document shows."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from babel import Locale
from pydantic import BaseModel

from functions.shared.texts import LANGUAGES, Language, Texts
from functions.shared.validation import asked_for, resolved

type Kind = Literal[
    "text",
    "long_text",
    "email",
    "password",
    "code",
    "country",
    "number",
    "date",
    "choice",
    "agreement",
    "checkbox",
    # One of the subscription's other users.
    "user",
    # One of the seats of a floating licence that are taken.
    "lease",
    # What the link of an e-mail carries, filled in by the script.
    "token",
]

# Longer answers get room for several lines.
_LONG = 200
# What a browser can fill in for the reader (WCAG 2.2, 1.3.5), by the field's name.
_AUTOCOMPLETE = {
    "company": "organization",
    "name": "name",
    "street": "address-line1",
    "postcode": "postal-code",
    "city": "address-level2",
    "country": "country",
}


@dataclass(frozen=True)
class Field:
    """One question of a form."""

    name: str
    kind: Kind
    required: bool
    # What says that it is missing, among the texts' `fields.errors`.
    missing: str = "required"
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    new_password: bool = False
    # Hidden until the server asks for it.
    asked_later: bool = False

    @property
    def autocomplete(self) -> str:
        """What the browser may fill in."""
        if self.new_password:
            return "new-password"
        by_kind = {"email": "email", "password": "current-password", "code": "one-time-code"}
        part, _, name = self.name.rpartition(".")
        token = by_kind.get(self.kind) or _AUTOCOMPLETE.get(name, "off")
        return f"shipping {token}" if part == "delivery" else token


def fields(model: type[BaseModel] | None) -> Sequence[Field]:
    """The model's fields in order. Raises ValueError for one that no form can ask for."""
    return () if model is None else _fields(model)


@cache
def _fields(model: type[BaseModel]) -> Sequence[Field]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return tuple(
        _field(name, resolved(rule, schema), name in required) for name, rule in schema.get("properties", {}).items()
    )


def countries(language: Language) -> list[tuple[str, str]]:
    """The codes of all countries with their names, in the order of the names without their accents."""
    from functions.subscriptions.addresses import by_country

    names = Locale(language).territories
    return sorted(((code, names[code]) for code in by_country()), key=lambda country: _bare(country[1]))


def language_names() -> dict[str, str]:
    """What each language calls itself."""
    return {language: Texts(language)("language.name") for language in LANGUAGES}


def _bare(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()


def _field(name: str, rule: Mapping[str, Any], required: bool) -> Field:
    kind = _kind(name, rule)
    return Field(
        name=name,
        kind=kind,
        required=required,
        missing="no_number" if kind == "number" else asked_for(rule),
        choices=tuple(rule.get("enum", ())),
        max_length=rule.get("maxLength"),
        minimum=rule.get("minimum"),
        maximum=rule.get("maximum"),
        new_password=rule.get("autocomplete") == "new-password",
    )


def _kind(name: str, rule: Mapping[str, Any]) -> Kind:
    match rule:
        case {"choices": "users"}:
            return "user"
        case {"choices": "leases"}:
            return "lease"
        case {"enum": _}:
            return "choice"
        case {"const": True}:
            return "agreement"
        case {"type": "boolean"}:
            return "checkbox"
        case {"type": "integer"}:
            return "number"
        case {"type": "string", "format": "email" | "password" | "country" | "date" as kind}:
            return cast("Kind", kind)
        case {"type": "string"} if name in ("code", "token", "totp"):
            return "token" if name == "token" else "code"
        case {"type": "string"}:
            return "long_text" if rule.get("maxLength", 0) > _LONG else "text"
    raise ValueError(f"no form can ask for {name}: {rule}")
