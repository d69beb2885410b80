"""All benchmarks as one table: `python -m bench`. Ratios are of one run on one machine."""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.table import Row, measured, show
from infra.local import exact

# What needs the exact engine comes last.
SCRIPTS = ("search", "site", "start", "warm", "calls", "seats")
ON_THE_EXACT_ENGINE = ("growth", "load")


def rows() -> Iterator[Row]:
    """Every script's."""
    lacking = exact.missing()
    for name in (*SCRIPTS, *(() if lacking else ON_THE_EXACT_ENGINE)):
        print(f"bench.{name} …", file=sys.stderr)
        # In a process of its own: one's clients, and what it has imported, are not the next one's.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            yield from alone.submit(measured, name).result()
    if lacking:
        print(f"No growth and no load: the exact engine needs {lacking}.", file=sys.stderr)


def main() -> int:
    """Print them; 1 when a figure is more than it may be."""
    found = [*rows()]
    show(found)
    return int(any(row.is_too_much for row in found))


if __name__ == "__main__":
    sys.exit(main())
