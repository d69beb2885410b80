"""Goes back to the release before the one that is published: `python -m infra.rollback dev|staging|prod [VERSION]`.

Code, stacks and pages are deployed from the commit that the release was made of, in a folder of its own.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra import firm, publish
from infra.cloudformation import Aws
from infra.firm import REGION, Firm


class NoSuchRelease(Exception):
    """There is nothing to go back to."""


def former_version(published: Sequence[Mapping[str, Any]]) -> str:
    """The newest version other than the current one. Raises NoSuchRelease."""
    versions = [str(one["version"]) for one in published]
    for version in reversed(versions):
        if version != versions[-1]:
            return version
    raise NoSuchRelease("no other release is known")


def roll_back(aws: Aws, stage: Firm, version: str | None) -> str:
    """Deploy that version, or the one before the current; returns which. Raises NoSuchRelease, CalledProcessError."""
    bucket = aws.outputs(stage.stack("site"), REGION).get("PagesName")
    if bucket is None:
        raise NoSuchRelease(f"{stage.stack('site')} is not there")
    version = version or former_version(publish.releases(aws.client("s3", REGION), bucket))
    if version.endswith("+"):
        raise NoSuchRelease(f"{version} was deployed with changes that no commit holds")
    with TemporaryDirectory(prefix="guichet-") as folder:
        place = str(Path(folder) / "release")
        aws.run("git", "worktree", "add", "--detach", place, version)
        try:
            aws.run("make", "-C", place, "deploy", f"STAGE={stage.stage}")
        finally:
            aws.run("git", "worktree", "remove", "--force", place)
    return version


if __name__ == "__main__":
    deployed = roll_back(Aws(), firm.read(sys.argv[1]), sys.argv[2] if sys.argv[2:] else None)
    sys.stdout.write(f"{sys.argv[1]} is at {deployed}\n")
