"""The types that request models are made of: a rule about a field is written here or in its model, once."""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

# Controls, surrogates, and Unicode's own separators of lines and paragraphs.
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
# Letters, numbers, punctuation and symbols are seen, but for those that have no ink: fillers of Hangul, the blank of
# Braille, a note without a head, the place of an object that is not there.
_SEEN = "LNPS"
_INKLESS = "\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159"
_LINE_ENDS = re.compile("\r\n|[\u2028\u2029]")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What is typed as wide as a Chinese character, as ASCII.
_HALF_WIDTH = {0xFF01 + number: 0x21 + number for number in range(94)}
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "(": ")", "[": "]", "<": ">", "`": "`"}
_NAMED_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")
# A run of digits, however they are set apart, and what may stand around a company's number in a letterhead.
_NUMBER = re.compile(r"\d(?:[ .-]*\d)*")
_FRENCH_VAT_NUMBER = re.compile(r"FR[ .-]*(?P<key>[0-9A-HJ-NP-Z]{2})(?P<siren>(?:[ .-]*\d){9})")
_SIRET_DIGITS = 14
_LETTERHEAD = re.compile(r"\b(?:siren|siret|rcs)\b")


class Model(BaseModel):
    """What the API takes or gives, or a file holds: built when first needed, since a call needs few of them."""

    model_config = ConfigDict(defer_build=True)


class Aliased(Model):
    """An answer with a field whose name Python keeps for itself."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)


class RequestModel(Model):
    """A request's body or query: strict types, unknown fields refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(RequestModel):
    """The body of a job that needs none."""


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in _UNPRINTABLE or bool(_BIDI_CONTROLS.match(character))


def _composed(value: Any, *, allowed: str = "") -> Any:
    """Refuse control characters, and compose letters (NFC) so that a text is the same from every keyboard."""
    if not isinstance(value, str):
        return value
    if any(_is_unprintable(character) for character in value if character not in allowed):
        raise PydanticCustomError("control_character", "control characters are refused")
    return unicodedata.normalize("NFC", value)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in _SEEN and character not in _INKLESS


def _clean(value: Any, *, allowed: str = "") -> Any:
    """The same, then trimmed: a control character at an end is refused, not trimmed away.

    A text in which nothing can be seen is an empty one; what joins or sets apart what is seen stays.
    """
    if not isinstance(value, str):
        return value
    text = _composed(value, allowed=allowed).strip()
    return text if any(map(_is_seen, text)) else ""


def _shown_in_documents(text: str) -> str:
    """Refuse what no font of ours has. A byte order mark, which nobody types, is left out."""
    if text.isascii():
        return text
    # Imported late: few requests need the table of characters.
    from functions.shared import characters

    text = text.replace("\ufeff", "")
    if lacking := characters.missing(text):
        raise PydanticCustomError("cannot_be_set", "not in our fonts", {"characters": lacking})
    return text


def _is_true(value: Any) -> Any:
    """True itself: to a literal, 1 is as good."""
    if value is not True:
        raise PydanticCustomError("not_agreed", "not agreed to")
    return value


def _clean_lines(value: Any) -> Any:
    return _clean(_LINE_ENDS.sub("\n", value), allowed="\n\t") if isinstance(value, str) else value


def _without_what_nobody_sees(text: str) -> str:
    """Without formatting characters (zero-width blanks, byte-order marks …), its full-width forms as ASCII."""
    return "".join(one for one in text.translate(_HALF_WIDTH) if unicodedata.category(one) != "Cf")


def plain(text: str) -> str:
    """A number as it would be typed on a keyboard of ASCII: every script's digits, blanks and hyphens as those."""
    return "".join(map(_plain, _without_what_nobody_sees(text))).strip()


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    by_category = {"Zs": " ", "Pd": "-"}
    return by_category.get(unicodedata.category(character), character) if digit is None else str(digit)


def _digits(value: Any) -> Any:
    """A code without what sets its digits apart, or stands around them."""
    if not isinstance(value, str):
        return value
    return "".join(one for one in plain(_clean(value)) if unicodedata.category(one)[0] in "LNM")


def _pasted_address(value: Any) -> Any:
    """The address in what was copied from an e-mail, a list or a link: `Name <address>`, quoted, after `mailto:`.

    What stands around it is dropped only if it is no other address.
    """
    if not isinstance(value, str):
        return value
    text = _unquoted(_without_what_nobody_sees(_clean(value)))
    if named := _NAMED_ADDRESS.fullmatch(text):
        name, address = named["name"].casefold(), named["address"]
        if "@" not in name or (name.count("@") == 1 and address.casefold() in name):
            text = _unquoted(address)
    if text[:7].casefold() == "mailto:":
        text = unquote(text[7:].partition("?")[0])
    return text


def _unquoted(text: str) -> str:
    text = text.strip(" \t\u00a0,;")
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def normal_email(value: str) -> str:
    """The one way an address is written: as it is when pasted with more, NFC, lower case, its domain in punycode.

    Raises PydanticCustomError `invalid_email` for what is no address, or whose local part is outside ASCII.
    """
    # Imported late: a request without an address does not pay for it.
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(
            _clean(_pasted_address(value)),
            # Nor is a local part of more than 64 characters, which no server needs to take (RFC 5321, 4.5.3.1.1).
            strict=True,
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=True,
        ).ascii_email
    except EmailNotValidError as error:
        raise PydanticCustomError("invalid_email", "not an e-mail address") from error
    if address is None:
        raise PydanticCustomError("invalid_email", "not an e-mail address")
    return address.casefold()


def normal_siren(value: str) -> str:
    """The nine digits of a SIREN, or of what holds one: a SIRET, a French VAT number, an entry in the RCS.

    Raises PydanticCustomError `invalid_siret` or `invalid_french_vat_number` for one of these that fails its check,
    `invalid_siren` for anything else that is none.
    """
    # Imported late: few give one.
    from stdnum.exceptions import ValidationError
    from stdnum.fr import siren, siret, tva

    text = plain(value)
    if found := _FRENCH_VAT_NUMBER.search(text.upper()):
        wrong, number, check = "invalid_french_vat_number", "".join(found["key"] + found["siren"]), tva.validate
    else:
        numbers, words = _NUMBER.findall(text), _NUMBER.sub("", text).replace(".", "").casefold()
        number = numbers[0] if len(numbers) == 1 and (not words.strip() or _LETTERHEAD.search(words)) else ""
        is_longer = sum(map(str.isdigit, number)) == _SIRET_DIGITS
        wrong, check = ("invalid_siret", siret.validate) if is_longer else ("invalid_siren", siren.validate)
    compact = re.sub("[ .-]", "", number)
    try:
        checked = str(check(compact))
        return str(siren.validate(checked[2:] if wrong == "invalid_french_vat_number" else checked[:9]))
    except ValidationError as error:
        raise PydanticCustomError(wrong, "not a SIREN") from error


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("not_a_date", "not a date") from error
    if day.isoformat() != value:
        raise PydanticCustomError("not_a_date", "not a date")
    return day


EmailAddress = Annotated[
    str,
    StringConstraints(min_length=1, max_length=254),
    Field(json_schema_extra={"format": "email"}),
    BeforeValidator(_pasted_address),
    AfterValidator(normal_email),
]
FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    Field(json_schema_extra={"format": "file-name"}),
    BeforeValidator(_clean),
]
# What a browser names a file's type, if it does.
FileType = Annotated[str, StringConstraints(max_length=255), BeforeValidator(_clean)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120), BeforeValidator(_clean)]
# What somebody calls the device that they work on.
DeviceName = Annotated[str, StringConstraints(min_length=1, max_length=64), BeforeValidator(_clean)]
# A line that ends up in a file of ours: a name that it cannot show is refused at once, not found out when it is set.
DocumentLine = Annotated[Line, AfterValidator(_shown_in_documents)]
Comment = Annotated[str, StringConstraints(max_length=2000), BeforeValidator(_clean_lines)]
# A one-time code, however its digits are written and set apart; whether it is right is not a question of form.
OneTimeCode = Annotated[str, StringConstraints(min_length=1, max_length=20), BeforeValidator(_digits)]
# The same, or the long one that the link of its e-mail carries.
OneTimeCodeOrLink = Annotated[str, StringConstraints(min_length=1, max_length=128), BeforeValidator(_digits)]
Siren = Annotated[Line, AfterValidator(normal_siren)]
# What must be agreed to.
Agreed = Annotated[Literal[True], BeforeValidator(_is_true)]
# Not trimmed: NIST SP 800-63B asks for every character to count, composed alike.
Password = Annotated[SecretStr, StringConstraints(min_length=1, max_length=256), BeforeValidator(_composed)]
# A business day, as YYYY-MM-DD.
Day = Annotated[date, BeforeValidator(_day)]
