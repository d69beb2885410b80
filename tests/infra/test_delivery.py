"""Delivery: workflows that call what the project has, with no key and no more rights than they need."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.firm import STAGES

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def workflow(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key «on» for a truth.
    read: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in read.items()}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_the_code_and_nothing_more(path: Path) -> None:
    permissions = workflow(path)["permissions"]
    assert permissions.pop("contents") == "read"
    assert permissions == ({"id-token": "write"} if path.stem == "deploy" else {})
    assert "secrets." not in path.read_text()
    # What somebody else can word never stands in a command.
    for job in workflow(path)["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_workflows_run_what_there_is() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert (ROOT / ".ci/run").exists()
    inputs = workflow(ROOT / ".github/workflows/deploy.yml")["on"]["workflow_dispatch"]["inputs"]
    assert set(inputs["what"]["options"]) <= targets
    assert tuple(inputs["stage"]["options"]) == STAGES


def test_github_gets_the_role_in_the_environments_of_the_stages_alone() -> None:
    stack = (ROOT / "infra/delivery.yaml").read_text()
    assert re.findall(r"repo:\$\{Repository\}:(\S+?)\"", stack) == [f"environment:{stage}" for stage in STAGES]


def test_issue_forms_are_whole() -> None:
    forms = [path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"]
    assert len(forms) == 2
    for path in forms:
        form = yaml.safe_load(path.read_text())
        assert form.keys() >= {"name", "description", "body"}
        assert all(field["attributes"]["label"] for field in form["body"])
