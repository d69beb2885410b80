"""Who we are: LCEN, article 1-1; code de la consommation, articles L616-1, R616-1, L111-1 and D211-3."""

import tomllib

import pytest
from mkdocs.config import load_config

from functions.shared.texts import LANGUAGES, Language
from infra import firm
from theme.build import ROOT
from theme.settings import NOTICE, OFFERED, examples, of_brand

WHO_WE_ARE = {
    "publisher", "publisher_address", "publisher_capital", "publisher_register", "publisher_vat",
    "publisher_telephone", "publication_director", "support", "host", "host_telephone", "mediator", "mediator_site",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_lcen_1_1_and_r616_1_the_notice_names_publisher_host_and_mediator(language: Language) -> None:
    assert set(NOTICE) == WHO_WE_ARE
    notice = (ROOT / f"docs/{language}/legal.md").read_text("utf-8")
    assert {name for name in WHO_WE_ARE if f"%%{name}%%" not in notice} == set()
    # R616-1: on the site and in the terms.
    terms = (ROOT / f"docs/{language}/terms-of-sale.md").read_text("utf-8")
    assert "%%mediator%%" in terms
    assert "%%mediator_site%%" in terms


@pytest.mark.parametrize("language", LANGUAGES)
def test_d211_3_the_terms_have_the_guarantee_for_digital_services_in_a_box(language: Language) -> None:
    terms = (ROOT / f"docs/{language}/terms-of-sale.md").read_text("utf-8")
    boxed = "\n".join(line for line in terms.split("\n") if line.startswith(">"))
    for article in ("L. 224-25-1 à L. 224-25-31", "L. 242-18-1", "1641 à 1649"):
        assert (article if language == "fr" else article.replace(" à ", " to ")) in boxed


def test_every_one_of_them_is_the_firm_s_to_set_and_no_example_is_published_for_production() -> None:
    site = tomllib.loads(firm.FILE.read_text("utf-8"))["site"]
    hosted = {"host": "SITE_HOST", "host_telephone": "SITE_HOST_TELEPHONE"}
    others = WHO_WE_ARE - of_brand().keys()
    assert site.keys() == {hosted.get(name, name.upper()) for name in others | {*OFFERED}}
    assert firm.read("prod").site["STAGE"] == "prod"
    found = examples({**load_config(str(ROOT / "mkdocs.yml")).extra, **of_brand()})
    assert {line.split()[0] for line in found} == WHO_WE_ARE - {"support"} | {"download"}
    assert examples({"publisher": "Durand SAS", "mediator": "Médiation du commerce"}) == []
