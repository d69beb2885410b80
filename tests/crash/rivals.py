"""Rivals: what others may do to whatever a journey touches, made from what is in the table.

Each acts from a session of their own. What is plain from the start that it is refused is marked so, to be counted.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from functions.onboarding import documents, messages, password, registration, reviews
from functions.onboarding.account import OPEN_TO_UPLOADS, OVER, Account, person_key
from functions.onboarding.sign_in import SIGN_OUT
from functions.shared import clock, links, one_time_codes
from functions.shared.items import Items, Key, Set
from functions.shared.session import account_key
from functions.shared.staff import STAFF
from functions.shared.terms import CURRENT
from functions.subscriptions import (
    activation,
    add_user,
    cancellation,
    change_seats,
    choose_edition,
    decide_takeover,
    object_to_takeover,
    remove_user,
    seats,
    signature,
    take_over,
    takeovers,
    terms,
    transfer,
    withdraw,
)
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.subscription import Subscription, partition
from tests.crash.driver import Deed, Repeat
from tests.crash.world import World
from tests.journeys import Call, Journey, Work
from tests.journeys.given import Given
from tests.papers import PHOTO

_ACCOUNT = "ACCOUNT"
_PERSON = "USER#"
_DUE = "DUE"
_NEW_PASSWORD = "seven slow rivers under snow"


@dataclass(frozen=True)
class Rival:
    """What another does; `is_telling` for what is tried first."""

    name: str
    deed: Deed
    is_telling: bool = False
    is_refused: bool = False


class Rivals:
    """Those of one journey; making it signs them in, and sends the codes that they need."""

    def __init__(self, world: World, given: Given, journey: Journey) -> None:
        self._world = world
        self._given = given
        self._call = journey.call
        self._declared = journey.rivals
        items = world.items()
        for subscription in _subscriptions(items):
            if account_key(subscription.administrator) not in items:
                given.person(subscription.administrator.rpartition("-")[0])
        for key in world.items():
            if key.sk == _ACCOUNT:
                self._sign_in_elsewhere(key.pk.removeprefix(_PERSON))
        is_for_staff = [*_customers(items), *(one for one in _subscriptions(items) if one.takeover)]
        self._reviewer = given.person("another-reviewer", roles=[STAFF]) if is_for_staff else None
        for email in self._mentioned() | {account.email for account in _customers(items)}:
            self._send_code(email, items)

    def now(self) -> list[Rival]:
        """The rivals as things stand, each under a name of its own."""
        items = self._world.items()
        rivals = [
            *self._of_journey(),
            *self._of_reader(items),
            *(rival for subscription in _subscriptions(items) for rival in self._about(subscription, items)),
            *(rival for subscription in _subscriptions(items) for rival in self._taking_over(subscription, items)),
            *(rival for account in _customers(items) for rival in self._of_customer(account)),
            *self._with_codes(items),
            *self._of_the_clock(items),
        ]
        assert len({rival.name for rival in rivals}) == len(rivals), [rival.name for rival in rivals]
        return rivals

    def _mentioned(self) -> set[str]:
        """The addresses that the call is about."""
        if not isinstance(self._call, Call):
            return set()
        said = {**self._call.values, **(self._call.body or {})}
        return {said["email"]} if "email" in said else set()

    def _sign_in_elsewhere(self, email: str) -> None:
        here = self._given.cookies.get(email)
        self._given.sign_in(email)
        self._given.cookies[_elsewhere(email)] = self._given.cookies.pop(email)
        if here:
            self._given.cookies[email] = here

    def _send_code(self, email: str, items: Items) -> None:
        """For a new password to who has an account, for a registration to who has none."""
        has_account = account_key(email) in items
        purpose = "password" if has_account else "registration"
        if self._given.code_key(email, purpose) not in items:
            self._given.ask_for_code(email, purpose, {} if has_account else _asked())

    def _of_journey(self) -> Iterator[Rival]:
        for number, deed in enumerate(self._declared):
            yield Rival(f"declared {number}: {_named(deed)}", deed, is_telling=True)
        if isinstance(self._call, Call) and self._call.job.method != "GET":
            yield Rival("the same request once more", Repeat(self._call))

    def _of_reader(self, items: Items) -> Iterator[Rival]:
        reader = self._call.by if isinstance(self._call, Call) else None
        if reader is None:
            return
        key = account_key(reader)
        if key not in items:
            # Whoever has moved or closed their account is somebody else by now, or nobody.
            return
        yield Rival("the reader signs out", Call(SIGN_OUT, reader), is_telling=True)
        yield Rival("the reader has a new password", Set(key, {"login": "another"}))
        if items[key]["roles"]:
            yield Rival("the reader leaves the staff", Set(key, {"roles": []}), is_telling=True)

    def _about(self, subscription: Subscription, items: Items) -> Iterator[Rival]:
        """What its administrator may do to it, and it permits."""
        by, today = _elsewhere(subscription.administrator), clock.day(clock.now())
        if by not in self._given.cookies:
            return
        here = {"subscription_id": subscription.id}
        users = [key.sk for key in items if key.pk == partition(subscription.id) and key.sk.startswith(_PERSON)]
        others = sorted(user.removeprefix(_PERSON) for user in users)
        others.remove(subscription.administrator)
        calls = [
            Call(add_user.ADD, by, here, {"email": self._given.address("one-more")}),
            *(Call(remove_user.REMOVE, by, {**here, "email": other}) for other in others),
            *(Call(transfer.TRANSFER, by, here, {"email": other}) for other in others),
            Call(cancellation.CANCEL, by, here, {"reason": "not_used"}),
            Call(cancellation.UNDO, by, here),
            Call(withdraw.WITHDRAW, by, here, {"confirm": True}),
            Call(terms.ACCEPT, by, here, {"accepted": True, "terms_version": CURRENT}),
            Call(activation.ACTIVATE, by, here),
            *self._signing(by, subscription, items),
            *self._changing_seats(by, subscription, today),
            Call(choose_edition.CHOOSE, by, here, {"edition": "standard"}),
        ]
        for call in calls:
            said = {**call.values, **(call.body or {})}
            whom = str(said.get("email", said.get("seats", "")))
            why_not = call.job.why_not
            assert why_not
            yield Rival(
                f"{call.job.name} {whom} of {subscription.contract_number}",
                call,
                is_telling=call.job is transfer.TRANSFER and whom == others[0],
                is_refused=why_not(subscription.on(today)) is not None,
            )

    def _taking_over(self, subscription: Subscription, items: Items) -> Iterator[Rival]:
        """A user may ask for the administrator's place; then the staff decide, unless the administrator objects."""
        of, here = subscription.contract_number, {"subscription_id": subscription.id}
        known = takeovers.found(items, subscription.takeover["id"]) if subscription.takeover else None
        if known is None:
            users = [key.sk.removeprefix(_PERSON) for key in items if key.pk == partition(subscription.id)]
            able = [user for user in sorted(users) if _elsewhere(user) in self._given.cookies]
            for asker in [user for user in able if user != subscription.administrator][:1]:
                call = Call(take_over.TAKE_OVER, _elsewhere(asker), here, {"reason": "They have left."})
                is_refused = take_over.why_not(subscription.on(clock.day(clock.now()))) is not None
                yield Rival(f"{asker} asks to take over {of}", call, is_refused=is_refused)
            return
        takeover, _ = known
        for decision in ("accept", "refuse"):
            body = {"decision": decision, "reason": "Looked at."}
            decide = Call(decide_takeover.DECIDE, self._reviewer, {"takeover": takeover.id}, body)
            yield Rival(f"takeover of {of}: {decision}", decide, is_telling=decision == "accept")
        token = f"{takeover.id}.{links.token(takeover.seed, self._given.cloud.keys)}"
        yield Rival(
            f"takeover of {of}: objection", Call(object_to_takeover.OBJECT, body={"token": token}), is_telling=True
        )

    def _signing(self, by: str, subscription: Subscription, items: Items) -> Iterator[Call]:
        agreement = items.get(agreement_key(subscription.id))
        code = self._code(signature.code_key(subscription.id), items)
        if agreement and code:
            said = {"name": "Another Name", "code": code, "consent": True}
            body = {**said, "sha256": Agreement.stored(agreement).read_sha256}
            yield Call(signature.SIGN, by, {"subscription_id": subscription.id}, body)

    def _changing_seats(self, by: str, subscription: Subscription, today: date) -> Iterator[Call]:
        """One more where each has a price, and one fewer."""
        now = subscription.on(today)
        if seats.why_not(now) is None:
            for count in (now.seats + 1, now.seats - 1):
                body = {"seats": count, "terms": True, "total": seats.seat_change(now, count, today).amount}
                yield Call(change_seats.CHANGE, by, {"subscription_id": subscription.id}, body)

    def _of_customer(self, account: Account) -> Iterator[Rival]:
        """What the customer may do with their papers, and the staff."""
        about = {"account": account.account_id}
        by = _elsewhere(account.email)
        for kind in account.kinds_in(*OPEN_TO_UPLOADS) if by in self._given.cookies else ():
            sent = {"kind": kind, "filename": "again.jpeg", "content_type": "image/jpeg", "size": len(PHOTO)}
            yield Rival(f"{kind} is sent", Call(documents.SEND, by, body=sent))
        if by in self._given.cookies and account.account_status not in OVER:
            yield Rival(f"a message of {account.account_id}", Call(messages.WRITE, by, body={"text": "Which side?"}))
            yield Rival(
                f"an answer to {account.account_id}", Call(messages.ANSWER, self._reviewer, about, {"text": "Both."})
            )
        for kind in account.kinds_in("in_review"):
            for decision, words in (("accept", ""), ("ask_again", "Too dark.")):
                body = {"document": kind, "decision": decision, "reason": words}
                yield Rival(f"{kind}: {decision}", Call(reviews.DECIDE, self._reviewer, about, body))

    def _with_codes(self, items: Items) -> Iterator[Rival]:
        """Whoever has a code confirms a registration, or sets a new password."""
        for key in items:
            email = key.pk.removeprefix(_PERSON)
            code = self._code(key, items)
            cookie = self._given.asking
            if code and key == self._given.code_key(email, "registration") and one_time_codes.about(items, key):
                body = {"email": email, "code": code}
                yield Rival(f"{email} registers", Call(registration.CONFIRM, body=body, cookie=cookie))
            if code and key == self._given.code_key(email, "password"):
                body = {"email": email, "code": code, "password": _NEW_PASSWORD}
                yield Rival(f"{email} sets a password", Call(password.RESET, body=body, cookie=cookie))

    def _code(self, key: Key, items: Items) -> str | None:
        """The code that was sent, if one was."""
        seed = items.get(key, {}).get("seed")
        return one_time_codes.code(key, seed, self._given.cloud.keys) if seed else None

    def _of_the_clock(self, items: Items) -> Iterator[Rival]:
        today = clock.day(clock.now()).isoformat()
        is_due = any(key.pk == _DUE and key.sk[: len(today)] <= today for key in items)
        if is_due and not isinstance(self._call, Work):
            yield Rival("what is due is done", Work("DueFunction", {}), is_telling=True)


def _elsewhere(email: str) -> str:
    return f"{email}, elsewhere"


def _named(deed: Call | Work) -> str:
    return deed.job.name if isinstance(deed, Call) else deed.function


def _subscriptions(items: Items) -> list[Subscription]:
    return [Subscription.stored(item) for key, item in items.items() if key.sk == "STATE"]


def _customers(items: Items) -> Iterator[Account]:
    """Those whose papers are waited for, or were."""
    for key, item in items.items():
        if key.sk == _ACCOUNT and person_key(item["account_id"]) in items:
            yield Account.stored(item)


def _asked() -> Mapping[str, Any]:
    """What somebody registers with."""
    at = clock.rfc3339(clock.now())
    login = secrets.token_hex(16)
    return {"login": login, "company": "Roux", "profile": "engineer", "language": "fr", "registered_at": at}
