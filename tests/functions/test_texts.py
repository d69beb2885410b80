"""The catalogue: both languages say the same, every code is worded, plurals and dates are each language's own."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest

from functions.onboarding import app as onboarding
from functions.shared import refusal
from functions.shared import texts as catalogue
from functions.shared.openapi import refusals
from functions.shared.refusal import Code
from functions.shared.texts import LANGUAGES, Language, Texts, isolated, language_for
from functions.subscriptions import app as subscriptions
from functions.workers.happenings import TELLS

# What the desk may refuse with: the jobs' codes, and those of every request.
CODES = sorted(
    {code for job in (*onboarding.JOBS, *subscriptions.JOBS) for code in refusals(job)}
    | {code for code in vars(refusal).values() if isinstance(code, Code)},
    key=lambda code: code.name,
)


def test_both_languages_have_the_same_topics_keys_and_placeholders() -> None:
    assert catalogue.topics("en") == catalogue.topics("fr")
    assert catalogue.differences() == []


def test_a_difference_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language, content in (("en", 'a = "{x}"\nb = "b"'), ("fr", 'a = "{y}"')):
        (tmp_path / language).mkdir()
        (tmp_path / language / "topic.toml").write_text(content, "utf-8")
    monkeypatch.setattr(catalogue, "_HERE", tmp_path)
    assert catalogue.differences() == [
        "topic.a: other placeholders: en ['x'], fr ['y']",
        "topic.b: said in en, not in fr: add it there, or take it away",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_code_is_worded(language: Language, code: Code) -> None:
    texts = Texts(language)
    for part in ("title", "detail"):
        wording = texts.entry(f"{code.texts}.{part}")
        assert wording.strip() == wording != ""


def test_a_code_has_one_status_and_one_wording_unless_a_job_words_it() -> None:
    assert {code.name for code in CODES if code.worded is None} == {code.name for code in CODES}
    alike = {code._replace(worded=None) for code in CODES}
    assert len({code.name for code in alike}) == len(alike)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted({mail.texts for told in TELLS.values() for mail in told.mails}))
def test_every_mail_is_worded(language: Language, name: str) -> None:
    texts = Texts(language)
    assert texts.entry(f"{name}.subject")
    assert isinstance(texts.entry(f"{name}.body"), list)
    if f"{name}.button" in texts:
        assert texts.entry(f"{name}.path")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_reads_a_placeholder_that_is_not_filled(language: Language) -> None:
    with pytest.raises(KeyError):
        Texts(language)("users.refused.already_a_user.detail")
    with pytest.raises(KeyError):
        Texts(language)("errors.refused.of_nothing.title")
    with pytest.raises(KeyError):
        Texts(language)("errors.refused.not_found.title.deeper")


def test_placeholders_are_names() -> None:
    """Neither positions nor attributes: what a customer writes never reaches into an object."""
    for language in LANGUAGES:
        for topic in catalogue.topics(language):
            for key, wording in _wordings(language, topic):
                names = [name for _, name, _, _ in Formatter().parse(wording) if name is not None]
                assert all(name.isidentifier() for name in names), key


@pytest.mark.parametrize(
    ("language", "count", "wording"),
    [
        ("en", 0, "0 of 9 taken"),
        ("en", 1, "1 of 9 taken"),
        ("fr", 1, Texts("fr").entry("portal.seats")["one"].format(count=1, seats=9)),
        ("fr", 0, Texts("fr").entry("portal.seats")["one"].format(count=0, seats=9)),
        ("fr", 2, Texts("fr").entry("portal.seats")["other"].format(count=2, seats=9)),
    ],
)
def test_plurals(language: Language, count: int, wording: str) -> None:
    assert Texts(language)("portal.seats", count=count, seats=9) == wording


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "1 March 2026", "1 March 2026 at 00:30:00 (UTC+01:00)"),
        ("fr", "1er mars 2026", "1er mars 2026 à 00:30:00 (UTC+01:00)"),
    ],
)
def test_dates_are_written_long_in_each_language_by_the_clocks_of_paris(
    language: Language, day: str, moment: str
) -> None:
    texts = Texts(language)
    facts = {"day": date(2026, 3, 1), "moment": datetime(2026, 2, 28, 23, 30, tzinfo=UTC)}
    filled = texts.filled("{day}|{moment}", facts)
    assert _plain_spaces(filled) == f"{day}|{moment}"


@pytest.mark.parametrize(
    ("account", "accepted", "language"),
    [
        # The page's comes first, since it is what the reader reads; the account's is what the mails are in.
        ("fr", "en", "en"),
        ("en", "fr", "fr"),
        ("fr", "", "fr"),
        ("fr", "de, *", "fr"),
        (None, "", "en"),
        (None, "fr", "fr"),
        (None, "fr-CA", "fr"),
        (None, "FR-fr", "fr"),
        (None, "de, fr;q=0.8, en;q=0.5", "fr"),
        (None, "en;q=0.5, fr;q=0.8", "fr"),
        (None, "en;q=0.5,fr;q=0.5", "en"),
        (None, "en;q=0.4 , fr ; q=0.7", "fr"),
        (None, "fr; q=0.3, en; q=0.2", "fr"),
        (None, "en;Q=0.2, fr;Q=0.9", "fr"),
        (None, "fr;q=0", "en"),
        (None, "fr;q=0, en;q=0.1", "en"),
        (None, "*", "en"),
        (None, "de", "en"),
        (None, "fra", "en"),
        (None, ";;;q=,,=;q=x, fr;q=abc", "en"),
        (None, "fr;q=nan", "en"),
        ("de", "fr", "fr"),
    ],
)
def test_the_language(account: str | None, accepted: str, language: Language) -> None:
    assert language_for(accepted, account) == language


def _wordings(language: Language, topic: str) -> Iterator[tuple[str, str]]:
    pending = [(topic, Texts(language).entry(topic))]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{key}.{name}", inner) for name, inner in value.items()]
        else:
            for wording in value if isinstance(value, list) else [value]:
                yield key, str(wording)


def _plain_spaces(text: str) -> str:
    return text.replace(" ", " ").replace(" ", " ")


def test_a_name_from_right_to_left_is_set_apart_from_the_line_that_it_stands_in() -> None:
    texts = Texts("en")
    assert texts.filled("By {name}, on {day}.", {"name": "שרה (2)", "day": date(2026, 1, 5)}) == (
        "By \u2068שרה (2)\u2069, on 5 January 2026."
    )
    assert texts.filled("{name}", {"name": "شركة\n12 Rue Neuve\nدبي"}) == (
        "\u2068شركة\u2069\n\u206812 Rue Neuve\u2069\n\u2068دبي\u2069"
    )
    assert isolated(isolated("שרה")) == isolated("שרה")


@pytest.mark.parametrize("name", ["", "Zoé", "渡邊 さくら", "Ελένη", "प्रिया", "2 (3)"])
def test_what_runs_from_left_to_right_stays_as_it_is(name: str) -> None:
    assert isolated(name) == name


def test_french_signs_and_units_never_begin_a_line() -> None:
    for path in sorted((Path(catalogue.__file__).parent / "fr").glob("*.toml")):
        found = re.findall(r".{0,20}(?: [;!?»%]|« |\d (?:Mo|Ko|€)).{0,10}", path.read_text("utf-8"))
        assert not found, path.name
