"""A job as data: what it takes, answers, refuses and tells, and how it is done. The dispatcher, the forms, the OpenAPI
document, the portal, the guides and the crash driver all read it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel

from functions.shared import clock
from functions.shared.events import Event, Told
from functions.shared.items import Write
from functions.shared.keys import Keys
from functions.shared.refusal import FORBIDDEN, Code
from functions.shared.request import MAX_BODY, Request
from functions.shared.session import Reader
from functions.shared.settings import Settings
from functions.shared.texts import Language, language_for

if TYPE_CHECKING:
    from functions.shared.desk import Desk
    from functions.shared.form import Form
    from functions.shared.limits import Limit

type Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
# The code by which a rule refuses its subject as it stands, if any.
type WhyNot[Subject] = Callable[[Subject], Code | None]


class Offer(NamedTuple):
    """What can be done with a subscription by who has that role in it; others are refused it as `not_yours`."""

    why_not: WhyNot[Any]
    role: Literal["administrator", "user"]
    not_yours: Code


@dataclass(frozen=True, kw_only=True)
class Ask[Body]:
    """What a job is asked, when, and what the desk itself brings along: all that a rule knows beside what is stored.

    `random` is 64 hexadecimal digits, the same however often the request is decided anew; `get_keys` gives the keys of
    the desk's keyed hashes, which not every function may read; `actions` are what can be done with a subscription, by
    the jobs' names; `beyond` says of limits that refuse nobody which are reached (functions/shared/limits.py).
    `confirms` and `half_signed_in` are the job's.
    """

    request: Request
    body: Body
    now: datetime
    random: str
    get_keys: Callable[[], Keys]
    settings: Settings
    actions: Mapping[str, Offer]
    confirms: bool = False
    half_signed_in: bool = False
    beyond: frozenset[str] = frozenset()

    @property
    def is_silenced(self) -> bool:
        """Whether it is answered as any other, and nothing is sent."""
        return "silenced" in self.beyond

    @property
    def is_guarded(self) -> bool:
        """Whether the code that it asks for is to be a longer one."""
        return "guarded" in self.beyond

    @property
    def keys(self) -> Keys:
        """The keys of the desk's keyed hashes."""
        return self.get_keys()

    @property
    def seed(self) -> str:
        """What links, codes, tokens and references of this request are derived from."""
        return self.keys.seed(self.random)

    @property
    def today(self) -> date:
        """The business day."""
        return clock.day(self.now)

    @property
    def path(self) -> Mapping[str, str]:
        """What stands in the path's places."""
        return self.request.values

    @property
    def language(self) -> Language:
        """The language that the answer is in."""
        return language_for(self.request.accept_language)


@dataclass(frozen=True, kw_only=True)
class SignedIn[Body](Ask[Body]):
    """The same by somebody who is signed in."""

    reader: Reader

    @property
    def language(self) -> Language:
        """The page's language, else the account's."""
        return language_for(self.request.accept_language, self.reader.language)

    @classmethod
    def by(cls, reader: Reader, ask: Ask[Body]) -> "SignedIn[Body]":
        """What is asked, by a reader whose session is proven."""
        return cls(reader=reader, **{field.name: getattr(ask, field.name) for field in fields(Ask)})


@dataclass(frozen=True)
class Opens:
    """The answer opens a session of the person, derived from the seed."""

    seed: str
    person: str


@dataclass(frozen=True)
class Closes:
    """The answer makes the browser forget the session in use."""


@dataclass(frozen=True)
class Binds:
    """The answer gives the browser the token, unless it has one, to which a code is bound that it has asked for."""

    seed: str


@dataclass(frozen=True)
class Knows:
    """The answer tells the browser that the person has proven themselves in it."""

    seed: str
    person: str


@dataclass(frozen=True)
class ShowsSecret:
    """The answer shows the secret of a second factor, derived from the seed."""

    seed: str
    person: str


@dataclass(frozen=True)
class ShowsRecoveryCodes:
    """The answer shows the recovery codes, derived from the seed."""

    seed: str
    person: str


@dataclass(frozen=True)
class WasThere:
    """The answer shows what was there already: 200, where what is new has 201."""


type Effect = Opens | Closes | Binds | Knows | ShowsSecret | ShowsRecoveryCodes | WasThere


# Within a day a caller who heard no answer has asked again.
REMEMBERED_SECONDS = 24 * 60 * 60


class Change[Answer](NamedTuple):
    """What a rule decided: what to answer, what to write, what happened (to which aggregate).

    The answer is remembered for a repeat of the request, for a day or `remembered_seconds`.
    """

    answer: Answer
    writes: tuple[Write, ...] = ()
    events: tuple[tuple[str, Event], ...] = ()
    effect: Effect | None = None
    remembered_seconds: int = REMEMBERED_SECONDS


class File(NamedTuple):
    """A file that is answered in the place of JSON, and saved under that name."""

    name: str
    content: str


class Answered(NamedTuple):
    """An answer as it is sent, and kept for a repeat of the same request; no `body` for 204, nor for a file."""

    body: Mapping[str, Any] | None
    effect: Effect | None = None
    file: File | None = None

    @classmethod
    def of(cls, answer: BaseModel | None, effect: Effect | None = None) -> "Answered":
        """What was not set in the answer is not sent."""
        return cls(None if answer is None else answer.model_dump(mode="json", exclude_unset=True), effect)


class Does[Body, Answer](Protocol):
    """How a job is done; functions/shared/desk.py has the ways."""

    @property
    def signed_in(self) -> bool:
        """Whether only somebody who is signed in can ask for it."""

    @property
    def summary(self) -> str:
        """What it does, in a line."""

    def run(self, desk: "Desk", ask: Ask[Body]) -> Answered:
        """Do it. Raises Refusal, or Conflict when others are always first."""


class Job[Body: BaseModel, Answer: BaseModel | None](NamedTuple):
    """One thing that a caller can ask for.

    `body` is the model of what it is asked with: a GET's query, any other's JSON, of at most `max_body` bytes. `file`
    is the media type of a file that it takes instead of JSON, `gives` of one that it answers instead; what it asks for
    `may_be_there` already (200). `refuses` are its own codes, `limits` what it counts, `tells` the events that it
    brings about. `why_not` makes it an action that a subscription's administrator is offered, and refuses it; once it
    refuses with `done`, a guide's step that asks for it is done. One that is offered to its users (`offered_to`) is
    refused to its administrator with `not_yours`.

    `confirms`: it matters so much that whoever has not signed in or confirmed for 30 minutes is asked who they are.
    `half_signed_in`: it can be asked for before the second factor that the reader needs. `admits` refuses those whom it
    is not for, whatever is wrong with what they ask. `leads_to` says where in its answer (a JSON pointer) stands what
    other jobs' paths have in a place of that name.
    """

    name: str
    method: Method
    path: str
    answer: type[Answer]
    does: Does[Body, Answer]
    body: type[Body]
    status: int = 200
    may_be_there: bool = False
    file: str | None = None
    gives: str | None = None
    max_body: int = MAX_BODY
    refuses: tuple[Code, ...] = ()
    limits: "tuple[Limit, ...]" = ()
    tells: tuple[Told, ...] = ()
    why_not: WhyNot[Any] | None = None
    offered_to: Literal["administrator", "user"] = "administrator"
    not_yours: Code = FORBIDDEN
    done: Code | None = None
    form: "Form | None" = None
    confirms: bool = False
    half_signed_in: bool = False
    admits: "Callable[[Desk, Ask[Any]], object] | None" = None
    leads_to: Mapping[str, str] = MappingProxyType({})

    @property
    def signed_in(self) -> bool:
        """Whether only somebody who is signed in can ask for it."""
        return self.does.signed_in

    @property
    def action(self) -> str:
        """What the API calls it among a subscription's actions."""
        return self.name.replace("-", "_")

    @property
    def offer(self) -> Offer | None:
        """To whom it is offered as an action, if it is one."""
        return Offer(self.why_not, self.offered_to, self.not_yours) if self.why_not else None

    @property
    def places(self) -> list[str]:
        """The names of what its path leaves open."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return self.does.summary


type AnyJob = Job[Any, Any]
NOTHING = type(None)
