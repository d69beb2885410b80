"""The races, as data: who does what at one time, on beginnings of their own."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.onboarding.change_address import UNDO as TAKE_BACK
from functions.onboarding.password import RESET
from functions.onboarding.registration import CONFIRM
from functions.onboarding.sign_in import SIGN_IN, SIGN_OUT
from functions.shared import clock, second_factor
from functions.shared.due import Due
from functions.shared.session import account_key
from functions.shared.staff import STAFF
from functions.subscriptions.add_user import ADD
from functions.subscriptions.add_users import ADD as ADD_TEAM
from functions.subscriptions.cancellation import CANCEL, UNDO
from functions.subscriptions.colleagues import REMOVE as LEAVE
from functions.subscriptions.free_seat import FREE
from functions.subscriptions.place_order import ORDERS, PLACE
from functions.subscriptions.remove_user import REMOVE
from functions.subscriptions.renew_lease import RENEW
from functions.subscriptions.renewal import PERIOD_OVER
from functions.subscriptions.take_lease import TAKE
from functions.subscriptions.take_over import TAKE_OVER
from functions.subscriptions.transfer import TRANSFER
from functions.subscriptions.withdraw import WITHDRAW
from tests.journeys import JOURNEYS, Call, Work, takeover
from tests.journeys.account import asked_for, closing_of, confirmation, moved, registered
from tests.journeys.given import PASSWORD, Given
from tests.journeys.leases import hold
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


def teams_for_the_last_seats(given: Given) -> Race:
    """Ten teams of three for twenty seats that are left."""
    admin = given.person()
    teams = [[given.address(f"new{10 * team + number}") for number in range(3)] for team in range(10)]
    subscription = given.subscription(admin, seats=21)
    calls = [("team", _of(ADD_TEAM, admin, subscription, {"emails": team})) for team in teams]
    return Race(calls, [admin, *(email for team in teams for email in team)])


def one_team_with_one_key(given: Given) -> Race:
    admin, team = given.person(), [given.address(f"new{number}") for number in range(20)]
    subscription = given.subscription(admin, seats=12)
    add = _of(ADD_TEAM, admin, subscription, {"emails": team}, key=secrets.token_hex())
    return Race([("team with one key", add)] * 8, [admin, *team])


def team_and_last_seat(given: Given) -> Race:
    admin, new, team = given.person(), given.address("new"), [given.address(f"of{number}") for number in range(3)]
    subscription = given.subscription(admin, seats=4)
    return Race(
        [("add", _add(admin, subscription, new)), ("team", _of(ADD_TEAM, admin, subscription, {"emails": team}))],
        [admin, new, *team],
    )


def leaver_removed_and_leaving(given: Given) -> Race:
    admin, leaver = given.person(), given.address("leaver")
    subscription = given.subscription(admin, leaver)
    remove = Call(REMOVE, admin, {"subscription_id": subscription, "email": leaver})
    return Race([("remove", remove), ("leaves", Call(LEAVE, admin, {"email": leaver}))], [admin, leaver])


def last_leases(given: Given) -> Race:
    """32 engineers who start at one time: as many work as there are seats, whoever they are."""
    admin, engineers = given.person(), [given.person(f"engineer{number}") for number in range(32)]
    given.subscription(admin, *engineers, licence="floating", seats=3)
    return Race([("take", _take(email)) for email in engineers], [admin, *engineers])


def many_leases(given: Given) -> Race:
    """The same where nearly all find a seat, all of which are free at first."""
    admin, engineers = given.person(), [given.person(f"engineer{number}") for number in range(32)]
    given.subscription(admin, *engineers, licence="floating", seats=30)
    return Race([("take", _take(email)) for email in engineers], [admin, *engineers])


def one_device_many_times(given: Given) -> Race:
    admin = given.person()
    given.subscription(admin, licence="floating", seats=4)
    return Race([("take", _take(admin))] * 32, [admin])


def one_persons_devices(given: Given) -> Race:
    """Somebody's software that starts on 32 devices at one time: each takes a seat, as long as there are any."""
    admin = given.person()
    given.subscription(admin, licence="floating", seats=3)
    return Race([("take", _take(admin, f"Device {number}")) for number in range(32)], [admin])


def lease_and_removal(given: Given) -> Race:
    admin, user = given.person(), given.person("user")
    subscription = given.subscription(admin, user, licence="floating", seats=1)
    remove = Call(REMOVE, admin, {"subscription_id": subscription, "email": user})
    return Race([("take", _take(user)), ("take another", _take(admin)), ("remove", remove)], [admin, user])


def lease_and_transfer(given: Given) -> Race:
    admin, one = given.person(), given.person("one")
    subscription = given.subscription(admin, one, licence="floating", seats=1)
    return Race(
        [("take", _take(admin)), ("take another", _take(one)), ("transfer", _transfer(admin, subscription, one))],
        [admin, one],
    )


def freed_and_taken(given: Given) -> Race:
    """A seat that is freed, given back and renewed at one time, while others want it."""
    admin, holder, other = given.person(), given.person("holder"), given.person("other")
    subscription = given.subscription(admin, holder, other, licence="floating", seats=1)
    lease = hold(given, subscription, 1, holder)
    freed = Call(FREE, admin, {"subscription_id": subscription, "lease": lease})
    renewed = Call(RENEW, holder, {"lease": lease})
    return Race([("free", freed), ("renew", renewed), ("take", _take(other))], [admin, holder, other])


def renewals(given: Given) -> Race:
    """Who renews is in nobody's way."""
    admin, users = given.person(), [given.person(f"user{number}") for number in range(32)]
    subscription = given.subscription(admin, *users, licence="floating", seats=100)
    leases = [hold(given, subscription, number + 1, email) for number, email in enumerate(users)]
    calls = [("renew", Call(RENEW, email, {"lease": lease})) for email, lease in zip(users, leases, strict=True)]
    return Race(calls, [admin, *users])


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


def withdraw_and_cancel(given: Given) -> Race:
    student, withdraw = _withdrawing(given)
    return Race(
        [("withdraw", withdraw), ("cancel", _cancel(student, withdraw.values["subscription_id"]))],
        [student, given.address("one")],
    )


def withdraw_and_transfer(given: Given) -> Race:
    student, withdraw = _withdrawing(given)
    one, subscription = given.address("one"), withdraw.values["subscription_id"]
    return Race([("withdraw", withdraw), ("transfer", _transfer(student, subscription, one))], [student, one])


def withdraw_and_add(given: Given) -> Race:
    student, withdraw = _withdrawing(given)
    new, subscription = given.address("new"), withdraw.values["subscription_id"]
    people = [student, given.address("one"), new]
    return Race([("withdraw", withdraw), ("add", _add(student, subscription, new))], people)


def two_withdrawals(given: Given) -> Race:
    student, withdraw = _withdrawing(given)
    return Race([("withdraw", withdraw)] * 2, [student, given.address("one")])


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


def address_and_add(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    return Race([("move", confirm), ("add", _add(other, given.subscription(other), camille))], [camille, new, other])


def address_and_add_of_the_new(given: Given) -> Race:
    """Into what they are in already, and are moved in."""
    camille, new, confirm = _moving(given)
    other = given.person("other")
    shared = given.subscription(other, camille)
    return Race([("move", confirm), ("add", _add(other, shared, new))], [camille, new, other])


def address_and_removal(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    given.subscription(camille, other)
    shared = given.subscription(other, camille)
    remove = Call(REMOVE, other, {"subscription_id": shared, "email": camille})
    return Race([("move", confirm), ("remove", remove)], [camille, new, other])


def address_and_transfer(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    shared = given.subscription(other, camille)
    return Race([("move", confirm), ("transfer", _transfer(other, shared, camille))], [camille, new, other])


def address_and_own_transfer(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    mine = given.subscription(camille, other)
    return Race([("move", confirm), ("transfer", _transfer(camille, mine, other))], [camille, new, other])


def address_and_lease(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    given.subscription(other, camille, licence="floating", seats=1)
    return Race([("move", confirm), ("take", _take(camille)), ("take another", _take(other))], [camille, new, other])


def address_and_sign_in(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    given.subscription(camille)
    sign_in = Call(SIGN_IN, body={"email": camille, "password": PASSWORD})
    return Race([("move", confirm), ("sign in", sign_in)], [camille, new])


def address_and_registration(given: Given) -> Race:
    """Of somebody who has the code for the new address as well."""
    camille, new, confirm = _moving(given)
    given.subscription(camille)
    asked = {"login": secrets.token_hex(16), "company": "Roux", "profile": "engineer", "language": "fr"}
    given.ask_for_code(new, "registration", asked | {"registered_at": clock.rfc3339(clock.now())})
    body = {"email": new, "code": given.code(new, "registration")}
    return Race([("move", confirm), ("register", Call(CONFIRM, body=body, cookie=given.asking))], [camille, new])


def two_to_one_address(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    rival = registered(given, "rival")
    for each in (camille, rival):
        given.subscription(each)
    asked_for(given, rival, new)
    return Race([("move", confirm), ("move rival", confirmation(given, rival))], [camille, rival, new])


def one_code_for_an_address_twice(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    given.subscription(camille)
    return Race([("move", confirm)] * 2, [camille, new])


def address_and_closing(given: Given) -> Race:
    camille, new, confirm = _moving(given)
    other = given.person("other")
    given.subscription(other, camille)
    return Race([("move", confirm), ("close", closing_of(camille))], [camille, new, other])


def undoing_and_transfer(given: Given) -> Race:
    former, now, token = moved(given)
    other = given.person("other")
    shared = given.subscription(other, now)
    undo = Call(TAKE_BACK, body={"token": token})
    return Race([("undo", undo), ("transfer", _transfer(other, shared, now))], [former, now, other])


def undoing_and_closing(given: Given) -> Race:
    """Whoever has taken an account over never closes it before its owner can take it back."""
    former, now, token = moved(given)
    other = given.person("other")
    given.subscription(other, now)
    undo = Call(TAKE_BACK, body={"token": token})
    return Race([("undo", undo), ("close", closing_of(now))], [former, now, other])


def closing_and_transfer(given: Given) -> Race:
    """Never a subscription whose administrator is nobody."""
    camille, other = registered(given), given.person("other")
    shared = given.subscription(other, camille)
    return Race([("close", closing_of(camille)), ("transfer", _transfer(other, shared, camille))], [camille, other])


def closing_and_add(given: Given) -> Race:
    camille, other = registered(given), given.person("other")
    add = _add(other, given.subscription(other), camille)
    return Race([("close", closing_of(camille)), ("add", add)], [camille, other])


def closing_and_order(given: Given) -> Race:
    camille = registered(given)
    body = {"lines": [ARTICLE], "billing": ADDRESS, "terms": True}
    return Race([("close", closing_of(camille)), ("order", Call(PLACE, camille, body=body))], [camille])


def closing_twice(given: Given) -> Race:
    camille, other = registered(given), given.person("other")
    given.subscription(other, camille)
    return Race([("close", closing_of(camille))] * 2, [camille, other])


def _moving(given: Given) -> tuple[str, str, Call]:
    """Somebody, the address that they want, and the code that was sent there."""
    camille, new = registered(given), given.address("moved")
    asked_for(given, camille, new)
    return camille, new, confirmation(given, camille)


def two_ask_to_take_over(given: Given) -> Race:
    admin, users = given.person(), [given.person("one"), given.person("two")]
    subscription = given.subscription(admin, *users)
    calls = [(f"{email.partition('-')[0]} asks", _ask(email, subscription)) for email in users]
    return Race(calls, [admin, *users])


def accepted_and_objected(given: Given) -> Race:
    """One of them wins, and the other is told so."""
    it = takeover.asked(given)
    calls = [("accept", takeover.decided(given, it.takeover)), ("object", takeover.objected(given, it.takeover))]
    return Race(calls, [it.admin, it.asker])


def accepted_twice(given: Given) -> Race:
    it = takeover.asked(given)
    by = [takeover.staff(given), given.person("second-reviewer", roles=[STAFF])]
    return Race(
        [("accept", takeover.decided(given, it.takeover, by=reviewer)) for reviewer in by], [it.admin, it.asker]
    )


def accepted_and_transferred(given: Given) -> Race:
    other = given.person("other")
    it = takeover.asked(given, others=(other,))
    calls = [
        ("accept", takeover.decided(given, it.takeover)),
        ("transfer", _transfer(it.admin, it.subscription, other)),
    ]
    return Race(calls, [it.admin, it.asker, other])


def accepted_and_removed(given: Given) -> Race:
    it = takeover.asked(given)
    remove = Call(REMOVE, it.admin, {"subscription_id": it.subscription, "email": it.asker})
    return Race([("accept", takeover.decided(given, it.takeover)), ("remove", remove)], [it.admin, it.asker])


def accepted_and_cancelled(given: Given) -> Race:
    it = takeover.asked(given)
    calls = [("accept", takeover.decided(given, it.takeover)), ("cancel", _cancel(it.admin, it.subscription))]
    return Race(calls, [it.admin, it.asker])


def accepted_and_withdrawn(given: Given) -> Race:
    journey = takeover.accept_of_a_consumer(given)
    accept, [withdraw] = journey.call, journey.rivals
    assert isinstance(withdraw, Call)
    assert withdraw.by
    return Race([("accept", accept), ("withdraw", withdraw)], [withdraw.by, given.address("asker")])


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


def _take(by: str, device: str = "Laptop") -> Call:
    return Call(TAKE, by, body={"product": "PROFIS Engineering", "device": device})


def _transfer(by: str, subscription: str, email: str) -> Call:
    return _of(TRANSFER, by, subscription, {"email": email})


def _ask(by: str, subscription: str) -> Call:
    return _of(TAKE_OVER, by, subscription, {"reason": "The administrator has left."})


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


def _withdrawing(given: Given) -> tuple[str, Call]:
    """A student, and their withdrawal from a contract that somebody else uses too."""
    student = given.person(profile="student")
    until = given.today().isoformat()
    subscription = given.subscription(
        student, given.address("one"), paid=598_80, unit_price=499_00, withdrawable_until=until, concluded_by=student
    )
    return student, _of(WITHDRAW, student, subscription, {"confirm": True})


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
    "teams for the last seats": (teams_for_the_last_seats, 1),
    "a team with one Idempotency-Key": (one_team_with_one_key, 1),
    "a team and the last seat": (team_and_last_seat, 8),
    "removed and leaving": (leaver_removed_and_leaving, 8),
    "the last leases": (last_leases, 1),
    "many leases": (many_leases, 1),
    "one device's leases": (one_device_many_times, 1),
    "one person's devices": (one_persons_devices, 1),
    "a lease and a removal": (lease_and_removal, 10),
    "a lease and a transfer": (lease_and_transfer, 10),
    "a seat freed and taken": (freed_and_taken, 10),
    "renewals": (renewals, 1),
    "one Idempotency-Key": (one_key_many_times, 1),
    "two transfers": (two_transfers, 16),
    "remove and transfer": (remove_and_transfer, 16),
    "add and transfer": (add_and_transfer, 16),
    "cancel and transfer": (cancel_and_transfer, 16),
    "withdraw and cancel": (withdraw_and_cancel, 16),
    "withdraw and transfer": (withdraw_and_transfer, 16),
    "withdraw and add": (withdraw_and_add, 16),
    "two withdrawals": (two_withdrawals, 16),
    "two changes of seats": (two_changes_of_seats, 8),
    "fewer seats and add": (fewer_seats_and_add, 8),
    "more seats and transfer": (more_seats_and_transfer, 8),
    "more seats and cancel": (more_seats_and_cancel, 8),
    "an address and add": (address_and_add, 8),
    "an address and add of the new": (address_and_add_of_the_new, 8),
    "an address and a removal": (address_and_removal, 8),
    "an address and a transfer": (address_and_transfer, 8),
    "an address and an own transfer": (address_and_own_transfer, 8),
    "an address and a lease": (address_and_lease, 8),
    "an address and sign-in": (address_and_sign_in, 8),
    "an address and a registration": (address_and_registration, 8),
    "two to one address": (two_to_one_address, 8),
    "one code for an address twice": (one_code_for_an_address_twice, 8),
    "an address and closing": (address_and_closing, 8),
    "undoing and transfer": (undoing_and_transfer, 8),
    "undoing and closing": (undoing_and_closing, 8),
    "closing and transfer": (closing_and_transfer, 8),
    "closing and add": (closing_and_add, 8),
    "closing and an order": (closing_and_order, 8),
    "closing twice": (closing_twice, 8),
    "two ask to take over": (two_ask_to_take_over, 8),
    "a takeover accepted and objected to": (accepted_and_objected, 8),
    "a takeover accepted twice": (accepted_twice, 8),
    "a takeover and a transfer": (accepted_and_transferred, 8),
    "a takeover and a removal": (accepted_and_removed, 8),
    "a takeover and a cancellation": (accepted_and_cancelled, 8),
    "a takeover and a withdrawal": (accepted_and_withdrawn, 8),
    "two signatures": (two_signatures, 4),
    "two trials": (two_trials, 16),
    "cancel and end of term": (cancel_and_end_of_term, 4),
    "undo and end of term": (undo_and_end_of_term, 4),
    "add and sign out": (add_and_sign_out, 16),
    "add and password reset": (add_and_reset, 8),
    "one code twice": (one_code_twice, 4),
    "one recovery code twice": (one_recovery_code_twice, 4),
}
