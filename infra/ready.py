"""Does what of a deployment needs no account, and says what a stage still lacks: `python -m infra.ready prod`."""

import argparse
import subprocess
import sys
from collections.abc import Iterator

from functions.shared.brand import brand
from functions.shared.texts import LANGUAGES
from infra import cloudformation, firm
from infra.cloudformation import Aws
from infra.deploy import ALARMS, DESK, EDGE, SITE
from infra.firm import Firm
from infra.uv import ROOT
from theme.language import unfinished
from theme.settings import is_example


def lacking(aws: Aws, stage: Firm) -> Iterator[str]:
    """What nobody has decided, translated or given yet, a line each."""
    decided = {
        "functions/shared/brand.toml": brand().company,
        "infra/firm.toml": firm.written(stage.stage, "parameters") | firm.written(stage.stage, "site"),
    }
    for file, values in decided.items():
        yield from (f"{file}: {name} is an example: {value}" for name, value in values.items() if is_example(value))
    yield from (line for language, line in unfinished(ROOT).items() if language in LANGUAGES)
    if not aws.has_credentials():
        yield "the environment holds no credentials of an AWS account"


def prepare(aws: Aws, stage: Firm) -> None:
    """Build functions and pages, and have SAM judge every template. Raises CalledProcessError."""
    aws.run(*cloudformation.sam("build"), environment={"ARCHITECTURE": stage.parameters.get("Architecture", "arm64")})
    for file in (DESK, EDGE, SITE, ALARMS):
        aws.run(*cloudformation.sam("validate", "--lint", "--template-file", str(file.path), "--region", file.region))
    # As for a stage that may hold examples, so that all that is lacking is said together.
    aws.run(sys.executable, "-m", "theme.build", environment={**stage.site, "STAGE": "dev", "SITE_URL": stage.url})


def main() -> int:
    """Prepare, and list what is lacking; 1 when anything is."""
    parser = argparse.ArgumentParser(prog="python -m infra.ready")
    parser.add_argument("stage", choices=firm.STAGES)
    stage, aws = firm.read(parser.parse_args().stage), Aws()
    try:
        prepare(aws, stage)
    except subprocess.CalledProcessError:
        return 1
    found = list(lacking(aws, stage))
    said = [f"Still to do before {stage.stage} is deployed:", *(f"- {line}" for line in found)] if found else ["Ready."]
    sys.stdout.write("\n".join([*said, "What AWS and the DNS want beside, and in which order: infra/README.md", ""]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
