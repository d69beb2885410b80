"""How users are listed, added and removed, and why they are not."""

from functions.subscriptions import add_user as adding
from functions.subscriptions import remove_user as removing
from functions.subscriptions import users
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given


def list_users(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, given.address("one"), given.address("two"))
    return Journey(Call(users.LIST, admin, {"subscription_id": subscription}))


def add_user(given: Given) -> Journey:
    admin = given.person(language="fr")
    subscription = given.subscription(admin, seats=2)
    return Journey(
        add(admin, subscription, given.address("new")),
        rivals=(
            add(admin, subscription, given.address("new")),
            add(admin, subscription, given.address("other")),
        ),
    )


def add_user_with_an_account(given: Given) -> Journey:
    admin, colleague = given.person(), given.person("colleague", language="fr")
    subscription = given.subscription(admin, given.address("leaving"), licence="floating", seats=1)
    return Journey(
        add(admin, subscription, colleague),
        rivals=(_remove(admin, subscription, given.address("leaving")),),
    )


def remove_user(given: Given) -> Journey:
    admin, colleague = given.person(), given.person("colleague")
    subscription = given.subscription(admin, colleague, given.address("other"), seats=3)
    return Journey(
        _remove(admin, subscription, colleague),
        rivals=(
            _remove(admin, subscription, colleague),
            _remove(admin, subscription, given.address("other")),
            add(admin, subscription, given.address("new")),
        ),
    )


def added_too_often(given: Given) -> Call:
    admin, new = given.person(), given.address("new")
    subscription = given.subscription(admin)
    given.use_up(adding.TO_ONE, f"{subscription} {new}")
    return add(admin, subscription, new)


def already_a_user(given: Given) -> Call:
    admin = given.person()
    return add(admin, given.subscription(admin, given.address("new")), f" {given.address('NEW').upper()} ")


def no_seat_left(given: Given) -> Call:
    admin = given.person()
    return add(admin, given.subscription(admin, given.address("one"), seats=2), given.address("new"))


def not_active(given: Given) -> Call:
    admin = given.person()
    return add(admin, given.subscription(admin, status="awaiting_terms"), given.address("new"))


def is_administrator(given: Given) -> Call:
    admin = given.person()
    return _remove(admin, given.subscription(admin, given.address("one")), admin)


def add(by: str, subscription: str, email: str) -> Call:
    """A user is added."""
    return Call(adding.ADD, by, {"subscription_id": subscription}, {"email": email})


def _remove(by: str, subscription: str, email: str) -> Call:
    return Call(removing.REMOVE, by, {"subscription_id": subscription, "email": email})


JOURNEYS: dict[str, Begin] = {
    "list-users": list_users,
    "add-user": add_user,
    "add-user: with an account": add_user_with_an_account,
    "remove-user": remove_user,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("add-user", "already_a_user"): already_a_user,
    ("add-user", "no_seat_left"): no_seat_left,
    ("add-user", "not_active"): not_active,
    ("add-user", "used_up"): added_too_often,
    ("remove-user", "is_administrator"): is_administrator,
}
