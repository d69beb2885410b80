"""Draws template.yaml into infra/README.md as a Mermaid diagram: `python -m infra.diagram`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import drawn
from infra.local.template import load

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "infra/README.md"
BEGIN = "<!-- drawn from template.yaml by `python -m infra.diagram` -->\n"
# How what functions use is drawn, and said.
_SHAPES = {
    "AWS::DynamoDB::Table": "[({})]",
    "AWS::S3::Bucket": "[({})]",
    "AWS::Cognito::UserPool": "[{}]",
    "AWS::KMS::Key": "[{}]",
    "AWS::SecretsManager::Secret": "[{}]",
    "AWS::SQS::Queue": "[/{}/]",
    "AWS::SES::ConfigurationSet": "[/{}/]",
}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def diagram(template: Mapping[str, Any]) -> str:
    """Who calls whom, and what with: an arrow for each event that starts a function, a line for each grant."""
    resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
    functions = {name: one for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}
    lines = ["flowchart LR", "  Browser((Browser)) --> CloudFront --> Api{{HTTP API}}", "  Clock((Clock))"]
    lines += [f"  {name}({_words(name.removesuffix('Function'))})" for name in functions]
    used = sorted({used for name in functions for used in _used(resources, name)})
    lines += [
        f"  {name}{_SHAPES[resources[name]['Type']].format(_words(name))}" for name in used if name not in functions
    ]
    for one in resources.values():
        if one["Type"] == "AWS::Lambda::EventSourceMapping":
            lines.append(f"  Table == stream ==> {one['Properties']['FunctionName']['Ref']}")
    for name, function in functions.items():
        lines += [f"  {arrow} {name}" for arrow in _starts(function["Properties"].get("Events", {}))]
        lines += [f"  {name} --- {other}" for other in _used(resources, name)]
    return "\n".join(lines) + "\n"


def _starts(events: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    kinds = {event["Type"] for event in events.values()}
    if "HttpApi" in kinds:
        yield "Api ==>"
    if "S3" in kinds:
        [bucket] = (event["Properties"]["Bucket"]["Ref"] for event in events.values() if event["Type"] == "S3")
        yield f"{bucket} == what lands ==>"
    if "EventBridgeRule" in kinds:
        yield "MailEvents == what became of it ==>"
    if "ScheduleV2" in kinds:
        yield "Clock == daily ==>"


def _used(resources: Mapping[str, Mapping[str, Any]], function: str) -> list[str]:
    """The resources that a function's grants name."""
    policies = str(resources[function]["Properties"].get("Policies", ""))
    # A bucket that the function must not depend on is named by its name alone.
    policies = policies.replace("-papers-$", " Papers ")
    drawn = (*_SHAPES, "AWS::Serverless::Function")
    return [
        name
        for name, one in resources.items()
        if one["Type"] in drawn and name != function and re.search(rf"\b{name}\b", policies)
    ]


def _words(name: str) -> str:
    return _WORD.sub(" ", name)


def drawn_into(readme: str, drawing: str) -> str:
    """The page with the drawing in its place. Raises ValueError when it has no place for one."""
    return drawn.into(readme, BEGIN, f"```mermaid\n{drawing}```\n")


if __name__ == "__main__":
    README.write_text(drawn_into(README.read_text("utf-8"), diagram(load(ROOT / "template.yaml"))), "utf-8")
