"""How the administrator's role is passed on, and why it is not."""

from typing import Any

from functions.onboarding import registration
from functions.shared.due import Due
from functions.subscriptions import add_user, cancellation, remove_user, return_of_role, transfer
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given
from tests.journeys.onboarding import ask_to_register


def pass_on(given: Given) -> Journey:
    admin, colleague = given.person(), given.person("colleague", language="fr")
    subscription = given.subscription(admin, colleague, given.address("other"))
    about = {"subscription_id": subscription}
    return Journey(
        _transfer(admin, subscription, colleague),
        rivals=(
            _transfer(admin, subscription, given.address("other")),
            Call(remove_user.REMOVE, admin, {**about, "email": colleague}),
            Call(add_user.ADD, admin, about, {"email": given.address("new")}),
        ),
    )


def pass_on_to_one_without_an_account(given: Given) -> Journey:
    admin, invited = given.person(), given.address("invited")
    subscription = given.subscription(admin, invited)
    given.invited(subscription, invited, "user")
    return Journey(
        _transfer(admin, subscription, invited),
        rivals=(
            Call(remove_user.REMOVE, admin, {"subscription_id": subscription, "email": invited}),
            Call(cancellation.CANCEL, admin, {"subscription_id": subscription}, {"reason": "other"}),
        ),
    )


def role_returns(given: Given) -> Journey:
    _unclaimed(given)
    return Journey(Work("DueFunction", {}))


def role_returns_where_no_seat_is_left(given: Given) -> Journey:
    _unclaimed(given, seats=1)
    return Journey(Work("DueFunction", {}))


def role_was_claimed(given: Given) -> Journey:
    _unclaimed(given, given.person("invited"))
    return Journey(Work("DueFunction", {}))


def claim_on_the_last_day(given: Given) -> Journey:
    invited = _unclaimed(given)
    ask_to_register(given, invited)
    body = {"email": invited, "code": given.code(invited, "registration")}
    return Journey(Call(registration.CONFIRM, body=body, cookie=given.asking))


def _unclaimed(given: Given, invited: str = "", **fields: Any) -> str:
    """A subscription whose role was passed on a week ago, to an address that had no account; returns that address."""
    former, invited = given.person("former"), invited or given.address("invited")
    unclaimed = {"former": former, "until": given.today().isoformat()}
    subscription = given.subscription(invited, unclaimed=unclaimed, **fields)
    given.invited(subscription, invited, "administrator")
    given.write(Due(given.today(), return_of_role.UNCLAIMED, subscription).put())
    return invited


def not_a_user(given: Given) -> Call:
    admin = given.person()
    return _transfer(admin, given.subscription(admin, given.address("one")), admin)


def not_active(given: Given) -> Call:
    admin = given.person()
    return _transfer(admin, given.subscription(admin, given.address("one"), status="ended"), given.address("one"))


def passed_on_too_often(given: Given) -> Call:
    admin, one = given.person(), given.address("one")
    subscription = given.subscription(admin, one)
    given.use_up(transfer.TRANSFERS, subscription)
    return _transfer(admin, subscription, one)


def forbidden(given: Given) -> Call:
    user = given.person("user")
    return _transfer(user, given.subscription(given.address("admin"), user), user)


def not_found(given: Given) -> Call:
    return _transfer(given.person("outsider"), given.subscription(given.address("admin")), given.address("admin"))


def _transfer(by: str, subscription: str, to: str) -> Call:
    return Call(transfer.TRANSFER, by, {"subscription_id": subscription}, {"email": to})


JOURNEYS: dict[str, Begin] = {
    "transfer": pass_on,
    "role-returns: passed on to one without an account": pass_on_to_one_without_an_account,
    "role-returns: nobody claimed it": role_returns,
    "role-returns: no seat is left": role_returns_where_no_seat_is_left,
    "role-returns: it was claimed": role_was_claimed,
}
MEETINGS: dict[str, Begin] = {"confirm-registration: the role returns": claim_on_the_last_day}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("transfer", "not_a_user"): not_a_user,
    ("transfer", "not_active"): not_active,
    ("transfer", "used_up"): passed_on_too_often,
    ("transfer", "forbidden"): forbidden,
    ("transfer", "not_found"): not_found,
}
