"""One bundle for each kind of page: what every page runs and what begins its blocks; the rest is loaded when needed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theme import esbuild

# Where bundles lie in the site.
FOLDER = "assets/js"
# What begins on a page with an element of that attribute, or of that value of it: a module, and its export.
BLOCKS = {
    "data-job": ("job", "startJobs"),
    "data-live": ("live", "startLive"),
    "data-product": ("product", "startProduct"),
    "data-price": ("prices", "startPrices"),
    "data-order": ("order", "startOrder"),
    "data-orders": ("orders", "startOrders"),
    "data-invoices": ("invoices", "startInvoices"),
    "data-activation": ("activation", "startActivation"),
    "data-contract": ("contract", "startContract"),
    "data-verification": ("verification", "startVerification"),
    "data-documents": ("documents", "startDocuments"),
    "data-account": ("account", "startAccount"),
    "data-feedback": ("feedback", "startFeedback"),
    "data-reviews": ("reviews", "startReviews"),
    "data-support-window": ("support", "startSupport"),
    "data-own-account": ("own-account", "startOwnAccount"),
    "data-takeovers": ("takeovers", "startTakeovers"),
    "data-sessions": ("sessions", "startSessions"),
    "data-team": ("team", "startTeam"),
    "data-leaver": ("leaver", "startLeaver"),
    "data-second-factor": ("second-factor", "startSecondFactor"),
    "data-portal": ("portal", "startPortal"),
    "data-registration": ("registration", "startRegistration"),
    "data-job=reset-password": ("password", "startPassword"),
}


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
    first = workshop / f"{'-'.join([entry, *(BLOCKS[mark][0] for mark in marks)])}.js"
    first.write_text("\n".join(_source(scripts / f"{entry}.js", marks, scripts)), "utf-8")
    options = ("--format=esm", "--splitting", "--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]")
    outputs = esbuild.bundle(first, site / FOLDER, options)
    files = {Path(path).name: told for path, told in outputs.items()}
    begun = next(name for name, told in files.items() if told.get("entryPoint", "").endswith(first.name))
    return Bundle(
        f"/{FOLDER}/{begun}",
        [f"/{FOLDER}/{name}" for name in dict.fromkeys(_imported(begun, files))],
        "\n".join((site / FOLDER / name).read_text("utf-8") for name in files),
    )


def _source(entry: Path, marks: Sequence[str], scripts: Path) -> Iterator[str]:
    if not marks:
        yield f"import {str(entry)!r};"
        return
    yield f"import {{ begin }} from {str(entry)!r};"
    for mark in marks:
        module, start = BLOCKS[mark]
        yield f"import {{ {start} }} from {str(scripts / f'{module}.js')!r};"
    yield f"begin([{', '.join(BLOCKS[mark][1] for mark in marks)}]);"


def _imported(name: str, files: Mapping[str, Any]) -> Iterator[str]:
    """What a file imports at once, and what that does."""
    for one in files[name]["imports"]:
        if one["kind"] == "import-statement":
            imported = Path(one["path"]).name
            yield imported
            yield from _imported(imported, files)
