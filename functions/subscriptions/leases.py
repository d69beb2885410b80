"""The seats of a floating licence and their leases: who holds which, and until when. Pure.

A seat is a number from 1 to as many as the licence has, and has one place in the table: no more leases can live than
there are seats, whoever comes at the same time. Eight items, the shelves, hold them in turn, each under a version of
its own: all are read as of one moment, however many seats there are, and taking, renewing or giving back writes one.

Whether a lease lives is found out whenever it is looked at, from what the changes that end it write anyway: the
subscription's state and seats, and who has left it. Nothing is kept of one that is over: it goes with the next write of
its shelf, which is forgotten soon after its last lease.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from functions.shared import clock
from functions.shared.fields import Model
from functions.shared.items import Item, Items, Key, Put, Write, next_version
from functions.shared.job import Change, Effect
from functions.shared.keys import Keys
from functions.subscriptions.subscription import USABLE, Subscription, partition

LASTS = timedelta(minutes=20)
SHELVES = 8
# An answer is repeated for as long as the lease that it tells of: it is not to tell who worked when.
ANSWERED_SECONDS = int(LASTS.total_seconds())
# No request takes as long: one that has read a shelf never meets another in its place.
_FORGOTTEN_AFTER = timedelta(hours=1)
_NONCE_DIGITS = 16
_PROOF_BYTES = 16


@dataclass(frozen=True)
class Lease:
    """A seat's lease, `expires_at` which it is over unless it is renewed.

    Its `id` names the subscription and the seat, and proves whose it is; `joined` is the version of the subscription
    with which its holder's membership began.
    """

    id: str
    seat: int
    email: str
    device: str
    since: str
    expires_at: str
    joined: int

    def extended(self, now: datetime) -> "Lease":
        """The same, to last from now."""
        return replace(self, expires_at=clock.rfc3339(now + LASTS))


class Named(NamedTuple):
    """What a lease's id says."""

    subscription_id: str
    seat: int
    nonce: str
    proof: bytes

    def is_of(self, account_id: str, keys: Keys) -> bool:
        """Whether the lease was given to that account, whatever has become of it."""
        return keys.vouch_for(_proved(self.subscription_id, self.seat, self.nonce, account_id), self.proof)


@dataclass(frozen=True)
class Seats:
    """The seats of a subscription, as it stands at `now`, and the leases that live."""

    subscription: Subscription
    shelves: Mapping[int, Item]
    now: datetime
    leases: Mapping[int, Lease]

    @classmethod
    def read(cls, subscription: Subscription, items: Items, now: datetime) -> "Seats":
        """From what was read at `shelf_keys`."""
        stands = subscription.on(clock.day(now))
        keys = enumerate(shelf_keys(subscription.id))
        shelves = {number: items[key] for number, key in keys if key in items}
        leases = [Lease(**kept) for shelf in shelves.values() for kept in shelf["leases"]]
        return cls(stands, shelves, now, {lease.seat: lease for lease in leases if _lives(lease, stands, now)})

    @property
    def in_use(self) -> int:
        """How many are leased."""
        return len(self.leases)

    @property
    def holders(self) -> list[Lease]:
        """The leases that live, whoever has begun first before the others."""
        return sorted(self.leases.values(), key=lambda lease: (lease.since, lease.id))

    def named(self, lease_id: str) -> Lease | None:
        """The lease of that id, if it lives."""
        return next((lease for lease in self.leases.values() if lease.id == lease_id), None)

    def of_device(self, email: str, device: str) -> Lease | None:
        """The lease of a person's device, if there is one."""
        theirs = (lease for lease in self.leases.values() if (lease.email, lease.device) == (email, device))
        return next(theirs, None)

    def free(self, asked_by: str) -> int | None:
        """A seat that nobody has; where there are several, mostly another for each device, so that few collide."""
        free = (seat for seat in range(1, self.subscription.seats + 1) if seat not in self.leases)
        return min(free, key=lambda seat: sha256(f"{asked_by} {seat}".encode()).digest(), default=None)

    def written(self, lease: Lease) -> Put:
        """A lease in its seat."""
        return self._shelf(_shelf(lease.seat), [*self._others(lease.seat), lease])

    def emptied(self, lease: Lease) -> Put:
        """A seat without its lease."""
        return self._shelf(_shelf(lease.seat), self._others(lease.seat))

    def _others(self, seat: int) -> list[Lease]:
        """The leases that live on the same shelf."""
        return [one for one in self.leases.values() if _shelf(one.seat) == _shelf(seat) and one.seat != seat]

    def _shelf(self, number: int, leases: Iterable[Lease]) -> Put:
        kept = [asdict(lease) for lease in leases]
        latest = max((datetime.fromisoformat(lease["expires_at"]) for lease in kept), default=self.now)
        attributes: dict[str, Any] = {
            "leases": kept,
            "expires_at": forgotten_at(clock.rfc3339(latest)),
        }
        key, read = shelf_keys(self.subscription.id)[number], self.shelves.get(number)
        if read is not None:
            return next_version(key, {**attributes, "version": read["version"]})
        # Not from one, as elsewhere: a shelf that was forgotten in between is never taken for the one that was read.
        return Put(key, {**attributes, "version": int(self.now.timestamp())}, "attribute_not_exists(PK)")


def forgotten_at(expires_at: str) -> int:
    """From when on what is kept of a lease may go, in epoch seconds of real time."""
    return int((datetime.fromisoformat(expires_at) + _FORGOTTEN_AFTER - clock.offset()).timestamp())


class ShownLease(Model):
    """A lease as its holder's software sees it, and how many of the seats are taken."""

    id: str
    subscription_id: str
    device: str
    since: str
    expires_at: str
    seats: int
    in_use: int


def granted(seats: Seats, lease: Lease, *more: Write, effect: Effect | None = None) -> Change[ShownLease]:
    """A lease that is new or extended, and `more` that goes with it."""
    shown = ShownLease(
        id=lease.id,
        subscription_id=seats.subscription.id,
        device=lease.device,
        since=lease.since,
        expires_at=lease.expires_at,
        seats=seats.subscription.seats,
        in_use=len({*seats.leases, lease.seat}),
    )
    return Change(shown, (seats.written(lease), *more), effect=effect, remembered_seconds=ANSWERED_SECONDS)


def shelf_keys(subscription_id: str) -> list[Key]:
    """Where a subscription's leases are kept."""
    return [Key(partition(subscription_id), f"SEATS#{number}") for number in range(SHELVES)]


def shelf_key(subscription_id: str, seat: int) -> Key:
    """Where the lease of one seat is kept."""
    return shelf_keys(subscription_id)[_shelf(seat)]


def new_id(subscription_id: str, seat: int, random: str, account_id: str, keys: Keys) -> str:
    """The id of a new lease: it is its holder's for good, so that nothing need be kept of one that is over."""
    nonce = random[:_NONCE_DIGITS]
    proof = keys.digest(_proved(subscription_id, seat, nonce, account_id))[:_PROOF_BYTES]
    return f"{subscription_id}.{seat}.{nonce}{proof.hex()}"


def named(lease_id: str) -> Named | None:
    """What an id says, if it can be one."""
    try:
        subscription_id, seat, token = lease_id.rsplit(".", 2)
        found = Named(subscription_id, _number(seat), token[:_NONCE_DIGITS], bytes.fromhex(token[_NONCE_DIGITS:]))
    except ValueError:
        return None
    return found if len(found.proof) == _PROOF_BYTES else None


def _number(seat: str) -> int:
    """A seat's number as ids have it. Raises ValueError for another."""
    if str(number := int(seat)) != seat:
        raise ValueError(seat)
    return number


def _lives(lease: Lease, subscription: Subscription, now: datetime) -> bool:
    """Whether a lease of a subscription, as it stands now, is not over: by itself, or by what has happened since."""
    return (
        subscription.status in USABLE
        and lease.seat <= subscription.seats
        and clock.rfc3339(now) < lease.expires_at
        and not subscription.has_lost(lease.email, lease.joined)
    )


def _shelf(seat: int) -> int:
    return (seat - 1) % SHELVES


def _proved(subscription_id: str, seat: int, nonce: str, account_id: str) -> str:
    return f"lease {subscription_id} {seat} {nonce} {account_id}"
