"""What the API answers, as types that the pages' scripts are checked with: TypeScript's, made from its description."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def declarations(description: Mapping[str, Any]) -> str:
    """Each schema as a type, and by method and path the type of what is answered; from an OpenAPI description."""
    lines = chain(
        ["declare namespace Api {"],
        (f"  type {name(key)} = {typed(one)};" for key, one in description["components"]["schemas"].items()),
        ["  type Route =", *(f"    | {route}" for route in _routes(description["paths"])), "}"],
    )
    return "\n".join(lines) + "\n"


def _routes(paths: Mapping[str, Any]) -> Iterator[str]:
    """Each method and path, with any text where the description has a name, beside what is answered."""
    for path, operations in paths.items():
        anywhere = re.sub(r"\{\w+\}", "${string}", path)
        for method in (one for one in _METHODS if one in operations):
            yield f'["{method.upper()}", `{anywhere}`, {_answer(operations[method]["responses"])}]'


def _answer(responses: Mapping[str, Any]) -> str:
    """What any of the successes is; the same for all of them."""
    done = next(response for status, response in sorted(responses.items()) if status.startswith("2"))
    schemas = [content["schema"] for content in done.get("content", {}).values()]
    return typed(schemas[0]) if schemas else "null"


def typed(schema: Mapping[str, Any]) -> str:
    """A JSON schema as a type; what it says beyond that, such as lengths, is left out."""
    if "$ref" in schema:
        return name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(typed(one) for one in schema["anyOf"])
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return " | ".join(json.dumps(value) for value in values)
    match schema.get("type"):
        case "array":
            return f"Array<{typed(schema.get('items', {}))}>"
        case "object":
            return _object(schema)
        case str(plain):
            return _PLAIN[plain]
        case _:
            return "any"


def _object(schema: Mapping[str, Any]) -> str:
    if properties := schema.get("properties"):
        return "{ " + "; ".join(f"{json.dumps(key)}: {typed(one)}" for key, one in properties.items()) + " }"
    held = schema.get("additionalProperties", True)
    return f"Record<string, {typed(held) if isinstance(held, dict) else 'any'}>"


def name(key: str) -> str:
    """A schema's name as a type's."""
    return re.sub(r"\W", "_", key)
