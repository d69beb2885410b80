"""Whether brand.toml describes a desk: every part of it, in the form that pages, e-mails, documents and stacks need."""

import re
import tomllib
from typing import Annotated, TypedDict

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError, with_config

from functions.shared import brand
from functions.shared.fields import DocumentLine, EmailAddress
from theme import colours
from theme.failure import reasons

# What the mark is drawn on, in each direction.
GROUND = 32
_NAMED = "functions/shared/brand.toml"


def _on_the_ground(path: str) -> str:
    """A path that is one, and is not cut off at the edge of the ground."""
    # Imported late: all that reads a brand would pay for it.
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.svgLib.path import parse_path

    pen = BoundsPen(None)
    try:
        parse_path(path, pen)
    except Exception as error:
        # It raises whatever its reading of each command raises.
        raise ValueError("it is no path of SVG, as M2 20h28v4H2z is") from error
    if pen.bounds is None or min(pen.bounds) < 0 or max(pen.bounds) > GROUND:
        reached = " ".join(f"{edge:g}" for edge in pen.bounds or ())
        raise ValueError(f"it leaves the ground of {GROUND} by {GROUND}, and would be cut off (it spans {reached})")
    return path


def _in_the_form(form: str, says: str) -> AfterValidator:
    """Refuses what is not in a form, which is said in words."""

    def checked(value: str) -> str:
        if not re.fullmatch(form, value):
            raise ValueError(f"{value!r} is not {says}")
        return value

    return AfterValidator(checked)


type Path = Annotated[str, AfterValidator(_on_the_ground)]
type Colour = Annotated[str, _in_the_form("#[0-9a-fA-F]{6}", "a colour as #0b6350 is, of six hexadecimal digits")]
type Name = Annotated[DocumentLine, _in_the_form("[^,]+", "a name without a comma, which ends the name in documents")]
# What bills takes it apart (functions/subscriptions/invoice.py).
type Address = Annotated[
    DocumentLine,
    _in_the_form(r"[^,]+(, [^,]+)*, \d{5} [^,]+, [^,]+", "«street, postcode of five digits and town, country»"),
]
type LocalPart = Annotated[
    str, _in_the_form("[a-z0-9]+([._-][a-z0-9]+)*", "what stands before the @, in small letters and digits")
]

# Dictionaries, since one of the company's entries is called as a method of every class is.
_whole = with_config(ConfigDict(strict=True, extra="forbid"))


@_whole
class _Company(TypedDict):
    name: Name
    address: Address
    capital: DocumentLine
    register: DocumentLine
    vat: DocumentLine
    telephone: DocumentLine
    director: DocumentLine
    support: EmailAddress
    accounts: EmailAddress
    sender: LocalPart


@_whole
class _Mark(TypedDict):
    frame: Path
    light: Path
    counter: Path


@_whole
class _Scheme(TypedDict):
    paper: Colour
    surface: Colour
    sunken: Colour
    ink: Colour
    ink_soft: Colour
    hairline: Colour
    edge: Colour
    accent: Colour
    accent_deep: Colour
    accent_soft: Colour
    on_accent: Colour
    danger: Colour
    danger_soft: Colour
    on_danger: Colour
    mark_frame: Colour
    mark_light: Colour
    mark_counter: Colour


@_whole
class _Brand(TypedDict):
    name: DocumentLine
    company: _Company
    mark: _Mark
    light: _Scheme
    dark: _Scheme


def faults() -> list[str]:
    """What is wrong with the desk's own file; of one that is whole, the colours that cannot be read."""
    try:
        TypeAdapter(_Brand).validate_python(tomllib.loads(brand.FILE.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        return [f"{_NAMED} is no TOML: {error}"]
    except ValidationError as error:
        return reasons(_NAMED, error)
    return colours.faults(brand.brand())
