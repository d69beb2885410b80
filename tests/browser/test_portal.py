"""The portal: what a reader sees of their subscriptions, and what its administrator does there."""

from playwright.sync_api import Page, expect

from infra.local.demo import PASSWORD
from tests.desk import Desk

ADMINISTRATOR = "camille.durand@example.com"
USER = "lea.petit@example.com"


def open_portal(page: Page, email: str, path: str = "/fr/portal/") -> None:
    page.goto(path)
    job = page.locator("[data-portal] [data-job=sign-in]").first
    job.get_by_role("textbox", name="Adresse e-mail").fill(email)
    job.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    job.get_by_role("button", name="Se connecter").click()
    expect(page.locator(".line").first).to_be_visible()


def test_each_line_says_how_its_subscription_stands(page: Page, desk: Desk) -> None:
    open_portal(page, ADMINISTRATOR)
    statuses = set(page.locator(".status").all_inner_texts())
    assert {"Actif", "En attente d’activation", "Terminé"} <= statuses
    expect(page.locator(".line").first).to_contain_text("Individuelle")


def test_a_user_sees_the_line_and_manages_nothing(page: Page, desk: Desk) -> None:
    open_portal(page, USER)
    expect(page.locator(".line").first).to_contain_text(f"Son administrateur est {ADMINISTRATOR}")
    expect(page.locator(".line button")).to_have_count(0)


def test_a_user_is_added_and_removed_and_both_are_announced(page: Page, desk: Desk) -> None:
    open_portal(page, ADMINISTRATOR)
    line = page.locator(".line").first
    line.get_by_role("button").first.click()
    line.get_by_label("Adresse e-mail").last.fill("nouvelle@example.com")
    line.get_by_role("button", name="Ajouter l’utilisateur").click()
    expect(page.locator("[data-announce]")).to_have_text("nouvelle@example.com a été ajouté.")
    user = line.locator(".user", has_text="nouvelle@example.com")
    expect(user).to_be_visible()

    user.get_by_role("button", name="Options pour nouvelle@example.com").click()
    user.get_by_role("button", name="Retirer", exact=True).click()
    expect(user.get_by_text("Retirer nouvelle@example.com\u00a0?")).to_be_focused()
    user.get_by_role("button", name="Garder l’utilisateur").click()
    expect(user.get_by_role("button", name="Options pour nouvelle@example.com")).to_be_focused()

    user.get_by_role("button", name="Options pour nouvelle@example.com").click()
    user.get_by_role("button", name="Retirer", exact=True).click()
    user.get_by_role("button", name="Retirer l’utilisateur").click()
    expect(user).to_have_count(0)
    expect(page.locator("[data-announce]")).to_contain_text("n’a plus accès")
    assert page.evaluate("document.activeElement !== document.body")

    line.get_by_role("tab", name="Gérer l’abonnement").click()
    history = line.locator("[data-history]")
    expect(history.get_by_role("listitem").first).to_contain_text("nouvelle@example.com")


def test_tabs_follow_the_arrow_keys(page: Page, desk: Desk) -> None:
    open_portal(page, ADMINISTRATOR)
    page.locator(".line").first.get_by_role("button").first.click()
    page.get_by_role("tab", name="Gérer les utilisateurs").press("ArrowRight")
    expect(page.get_by_role("tab", name="Gérer l’abonnement")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Gérer l’abonnement")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Gérer la facturation")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Gérer les utilisateurs")).to_be_focused()


def test_a_link_opens_its_line(page: Page, desk: Desk) -> None:
    open_portal(page, ADMINISTRATOR)
    identifier = page.locator(".line").nth(1).get_attribute("id")
    page.goto("/fr/")
    page.goto(f"/fr/portal/#{identifier}")
    toggle = page.locator(".line").nth(1).get_by_role("button").first
    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "true")


def test_a_long_list_of_users_comes_page_by_page(page: Page, desk: Desk) -> None:
    client = desk.client(ADMINISTRATOR)
    subscriptions = client.get("/api/subscriptions").json()["items"]
    roomy = next(each for each in subscriptions if each["licence"] == "floating" and each["status"] == "active")
    for number in range(25):
        answer = client.post(f"/api/subscriptions/{roomy['id']}/users", {"email": f"user{number:02}@example.com"})
        assert answer.status_code == 201
    open_portal(page, ADMINISTRATOR, f"/fr/portal/#{roomy['id']}")
    users = page.locator(".user")
    expect(users).to_have_count(20)

    page.get_by_role("button", name="Afficher la suite").click()

    expect(users).to_have_count(26 - (roomy["seats_used"] == 0))
    expect(page.get_by_role("button", name="Afficher la suite")).to_be_hidden()


def test_what_is_open_and_typed_outlives_the_session(page: Page, desk: Desk) -> None:
    open_portal(page, ADMINISTRATOR)
    line = page.locator(".line").first
    line.get_by_role("button").first.click()
    email = line.locator("[data-job=add-user] > form input[type=email]")
    email.fill("nouvelle@example.com")
    page.context.clear_cookies()
    line.get_by_role("button", name="Ajouter l’utilisateur").click()
    expect(page.get_by_text("ce que vous avez saisi est toujours là").locator("visible=true")).to_be_focused()

    job = page.locator("[data-portal] > [data-stage=sign-in]")
    job.get_by_role("textbox", name="Adresse e-mail").fill(ADMINISTRATOR)
    job.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    job.get_by_role("button", name="Se connecter").click()

    expect(email).to_have_value("nouvelle@example.com")
