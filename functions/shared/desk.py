"""What every job stands on: the reader, one read, one decision, one commit, the same answer to the same request."""

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.shared import clock, session
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.shared.job import Answer
from functions.shared.refusal import Refusal, Refused
from functions.shared.request import Request, fingerprint
from functions.shared.session import Reader
from functions.shared.store import Conflict, Item, Items, Key, Put, Store, Write

ATTEMPTS = 8
REMEMBERED_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Change:
    """What a rule decided: what to write, what happened (to which aggregate), what to answer."""

    answer: Answer
    writes: tuple[Write, ...] = ()
    events: tuple[tuple[str, Event], ...] = ()


type Decide = Callable[[Items, Reader, datetime], Change]
type DecideForAnyone = Callable[[Items, datetime], Change]


class Desk:
    """The jobs' way to the table."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def read(self, request: Request, keys: Callable[[str], Iterable[Key]]) -> tuple[Reader, Items]:
        """The reader and the items at `keys` of their address, in one call. Raises Refused `not_signed_in`."""
        claimed = session.claim(request)
        items = self.cloud.store.get([*claimed.keys, *keys(claimed.email)])
        return session.reader(claimed, items), items

    def read_person(self, request: Request) -> tuple[Reader, list[tuple[Key, Item]]]:
        """The reader and what they have of subscriptions, in one call. Raises Refused `not_signed_in`."""
        claimed = session.claim(request)
        found = self.cloud.store.query(session.person(claimed.email), first="ACCOUNT", last="SUBSCRIPTION#~")
        who = session.reader(claimed, dict(found))
        return who, [(key, item) for key, item in found if key.sk.startswith("SUBSCRIPTION#")]

    def change(self, request: Request, keys: Callable[[str], Iterable[Key]], decide: Decide) -> Answer:
        """Decide for the signed-in reader and commit, once for each Idempotency-Key.

        Raises Refused: `not_signed_in`, `idempotency_key_reused`, `try_again`, or what the rule says.
        """
        claimed = session.claim(request)

        def for_reader(items: Items, now: datetime) -> Change:
            who = session.reader(claimed, items)
            with in_language_of(who):
                return decide(items, who, now)

        def is_reader(items: Items) -> None:
            session.reader(claimed, items)

        return self._once(request, claimed.email, [*claimed.keys, *keys(claimed.email)], for_reader, is_reader)

    def change_for_anyone(self, request: Request, scope: str, keys: Iterable[Key], decide: DecideForAnyone) -> Answer:
        """The same without a reader; `scope` keeps different callers' Idempotency-Keys apart."""
        return self._once(request, scope, list(keys), decide, lambda items: None)

    def _once(
        self,
        request: Request,
        scope: str,
        keys: list[Key],
        decide: DecideForAnyone,
        before_repeat: Callable[[Items], None],
    ) -> Answer:
        remembered = Key(
            f"IDEMPOTENCY#{scope}#{hashlib.sha256(request.idempotency_key.encode()).hexdigest()}", "ANSWER"
        )
        meaning = fingerprint(request, request.content, self.cloud.key)
        for attempt in range(ATTEMPTS):
            items = self.cloud.store.get([remembered, *keys])
            known = items.get(remembered)
            if known is not None and known["expires_at"] > time.time():
                before_repeat(items)
                return _repeated(known, meaning)
            try:
                change = _decided(decide, items, self.cloud.store)
                self.cloud.store.commit([*_writes(change, request), _remember(remembered, meaning, change.answer)])
            except Conflict:
                # Others are at the same subscription: let them finish, each waiting for a time of its own.
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
                continue
            return change.answer
        raise Refused("try_again")


@contextmanager
def in_language_of(who: Reader) -> Iterator[None]:
    """Refusals inside are said in the reader's own language."""
    try:
        yield
    except Refusal as refusal:
        refusal.language = who.language
        raise


def _decided(decide: DecideForAnyone, items: Items, store: Store) -> Change:
    """What the rule decides; of a refusal, what it writes is kept before it is passed on."""
    try:
        return decide(items, clock.now())
    except Refusal as refusal:
        if refusal.writes:
            store.commit(refusal.writes)
        raise


def _writes(change: Change, request: Request) -> list[Write]:
    cause = request.idempotency_key
    return [*change.writes, *(event.put(partition, cause) for partition, event in change.events)]


def _remember(key: Key, meaning: str, answer: Answer) -> Put:
    now = int(time.time())
    attributes: dict[str, Any] = {
        "fingerprint": meaning,
        "status": answer.status,
        "body": json.dumps(answer.body),
        "opens": answer.opens,
        "opens_for": answer.opens_for,
        "closes": answer.closes,
        "registers": answer.registers,
        "expires_at": now + REMEMBERED_SECONDS,
    }
    return Put(key, attributes, "attribute_not_exists(PK) OR expires_at <= :now", {":now": now})


def _repeated(known: Item, meaning: str) -> Answer:
    if known["fingerprint"] != meaning:
        raise Refused("idempotency_key_reused")
    return Answer(
        known["status"],
        json.loads(known["body"]),
        known.get("opens"),
        known.get("opens_for"),
        known["closes"],
        known.get("registers"),
    )
