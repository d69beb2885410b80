"""Deploys a stage, or shows what that would change: `python -m infra.deploy dev|staging|prod [--diff]`.

The desk, then what CloudFront takes from elsewhere, then the pages built for that desk, the site and the alarms; at the
end the site is asked whether it is the one that was meant.
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from infra import archive, cloudformation, firm, publish
from infra.cloudformation import Aws, StackFile
from infra.firm import EDGE_REGION, REGION, Firm
from infra.uv import ROOT

DESK = StackFile("", ROOT / ".aws-sam/build/template.yaml", REGION)
EDGE = StackFile("edge", ROOT / "infra/edge.yaml", EDGE_REGION)
SITE = StackFile("site", ROOT / "infra/site.yaml", REGION)
ALARMS = StackFile("alarms", ROOT / "infra/alarms.yaml", REGION)

# The headers that CloudFront sends from its own words rather than from ours, and the only ones that it can send so.
_IN_ITS_OWN_WORDS = {"Strict-Transport-Security": "max-age={}; includeSubDomains", "X-Content-Type-Options": "nosniff"}
_PATIENCE_SECONDS = 300

type Fetch = Callable[[str], bytes]


class NotHealthy(Exception):
    """The site does not answer as what was deployed; the argument says how."""


def deploy(aws: Aws, stage: Firm, version: str, *, execute: bool = True) -> None:
    """Bring everything of a stage to what this folder holds. Raises Missing, CalledProcessError or NotHealthy."""
    architecture = stage.parameters.get("Architecture", "arm64")
    aws.run(*cloudformation.sam("build"), environment={"ARCHITECTURE": architecture})
    archive.pack_all(ROOT / ".aws-sam/build")
    values = dict(stage.parameters)
    for file in (DESK, EDGE):
        values |= _deploy(aws, file, stage, values, execute=execute)
    if "OriginSecretArn" not in values:
        sys.stdout.write("The rest follows from stacks that are not there yet.\n")
        return
    origins = {"SITE_URL": stage.url, "PAPERS_ORIGIN": values["PapersOrigin"]}
    aws.run(sys.executable, "-m", "theme.build", environment={**stage.site, **origins})
    values |= header_parameters(json.loads((ROOT / "build/headers.json").read_text("utf-8")))
    secrets = aws.client("secretsmanager", REGION)
    values["OriginSecretVersion"] = secrets.get_secret_value(SecretId=values["OriginSecretArn"])["VersionId"]
    for file in (SITE, ALARMS):
        values |= _deploy(aws, file, stage, values, execute=execute)
    if execute:
        _publish(aws, values, version)
        check(stage.url, version)


def header_parameters(headers: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the site's stack that make CloudFront send these headers.

    Raises ValueError for one that it would send in another wording.
    """
    parameters = {}
    for name, value in headers.items():
        if wording := _IN_ITS_OWN_WORDS.get(name):
            seconds = "".join(filter(str.isdigit, value))
            if wording.format(seconds) != value:
                raise ValueError(f"CloudFront cannot send {name}: {value}")
            if seconds:
                parameters["HstsSeconds"] = seconds
        else:
            parameters[name.replace("-", "")] = value
    if unknown := parameters.keys() - SITE.declared.keys():
        raise ValueError(f"infra/site.yaml does not send {', '.join(sorted(unknown))}")
    return parameters


def check(url: str, version: str, fetch: Fetch | None = None, patience: float = _PATIENCE_SECONDS) -> None:
    """Wait until the API is well and the pages are of that version. Raises NotHealthy when they do not become so."""
    fetch = fetch or _fetch
    wanted = {"/api/health": ("status", "ok"), f"/{publish.VERSION}": ("version", version)}
    deadline = time.monotonic() + patience
    while True:
        try:
            for path, (name, value) in wanted.items():
                if (answer := json.loads(fetch(url + path)))[name] != value:
                    raise NotHealthy(f"{url}{path} answers {answer}")
        except (OSError, ValueError, KeyError, NotHealthy) as error:
            if time.monotonic() >= deadline:
                raise NotHealthy(f"{url} is not what was deployed: {error}") from error
            time.sleep(min(5, patience))
        else:
            return


def current_version() -> str:
    """The commit that this folder holds, `+` if it holds more than that."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _deploy(aws: Aws, file: StackFile, stage: Firm, values: Mapping[str, str], *, execute: bool) -> dict[str, str]:
    name = stage.stack(file.part)
    cloudformation.deploy(aws, file, name, file.parameters(values), execute=execute)
    return aws.outputs(name, file.region)


def _publish(aws: Aws, values: Mapping[str, str], version: str) -> None:
    paths = publish.Paths(aws.client("cloudfront-keyvaluestore", EDGE_REGION), values["PathsArn"])
    site = publish.release(ROOT / "build/site", version)
    now = datetime.now(UTC)
    publish.publish(site, values["PagesName"], aws.client("s3", REGION), paths, now)
    aws.client("cloudfront", EDGE_REGION).create_invalidation(
        DistributionId=values["DistributionId"],
        InvalidationBatch={
            "CallerReference": f"{version} {now.isoformat()}",
            "Paths": {"Quantity": 1, "Items": ["/*"]},
        },
    )


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (always https, from the firm's own file)
        content: bytes = answer.read()
        return content


def main() -> None:
    """Deploy, or show the change sets."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("--diff", action="store_true", help="show what would change, change nothing")
    arguments = parser.parse_args()
    stage, version = firm.read(arguments.stage), current_version()
    if stage.stage == "prod" and version.endswith("+") and not arguments.diff:
        sys.exit("prod is deployed from a commit; this folder holds changes of its own.")
    aws = Aws()
    if not aws.has_credentials():
        sys.exit(
            f"The environment holds no credentials of an AWS account. `make ready STAGE={stage.stage}` needs none."
        )
    try:
        deploy(aws, stage, version, execute=not arguments.diff)
    except subprocess.CalledProcessError as failure:
        # The command has said why.
        sys.exit(failure.returncode)


if __name__ == "__main__":
    main()
