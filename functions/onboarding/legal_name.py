"""The legal name: what the registration says of a company, and what a public register knows by its number, if asked.

The number is checked as a number, offline. The look-up is a setting, off by default; whatever is in its way leaves the
name «not checked», and a review never waits for it longer than two seconds.
"""

import json
import re
import unicodedata
from typing import Literal
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from pydantic_core import PydanticCustomError

from functions.shared import log
from functions.shared.fields import Model, normal_siren

type Number = Literal["none", "well_formed", "malformed"]
type Checked = Literal["not_checked", "matches", "differs", "unknown"]

_SECONDS = 2
_LONGEST = 256 * 1024
# What a name is written with or without: legal forms, and all that is neither letter nor digit.
_FORMS = re.compile(r"\b(sarl|sas|sasu|sa|eurl|sci|snc|selarl|scop|ei)\b")


class LegalName(Model):
    """The name that was `given`, whether the `number` is one, and the `registered` name as far as it was `checked`."""

    given: str
    number: Number
    checked: Checked
    registered: str | None


def read(register: str, company: str, siren: str | None) -> LegalName:
    """What is known of a company's name; `register` is where it is looked up, empty for nowhere."""
    number = _number(siren)
    names = _looked_up(register, siren) if register and siren and number == "well_formed" else None
    checked: Checked = "not_checked" if names is None else "unknown" if not names else "differs"
    if names and _bare(company) in map(_bare, names):
        checked = "matches"
    return LegalName(given=company, number=number, checked=checked, registered=names[0] if names else None)


def _number(siren: str | None) -> Number:
    if not siren:
        return "none"
    try:
        return "well_formed" if normal_siren(siren) == siren else "malformed"
    except PydanticCustomError:
        return "malformed"


def _looked_up(register: str, siren: str) -> list[str] | None:
    """The names that the register has under that number, none where it has none; None when it cannot be told.

    As the French State's «Recherche d'entreprises» answers: https://recherche-entreprises.api.gouv.fr/docs/.
    """
    if urlsplit(register).scheme not in ("http", "https"):
        return None
    try:
        asked = Request(f"{register}?{urlencode({'q': siren})}", headers={"Accept": "application/json"})  # noqa: S310
        with urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310 — of the setting's address, whose scheme is looked at
            found = json.loads(answer.read(_LONGEST))
        ours = [one for one in found["results"] if one["siren"] == siren]
        names = [one.get(name) for one in ours for name in ("nom_raison_sociale", "nom_complet", "sigle")]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        log.line("company register not reached", level="WARNING", cause=log.cause(error))
        return None
    return [str(name) for name in dict.fromkeys(names) if name]


def _bare(name: str) -> str:
    """A name without case, accents, its legal form, and what stands between words."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]", "", _FORMS.sub("", letters.casefold().replace(".", "")))
