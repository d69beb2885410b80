"""The accessibility statement: décret 2019-768, article 4, in the form of the RGAA, and consistent with itself."""

import re

import pytest

from functions.shared.texts import LANGUAGES, Language
from theme.build import ROOT

PARTS = {
    "fr": [
        "État de conformité", "Résultats des tests", "Contenus non accessibles", "Établissement de cette déclaration",
        "Retour d’information et contact", "Voies de recours",
    ],
    "en": [
        "State of compliance", "Test results", "Content that is not accessible", "Preparation of this statement",
        "Feedback and contact", "Remedies",
    ],
}  # fmt: skip
# What the RGAA calls a site, by its rate: all of the criteria, half of them, fewer or no audit at all.
CALLED = {"fr": "(non|partiellement|totalement) conforme", "en": "(not|partially|fully) compliant"}
DATES = {"fr": r"\d{1,2}(?:er)? \w+ 20\d\d", "en": r"\d{1,2} \w+ 20\d\d"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_decree_2019_768_it_has_the_parts_state_rate_date_and_remedies(language: Language) -> None:
    statement = (ROOT / f"docs/{language}/accessibility.md").read_text("utf-8").replace("\u00a0", " ")
    assert re.findall("^## (.+)$", statement, re.MULTILINE)[:-1] == PARTS[language]
    parts = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", statement, re.MULTILINE | re.DOTALL))
    state, tests, _, prepared, contact, remedies = (parts[part] for part in PARTS[language])
    # One state, and the one that the rate permits.
    [called] = set(re.findall(CALLED[language], statement))
    rate = int(re.findall(r"(\d+) ?%", tests)[0])
    assert called == {"fr": "non", "en": "not"}[language]
    assert rate < 50
    assert "audit" in state
    assert len(re.findall(DATES[language], prepared)) == 2
    assert "%%support%%" in contact
    assert "%%publisher_telephone%%" in contact
    assert "formulaire.defenseurdesdroits.fr" in remedies
    assert "71120" in remedies
