"""Checks the pages' scripts, their types by TypeScript and habits by Biome: `python -m infra.local.scripts`."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.npm import NotInstalled, Taken, runs
from theme import answers, openapi

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "assets" / "js"
TYPES = ROOT / "build" / "types" / "api.d.ts"
# Without it TypeScript passes a script over, as it does those of other people's.
_CHECKED = "// @ts-check\n"
_TYPESCRIPT = Taken(
    "typescript",
    "6.0.3",
    "cb64efbb14993c3c906a490544f6472859be28a56a222b1d83dfc26709bd7edbca5cb3fc3515a3dfcfce0e335baf8dd2b285ea36e022b047f519d0b1a9671d07",
    "lib",
)
_BIOME_VERSION = "2.6.8"
# One program for each kind of machine.
_BIOME = {
    ("linux", "x86_64"): (
        "linux-x64",
        "5c8937a4b413e7a23a4ed8bebb40c5f05b523578c23133dbc554f37c9f5c4b6b7522654abeba95e5be761ae11a260ebfc2e897bf3d2c8df6f9b1a0784cf463cc",
    ),
    ("linux", "aarch64"): (
        "linux-arm64",
        "d018e29bc94ac27aef5d41e82389374dbe75063a222c4c039e8bc223c9d2ce493ac23ddd4a18ae023af1ebe5f41e37f87a3475b116604d08920c7969cbdbc1ef",
    ),
    ("darwin", "x86_64"): (
        "darwin-x64",
        "4165943e3940d119e492062714b50766ef91ac373415d2b403ec043c0f9d10d409c2cb921cc1fcf65b299c0c3641459673d547c9f96e1b1d579a9e98d86662f1",
    ),
    ("darwin", "arm64"): (
        "darwin-arm64",
        "0c7ca3f899d11dc9f861dbe98aa8131593182923c42cc09f16934d944baed4bf032931978735bbada23076c6e8d887bd9c296340b01091559093f9b0334b9e88",
    ),
}


def missing() -> str:
    """What the checks need and this machine has not, in words; nothing when they can run."""
    return "" if runs("node") else "Node"


def faults() -> list[str]:
    """One line for each thing that is wrong. Raises NotInstalled when a tool cannot be fetched."""
    TYPES.parent.mkdir(parents=True, exist_ok=True)
    TYPES.write_text(answers.declarations(openapi.document()), "utf-8")
    return [*_unchecked(), *badly_typed(), *_linted()]


def _unchecked() -> Iterator[str]:
    for script in sorted(SCRIPTS.glob("*.js")):
        if not script.read_text("utf-8").startswith(_CHECKED):
            yield f"{script.relative_to(ROOT)}: begins without {_CHECKED.strip()}"


def badly_typed(configuration: Path = ROOT / "jsconfig.json") -> list[str]:
    """What TypeScript finds, by another configuration than the project's where one is given. Raises NotInstalled."""
    if lacking := missing():
        raise NotInstalled(f"The scripts' checks need {lacking}.")
    command = ["node", str(_TYPESCRIPT.get() / "tsc.js"), "--project", str(configuration), "--pretty", "false"]
    return _lines(command)


def _linted() -> list[str]:
    kind = _BIOME.get((sys.platform, platform.machine()))
    # Where there is no such program, TypeScript has looked all the same.
    if kind is None:
        return []
    biome = Taken(f"@biomejs/cli-{kind[0]}", _BIOME_VERSION, kind[1], "biome").get()
    return _lines(
        [str(biome), "lint", "--error-on-warnings", "--reporter=github", "--colors=off", "--max-diagnostics=none"]
    )


def _lines(command: list[str]) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []


def main() -> int:
    """Say what is wrong; 1 when anything is. Where Node is missing it is said that nobody looked."""
    try:
        wrong = faults()
    except NotInstalled as lacking:
        sys.stderr.write(f"The pages' scripts are not checked: {lacking}\n")
        return 0 if missing() else 1
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
