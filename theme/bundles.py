"""One bundle for each kind of page: what every page runs and what begins its blocks; the rest is loaded when needed.

What shows readers what is theirs is of use to nobody else: it is loaded once they are signed in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theme import esbuild

# Where bundles lie in the site.
FOLDER = "assets/js"
# What begins the elements of that attribute, or of that value of it: a module that exports `start`.
BLOCKS = {
    "data-job": "job",
    "data-live": "live",
    "data-product": "product",
    "data-price": "prices",
    "data-order": "order",
    "data-orders": "orders",
    "data-invoices": "invoices",
    "data-activation": "activation",
    "data-contract": "contract",
    "data-verification": "verification",
    "data-documents": "documents",
    "data-account": "account",
    "data-feedback": "feedback",
    "data-reviews": "reviews",
    "data-support-window": "support",
    "data-own-account": "own-account",
    "data-takeovers": "takeovers",
    "data-sessions": "sessions",
    "data-team": "team",
    "data-leaver": "leaver",
    "data-second-factor": "second-factor",
    "data-portal": "portal",
    "data-registration": "registration",
    "data-job=reset-password": "password",
}
# What of it comes once somebody is signed in (docs/assets/js/theirs.js), where it is more than what parting them costs.
THEIRS = {"data-portal", "data-orders", "data-documents", "data-reviews"}


@dataclass(frozen=True)
class Bundle:
    """The scripts of a kind of page, by their addresses."""

    entry: str
    imports: Sequence[str]
    """What the entry cannot begin without."""
    text: str
    """All of it, with what is loaded later."""


def bundle(entry: str, marks: Sequence[str], *, scripts: Path, site: Path, workshop: Path) -> Bundle:
    """Bundle a module of the folder `scripts` into the site, with what begins the blocks of those marks.

    Raises BuildFailed for a module or an export that there is not.
    """
    first = workshop / f"{'-'.join([entry, *(BLOCKS[mark] for mark in marks)])}.js"
    later = workshop / f"theirs-{first.name}"
    later.write_text("\n".join(_exports([mark for mark in marks if mark in THEIRS], scripts)), "utf-8")
    first.write_text("\n".join(_source(scripts / f"{entry}.js", marks, scripts, later)), "utf-8")
    options = ("--format=esm", "--splitting", "--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]")
    outputs = esbuild.bundle(first, site / FOLDER, options)
    files = {Path(path).name: told for path, told in outputs.items()}
    begun = next(name for name, told in files.items() if told.get("entryPoint", "").endswith(first.name))
    return Bundle(
        f"/{FOLDER}/{begun}",
        [f"/{FOLDER}/{name}" for name in dict.fromkeys(_imported(begun, files))],
        "\n".join((site / FOLDER / name).read_text("utf-8") for name in files),
    )


def _source(entry: Path, marks: Sequence[str], scripts: Path, later: Path) -> Iterator[str]:
    if not marks:
        yield f"import {str(entry)!r};"
        return
    yield f"import {{ begin }} from {str(entry)!r};"
    begun = {mark: f"{{ start: {_name(mark)} }}" for mark in marks if mark not in THEIRS}
    yield from _exports(begun, scripts, "import")
    if theirs := {mark: f"theirs(load, '{_name(mark)}')" for mark in marks if mark in THEIRS}:
        yield f"import {{ theirs }} from {str(scripts / 'theirs.js')!r};"
        yield f"const load = () => import({str(later)!r});"
    yield f"begin({{ {', '.join(f"'[{mark}]': {script}" for mark, script in (begun | theirs).items())} }});"


def _exports(marks: Iterable[str], scripts: Path, how: str = "export") -> Iterator[str]:
    """What begins the blocks of those marks, each by its name."""
    for mark in marks:
        yield f"{how} {{ start as {_name(mark)} }} from {str(scripts / f'{BLOCKS[mark]}.js')!r};"


def _name(mark: str) -> str:
    return f"start_{list(BLOCKS).index(mark)}"


def _imported(name: str, files: Mapping[str, Any]) -> Iterator[str]:
    """What a file imports at once, and what that does."""
    for one in files[name]["imports"]:
        if one["kind"] == "import-statement":
            imported = Path(one["path"]).name
            yield imported
            yield from _imported(imported, files)
