"""Prints the uv to use: the one on PATH if it works here, else one of the project's own, made once in .tools.

Run by whatever Python there is; many may ask at once, as `sam build` does for every function.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find(root: Path = ROOT) -> str:
    """The command's path. Raises CalledProcessError when there is none and it cannot be installed."""
    own = root / ".tools" / "bin" / "uv"
    if _works("uv"):
        return "uv"
    own.parent.parent.mkdir(exist_ok=True)
    with (root / ".tools" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _works(str(own)):
            subprocess.run([sys.executable, "-m", "venv", str(own.parent.parent)], check=True)
            python = str(own.with_name("python"))
            subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True, stdout=sys.stderr)
    return str(own)


def _works(uv: str) -> bool:
    try:
        return subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdout.write(find())
