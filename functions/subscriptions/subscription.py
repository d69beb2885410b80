"""The subscription: its state, and who belongs to it. Pure: no AWS, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from functions.shared import clock
from functions.shared.calendar import first_day_of_year_to, last_day_of_year_around, last_day_of_year_from
from functions.shared.fields import plain
from functions.shared.items import Delete, Item, Items, Key, Put, Reads, Set, Write, new, next_version
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.shared.session import person

type Status = Literal[
    "awaiting_terms",
    "awaiting_activation",
    "awaiting_signature",
    "active",
    "cancelling",
    "ended",
    "trial",
    "trial_ended",
    "withdrawn",
]
type Role = Literal["administrator", "user"]
type MemberStatus = Literal["active", "invited"]

NOT_ACTIVE = conflict("not_active", "subscription")
IS_TRIAL = conflict("is_trial", "subscription")

# In these states the software may be used.
USABLE: frozenset[Status] = frozenset({"active", "cancelling", "trial"})
# In these states users may be added.
OPEN_TO_USERS: frozenset[Status] = frozenset({"active", "cancelling"})
TRIALS: frozenset[Status] = frozenset({"trial", "trial_ended"})
# In these states what was ordered is not signed, and binds nobody.
UNSIGNED: frozenset[Status] = frozenset({"awaiting_terms", "awaiting_activation", "awaiting_signature"})
# Longer than a lease of a floating licence's seat lasts: by then nobody who has left has one to be ended.
_DEPARTURES_MATTER = timedelta(hours=1)
_MARK_DIGITS = 16
_LOOK_ALIKE = str.maketrans("oil", "011")
# The partition of the requests to take over that wait for the staff, and how its keys begin.
ASKED = "TAKEOVERS"
ASKED_PREFIX = "ASKED#"
TAKEOVER_WAITS = timedelta(days=7)


@dataclass(frozen=True)
class Subscription:
    """A subscription as it is kept. `end` is the last day of use; `users` counts the administrator too.

    `unit_price` is what was agreed, in euro cents for a seat and year before VAT, `paid` all that was paid for it, VAT
    included; `terms_accepted` says which `version` of the terms was accepted, `at` what time, `by` whom, in which
    `language`, and the text's `sha256`; `cancellation` is what was said at the cancellation while it stands;
    `noticed_end` is the last day whose renewal notice went out; `unclaimed` says who (`former`) passed the role to
    somebody without an account, and when (`until`) it goes back; `departed` which version ended the leases of each who
    has lately left a floating licence, by `mark_of`, and until when (epoch seconds) that matters;
    `withdrawable_until` is the last day on which the consumer who concluded the contract (`withdrawable_by`, by
    `mark_of`) may withdraw from it, and `withdrawal` what was said when they did; `seats_next` is how many seats the
    next year has, if they are fewer, and `amended` how many amendments its contract has; `takeover` says who
    (`asked_by`) has asked to take the administrator's place, when (`asked_at`), by which request (`id`), while nobody
    has objected or decided; `concluded_elsewhere` says of a contract that was taken over what its amendments name: the
    `supplier` and the `company` that it is between, and its `language`. `as_of` is the business day as which it is
    looked at, and is not kept.
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
    unclaimed: Mapping[str, str] | None = None
    departed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    paid: int = 0
    withdrawable_until: str | None = None
    withdrawable_by: str | None = None
    withdrawal: Mapping[str, Any] | None = None
    seats_next: int | None = None
    amended: int = 0
    takeover: Mapping[str, str] | None = None
    concluded_elsewhere: Mapping[str, str] | None = None
    as_of: date | None = field(default=None, compare=False)

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
        kept = asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return {name: value for name, value in kept.items() if name != "as_of"}

    def on(self, today: date) -> "Subscription":
        """As it stands on a business day, whether or not the worker that ends or renews it has run yet."""
        now = replace(self, as_of=today)
        if today <= self.end:
            return now
        match self.status:
            case "cancelling":
                return replace(now, status="ended")
            case "trial":
                return replace(now, status="trial_ended")
            case "active":
                end = last_day_of_year_around(self.end, today)
                return replace(now, end=end, seats=self.seats_of_next_year, seats_next=None)
        return now

    @property
    def year_begins(self) -> date:
        """The first day of the year of use that ends on `end`; the first such year may begin on 29 February."""
        return self.start if last_day_of_year_from(self.start) == self.end else first_day_of_year_to(self.end)

    @property
    def seats_of_next_year(self) -> int:
        """How many seats it has once it renews."""
        return self.seats_next or self.seats

    @property
    def seats_used(self) -> int:
        """Seats taken: one for each user of an individual licence; of a floating one, at most all of them at once.

        Nobody has one of what was withdrawn from.
        """
        return 0 if self.status == "withdrawn" else min(self.users, self.seats)

    @property
    def has_free_seat(self) -> bool:
        """Whether one more user may be added; a floating licence's seats are shared, so it takes any number."""
        return self.free_seats is None or self.free_seats > 0

    @property
    def free_seats(self) -> int | None:
        """How many more users may be added; None of a floating licence, which takes any number.

        Where fewer are planned, nobody gets one that is not there next year.
        """
        return None if self.licence == "floating" else max(self.seats_of_next_year - self.users, 0)

    def without(self, email: str, now: datetime) -> "Subscription":
        """Whoever leaves with its next version: what they lease of a floating licence ends with it."""
        if self.licence != "floating":
            return self
        seconds = int(now.timestamp())
        known = {mark: until for mark, until in self.departed.items() if until[1] > seconds}
        until = seconds + int(_DEPARTURES_MATTER.total_seconds())
        return replace(self, departed={**known, mark_of(self.id, email): (self.version + 1, until)})

    def has_lost(self, email: str, joined: int) -> bool:
        """Whether who has been a member since the version `joined` has left since then."""
        ended_by, _ = self.departed.get(mark_of(self.id, email), (0, 0))
        return joined < ended_by

    @property
    def unasked(self) -> "Subscription":
        """Without a request to take over: nobody decides on one any more."""
        return replace(self, takeover=None)

    @property
    def is_consumers(self) -> bool:
        """Whether the consumer who concluded the contract administers it."""
        return self.withdrawable_until is not None and self.withdrawable_by == mark_of(self.id, self.administrator)

    def facts(self) -> dict[str, str]:
        """What the events and e-mails to its administrator say of it."""
        return {
            "email": self.administrator,
            "product": self.product,
            "contract_number": self.contract_number,
            "subscription": self.id,
        }


@dataclass(frozen=True)
class Member:
    """One who belongs to a subscription; `invited` until they have an account.

    `invitation` is the id of the event whose e-mail told them so, if one does.
    """

    email: str
    role: Role
    status: MemberStatus
    added_at: str
    invitation: str | None = None


def state_key(subscription_id: str) -> Key:
    """Where a subscription is kept."""
    return Key(partition(subscription_id), "STATE")


def partition(subscription_id: str) -> str:
    """The partition of all that belongs to a subscription."""
    return f"SUBSCRIPTION#{subscription_id}"


def same_contract(number: str) -> str:
    """A contract number as it is compared: however it is set apart and capitalised, whatever stands before it.

    Where a letter was typed for the digit that it looks like, it is that digit: our numbers have no such letter.
    """
    compact = "".join(one for one in plain(number).casefold() if one.isalnum())
    found = re.search(r"g(\d{4}[0-9a-z]+)$", compact)
    return f"g{found[1].translate(_LOOK_ALIKE)}" if found else compact


def contract_key(number: str) -> Key:
    """Where a contract number leads to its subscription, however it is written."""
    return Key(f"CONTRACT#{same_contract(number)}", "SUBSCRIPTION")


def user_key(subscription_id: str, email: str) -> Key:
    """Where a subscription lists one of its users."""
    return Key(partition(subscription_id), f"USER#{email}")


def membership_key(subscription_id: str, email: str) -> Key:
    """Where a person has one of their subscriptions: the twin of `user_key`, beside their session."""
    return Key(person(email), f"SUBSCRIPTION#{subscription_id}")


def mark_of(subscription_id: str, email: str) -> str:
    """What stands for somebody, so that their address does not stay."""
    return sha256(f"{subscription_id} {email}".encode()).hexdigest()[:_MARK_DIGITS]


def decidable_from(asked_at: str) -> datetime:
    """From when on a request to take over, made then, can be accepted: the administrator may have been away."""
    return datetime.fromisoformat(asked_at) + TAKEOVER_WAITS


def asked_key(takeover: Mapping[str, str]) -> Key:
    """Where a request to take over waits for the staff, the oldest first."""
    return Key(ASKED, f"{ASKED_PREFIX}{takeover['asked_at']}#{takeover['id']}")


def struck_off(subscription: Subscription) -> tuple[Delete, ...]:
    """A request to take over, if one is open, waits for the staff no more: goes with what is written as `unasked`."""
    return (Delete(asked_key(subscription.takeover)),) if subscription.takeover else ()


def link_subject(subscription: Subscription) -> str:
    """What an e-mail's link is about: a subscription under an administrator, so that a transfer makes it worthless."""
    return f"{subscription.id} {subscription.administrator}"


def begun(subscription: Subscription, at: str) -> tuple[Put, ...]:
    """A new subscription, its administrator the first of its users, and what leads to it from its contract number."""
    first = Member(subscription.administrator, "administrator", "active", at)
    return (
        new(state_key(subscription.id), subscription.attributes()),
        new(contract_key(subscription.contract_number), {"subscription": subscription.id}),
        *enlisted(subscription, first),
    )


def enlisted(subscription: Subscription, member: Member) -> tuple[Put, Put]:
    """A member as the subscription and the person list them, neither of which may do so yet.

    The person's says what the software asks first, and with which version of the subscription they `joined`.
    """
    has = {
        "role": member.role,
        "product": subscription.product,
        "licence": subscription.licence,
        "joined": subscription.version + 1,
    }
    return (
        new(user_key(subscription.id, member.email), kept(member)),
        new(membership_key(subscription.id, member.email), has),
    )


def kept(member: Member) -> dict[str, str]:
    """What a subscription's list keeps of a member."""
    invited = {"invitation": member.invitation, "invited_at": member.added_at} if member.invitation else {}
    return {"role": member.role, "status": member.status, "added_at": member.added_at, **invited}


def joined(subscription: Subscription, member: Member) -> tuple[Write, ...]:
    """One user more."""
    return (replace(subscription, users=subscription.users + 1).put(), *enlisted(subscription, member))


def left(subscription: Subscription, email: str, now: datetime) -> tuple[Write, ...]:
    """One user less, out with this very change, and what they lease with them."""
    rest = replace(subscription, users=subscription.users - 1).without(email, now)
    if not subscription.takeover or subscription.takeover["asked_by"] != email:
        return (rest.put(), *_struck(subscription, email))
    return (rest.unasked.put(), *struck_off(subscription), *_struck(subscription, email))


def promoted(subscription: Subscription, email: str, now: datetime, back_on: date | None = None) -> tuple[Write, ...]:
    """One of its users in the administrator's place, who is out with this very change; nobody asks for it any more.

    Whether the new one has an account by now is left as it is kept, since that may change meanwhile. The role goes
    back on that day, if one is given, unless they have one then.
    """
    former = subscription.administrator
    unclaimed = {"former": former, "until": back_on.isoformat()} if back_on else None
    rest = replace(subscription, administrator=email, users=subscription.users - 1, unclaimed=unclaimed)
    return (
        rest.unasked.without(former, now).put(),
        *struck_off(subscription),
        *_struck(subscription, former),
        *_as(subscription, email, "administrator"),
    )


def restored(subscription: Subscription, former: str, now: datetime) -> tuple[Write, ...]:
    """A former administrator in their place again; who had it since is a user, if there is a seat for them."""
    since = subscription.administrator
    back = replace(subscription, administrator=former, unclaimed=None).unasked
    if subscription.has_free_seat:
        writes: tuple[Write, ...] = (replace(back, users=back.users + 1).put(), *_as(subscription, since, "user"))
    else:
        writes = (back.without(since, now).put(), *_struck(subscription, since))
    member = Member(former, "administrator", "active", clock.rfc3339(now))
    return (*writes, *struck_off(subscription), *enlisted(subscription, member))


def _as(subscription: Subscription, email: str, role: Role) -> tuple[Set, Set]:
    change = {"role": role}
    # By this the person's invoices are found among others' (memberships.py).
    taken_over = {"taken_over": True} if role == "administrator" else {}
    return (
        Set(user_key(subscription.id, email), change),
        Set(membership_key(subscription.id, email), change | taken_over),
    )


def _struck(subscription: Subscription, email: str) -> tuple[Delete, Delete]:
    return Delete(user_key(subscription.id, email)), Delete(membership_key(subscription.id, email))


class Administered(NamedTuple):
    """What its administrator decides upon: the subscription, and what else was read."""

    subscription: Subscription
    items: Items


def administered(subscription_id: str, email: str, *more: Key) -> Reads[Administered]:
    """The subscription for its administrator, with the items at `more` keys.

    Its reading raises Refused `not_found` for a stranger, `forbidden` for its other users. The membership never changes
    without the subscription's version.
    """

    def state(items: Items) -> Administered:
        subscription, role = found(items, subscription_id, email)
        if role != "administrator":
            raise Refused(FORBIDDEN)
        return Administered(subscription, items)

    membership = membership_key(subscription_id, email)
    return Reads((state_key(subscription_id), membership, *more), state, vouched=(membership,))


def found(items: Items, subscription_id: str, email: str) -> tuple[Subscription, Role]:
    """The subscription and the reader's role in it. Raises Refused `not_found` for a reader who has none."""
    state, membership = items.get(state_key(subscription_id)), items.get(membership_key(subscription_id, email))
    if state is None or membership is None:
        raise Refused(NOT_FOUND)
    role: Role = membership["role"]
    return Subscription.stored(state), role


def refuse(why: Code | None) -> None:
    """Raises Refused with the code by which a rule refuses, if it does."""
    if why:
        raise Refused(why)
