"""The table that the benchmarks print: what was measured, the figure, and what it may be at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Row:
    """One measure; a figure is a ratio or a count unless its `unit` says more."""

    what: str
    figure: float
    at_most: float | None = None
    unit: str = ""

    @property
    def is_too_much(self) -> bool:
        """Whether it is more than it may be."""
        return self.at_most is not None and self.figure > self.at_most

    def cells(self) -> tuple[str, str, str]:
        """As it is printed."""
        limit = "" if self.at_most is None else f"{self.at_most:g}"
        return self.what, f"{self.figure:.{0 if self.figure == int(self.figure) else 2}f} {self.unit}".strip(), limit


def measured(script: str) -> list[Row]:
    """What one of the scripts of this folder measures."""
    rows: list[Row] = import_module(f"bench.{script}").rows()
    return rows


def show(rows: Sequence[Row]) -> None:
    """Print them as Markdown, so that they can be copied as they are."""
    print("| what | figure | at most |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row.cells())} |{' **too much**' if row.is_too_much else ''}")
