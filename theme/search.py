"""The search index of each language: the questions that each page answers, as lists of words, and what it says.

docs/assets/js/engine.js reads it. Which words say nothing, and which endings are cut off, stands here alone.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from functions.shared.texts import LANGUAGES, Language
from theme import products
from theme.built import BuiltPage
from theme.guides import Guide, Guides

# Words of speech, in whichever language they are said on whichever language's pages.
_SILENT = {
    "en": "a an and any are as at be by can could did do does for from had has have he her his how i if in is it its "
    "just let me my of on or our please she should so some than that the their them then there they this to us was we "
    "were what when where which who why will with would you your ve ll re want need",
    "fr": "a ai ait as au aux avec avez avons ca ce ces cet cette chez comment d dans de des dois du elle elles en "
    "est et etait etre eu faire faut fait il ils j je l la le les leur lui m ma mes moi mon n ne nos notre nous on ont "
    "ou par pas peut peux plait pour pouvez puis qu quand que quel quelle quels quelles qui s sa se ses si son sont "
    "suis sur svp t ta te tes toi ton tout tu un une vos votre vous veut veux voudrais vouloir y",
}
_ENDINGS: Mapping[Language, str] = {
    "en": "ations ation ements ement ings ing ies ers ed er es s y e",
    "fr": "issements issement ations ation ements ement issez issons erons erez era ees ee ez er es ent ions ir ie "
    "e s x i",
}
_SILENT_WORDS = frozenset(" ".join(_SILENT.values()).split())
_SHORTEST_STEM = 3
# As many as there are capital letters, but for none.
_MOST_SHARED = 25
# Who types words of another language types but a few: longer questions in it would weigh more than they find.
_MOST_FOREIGN = 2
# Said in three ways in either language, none of which tells more than another.
_E_MAIL = re.compile(r"\be-?mail")
_PAUSE = re.compile(r"[\W_]+")
_DIGITS = "".join(chr(code) for code in range(48, 127) if chr(code) not in '"\\<&')


def words(text: str) -> list[str]:
    """The words of a text, accents folded, split at spaces, hyphens and apostrophes; an «e-mail» is a «mail»."""
    lower = _E_MAIL.sub("mail", text.lower().replace("œ", "oe").replace("æ", "ae"))
    folded = "".join(one for one in unicodedata.normalize("NFD", lower) if not unicodedata.combining(one))
    return [word for word in _PAUSE.split(folded) if word]


def stem(word: str, endings: Sequence[str]) -> str:
    """The word without the longest of the endings that leaves enough of it."""
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


class Index:
    """The words of one language's index, each known by the number of its stem; a text is a list of these numbers."""

    def __init__(self, said: Iterable[str], language: Language) -> None:
        self._endings = _ENDINGS.get(language, "").split()
        self.words = sorted({word for text in said for word in _spoken(text)})
        stems = dict.fromkeys(stem(word, self._endings) for word in self.words)
        self._numbers = {one: number for number, one in enumerate(stems)}

    def listed(self, text: str) -> str:
        """The words of a text that the index has, two digits each, in their order there."""
        stems = (stem(word, self._endings) for word in _spoken(text))
        numbers = sorted({self._numbers[one] for one in stems if one in self._numbers})
        return "".join(_DIGITS[number // len(_DIGITS)] + _DIGITS[number % len(_DIGITS)] for number in numbers)

    def every(self, texts: Iterable[str]) -> str:
        """The texts as lists of words, each list once, apart by a blank."""
        return " ".join(sorted({listed for text in texts if (listed := self.listed(text))}))

    def front_coded(self) -> str:
        """The words, each as a capital letter for how much it shares with the one before, and the rest."""
        coded, before = "", ""
        for word in self.words:
            shared = min(_shared(word, before), _MOST_SHARED)
            coded, before = coded + chr(ord("A") + shared) + word[shared:], word
        return coded


def index(
    guides: Guides, pages: Iterable[BuiltPage], asked: Mapping[Language, Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """What docs/assets/js/engine.js finds the language's pages by; `asked`: the questions for each, by language."""
    language = guides.language
    others = [asked[other] for other in LANGUAGES if other != language]
    by_path = {page.path: page for page in pages}
    found = [guide for guide in guides.all if guide.says.keywords]
    own = {guide.name: _questions(guide, asked[language]) for guide in found}
    foreign = {guide.name: [one for other in others for one in other.get(guide.name, ())] for guide in found}
    every_own = [one for questions in own.values() for one in questions]
    # A word of another language that is asked but once is too rare for its bytes.
    known = _repeated(one for questions in foreign.values() for one in questions)
    made = Index([*every_own, " ".join(known)], language)
    return {
        "words": made.front_coded(),
        "silent": " ".join(sorted(_SILENT_WORDS)),
        "endings": _ENDINGS.get(language, ""),
        "digits": _DIGITS,
        "pages": [
            {
                "url": guide.path,
                "title": guide.says.title,
                "description": guide.says.description,
                "asked": made.every(own[guide.name]),
                "foreign": made.every(_brief(foreign[guide.name])),
                "said": made.listed(_said(by_path[guide.path])),
            }
            for guide in found
        ],
    }


def questions(docs: Path) -> dict[Language, dict[str, Sequence[str]]]:
    """The questions in docs/<language>/questions, one a line, by the name of the guide that answers them.

    Some may wait there for a guide that is not written yet.
    """
    return {
        language: {
            file.stem: [line for line in file.read_text("utf-8").splitlines() if line]
            for file in sorted((docs / language / "questions").glob("*.txt"))
        }
        for language in LANGUAGES
    }


def faults(docs: Path) -> list[str]:
    """The guides that search is to find, and for which nobody has written down what people would ask.

    A product's page is found by what the catalogue says, and by what is written down if anything is.
    """
    asked, made = questions(docs), products.names()
    return [
        f"docs/{language}/questions/{guide.name}.txt is missing or empty"
        for language in LANGUAGES
        for guide in Guides.read(docs, language).all
        if guide.says.keywords and guide.name not in made and not asked[language].get(guide.name)
    ]


def knows(language: str) -> bool:
    """Whether it tells a language's words from their endings."""
    return language in _ENDINGS


def _questions(guide: Guide, asked: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return [guide.says.title, *guide.says.keywords, *asked.get(guide.name, ())]


def _brief(questions: Iterable[str]) -> Iterator[str]:
    return (one for one in questions if len(_spoken(one)) <= _MOST_FOREIGN)


def _said(page: BuiltPage) -> str:
    return " ".join((page.description, *page.subheadings, *page.text))


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _spoken(text: str) -> list[str]:
    return [word for word in words(text) if word not in _SILENT_WORDS]


def _repeated(texts: Iterable[str]) -> Iterator[str]:
    count = Counter(word for text in texts for word in set(_spoken(text)))
    return (word for word, times in count.items() if times > 1)
