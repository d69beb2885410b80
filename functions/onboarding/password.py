"""Passwords: what a new one must be, and how a forgotten one is replaced.

The rules are those of NIST SP 800-63B, section 3.1.1.2: length and nothing about composition, every character of
Unicode welcome, and none that is common or made of what everybody knows of the person.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.onboarding.account import Account
from functions.onboarding.authentication import Login, look_at_login, make_login, new_login
from functions.onboarding.mailbox import Asks, Mailbox, Requested, answering, asking, digits
from functions.shared import one_time_codes
from functions.shared.brand import brand
from functions.shared.desk import OpenDecision, OpenGathered
from functions.shared.events import Mail, Told
from functions.shared.fields import EmailAddress, OneTimeCodeOrLink, RequestModel
from functions.shared.form import Form
from functions.shared.items import Delete, Reads
from functions.shared.job import NOTHING, Ask, Binds, Change, Job, Knows
from functions.shared.refusal import TOO_MANY_TRIES, WRONG_CODE, Refused
from functions.shared.session import person
from functions.subscriptions.catalogue import catalogue

PASSWORD_FORGOTTEN = Told("password_forgotten", "reviews", mails=(Mail("password.mails.code"),), publishes=None)
# Calls for nothing, and is marked all the same: as much is written as for an account.
PASSWORD_OF_NOBODY = Told(
    "password_of_nobody", "reviews", in_history=False, calls_for=("notifications",), publishes=None
)
PASSWORD_CHANGED = Told("password_changed", "reviews", mails=(Mail("password.mails.changed"),))
LIMITS = Asks.of("password code")
MIN_LENGTH = 12
MAX_LENGTH = 256
# Fewer different characters than that are a pattern, not a secret.
_MIN_DIFFERENT = 5
# What must be left of a password once the words that everybody knows are taken out.
_MIN_LEFT = 8
_SHORTEST_WORD = 4
# Keys in their order, on the keyboards of our readers.
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm")


def _is_printable(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs")


def _acceptable(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    password = unicodedata.normalize("NFC", value)
    if not all(map(_is_printable, password)):
        raise PydanticCustomError("control_character", "control characters are refused")
    if len(password) < MIN_LENGTH:
        raise PydanticCustomError("password_too_short", "too short", {"min_length": MIN_LENGTH})
    return password


def _uncommon(value: SecretStr) -> SecretStr:
    if is_common(value.get_secret_value()):
        raise PydanticCustomError("password_too_common", "too common")
    return value


NewPassword = Annotated[
    SecretStr,
    Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH, json_schema_extra={"autocomplete": "new-password"}),
    BeforeValidator(_acceptable),
    AfterValidator(_uncommon),
]


def is_common(password: str) -> bool:
    """Whether it is among the commonest passwords, one of them with digits and signs around it, or a mere pattern."""
    said = password.casefold()
    if len(set(said)) < _MIN_DIFFERENT or said in _common() or _repeats(said):
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", said)
    if core in _common() or _repeats(core):
        return True
    letters = re.sub(r"[\W_]", "", said)
    return any(_runs_along(row, letters) for row in _ROWS)


def is_personal(password: str, known: list[str]) -> bool:
    """Whether little is left of it once what everybody knows of the person and of us is taken out."""
    words = {word for text in (*known, *_ours()) for word in (_plain(text), *re.split(r"[\W\d_]+", text.casefold()))}
    left = _plain(password)
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            left = left.replace(word, "")
    return len(left) < _MIN_LEFT and left != _plain(password)


@cache
def _ours() -> tuple[str, ...]:
    """What the desk, its company and what it sells are called."""
    company = brand().company
    return (brand().name, company["name"], company["support"], *(one.product for one in catalogue().products))


def refuse_personal(password: SecretStr, info: ValidationInfo) -> SecretStr:
    """A field's validator: raises PydanticCustomError for a password made of the address and the company before it."""
    email, company = info.data.get("email", ""), info.data.get("company", "")
    local, _, domain = email.partition("@")
    if is_personal(password.get_secret_value(), [local, domain.rpartition(".")[0], company]):
        raise PydanticCustomError("password_too_personal", "made of what everybody knows")
    return password


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _repeats(text: str) -> bool:
    """Whether it is one short part over and over."""
    return any(text == (text[:length] * len(text))[: len(text)] for length in range(1, min(len(text) // 2, 6) + 1))


def _runs_along(row: str, text: str) -> bool:
    """Whether it goes along a row of keys, in either direction, over and over."""
    rows = row * 3
    return len(text) >= _MIN_DIFFERENT and (text in rows or text in rows[::-1])


@cache
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


class ForgottenPassword(RequestModel):
    """Whose password is forgotten."""

    email: EmailAddress


class NewPasswordFor(RequestModel):
    """The code that was sent, or what its e-mail's link carries, and the password to be."""

    email: EmailAddress
    code: OneTimeCodeOrLink
    password: NewPassword

    @field_validator("password")
    @classmethod
    def _not_personal(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        return refuse_personal(password, info)


def reads_to_forget(ask: Ask[ForgottenPassword]) -> Reads[Mailbox]:
    """The account of the address, and the code that the browser has asked for before."""
    return asking(ask, "password")


def reads_to_reset(ask: Ask[NewPasswordFor]) -> Reads[Mailbox]:
    """The account of the address, and the code for a new password."""
    return answering(ask, "password")


def decide_forget(state: Mailbox, ask: Ask[ForgottenPassword]) -> Change[Requested]:
    """Send a code to the address if it has an account; the answer is the same if it has none."""
    if ask.is_silenced:
        return Change(Requested(), effect=Binds(ask.seed))
    issued = one_time_codes.issue(state.items, state.code, ask.seed, ask.now, digits=digits(ask))
    if state.account:
        code = one_time_codes.enclosed(state.code, ask.seed, digits(ask))
        event = state.account.happened(PASSWORD_FORGOTTEN, ask.now, state.email, code=code)
    else:
        # As much is written as for an account, so that the answer takes as long.
        until = ask.now + one_time_codes.LIFE
        event = person(state.email), PASSWORD_OF_NOBODY.event(ask.now, state.email, kept_until=until)
    return Change(Requested(), (issued,), (event,), Binds(ask.seed))


def needs_login(state: Mailbox, ask: Ask[NewPasswordFor]) -> Login:
    """The login of the new password. Raises Refused `wrong_code`."""
    _shown(state, ask)
    password = ask.body.password.get_secret_value()
    return new_login(state.email, password, ask.request.idempotency_key, ask.keys)


def decide_reset(state: Mailbox, ask: Ask[NewPasswordFor], made: Login) -> Change[None]:
    """Set a new password with the code that was sent, and end every session that the old one opened.

    Raises Refused `wrong_code`.
    """
    account, spent = _shown(state, ask)
    changed = account.with_login(made.name)
    unused = look_at_login(account.login or state.email, state.email, ask.now)
    return Change(
        None,
        (spent, changed.put(), unused),
        (account.happened(PASSWORD_CHANGED, ask.now, state.email),),
        Knows(ask.seed, state.email),
    )


def _shown(state: Mailbox, ask: Ask[NewPasswordFor]) -> tuple[Account, Delete]:
    """The account of whoever has shown that they read the address, and the write that uses up their code."""
    spent = one_time_codes.spend(state.items, state.code, ask.body.code, ask.now, ask.keys)
    if state.account is None:
        raise Refused(WRONG_CODE, spent)
    return state.account, spent


FORGET = Job(
    name="forgot-password",
    method="POST",
    path="/api/password/forgot",
    body=ForgottenPassword,
    answer=Requested,
    status=202,
    does=OpenDecision(lambda ask: ask.body.email, reads_to_forget, decide_forget, tries=LIMITS.tries),
    refuses=(TOO_MANY_TRIES,),
    limits=LIMITS.all,
    tells=(PASSWORD_FORGOTTEN, PASSWORD_OF_NOBODY),
    form=Form("password.forgot"),
)
RESET = Job(
    name="reset-password",
    method="POST",
    path="/api/password/reset",
    body=NewPasswordFor,
    answer=NOTHING,
    status=204,
    does=OpenGathered(lambda ask: ask.body.email, reads_to_reset, needs_login, make_login, decide_reset),
    refuses=(WRONG_CODE,),
    tells=(PASSWORD_CHANGED,),
    form=Form("password.reset"),
)
