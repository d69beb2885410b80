"""The subscription: its state, who may do what with it and when. Pure: no AWS, no clock."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from functions.shared.refusal import Refused
from functions.shared.session import person
from functions.shared.store import Item, Items, Key, Put, new, next_version
from functions.shared.terms import CURRENT

type Status = Literal[
    "awaiting_terms",
    "awaiting_activation",
    "awaiting_signature",
    "active",
    "cancelling",
    "ended",
    "trial",
    "trial_ended",
]
type Role = Literal["administrator", "user"]

# In these states the software may be used.
USABLE: frozenset[Status] = frozenset({"active", "cancelling", "trial"})
# In these states users may be added.
OPEN_TO_USERS: frozenset[Status] = frozenset({"active", "cancelling"})
_TRIALS: frozenset[Status] = frozenset({"trial", "trial_ended"})


@dataclass(frozen=True)
class Subscription:
    """A subscription as it is kept. `end` is the last day of use; `users` counts the administrator too.

    `unit_price` is what was agreed, in euro cents for a seat and year; `terms_accepted` says which `version` of the
    terms was accepted, `at` what time, `by` whom, in which `language`, and the text's `sha256`; `cancellation` is what
    was said at the cancellation while it stands; `noticed_end` is the last day whose renewal notice went out.
    """

    id: str
    contract_number: str
    product: str
    edition: str
    licence: Literal["individual", "floating"]
    seats: int
    users: int
    status: Status
    administrator: str
    start: date
    end: date
    version: int = 0
    unit_price: int = 0
    terms_accepted: Mapping[str, Any] | None = None
    cancellation: Mapping[str, Any] | None = None
    noticed_end: str | None = None

    @classmethod
    def stored(cls, item: Item) -> "Subscription":
        """From its item in the table."""
        known = {name: item[name] for name in cls.__dataclass_fields__ if name in item}
        return cls(**known | {"start": date.fromisoformat(item["start"]), "end": date.fromisoformat(item["end"])})

    def put(self) -> Put:
        """Its item, written over the version that was read."""
        return next_version(state_key(self.id), self.attributes())

    def attributes(self) -> dict[str, Any]:
        """What its item holds."""
        return asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def on(self, today: date) -> "Subscription":
        """As it stands on a business day, whether or not the worker that ends or renews it has run yet."""
        if today <= self.end:
            return self
        match self.status:
            case "cancelling":
                return replace(self, status="ended")
            case "trial":
                return replace(self, status="trial_ended")
            case "active":
                return replace(self, end=_renewed(self.end, today))
        return self

    @property
    def seats_used(self) -> int:
        """Seats taken: one for each user of an individual licence; of a floating one, at most all of them at once."""
        return min(self.users, self.seats)

    @property
    def has_free_seat(self) -> bool:
        """Whether one more user may be added; a floating licence's seats are shared, so it takes any number."""
        return self.licence == "floating" or self.users < self.seats


def year_from(start: date) -> date:
    """The last day of a year of use that begins then."""
    return _years_after(start, 1) - timedelta(days=1)


def _renewed(end: date, today: date) -> date:
    """The last day of the year of use that `today` is in; a year runs to the day before its anniversary."""
    begins = end + timedelta(days=1)
    years = today.year - begins.year
    if _years_after(begins, years) <= today:
        years += 1
    return _years_after(begins, years) - timedelta(days=1)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def state_key(subscription_id: str) -> Key:
    """Where a subscription is kept."""
    return Key(partition(subscription_id), "STATE")


def partition(subscription_id: str) -> str:
    """The partition of all that belongs to a subscription."""
    return f"SUBSCRIPTION#{subscription_id}"


def user_key(subscription_id: str, email: str) -> Key:
    """Where a subscription lists one of its users."""
    return Key(partition(subscription_id), f"USER#{email}")


def membership_key(subscription_id: str, email: str) -> Key:
    """Where a person has one of their subscriptions: the twin of `user_key`, beside their session."""
    return Key(person(email), f"SUBSCRIPTION#{subscription_id}")


def link_subject(subscription: Subscription) -> str:
    """What an e-mail's link is about: a subscription under an administrator, so that a transfer makes it worthless."""
    return f"{subscription.id} {subscription.administrator}"


def facts(subscription: Subscription) -> dict[str, str]:
    """What the e-mails to its administrator say of a subscription."""
    return {
        "email": subscription.administrator,
        "product": subscription.product,
        "contract_number": subscription.contract_number,
        "subscription": subscription.id,
    }


def begun(subscription: Subscription, at: str) -> tuple[Put, ...]:
    """A new subscription, its administrator the first of its users."""
    id_, email = subscription.id, subscription.administrator
    return (
        new(state_key(id_), replace(subscription, version=1).attributes()),
        new(user_key(id_, email), {"role": "administrator", "status": "active", "added_at": at}),
        new(membership_key(id_, email), {"role": "administrator", "product": subscription.product}),
    )


def keys(subscription_id: str, email: str) -> list[Key]:
    """What a decision about a subscription needs of it for one reader."""
    return [state_key(subscription_id), membership_key(subscription_id, email)]


def found(items: Items, subscription_id: str, email: str) -> tuple[Subscription, Role]:
    """The subscription and the reader's role in it. Raises Refused `not_found` for a reader who has none."""
    state, membership = (items.get(key) for key in keys(subscription_id, email))
    if state is None or membership is None:
        raise Refused("not_found")
    return Subscription.stored(state), membership["role"]


def administered(items: Items, subscription_id: str, email: str) -> Subscription:
    """The subscription, for its administrator. Raises Refused `not_found`, or `forbidden` for its other users."""
    subscription, role = found(items, subscription_id, email)
    if role != "administrator":
        raise Refused("forbidden")
    return subscription


def shown(subscription: Subscription, role: Role, today: date) -> dict[str, Any]:
    """The subscription as the API shows it to a reader with that role; of a trial, the days left, today included."""
    now = subscription.on(today)
    trial = {"days_left": (now.end - today).days + 1} if now.status == "trial" else {}
    return {
        "id": now.id,
        "contract_number": now.contract_number,
        "product": now.product,
        "edition": now.edition,
        "licence": now.licence,
        "seats": now.seats,
        "seats_used": now.seats_used,
        "status": now.status,
        "administrator": now.administrator,
        "start": now.start.isoformat(),
        "end": now.end.isoformat(),
        "terms_version": CURRENT,
        "role": role,
        "actions": actions(now, role),
        **trial,
    }


def actions(subscription: Subscription, role: Role) -> list[Mapping[str, Any]]:
    """What this reader can do with the subscription as it stands, and why not the rest."""
    found: list[Mapping[str, Any]] = []
    for name, why_not in ACTIONS.items():
        reason = why_not(subscription) if role == "administrator" else "forbidden"
        found.append({"action": name, "allowed": reason is None, "reason": reason})
    return found


def refuse_unless(why_not: Callable[[Subscription], str | None], subscription: Subscription, today: date) -> None:
    """Raises Refused with the code by which one of the rules below refuses the subscription as it stands that day."""
    if reason := why_not(subscription.on(today)):
        raise Refused(reason)


def why_not_add_user(subscription: Subscription) -> str | None:
    """The code that refuses one more user, if any."""
    if subscription.status not in OPEN_TO_USERS:
        return "not_active"
    return None if subscription.has_free_seat else "no_seat_left"


def why_not_remove_user(subscription: Subscription) -> str | None:
    """The code that refuses removing a user, if any."""
    return None if subscription.users > 1 else "no_other_user"


def why_not_accept_terms(subscription: Subscription) -> str | None:
    """The code that refuses accepting the terms, if any."""
    if subscription.status in _TRIALS:
        return "is_trial"
    return None if subscription.status == "awaiting_terms" else "terms_already_accepted"


def why_not_activate(subscription: Subscription) -> str | None:
    """The code that refuses the activation, if any."""
    if subscription.status in _TRIALS:
        return "is_trial"
    if subscription.status == "awaiting_terms":
        return "terms_not_accepted"
    return None if subscription.status == "awaiting_activation" else "already_activated"


def why_not_sign(subscription: Subscription) -> str | None:
    """The code that refuses the signature, if any."""
    if subscription.status in _TRIALS:
        return "is_trial"
    if subscription.status == "awaiting_terms":
        return "terms_not_accepted"
    if subscription.status == "awaiting_activation":
        return "not_activated"
    return None if subscription.status == "awaiting_signature" else "already_signed"


def why_not_fetch_contract(subscription: Subscription) -> str | None:
    """The code that refuses the contract, if any: it is drawn up at the activation, and a trial leads to none."""
    is_drawn_up = subscription.terms_accepted is not None and subscription.status != "awaiting_activation"
    return None if is_drawn_up else "no_contract_yet"


def why_not_transfer(subscription: Subscription) -> str | None:
    """The code that refuses passing the administrator's role on, if any."""
    if subscription.status not in OPEN_TO_USERS:
        return "not_active"
    return None if subscription.users > 1 else "no_other_user"


def why_not_cancel(subscription: Subscription) -> str | None:
    """The code that refuses the cancellation, if any."""
    if subscription.status == "cancelling":
        return "already_cancelling"
    return None if subscription.status == "active" else "not_active"


def why_not_undo_cancellation(subscription: Subscription) -> str | None:
    """The code that refuses taking the cancellation back, if any."""
    return None if subscription.status == "cancelling" else "not_cancelling"


def why_not_choose_edition(subscription: Subscription) -> str | None:
    """The code that refuses another edition, if any; it can be chosen once a trial is over."""
    if subscription.status == "trial":
        return "trial_running"
    return None if subscription.status == "trial_ended" else "not_a_trial"


# What an administrator can do, each with the rule that refuses it. The jobs ask the same rules.
ACTIONS: Mapping[str, Callable[[Subscription], str | None]] = {
    "accept_terms": why_not_accept_terms,
    "activate": why_not_activate,
    "sign": why_not_sign,
    "add_user": why_not_add_user,
    "remove_user": why_not_remove_user,
    "transfer": why_not_transfer,
    "cancel": why_not_cancel,
    "undo_cancellation": why_not_undo_cancellation,
    "fetch_contract": why_not_fetch_contract,
    "choose_edition": why_not_choose_edition,
}
