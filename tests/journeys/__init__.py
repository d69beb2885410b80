"""Journeys: for each job one way to do it, as data, that the tests of what holds for every job read.

A module of this package says them for one area: `JOURNEYS`, by the job's name (and what tells two of a job apart), and
`REFUSALS`, how each of a job's own codes comes about. `MEETINGS` are more journeys, told for who may come in between.
All are given a `Given` to write what they begin with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from functions.shared.job import AnyJob
from tests.journeys.given import Given


@dataclass(frozen=True)
class Call:
    """A request: of which job, by whom (an address that is signed in), about what; with a cookie beside the session."""

    job: AnyJob
    by: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookie: str = ""
    file: bytes | None = None


@dataclass(frozen=True)
class Work:
    """A function of the template invoked with an event, as S3 or a schedule does."""

    function: str
    event: Any


@dataclass(frozen=True)
class Journey:
    """What is done; what others may do in the middle of it; which functions then work on what happened.

    What is done `in_steps` is seen half done by those who come in between.
    """

    call: Call | Work
    rivals: tuple[Call | Work, ...] = ()
    workers: tuple[str, ...] = ("NotificationsFunction",)
    in_steps: bool = False


type Begin = Callable[[Given], Journey]
type Refuse = Callable[[Given], Call]

JOURNEYS: dict[str, Begin] = {}
REFUSALS: dict[tuple[str, str], Refuse] = {}
# Journeys and meetings, by their module.
AREAS: dict[str, dict[str, Begin]] = {}

for _module in iter_modules(__path__):
    if _module.name != "given":
        _area = import_module(f"{__name__}.{_module.name}")
        JOURNEYS |= _area.JOURNEYS
        REFUSALS |= getattr(_area, "REFUSALS", {})
        AREAS[_module.name] = _area.JOURNEYS | getattr(_area, "MEETINGS", {})
