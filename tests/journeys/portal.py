"""How the portal is read."""

from functions.subscriptions import portal
from functions.subscriptions.check_access import CHECK as CHECK_ACCESS
from functions.subscriptions.check_health import CHECK as CHECK_HEALTH
from tests.journeys import Begin, Call, Journey
from tests.journeys.given import Given


def list_subscriptions(given: Given) -> Journey:
    admin = given.person()
    given.subscription(admin, given.address("one"))
    given.subscription(given.address("another"), admin, status="cancelling")
    return Journey(Call(portal.LIST, admin))


def show_subscription(given: Given) -> Journey:
    admin = given.person()
    return Journey(Call(portal.SHOW, admin, {"subscription_id": given.subscription(admin, given.address("one"))}))


def show_history(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, given.address("one"))
    for days_ago in (3, 1, 2):
        data = {"email": given.address("one"), "product": "PROFIS Engineering", "contract_number": "G-2026-900001"}
        given.event(subscription, "user_added", admin, days_ago, subscription=subscription, **data)
    return Journey(Call(portal.HISTORY, admin, {"subscription_id": subscription}))


def check_access(given: Given) -> Journey:
    user = given.person("user")
    given.subscription(given.address("admin"), user)
    return Journey(Call(CHECK_ACCESS, user, query="product=PROFIS%20Engineering"))


def check_health(given: Given) -> Journey:
    return Journey(Call(CHECK_HEALTH))


JOURNEYS: dict[str, Begin] = {
    "list-subscriptions": list_subscriptions,
    "show-subscription": show_subscription,
    "show-history": show_history,
    "check-access": check_access,
    "check-health": check_health,
}
