"""What a cold start costs the processor, beside a bare DynamoDB client's: `python -m bench.start [FOLDER]`.

FOLDER holds a bundle for each function, for this machine's processor, as `sam build` leaves them; without it they are
made. User and system seconds of a whole process that imports the handler as Lambda does, the least of several; each
against the client of its own bundle.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bundle import bundle
from infra.local.template import load

ROOT = Path(__file__).resolve().parents[1]
TRIES = 7
BARE = "import boto3; boto3.client('dynamodb')"
_VARIABLES = "TABLE USER_POOL USER_POOL_CLIENT SECRET SENDER SITE_URL CONTRACTS PAPERS SUPPLIER"
_ENVIRONMENT = {
    **dict.fromkeys(_VARIABLES.split(), "none"),
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "PYDANTIC_DISABLE_PLUGINS": "1",
    "TZ": "UTC",
}


def handlers() -> dict[str, str]:
    """The modules of the functions by their names in the template."""
    resources = load(ROOT / "template.yaml")["Resources"]
    functions = {name: one for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}
    return {name: one["Properties"]["Handler"].rpartition(".")[0] for name, one in functions.items()}


def cpu_seconds(folder: Path, code: str) -> float:
    """Of one new process that runs the code with a bundle's packages and nothing else."""
    process = subprocess.Popen(
        # -S: none of this environment's packages.
        [sys.executable, "-S", "-c", code],
        cwd=folder,
        env={**_ENVIRONMENT, "PYTHONPATH": str(folder)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{code} failed in {folder}")
    return usage.ru_utime + usage.ru_stime


def measure(folder: Path, module: str) -> tuple[float, float]:
    """The least of a bare client's and of a function's start, tried in turns so that both have the same machine."""
    tries = [(cpu_seconds(folder, BARE), cpu_seconds(folder, f"import {module}")) for _ in range(TRIES)]
    return min(bare for bare, _ in tries), min(start for _, start in tries)


def main(bundles: Path | None) -> None:
    """Print a line for each function."""
    print(f"{'function':24}{'client s':>10}{'start s':>10}{'ratio':>8}")
    with TemporaryDirectory() as made:
        for name, module in handlers().items():
            folder = (bundles or Path(made)) / name
            if bundles is None:
                bundle(name, folder, "arm64" if platform.machine() == "aarch64" else platform.machine())
            bare, start = measure(folder, module)
            print(f"{name:24}{bare:10.3f}{start:10.3f}{start / bare:8.2f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
