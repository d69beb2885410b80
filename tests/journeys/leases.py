"""How a floating licence's seats are taken, renewed, given back and freed, and why they are not."""

import secrets
from dataclasses import asdict
from datetime import timedelta

from functions.shared import clock
from functions.shared.items import over
from functions.shared.session import account_key
from functions.subscriptions import free_seat, renew_lease, take_lease
from functions.subscriptions import remove_user as removing
from functions.subscriptions import transfer as transferring
from functions.subscriptions.leases import LASTS, Lease, new_id, shelf_key
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given

PRODUCT = "PROFIS Engineering"
LAPTOP = "Laptop on site"


def take(given: Given) -> Journey:
    admin, user, other = given.person(), given.person("user"), given.person("other")
    subscription = _floating(given, admin, user, other)
    last = hold(given, subscription, 1, other)
    return Journey(
        _take(user),
        rivals=(
            _take(user),
            _take(user, "Desktop"),
            _take(other, "Desktop"),
            _release(other, last),
            _free(admin, subscription, last),
            _remove(admin, subscription, user),
            _transfer(admin, subscription, user),
        ),
    )


def take_the_last(given: Given) -> Journey:
    admin, user, other = given.person(), given.person("user"), given.person("other")
    subscription = _floating(given, admin, user, other, seats=1)
    return Journey(_take(user), rivals=(_take(other), _take(user, "Desktop"), _remove(admin, subscription, user)))


def take_again(given: Given) -> Journey:
    admin, user = given.person(), given.person("user")
    subscription = _floating(given, admin, user)
    lease = hold(given, subscription, 1, user, ago=5)
    return Journey(
        _take(user),
        rivals=(_release(user, lease), _free(admin, subscription, lease), _remove(admin, subscription, user)),
    )


def renew(given: Given) -> Journey:
    admin, user, other = given.person(), given.person("user"), given.person("other")
    subscription = _floating(given, admin, user, other)
    lease = hold(given, subscription, 1, user, ago=5)
    return Journey(
        _renew(user, lease),
        rivals=(
            _renew(user, lease),
            _release(user, lease),
            _take(other),
            _free(admin, subscription, lease),
            _remove(admin, subscription, user),
            _transfer(admin, subscription, user),
        ),
    )


def renew_the_administrators(given: Given) -> Journey:
    admin, user = given.person(), given.person("user")
    subscription = _floating(given, admin, user)
    lease = hold(given, subscription, 1, admin)
    return Journey(_renew(admin, lease), rivals=(_transfer(admin, subscription, user),))


def release(given: Given) -> Journey:
    admin, user, other = given.person(), given.person("user"), given.person("other")
    subscription = _floating(given, admin, user, other, seats=1)
    lease = hold(given, subscription, 1, user)
    return Journey(
        _release(user, lease),
        rivals=(_release(user, lease), _renew(user, lease), _take(other), _free(admin, subscription, lease)),
    )


def list_leases(given: Given) -> Journey:
    admin, user = given.person(), given.person("user")
    subscription = _floating(given, admin, user)
    held = hold(given, subscription, 1, user)
    hold(given, subscription, 2, admin)
    return Journey(
        Call(free_seat.LIST, admin, {"subscription_id": subscription}),
        rivals=(_release(user, held), _remove(admin, subscription, user)),
    )


def free(given: Given) -> Journey:
    admin, user, other = given.person(), given.person("user"), given.person("other")
    subscription = _floating(given, admin, user, other, seats=1)
    lease = hold(given, subscription, 1, user)
    return Journey(
        _free(admin, subscription, lease),
        rivals=(_renew(user, lease), _release(user, lease), _take(other), _transfer(admin, subscription, user)),
    )


def no_access(given: Given) -> Call:
    user = given.person("user")
    given.subscription(given.address("admin"), user, licence="floating", status="awaiting_terms")
    return _take(user)


def no_lease_needed(given: Given) -> Call:
    user = given.person("user")
    _floating(given, given.address("admin"), user)
    given.subscription(user)
    return _take(user)


def all_seats_in_use(given: Given) -> Call:
    user = given.person("user")
    subscription = _floating(given, given.address("admin"), user, seats=1)
    hold(given, subscription, 1, given.address("admin"))
    return _take(user)


def lease_ended(given: Given) -> Call:
    user = given.person("user")
    subscription = _floating(given, given.address("admin"), user)
    return _renew(user, hold(given, subscription, 1, user, ago=21))


def hold(given: Given, subscription: str, seat: int, email: str, *, ago: int = 0, device: str = LAPTOP) -> str:
    """Somebody has held that seat for so many minutes; returns the lease's id."""
    at = clock.now() - timedelta(minutes=ago)
    account_id = (given.store.item(account_key(email)) or {}).get("account_id", "")
    lease = Lease(
        id=new_id(subscription, seat, secrets.token_hex(32), account_id, given.cloud.keys),
        seat=seat,
        email=email,
        device=device,
        since=clock.rfc3339(at),
        expires_at=clock.rfc3339(at + LASTS),
        joined=1,
    )
    key = shelf_key(subscription, seat)
    read = given.store.item(key)
    given.write(over(key, read, {"leases": [*(read["leases"] if read else ()), asdict(lease)]}))
    return lease.id


def _floating(given: Given, administrator: str, *others: str, seats: int = 3) -> str:
    return given.subscription(administrator, *others, licence="floating", seats=seats)


def _take(by: str, device: str = LAPTOP) -> Call:
    return Call(take_lease.TAKE, by, body={"product": PRODUCT, "device": device})


def _renew(by: str, lease: str) -> Call:
    return Call(renew_lease.RENEW, by, {"lease": lease})


def _release(by: str, lease: str) -> Call:
    return Call(renew_lease.RELEASE, by, {"lease": lease})


def _free(by: str, subscription: str, lease: str) -> Call:
    return Call(free_seat.FREE, by, {"subscription_id": subscription, "lease": lease})


def _remove(by: str, subscription: str, email: str) -> Call:
    return Call(removing.REMOVE, by, {"subscription_id": subscription, "email": email})


def _transfer(by: str, subscription: str, email: str) -> Call:
    return Call(transferring.TRANSFER, by, {"subscription_id": subscription}, {"email": email})


JOURNEYS: dict[str, Begin] = {
    "take-lease": take,
    "take-lease: the last seat": take_the_last,
    "take-lease: the same device again": take_again,
    "renew-lease": renew,
    "renew-lease: the administrator's": renew_the_administrators,
    "release-lease": release,
    "list-leases": list_leases,
    "free-seat": free,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("take-lease", "forbidden"): no_access,
    ("take-lease", "no_lease_needed"): no_lease_needed,
    ("take-lease", "all_seats_in_use"): all_seats_in_use,
    ("renew-lease", "lease_ended"): lease_ended,
}
