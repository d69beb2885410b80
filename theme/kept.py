"""What takes a build long to make, kept under a digest of all that it follows from, for every build to come."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

# In seconds: a month.
_FORGOTTEN_AFTER = 30 * 24 * 60 * 60


def digest(*follows: object) -> str:
    """Of what JSON writes alike in every build."""
    return hashlib.sha256(json.dumps(follows).encode()).hexdigest()


class Kept:
    """A folder that builds of several projects share, at the same time too; what none has asked for in a month goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """What is kept under the name."""
        file = self._folder / name
        try:
            content = file.read_bytes()
            os.utime(file)
        except FileNotFoundError:
            # Perhaps another build has just let it go.
            return None
        return content

    def put(self, name: str, content: bytes) -> bytes:
        """Keep it: whole or not there, whoever reads meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{name}.{os.getpid()}"
        unfinished.write_bytes(content)
        unfinished.replace(self._folder / name)
        return content

    def tidy(self) -> None:
        """Let go of what is forgotten."""
        for file in self._forgotten():
            file.unlink(missing_ok=True)

    def _forgotten(self) -> Iterator[Path]:
        for file in self._folder.glob("*"):
            try:
                asked_for = file.stat().st_mtime
            except FileNotFoundError:
                continue
            if time.time() - asked_for > _FORGOTTEN_AFTER:
                yield file
