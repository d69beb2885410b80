"""Whether people find the guide that answers them: `python -m bench.search [--missed]`.

bench/queries/held_out.txt says how it came about, and how far nothing was tuned on it. The engine was tuned on the
questions in docs/*/questions, each sixth left out of the index in turn. Queries that are a question word for word are
not measured. `--missed` prints what is not among the first three.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from playwright.sync_api import Browser, Route, sync_playwright

from bench.table import Row, show
from functions.shared.texts import LANGUAGES, Language
from infra.local.browser import arguments, chromium
from theme import search
from theme.build import ROOT, build

SITE = ROOT / "build" / "site"
HELD_OUT = Path(__file__).with_name("queries") / "held_out.txt"
# What stands for a guide where none answers.
NOTHING = ("nothing",)
# Of a hundred queries, how many may have their guide not among the first three, and not first.
MOST_MISSED, MOST_NOT_FIRST = 5, 14
# Of a hundred that no guide answers, how many may find one all the same.
MOST_FOOLISH = 25
# What the reader's first use of the search loads.
LOADED = ("assets/js/engine-*.js", "assets/search/{language}-*.json")
MOST_KILOBYTES = 40

_ORIGIN = "http://desk.example"
_FIND = """async ([language, queries]) => {
  const { engine } = await import("/docs/assets/js/engine.js");
  globalThis.finds ??= {};
  const find = (finds[language] ??= engine(await (await fetch(`/search/${language}`)).json()));
  return queries.map((query) => find(query).map(({ url }) => url.split("/").at(-2) || "index"));
}"""

_STEMS = """async ([endings, words]) => {
  const { stem } = await import("/docs/assets/js/terms.js");
  return words.map((word) => stem(word, endings.split(" ")));
}"""


@dataclass(frozen=True)
class Query:
    """What is typed on pages of a language, of which kind it is, and the guides that answer it: one is enough."""

    language: Language
    kind: str
    guides: tuple[str, ...]
    typed: str


class Finder:
    """The site's own engine on its own index, in a browser."""

    def __init__(self, browser: Browser, site: Path) -> None:
        self._page = browser.new_page()
        self._site = site
        self._page.route(f"{_ORIGIN}/**", self._fulfil)
        self._page.goto(f"{_ORIGIN}/robots.txt")

    def found(self, language: str, queries: Sequence[str]) -> list[list[str]]:
        """The guides found for each query, the best first."""
        found: list[list[str]] = self._page.evaluate(_FIND, [language, queries])
        return found

    def stems(self, endings: str, words: Sequence[str]) -> list[str]:
        """The words as the engine compares them."""
        stems: list[str] = self._page.evaluate(_STEMS, [endings, words])
        return stems

    def close(self) -> None:
        """Close its page."""
        self._page.close()

    def _fulfil(self, route: Route) -> None:
        path = route.request.url.removeprefix(f"{_ORIGIN}/")
        file = index(self._site, path.removeprefix("search/")) if path.startswith("search/") else ROOT / path
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(body="", content_type="text/plain")


def held_out() -> Iterator[Query]:
    """The queries that are no question of their guides word for word."""
    asked = search.questions(ROOT / "docs")
    for line in HELD_OUT.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            written, kind, guides, typed = (part.strip() for part in line.split("|"))
            query = Query(next(one for one in LANGUAGES if one == written), kind, tuple(guides.split(" or ")), typed)
            known = {tuple(search.words(one)) for of in asked.values() for it in query.guides for one in of.get(it, ())}
            if tuple(search.words(typed)) not in known:
                yield query


def places(finder: Finder, queries: Collection[Query]) -> Mapping[Query, int]:
    """At which place each query's guide is found, the first being 1; 0 if it is not among the first three.

    What no guide answers is at the first place if nothing is found.
    """
    placed: dict[Query, int] = {}
    for language in LANGUAGES:
        asked = [query for query in queries if query.language == language]
        found = finder.found(language, [query.typed for query in asked])
        for query, guides in zip(asked, found, strict=True):
            places_of = [at for at, guide in enumerate(guides[:3] or NOTHING, 1) if guide in query.guides]
            placed[query] = min(places_of, default=0)
    return placed


def loaded_bytes(site: Path, language: str) -> int:
    """What the first use of the search loads, compressed with gzip; Brotli, as CloudFront serves it, takes less."""
    files = (next(site.glob(name.format(language=language))) for name in LOADED)
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def index(site: Path, language: str) -> Path:
    """Where the index of a language's guides is in a built site."""
    return next(site.glob(LOADED[-1].format(language=language)))


@contextmanager
def finding(site: Path) -> Iterator[Finder]:
    """A finder in a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        yield Finder(browser, site)
        browser.close()


def rows() -> Iterator[Row]:
    """Of a hundred, how many are missed, by language and kind; and what the search weighs."""
    build()
    with finding(SITE) as finder:
        placed = places(finder, [*held_out()])
    for language in LANGUAGES:
        mine = {query: place for query, place in placed.items() if query.language == language}
        answered = [place for query, place in mine.items() if query.guides != NOTHING]
        others = [place for query, place in mine.items() if query.guides == NOTHING]
        of = f"of {len(answered)} fresh queries in {language}"
        yield Row(f"{of}, guide not among the first three", _share(answered, missed), MOST_MISSED, "%")
        yield Row(f"{of}, guide not first", _share(answered, not_first), MOST_NOT_FIRST, "%")
        of = f"of {len(others)} in {language} that no guide answers"
        yield Row(f"{of}, something is found", _share(others, missed), MOST_FOOLISH, "%")
        kilobytes = loaded_bytes(SITE, language) / 1000
        yield Row(f"search engine and index in {language}, gzip", kilobytes, MOST_KILOBYTES, "KB")
    for kind, count in Counter(query.kind for query in placed).items():
        share = _share((place for query, place in placed.items() if query.kind == kind), missed)
        yield Row(f"of {count} of the kind «{kind}», guide not among the first three", share, unit="%")


def missed(place: int) -> bool:
    """Whether a guide is not among the first three."""
    return place == 0


def not_first(place: int) -> bool:
    """Whether a guide is not the first."""
    return place != 1


def _share(given: Iterable[int], counts: Callable[[int], bool]) -> float:
    all_places = [*given]
    return 100 * sum(map(counts, all_places)) / len(all_places)


def main() -> int:
    """Print the table, or what is missed and what is found instead."""
    if "--missed" not in sys.argv:
        show([*rows()])
        return 0
    build()
    with finding(SITE) as finder:
        for query, place in places(finder, [*held_out()]).items():
            if missed(place):
                instead = finder.found(query.language, [query.typed])[0][:3]
                print(json.dumps([*astuple(query), instead], ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
