"""The pages' scripts are held to what the API answers, and to the habits that a linter knows."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local import scripts
from theme import answers, openapi
from theme.build import ROOT


@pytest.fixture(autouse=True)
def tools() -> None:
    if lacking := scripts.missing():
        pytest.skip(f"the scripts' types are checked by a program that needs {lacking}")


def project(place: Path, description: dict[str, Any]) -> Path:
    """The scripts' project, with an API that is described so."""
    (place / "api.d.ts").write_text(answers.declarations(description), "utf-8")
    included = [f"{ROOT}/docs/assets/js/*.js", f"{ROOT}/theme/types/*.d.ts", str(place / "api.d.ts")]
    made = place / "jsconfig.json"
    made.write_text(json.dumps({"extends": f"{ROOT}/jsconfig.json", "include": included}), "utf-8")
    return made


# Schema, field, and a script that reads it.
READ = (
    ("ShownSubscription", "contract_number", "line.js"),
    ("Onboarding", "days_left", "papers.js"),
    ("Session", "invoices_email", "invoices.js"),
    ("ShownOrder", "billing", "orders.js"),
    ("User", "invited_at", "users.js"),
    ("Placed", "subscriptions", "order.js"),
    ("WaitingTakeover", "asked_by", "takeovers.js"),
    ("SeenMail", "subject", "support.js"),
)


def test_a_field_that_the_api_renames_is_found(tmp_path: Path) -> None:
    description = openapi.document()
    for schema, field, _ in READ:
        fields = description["components"]["schemas"][schema]["properties"]
        fields["renamed"] = fields.pop(field)
    found = scripts.badly_typed(project(tmp_path, description))
    said = {(field, script) for _, field, script in READ for line in found if f"/{script}(" in line and field in line}
    assert said == {(field, script) for _, field, script in READ}


def test_a_path_that_nobody_answers_is_found(tmp_path: Path) -> None:
    description = openapi.document()
    description["paths"]["/api/contracts/check"] = description["paths"].pop("/api/contracts/verification")
    found = scripts.badly_typed(project(tmp_path, description))
    assert found
    assert all(line.startswith(("docs/assets/js/verification.js(", "  ")) for line in found)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "maxLength": 3}, "string"),
        ({"type": "integer"}, "number"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"enum": ["en", "fr"], "type": "string"}, '"en" | "fr"'),
        ({"const": True, "type": "boolean"}, "true"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Listed[User]"}}, "Array<Listed_User_>"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "Record<string, string>"),
        ({"type": "object", "properties": {"a-b": {"type": "string"}}}, '{ "a-b": string }'),
        ({}, "any"),
    ],
)
def test_a_schema_as_a_type(schema: dict[str, Any], expected: str) -> None:
    assert answers.typed(schema) == expected
