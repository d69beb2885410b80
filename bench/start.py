"""What a cold start costs the processor, beside a bare DynamoDB client's: `python -m bench.start [FOLDER]`.

Each function of the API is taken from the archive that a deployment uploads: built by `sam build`, packed by
infra/archive.py, unpacked as Lambda does. FOLDER holds what was built for this machine's processor already, as
`make sam-local` leaves it in build/sam-local/functions. User and system seconds of a whole process that imports the
handler as Lambda does, the least of several; each beside the client of its own bundle, once as boto3 comes, once with
Python's garbage collection off, which is how our functions are imported (functions/__init__.py).
"""

import os
import platform
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.table import Row, show
from infra import archive
from infra.cloudformation import sam
from infra.local.template import load

ROOT = Path(__file__).resolve().parents[1]
TRIES = 7
# Of the bare client's time.
AT_MOST = 1.35
BARE = "import boto3; boto3.client('dynamodb')"
BARE_WITHOUT_COLLECTION = f"import gc; gc.disable(); {BARE}"
# As SAM and infra/archive.py date what they pack; Lambda unpacks it so.
PACKED = datetime(1980, 1, 1).timestamp()
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
    """The modules of the functions that the API calls, by their names in the template."""
    resources = load(ROOT / "template.yaml")["Resources"]
    functions = {
        name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"
    }
    return {
        name: one["Handler"].rpartition(".")[0]
        for name, one in functions.items()
        if any(event["Type"] == "HttpApi" for event in one.get("Events", {}).values())
    }


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


def built(folder: Path) -> Path:
    """What `sam build` makes for this machine's processor, in a folder. Raises CalledProcessError."""
    architecture = "arm64" if platform.machine() == "aarch64" else platform.machine()
    command = sam("build", "--build-dir", str(folder), "--parameter-overrides", f"Architecture={architecture}")
    environment = {**os.environ, "ARCHITECTURE": architecture, "SAM_CLI_TELEMETRY": "0"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def unpack(function: Path, folder: Path) -> Path:
    """Pack a function that was built, and lay it into a folder as Lambda does: every file of 1980."""
    packed = folder / f"{function.name}.zip"
    archive.pack(function, packed)
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(folder / function.name)
    for path in (folder / function.name).rglob("*"):
        os.utime(path, (PACKED, PACKED))
    return folder / function.name


def measure(folder: Path, module: str) -> tuple[float, float, float]:
    """The least of a bare client's start, of one without collection and of a function's, tried in turns so that all
    have the same machine."""
    codes = (BARE, BARE_WITHOUT_COLLECTION, f"import {module}")
    bare, without, start = (
        min(of_one)
        for of_one in zip(*([cpu_seconds(folder, code) for code in codes] for _ in range(TRIES)), strict=True)
    )
    return bare, without, start


def rows(functions: Path | None = None) -> list[Row]:
    """Each function's ratios; of the functions in a folder, or of those that are built for it."""
    with TemporaryDirectory() as scratch:
        functions = functions or built(Path(scratch, "built"))
        measured = {
            name: measure(unpack(functions / name, Path(scratch)), module) for name, module in handlers().items()
        }
    return [
        row
        for name, (bare, without, start) in measured.items()
        for row in (
            Row(f"cold start of {name}, processor, beside a bare DynamoDB client", start / bare, AT_MOST),
            Row("the same beside such a client that looks for no garbage either", start / without),
        )
    ]


def main() -> None:
    """Print the ratios."""
    show(rows(Path(sys.argv[1]) if sys.argv[1:] else None))


if __name__ == "__main__":
    main()
