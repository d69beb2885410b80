"""The log: lines of JSON on what happened, names and codes, never what a person wrote; some also count (metrics).

What a line is about (the function, the request, who asks) is said once, for the thread that works on it: others, which
answer other requests in the same process, do not see it, and it ends with the request.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal, NamedTuple

from functions.shared import metrics
from functions.shared.keys import Keys
from functions.shared.metrics import Measured

type Level = Literal["INFO", "WARNING", "ERROR"]

_OURS = "functions"


class Line(NamedTuple):
    """One line, before it is written."""

    level: Level
    message: str
    facts: Mapping[str, object]
    measured: tuple[Measured, ...] = ()


def write(line: Line) -> None:
    """Write a line to the standard output, its metrics in it."""
    record = {
        "level": line.level,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message": line.message,
        **line.facts,
        **metrics.embedded(line.facts, line.measured),
    }
    sys.stdout.write(json.dumps(record) + "\n")


@dataclass(frozen=True)
class _Scope:
    write: Callable[[Line], None] = write
    facts: dict[str, object] = field(default_factory=dict)


_NOTHING = _Scope()
_scope: ContextVar[_Scope] = ContextVar("scope", default=_NOTHING)


@contextmanager
def about(write: Callable[[Line], None] | None = None, **facts: object) -> Iterator[None]:
    """All lines of this thread meanwhile say these facts too, and are written that way."""
    outer = _scope.get()
    token = _scope.set(replace(outer, write=write or outer.write, facts={**outer.facts, **facts}))
    try:
        yield
    finally:
        _scope.reset(token)


def add(**facts: object) -> None:
    """What has become known of what this thread works on; outside of `about` there is nothing to add it to."""
    if (scope := _scope.get()) is not _NOTHING:
        scope.facts.update(facts)


def line(message: str, *measured: Measured, level: Level = "INFO", **facts: object) -> None:
    """Write one line; facts that are None are left out."""
    scope = _scope.get()
    said = {name: fact for name, fact in {**scope.facts, **facts}.items() if fact is not None}
    scope.write(Line(level, message, said, measured))


def correlation() -> str | None:
    """What set off the work of this thread: the id of the request, or of the run."""
    found = _scope.get().facts.get("correlation_id")
    return None if found is None else str(found)


def person(keys: Keys, email: str) -> str:
    """What stands for a person: the same in every line, and told by nobody who lacks the key."""
    return keys.digest(f"log {email}").hex()[:16]


def cause(error: BaseException) -> str:
    """What failed: AWS's own code for it, else the error's name."""
    answer: Any = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, Mapping) else None
    return code or type(error).__name__


def where(error: BaseException) -> str | None:
    """The last line of our own on the way to an error, as `folder/module.py:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _OURS in PurePath(frame.filename).parts]
    if not ours:
        return None
    parts = PurePath(ours[-1].filename).parts
    return f"{'/'.join(parts[len(parts) - parts[::-1].index(_OURS) :])}:{ours[-1].lineno}"
