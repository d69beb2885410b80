"""A third language, Spanish: one command begins it, the build counts what is not translated, the list publishes it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.search import index
from functions.onboarding.account import worded
from functions.shared import texts as catalogue
from functions.shared.money import percentage, price
from functions.shared.problem import problem
from functions.shared.refusal import Refused
from functions.shared.texts import LANGUAGES, Texts
from functions.subscriptions.add_user import ALREADY_A_USER
from functions.workers.mail import compose
from tests.browser.test_mails import FACTS, SETTINGS
from tests.site.conftest import SITE_URL, change
from theme import language as languages
from theme.build import ROOT
from theme.language import MARK, awaiting, begin, begun, main, unfinished

LIST = "functions/shared/texts/__init__.py"
USERS = "functions/shared/texts/es/users.toml"
# What a translator would do first.
TRANSLATED = {
    "docs/es/add-user.md": {
        "(en) How do I add a user?": "¿Cómo añado a un usuario?",
        "Enter the person’s e-mail address in the form": "Escriba la dirección de la persona en el formulario",
    },
    USERS: {
        '"(en) You can now use {product} ({contract_number})"': '"Ya puede usar {product} ({contract_number})"',
        "(en) {by} has added you as a user of {product}.": "{by} le ha añadido como usuario de {product}.",
        "(en) Already a user": "Ya es usuario",
        "(en) {email} is already a user of this subscription.": "{email} ya es usuario de esta suscripción.",
    },
    "functions/shared/texts/es/language.toml": {"(en) {day} at {time}": "{day} a las {time}"},
}


def _run(place: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=place, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def _total(place: Path) -> int:
    return sum(awaiting(place, "es").values())


@pytest.fixture(scope="module")
def begun_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The project with Spanish begun, and what the command said."""
    place = tmp_path_factory.mktemp("spanish")
    for folder in ("docs", "functions", "infra", "theme"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("mkdocs.yml", "template.yaml"):
        shutil.copy(ROOT / file, place)
    if (kept := ROOT / "build" / "kept").exists():
        shutil.copytree(kept, place / "build" / "kept")
    told = _run(place, "theme.language", "es")
    assert told.returncode == 0, told.stderr
    return place, told.stdout


@pytest.fixture
def place(begun_once: tuple[Path, str], tmp_path: Path) -> Path:
    """The same, for a test to write into."""
    return Path(shutil.copytree(begun_once[0], tmp_path / "project"))


@pytest.fixture
def translated(place: Path) -> Path:
    """The same with a few things said in Spanish."""
    for file, changes in TRANSLATED.items():
        for english, spanish in changes.items():
            change(place / file, english, spanish)
    return place


@pytest.fixture
def spanish(translated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    """What is worded in Spanish, with the mark where it is still English."""
    monkeypatch.setattr(catalogue, "_HERE", translated / "functions/shared/texts")
    catalogue._catalogue.cache_clear()
    yield Texts("es")  # type: ignore[arg-type]
    catalogue._catalogue.cache_clear()


def test_the_languages_that_are_published_await_nothing() -> None:
    assert begun(ROOT) == sorted(LANGUAGES[1:])
    assert unfinished(ROOT) == {}
    for file in (*ROOT.glob("docs/en/**/*.*"), *ROOT.glob("functions/shared/t*/**/en*")):
        assert file.is_dir() or MARK not in file.read_text("utf-8"), file


def test_a_command_makes_every_file_and_lists_what_is_missing(begun_once: tuple[Path, str]) -> None:
    place, told = begun_once
    for pattern in ("docs/en/**/*.*", "docs/assets/pictures/en/*", "functions/shared/texts/en/*"):
        for english in ROOT.glob(pattern):
            other = place / str(english.relative_to(ROOT)).replace("/en/", "/es/")
            assert other.is_file(), other
            assert f" {other.relative_to(place)}\n" in told or other.name == "drawings.toml", other
    assert all((version / "es.md").exists() for version in (place / "functions/shared/terms").glob("2*"))
    listed = [int(line.split()[0]) for line in told.splitlines()]
    assert listed[-1] == sum(listed[:-1]) == _total(place)
    assert listed[-1] > 5_000
    # What CLDR knows of the language is written down; nothing of the others has changed.
    own = (place / "functions/shared/texts/es/language.toml").read_text("utf-8")
    assert 'name = "Español"\nlocale = "es_ES"\n' in own
    assert 'percentage = "#,##0.##\u00a0%"\n' in own
    assert 'separator = ";"\n' in own
    for language in LANGUAGES:
        for kept in ROOT.glob(f"functions/shared/texts/{language}/*"):
            assert (place / kept.relative_to(ROOT)).read_bytes() == kept.read_bytes()
    offered = (place / languages.CATALOGUE).read_text("utf-8").splitlines()
    lost = {re.sub(" }$", "", line) for line in (ROOT / languages.CATALOGUE).read_text("utf-8").splitlines()}
    assert not [line for line in lost if not any(one.startswith(line) for one in offered)]


def test_called_again_it_adds_what_english_has_got_and_leaves_the_rest_alone(translated: Path) -> None:
    english = translated / "functions/shared/texts/en/users.toml"
    change(english, "[mails.added]\n", '[mails.added]\nnew = "Something new"\n')
    (translated / "docs/en/new.md").write_text('---\ntitle: "New"\n---\n\nNew.\n', "utf-8")
    (translated / "docs/es/cancel.md").unlink()
    change(translated / USERS, "[mails.added]", "# A translator's note.\n[mails.added]")
    before = {file: file.read_text("utf-8") for file in translated.glob("**/es/**/*.*") if file.suffix != ".webp"}
    begin(translated, "es")
    changed = {file for file, text in before.items() if file.read_text("utf-8") != text}
    assert changed == {translated / USERS}
    words = (translated / USERS).read_text("utf-8")
    assert words.replace('new = "(en) Something new"\n', "") == before[translated / USERS]
    assert words != before[translated / USERS]
    for name in ("new", "cancel"):
        assert f'title: "{MARK}' in (translated / f"docs/es/{name}.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["xx"], "xx is no language that"),
        (["spanish"], "spanish is not a language's code of two letters"),
        (["../"], "../ is not a language's code"),
        (["en"], "en is what the others are translated from"),
        ([], "python -m theme.language CODE"),
        (["es", "pt"], "python -m theme.language CODE"),
    ],
)
def test_what_is_no_language_is_refused(
    arguments: list[str], says: str, place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(languages, "ROOT", place)
    before = sorted(place.rglob("*"))
    assert main(arguments) != 0
    assert says in caplog.text
    assert sorted(place.rglob("*")) == before


def test_the_plurals_that_english_has_not_are_made(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(place, "pl")
    cart = (place / "functions/shared/texts/pl/site.toml").read_text("utf-8")
    assert re.search(
        r'^lines = \{.*few = "\(en\) \{count\} lines", many = "\(en\) \{count\} lines"', cart, re.MULTILINE
    )
    monkeypatch.setattr(catalogue, "_HERE", place / "functions/shared/texts")
    monkeypatch.setattr(catalogue, "LANGUAGES", ("en", "pl"))
    catalogue._catalogue.cache_clear()
    assert catalogue.differences() == []
    change(place / "functions/shared/texts/pl/site.toml", ', few = "(en) {count} lines"', "")
    catalogue._catalogue.cache_clear()
    assert catalogue.differences() == ["site.cart.lines.few: pl missing"]
    catalogue._catalogue.cache_clear()


def test_it_is_counted_and_left_out_until_it_is_listed(place: Path) -> None:
    told = _run(place, "theme.build")
    assert told.returncode == 0, told.stderr
    assert re.search(rf"^es: {_total(place)} to translate in \d+ files; left out$", told.stderr, re.MULTILINE)
    site = place / "build" / "site"
    assert not (site / "es").exists()
    assert not list(site.rglob("*/es/*"))
    assert 'hreflang="es"' not in (site / "add-user/index.html").read_text("utf-8")


def test_listed_it_is_spoken_everywhere_and_counted_until_it_is_whole(translated: Path) -> None:
    change(translated / LIST, 'Literal["en", "fr"]', 'Literal["en", "fr", "es"]')
    told = _run(translated, "theme.build", SITE_URL=SITE_URL)
    assert told.returncode == 0, told.stderr
    assert re.search(rf"^es: {_total(translated)} to translate in \d+ files$", told.stderr, re.MULTILINE)
    site = translated / "build" / "site"
    page = (site / "es/add-user/index.html").read_text("utf-8")
    assert '<html lang="es"' in page
    assert "<h1>¿Cómo añado a un usuario?</h1>" in page
    assert '<meta property="og:locale" content="es_ES">' in page
    assert '<script data-languages="en fr es" data-locale="es-ES" data-first-day="1"' in page
    assert 'href="/es/portal/"' in page
    assert "Escriba la dirección de la persona en el formulario" in page
    assert "(en) Add a user" in page
    for language, root in (("en", "/"), ("fr", "/fr/")):
        other = (site / root.lstrip("/") / "add-user/index.html").read_text("utf-8")
        assert f'<link rel="alternate" hreflang="es" href="{SITE_URL}/es/add-user/">' in other
        switch = re.search(
            r'<a class="tool" href="/es/add-user/" hreflang="es" lang="es" data-language>(.*?)</a>', other
        )
        assert switch
        assert ">Español<" in switch[1]
        assert f'hreflang="{language}" lang="{language}" data-language' in page
    assert f"{SITE_URL}/es/add-user/" in (site / "sitemap.xml").read_text("utf-8")
    assert re.findall(r'class="lost md-typeset" lang="(..)"', (site / "404.html").read_text("utf-8")) == [
        "en",
        "fr",
        "es",
    ]
    found = json.loads(index(site, "es").read_text("utf-8"))["pages"]
    assert "¿Cómo añado a un usuario?" in [one["title"] for one in found]
    assert "\n## Español\n" in (site / "llms.txt").read_text("utf-8")
    # So does the API take it, which follows the same list.
    assert '"enum":["en","fr","es"]' in (site / "api/openapi.json").read_text("utf-8")


def test_it_is_not_published_to_customers_before_it_is_whole(translated: Path) -> None:
    change(translated / LIST, 'Literal["en", "fr"]', 'Literal["en", "fr", "es"]')
    told = _run(translated, "theme.build", STAGE="prod")
    assert told.returncode == 1
    # Among what else stands in the way.
    assert (
        told.stderr.splitlines()[-1]
        == f"es: {_total(translated)} to translate in {len(awaiting(translated, 'es'))} files"
    )
    assert not (translated / "build/site").exists()


def test_what_is_translated_is_no_longer_counted(begun_once: tuple[Path, str], translated: Path) -> None:
    done = sum(english.startswith(("(en) ", '"(en) ')) for changes in TRANSLATED.values() for english in changes)
    assert _total(translated) == _total(begun_once[0]) - done
    assert "docs/es/add-user.md" not in awaiting(translated, "es")
    (translated / "docs/es/cancel.md").unlink()
    assert awaiting(translated, "es")["docs/es/cancel.md"] == 1


def test_mails_refusals_dates_and_money_are_its_own(spanish: Texts) -> None:
    mail = compose("users.mails.added", spanish, worded(FACTS, spanish), SETTINGS)
    assert mail.subject == f"Ya puede usar {FACTS['product']} ({FACTS['contract_number']})"
    assert f"{FACTS['by']} le ha añadido como usuario de {FACTS['product']}." in " ".join(mail.text.split())
    assert "https://desk.example.com/es/portal/?subscription=" in mail.text
    assert '<html lang="es"' in mail.html
    # What is still English says so.
    assert "(en) Open the subscription portal" in mail.text
    refused = problem(Refused(ALREADY_A_USER, email="ana@example.com"), "id", spanish.language)
    assert refused["title"] == "Ya es usuario"
    assert refused["detail"] == "ana@example.com ya es usuario de esta suscripción."
    moment = spanish.filled("{moment}", {"moment": datetime(2026, 2, 28, 23, 30, tzinfo=UTC)})
    assert moment == "1 de marzo de 2026 a las 00:30:00 (UTC+01:00)"
    assert price(12_345_678, spanish.language) == "123.456,78\u00a0€"
    assert percentage(550, spanish.language) == "5,5\u00a0%"
