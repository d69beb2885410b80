"""Billing: whom an order is billed to, and what VAT is charged there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.shared.fields import DocumentLine, Line, RequestModel, Siren, plain
from functions.shared.money import rounded
from functions.shared.texts import Language
from functions.subscriptions.addresses import by_country, normal_postcode, overseas
from functions.subscriptions.catalogue import catalogue

type Reason = Literal["charged", "not_charged", "reverse_charge", "outside_eu"]

# What stands before a VAT number in a letterhead, and behind one of Switzerland or Norway.
_VAT_LABEL = re.compile(
    r"(?:N[°º] ?)?(?:(?:DE )?TVA(?: INTRA[A-Z]*)?|VAT(?: (?:NO|NUMBER|ID))?|UST-?ID(?:-?NR)?|BTW(?:-?NR)?|P\.? ?IVA)"
    r"[ .:°º]+"
)
_SWISS_TAXES = re.compile(r"(?:[ /.-]*(?:TVA|MWST|IVA|TPV|VAT))+$")
_SIREN_OR_SIRET = re.compile(r"\d{9}(?:\d{5})?")


def _country(code: str) -> str:
    if code.upper() not in by_country():
        raise PydanticCustomError("unknown_country", "not a country")
    return code.upper()


Country = Annotated[Line, AfterValidator(_country), Field(json_schema_extra={"format": "country"})]
Postcode = Annotated[Line, StringConstraints(max_length=20)]
VatNumber = Annotated[Line, StringConstraints(max_length=60)]


class Address(RequestModel):
    """Who is where. The country stands first: what else is asked, and how it is written, is judged by it.

    Postcode and town are empty where the country's post has none.
    """

    country: Country
    company: DocumentLine
    street: DocumentLine
    postcode: Annotated[Postcode | None, Field(validate_default=True)] = None
    city: Annotated[DocumentLine | None, Field(validate_default=True)] = None

    @field_validator("postcode", "city", mode="before")
    @classmethod
    def _none_if_empty(cls, given: Any) -> Any:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("postcode", "city")
    @classmethod
    def _given_if_needed(cls, given: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        if given is None and (country is None or info.field_name in by_country()[country].needs):
            raise PydanticCustomError("missing", "needed in this country")
        return given

    @field_validator("postcode")
    @classmethod
    def _postcode_of_country(cls, postcode: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        if postcode is None or country is None:
            return postcode
        normal = normal_postcode(plain(postcode), country)
        if normal is None:
            example = by_country()[country].example or ""
            raise PydanticCustomError("invalid_postcode", "not a postcode of this country", {"example": example})
        if not re.fullmatch(r"[0-9A-Z][0-9A-Z -]*", normal):
            raise PydanticCustomError("strange_postcode", "letters, digits, spaces and hyphens")
        return normal


class Billing(Address):
    """Whom to bill; the SIREN is a French firm's, which its invoice names (code de commerce, article L441-9)."""

    siren: Siren | None = None
    vat_number: VatNumber | None = None

    @property
    def taxed_in(self) -> str:
        """The country whose VAT it is."""
        return taxed_in(self.country, self.postcode)

    @field_validator("vat_number")
    @classmethod
    def _vat_number_of_country(cls, number: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        return number if number is None or country is None else vat_number(number, country)


def taxed_in(country: str, postcode: str | None) -> str:
    """The country whose VAT it is: of an address in France with an overseas postcode, that territory."""
    if country != "FR":
        return country
    # Those that have a rate come first: others share their postcodes.
    territories = [code for code in (*catalogue().vat, *overseas()) if code in overseas()]
    return next((code for code in territories if overseas()[code].is_postcode(postcode or "")), country)


def vat_number(number: str, country: str) -> str:
    """A VAT number as it is kept: of the EU with its country's prefix, whether or not it was written.

    Raises PydanticCustomError `invalid_vat_number` when its check digits or its form are wrong for the country,
    `vat_number_of_other_country` for one of another, `siren_for_vat_number` for another number of a French company.
    Where no rules are known, any letters and digits will do.
    """
    # Imported late: only orders pay for it.
    from stdnum import get_cc_module
    from stdnum.gb import vat as of_britain

    written = _VAT_LABEL.sub("", plain(number).upper(), count=1)
    compact = re.sub(r"[ ./'’-]", "", written)
    prefix = _eu_prefix(country)
    if re.fullmatch(r"[0-9A-Z]{4,24}", compact):
        try:
            match country:
                case "CH":
                    return _swiss(written)
                case "NO":
                    return _norwegian(compact)
                case "GB" if compact.startswith("XI"):
                    return f"XI{of_britain.validate(compact)}"
        except ValueError as error:
            raise _refused(compact, country) from error
        checked = get_cc_module((prefix or country).lower().replace("el", "gr"), "vat")
        if checked is None:
            return compact
        try:
            if prefix is None:
                return str(checked.validate(compact))
            return prefix + str(checked.validate(compact.removeprefix(prefix))).removeprefix(prefix)
        except ValueError:
            pass
    raise _refused(compact, country)


def _swiss(number: str) -> str:
    """The number of the register with one of the tax's three names, whichever was written."""
    from stdnum.ch import uid

    bare = re.sub(r"[ .-]", "", _SWISS_TAXES.sub("", number))
    return str(uid.validate(bare if bare.startswith("CHE") else f"CHE{bare}")) + "TVA"


def _norwegian(number: str) -> str:
    """The number of the register with the tax's name."""
    from stdnum.no import mva

    return str(mva.validate(number.removeprefix("NO").removesuffix("MVA") + "MVA"))


def _refused(compact: str, country: str) -> PydanticCustomError:
    """Why a number is no VAT number of that country, by what it seems to be."""
    seen = compact[:2]
    if _eu_prefix(country) == "FR" and _SIREN_OR_SIRET.fullmatch(compact):
        return PydanticCustomError("siren_for_vat_number", "a SIREN or a SIRET")
    if seen not in (country, _eu_prefix(country)) and _is_of(seen, compact):
        return PydanticCustomError("vat_number_of_other_country", "of another country", {"seen": seen})
    return PydanticCustomError("invalid_vat_number", "not a VAT number of this country")


def _is_of(prefix: str, number: str) -> bool:
    """Whether a number is one of the country that it begins with."""
    from stdnum.eu import vat

    return (prefix == "CH" and number.startswith("CHE")) or bool(vat.is_valid(number))


def address(billed: Mapping[str, str], language: Language) -> str:
    """Whom an order is billed to, line by line, as the country's post writes them."""
    from babel import Locale

    rules = by_country()[billed["country"]]
    nowhere = [name for name in ("postcode", "city") if not any(name in line for line in rules.lines)]
    places = [" ".join(billed[name] for name in line if name in billed) for line in (*rules.lines, nowhere)]
    country = Locale(language).territories[billed["country"]]
    lines = [billed["company"], billed.get("street", ""), *places, country, billed.get("vat_number", "")]
    return "\n".join(filter(None, lines))


def in_threes(siren: str) -> str:
    """A SIREN as it is read: its digits in threes, which stay together."""
    return "\u00a0".join(siren[at : at + 3] for at in range(0, len(siren), 3))


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


def with_french_vat(net: int) -> int:
    """An amount in cents as a consumer in France pays it (code de la consommation, article L112-1)."""
    return net + vat_on(net, "FR", None).amount


def _eu_prefix(country: str) -> str | None:
    """What VAT numbers begin with in an EU country, or a territory that has a rate of VAT; None for other countries."""
    from stdnum.eu.vat import MEMBER_STATES

    if country == "GR":
        return "EL"
    if country in catalogue().vat:
        return "FR"
    return country if country.lower() in MEMBER_STATES else None
