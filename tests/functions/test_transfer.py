"""Transfer: the role passes to another user, in one change, and the former administrator is out with the answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from functions.shared import clock
from functions.shared.texts import Texts
from tests import kept
from tests.customers import PASSWORD, registered
from tests.desk import Client, Desk, unwrapped

CAMILLE, LEA, ALEX, NOOR = (
    "camille.durand@example.com",
    "lea.petit@example.com",
    "alex.morgan@example.com",
    "noor.haddad@example.com",
)
SUBSCRIPTION = "/api/subscriptions/camille-active"
ADMINISTRATOR = f"{SUBSCRIPTION}/administrator"


def has_software(client: Client) -> bool:
    allowed: bool = client.get("/api/access?product=PROFIS%20Engineering").json()["allowed"]
    return allowed


def test_the_new_administrator_has_portal_and_software_and_the_former_one_has_neither(desk: Desk) -> None:
    camille, lea = desk.client(CAMILLE), desk.client(LEA)

    answer = camille.post(ADMINISTRATOR, {"email": LEA})

    assert (answer.status_code, answer.json()) == (200, {"subscription_id": "camille-active", "administrator": LEA})
    assert camille.get(SUBSCRIPTION).json()["code"] == "not_found"
    assert "camille-active" not in [each["id"] for each in camille.get("/api/subscriptions").json()["items"]]
    assert not has_software(camille)
    shown = lea.get(SUBSCRIPTION).json()
    assert (shown["role"], shown["administrator"], shown["seats_used"]) == ("administrator", LEA, 1)
    assert [user["email"] for user in shown["users"]["items"]] == [LEA]
    assert has_software(lea)


def test_both_are_told_in_their_language_and_it_stays_in_the_history(desk: Desk) -> None:
    desk.client("alex.morgan@example.com").post(
        "/api/subscriptions/alex-active/administrator", {"email": "sam.taylor@example.com"}
    )
    desk.client(CAMILLE).post(ADMINISTRATOR, {"email": LEA})

    [gained], [lost] = desk.mails(LEA), desk.mails(CAMILLE)
    assert gained.subject == "Vous êtes désormais l’administrateur de PROFIS Engineering (G-2026-000101)"
    assert "/fr/portal/?subscription=camille-active" in gained.text
    assert "ni au logiciel" in unwrapped(lost)
    [lost_in_english] = desk.mails(ALEX)
    assert "nor to the software" in unwrapped(lost_in_english)
    newest = desk.client(LEA).get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert newest["event"] == "transferred"
    assert newest["text"] == (f"{CAMILLE} a transféré les droits d’administrateur de PROFIS Engineering à {LEA}.")


@pytest.mark.parametrize("email", ["nobody@example.com", NOOR, CAMILLE])
def test_only_another_user_can_receive_the_role(desk: Desk, email: str) -> None:
    camille = desk.client(CAMILLE)

    answer = camille.post(ADMINISTRATOR, {"email": email})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_user")
    assert kept.read_subscription("camille-active").administrator == CAMILLE
    assert kept.users("camille-active") == {CAMILLE: "administrator", LEA: "user"}
    assert not desk.mails()


def test_an_address_is_the_same_person_however_it_is_written(desk: Desk) -> None:
    answer = desk.client(CAMILLE).post(ADMINISTRATOR, {"email": "  Lea.PETIT@Example.com "})
    assert answer.json()["administrator"] == LEA


def test_users_may_not_and_outsiders_find_nothing(desk: Desk) -> None:
    assert desk.client(LEA).post(ADMINISTRATOR, {"email": LEA}).json()["code"] == "forbidden"
    outsider = desk.client(NOOR).post(ADMINISTRATOR, {"email": NOOR})
    nothing = desk.client(NOOR).post("/api/subscriptions/no-such/administrator", {"email": NOOR})
    assert (outsider.status_code, outsider.json()["code"]) == (404, "not_found")
    assert outsider.json() | {"request_id": ""} == nothing.json() | {"request_id": ""}
    assert desk.client().post(ADMINISTRATOR, {"email": LEA}).json()["code"] == "not_signed_in"


@pytest.mark.parametrize("status", ["trial", "ended", "trial_ended", "awaiting_signature"])
def test_only_a_subscription_in_use_is_transferred(desk: Desk, status: str) -> None:
    kept.write_subscription(CAMILLE, kept.read_subscription("camille-active").end, LEA, status=status)

    answer = desk.client(CAMILLE).post("/api/subscriptions/one-of-my-own/administrator", {"email": LEA})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_active")


def test_a_cancelled_subscription_passes_on_until_its_last_day(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    camille.post(f"{SUBSCRIPTION}/cancellation", {"reason": "other"})
    assert camille.post(ADMINISTRATOR, {"email": LEA}).status_code == 200
    assert desk.client(LEA).delete(f"{SUBSCRIPTION}/cancellation").json()["status"] == "active"


def test_a_repeat_gives_the_same_answer_and_does_nothing_more(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    first = camille.post(ADMINISTRATOR, {"email": LEA}, key="once")
    again = camille.post(ADMINISTRATOR, {"email": LEA}, key="once")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert len(desk.mails()) == 2
    other = camille.post(ADMINISTRATOR, {"email": NOOR}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_of_two_transfers_at_once_one_wins(desk: Desk) -> None:
    candidates = (LEA, NOOR)
    desk.client(CAMILLE).post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    callers = [desk.client(CAMILLE) for _ in range(6)]

    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(
            pool.map(
                lambda numbered: numbered[1].post(ADMINISTRATOR, {"email": candidates[numbered[0] % 2]}),
                enumerate(callers),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404, 404]
    [won] = [answer.json()["administrator"] for answer in answers if answer.status_code == 200]
    [other] = [email for email in candidates if email != won]
    assert kept.read_subscription("camille-active").administrator == won
    assert kept.users("camille-active") == {won: "administrator", other: "user"}
    assert [event["type"] for event in kept.events("camille-active")].count("transferred") == 1


def test_a_transfer_and_the_removal_of_its_receiver_at_once_leave_one_administrator(desk: Desk) -> None:
    for _ in range(5):
        desk.reset()
        callers = desk.client(CAMILLE), desk.client(CAMILLE)
        with ThreadPoolExecutor(2) as pool:
            transferring = pool.submit(callers[0].post, ADMINISTRATOR, {"email": LEA})
            removing = pool.submit(callers[1].delete, f"{SUBSCRIPTION}/users/{LEA}")
        roles = kept.users("camille-active")
        subscription = kept.read_subscription("camille-active")
        outcome = transferring.result().status_code, removing.result().status_code
        assert outcome in ((200, 404), (409, 204))
        assert roles == {subscription.administrator: "administrator"}
        assert subscription.users == 1


NEW = "new.colleague@example.com"


def passed_to_an_invited_one(desk: Desk) -> Client:
    """Camille's subscription in the hands of an address that has no account."""
    camille = desk.client(CAMILLE)
    assert camille.post(f"{SUBSCRIPTION}/users", {"email": NEW}).json()["status"] == "invited"
    assert camille.post(ADMINISTRATOR, {"email": NEW}).status_code == 200
    assert camille.get(SUBSCRIPTION).status_code == 404
    return camille


def test_of_an_address_without_an_account_both_are_told_what_happens_next(desk: Desk) -> None:
    passed_to_an_invited_one(desk)

    offered, added = desk.mails(NEW)
    [lent] = desk.mails(CAMILLE)
    for mail in (added, offered):
        assert "/fr/register/#email=new.colleague@example.com" in mail.text
        assert "?" not in mail.text.partition("/fr/register/")[2].split()[0]
    back_on = Texts("fr").filled("{day}", {"day": clock.day(desk.cloud.now()) + timedelta(days=7)})
    for mail in (offered, lent):
        assert back_on in unwrapped(mail)


def test_a_role_that_nobody_claims_goes_back_after_a_week(desk: Desk) -> None:
    camille = passed_to_an_invited_one(desk)
    desk.advance("6d")
    desk.settle()
    assert kept.read_subscription("camille-active").administrator == NEW
    camille = desk.client(CAMILLE)
    assert not has_software(camille)

    desk.advance("1d")
    desk.settle()

    subscription = kept.read_subscription("camille-active")
    assert (subscription.administrator, subscription.unclaimed) == (CAMILLE, None)
    assert kept.users("camille-active") == {CAMILLE: "administrator", LEA: "user", NEW: "user"}
    assert subscription.users == 3
    camille = desk.client(CAMILLE)
    assert has_software(camille)
    newest = camille.get(f"{SUBSCRIPTION}/history").json()["items"][0]
    assert (newest["event"], CAMILLE in newest["text"], NEW in newest["text"]) == ("role_returned", True, True)
    assert "de nouveau l’administrateur" in desk.mails(CAMILLE)[0].subject
    assert "reviennent à camille.durand@example.com" in unwrapped(desk.mails(NEW)[0])
    before = desk.mails(CAMILLE), desk.mails(NEW)
    desk.advance("7d")
    assert (desk.mails(CAMILLE), desk.mails(NEW)) == before


def test_a_role_that_is_claimed_stays(desk: Desk) -> None:
    passed_to_an_invited_one(desk)
    desk.advance("2d")
    registered(desk, email=NEW)
    desk.settle()
    desk.advance("5d")
    desk.settle()

    subscription = kept.read_subscription("camille-active")
    assert (subscription.administrator, subscription.unclaimed) == (NEW, None)
    assert kept.users("camille-active") == {NEW: "administrator", LEA: "user"}
    shown = desk.client().sign_in(NEW, PASSWORD).get(SUBSCRIPTION).json()
    assert shown["role"] == "administrator"


def test_a_role_that_is_claimed_and_passed_on_to_another_waits_for_that_one(desk: Desk) -> None:
    passed_to_an_invited_one(desk)
    registered(desk, email=NEW)
    desk.advance("2d")
    new = desk.client().sign_in(NEW, PASSWORD)
    other = "other.colleague@example.com"
    new.post(f"{SUBSCRIPTION}/users", {"email": other})
    assert new.post(ADMINISTRATOR, {"email": other}).status_code == 200

    desk.advance("5d")
    desk.settle()
    assert kept.read_subscription("camille-active").administrator == other
    desk.advance("2d")
    desk.settle()

    assert kept.read_subscription("camille-active").administrator == NEW


def test_an_invitation_says_who_has_an_account_only_to_its_reader(desk: Desk) -> None:
    camille = desk.client(CAMILLE)
    camille.post(f"{SUBSCRIPTION}/users", {"email": NOOR})
    camille.post(f"{SUBSCRIPTION}/users", {"email": "a+b@example.com"})

    [known], [unknown] = desk.mails(NOOR), desk.mails("a+b@example.com")
    assert "/portal/?subscription=camille-active#email=noor.haddad@example.com" in known.text
    assert "/register/#email=a%2Bb@example.com" in unknown.text
