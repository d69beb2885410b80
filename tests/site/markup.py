"""What the Nu HTML checker, which the W3C's validator runs, says of pages: one run of Java over all of them."""

import json
import subprocess
from pathlib import Path

from infra.npm import Taken, runs

CHECKER = Taken(
    "vnu-jar",
    "26.9.27",
    "4e441de4315f39a582f5e6edbe8cd3b2b1f655aa1dde3620faface791133217c417b12f3f7ead2d8336d8e7efe44f5226618258b44a0860057e9125135e6b428",
    "build/dist/vnu.jar",
)
# Quick to start, and small beside the browsers.
# Of headings that scripts fill: nobody meets them empty.
_EXPECTED = "Empty heading."
_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xss2m", "-jar")


def missing() -> str:
    """What the checker needs and this machine has not, in words; nothing when it can run."""
    return "" if runs("java") else "Java 17"


def faults(*folders: Path) -> list[str]:
    """One line for each thing that it finds in their pages. Raises NotInstalled when it cannot be fetched."""
    command = [*_JAVA, str(CHECKER.get()), "--format", "json", "--skip-non-html", "--exit-zero-always"]
    done = subprocess.run([*command, *map(str, folders)], capture_output=True, text=True, check=True)
    return [
        f"{message.get('url', '').removeprefix('file:')}:{message.get('lastLine')}: {message['message']} "
        f"{message.get('extract', '').strip()}"
        for message in json.loads(done.stderr)["messages"]
        if message["message"] != _EXPECTED
    ]
