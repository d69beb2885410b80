"""Support's window: what a customer sees, which e-mails left and arrived, and one of them again; each look is noted."""

import json
import re
from datetime import timedelta
from itertools import permutations
from typing import Any
from unittest import mock

import boto3
import httpx
import pytest

from functions.onboarding.password import PASSWORD_FORGOTTEN
from functions.onboarding.registration import REGISTRATION_REQUESTED
from functions.shared import clock, mail_log
from functions.shared.events import Holds, Mail
from functions.shared.items import Delete, Key, Put, next_version
from functions.shared.mail_log import Fate
from functions.shared.session import account_key
from functions.subscriptions.cancellation import LINK_MADE
from functions.subscriptions.invitation import INVITATION_RENEWED
from functions.subscriptions.subscription import state_key
from functions.subscriptions.transfer import TRANSFER
from functions.support import look_up, send_again
from infra import person
from tests import kept
from tests.customers import STAFF, code
from tests.desk import Client, Desk
from tests.functions.everywhere import Caller, unlike
from tests.journeys import Call
from tests.journeys.given import Given
from tests.journeys.support import mailed, supporter, with_code, with_link

ROBIN, CAMILLE, LEA, MARC, NADIA = (
    f"{name}@example.com" for name in ("robin.faure", "camille.durand", "lea.petit", "marc.leroy", "nadia.rivoli")
)
LOOKUPS = "/api/support/lookups"
ACTIVE = "camille-active"


@pytest.fixture
def given(desk: Desk) -> Given:
    """People of the test's own beside the demo's."""
    return Given(kept.cloud())


@pytest.fixture
def caller(desk: Desk, given: Given) -> Caller:
    """Who sends their calls."""
    return Caller(desk, given)


def looked(who: Client, key: Any = ..., **asked: Any) -> Any:
    answer = who.post(LOOKUPS, asked, key=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def again(who: Client, mail: str, key: Any = ...) -> httpx.Response:
    return who.post(f"/api/support/mails/{mail}/again", key=key)


def happenings(who: Client, subscription: str) -> list[Any]:
    items: list[Any] = who.get(f"/api/subscriptions/{subscription}/history").json()["items"]
    return items


# ---- what is seen ------------------------------------------------------------------------------------------------


def test_it_is_what_the_owner_sees(desk: Desk) -> None:
    camille, robin = desk.client(CAMILLE, language="fr"), desk.client(ROBIN, language="fr")
    own = {one["id"]: one for one in camille.get("/api/subscriptions?limit=100").json()["items"]}
    number = own[ACTIVE]["contract_number"]

    seen = looked(robin, contract_number=number)

    who = camille.get("/api/session").json()
    assert seen["account"] == who | {"onboarding": camille.get("/api/onboarding").json()}
    first, *others = seen["subscriptions"]
    assert first["id"] == ACTIVE
    assert {one["id"] for one in others} == own.keys() - {ACTIVE}
    for number, one in enumerate(seen["subscriptions"]):
        counted, history = one.pop("users_count"), one.pop("history")
        assert one == own[one["id"]]
        assert counted == kept.read_subscription(one["id"]).users
        told = happenings(camille, one["id"])
        # The look itself stands there, and comes first.
        assert told[0]["event"] == "support_looked"
        assert history == (told if number < look_up.HISTORIES_SHOWN else None)
    assert seen["more_subscriptions"] is False


@pytest.mark.parametrize("written", ["{}", " {} ", "{lower}", "{blanks}", "{lower_blanks}", "n° {}", "{bare}"])
def test_however_a_contract_number_is_written(desk: Desk, written: str) -> None:
    number = kept.read_subscription(ACTIVE).contract_number
    ways = {"lower": number.lower(), "blanks": number.replace("-", " "), "bare": number.replace("-", "")}
    ways["lower_blanks"] = ways["blanks"].lower()
    seen = looked(desk.client(ROBIN), contract_number=written.format(number, **ways))
    assert (seen["subscriptions"][0]["id"], seen["account"]["email"]) == (ACTIVE, CAMILLE)


def test_however_an_address_is_written_and_a_user_is_shown_as_they_are(desk: Desk) -> None:
    seen = looked(desk.client(ROBIN), email=f"  <{LEA.upper()}> ")
    assert seen["account"]["email"] == LEA
    assert {one["role"] for one in seen["subscriptions"]} == {"user"}
    # What they do not read themselves, support does not through them.
    assert [one["history"] for one in seen["subscriptions"]] == [None] * 2
    actions = [one for subscription in seen["subscriptions"] for one in subscription["actions"]]
    # To become the administrator is for users to ask.
    assert {one["action"] for one in actions if one["reason"] != "forbidden"} == {"take_over"}


@pytest.mark.parametrize("asked", [{}, {"contract_number": "G-2026-1", "email": CAMILLE}, {"email": None}])
def test_one_of_the_two_is_asked_for(desk: Desk, asked: Any) -> None:
    answer = desk.client(ROBIN).post(LOOKUPS, asked)
    assert answer.status_code == 422
    errors = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert errors == [("contract_number", "one_of_two"), ("email", "one_of_two")]


@pytest.mark.parametrize(
    "asked", [{"contract_number": "G-2026-0000000000"}, {"contract_number": "what?"}, {"email": "nobody@example.com"}]
)
def test_what_there_is_not(desk: Desk, asked: Any) -> None:
    answer = desk.client(ROBIN).post(LOOKUPS, asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("who", [STAFF, CAMILLE])
def test_to_anyone_else_there_is_no_such_window(desk: Desk, who: str) -> None:
    there, nowhere = (desk.client(who).post(LOOKUPS, {"email": email}) for email in (MARC, "nobody@example.com"))
    mail = desk.client(who).post("/api/support/mails/any/again")
    answers = [answer.json() | {"request_id": ""} for answer in (there, nowhere, mail)]
    assert {answer.status_code for answer in (there, nowhere, mail)} == {404}
    assert answers[0] == answers[1] == answers[2]
    assert "support_looked" not in kept.everything()


def test_support_has_nothing_of_the_customers_own(desk: Desk) -> None:
    robin = desk.client(ROBIN)
    looked(robin, email=CAMILLE)
    before = kept.read_subscription(ACTIVE)
    for method, path in (
        ("GET", ""),
        ("GET", "/history"),
        ("GET", "/contract"),
        ("GET", "/users"),
        ("POST", "/cancellation"),
        ("POST", "/administrator"),
    ):
        body = {"reason": "other"} if path == "/cancellation" else {"email": LEA} if path == "/administrator" else None
        answer = robin.call(method, f"/api/subscriptions/{ACTIVE}{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    account = looked(robin, email=MARC)["account"]["account_id"]
    assert robin.get(f"/api/reviews/{account}").status_code == 404
    assert kept.read_subscription(ACTIVE) == before


def test_no_code_no_link_no_paper(desk: Desk) -> None:
    marc = desk.client()
    marc.post("/api/password/forgot", {"email": MARC})
    digits = code(desk, MARC)
    seen = looked(desk.client(ROBIN), email=MARC)
    [mail] = seen["mails"]
    assert (mail["kind"], mail["subject"], mail["state"]) == (
        "password.code",
        "•••••• est votre code pour un nouveau mot de passe",
        "delivered",
    )
    told = json.dumps(seen)
    assert digits not in told
    assert not re.search(r"https?://|\"(url|token|seed|link|login|file|sha256|uploads)\"", told)
    # Nor does the log keep it.
    [[_, entry]] = kept.store().query(f"USER#{MARC}", first="MAIL#", last="MAIL#~")
    assert digits not in json.dumps(entry)
    assert "seed" not in json.dumps(entry)


def test_an_administrator_without_an_account_has_a_contract_all_the_same(caller: Caller, given: Given) -> None:
    subscription = given.subscription(given.address("nobody"))
    number = given.kept(subscription).contract_number
    seen = caller.send(Call(look_up.LOOK_UP, supporter(given), body={"contract_number": number})).json()
    assert (seen["account"], [one["id"] for one in seen["subscriptions"]]) == (None, [subscription])


# ---- many --------------------------------------------------------------------------------------------------------


def test_a_hundred_subscriptions_within_what_lambda_gives(desk: Desk) -> None:
    nadia, robin = desk.client(NADIA), desk.client(ROBIN)
    last = nadia.get("/api/subscriptions?limit=100").json()["items"][-1]
    with desk.operations() as calls:
        answer = robin.post(LOOKUPS, {"contract_number": last["contract_number"]})
    seen = answer.json()
    assert [seen["subscriptions"][0]["id"], len(seen["subscriptions"])] == [last["id"], 100]
    assert [one["history"] is not None for one in seen["subscriptions"]] == [True] * 10 + [False] * 90
    # Lambda answers 6 MB at most; and what takes the same calls takes the same time.
    assert len(answer.content) < 1_000_000
    assert len(calls) <= 30, calls
    assert all(happenings(nadia, one["id"])[0]["event"] == "support_looked" for one in seen["subscriptions"][::33])


def test_beyond_a_hundred_a_contracts_own_number_finds_it(caller: Caller, given: Given, monkeypatch: Any) -> None:
    monkeypatch.setattr(look_up, "SUBSCRIPTIONS_SHOWN", 2)
    admin, robin = given.person(), supporter(given)
    names = sorted(given.subscription(admin) for _ in range(3))
    by_address = caller.send(Call(look_up.LOOK_UP, robin, body={"email": admin})).json()
    assert [one["id"] for one in by_address["subscriptions"]] == names[:2]
    assert by_address["more_subscriptions"] is True
    number = given.kept(names[2]).contract_number
    by_number = caller.send(Call(look_up.LOOK_UP, robin, body={"contract_number": number})).json()
    assert [one["id"] for one in by_number["subscriptions"]] == [names[2], names[0]]


@pytest.mark.parametrize("limit", [look_up.LOOKS_AN_HOUR, look_up.LOOKS_A_DAY])
def test_whoever_reads_very_many_is_stopped_and_counted(caller: Caller, given: Given, limit: Any) -> None:
    robin, other = supporter(given), given.person("other", roles=["support"])
    given.use_up(limit, robin, left=2)
    nobody = Call(look_up.LOOK_UP, robin, body={"email": given.address("nobody")})
    # What finds nobody counts too.
    assert [caller.send(nobody).status_code for _ in range(3)] == [404, 404, 429]
    assert caller.send(unlike(nobody, body={"email": other})).headers["Retry-After"]
    assert caller.send(unlike(nobody, by=other)).status_code == 404


def test_a_look_is_measured(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    looked(desk.client(ROBIN), email=MARC)
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"support looked"' in line]
    assert (line["SupportLooks"], line["subscriptions"]) == (1, 0)
    assert MARC not in json.dumps(line)
    assert line["person"]


# ---- who was looked at knows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Support looked at this subscription to help you."),
        ("fr", "L’assistance a consulté cet abonnement pour vous aider."),
    ],
)
def test_each_look_stands_in_the_owners_history(desk: Desk, language: str, words: str) -> None:
    looked(desk.client(ROBIN), email=CAMILLE)
    happened = happenings(desk.client(CAMILLE, language=language), ACTIVE)[0]
    assert (happened["event"], happened["text"], happened["by"]) == ("support_looked", words, "support")
    assert ROBIN not in json.dumps(happened)


def test_a_look_at_somebody_without_subscriptions_stands_with_their_account(desk: Desk, given: Given) -> None:
    looked(desk.client(ROBIN), email=MARC)
    exported = person.export(_operators(given), MARC, clock.now())
    [look] = [one for one in exported["happenings_to_the_account"] if one["what"] == "support_looked_at_account"]
    # Who it was is somebody else's to know.
    assert look["by"] == "…"
    [kept_one] = [one for one in kept.stored() if one.get("type") == {"S": "support_looked_at_account"}]
    assert kept_one["by"] == {"S": ROBIN}


def test_it_is_noted_before_it_is_answered_once_for_a_key(desk: Desk) -> None:
    robin = desk.client(ROBIN)
    with mock.patch.object(look_up, "_mails", side_effect=KeyError):
        assert robin.post(LOOKUPS, {"email": CAMILLE}, key="one").status_code == 500
    assert len(_looks()) == 1
    looked(robin, key="one", email=CAMILLE)
    looked(robin, key="one", email=CAMILLE)
    assert len(_looks()) == 1
    reused = robin.post(LOOKUPS, {"email": MARC}, key="one")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    looked(robin, key="two", email=CAMILLE)
    assert len(_looks()) == 2


def _looks() -> list[Any]:
    return [event for event in kept.events(ACTIVE) if event["type"] == "support_looked"]


def test_an_old_key_is_another_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    robin = desk.client(ROBIN)
    monkeypatch.setattr("functions.shared.desk._LOOK_REMEMBERED_SECONDS", -1)
    looked(robin, key="one", email=CAMILLE)
    looked(robin, key="one", email=CAMILLE)
    assert len(_looks()) == 2


# ---- the e-mails -------------------------------------------------------------------------------------------------


def test_what_became_of_each(desk: Desk, given: Given) -> None:
    bouncing = given.person("bounce")
    given.subscription(bouncing)
    camille = desk.client(CAMILLE)
    camille.post(f"/api/subscriptions/{ACTIVE}/cancellation", {"reason": "other"})
    desk.client().post("/api/password/forgot", {"email": bouncing})
    desk.settle()
    robin = desk.client(ROBIN)
    [mail] = looked(robin, email=CAMILLE)["mails"]
    assert (mail["kind"], mail["to"], mail["state"]) == ("cancellation.cancelled", CAMILLE, "delivered")
    [bounced] = looked(robin, email=bouncing)["mails"]
    assert (bounced["to"], bounced["state"]) == (bouncing, "bounced")


def test_they_are_forgotten_after_90_days(desk: Desk, given: Given) -> None:
    mail = mailed(given, CAMILLE, ACTIVE)
    key = mail_log.key(CAMILLE, mail)
    entry = kept.item(key)
    assert 89.9 < (entry["expires_at"] - clock.now().timestamp()) / 86400 <= 90
    robin = desk.client(ROBIN)
    assert [one["id"] for one in looked(robin, email=CAMILLE)["mails"]] == [mail]
    # DynamoDB takes its time to forget.
    given.write(Put(key, {**entry, "at": clock.rfc3339(clock.now() - timedelta(days=90, seconds=1))}))
    assert looked(robin, email=CAMILLE)["mails"] == []


FATES: tuple[Fate, ...] = ("sending", "failed", "sent", "put_off", "delivered", "bounced")


@pytest.mark.parametrize("told", [*permutations(FATES[2:], 3)])
def test_whatever_is_told_first_the_last_word_stays(told: tuple[Fate, ...]) -> None:
    key = mail_log.key(CAMILLE, "any")
    entry: dict[str, Any] = {"state": "sending", "version": 1}
    for fate in (*told, told[0]):
        if change := mail_log.noted(key, entry, fate):
            entry = dict(change.attributes)
    assert entry["state"] == max(told, key=FATES.index)


def test_one_that_is_being_sent_is_not_shown_until_whoever_sends_it_has_died() -> None:
    now = clock.now()
    entry = {"state": "sending", "at": clock.rfc3339(now)}
    assert mail_log.state(entry, now) is None
    assert mail_log.state(entry, now + timedelta(minutes=2)) == "failed"
    assert mail_log.state(entry | {"state": "rejected"}, now) == "failed"


@pytest.mark.parametrize(
    "name", ["", "any", "../session", "20261126170703691652-" + "0" * 32 + "-00000000", "G-2026-1"]
)
def test_no_such_mail(desk: Desk, name: str) -> None:
    assert again(desk.client(ROBIN), name).status_code == 404


# ---- sent again ---------------------------------------------------------------------------------------------------


def test_it_is_sent_again_to_the_same_person_once(desk: Desk) -> None:
    camille, robin = desk.client(CAMILLE), desk.client(ROBIN)
    camille.post(f"/api/subscriptions/{ACTIVE}/cancellation", {"reason": "other"})
    [first] = desk.mails(CAMILLE)
    [mail] = looked(robin, email=CAMILLE)["mails"]

    for _ in range(2):
        answer = again(robin, mail["id"], key="once")
        assert (answer.status_code, answer.json()["to"], answer.json()["subscription"]) == (202, CAMILLE, ACTIVE)

    second, former = desk.mails()
    assert (second.to, second.subject, second.text, second.html) == (CAMILLE, first.subject, first.text, first.html)
    assert former == first
    newest, oldest = looked(robin, email=CAMILLE)["mails"]
    assert oldest == mail
    assert (newest["kind"], newest["subject"], newest["state"]) == (mail["kind"], mail["subject"], "delivered")
    happened = happenings(camille, ACTIVE)
    assert [one["event"] for one in happened].count("support_mailed_again") == 1
    assert ROBIN not in json.dumps(happened)
    # One that was sent again can be so, too.
    assert again(robin, newest["id"]).status_code == 202
    assert len(desk.mails()) == 3


def test_a_code_is_the_same_one_while_it_opens(desk: Desk) -> None:
    browser = desk.client()
    browser.post("/api/password/forgot", {"email": CAMILLE})
    digits, robin = code(desk, CAMILLE), desk.client(ROBIN)
    [mail] = looked(robin, email=CAMILLE)["mails"]
    assert again(robin, mail["id"]).status_code == 202
    assert [digits in sent.subject for sent in desk.mails(CAMILLE)] == [True, True]
    reset = {"email": CAMILLE, "code": digits, "password": "a heron stands in the shallow river"}
    assert browser.post("/api/password/reset", reset).status_code == 204
    refused = again(robin, mail["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "no_longer_useful")


def test_no_more_than_five_a_day_for_a_person(desk: Desk) -> None:
    robin = desk.client(ROBIN)
    desk.client(CAMILLE).post(f"/api/subscriptions/{ACTIVE}/cancellation", {"reason": "other"})
    desk.settle()
    [mail] = looked(robin, email=CAMILLE)["mails"]
    assert [again(robin, mail["id"]).status_code for _ in range(6)] == [202] * 5 + [429]
    desk.advance("1d")
    assert again(robin, mail["id"]).status_code == 202


class Moves:
    """How what an e-mail says comes to be so no longer: each writes, of an e-mail that is useful, what ends that."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.admin = given.person()
        self.colleague = given.person("colleague")

    def code_spent(self) -> tuple[str, Any]:
        key, about = with_code(self.given, self.admin)
        name = mailed(self.given, self.admin, None, PASSWORD_FORGOTTEN.name, PASSWORD_FORGOTTEN.mails[0], **about)
        return name, lambda: self.given.write(Delete(key))

    def code_guessed_at(self) -> tuple[str, Any]:
        key, about = with_code(self.given, self.admin)
        name = mailed(self.given, self.admin, None, PASSWORD_FORGOTTEN.name, PASSWORD_FORGOTTEN.mails[0], **about)
        return name, lambda: self._changed(key, tries=5)

    def code_superseded(self) -> tuple[str, Any]:
        key, about = with_code(self.given, self.admin)
        name = mailed(self.given, self.admin, None, PASSWORD_FORGOTTEN.name, PASSWORD_FORGOTTEN.mails[0], **about)
        return name, lambda: self._changed(key, seed="another")

    def code_too_old(self) -> tuple[str, Any]:
        key, about = with_code(self.given, self.admin)
        name = mailed(self.given, self.admin, None, PASSWORD_FORGOTTEN.name, PASSWORD_FORGOTTEN.mails[0], **about)
        return name, lambda: self._changed(key, until=clock.rfc3339(clock.now()))

    def link_used(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin)
        key, about = with_link(self.given, subscription, "cancellation")
        name = mailed(self.given, self.admin, subscription, LINK_MADE.name, LINK_MADE.mails[0], **about)
        return name, lambda: self.given.write(Delete(key))

    def link_too_old(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin)
        key, about = with_link(self.given, subscription, "cancellation")
        name = mailed(self.given, self.admin, subscription, LINK_MADE.name, LINK_MADE.mails[0], **about)
        return name, lambda: self._changed(key, valid_until=clock.rfc3339(clock.now()))

    def subscription_moved_on(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin, status="awaiting_terms")
        _, about = with_link(self.given, subscription, "terms")
        told = INVITATION_RENEWED
        name = mailed(self.given, self.admin, subscription, told.name, told.mails[0], **about)
        return name, lambda: self._changed(state_key(subscription), status="awaiting_activation")

    def role_passed_on(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin, self.colleague)
        name = mailed(self.given, self.admin, subscription)
        move = Call(TRANSFER, self.admin, {"subscription_id": subscription}, {"email": self.colleague})
        return name, move

    def event_gone(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin)
        name = mailed(self.given, self.admin, subscription)
        entry = self.given.of_person(self.admin)[mail_log.key(self.admin, name)]
        return name, lambda: self.given.write(Delete(Key(*entry["about"])))

    def paper_sent(self) -> tuple[str, Any]:
        documents = {"kbis": _document("ask_again")}
        self._changed(account_key(self.admin), documents=documents, account_status="pending")
        mail = Mail("reviews.mails.asked_again", holds=Holds(paper=("ask_again",)))
        name = mailed(self.given, self.admin, None, "paper_asked_again", mail, kind="kbis")
        return name, lambda: self._changed(account_key(self.admin), documents={"kbis": _document("in_review")})

    def day_over(self) -> tuple[str, Any]:
        mail = Mail("deadlines.mails.reminder", holds=Holds(account=("pending",), that_day=True))
        self._changed(account_key(self.admin), account_status="pending")
        name = mailed(self.given, self.admin, None, "papers_missing", mail)
        entry = self.given.of_person(self.admin)[mail_log.key(self.admin, name)]
        at = clock.rfc3339(clock.now() - timedelta(days=1))
        return name, lambda: self._changed(Key(*entry["about"]), at=at)

    def date_passed(self) -> tuple[str, Any]:
        subscription = self.given.subscription(self.admin)
        mail = Mail("renewal.mails.notice", holds=Holds(("active",), until="renews_on"))
        tomorrow = self.given.today() + timedelta(days=1)
        name = mailed(self.given, self.admin, subscription, "renewal_noticed", mail, renews_on=tomorrow)
        entry = self.given.of_person(self.admin)[mail_log.key(self.admin, name)]
        past = {"data": {"subscription": subscription, "renews_on": {"date": self.given.today().isoformat()}}}
        return name, lambda: self._changed(Key(*entry["about"]), **past)

    def _changed(self, key: Any, **changes: Any) -> None:
        item = kept.item(key)
        changed = {**item, **changes}
        self.given.write(next_version(key, changed) if "version" in item else Put(key, changed))


MOVES = [name for name in vars(Moves) if not name.startswith("_")]


@pytest.mark.parametrize("move", MOVES)
def test_what_is_of_no_use_any_more_is_not_sent(desk: Desk, caller: Caller, given: Given, move: str) -> None:
    with desk.cloud.nothing_delivered():
        robin = supporter(given)
        name, ends = getattr(Moves(given), move)()
        wanted = Call(send_again.SEND, robin, {"mail": name})
        assert caller.send(wanted).status_code == 202
        if isinstance(ends, Call):
            assert caller.send(ends).status_code == 200
        else:
            ends()
        refused = caller.send(wanted)
        assert (refused.status_code, refused.json()["code"]) == (409, "no_longer_useful")


def _document(status: str) -> dict[str, Any]:
    return {"status": status, "uploads": []}


def _operators(given: Given) -> person.Desk:
    return person.Desk(given.cloud, boto3.client("dynamodb"))


def test_what_left_for_whom_has_no_account_shows_once_they_have_one(desk: Desk) -> None:
    assert REGISTRATION_REQUESTED.mails[0].texts == "registration.mails.code"
    new = desk.client()
    asked = {"email": "new@example.com", "password": "a heron stands in the shallow river", "company": "New"}
    new.post("/api/registrations", asked | {"profile": "engineer", "language": "en"})
    digits, robin = code(desk, "new@example.com"), desk.client(ROBIN)
    assert robin.post(LOOKUPS, {"email": "new@example.com"}).status_code == 404
    assert new.post("/api/registrations/confirm", {"email": "new@example.com", "code": digits}).status_code == 204
    desk.settle()
    mails = looked(robin, email="new@example.com")["mails"]
    assert [mail["kind"] for mail in mails] == ["registration.registered", "registration.code"]
    assert again(robin, mails[1]["id"]).json()["code"] == "no_longer_useful"
    assert again(robin, mails[0]["id"]).status_code == 202
