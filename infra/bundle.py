"""Packs one function for Lambda: its locked packages and our code: `python -m infra.bundle NAME FOLDER`."""

import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.template import load

ROOT = Path(__file__).parents[1]
# What is left of two packages that hold the whole world: the services we call, the languages we speak.
SERVICES = ("cognito-idp", "dynamodb", "kms", "lambda", "s3", "secretsmanager", "sesv2", "sqs", "sts")
LOCALES = ("en", "en_001", "en_GB", "fr", "fr_FR", "root")
PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}


def bundle(name: str, folder: Path) -> None:
    """Fill `folder` with what the function of that name in template.yaml needs, its bytecode compiled."""
    template = load(ROOT / "template.yaml")
    architecture = template["Globals"]["Function"]["Architectures"][0]
    _install(name.removesuffix("Function").lower(), PLATFORM[architecture], folder)
    _trim(folder / "botocore/data", SERVICES)
    _trim(folder / "babel/locale-data", LOCALES)
    shutil.copytree(
        ROOT / "functions", folder / "functions", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-j0", str(folder)], check=True)


def _install(group: str, platform: str, folder: Path) -> None:
    """The packages of one dependency group, in the versions that are locked."""
    own = ROOT / ".tools/bin/uv"
    uv = str(own) if own.exists() else "uv"
    command = [uv, "pip", "install", "--quiet", "--group", f"{ROOT / 'pyproject.toml'}:{group}"]
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
    bundle(sys.argv[1], Path(sys.argv[2]))
