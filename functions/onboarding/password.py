"""Passwords: what a new one must be, and how a forgotten one is replaced.

The rules are those of NIST SP 800-63B, section 3.1.1.2: length and nothing about composition, every character of
Unicode welcome, and none that is common or made of what everybody knows of the person.
"""

import re
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.onboarding import authentication
from functions.onboarding.account import Account
from functions.shared import codes
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import Code, EmailAddress, RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import account_key, person
from functions.shared.store import Items, Key

MIN_LENGTH = 12
MAX_LENGTH = 256
# Fewer different characters than that are a pattern, not a secret.
_MIN_DIFFERENT = 5
# What must be left of a password once the words that everybody knows are taken out.
_MIN_LEFT = 8
_SHORTEST_WORD = 4
_OUR_WORDS = ("guichet", "profis", "hilti")
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
    words = {word for text in known for word in (_plain(text), *re.split(r"[\W\d_]+", text.casefold()))}
    left = _plain(password)
    for word in sorted({*words, *_OUR_WORDS}, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            left = left.replace(word, "")
    return len(left) < _MIN_LEFT and left != _plain(password)


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
    """The code that was sent, and the password to be."""

    email: EmailAddress
    code: Code
    password: NewPassword

    @field_validator("password")
    @classmethod
    def _not_personal(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        return refuse_personal(password, info)


def code_key(email: str, purpose: str) -> Key:
    """Where the code of an address is kept."""
    return Key(person(email), f"CODE#{purpose}")


def forget_password(desk: Desk, request: Request) -> Answer:
    """Send a code to the address if it has an account; the answer is the same if it has none."""
    email: str = request.body.email
    key, seed = code_key(email, "password"), codes.new_seed()

    def decide(items: Items, now: datetime) -> Change:
        code = codes.issue(items, key, seed, now)
        if account_key(email) in items:
            account = Account.stored(items[account_key(email)])
            event = account.happened("password_forgotten", now, email, code=codes.enclosed(key, seed))
        else:
            # As much is written as for an account, so that the answer takes as long.
            event = person(email), Event("password_of_nobody", now, email, kept_until=now + codes.LIFE)
        return Change(Answer(202, {}), (code,), (event,))

    return desk.change_for_anyone(request, email, [account_key(email), key], decide)


def reset_password(desk: Desk, request: Request) -> Answer:
    """Set a new password with the code that was sent, and end every session that the old one opened."""
    email: str = request.body.email
    password: str = request.body.password.get_secret_value()
    key = code_key(email, "password")
    login = authentication.new_login(email, password, request.idempotency_key, desk.cloud.key)

    def decide(items: Items, now: datetime) -> Change:
        spent = codes.spend(items, key, request.body.code, now, desk.cloud.key)
        if account_key(email) not in items:
            refused = Refused("wrong_code")
            refused.writes = (spent,)
            raise refused
        account = Account.stored(items[account_key(email)])
        authentication.make_login(desk.cloud, login, password)
        changed = account.with_login(login)
        return Change(
            Answer(204),
            (spent, changed.put(), authentication.look_at_login(account.login or email, email, now)),
            (account.happened("password_changed", now, email),),
        )

    return desk.change_for_anyone(request, email, [account_key(email), key], decide)


FORGET = Job(
    name="forgot-password",
    method="POST",
    path="/api/password/forgot",
    run=forget_password,
    body=ForgottenPassword,
    status=202,
    signed_in=False,
    codes=("too_many_tries",),
)
RESET = Job(
    name="reset-password",
    method="POST",
    path="/api/password/reset",
    run=reset_password,
    body=NewPasswordFor,
    status=204,
    signed_in=False,
    codes=("wrong_code",),
)
FORGET_FORM = Form(FORGET, "password.forgot")
RESET_FORM = Form(RESET, "password.reset")
