"""The races, as data: who does what at one time, on beginnings of their own."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.onboarding.password import RESET
from functions.onboarding.sign_in import SIGN_IN, SIGN_OUT
from functions.shared import second_factor
from functions.shared.due import Due
from functions.shared.session import account_key
from functions.subscriptions.add_user import ADD
from functions.subscriptions.cancellation import CANCEL, UNDO
from functions.subscriptions.place_order import ORDERS, PLACE
from functions.subscriptions.remove_user import REMOVE
from functions.subscriptions.renewal import PERIOD_OVER
from functions.subscriptions.transfer import TRANSFER
from tests.journeys import JOURNEYS, Call, Work
from tests.journeys.given import PASSWORD, Given
from tests.journeys.seats import change_to, signed
from tests.journeys.session import RECOVERY_CODE, SECRET, member_of_support
from tests.journeys.shop import ADDRESS, ARTICLE


@dataclass(frozen=True)
class Race:
    """The calls, each with a name that tells what it is; the people whose subscriptions show what came of it.

    After the last write of an item whose key begins with `ends`, nothing more of a subscription may be written.
    """

    calls: Sequence[tuple[str, Call | Work]]
    people: Sequence[str]
    ends: tuple[str, str] | None = None


type Begin = Callable[[Given], Race]

_DAILY = Work("DueFunction", {})


def guesses_at_a_person(given: Given) -> Race:
    """Twice as many as may fail, and whatever the order, no more are told that they were wrong."""
    admin = given.person(password=True)
    guess = Call(SIGN_IN, body={"email": admin, "password": "wrong"})
    return Race([("guess", guess)] * 32, [admin])


def codes_guessed(given: Given) -> Race:
    """Six times as many as a code has tries, the right one among them or not: it is told once at most."""
    email = given.person(password=True)
    given.ask_for_code(email, "password")
    body = {"email": email, "code": given.code(email, "password", wrong=True), "password": "eleven quiet boats at dusk"}
    return Race([("guess", Call(RESET, body=body, cookie=given.asking))] * 32, [email])


def last_order(given: Given) -> Race:
    """Of 32 orders two are left in the hour."""
    admin = given.person()
    given.use_up(ORDERS, admin, left=2)
    body = {"lines": [ARTICLE], "billing": ADDRESS, "terms": True}
    return Race([("order", Call(PLACE, admin, body=body))] * 32, [admin])


def last_seats(given: Given) -> Race:
    admin, new = given.person(), [given.address(f"new{number}") for number in range(32)]
    subscription = given.subscription(admin, seats=8)
    return Race([("add", _add(admin, subscription, email)) for email in new], [admin, *new])


def one_key_many_times(given: Given) -> Race:
    admin, new = given.person(), given.address("new")
    subscription = given.subscription(admin)
    add = _of(ADD, admin, subscription, {"email": new}, key=secrets.token_hex())
    return Race([("add with one key", add)] * 32, [admin, new])


def two_transfers(given: Given) -> Race:
    admin, one, two = given.person(), given.address("one"), given.address("two")
    subscription = given.subscription(admin, one, two)
    return Race(
        [
            ("transfer to one", _transfer(admin, subscription, one)),
            ("transfer to two", _transfer(admin, subscription, two)),
        ],
        [admin, one, two],
    )


def remove_and_transfer(given: Given) -> Race:
    admin, one = given.person(), given.address("one")
    subscription = given.subscription(admin, one, given.address("two"))
    remove = Call(REMOVE, admin, {"subscription_id": subscription, "email": one})
    return Race(
        [("remove", remove), ("transfer", _transfer(admin, subscription, one))], [admin, one, given.address("two")]
    )


def add_and_transfer(given: Given) -> Race:
    admin, one, new = given.person(), given.address("one"), given.address("new")
    subscription = given.subscription(admin, one)
    return Race(
        [("add", _add(admin, subscription, new)), ("transfer", _transfer(admin, subscription, one))], [admin, one, new]
    )


def cancel_and_transfer(given: Given) -> Race:
    admin, one = given.person(), given.address("one")
    subscription = given.subscription(admin, one)
    return Race(
        [("cancel", _cancel(admin, subscription)), ("transfer", _transfer(admin, subscription, one))], [admin, one]
    )


def two_changes_of_seats(given: Given) -> Race:
    admin = given.person()
    name = signed(given, admin)
    return Race([(f"to {count}", change_to(given, admin, name, count)) for count in (3, 9)], [admin])


def fewer_seats_and_add(given: Given) -> Race:
    """No user may come to a seat that is not there next year."""
    admin, new = given.person(), given.address("new")
    name = signed(given, admin)
    return Race([("to 1", change_to(given, admin, name, 1)), ("add", _add(admin, name, new))], [admin, new])


def more_seats_and_transfer(given: Given) -> Race:
    admin, one = given.person(), given.address("one")
    name = signed(given, admin, one)
    return Race([("to 9", change_to(given, admin, name, 9)), ("transfer", _transfer(admin, name, one))], [admin, one])


def more_seats_and_cancel(given: Given) -> Race:
    admin = given.person()
    name = signed(given, admin)
    return Race([("to 9", change_to(given, admin, name, 9)), ("cancel", _cancel(admin, name))], [admin])


def two_signatures(given: Given) -> Race:
    return _twice(given, "sign")


def two_trials(given: Given) -> Race:
    return _twice(given, "start-trial")


def cancel_and_end_of_term(given: Given) -> Race:
    admin = given.person()
    return Race([("cancel", _cancel(admin, _over(given, admin))), ("daily", _DAILY)], [admin])


def undo_and_end_of_term(given: Given) -> Race:
    admin = given.person()
    said = {"reference": "R", "reason": "other", "comment": None, "at": "2026-01-01T00:00:00.000000Z"}
    subscription = _over(given, admin, status="cancelling", cancellation=said)
    return Race([("undo", _of(UNDO, admin, subscription)), ("daily", _DAILY)], [admin])


def add_and_sign_out(given: Given) -> Race:
    admin, new = given.person(), given.address("new")
    add = _add(admin, given.subscription(admin), new)
    return Race(
        [("add", add), ("sign out", Call(SIGN_OUT, admin))], [admin, new], ends=(account_key(admin).pk, "SESSION#")
    )


def add_and_reset(given: Given) -> Race:
    reset = JOURNEYS["reset-password"](given).call
    assert isinstance(reset, Call)
    assert reset.body
    admin, new = reset.body["email"], given.address("new")
    add = _add(admin, given.subscription(admin), new)
    return Race([("add", add), ("reset", reset)], [admin, new], ends=(account_key(admin).pk, account_key(admin).sk))


def one_code_twice(given: Given) -> Race:
    return _sign_in_twice(given, second_factor.code(SECRET, second_factor.step(time.time()) + 1))


def one_recovery_code_twice(given: Given) -> Race:
    return _sign_in_twice(given, RECOVERY_CODE)


def _sign_in_twice(given: Given, code: str) -> Race:
    support = member_of_support(given)
    body = {"email": support, "password": PASSWORD, "totp": code}
    return Race([("sign in", Call(SIGN_IN, body=body))] * 2, [support])


def _add(by: str, subscription: str, email: str) -> Call:
    return _of(ADD, by, subscription, {"email": email})


def _transfer(by: str, subscription: str, email: str) -> Call:
    return _of(TRANSFER, by, subscription, {"email": email})


def _cancel(by: str, subscription: str) -> Call:
    return _of(CANCEL, by, subscription, {"reason": "not_used"})


def _of(job: Any, by: str, subscription: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Call:
    headers = {"Idempotency-Key": key} if key else {}
    return Call(job, by, {"subscription_id": subscription}, body, headers=headers)


def _twice(given: Given, name: str) -> Race:
    call = JOURNEYS[name](given).call
    assert isinstance(call, Call)
    assert call.by
    return Race([(name, call)] * 2, [call.by])


def _over(given: Given, admin: str, **fields: Any) -> str:
    """A subscription whose last day was yesterday, before the worker has looked."""
    yesterday = given.today() - timedelta(days=1)
    subscription = given.subscription(admin, start=yesterday - timedelta(days=364), end=yesterday, **fields)
    given.write(Due(given.today(), PERIOD_OVER, subscription).put())
    return subscription


# With how many of them run at one time: 32 threads in all, fewer where a beginning takes its time.
RACES: Mapping[str, tuple[Begin, int]] = {
    "guesses at a person": (guesses_at_a_person, 1),
    "guesses at a code": (codes_guessed, 1),
    "the last orders of an hour": (last_order, 1),
    "last seats": (last_seats, 1),
    "one Idempotency-Key": (one_key_many_times, 1),
    "two transfers": (two_transfers, 16),
    "remove and transfer": (remove_and_transfer, 16),
    "add and transfer": (add_and_transfer, 16),
    "cancel and transfer": (cancel_and_transfer, 16),
    "two changes of seats": (two_changes_of_seats, 8),
    "fewer seats and add": (fewer_seats_and_add, 8),
    "more seats and transfer": (more_seats_and_transfer, 8),
    "more seats and cancel": (more_seats_and_cancel, 8),
    "two signatures": (two_signatures, 4),
    "two trials": (two_trials, 16),
    "cancel and end of term": (cancel_and_end_of_term, 4),
    "undo and end of term": (undo_and_end_of_term, 4),
    "add and sign out": (add_and_sign_out, 16),
    "add and password reset": (add_and_reset, 8),
    "one code twice": (one_code_twice, 4),
    "one recovery code twice": (one_recovery_code_twice, 4),
}
