"""A subscription as the API shows it to one reader, with what they can do now and why not the rest."""

from collections.abc import Mapping
from typing import Any, Literal

from functions.shared import clock
from functions.shared.fields import Model
from functions.shared.items import Item
from functions.shared.job import Ask, Offer, SignedIn
from functions.shared.lists import Listed
from functions.shared.terms import CURRENT
from functions.subscriptions.invitation_mail import SHOWN_MAILS
from functions.subscriptions.subscription import (
    OPEN_TO_USERS,
    MemberStatus,
    Role,
    Status,
    Subscription,
    decidable_from,
)

_WITHDRAW = "withdraw"


class User(Model):
    """One who may use the software; `invited` until they have an account.

    `invited_at` is when the latest e-mail was called for that tells them so, `mail` what is known of it; the
    administrator gets none.
    """

    email: str
    status: MemberStatus
    added_at: str
    invited_at: str | None
    mail: Literal["sent", "delivered", "bounced"] | None


def shown_user(email: str, kept: Item) -> User:
    """A user as the list keeps them."""
    return User(
        email=email,
        status=kept["status"],
        added_at=kept["added_at"],
        invited_at=kept.get("invited_at"),
        mail=SHOWN_MAILS.get(kept.get("mail", "")),
    )


class Action(Model):
    """What the reader can do now, or the code that says why not."""

    action: str
    allowed: bool
    reason: str | None


class OpenTakeover(Model):
    """A request to take over, and from when on it can be decided."""

    id: str
    asked_by: str
    asked_at: str
    decidable_from: str


class ShownSubscription(Model):
    """A subscription as one reader sees it; of a trial, the days left, today included.

    `seats_next` is how many seats the next year will have, if they are fewer; `withdrawable_until` is the last day on
    which the reader can withdraw from the contract, while they can. `takeover` is shown to who asked for it and to the
    administrator, while it is open.
    """

    id: str
    contract_number: str
    product: str
    edition: str
    licence: Literal["individual", "floating"]
    seats: int
    seats_used: int
    status: Status
    administrator: str
    start: str
    end: str
    terms_version: str
    role: Role
    actions: list[Action]
    seats_next: int | None = None
    takeover: OpenTakeover | None = None
    users: Listed[User] | None = None
    days_left: int | None = None
    withdrawable_until: str | None = None


def shown(subscription: Subscription, role: Role, ask: Ask[Any]) -> ShownSubscription:
    """The subscription as it stands today, for a reader with that role."""
    return shown_as(ShownSubscription, subscription, role, ask)


def shown_as[Shown: ShownSubscription](
    model: type[Shown], subscription: Subscription, role: Role, ask: Ask[Any], **more: object
) -> Shown:
    """The same, as a model that says more."""
    now = subscription.on(ask.today)
    if now.status == "trial":
        more = {"days_left": (now.end - ask.today).days + 1, **more}
    offered = actions(now, role, ask.actions)
    if any(one.action == _WITHDRAW and one.allowed for one in offered):
        more = {"withdrawable_until": now.withdrawable_until, **more}
    return model.model_validate(
        {
            "id": now.id,
            "contract_number": now.contract_number,
            "product": now.product,
            "edition": now.edition,
            "licence": now.licence,
            "seats": now.seats,
            "seats_used": now.seats_used,
            "seats_next": now.seats_next if now.status == "active" else None,
            "status": now.status,
            "administrator": now.administrator,
            "start": now.start.isoformat(),
            "end": now.end.isoformat(),
            "terms_version": CURRENT,
            "role": role,
            "actions": offered,
            "takeover": _takeover(now, role, ask),
            **more,
        }
    )


def _takeover(subscription: Subscription, role: Role, ask: Ask[Any]) -> dict[str, str] | None:
    asked = subscription.takeover if subscription.status in OPEN_TO_USERS else None
    is_own = asked and isinstance(ask, SignedIn) and ask.reader.email == asked["asked_by"]
    if not asked or not (is_own or role == "administrator"):
        return None
    return {**asked, "decidable_from": clock.rfc3339(decidable_from(asked["asked_at"]))}


def actions(subscription: Subscription, role: Role, offered: Mapping[str, Offer]) -> list[Action]:
    """What this reader can do with the subscription as it stands, and why not the rest."""
    reasons = {
        name: offer.why_not(subscription) if role == offer.role else offer.not_yours for name, offer in offered.items()
    }
    return [Action(action=name, allowed=why is None, reason=why.name if why else None) for name, why in reasons.items()]
