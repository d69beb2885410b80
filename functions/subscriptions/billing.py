"""Billing: whom an order is billed to, and what VAT is charged there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.shared.fields import DocumentLine, Line, RequestModel
from functions.shared.money import rounded
from functions.shared.texts import Language
from functions.subscriptions.catalogue import catalogue

type Reason = Literal["charged", "not_charged", "reverse_charge", "outside_eu"]

# Where postcodes are France's: five digits.
_FRENCH = ("FR", "GP", "MQ", "GF", "RE", "PM", "YT", "BL", "MF", "WF", "PF", "NC", "MC")
# Where there are none (Universal Postal Union, as of 2025), two letters a country.
_WITHOUT_POSTCODE = re.findall(
    "..",
    "AEAGAOAWBFBIBJBSBWBZCDCFCGCICKCMCWDJDMERFJGDGMGNGQGYHKKIKMKNLYMLMOMRMWNRNUQARWSBSCSLSRSTSXSYTDTGTKTLTOTVUGVUYEZW",
)


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1, as the time zone database carries them."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def _country(code: str) -> str:
    if code.upper() not in countries():
        raise PydanticCustomError("unknown_country", "not a country of ISO 3166-1")
    return code.upper()


Country = Annotated[Line, AfterValidator(_country), Field(json_schema_extra={"format": "country"})]
Postcode = Annotated[Line, StringConstraints(max_length=12)]
VatNumber = Annotated[Line, StringConstraints(max_length=24)]


class Billing(RequestModel):
    """Whom to bill. The country stands first: postcode and VAT number are judged by it.

    The postcode is empty where there are none.
    """

    country: Country
    company: DocumentLine
    street: DocumentLine
    postcode: Postcode | None
    city: DocumentLine
    vat_number: VatNumber | None = None

    @field_validator("postcode", mode="before")
    @classmethod
    def _none_if_empty(cls, postcode: Any) -> Any:
        return None if postcode == "" else postcode

    @field_validator("postcode")
    @classmethod
    def _postcode_of_country(cls, postcode: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        if postcode is None:
            if country in _WITHOUT_POSTCODE:
                return None
            raise PydanticCustomError("missing", "needed in this country")
        if country in _FRENCH:
            postcode = postcode.replace(" ", "")
            if not re.fullmatch(r"[0-9]{5}", postcode):
                raise PydanticCustomError("invalid_postcode_fr", "five digits")
        elif country and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]*", postcode):
            raise PydanticCustomError("invalid_postcode", "letters, digits, spaces and hyphens")
        return postcode

    @field_validator("vat_number")
    @classmethod
    def _vat_number_of_country(cls, number: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        return number if number is None or country is None else vat_number(number, country)


def vat_number(number: str, country: str) -> str:
    """A VAT number as it is kept: of the EU with its country's prefix, whether or not it was written.

    Raises PydanticCustomError `invalid_vat_number` when its check digits or its form are wrong for the country. Where
    no rules are known, any letters and digits will do.
    """
    # Imported late: only orders pay for it.
    from stdnum import get_cc_module

    checked = get_cc_module("fr" if country == "MC" else country.lower(), "vat")
    prefix = _eu_prefix(country)
    if re.fullmatch(r"[0-9A-Za-z ./-]{4,24}", number):
        compact = re.sub(r"[ ./-]", "", number).upper()
        if checked is None:
            return compact
        try:
            if prefix is None:
                return str(checked.validate(number))
            return prefix + str(checked.validate(compact.removeprefix(prefix))).removeprefix(prefix)
        except ValueError:
            pass
    raise PydanticCustomError("invalid_vat_number", "not a VAT number of this country")


def address(billed: Mapping[str, str], language: Language) -> str:
    """Whom an order is billed to, line by line."""
    from babel import Locale

    place = " ".join(billed[name] for name in ("postcode", "city") if name in billed)
    lines = [billed["company"], billed["street"], place, Locale(language).territories[billed["country"]]]
    return "\n".join([*lines, *([billed["vat_number"]] if "vat_number" in billed else [])])


@dataclass(frozen=True)
class Vat:
    """The VAT of an order: its rate in hundredths of a percent, its amount in cents, and why it is so."""

    rate: int
    amount: int
    reason: Reason


def vat_on(net: int, country: str, number: str | None) -> Vat:
    """The VAT on a net amount in cents, rounded once, on the total, half a cent up.

    France charges its own; a business elsewhere in the EU that gives its VAT number owes the VAT itself (directive
    2006/112/EC, articles 44 and 196), without a number it is charged as in France; outside the EU none is charged.
    """
    rates = catalogue().vat
    if country not in rates and not _eu_prefix(country):
        return Vat(0, 0, "outside_eu")
    if country not in rates and number:
        return Vat(0, 0, "reverse_charge")
    rate = rates.get(country, rates["FR"])
    return Vat(rate, rounded(net * rate, 10_000), "charged" if rate else "not_charged")


def _eu_prefix(country: str) -> str | None:
    """What VAT numbers of an EU country begin with; None for other countries."""
    from stdnum.eu.vat import MEMBER_STATES

    if country == "GR":
        return "EL"
    if country == "MC":
        return "FR"
    return country if country.lower() in MEMBER_STATES else None
