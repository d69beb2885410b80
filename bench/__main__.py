"""All benchmarks as one table: `python -m bench`. Ratios are of one run on one machine."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from bench.table import Row, show
from infra.local import exact

# What needs the exact engine comes last.
SCRIPTS = ("start", "warm", "calls", "seats")
ON_THE_EXACT_ENGINE = ("growth", "load")


def rows() -> Iterator[Row]:
    """Every script's."""
    lacking = exact.missing()
    for name in (*SCRIPTS, *(() if lacking else ON_THE_EXACT_ENGINE)):
        print(f"bench.{name} …", file=sys.stderr)
        measure: Callable[[], list[Row]] = import_module(f"bench.{name}").rows
        yield from measure()
    if lacking:
        print(f"No growth and no load: the exact engine needs {lacking}.", file=sys.stderr)


def main() -> int:
    """Print them; 1 when a figure is more than it may be."""
    measured = [*rows()]
    show(measured)
    return int(any(row.is_too_much for row in measured))


if __name__ == "__main__":
    sys.exit(main())
