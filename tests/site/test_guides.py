"""What every guide owes its readers: live steps that fit its own, and the way to cancel from wherever they are."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from theme.build import ROOT
from theme.built import BuiltPage
from theme.forms.steps import STEPS

LIVE = {
    "activate": "activate",
    "add-user": "add_user",
    "remove-user": "remove_user",
    "transfer": "transfer",
    "cancel": "cancel",
    "contract": "fetch_contract",
}


@pytest.mark.parametrize(("guide", "steps"), LIVE.items())
def test_live_steps_stand_before_as_many_steps(guide: str, steps: str, site: Path) -> None:
    for root in ("", "fr"):
        page = (site / root / guide / "index.html").read_text("utf-8")
        following = re.search(r"<p [^>]* data-status></p>\s*</div>\s*</div>\s*<ol>(.*?)</ol>", page, re.DOTALL)
        assert following
        assert following[1].count("<li>") == len(STEPS[steps])


def test_the_live_steps_are_those_of_the_guides() -> None:
    named = {
        guide.stem: found[1]
        for guide in (ROOT / "docs/en").glob("*.md")
        if (found := re.search(r"^/// live-steps \| (\w+)$", guide.read_text("utf-8"), re.MULTILINE))
    }
    assert named == LIVE
    assert set(LIVE.values()) == STEPS.keys()


def test_every_page_leads_to_the_cancellation_without_an_account(pages: Sequence[BuiltPage]) -> None:
    for page in pages:
        root = "/fr/" if page.path.startswith("/fr/") else "/"
        assert f"{root}cancel-without-account/" in page.references, page.path
