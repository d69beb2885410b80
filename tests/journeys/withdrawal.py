"""How a consumer withdraws from a contract, and why they cannot."""

from typing import Any

from functions.subscriptions import add_user, cancellation, transfer, withdraw
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given
from tests.journeys.seats import signed


def withdraw_from_it(given: Given) -> Journey:
    student, colleague = given.person(profile="student"), given.person("colleague")
    subscription = _signed(given, student, colleague)
    about = {"subscription_id": subscription}
    return Journey(
        _withdraw(student, subscription),
        rivals=(
            _withdraw(student, subscription),
            Call(cancellation.CANCEL, student, about, {"reason": "other"}),
            Call(transfer.TRANSFER, student, about, {"email": colleague}),
            Call(add_user.ADD, student, about, {"email": given.address("new")}),
        ),
    )


def withdraw_while_cancelling(given: Given) -> Journey:
    student = given.person(profile="student")
    said = {"reference": "R", "reason": "other", "comment": None, "at": "2026-01-01T00:00:00.000000Z"}
    subscription = _signed(given, student, status="cancelling", cancellation=said)
    undo = Call(cancellation.UNDO, student, {"subscription_id": subscription})
    return Journey(_withdraw(student, subscription), rivals=(undo,))


def already_withdrawn(given: Given) -> Call:
    student = given.person(profile="student")
    return _withdraw(student, _signed(given, student, status="withdrawn", withdrawal={"reference": "R"}))


def not_signed(given: Given) -> Call:
    student = given.person(profile="student")
    return _withdraw(student, given.subscription(student, status="awaiting_signature"))


def not_a_consumer(given: Given) -> Call:
    admin = given.person()
    return _withdraw(admin, given.subscription(admin, unit_price=499_00))


def too_late(given: Given) -> Call:
    student = given.person(profile="student")
    return _withdraw(student, _signed(given, student, withdrawable_until="2020-01-01"))


def _signed(given: Given, student: str, *others: str, **fields: Any) -> str:
    """A contract that the student signed today, and paid."""
    today = given.today().isoformat()
    usual: dict[str, Any] = {"paid": 2994_00, "withdrawable_until": today}
    return signed(given, student, *others, concluded_by=student, **usual | fields)


def _withdraw(by: str, subscription: str) -> Call:
    return Call(withdraw.WITHDRAW, by, {"subscription_id": subscription}, {"confirm": True})


JOURNEYS: dict[str, Begin] = {
    "withdraw": withdraw_from_it,
    "withdraw: while it is cancelled": withdraw_while_cancelling,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("withdraw", "already_withdrawn"): already_withdrawn,
    ("withdraw", "not_active"): not_signed,
    ("withdraw", "not_a_consumer"): not_a_consumer,
    ("withdraw", "withdrawal_over"): too_late,
}
