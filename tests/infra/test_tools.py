"""The stacks before the tools that deploy and judge them: SAM on a fresh clone, cfn-lint's serverless rules, checkov.

All come from PyPI.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from infra import archive
from infra.cloudformation import SAM, sam
from infra.uv import find
from tests.infra.test_stacks import FILES

ROOT = Path(__file__).parents[2]
CHECKOV = "3.3.30"
SERVERLESS_RULES = "0.3.6"
UNHEEDED = (
    "ES4000",  # what EventBridge gives up after a day of trying says no more than whether an e-mail arrived
    "ES6000",  # what failed to be handed over: the queue of dead letters has nowhere to send its own
    "WS1000",  # traces are a parameter, Tracing, since they are paid for
    "WS1004",  # all functions log into one group, Logs, whose days are a parameter
)
ENVIRONMENT = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-west-3"}


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end, however that is."""
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def tool(package: str, *command: str) -> list[str]:
    """A command of a package that has an environment of its own."""
    return [find(), "tool", "run", "--quiet", "--python", "3.13", "--from", package, *command]


@pytest.mark.proof
def test_sam_validates_and_builds_a_fresh_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)

    valid = run(*sam("validate", "--lint"), folder=clone)
    built = run(*sam("build"), folder=clone)

    assert valid.returncode == 0, valid.stderr
    assert built.returncode == 0, built.stderr
    assert not (clone / ".venv").exists()
    archives = archive.pack_all(clone / ".aws-sam/build")
    assert len(archives) == 10
    assert (clone / ".aws-sam/build/template.yaml").read_text().count("Function.zip") == 10


@pytest.mark.proof
def test_serverless_rules_find_nothing_but_what_has_a_reason() -> None:
    linter = ["--with", f"cfn-lint-serverless=={SERVERLESS_RULES}", "cfn-lint"]
    options = ["--append-rules", "cfn_lint_serverless.rules", "--ignore-checks", *UNHEEDED]

    judged = run(*tool("cfn-lint", *linter), *options, "--", *FILES)

    assert (judged.returncode, judged.stdout) == (0, ""), judged.stderr


@pytest.mark.proof
def test_checkov_finds_nothing_but_what_has_a_reason(tmp_path: Path) -> None:
    translated = run(*tool(f"aws-sam-cli=={SAM}", "python", "tests/infra/translated.py", "template.yaml"))
    assert translated.returncode == 0, translated.stderr
    (tmp_path / "desk.json").write_text(translated.stdout)
    for stack in ("edge", "site", "alarms", "delivery"):
        (tmp_path / f"{stack}.yaml").write_text((ROOT / f"infra/{stack}.yaml").read_text())

    options = ["--config-file", "infra/checkov.yaml", "--directory", str(tmp_path), "--output", "json"]
    judged = run(*tool(f"checkov=={CHECKOV}", "checkov", *options))

    report = json.loads(judged.stdout)
    failed = report["results"]["failed_checks"]
    assert [f"{each['check_id']} {each['resource']} ({each['check_name']})" for each in failed] == []
    assert report["summary"]["passed"] > 150
