"""What readers are told, in their language: one catalogue a language, one file a topic."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

# The one list of languages; the first is spoken at the site's own address, and to whoever speaks none of them.
type Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)

_HERE = Path(__file__).parent
_PARIS = ZoneInfo("Europe/Paris")
# Any count that a reader may be told, and what only some languages have of plurals for it.
COUNTS = range(1000)
_OWN_PLURALS = (".zero", ".two", ".few", ".many")
_ISOLATE, _POP = "\u2068", "\u2069"


@cache
def _catalogue(language: Language, topic: str) -> Mapping[str, Any]:
    # Imported late: few calls word anything, and each cold start would pay for it.
    import tomllib

    return tomllib.loads((_HERE / language / f"{topic}.toml").read_text("utf-8"))


def topics(language: Language) -> list[str]:
    """The topics of a language's catalogue."""
    return sorted(path.stem for path in (_HERE / language).glob("*.toml"))


class Texts:
    """The catalogue of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **facts: object) -> str:
        """The wording of `key` with its placeholders filled; `count` chooses a plural.

        Raises KeyError for a missing key or placeholder: no reader ever sees one.
        """
        wording = self.entry(key)
        if isinstance(wording, Mapping):
            wording = wording[self.plural_form(facts["count"])]
        return self.filled(str(wording), facts)

    def filled(self, wording: str, facts: Mapping[str, object]) -> str:
        """A wording with its placeholders filled, dates as the language has them. Raises KeyError for a missing one."""
        return wording.format(**{name: self._worded(fact) for name, fact in facts.items()})

    def entry(self, key: str) -> Any:
        """What stands at `key` as it is: a wording, a list of paragraphs, a table of choices."""
        topic, *path = key.split(".")
        found: Any = _catalogue(self.language, topic)
        for step in path:
            try:
                found = found[step]
            except (KeyError, TypeError):
                raise KeyError(f"{self.language}: {key}") from None
        return found

    def __contains__(self, key: str) -> bool:
        try:
            self.entry(key)
        except (KeyError, FileNotFoundError):
            return False
        return True

    def listed(self, parts: Sequence[str]) -> str:
        """The parts as a list within a sentence."""
        from babel.lists import format_list

        return format_list(parts, locale=self.locale)

    def plural_form(self, count: object) -> str:
        """Which of a wording's plurals a count has, as CLDR calls it."""
        from babel import Locale

        return str(Locale(self.language).plural_form(count))  # type: ignore[arg-type]

    def _worded(self, fact: object) -> object:
        if isinstance(fact, datetime):
            from babel.dates import format_datetime

            # Babel's own long form has a comma and, in French, «+0100» where a reader expects «à» and a zone.
            time = format_datetime(fact, "HH:mm:ss '(UTC'xxx')'", tzinfo=_PARIS, locale=self.locale)
            return self("language.moment", day=fact.astimezone(_PARIS).date(), time=time)
        if isinstance(fact, date):
            from babel.dates import format_date

            return self._with_ordinal(format_date(fact, "long", locale=self.locale))
        return isolated(fact) if isinstance(fact, str) else fact

    def _with_ordinal(self, day: str) -> str:
        """French says «1er» of a month's first day, which Babel's patterns do not."""
        return f"{self.entry('language.first_day')}{day[1:]}" if day.startswith("1 ") else day

    @property
    def locale(self) -> str:
        """The language with the region whose habits it goes by: en_GB."""
        return str(self.entry("language.locale"))

    @property
    def region(self) -> str:
        """That region's code: GB."""
        return self.locale.rpartition("_")[2]

    @property
    def root(self) -> str:
        """Where the language's pages begin."""
        return "/" if self.language == LANGUAGES[0] else f"/{self.language}/"


def isolated(text: str) -> str:
    """A name as it goes into a line of ours: in Arabic or Hebrew it keeps its own direction, and leaves the line its.

    The marks are Unicode's isolates (UAX 9), one pair a line; a text that runs from left to right stays as it is.
    """
    if text.isascii() or not any(bidirectional(character) in ("R", "AL") for character in text):
        return text
    return "\n".join(line if line.startswith(_ISOLATE) else f"{_ISOLATE}{line}{_POP}" for line in text.split("\n"))


def language_for(accept_language: str, account_language: str | None = None) -> Language:
    """The reader's: the first that the page asks for and we speak, else the account's, else the first of the list."""
    return spoken(accept_language) or spoken(account_language or "") or LANGUAGES[0]


def spoken(accept_language: str) -> Language | None:
    """The first language that we speak of an Accept-Language, as RFC 9110 section 12.5.4 has it: the heaviest first."""
    for wanted in _by_weight(accept_language):
        for language in LANGUAGES:
            if wanted.partition("-")[0] == language:
                return language
    return None


def _by_weight(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = "".join(part.lower().split()).partition(";q=")
        try:
            weighted.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def differences() -> list[str]:
    """Keys and placeholders that one language has and another has not: nothing, or the build fails."""
    said = {language: {key: _placeholders(said) for key, said in wordings(language)} for language in LANGUAGES}
    every_key = sorted(key for key in set().union(*said.values()) if not key.endswith(_OWN_PLURALS))
    return [
        _differing(key, {language: said[language].get(key) for language in LANGUAGES})
        for key in every_key
        if len({str(said[language].get(key)) for language in LANGUAGES}) > 1
    ] + [fault for language in LANGUAGES for fault in _uncounted(language, said[language].keys())]


def _differing(key: str, placeholders: Mapping[Language, object]) -> str:
    """What is to be done about a key, by its placeholders in each language, or None where it is not said."""
    lacking = [language for language, named in placeholders.items() if named is None]
    if lacking:
        saying = ", ".join(language for language in placeholders if language not in lacking)
        return f"{key}: said in {saying}, not in {', '.join(lacking)}: add it there, or take it away"
    return f"{key}: other placeholders: {', '.join(f'{language} {named}' for language, named in placeholders.items())}"


def _uncounted(language: Language, keys: Set[str]) -> Iterator[str]:
    """The plurals that a language has and its catalogue lacks."""
    forms = sorted({Texts(language).plural_form(count) for count in COUNTS})
    counted = [key.removesuffix(".one") for key in sorted(keys) if key.endswith(".one")]
    yield from (f"{key}.{form}: {language} missing" for key in counted for form in forms if f"{key}.{form}" not in keys)


def wordings(language: Language) -> Iterator[tuple[str, str]]:
    """Everything that a language's catalogue says, by its key."""

    def visit(key: str, value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                yield from visit(f"{key}.{name}", inner)
        else:
            yield key, "\n".join(value) if isinstance(value, list) else str(value)

    for topic in topics(language):
        yield from visit(topic, _catalogue(language, topic))


def _placeholders(wording: str) -> list[str]:
    """Each placeholder with its mark, if it has one."""
    return sorted({f"{name}:{mark}".rstrip(":") for _, name, mark, _ in Formatter().parse(wording) if name})
