"""How the administrator's role is passed on, and why it is not."""

from functions.subscriptions import add_user, remove_user, transfer
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given


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


JOURNEYS: dict[str, Begin] = {"transfer": pass_on}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("transfer", "not_a_user"): not_a_user,
    ("transfer", "not_active"): not_active,
    ("transfer", "used_up"): passed_on_too_often,
    ("transfer", "forbidden"): forbidden,
    ("transfer", "not_found"): not_found,
}
