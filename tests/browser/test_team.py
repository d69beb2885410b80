"""The team in one go, and a colleague who leaves: from a pasted list to who has accepted, in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from functions.shared.texts import LANGUAGES, Language, Texts
from infra.local.demo import PASSWORD
from tests import kept
from tests.browser.conftest import serve_modules
from tests.browser.test_accessibility import faults
from tests.browser.test_portal import open_portal, scrolls_sideways
from tests.desk import Desk
from tests.functions.test_users import ALEX, SAM, users_of

ALONE = "alex-active-alone"
SHEET = (
    "Nom\tE-mail\nJean\tjean@example.com\nNadia\tnadia.example.com\n"
    "Alex\talex.morgan@example.com\nB\tbounce.b@example.com\n"
)
HERE = {"en": "", "fr": "/fr"}


def signed_in(page: Page, path: str) -> None:
    """The page, on which its administrator signs in."""
    page.goto(path)
    form = page.locator("[data-job=sign-in]")
    form.locator("input[type=email]").fill(ALEX)
    form.locator("input[type=password]").fill(PASSWORD)
    form.locator("button[type=submit]").click()
    expect(form).to_be_hidden()


def team(page: Page, language: Language) -> Locator:
    signed_in(page, f"{HERE[language]}/team/?subscription={ALONE}")
    section = page.locator("[data-team]")
    expect(section.locator("#team-emails")).to_be_visible()
    return section


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_is_pasted_mended_and_added_by_the_keyboard_alone(page: Page, desk: Desk, language: Language) -> None:
    texts, section = Texts(language), team(page, language)
    assert faults(page) == []
    section.locator("#team-emails").fill(SHEET)
    section.locator("#team-emails").press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    check = section.locator("> [data-stage=check]")
    expect(check.locator("[data-focus]")).to_be_focused()
    verdicts = check.locator(".team__verdict")
    expected = ("add", "invalid", "already_a_user", "add")
    expect(verdicts).to_have_text([texts(f"team.words.verdicts.{verdict}") for verdict in expected])
    assert faults(page) == []
    assert len(kept.users(ALONE)) == 1

    mend = check.locator("[data-mend]:visible input")
    expect(mend).to_have_value("nadia.example.com")
    mend.fill("nadia@example.com")
    mend.press("Enter")
    expect(check.locator("[data-confirm]")).to_be_focused()
    expect(check.locator("[data-confirm]")).to_have_text(texts("team.words.confirm", count=3))
    page.keyboard.press("Enter")

    done = section.locator("> [data-stage=done]")
    expect(done).to_be_focused()
    expect(done.locator("[data-slot=title]")).to_have_text(texts("team.words.done_title", count=3))
    expect(done.locator("[data-others]")).to_contain_text(ALEX)
    assert faults(page) == []
    assert len(kept.users(ALONE)) == 4
    assert len(desk.mails()) == 3
    expect(page.locator(".live__status")).to_have_text(texts("live.status_done"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1252", "utf-16"])
def test_a_file_is_read_whatever_wrote_it(page: Page, desk: Desk, tmp_path: Path, encoding: str) -> None:
    section = team(page, "fr")
    file = tmp_path / "équipe.csv"
    content = 'Prénom;Nom;E-mail\r\nHélène;"Le Goff; dite Léa";helene@example.com\r\nZoé;Petit;"zoe@example.com"\r\n'
    file.write_text(content, encoding, newline="")
    section.locator("[type=file]").set_input_files(file)
    expect(section.locator("#team-emails")).to_have_value("helene@example.com\nzoe@example.com")
    expect(section.locator("[data-taken]")).to_contain_text("équipe.csv")


def test_what_is_pasted_is_understood(page: Page, desk: Desk) -> None:
    serve_modules(page)
    page.goto("/")
    found = page.evaluate(
        """async (texts) => {
          const { linesOf } = await import("/modules/pasted.js");
          return texts.map(linesOf);
        }""",
        [
            "a@example.com\n\nb@example.com\n",
            "a@example.com; B <b@example.com>, nobody",
            '"Dupont, Jean" <jean@example.com>, Zoé <zoe@example.com>',
            "Name,Mail\nA,a@example.com\nB,\n",
            "E-mail\na@example.com",
            '"a@example.com"\n"b@example.com"',
            " \n",
        ],
    )
    assert found == [
        ["a@example.com", "b@example.com"],
        ["a@example.com", "B <b@example.com>, nobody"],
        ["Dupont, Jean <jean@example.com>", "Zoé <zoe@example.com>"],
        ["a@example.com", "B"],
        ["a@example.com"],
        ["a@example.com", "b@example.com"],
        [],
    ]


def test_a_long_list_that_is_cut_short_goes_on_and_mails_nobody_twice(page: Page, desk: Desk) -> None:
    signed_in(page, "/team/?subscription=alex-active-floating")
    section = page.locator("[data-team]")
    people = [f"new{number}@example.com" for number in range(60)]
    before = len(kept.users("alex-active-floating"))
    section.locator("#team-emails").fill("\n".join(people))
    section.locator("> [data-stage=form] button[type=submit]").click()
    parts = []

    def lose_the_second_answer(route: object) -> None:
        parts.append(route)
        if len(parts) == 2:
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/users/batch", lose_the_second_answer)
    section.locator("[data-confirm]").click()
    expect(section.locator("> [data-summary]")).to_be_focused()
    section.locator("[data-confirm]").click()
    expect(section.locator("> [data-stage=done]")).to_be_visible()
    assert len(parts) == 3
    assert len(kept.users("alex-active-floating")) == before + 60
    assert len({mail.to for mail in desk.mails()}) == len(desk.mails()) == 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portal_shows_whose_e_mail_bounced_invites_again_and_withdraws(
    page: Page, desk: Desk, language: Language
) -> None:
    texts, alex = Texts(language), desk.client(ALEX)
    emails = ["bounce.b@example.com", *(f"colleague{number}@example.com" for number in range(8))]
    alex.post(f"{users_of(ALONE)}/batch", {"emails": emails})
    desk.settle()
    portal = open_portal(page, ALEX, f"{HERE[language]}/portal/?subscription={ALONE}")
    users = portal.locator("[data-users] > .user")
    expect(users).to_have_count(10)
    which = portal.locator("[data-filter-users] select")
    which.select_option("mail=bounced")
    expect(users).to_have_count(1)
    expect(users.locator("[data-slot=bounced]")).to_have_text(texts("portal.users.bounced"))
    users.locator("[data-toggle]").click()
    assert faults(page) == []
    users.get_by_role("button", name=texts("portal.users.again")).click()
    expect(portal.locator("[data-said]")).to_have_text(texts("portal.users.sent_again", email="bounce.b@example.com"))
    assert len(desk.mails("bounce.b@example.com")) == 2

    which.select_option("")
    expect(users).to_have_count(10)
    portal.locator("[data-filter-users] [type=search]").fill("LEAGUE7")
    expect(users).to_have_count(1)
    users.locator("[data-toggle]").click()
    users.get_by_role("button", name=texts("portal.users.withdraw")).click()
    users.locator("[data-confirm]").click()
    expect(portal.locator("[data-said]")).to_contain_text("colleague7@example.com")
    assert "colleague7@example.com" not in kept.users(ALONE)
    with page.expect_download() as saved:
        portal.locator("[data-export]").click()
    assert saved.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leaver_is_looked_up_then_out_of_everything(page: Page, desk: Desk, language: Language) -> None:
    texts = Texts(language)
    page.set_viewport_size({"width": 320, "height": 700})
    signed_in(page, f"{HERE[language]}/colleague/")
    section = page.locator("[data-leaver]")
    email = section.locator("#leaver-email")
    email.fill("nobody@example.com")
    email.press("Enter")
    expect(section.locator("> [data-summary]")).to_contain_text("nobody@example.com")
    assert faults(page) == []
    transfer = section.get_by_role("link", name=texts("transfer.form.title"))
    expect(transfer).to_be_hidden()
    email.fill(ALEX)
    email.press("Enter")
    expect(transfer).to_be_visible()
    email.fill(SAM)
    email.press("Enter")
    expect(transfer).to_be_hidden()
    check = section.locator("> [data-stage=check]")
    expect(check.locator("[data-list] li")).to_have_count(2)
    expect(page.locator(".live__status")).to_have_text(texts("live.status_next", number=3, count=3))
    assert faults(page) == []
    check.locator("button[type=submit]").click()
    done = section.locator("> [data-stage=done]")
    expect(done).to_be_focused()
    assert not scrolls_sideways(page)
    expect(page.locator(".live__status")).to_have_text(texts("live.status_done"))
    assert SAM not in kept.users("alex-active")


def test_the_list_fits_a_phone(page: Page, desk: Desk) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    section = team(page, "fr")
    section.locator("#team-emails").fill(SHEET + "a" * 60 + "@" + "b" * 60 + ".example.com\n")
    section.locator("> [data-stage=form] button[type=submit]").click()
    expect(section.locator("> [data-stage=check]")).to_be_visible()
    assert not scrolls_sideways(page)
