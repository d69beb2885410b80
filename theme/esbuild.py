"""Runs esbuild, which bundles and shortens scripts and style sheets."""

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.npm import Taken
from theme.failure import BuildFailed

# The oldest browsers that the desk promises to work in.
TARGET = "chrome100,edge100,firefox100,safari15.4"
_VERSION = "0.28.2"
# The SHA-512 of each system's package.
_ARCHIVES = {
    "linux-x64": "e314d9af5154992a105b85c85a68addedcd0ad44d933e3773f45d5f3144e2981"
    "79d177c8ef178ef74fb56d9bcdc3122e7d0f610d0551247e588603d517c03f1d",
    "linux-arm64": "a56e000b43f78adf1cedda3d315338a79d45cc7cdd33f4d9adeaeeae045c1c9d"
    "964dad55435088ab5f319dc7e9049c38a23922659aca5b6c8805604ff768fa52",
    "darwin-x64": "baaeacb885983f7eeacc675d04a3f0e501103e2e8788b1ac3bb5269297f26983"
    "50dc3fab37ac3a59fc07fa7baa7065d6bdac06c31384ae83b86069c587de5acf",
    "darwin-arm64": "9f82aa90e42badac4725c82333546fc1b8a07d028828956933bc69f8ab318b25"
    "12ad17485e7b7bdd586b3c0c747d5e388607e62152a3c4c37d275b798f249593",
}
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}


def bundle(entry: Path, into: Path, options: Iterable[str]) -> Mapping[str, Any]:
    """Bundle what begins with a file; the files that come of it, by their paths in `into`, as esbuild tells of them.

    Raises BuildFailed with what esbuild refuses, NotInstalled, or KeyError for a machine that it is not pinned for.
    """
    told = entry.with_suffix(".meta.json")
    command = [str(_program()), str(entry), "--bundle", "--minify", f"--target={TARGET}", "--log-level=warning"]
    options = [*options, f"--outdir={into}", f"--metafile={told}"]
    done = subprocess.run([*command, *options], cwd=into, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or done.stderr:
        raise BuildFailed(done.stderr)
    outputs: Mapping[str, Any] = json.loads(told.read_text("utf-8"))["outputs"]
    return outputs


def _program() -> Path:
    system, machine = platform.system().lower(), platform.machine()
    package = f"{system}-{_MACHINES.get(machine, machine)}"
    return Taken(f"@esbuild/{package}", _VERSION, _ARCHIVES[package], "bin/esbuild").get()
