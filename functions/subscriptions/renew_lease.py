"""Renew a lease while the software runs, or give it back when it closes: for whoever it was given to."""

from http import HTTPStatus

from functions.shared.desk import Decision
from functions.shared.fields import Nothing
from functions.shared.items import Items, Reads
from functions.shared.job import NOTHING, Ask, Change, Job, SignedIn
from functions.shared.refusal import NOT_FOUND, Code, Refused
from functions.subscriptions import take_lease
from functions.subscriptions.leases import (
    ANSWERED_SECONDS,
    Named,
    Seats,
    ShownLease,
    granted,
    named,
    shelf_key,
    shelf_keys,
)
from functions.subscriptions.subscription import Subscription, membership_key, state_key

PATH = take_lease.PATH + "/{lease}"
LEASE_ENDED = Code("lease_ended", HTTPStatus.GONE, "leases")


def reads_to_renew(ask: Ask[Nothing], email: str) -> Reads[Items]:
    """All seats of the licence, of which the answer says how many are taken, and whether the reader still has it."""
    lease = named(ask.path["lease"])
    if lease is None:
        return _nothing()
    seats = (state_key(lease.subscription_id), *shelf_keys(lease.subscription_id))
    membership = membership_key(lease.subscription_id, email)
    # Who takes or renews another seat meanwhile is not in the way.
    return Reads((*seats, membership), lambda items: items, vouched=seats)


def reads_to_release(ask: Ask[Nothing], email: str) -> Reads[Items]:
    """The seat, as the licence stands."""
    lease = named(ask.path["lease"])
    if lease is None:
        return _nothing()
    state = state_key(lease.subscription_id)
    return Reads((state, shelf_key(lease.subscription_id, lease.seat)), lambda items: items, vouched=(state,))


def renew(items: Items, ask: SignedIn[Nothing]) -> Change[ShownLease]:
    """Renew a lease, for another 20 minutes from now.

    Raises Refused `not_found` for one that was never the reader's, and `lease_ended` for one of theirs that is over: it
    ran out, was freed, or ended with the access.
    """
    asked = _own(ask)
    seats = _seats(asked, items, ask)
    lease = seats and seats.named(ask.path["lease"])
    if not (seats and lease) or membership_key(asked.subscription_id, ask.reader.email) not in items:
        raise Refused(LEASE_ENDED)
    return granted(seats, lease.extended(ask.now))


def release(items: Items, ask: SignedIn[Nothing]) -> Change[None]:
    """Give a lease back, again too. Raises Refused `not_found` for one that was never the reader's."""
    seats = _seats(_own(ask), items, ask)
    lease = seats and seats.named(ask.path["lease"])
    writes = (seats.emptied(lease),) if seats and lease else ()
    return Change(None, writes, remembered_seconds=ANSWERED_SECONDS)


def _nothing() -> Reads[Items]:
    return Reads((), lambda items: items)


def _own(ask: SignedIn[Nothing]) -> Named:
    lease = named(ask.path["lease"])
    if lease is None or not lease.is_of(ask.reader.account_id, ask.keys):
        raise Refused(NOT_FOUND)
    return lease


def _seats(lease: Named, items: Items, ask: SignedIn[Nothing]) -> Seats | None:
    state = items.get(state_key(lease.subscription_id))
    return Seats.read(Subscription.stored(state), items, ask.now) if state else None


RENEW = Job(
    name="renew-lease",
    method="POST",
    path=PATH + "/renewal",
    body=Nothing,
    answer=ShownLease,
    does=Decision(reads_to_renew, renew, unnamed=True),
    refuses=(NOT_FOUND, LEASE_ENDED),
)
RELEASE = Job(
    name="release-lease",
    method="DELETE",
    path=PATH,
    body=Nothing,
    answer=NOTHING,
    status=204,
    does=Decision(reads_to_release, release, unnamed=True),
    refuses=(NOT_FOUND,),
)
