"""What can be done for a stage without an account, and what is said to be lacking."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra import firm, ready
from infra.cloudformation import Aws
from infra.uv import ROOT

NO_ACCOUNT = {"HOME": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}


class Account(Aws):
    """Whose commands are kept, not run."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[tuple[str, ...], Mapping[str, str]]] = []

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> None:
        self.ran.append((command, environment or {}))

    def has_credentials(self) -> bool:
        return True


def test_what_is_still_an_example_is_named_with_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = firm.read("prod")
    found = list(ready.lacking(Account(), stage))
    assert "functions/shared/brand.toml: vat is an example: FR00000000000 (example)" in found
    assert "infra/firm.toml: DomainName is an example: desk.example.com" in found
    assert "infra/firm.toml: MEDIATOR_SITE is an example: https://mediation.example.com" in found
    assert not [line for line in found if "credentials" in line or "SITE_HOST" in line or "Rollout" in line]

    monkeypatch.setattr(Account, "has_credentials", lambda self: False)
    assert "no credentials" in list(ready.lacking(Account(), stage))[-1]


def test_everything_is_built_and_every_template_judged() -> None:
    aws = Account()
    ready.prepare(aws, firm.read("prod"))
    judged = [
        Path(command[command.index("--template-file") + 1]).name for command, _ in aws.ran if "validate" in command
    ]
    assert judged == ["template.yaml", "edge.yaml", "site.yaml", "alarms.yaml"]
    assert "build" in aws.ran[0][0]
    command, environment = aws.ran[-1]
    assert command[-1] == "theme.build"
    assert environment["SITE_URL"] == "https://desk.example.com"


def test_without_an_account_a_look_says_so_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.deploy", "dev", "--diff"]
    done = subprocess.run(
        command, cwd=ROOT, env=NO_ACCOUNT | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "The environment holds no credentials of an AWS account. `make ready STAGE=dev` needs none.\n"
    )
