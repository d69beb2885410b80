"""Packages of npm's from which something is taken that is no program of ours: pinned, fetched once, none of it run."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

TOOLS = Path(__file__).parents[2] / ".tools"


class NotInstalled(Exception):
    """What was wanted is not here and cannot be fetched; says what is missing."""


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

    @property
    def missing(self) -> str:
        """What this machine lacks to have it; nothing when it is here or can be fetched."""
        return "" if self.place.exists() or runs("npm") else "npm"

    def get(self) -> Path:
        """Where it is, fetched once for this checkout. Raises NotInstalled, with what is missing or went wrong."""
        if self.place.exists():
            return self.place
        if self.missing:
            raise NotInstalled(f"{self.package} needs {self.missing}.")
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
        command = ["npm", "pack", name, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archives = list(folder.glob("*.tgz"))
        if not archives:
            raise NotInstalled(f"npm could not get {name}: {done.stderr}")
        if hashlib.sha512(archives[0].read_bytes()).hexdigest() != self.sha512:
            raise NotInstalled(f"{name} is not the file that it was.")
        return archives[0]


def runs(command: str) -> bool:
    """Whether a command is here: macOS has a `java` that only says where to get one."""
    return shutil.which(command) is not None and (
        subprocess.run([command, "--version"], capture_output=True, check=False).returncode == 0
    )
