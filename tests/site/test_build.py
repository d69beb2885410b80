"""The build stops at anything that a reader would miss."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from functions.shared import texts
from theme.build import BuildFailed, build


def change(file: Path, old: str, new: str) -> None:
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), "utf-8")


def test_a_guide_missing_in_one_language(project: Path) -> None:
    (project / "docs/fr/transfer.md").unlink()

    with pytest.raises(BuildFailed, match=r"docs/fr/transfer.md is missing"):
        build(project)


def test_a_navigation_title_without_translation(project: Path) -> None:
    change(project / "mkdocs.yml", "            Add a user: Ajouter un utilisateur\n", "")

    with pytest.raises(Abort):
        build(project)


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


def test_a_form_that_does_not_exist(project: Path) -> None:
    change(project / "docs/en/add-user.md", "/// form | add-user", "/// form | add-nobody")

    with pytest.raises(KeyError, match="add-nobody"):
        build(project)


@pytest.fixture
def catalogue(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the texts that the build reads instead of ours."""
    place = tmp_path_factory.mktemp("texts")
    for file in Path(texts.__file__).parent.glob("*/*.toml"):
        (place / file.parent.name).mkdir(exist_ok=True)
        (place / file.parent.name / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(texts, "_HERE", place)
    texts._catalogue.cache_clear()
    yield place
    texts._catalogue.cache_clear()


def test_a_text_that_one_language_has_not(project: Path, catalogue: Path) -> None:
    change(catalogue / "fr/users.toml", "submit = ", "submitted = ")

    with pytest.raises(BuildFailed, match=r"users.add.submit: en .*, fr missing"):
        build(project)


def test_a_text_that_no_language_has(project: Path, catalogue: Path) -> None:
    for language in texts.LANGUAGES:
        change(catalogue / language / "users.toml", "submit = ", "submitted = ")

    with pytest.raises(KeyError, match=r"users.add.submit"):
        build(project)


def test_a_placeholder_that_differs(project: Path, catalogue: Path) -> None:
    change(catalogue / "fr/site.toml", "{query}", "{word}")

    with pytest.raises(BuildFailed, match=r"site.search.none"):
        build(project)


def test_a_failed_build_leaves_the_site_as_it_was(project: Path) -> None:
    build(project)
    before = (project / "build/site/index.html").read_bytes()
    change(project / "docs/en/index.md", "](portal.md)", "](portals.md)")

    with pytest.raises(Abort):
        build(project)

    assert (project / "build/site/index.html").read_bytes() == before
    assert sorted(path.name for path in (project / "build").iterdir()) == ["headers.json", "site"]
