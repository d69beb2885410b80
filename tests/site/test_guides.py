"""What every guide owes its readers: live steps that fit its own, and the way to cancel from wherever they are."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from functions.shared.texts import LANGUAGES, Language, wordings
from theme.build import ROOT
from theme.built import BuiltPage
from theme.jobs import job

# The guides whose steps are done with a subscription, and the jobs that the steps are about.
LIVE = {
    guide.stem: found[1].split(", ")
    for guide in sorted((ROOT / "docs/en").glob("*.md"))
    if (found := re.search(r"^/// live-steps \| (.+)$", guide.read_text("utf-8"), re.MULTILINE))
}


def test_the_guides_about_a_subscription_or_papers_have_live_steps() -> None:
    about_users = {"add-user", "remove-user", "transfer"}
    assert LIVE.keys() >= about_users | {"activate", "cancel", "contract", "standard", "documents", "deadline"}


@pytest.mark.parametrize("guide", LIVE)
def test_live_steps_stand_before_their_steps_in_both_languages(guide: str, site: Path) -> None:
    of_no_job = {"sign-in": None, "choose": None, "papers": "papers"}
    actions = [of_no_job[name] if name in of_no_job else job(name).action for name in LIVE[guide]]
    for root in ("", "fr"):
        page = (site / root / guide / "index.html").read_text("utf-8")
        steps = re.search(r"data-steps>(.*?)</script>", page)
        following = re.search(r"data-toggle hidden></button>\s*</div>\s*</div>\s*<ol>(.*?)</ol>", page, re.DOTALL)
        assert page.count("data-subject ") == {"papers", "remove_colleague"}.isdisjoint(actions)
        assert steps
        assert [step["action"] for step in json.loads(steps[1])] == actions
        assert following
        assert following[1].count("<li ") == len(actions)


def test_every_page_leads_to_the_cancellation_without_an_account(pages: Sequence[BuiltPage]) -> None:
    for page in pages:
        root = "/fr/" if page.path.startswith("/fr/") else "/"
        assert f"{root}cancel-without-account/" in page.references, page.path


def test_no_page_has_two_subjects(site: Path) -> None:
    for page in site.rglob("index.html"):
        assert page.read_text("utf-8").count("data-subject ") <= 1, page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_label_in_bold_stands_in_the_texts_word_for_word(language: Language) -> None:
    said = {text for _, text in wordings(language)}
    for guide in sorted((ROOT / "docs" / language).glob("*.md")):
        quoted = re.findall(r"\*\*(.+?)\*\*", guide.read_text("utf-8"))
        assert [label for label in quoted if label not in said] == [], guide.name
