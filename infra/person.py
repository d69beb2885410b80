"""Exports or erases what is kept of a person: `python -m infra.person export|erase EMAIL [--stage STAGE]`.

The export is JSON (articles 15 and 20 of the GDPR). The erasure (article 17) leaves what the law keeps, and says why;
cut short anywhere, it is finished by calling it again.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any

from functions.onboarding.account import partition as history_of
from functions.onboarding.account import person_key
from functions.onboarding.authentication import UNUSED_LOGIN, forget_login
from functions.onboarding.documents import KEPT, QUARANTINE
from functions.onboarding.export import Life, records, subscriptions_of
from functions.onboarding.invitations import memberships
from functions.onboarding.traces import Kind, kind, masked, of_others, shown
from functions.shared import clock, due
from functions.shared.cloud import Cloud
from functions.shared.fields import normal_email
from functions.shared.items import Delete, Items, Key, Reads, Write, over
from functions.shared.session import account_key, person
from functions.shared.store import Store, retry_lost_races
from functions.subscriptions.belonging import administered_and_running, belonging_of, departed, runs, states
from functions.subscriptions.subscription import TRIALS, Subscription, contract_key, state_key
from functions.subscriptions.subscription import partition as subscription_partition
from functions.workers.destruction import destroy
from infra import firm, traces
from infra.cloudformation import Aws
from infra.firm import REGION
from infra.reached import settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of the hundred items that one transaction can hold.
_AT_ONCE = 50


class NobodyKnown(Exception):
    """Nothing that is kept names that address."""


class StillAdministers(Exception):
    """They administer what runs: somebody else must first, or it must be cancelled and over."""

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        listed = "\n".join(f"  {one.contract_number} ({one.product}, {one.status})" for one in subscriptions)
        super().__init__(
            f"they administer what runs:\n{listed}\n"
            "Nothing is erased before its administrator is somebody else, or it is cancelled and its last day is over."
        )


@dataclass(frozen=True)
class Desk:
    """A stage's table, files and logins; the table by its client too, since everything in it is read through."""

    cloud: Cloud
    tables: "DynamoDBClient"

    @property
    def store(self) -> Store:
        """The table as the functions use it."""
        return self.cloud.store

    def traces(self, email: str) -> Items:
        """Whatever names the person. Raises NobodyKnown."""
        found = traces.traces(self.tables, self.cloud.settings.table, email)
        if not found:
            raise NobodyKnown(email)
        return found


@dataclass(frozen=True)
class Erased:
    """What is gone, and what stays and why: how many of each kind."""

    email: str
    gone: Mapping[Kind, int]
    kept: Mapping[Kind, int]

    def __str__(self) -> str:
        gone = [f"  {count} {kind.what}" for kind, count in self.gone.items()]
        kept = [f"  {count} {kind.what}: {kind.kept}" for kind, count in self.kept.items()]
        return "\n".join(
            [
                f"{self.email}: erased",
                *(gone or ["  nothing that was still there"]),
                "  the login and every session, the papers in every version",
                "kept",
                *(kept or ["  nothing"]),
                "gone by itself: counts (under a keyed hash, two days at most), logs (ids alone), and the "
                "table’s backups (35 days): after a restore to a moment before now, erase again.",
            ]
        )


def export(desk: Desk, email: str, now: datetime) -> dict[str, Any]:
    """All that is kept of a person, and nothing that opens anything. Raises NobodyKnown."""
    found = desk.traces(email)
    addresses = [email]
    if account := found.get(account_key(email)):
        history = desk.store.query(history_of(account["account_id"]), first="EVENT#", last="EVENT#~")
        life = Life.of(account, history)
        addresses = [*life.addresses]
        for address in addresses:
            found = {**found, **traces.traces(desk.tables, desk.cloud.settings.table, address)}
        found = dict(life.own(found.items()))
    told = records(found.items(), email, *addresses)
    belongs = [shown(one, *addresses) for one in subscriptions_of(desk.store, email)]
    return {"email": email, "exported_at": clock.rfc3339(now), **told, "subscriptions": belongs}


def erase(desk: Desk, email: str, now: datetime) -> Erased:
    """Erase all that no law keeps. Calling it again finishes what was cut short, and is refused nothing.

    Raises NobodyKnown, StillAdministers before anything is touched, or Conflict when the account is changed meanwhile:
    then call it again.
    """
    store, today = desk.store, clock.day(now)
    before = desk.traces(email)
    _refuse_while_administering(store, email, today)
    account = before.get(account_key(email))
    named = {key.pk.removeprefix(history_of("")) for key in before if key.pk.startswith(history_of(""))}
    # Whoever had the address before has another by now: what is theirs is not touched.
    leads_to = {one: (store.item(person_key(one)) or {}).get("email", email) for one in named}
    others = {one: where for one, where in leads_to.items() if where != email}
    ids = named - others.keys()
    # First, so that nobody signs in any more.
    if account:
        forget_login(desk.cloud, account.get("login") or email)
    for login in _logins(before, email):
        forget_login(desk.cloud, login)
    for subscription_id in memberships(store, email):
        _leave(store, subscription_id, email, now)
    for prefix in (f"{folder}{account_id}/" for account_id in sorted(ids) for folder in (QUARANTINE, KEPT)):
        destroy(desk.cloud, prefix)
    notes = [note.key for note in due.until(store, date.max) if note.subject in ids]
    found = traces.traces(desk.tables, desk.cloud.settings.table, email)
    # Last, since a repeat finds the rest by them.
    last = {account_key(email), *map(person_key, ids)}
    kinds = {key: kind(key, item, email) for key, item in found.items()}
    theirs = {*map(history_of, others), *map(person, others.values())}
    # What is masked is the erased one's act, in whosever history it stands.
    kinds = {key: of for key, of in kinds.items() if of.masked or key.pk not in theirs}
    gone = [key for key, of in kinds.items() if not (of.kept or of.masked or of.shared)]
    _change(store, [key for key in [*gone, *notes] if key not in last], _deleted)
    _change(
        store,
        [key for key, of in kinds.items() if of.masked],
        lambda items: [over(key, item, masked(item, email)) for key, item in items.items()],
    )
    _change(
        store,
        [key for key, of in kinds.items() if of.shared],
        lambda items: [over(key, item, of_others(item, email)) for key, item in items.items()],
    )
    if ended := [Delete(key, item) for key, item in before.items() if key in last]:
        store.commit(ended)
    return _difference(email, before, traces.traces(desk.tables, desk.cloud.settings.table, email))


def _refuse_while_administering(store: Store, email: str, today: date) -> None:
    running = []
    for names in batched(memberships(store, email), _AT_ONCE, strict=False):
        items = retry_lost_races(partial(store.snapshot, states(names)))
        running += administered_and_running(items, names, email, today)
    if running:
        raise StillAdministers(running)


def _leave(store: Store, name: str, email: str, now: datetime) -> None:
    """Out of one subscription, as of one moment: as its user, or as the administrator of one that is over."""
    state, today = state_key(name), clock.day(now)

    def decide(items: Items) -> Iterable[Write]:
        if running := administered_and_running(items, [name], email, today):
            raise StillAdministers(running)
        return departed(items, name, email, now)

    kept = store.item(state)
    if (
        kept
        and kept["administrator"] == email
        and kept["status"] in TRIALS
        and not runs(Subscription.stored(kept), today)
    ):
        # No contract ever came of it; its own items last, since they lead here.
        found = store.query(subscription_partition(name), first="EVENT#", last="EVENT#~")
        _change(store, [key for key, _ in found], _deleted)
    number = [contract_key(kept["contract_number"])] if kept else []
    store.decide(belonging_of(name, email, also=number), decide)


def _logins(found: Items, email: str) -> Iterator[str]:
    """The logins that are noted to be looked at: of passwords that were replaced, and registrations never confirmed."""
    for key in found:
        if key.pk == "DUE":
            _, of_kind, subject = key.sk.split("#", 2)
            login, _, whose = subject.partition(" ")
            if of_kind == UNUSED_LOGIN and whose == email:
                yield login


def _change(store: Store, keys: Iterable[Key], decide: Any) -> None:
    """Decide upon items as they are by now, some at a time."""
    for some in batched(keys, _AT_ONCE, strict=False):
        store.decide(Reads(some, lambda items: items), decide)


def _deleted(items: Items) -> Iterable[Write]:
    return [Delete(key, item) for key, item in items.items()]


def _difference(email: str, before: Items, after: Items) -> Erased:
    had = Counter(kind(key, item, email) for key, item in before.items())
    has = Counter(kind(key, item, email) for key, item in after.items())
    return Erased(email, had - has, has)


def on(outputs: Mapping[str, str]) -> Desk:
    """The desk of a stack that has put these out."""
    import boto3

    return Desk(Cloud(settings(outputs)), boto3.client("dynamodb", region_name=REGION))


def main() -> int:
    """Export or erase; 1 with the reason when there is nothing to."""
    parser = argparse.ArgumentParser(prog="python -m infra.person")
    parser.add_argument("what", choices=("export", "erase"))
    parser.add_argument("email", type=normal_email)
    parser.add_argument("--stage", choices=firm.STAGES, default="prod")
    asked = parser.parse_args()
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    desk = on(Aws().of_deployed(firm.read(asked.stage).stack(), REGION))
    try:
        if asked.what == "export":
            json.dump(export(desk, asked.email, clock.now()), sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")
        else:
            sys.stdout.write(f"{erase(desk, asked.email, clock.now())}\n")
    except NobodyKnown:
        sys.stderr.write(f"Nothing names {asked.email}.\n")
        return 1
    except StillAdministers as refusal:
        sys.stderr.write(f"{asked.email}: {refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
