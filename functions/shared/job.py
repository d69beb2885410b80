"""A job as data: what the dispatcher, the forms, the OpenAPI document and the crash driver all read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from functions.shared.desk import Desk
    from functions.shared.request import Request


@dataclass(frozen=True)
class Answer:
    """What a job answers; kept for a repeat of the same request.

    `body` is None for 204. `opens` is the seed of a session that the answer opens for the person `opens_for`;
    `closes` makes the browser forget the one in use; `registers` is the login of the registration that it began.
    """

    status: int
    body: Mapping[str, Any] | None = None
    opens: str | None = None
    opens_for: str | None = None
    closes: bool = False
    registers: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One thing that a caller can ask for."""

    name: str
    method: str
    path: str
    run: "Callable[[Desk, Request], Answer]"
    status: int = 200
    body: type[BaseModel] | None = None
    # The media type of a file that it takes instead of JSON.
    file: str | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    signed_in: bool = True
    codes: tuple[str, ...] = field(default=())
