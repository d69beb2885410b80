"""The build stops at anything that a reader would miss."""

import re
import shutil
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from functions.shared import texts
from tests.site.conftest import change
from theme.build import build
from theme.failure import BuildFailed


def test_a_guide_missing_in_one_language(project: Path) -> None:
    (project / "docs/fr/transfer.md").unlink()

    with pytest.raises(BuildFailed, match=r"docs/fr/transfer.md is missing"):
        build(project)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('nav: "Ajouter un utilisateur"\n', "", r"docs/fr/add-user.md: nav missing"),
        ("section: users", "section: guests", r"docs/fr/add-user.md: no section guests"),
        ("place: 1", "place: 2", r"docs/\*/add-user.md: section or place differ"),
        ("keywords:", "keyword:", r"docs/fr/add-user.md: keywords: Field required"),
    ],
)
def test_a_guide_that_does_not_say_where_it_belongs(project: Path, old: str, new: str, fault: str) -> None:
    change(project / "docs/fr/add-user.md", old, new)

    with pytest.raises(BuildFailed) as failed:
        build(project)

    assert any(re.match(fault, line) for line in failed.value.args), failed.value.args


def test_a_link_that_leads_nowhere(project: Path) -> None:
    change(project / "docs/fr/add-user.md", "](remove-user.md)", "](remove-users.md)")

    with pytest.raises(Abort):
        build(project)


def test_an_anchor_that_does_not_exist(project: Path) -> None:
    change(project / "docs/en/add-user.md", "](remove-user.md)", "](remove-user.md#nowhere)")

    with pytest.raises(Abort):
        build(project)


def test_a_template_that_refers_to_what_is_not_there(project: Path) -> None:
    change(project / "theme/templates/partials/footer.html", "legal/", "legals/")

    with pytest.raises(BuildFailed, match="/legals/ leads nowhere"):
        build(project)


def test_what_the_policy_would_block(project: Path) -> None:
    markups = {
        '<p style="color:red">Red.</p>': "inline <p style>",
        '<p onclick="go()">Go.</p>': "inline <p onclick>",
        "<style>p { color: red }</style>": "inline <style>",
        "<script>go()</script>": "inline script",
    }
    guide = project / "docs/en/contact.md"
    guide.write_text("\n".join([guide.read_text("utf-8"), *markups, ""]), "utf-8")

    with pytest.raises(BuildFailed) as failed:
        build(project)

    for blocked in markups.values():
        assert any(blocked in fault for fault in failed.value.args), blocked


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("/// form | add-user", "/// form | add-nobody", "no job is called add-nobody"),
        ("/// form | add-user", "/// form | list-users", "the job list-users declares no form"),
        ("choose, add-user\n", "choose, ad-user\n", "no job is called ad-user"),
        ("choose, add-user\n", "choose, list-users\n", "the job list-users has no why_not"),
        ("sign-in, choose, ", "choose, ", "2 steps are named, and the list that follows has 3"),
        ("1. [Sign in]", "Well. [Sign in]", "3 steps are named, and the list that follows has 0"),
    ],
)
def test_a_block_about_a_job_that_is_not_there(project: Path, old: str, new: str, fault: str) -> None:
    change(project / "docs/en/add-user.md", old, new)

    with pytest.raises(BuildFailed, match=r"^docs/en/add-user.md: /// .*" + re.escape(fault)):
        build(project)


@pytest.mark.parametrize("wrong", ["Pourquoi ?", "Ainsi : voilà.", "Un «\N{NBSP}mot »", "Un « mot\N{NBSP}»"])
def test_a_blank_of_french_that_a_line_could_break_at(project: Path, wrong: str) -> None:
    guide = project / "docs/fr/contact.md"
    guide.write_text(f"{guide.read_text('utf-8')}\n{wrong}\n", "utf-8")
    last = len(guide.read_text("utf-8").splitlines())

    with pytest.raises(BuildFailed, match=rf"^docs/fr/contact.md:{last}: a blank that keeps together"):
        build(project)


@pytest.mark.parametrize("block", ["/// portals", "/// form"])
def test_a_block_that_does_not_exist(project: Path, block: str) -> None:
    change(project / "docs/fr/portal.md", "/// portal", block)

    with pytest.raises(BuildFailed, match=f"^/fr/portal/: {block}: no such block$"):
        build(project)


def test_an_option_of_the_portal_that_leads_nowhere(project: Path) -> None:
    for language in texts.LANGUAGES:
        change(project / f"docs/{language}/withdraw.md", "/// form | withdraw\n///\n", "")

    with pytest.raises(
        BuildFailed, match=r"^docs/en/portal.md: /// portal: no guide in docs/en holds /// form \| withdraw$"
    ):
        build(project)


def test_a_text_that_one_language_has_not(project: Path, catalogue: Path) -> None:
    change(catalogue / "fr/users.toml", "submit = ", "submitted = ")

    with pytest.raises(BuildFailed, match=r"users\.add\.submit: said in en, not in fr: add it there"):
        build(project)


@pytest.mark.parametrize(
    ("topic", "old", "new", "fault"),
    [
        ("users", "submit = ", "submitted = ", r"docs/en/add-user.md: /// form \| add-user: en: users.add.submit"),
        ("site", "skip = ", "skipped = ", r"theme/templates: en: site.skip"),
    ],
)
def test_a_text_that_no_language_has(
    project: Path, catalogue: Path, topic: str, old: str, new: str, fault: str
) -> None:
    for language in texts.LANGUAGES:
        change(catalogue / language / f"{topic}.toml", old, new)

    with pytest.raises(BuildFailed, match=f"^{fault} is missing$"):
        build(project)


def test_a_placeholder_that_differs(project: Path, catalogue: Path) -> None:
    change(catalogue / "fr/site.toml", "{query}", "{word}")

    with pytest.raises(BuildFailed, match=r"site.search.none"):
        build(project)


def test_a_date_that_one_language_does_not_mark(project: Path, catalogue: Path) -> None:
    change(catalogue / "fr/portal.toml", "{added_at:day}", "{added_at}")

    marked = r"en \['added_at:day'\], fr \['added_at'\]"
    with pytest.raises(BuildFailed, match=f"^portal.users.added: other placeholders: {marked}$"):
        build(project)


def test_a_failed_build_leaves_the_site_as_it_was(project: Path, built_project: Path) -> None:
    shutil.copytree(built_project / "build", project / "build")
    before = (project / "build/site/index.html").read_bytes()
    change(project / "docs/en/index.md", "](portal.md)", "](portals.md)")

    with pytest.raises(Abort):
        build(project)

    assert (project / "build/site/index.html").read_bytes() == before
    assert sorted(path.name for path in (project / "build").iterdir()) == ["headers.json", "site"]
