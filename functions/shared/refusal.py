"""How a rule says no: a code that the API, the texts and the pages share, and that owns its status and wording."""

from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from functions.shared.items import Write
from functions.shared.texts import Language, Texts

if TYPE_CHECKING:
    from pydantic import BaseModel

# What a refusal tells beside its code.
type Fact = str | int | date | Sequence[Mapping[str, str]]


class Code(NamedTuple):
    """Why something is refused; worded in the texts of its `topic`, under `refused.<name>`: `title`, `detail` and,
    where it says why an action is not possible now, `reason`. A refusal that is about one `field` names it. One that
    `spares_tries` says no without having been told anything wrong: what was counted before is given back. What it
    `tells` beside the standard members, where a caller goes by that, is a model for the API's description. A job that
    knows more than its topic says of it refuses with the same code, `worded` by another table.
    """

    name: str
    status: HTTPStatus
    topic: str = "errors"
    field: str | None = None
    spares_tries: bool = False
    tells: "type[BaseModel] | None" = None
    worded: str | None = None

    @property
    def texts(self) -> str:
        """Where it is worded."""
        return self.worded or f"{self.topic}.refused.{self.name}"

    def title(self, texts: Texts) -> str:
        """What it is called."""
        return texts(f"{self.texts}.title")

    def detail(self, texts: Texts, facts: Mapping[str, object] | None = None) -> str:
        """What it says to the person it refuses."""
        return texts(f"{self.texts}.detail", **(facts or {}))


def conflict(name: str, topic: str) -> Code:
    """A code for what the state does not permit."""
    return Code(name, HTTPStatus.CONFLICT, topic)


BAD_JSON = Code("bad_json", HTTPStatus.BAD_REQUEST)
NOT_SIGNED_IN = Code("not_signed_in", HTTPStatus.UNAUTHORIZED)
SECOND_FACTOR_MISSING = Code("second_factor_missing", HTTPStatus.FORBIDDEN)
READER_CHANGED = Code("reader_changed", HTTPStatus.CONFLICT)
# Nothing was tried yet.
SIGN_IN_AGAIN = Code("sign_in_again", HTTPStatus.FORBIDDEN, spares_tries=True)
CROSS_ORIGIN = Code("cross_origin", HTTPStatus.FORBIDDEN)
WRONG_HOST = Code("wrong_host", HTTPStatus.FORBIDDEN)
FORBIDDEN = Code("forbidden", HTTPStatus.FORBIDDEN)
NOT_FOUND = Code("not_found", HTTPStatus.NOT_FOUND)
METHOD_NOT_ALLOWED = Code("method_not_allowed", HTTPStatus.METHOD_NOT_ALLOWED)
LINK_EXPIRED = Code("link_expired", HTTPStatus.GONE)
TOO_LARGE = Code("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
UNSUPPORTED_MEDIA_TYPE = Code("unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
INVALID_FIELDS = Code("invalid_fields", HTTPStatus.UNPROCESSABLE_ENTITY)
KEY_REUSED = Code("idempotency_key_reused", HTTPStatus.UNPROCESSABLE_ENTITY)
TOO_MANY_TRIES = Code("too_many_tries", HTTPStatus.TOO_MANY_REQUESTS)
USED_UP = Code("used_up", HTTPStatus.TOO_MANY_REQUESTS)
WRONG_CODE = Code("wrong_code", HTTPStatus.UNPROCESSABLE_ENTITY, field="code")
INTERNAL_ERROR = Code("internal_error", HTTPStatus.INTERNAL_SERVER_ERROR)
TRY_AGAIN = Code("try_again", HTTPStatus.SERVICE_UNAVAILABLE)


class Refusal(Exception):
    """What a request is answered with when it is not done; `account_language` is the reader's once they are known.

    `writes` are committed all the same: a wrong try that counts.
    """

    code: Code
    account_language: Language | None = None
    writes: tuple[Write, ...] = ()


class Refused(Refusal):
    """The rules do not permit it; `facts` go into the answer and its wording.

    Where the code's own detail says less than is known, `said` names another in the texts.
    """

    def __init__(self, code: Code, *writes: Write, said: str | None = None, **facts: Fact) -> None:
        super().__init__(code.name)
        self.said = said
        self.code = code
        self.facts = facts
        self.writes = writes


class Invalid(Refusal):
    """Fields that are wrong, all at once: (field, code, facts for the wording).

    The fact `says` is under which of the texts' `fields.errors` it is worded, where that is not the code's own.
    """

    code = INVALID_FIELDS

    def __init__(self, *errors: tuple[str, str, Mapping[str, object]]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code, _ in errors))
        self.errors = errors
