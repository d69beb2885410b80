"""The search index of each language: the questions that each page answers, as lists of words.

docs/assets/js/engine.js reads it. Which words say nothing, and which endings are cut off, stands here alone.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from functions.shared.texts import LANGUAGES, Language, Texts, wordings
from theme import products
from theme.guides import Guide, Guides

# Words of speech, in whichever language they are said on whichever language's pages.
_SILENT = {
    "en": "a able actually an and any are as at basically be been by can could dear did do does dont earth evening "
    "excuse for from gimme gonna gotta had has have he hello her here hey hi his hope how i if im in is it its ive "
    "just kindly lemme let like lol lot madam maybe me morning much my now of ok okay on or our please pls plz "
    "possible re really she should simply sir so some sorry than thank thanks that the their them then there they "
    "this thx to um us very ve ll wanna want need was way we well were what when where whether which who why will "
    "with wonder wondering would you your",
    "fr": "a ai aimerais ait alors as au aussi aux avec avez avons bah ben bien bon bonjour bonsoir bref c ca ce ces "
    "cest cet cette chez comment cordialement coucou d dans de des desole dire dois donc du elle elles en est et etait "
    "etre eu euh excusez faire fait faudrait faut g il ils j jai je jsuis juste l la le les leur lui m ma "
    "maintenant mdr merci mes moi mon monsieur moyen n ne nos notre nous on ont ou par pardon pas peut peux plait pour "
    "pourrais pourrait pourriez pouvez prie puis qu quand que quel quelle quels quelles qui quoi s sa salut savoir se "
    "serait ses si son sont souhaite souhaiterais stp suis sur svp t ta te tes toi ton tout tres tu un une veu veut "
    "veux voila vos votre voudrais vouloir vous vraiment y ya",
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
# «jveux», as many type «je veux»: only the name of a picture's format begins with such letters otherwise.
_I = re.compile(r"\bj(?!pe?g\b)(?=[bcdfghklmnpqrtvxz])")
# The questions that no guide answers: whatever is likelier to be one of these finds nothing.
ELSEWHERE = "elsewhere"
# What theme/refusals.toml names as no guide's.
NO_GUIDE = "NO_GUIDE"
_REFUSALS = Path(__file__).with_name("refusals.toml")
_REFUSAL = re.compile(r"(\w+\.refused\.\w+)\.title")
_PLACEHOLDER = re.compile(r"\{.*?\}")
_PAUSE = re.compile(r"[\W_]+")
_DIGITS = "".join(chr(code) for code in range(48, 127) if chr(code) not in '"\\<&')


def words(text: str) -> list[str]:
    """The words of a text, accents folded; «l’e-mail» is «l mail», and «jveux» is «veux»."""
    lower = _I.sub("", _E_MAIL.sub("mail", text.lower()).replace("œ", "oe").replace("æ", "ae"))
    folded = "".join(one for one in unicodedata.normalize("NFD", lower) if not unicodedata.combining(one))
    return [word for word in _PAUSE.split(folded) if word]


def stem(word: str, endings: Sequence[str]) -> str:
    """The word without the longest of the endings that leaves enough of it."""
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


class Index:
    """The words of one language's index, each known by the number of its stem; a text is a list of these numbers.

    A number takes two digits; as many as need no first digit of their own, the commonest, take one.
    """

    def __init__(self, said: Collection[str], language: Language) -> None:
        self._endings = _ENDINGS.get(language, "").split()
        self.words = sorted({word for text in said for word in _spoken(text)})
        stems = dict.fromkeys(stem(word, self._endings) for word in self.words)
        self._numbers = {one: number for number, one in enumerate(stems)}
        said_often = Counter(number for text in said for number in self._numbered(text))
        first_digits = -(-len(stems) // len(_DIGITS))
        self._common = [number for number, _ in said_often.most_common(len(_DIGITS) - first_digits)]

    @property
    def common(self) -> str:
        """The words that take one digit, two digits each."""
        return "".join(map(_two_digits, self._common))

    def listed(self, text: str) -> str:
        """The words of a text that the index has, the common ones first."""
        numbers = self._numbered(text)
        common = [_DIGITS[digit] for digit, number in enumerate(self._common) if number in numbers]
        others = sorted(numbers.difference(self._common))
        return "".join([*common, *(_two_digits(number, len(self._common)) for number in others)])

    def every(self, texts: Iterable[str]) -> str:
        """The texts as lists of words, each list once, apart by a blank."""
        return " ".join(sorted({listed for text in texts if (listed := self.listed(text))}))

    def _numbered(self, text: str) -> set[int]:
        stems = (stem(word, self._endings) for word in _spoken(text))
        return {self._numbers[one] for one in stems if one in self._numbers}

    def front_coded(self) -> str:
        """The words, each as a capital letter for how much it shares with the one before, and the rest."""
        coded, before = "", ""
        for word in self.words:
            shared = min(_shared(word, before), _MOST_SHARED)
            coded, before = coded + chr(ord("A") + shared) + word[shared:], word
        return coded


def index(guides: Guides, asked: Mapping[Language, Mapping[str, Sequence[str]]]) -> dict[str, Any]:
    """What docs/assets/js/engine.js finds the language's pages by; `asked`: the questions for each, by language."""
    language = guides.language
    others = [asked[other] for other in LANGUAGES if other != language]
    found = guides.found
    placed = refusals()
    own = {
        guide.name: _questions(guide, asked[language].get(guide.name, ()), placed.get(guide.name, ()), language)
        for guide in found
    }
    own[ELSEWHERE] = asked[language].get(ELSEWHERE, ())
    foreign = {name: [one for other in others for one in other.get(name, ())] for name in own}
    every_own = [one for questions in own.values() for one in questions]
    # A word of another language that is asked but once is too rare for its bytes.
    known = _repeated(one for questions in foreign.values() for one in questions)
    made = Index([*every_own, " ".join(known)], language)
    return {
        "words": made.front_coded(),
        "silent": " ".join(sorted(_SILENT_WORDS)),
        "endings": _ENDINGS.get(language, ""),
        "digits": _DIGITS,
        "common": made.common,
        "pages": [
            {
                "url": guide.path,
                "title": guide.says.title,
                "description": guide.says.description,
                "asked": made.every(own[guide.name]),
                "foreign": made.every(_brief(foreign[guide.name])),
            }
            for guide in found
        ],
        "elsewhere": {"asked": made.every(own[ELSEWHERE]), "foreign": made.every(_brief(foreign[ELSEWHERE]))},
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
    """The guides that search is to find, and for which nobody has written down what people would ask; and refusals.

    A product's page is found by what the catalogue says, and by what is written down if anything is.
    """
    asked, made = questions(docs), products.names()
    every_guides = {language: Guides.read(docs, language) for language in LANGUAGES}
    wanted = [
        (language, name)
        for language, guides in every_guides.items()
        for name in [ELSEWHERE, *(guide.name for guide in guides.found)]
    ]
    return [
        *(
            f"docs/{language}/questions/{name}.txt is missing or empty"
            for language, name in wanted
            if name not in made and not asked[language].get(name)
        ),
        *_misplaced({guide.name for guide in every_guides[LANGUAGES[0]].all}),
    ]


def _misplaced(guides: Collection[str]) -> Iterator[str]:
    """What is amiss with the places of refusals."""
    placed = refusals()
    known = {found[1] for key, _ in wordings(LANGUAGES[0]) if (found := _REFUSAL.fullmatch(key))}
    told = {key for keys in placed.values() for key in keys}
    yield from (f"theme/refusals.toml: {key} has no place" for key in sorted(known - told))
    yield from (f"theme/refusals.toml: there is no {key}" for key in sorted(told) if key not in Texts(LANGUAGES[0]))
    yield from (f"theme/refusals.toml: {name} is no guide" for name in placed if name not in {NO_GUIDE, *guides})


def refusals() -> Mapping[str, Sequence[str]]:
    """The keys in functions/shared/texts of what a guide helps with, by its name."""
    return tomllib.loads(_REFUSALS.read_text("utf-8"))


def told(key: str, language: Language) -> Sequence[str]:
    """What stands on the screen: a refusal's title and what it says, or an error; without what it is about."""
    entry = Texts(language).entry(key)
    wordings_of = [entry] if isinstance(entry, str) else [entry["title"], entry["detail"]]
    return [_PLACEHOLDER.sub(" ", wording) for wording in wordings_of]


def _questions(guide: Guide, asked: Sequence[str], refused: Sequence[str], language: Language) -> Sequence[str]:
    screens = [one for key in refused for one in told(key, language)]
    return [guide.says.title, *guide.says.keywords, *asked, *screens]


def knows(language: str) -> bool:
    """Whether it tells a language's words from their endings."""
    return language in _ENDINGS


def _brief(questions: Iterable[str]) -> Iterator[str]:
    return (one for one in questions if len(_spoken(one)) <= _MOST_FOREIGN)


def _two_digits(number: int, first: int = 0) -> str:
    """The number in two digits, of which the first is one from `first` on."""
    return _DIGITS[first + number // len(_DIGITS)] + _DIGITS[number % len(_DIGITS)]


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _spoken(text: str) -> list[str]:
    return [word for word in words(text) if word not in _SILENT_WORDS]


def _repeated(texts: Iterable[str]) -> Iterator[str]:
    count = Counter(word for text in texts for word in set(_spoken(text)))
    return (word for word, times in count.items() if times > 1)
