"""The guides of one language, as their files say it: what each is called, its place in the navigation, its forms."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkdocs.utils.meta import get_data
from pydantic import BaseModel, ConfigDict, ValidationError

from functions.shared.texts import LANGUAGES, Language, Texts
from theme import products
from theme.failure import BuildFailed, reasons

HOME = "index"
_FORMS = re.compile(r"^/// form \| (.+)$", re.MULTILINE)


class FrontMatter(BaseModel):
    """What a guide's file says of itself; one without keywords, for the staff or for who has a link, is found by no
    search, ours or another's.

    `nav`, `section` and `place` put it into the navigation: under which label, in which of the texts' `site.sections`,
    and where in it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    title: str
    description: str
    keywords: list[str]
    nav: str | None = None
    section: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class Guide:
    """A guide in one language; `text` is its Markdown as it is written, front matter included."""

    name: str
    path: str
    says: FrontMatter
    forms: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Section:
    """A section of the navigation."""

    title: str
    guides: Sequence[Guide]


@dataclass(frozen=True)
class Guides:
    """All of one language."""

    language: Language
    all: Sequence[Guide]

    @classmethod
    def read(cls, docs: Path, language: Language) -> "Guides":
        """Those in docs/<language>, and the products' pages.

        Raises BuildFailed for one that does not say of itself what it must.
        """
        written = [_guide(file.stem, file.read_text("utf-8"), language) for file in (docs / language).glob("*.md")]
        made = products.pages(language, {guide.name: guide.says.title for guide in written})
        every = [*written, *(_guide(name, text, language) for name, text in made.items())]
        return cls(language, sorted(every, key=lambda guide: f"{guide.name}.md"))

    @property
    def sections(self) -> list[Section]:
        """The navigation: the sections in the order of the texts, the guides of each in theirs."""
        titles = Texts(self.language).entry("site.sections")
        return [Section(title, self._in_section(name)) for name, title in titles.items()]

    @property
    def found(self) -> list[Guide]:
        """Those that searches find, ours and others'."""
        return [guide for guide in self.all if guide.says.keywords]

    def holding(self, job: str) -> Guide:
        """The one with a job's form. Raises BuildFailed when there is none."""
        for guide in self.all:
            if job in guide.forms:
                return guide
        raise BuildFailed(f"no guide in docs/{self.language} holds /// form | {job}")

    def called(self, name: str) -> Guide:
        """The one of that name. Raises BuildFailed when there is none."""
        for guide in self.all:
            if guide.name == name:
                return guide
        raise BuildFailed(f"no guide in docs/{self.language} is called {name}")

    def _in_section(self, name: str) -> list[Guide]:
        placed = [guide for guide in self.all if guide.says.section == name]
        return sorted(placed, key=lambda guide: guide.says.place or 0)


def root_of(language: Language) -> str:
    """Where a language's pages begin."""
    return Texts(language).root


def navigation(guides: Guides) -> list[Any]:
    """The same as MkDocs wants it."""
    sections = [
        {section.title: [{guide.says.nav: f"{guide.name}.md"} for guide in section.guides]}
        for section in guides.sections
    ]
    return [f"{HOME}.md", *sections]


def faults(docs: Path) -> list[str]:
    """What the two languages' guides do not have alike, and what is amiss with their places in the navigation."""
    every_guides = [Guides.read(docs, language) for language in LANGUAGES]
    found = [fault for guides in every_guides for guide in guides.all for fault in _amiss(guide, guides.language)]
    said = [{guide.name: guide.says for guide in guides.all} for guides in every_guides]
    for name in sorted(set().union(*said)):
        alike = [(says[name].section, says[name].place) for says in said if name in says]
        if len(alike) < len(said):
            missing = (guides.language for guides, says in zip(every_guides, said, strict=True) if name not in says)
            found += [f"docs/{language}/{name}.md is missing" for language in missing]
        elif len(set(alike)) > 1:
            found.append(f"docs/*/{name}.md: section or place differ")
    places = Counter((guide.says.section, guide.says.place) for guide in every_guides[0].all if guide.says.section)
    found += [
        f"section {section} has {count} guides at place {place}"
        for (section, place), count in places.items()
        if count > 1
    ]
    return found


def _amiss(guide: Guide, language: Language) -> Iterator[str]:
    says, where = guide.says, f"docs/{language}/{guide.name}.md"
    given = {"nav": says.nav, "section": says.section, "place": says.place}
    missing = [name for name, value in given.items() if value is None]
    if missing and len(missing) < len(given):
        yield f"{where}: {', '.join(missing)} missing"
    if says.section is not None and says.section not in Texts(language).entry("site.sections"):
        yield f"{where}: no section {says.section} in the texts' site.sections"
    if guide.name in products.names() and not products.is_ordered_on(guide.name, guide.text):
        yield f"{where}: it stands in the place of a product's page, and holds no /// product | {guide.name}"


def _guide(name: str, written: str, language: Language) -> Guide:
    text = products.named(written, language)
    markdown, front_matter = get_data(text)
    try:
        says = FrontMatter.model_validate(front_matter)
    except ValidationError as error:
        raise BuildFailed(*reasons(f"docs/{language}/{name}.md", error)) from None
    path = root_of(language) if name == HOME else f"{root_of(language)}{name}/"
    forms = tuple(name.strip() for names in _FORMS.findall(markdown) for name in names.split(","))
    return Guide(name, path, says, forms, text)
