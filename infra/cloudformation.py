"""Stacks as `sam` deploys them, each fed from the firm's values and from what the stacks before it have put out."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.template import load
from infra.uv import ROOT, find

SAM = "1.170.0"


class Missing(Exception):
    """A parameter that nobody gives; the argument names it and its stack."""


@dataclass(frozen=True)
class StackFile:
    """A template and where it goes."""

    part: str
    path: Path
    region: str

    @property
    def declared(self) -> Mapping[str, Any]:
        """Its parameters."""
        declared: Mapping[str, Any] = load(self.path).get("Parameters", {})
        return declared

    def parameters(self, values: Mapping[str, str]) -> dict[str, str]:
        """What it takes of these values, by name. Raises Missing for one without a value or a default."""
        missing = [name for name, one in self.declared.items() if name not in values and "Default" not in one]
        if missing:
            raise Missing(f"{self.path.name} needs {', '.join(missing)}")
        return {name: values[name] for name in self.declared if name in values}


@dataclass
class Aws:
    """The account, as the deployment uses it: by commands, and by clients that are made when needed."""

    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str) -> Any:
        """A client of the account."""
        import boto3

        if (service, region) not in self._clients:
            made: Any = boto3.client(service, region_name=region)  # type: ignore[call-overload]
            self._clients[service, region] = made
        return self._clients[service, region]

    def has_credentials(self) -> bool:
        """Whether anything could be asked of it from here."""
        import boto3

        return boto3.Session().get_credentials() is not None

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> None:
        """Run a command in the project. Raises CalledProcessError."""
        subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **(environment or {})})

    def outputs(self, stack: str, region: str) -> dict[str, str]:
        """What a stack has put out; nothing for one that is not there. Ends the command when nothing can be asked."""
        from botocore.exceptions import ClientError

        if not self.has_credentials():
            sys.exit("The environment holds no credentials of an AWS account.")
        try:
            [found] = self.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"].get("Message", ""):
                return {}
            raise
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    def of_deployed(self, stack: str, region: str) -> dict[str, str]:
        """What a stack has put out. Ends the command when it is not there."""
        found = self.outputs(stack, region)
        if not found:
            sys.exit(f"There is no stack {stack} in {region}, in the account of these credentials.")
        return found


def sam(*arguments: str) -> list[str]:
    """The command line of SAM, in the version that is tried, in an environment of its own."""
    return [find(), "tool", "run", "--python", "3.13", "--from", f"aws-sam-cli=={SAM}", "sam", *arguments]


def deploy(aws: Aws, file: StackFile, name: str, parameters: Mapping[str, str], *, execute: bool) -> None:
    """Make the stack what its template says, or show what that would change."""
    command = sam(
        "deploy",
        "--config-file",
        str(ROOT / "samconfig.toml"),
        "--template-file",
        str(file.path),
        "--stack-name",
        name,
        "--region",
        file.region,
    )
    command += ["--parameter-overrides", *(f"{key}={_quoted(value)}" for key, value in parameters.items())]
    command += ["--tags", f"project=guichet stack={name}"]
    # Whom CloudFormation makes resources as, where it is not whoever deploys (infra/delivery.yaml).
    if maker := os.environ.get("MAKER"):
        command += ["--role-arn", maker]
    aws.run(*command, *([] if execute else ["--no-execute-changeset"]))


def _quoted(value: str) -> str:
    """As SAM reads a value that holds blanks."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
