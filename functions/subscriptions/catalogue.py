"""The catalogue: what can be ordered and tried, read from catalogue.toml and checked as it is read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from functions.shared.fields import Line, Model
from functions.shared.texts import LANGUAGES, Language

type Family = Literal["software", "purchase", "fleet"]
type Licence = Literal["individual", "floating"]
type Edition = Literal["standard", "premium"]

_FILE = Path(__file__).with_suffix(".toml")


class _Entry(Model):
    model_config = ConfigDict(extra="forbid", frozen=True, str_min_length=1)


class InEach[Said](RootModel[Mapping[str, Said]]):
    """What is said, in every language; of one that is not published yet, it may be said too."""

    model_config = ConfigDict(defer_build=True, frozen=True, str_min_length=1)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if missing := [language for language in LANGUAGES if language not in self.root]:
            raise ValueError(f"not said in {', '.join(missing)}")
        return self

    def __call__(self, language: Language) -> Said:
        """What is said in one language."""
        return self.root[language]


type Wording = InEach[str]
# What people would look for something by.
type Keywords = InEach[tuple[str, ...]]


class Explained(_Entry):
    """A choice, with the example that explains it."""

    name: Wording
    text: Wording
    example: Wording


class Trial(_Entry):
    """Which edition can be tried, and which one chosen afterwards."""

    edition: Edition
    afterwards: Edition


class Product(_Entry):
    """Something that can be ordered; `unit_price` in euro cents before VAT.

    `title`, `summary` and `keywords` are its page's: what it is called, and found by.
    """

    product: str
    page: Annotated[str, Field(pattern="^[a-z0-9-]+$")]
    family: Family
    # Strict: of 499.00, which means euros to whoever writes it, 499 cents would be left.
    unit_price: Annotated[int, Field(gt=0, strict=True)]
    name: Wording
    description: Wording
    title: Wording
    summary: Wording
    keywords: Keywords
    licences: tuple[Licence, ...] = ()
    editions: tuple[Edition, ...] = ()
    ordered: Edition | None = None
    trial: Trial | None = None

    def as_tried(self, language: Language) -> str:
        """What can be tried of it, as readers know it: the name, and the edition's."""
        return self._in(self._trial.edition, language)

    def as_kept(self, language: Language) -> str:
        """What may be kept after the trial, likewise."""
        return self._in(self._trial.afterwards, language)

    @property
    def _trial(self) -> Trial:
        if self.trial is None:
            raise ValueError(f"{self.product} cannot be tried")
        return self.trial

    def _in(self, edition: Edition, language: Language) -> str:
        return f"{self.name(language)} {edition_name(edition, language)}"

    @property
    def price_text(self) -> str:
        """Where its price is worded, for consumers and for others: for what, and whether by the year."""
        return f"{'seat' if self.licences else self.family}_price"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.family != "software":
            if self.licences or self.editions or self.ordered or self.trial:
                raise ValueError(f"{self.product}: only software has licences, editions and trials")
            return self
        named = {self.ordered} | ({self.trial.edition, self.trial.afterwards} if self.trial else set())
        if not (self.licences and named <= set(self.editions)):
            raise ValueError(f"{self.product}: software has licences, and the editions that are ordered and tried")
        return self


class Catalogue(_Entry):
    """All of it; `vat` is the rate by country, in hundredths of a percent, `former` software that is no longer sold."""

    products: Annotated[tuple[Product, ...], Field(min_length=1)]
    former: tuple[str, ...] = ()
    licences: Mapping[Licence, Explained]
    editions: Mapping[Edition, Explained]
    families: Mapping[Family, Explained]
    vat: Mapping[str, Annotated[int, Field(ge=0, lt=10_000)]]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if "FR" not in self.vat:
            raise ValueError("France's rate is the one for whoever is charged VAT and has no rate of their own")
        if not any(one.trial for one in self.products):
            raise ValueError("no software can be tried, which the guide «standard» is about")
        for names in ([one.product.casefold() for one in self.products], [one.page for one in self.products]):
            if len(set(names)) != len(names):
                raise ValueError("two products of one name")
        for one in self.products:
            if not (
                self.families.keys() >= {one.family}
                and self.licences.keys() >= set(one.licences)
                and self.editions.keys() >= set(one.editions)
            ):
                raise ValueError(f"{one.product}: its family, licences and editions must be explained")
        return self

    @property
    def tried(self) -> Product:
        """The first that can be tried."""
        return next(one for one in self.products if one.trial)

    def find(self, product: str) -> Product | None:
        """The product of that name, in whatever case it is written."""
        wanted = product.casefold()
        return next((one for one in self.products if one.product.casefold() == wanted), None)

    def __getitem__(self, product: str) -> Product:
        found = self.find(product)
        if found is None:
            raise KeyError(product)
        return found


@cache
def catalogue() -> Catalogue:
    """The catalogue. Raises pydantic's ValidationError when the file is not fit to be sold from."""
    # Imported late: few calls need the catalogue, and each cold start would pay for it.
    import tomllib

    return Catalogue.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


def edition_name(edition: str, language: Language) -> str:
    """An edition as readers know it, in whatever case it is given."""
    wanted = edition.casefold()
    return next(said.name(language) for name, said in catalogue().editions.items() if name == wanted)


def _known(product: str) -> str:
    found = catalogue().find(product)
    if found is None:
        raise PydanticCustomError("unknown_product", "not in the catalogue")
    return found.product


# A product of the catalogue in a request: in any case, read as the catalogue writes it.
ProductName = Annotated[Line, AfterValidator(_known)]
