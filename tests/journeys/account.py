"""How people change their address, take it back, fetch their data and close their account, and why they cannot."""

import secrets
from datetime import timedelta
from typing import Any

from functions.onboarding import change_address as changing
from functions.onboarding import close_account as closing
from functions.onboarding import export
from functions.onboarding.account import person_key
from functions.onboarding.registration import REGISTER
from functions.onboarding.reserved import reserved_key
from functions.onboarding.sign_in import FROM_KNOWN_BROWSER, SIGN_IN
from functions.shared import clock, links, one_time_codes, session
from functions.shared.items import Put
from functions.subscriptions import remove_user as removing
from functions.subscriptions import transfer as transferring
from functions.subscriptions.add_user import ADD
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import PASSWORD, Given
from tests.journeys.leases import hold
from tests.journeys.shop import placed

_SEED = "7" * 32
NEW = "moved"


def change(given: Given) -> Journey:
    camille = registered(given)
    changing_it = _change(camille, given.address(NEW))
    return Journey(changing_it, rivals=(changing_it, _change(camille, given.address("other"))))


def change_to_somebodys(given: Given) -> Journey:
    """Whose owner is told, and nothing else."""
    camille, other = registered(given), given.person("other")
    return Journey(_change(camille, other))


def confirm(given: Given) -> Journey:
    """Of somebody who administers one subscription, uses another, and was invited to both under the new address."""
    camille, other, new = registered(given), given.person("other"), given.address(NEW)
    mine = given.subscription(camille, new, licence="floating", seats=3)
    hold(given, mine, 1, camille)
    shared = given.subscription(other, camille, new)
    for name in (mine, shared):
        given.invited(name, new, "user")
    placed(given, camille)
    asked_for(given, camille, new)
    confirming = confirmation(given, camille)
    return Journey(
        confirming,
        rivals=(
            confirming,
            Call(SIGN_IN, body={"email": camille, "password": PASSWORD}),
            Call(transferring.TRANSFER, other, {"subscription_id": shared}, {"email": camille}),
            Call(removing.REMOVE, other, {"subscription_id": shared, "email": camille}),
            Call(removing.REMOVE, other, {"subscription_id": shared, "email": new}),
            Call(ADD, other, {"subscription_id": given.subscription(other)}, {"email": camille}),
            closing_of(camille),
        ),
        in_steps=True,
    )


def open_link(given: Given) -> Journey:
    _, _, token = moved(given)
    return Journey(Call(changing.OPEN, body={"token": token}))


def undo(given: Given) -> Journey:
    former, now, token = moved(given)
    other = given.person("other")
    given.subscription(now, other)
    shared = given.subscription(other, now)
    undoing = Call(changing.UNDO, body={"token": token})
    return Journey(
        undoing,
        rivals=(
            undoing,
            Call(transferring.TRANSFER, other, {"subscription_id": shared}, {"email": now}),
            Call(removing.REMOVE, other, {"subscription_id": shared, "email": now}),
            Call(REGISTER, body=_registration(former)),
        ),
    )


def export_account(given: Given) -> Journey:
    """Each part of it as of the moment at which that is read."""
    camille = registered(given)
    given.subscription(camille, given.address("other"))
    placed(given, camille)
    return Journey(Call(export.EXPORT, camille), in_steps=True)


def close(given: Given) -> Journey:
    """Of somebody who uses one subscription and administers another that is over."""
    camille, other = registered(given), given.person("other")
    shared = given.subscription(other, camille, licence="floating", seats=3)
    hold(given, shared, 1, camille)
    given.event(shared, "user_added", other, 3, email=camille, subscription=shared)
    over = given.today() - timedelta(days=3)
    given.subscription(camille, status="ended", start=over - timedelta(days=364), end=over)
    placed(given, camille)
    closing_it = closing_of(camille)
    return Journey(
        closing_it,
        rivals=(
            closing_it,
            Call(SIGN_IN, body={"email": camille, "password": PASSWORD}),
            Call(transferring.TRANSFER, other, {"subscription_id": shared}, {"email": camille}),
            Call(removing.REMOVE, other, {"subscription_id": shared, "email": camille}),
            Call(ADD, other, {"subscription_id": given.subscription(other)}, {"email": camille}),
        ),
        in_steps=True,
    )


def wrong_password(given: Given) -> Call:
    return _change(registered(given), given.address(NEW), "wrong")


def just_changed(given: Given) -> Call:
    camille = registered(given)
    until = clock.rfc3339(clock.now() + timedelta(days=3))
    given.write_account(camille, given.account(camille) | {"moved": {"from": given.address("former"), "until": until}})
    return _change(camille, given.address(NEW))


def too_many_changes(given: Given) -> Call:
    camille = registered(given)
    given.use_up(FROM_KNOWN_BROWSER, _here(given, camille))
    return _change(camille, given.address(NEW))


def wrong_code(given: Given) -> Call:
    camille = registered(given)
    asked_for(given, camille, given.address(NEW))
    return confirmation(given, camille, wrong=True)


def no_such_link(given: Given) -> Call:
    return Call(changing.OPEN, body={"token": "unknown"})


def link_too_old(given: Given) -> Call:
    return Call(changing.OPEN, body={"token": moved(given, days_ago=7)[2]})


def nothing_to_undo(given: Given) -> Call:
    return Call(changing.UNDO, body={"token": "unknown"})


def undone_too_late(given: Given) -> Call:
    return Call(changing.UNDO, body={"token": moved(given, days_ago=7)[2]})


def wrong_password_to_close(given: Given) -> Call:
    return closing_of(registered(given), "wrong")


def still_administers(given: Given) -> Call:
    camille = registered(given)
    given.subscription(camille)
    return closing_of(camille)


def too_many_closings(given: Given) -> Call:
    camille = registered(given)
    given.use_up(FROM_KNOWN_BROWSER, _here(given, camille))
    return closing_of(camille)


def asked_for(given: Given, email: str, new: str) -> None:
    """The code for another address was sent there."""
    key = changing.code_of(email)
    given.write(one_time_codes.issue({}, key, _SEED, clock.now(), {"email": new}))


def registered(given: Given, name: str = "admin") -> str:
    """Somebody who has registered."""
    email = given.person(name, password=True)
    given.write(Put(person_key(given.account(email)["account_id"]), {"email": email, "version": 1}))
    return email


def _here(given: Given, email: str) -> str:
    here = session.session_id(given.cookies[email].rpartition(".")[2])
    return f"{email} {given.account(email)['login']} {here}"


def moved(given: Given, days_ago: int = 0) -> tuple[str, str, str]:
    """Who has changed their address that long ago: the former one, the one of now, and the link's token."""
    former, now = given.address("former"), registered(given)
    until = clock.now() + timedelta(days=7 - days_ago)
    account = given.account(now) | {"moved": {"from": former, "until": clock.rfc3339(until)}}
    given.write_account(now, account)
    token = secrets.token_hex(16)
    given.write(
        links.made(token, links.Link(changing.LINK_PURPOSE, f"{account['account_id']} {former}", until)),
        Put(
            reserved_key(former),
            {
                "account_id": account["account_id"],
                "to": now,
                "link": links.key(token).pk,
                "reserved_until": clock.rfc3339(until),
                "version": 1,
            },
        ),
    )
    return former, now, token


def _registration(email: str) -> dict[str, Any]:
    return {
        "email": email,
        "company": "Blum",
        "profile": "student",
        "password": "a heron stands in the shallow river",
        "language": "en",
    }


def _change(by: str, new: str, password: str = PASSWORD) -> Call:
    return Call(changing.CHANGE, by, body={"email": new, "password": password})


def confirmation(given: Given, by: str, *, wrong: bool = False) -> Call:
    """The code that was sent, or another."""
    right = one_time_codes.code(changing.code_of(by), _SEED, given.cloud.keys)
    return Call(changing.CONFIRM, by, body={"code": f"{(int(right) + wrong) % 1_000_000:06}"})


def closing_of(by: str, password: str = PASSWORD) -> Call:
    """Their account is to be closed."""
    return Call(closing.CLOSE, by, body={"password": password})


JOURNEYS: dict[str, Begin] = {
    "change-address": change,
    "change-address: to somebody's": change_to_somebodys,
    "confirm-address": confirm,
    "open-address-link": open_link,
    "undo-address": undo,
    "export-account": export_account,
    "close-account": close,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("change-address", "wrong_credentials"): wrong_password,
    ("change-address", "address_just_changed"): just_changed,
    ("change-address", "too_many_tries"): too_many_changes,
    ("confirm-address", "wrong_code"): wrong_code,
    ("open-address-link", "not_found"): no_such_link,
    ("open-address-link", "link_expired"): link_too_old,
    ("undo-address", "not_found"): nothing_to_undo,
    ("undo-address", "link_expired"): undone_too_late,
    ("close-account", "wrong_credentials"): wrong_password_to_close,
    ("close-account", "address_just_changed"): lambda given: closing_of(moved(given)[1]),
    ("close-account", "is_administrator"): still_administers,
    ("close-account", "too_many_tries"): too_many_closings,
}
