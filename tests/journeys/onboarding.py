"""How customers register, send papers and have them decided upon, and why they cannot."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.onboarding import documents, feedback, messages, password, registration, reviews
from functions.onboarding.account import Account, Document, Upload, deadlines, partition, person_key, queued
from functions.onboarding.documents import kept_under, quarantine_key
from functions.onboarding.papers import Kind
from functions.onboarding.staff import member_key
from functions.shared import clock
from functions.shared.items import Key, Put
from functions.subscriptions.add_user import ADD
from functions.subscriptions.subscription import Member, joined
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import PASSWORD, Given
from tests.papers import DOCUMENT, PHOTO

_UPLOAD = "3" * 32
# A part's rendering as it is kept.
_PAGE = DOCUMENT
_NEW_PASSWORD = "eleven quiet boats at dusk"


def register(given: Given) -> Journey:
    return Journey(_register(given), rivals=(_register(given), _register(given, password=_NEW_PASSWORD)))


def register_a_known_address(given: Given) -> Journey:
    return Journey(_register(given, email=given.person(language="fr")))


def confirm_registration(given: Given) -> Journey:
    camille = given.person()
    subscription, another = given.subscription(camille, seats=9), given.subscription(camille, seats=9)
    email = ask_to_register(given)
    invited = Member(email, "user", "invited", clock.rfc3339(clock.now()))
    given.write(*joined(given.kept(subscription), invited))
    return Journey(
        _confirm(given, email),
        rivals=(
            _confirm(given, email, wrong=True),
            Call(ADD, camille, {"subscription_id": another}, {"email": email}),
        ),
    )


def forgot_password(given: Given) -> Journey:
    camille = given.person(language="fr")
    forgot = Call(password.FORGET, body={"email": camille})
    return Journey(forgot, rivals=(forgot,))


def forget_too_often(given: Given) -> Journey:
    camille = given.person()
    given.use_up(password.LIMITS.of_person, camille)
    forgot = Call(password.FORGET, body={"email": camille})
    return Journey(forgot, rivals=(replace(forgot, cookie=given.known(camille)),))


def register_too_often(given: Given) -> Journey:
    given.use_up(registration.LIMITS.of_person, given.address("new"))
    return Journey(_register(given), rivals=(_register(given),))


def reset_password(given: Given) -> Journey:
    camille = given.person(password=True)
    given.ask_for_code(camille, "password")
    return Journey(reset(given, camille), rivals=(reset(given, camille, wrong=True),))


def show_onboarding(given: Given) -> Journey:
    return Journey(Call(documents.SHOW, _student(given)))


def send_document(given: Given) -> Journey:
    return Journey(Call(documents.SEND, _student(given), body=_CARD))


def take_in(given: Given) -> Journey:
    return Journey(_landed(given, PHOTO)[0])


def take_in_a_hostile_file(given: Given) -> Journey:
    return Journey(_landed(given, DOCUMENT[:-9])[0])


def take_in_a_part(given: Given) -> Journey:
    """The other has landed and is being inspected."""
    first, second = _landed(given, PHOTO, PHOTO)
    return Journey(first, rivals=(second,))


def take_in_the_last_part(given: Given) -> Journey:
    return Journey(_landed(given, PHOTO, PHOTO, kept=1)[1])


def take_in_a_hostile_part(given: Given) -> Journey:
    return Journey(_landed(given, PHOTO, DOCUMENT[:-9], kept=1)[1])


def send_again_while_one_lands(given: Given) -> Journey:
    [landing] = _landed(given, PHOTO)
    return Journey(Call(documents.SEND, given.address("student"), body=_CARD), rivals=(landing,))


def send_again_while_a_part_lands(given: Given) -> Journey:
    """Another set takes the place of one that is whole at that moment."""
    landing = _landed(given, PHOTO, PHOTO, kept=1)[1]
    body = {**_CARD, "part": 1, "of": 2}
    return Journey(Call(documents.SEND, given.address("student"), body=body), rivals=(landing,))


def list_reviews(given: Given) -> Journey:
    _in_review(given)
    return Journey(Call(reviews.LIST, _staff(given)))


def list_feedback(given: Given) -> Journey:
    return Journey(Call(feedback.LIST, _staff(given)))


def list_votes(given: Given) -> Journey:
    return Journey(Call(feedback.VOTES_OF_PAGES, _staff(given)))


def show_review(given: Given) -> Journey:
    """Of an account without a file: each look at one is an event of its own, repeated or not."""
    return Journey(Call(reviews.SHOW, _staff(given), {"account": _account(given, _student(given)).account_id}))


def show_papers(given: Given) -> Journey:
    return Journey(Call(reviews.SHOW, _staff(given), {"account": _in_review(given)}))


def show_papers_after_the_last_day(given: Given) -> Journey:
    return Journey(Call(reviews.SHOW, _staff(given), {"account": _in_review(given, days_ago=61)}))


def accept(given: Given) -> Journey:
    staff, account = _staff(given), _in_review(given)
    return Journey(
        _decide(staff, account, "accept"),
        rivals=(_decide(staff, account, "accept"), _decide(staff, account, "refuse", reason="Unreadable.")),
    )


def ask_again(given: Given) -> Journey:
    staff, account = _staff(given), _in_review(given)
    return Journey(
        _decide(staff, account, "ask_again", reason="Too dark."), rivals=(_decide(staff, account, "accept"),)
    )


def list_messages(given: Given) -> Journey:
    email = _student(given)
    _message(given, email)
    return Journey(Call(messages.LIST, email))


def list_messages_of_an_account(given: Given) -> Journey:
    email = _student(given)
    _message(given, email)
    return Journey(Call(messages.LIST_OF_ACCOUNT, _staff(given), {"account": _account(given, email).account_id}))


def write_a_message(given: Given) -> Journey:
    """While the staff decide on the last paper, which ends the conversation, or answer."""
    staff, account = _staff(given), _in_review(given)
    write = Call(messages.WRITE, given.address("student"), body=_TEXT)
    return Journey(write, rivals=(_decide(staff, account, "accept"), _answer(staff, account)))


def answer_a_message(given: Given) -> Journey:
    staff, account = _staff(given), _in_review(given)
    write = Call(messages.WRITE, given.address("student"), body=_TEXT)
    return Journey(_answer(staff, account), rivals=(_decide(staff, account, "accept"), write))


def accept_what_is_written_about(given: Given) -> Journey:
    """The last paper is accepted while the customer writes: no message outlives its end."""
    staff, account = _staff(given), _in_review(given)
    email = given.address("student")
    _message(given, email)
    return Journey(_decide(staff, account, "accept"), rivals=(Call(messages.WRITE, email, body=_TEXT),))


def expire_what_is_written_about(given: Given) -> Journey:
    email = _student(given, days_ago=61)
    _message(given, email)
    return Journey(Work("DueFunction", {}), rivals=(Call(messages.WRITE, email, body=_TEXT),))


def write_as_it_expires(given: Given) -> Journey:
    """On the last day, while a reminder is due."""
    email = _student(given, days_ago=60)
    return Journey(Call(messages.WRITE, email, body=_TEXT), rivals=(Work("DueFunction", {}),))


def tell_the_staff(given: Given) -> Journey:
    staff = _staff(given)
    given.write(Put(member_key(staff), {"email": staff, "version": 1}))
    _in_review(given)
    return Journey(Work("DueFunction", {"morning": True}))


def show_waiting_times(given: Given) -> Journey:
    return Journey(Call(reviews.WAITING_TIMES, _staff(given)))


def expire(given: Given) -> Journey:
    """The decisions of a month are counted first, as of then."""
    _in_review(given, days_ago=61)
    return Journey(Work("DueFunction", {}), in_steps=True)


def expire_what_is_registered_anew(given: Given) -> Journey:
    _in_review(given, days_ago=61)
    ask_to_register(given, given.address("student"))
    return Journey(Work("DueFunction", {}))


def register_anew(given: Given) -> Journey:
    _in_review(given, days_ago=61)
    email = ask_to_register(given, given.address("student"))
    return Journey(_confirm(given, email))


def remind(given: Given) -> Journey:
    _student(given, days_ago=31)
    return Journey(Work("DueFunction", {}))


_TEXT: Mapping[str, Any] = {"text": "Is the front enough?"}
_CARD: Mapping[str, Any] = {
    "kind": "student_card",
    "filename": "card.jpeg",
    "content_type": "image/jpeg",
    "size": len(PHOTO),
}


def _register(given: Given, **changes: Any) -> Call:
    body = {
        "email": given.address("new"),
        "company": "École des ponts",
        "profile": "student",
        "password": PASSWORD,
        "language": "fr",
    }
    return Call(registration.REGISTER, body=body | changes)


def ask_to_register(given: Given, known: str | None = None) -> str:
    """An address, a new one unless it is `known`, that asked for an account, and waits with its code."""
    email = known or given.address("new")
    asked = {
        "login": secrets.token_hex(16),
        "company": "Durand",
        "profile": "design_office",
        "language": "en",
        "registered_at": clock.rfc3339(clock.now()),
    }
    given.ask_for_code(email, "registration", asked)
    return email


def _confirm(given: Given, email: str, *, wrong: bool = False) -> Call:
    code = given.code(email, "registration", wrong=wrong)
    return Call(registration.CONFIRM, body={"email": email, "code": code}, cookie=given.asking)


def reset(given: Given, email: str, *, wrong: bool = False) -> Call:
    """A new password with the code that `given` has asked for."""
    body = {"email": email, "code": given.code(email, "password", wrong=wrong), "password": _NEW_PASSWORD}
    return Call(password.RESET, body=body, cookie=given.asking)


def _staff(given: Given) -> str:
    return given.person("reviewer", roles=["staff"])


def _student(given: Given, *, days_ago: int = 5, **account: Any) -> str:
    """A student whose card is missing, registered that many days ago by the calendar, whatever clocks have done."""
    usual = {
        "profile": "student",
        "account_status": "pending",
        "registered_at": clock.rfc3339(clock.now().astimezone(clock.PARIS) - timedelta(days=days_ago)),
    }
    email = given.person("student", **usual | account)
    given.write(*deadlines(_account(given, email)))
    given.write(Put(person_key(_account(given, email).account_id), {"email": email}))
    return email


def _account(given: Given, email: str) -> Account:
    return Account.stored(given.account(email))


def _with(given: Given, email: str, document: Document, kind: Kind = "student_card") -> Account:
    before = _account(given, email)
    after = before.with_document(kind, document)
    given.write(after.put(), *queued(before, after))
    return after


def _landed(given: Given, *contents: bytes, kept: int = 0) -> list[Work]:
    """A student's card in so many files, the first of them `kept` already, and the work on each that has landed."""
    email = _student(given)
    before = _account(given, email)
    uploads = [Upload(_UPLOAD, f"{part}" * 32, part, "card", len(content)) for part, content in enumerate(contents, 1)]
    for number in range(kept):
        file = f"{kept_under(before.account_id, 'student_card', _UPLOAD)}{uploads[number].id}/{'4' * 64}"
        given.cloud.files.put_object(Bucket=given.cloud.settings.papers, Key=file, Body=_PAGE)
        uploads[number] = replace(
            uploads[number], landed=True, file=file, sha256="4" * 64, content_type="application/pdf"
        )
    document = Document(uploads=tuple(uploads), of=len(uploads))
    given.write(replace(before, documents={"student_card": document}).put())
    works = []
    for upload, content in zip(uploads, contents, strict=True):
        key = quarantine_key(before.account_id, "student_card", upload)
        version = given.cloud.files.put_object(Bucket=given.cloud.settings.papers, Key=key, Body=content)["VersionId"]
        works.append(Work("UploadsFunction", {"Records": [{"s3": {"object": {"key": key, "versionId": version}}}]}))
    return works


def _in_review(given: Given, *, days_ago: int = 5) -> str:
    """A student whose card waits for the staff; returns the account's id."""
    email = _student(given, days_ago=days_ago)
    account_id = _account(given, email).account_id
    file = f"{kept_under(account_id, 'student_card', _UPLOAD)}{_UPLOAD}/{'4' * 64}"
    given.cloud.files.put_object(Bucket=given.cloud.settings.papers, Key=file, Body=PHOTO)
    sent = Document(
        status="in_review",
        file=file,
        filename="card",
        content_type="image/jpeg",
        sha256="4" * 64,
        sent_at=clock.rfc3339(clock.now()),
    )
    return _with(given, email, sent).account_id


def _answer(by: str, account: str) -> Call:
    return Call(messages.ANSWER, by, {"account": account}, {"text": "It is."})


def _message(given: Given, email: str) -> None:
    """A message of the customer waits for an answer."""
    before, at = _account(given, email), clock.rfc3339(clock.now())
    after = before.with_word("customer", at)
    answered = [f"IDEMPOTENCY#PERSON#{email}#{'7' * 64}", "ANSWER"]
    item = {"from": "customer", "text": "May I ask?", "at": at, "email": email, "answered": answered}
    given.write(after.put(), *queued(before, after))
    given.write(Put(Key(partition(before.account_id), f"{messages.PREFIX}{at}#{'7' * 32}"), {**item, "version": 1}))


def _decide(by: str, account: str, decision: str, **more: str) -> Call:
    return Call(reviews.DECIDE, by, {"account": account}, {"document": "student_card", "decision": decision} | more)


def _wrong_code(given: Given) -> Call:
    return _confirm(given, ask_to_register(given), wrong=True)


def _wrong_code_for_a_password(given: Given) -> Call:
    camille = given.person()
    given.ask_for_code(camille, "password")
    return reset(given, camille, wrong=True)


def _too_many_registrations(given: Given) -> Call:
    given.use_up(registration.LIMITS.of_network, given.network)
    return _register(given)


def _too_many_passwords(given: Given) -> Call:
    given.use_up(password.LIMITS.of_network, given.network)
    return Call(password.FORGET, body={"email": given.person()})


def _too_many_messages(given: Given) -> Call:
    email = _student(given)
    given.use_up(messages.MESSAGES, _account(given, email).account_id)
    return Call(messages.WRITE, email, body=_TEXT)


def _write_when_complete(given: Given) -> Call:
    return Call(messages.WRITE, _student(given, account_status="complete"), body=_TEXT)


def _answer_when_over(given: Given) -> Call:
    return _answer(_staff(given), _account(given, _student(given, days_ago=61)).account_id)


def _answer_oneself(given: Given) -> Call:
    email = _student(given, roles=["staff"])
    return _answer(email, _account(given, email).account_id)


def _too_many_forms(given: Given) -> Call:
    email = _student(given)
    given.use_up(documents.FORMS, _account(given, email).account_id)
    return Call(documents.SEND, email, body=_CARD)


def _send(given: Given, **changes: Any) -> Call:
    return Call(documents.SEND, _student(given), body={**_CARD, **changes})


def _send_when(status: Any) -> Refuse:
    def refuse(given: Given) -> Call:
        email = _student(given)
        _with(given, email, Document(status=status))
        return Call(documents.SEND, email, body=_CARD)

    return refuse


def _too_old(given: Given) -> Call:
    body = {**_CARD, "kind": "kbis", "issued_on": "2020-02-29"}
    return Call(documents.SEND, _student(given, profile="design_office"), body=body)


def _after_the_last_day(given: Given) -> Call:
    return Call(documents.SEND, _student(given, days_ago=61), body=_CARD)


def _own(given: Given) -> Call:
    email = _student(given, roles=["staff"])
    return _decide(email, _account(given, email).account_id, "refuse")


def _decided_already(given: Given) -> Call:
    email = _student(given)
    decided = Document(status="refused", decided_at=clock.rfc3339(clock.now()), decided_by="another@example.com")
    return _decide(_staff(given), _with(given, email, decided).account_id, "accept")


def _nothing_to_decide(given: Given) -> Call:
    return _decide(_staff(given), _account(given, _student(given)).account_id, "accept")


def _decided_after_the_last_day(given: Given) -> Call:
    return _decide(_staff(given), _in_review(given, days_ago=61), "accept")


JOURNEYS: dict[str, Begin] = {
    "register": register,
    "register: a known address": register_a_known_address,
    "confirm-registration": confirm_registration,
    "forgot-password": forgot_password,
    "forgot-password: too often": forget_too_often,
    "register: too often": register_too_often,
    "reset-password": reset_password,
    "show-onboarding": show_onboarding,
    "send-document": send_document,
    "send-document: the file lands": take_in,
    "send-document: a hostile file lands": take_in_a_hostile_file,
    "send-document: a part lands": take_in_a_part,
    "send-document: the last part lands": take_in_the_last_part,
    "send-document: a hostile part lands": take_in_a_hostile_part,
    "list-reviews": list_reviews,
    "show-review": show_review,
    "list-feedback": list_feedback,
    "list-votes": list_votes,
    "decide-review": accept,
    "decide-review: ask again": ask_again,
    "list-messages": list_messages,
    "write-message": write_a_message,
    "list-account-messages": list_messages_of_an_account,
    "answer-message": answer_a_message,
    "show-waiting-times": show_waiting_times,
    "decide-review: written about": accept_what_is_written_about,
    "decide-review: the last day is over": expire,
    "write-message: the last day is over": expire_what_is_written_about,
    "list-reviews: a digest is due": tell_the_staff,
    "decide-review: a reminder is due": remind,
}
MEETINGS: dict[str, Begin] = {
    "send-document: again while one lands": send_again_while_one_lands,
    "send-document: again while a part lands": send_again_while_a_part_lands,
    "confirm-registration: anew": register_anew,
    "show-review: with a file": show_papers,
    "show-review: after the last day": show_papers_after_the_last_day,
    "decide-review: what is registered anew is over": expire_what_is_registered_anew,
    "write-message: on the last day": write_as_it_expires,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("register", "too_many_tries"): _too_many_registrations,
    ("confirm-registration", "wrong_code"): _wrong_code,
    ("forgot-password", "too_many_tries"): _too_many_passwords,
    ("reset-password", "wrong_code"): _wrong_code_for_a_password,
    ("send-document", "used_up"): _too_many_forms,
    ("send-document", "not_needed"): lambda given: _send(given, kind="kbis"),
    ("send-document", "too_old"): _too_old,
    ("send-document", "deadline_passed"): _after_the_last_day,
    ("send-document", "already_sent"): _send_when("in_review"),
    ("send-document", "already_decided"): _send_when("refused"),
    ("write-message", "used_up"): _too_many_messages,
    ("write-message", "conversation_closed"): _write_when_complete,
    ("list-account-messages", "not_found"): lambda given: Call(
        messages.LIST_OF_ACCOUNT, _staff(given), {"account": "A-0"}
    ),
    ("answer-message", "not_found"): lambda given: _answer(given.person(), _in_review(given)),
    ("answer-message", "own_account"): _answer_oneself,
    ("answer-message", "conversation_closed"): _answer_when_over,
    ("show-waiting-times", "not_found"): lambda given: Call(reviews.WAITING_TIMES, given.person()),
    ("list-reviews", "not_found"): lambda given: Call(reviews.LIST, given.person()),
    ("list-feedback", "not_found"): lambda given: Call(feedback.LIST, given.person()),
    ("list-votes", "not_found"): lambda given: Call(feedback.VOTES_OF_PAGES, given.person()),
    ("show-review", "not_found"): lambda given: Call(reviews.SHOW, _staff(given), {"account": "A-0"}),
    ("decide-review", "not_found"): lambda given: _decide(given.person(), _in_review(given), "accept"),
    ("decide-review", "own_account"): _own,
    ("decide-review", "already_decided"): _decided_already,
    ("decide-review", "nothing_to_decide"): _nothing_to_decide,
    ("decide-review", "deadline_passed"): _decided_after_the_last_day,
}
