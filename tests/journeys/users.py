"""How users are listed, added and removed, and why they are not."""

from typing import Any

from functions.shared import clock, mail_log
from functions.subscriptions import add_user as adding
from functions.subscriptions import add_users, colleagues, users
from functions.subscriptions import invite_again as inviting
from functions.subscriptions import remove_user as removing
from functions.subscriptions.invitation_mail import INVITATION_TAG, SUBSCRIPTION_TAG
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import INVITATION, Given


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


def preview_users(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, given.address("one"), seats=3)
    return Journey(_pasted(add_users.PREVIEW, admin, subscription, *_lines(given)))


def export_users(given: Given) -> Journey:
    admin = given.person(language="fr")
    subscription = given.subscription(admin, given.address("one"), given.address("=two"))
    return Journey(Call(users.EXPORT, admin, {"subscription_id": subscription}))


def add_a_team(given: Given) -> Journey:
    """The last of them finds no seat; one has an account, one is a user."""
    admin, colleague = given.person(language="fr"), given.person("colleague")
    subscription = given.subscription(admin, given.address("one"), seats=4)
    lines = [*_lines(given), colleague, given.address("third")]
    return Journey(
        _pasted(add_users.ADD, admin, subscription, *lines),
        rivals=(
            add(admin, subscription, given.address("new")),
            _remove(admin, subscription, given.address("one")),
            _pasted(add_users.ADD, admin, subscription, given.address("third"), given.address("other")),
        ),
        in_steps=True,
    )


def invite_again(given: Given) -> Journey:
    admin = given.person()
    subscription, email = _invited(given, admin)
    return Journey(
        _invite(admin, subscription, email),
        rivals=(_invite(admin, subscription, email), _remove(admin, subscription, email)),
    )


def told_of_a_bounce(given: Given) -> Journey:
    admin = given.person()
    subscription, email = _invited(given, admin)
    return Journey(
        _told("Bounce", subscription, email),
        rivals=(
            _told("Delivery", subscription, email),
            _invite(admin, subscription, email),
            _remove(admin, subscription, email),
        ),
    )


def show_colleague(given: Given) -> Journey:
    admin, leaver = given.person(), given.person("leaver")
    _used_by(given, admin, leaver)
    return Journey(Call(colleagues.SHOW, admin, {"email": leaver}))


def remove_colleague(given: Given) -> Journey:
    """From two of the three that the reader administers; what somebody else does stays."""
    admin, leaver, other = given.person(), given.person("leaver"), given.person("other")
    first, second = _used_by(given, admin, leaver)
    given.subscription(admin)
    given.subscription(other, admin, leaver)
    return Journey(
        Call(colleagues.REMOVE, admin, {"email": leaver}),
        rivals=(
            _remove(admin, first, leaver),
            add(admin, second, given.address("new")),
            Call(colleagues.REMOVE, admin, {"email": leaver}),
        ),
        in_steps=True,
    )


def no_team_when_not_active(given: Given) -> Call:
    admin = given.person()
    return _pasted(add_users.ADD, admin, given.subscription(admin, status="ended"), given.address("new"))


def no_preview_when_not_active(given: Given) -> Call:
    admin = given.person()
    return _pasted(add_users.PREVIEW, admin, given.subscription(admin, status="ended"), given.address("new"))


def a_team_too_often(given: Given) -> Call:
    admin = given.person()
    given.use_up(adding.BY_PERSON, admin, left=1)
    return _pasted(add_users.ADD, admin, given.subscription(admin), given.address("new"), given.address("other"))


def already_active(given: Given) -> Call:
    admin, colleague = given.person(), given.person("colleague")
    return _invite(admin, given.subscription(admin, colleague), colleague)


def no_invitation_when_not_active(given: Given) -> Call:
    admin = given.person()
    subscription, email = _invited(given, admin, status="ended")
    return _invite(admin, subscription, email)


def invited_too_often(given: Given) -> Call:
    admin = given.person()
    subscription, email = _invited(given, admin)
    given.use_up(inviting.AGAIN, f"{subscription} {email}")
    return _invite(admin, subscription, email)


def oneself_is_no_colleague(given: Given) -> Call:
    admin = given.person()
    given.subscription(admin, given.address("one"))
    return Call(colleagues.REMOVE, admin, {"email": admin})


def oneself_is_not_looked_up(given: Given) -> Call:
    admin = given.person()
    return Call(colleagues.SHOW, admin, {"email": admin})


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


def _pasted(job: Any, by: str, subscription: str, *lines: str) -> Call:
    return Call(job, by, {"subscription_id": subscription}, {"emails": list(lines)})


def _lines(given: Given) -> list[str]:
    """A user, somebody new twice, and nobody."""
    return [given.address("one"), f"New <{given.address('new')}>;", given.address("new").upper(), "nobody"]


def _invite(by: str, subscription: str, email: str) -> Call:
    return Call(inviting.INVITE, by, {"subscription_id": subscription, "email": email})


def _invited(given: Given, admin: str, **fields: Any) -> tuple[str, str]:
    """A subscription, and one of its users who has no account."""
    email = given.address("invited")
    subscription = given.subscription(admin, email, **fields)
    given.invited(subscription, email, "user")
    return subscription, email


def _told(kind: str, subscription: str, email: str) -> Work:
    """What SES says became of the invitation that `Given.invited` writes."""
    mail = mail_log.mail_id(clock.now(), INVITATION, email, "users.mails.added")
    tags = {mail_log.TAG: [mail], SUBSCRIPTION_TAG: [subscription], INVITATION_TAG: [INVITATION]}
    detail = {"eventType": kind, "mail": {"destination": [email], "tags": tags}, "bounce": {"bounceType": "Permanent"}}
    return Work("MailEventsFunction", {"source": "aws.ses", "detail": detail})


def _used_by(given: Given, admin: str, leaver: str) -> tuple[str, str]:
    """Two subscriptions that somebody uses."""
    return given.subscription(admin, leaver), given.subscription(admin, given.address("stays"), leaver)


JOURNEYS: dict[str, Begin] = {
    "list-users": list_users,
    "preview-users": preview_users,
    "export-users": export_users,
    "add-users": add_a_team,
    "invite-again": invite_again,
    "mail-events: a bounce": told_of_a_bounce,
    "show-colleague": show_colleague,
    "remove-colleague": remove_colleague,
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
    ("preview-users", "not_active"): no_preview_when_not_active,
    ("add-users", "not_active"): no_team_when_not_active,
    ("add-users", "used_up"): a_team_too_often,
    ("invite-again", "already_active"): already_active,
    ("invite-again", "not_active"): no_invitation_when_not_active,
    ("invite-again", "used_up"): invited_too_often,
    ("show-colleague", "is_administrator"): oneself_is_not_looked_up,
    ("remove-colleague", "is_administrator"): oneself_is_no_colleague,
}
