"""The driver bites: each of these mistakes in how the desk reads, decides and commits turns a race red."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

import pytest

from functions.onboarding.sign_in import SIGN_OUT
from functions.shared import desk, store
from functions.shared.items import Check, Item, Items, Key, Reads, checks
from functions.shared.job import AnyJob
from functions.shared.store import Store
from functions.subscriptions import transfer
from functions.subscriptions.subscription import Administered, Subscription, administered, state_key
from infra.local.policies import Policies
from tests.crash.driver import Driver
from tests.crash.races import Races
from tests.crash.rivals import Rival
from tests.crash.world import World
from tests.journeys import JOURNEYS, Call

type Mistake = Callable[[], AbstractContextManager[Any]]


@contextmanager
def reads_each_item_for_itself() -> Iterator[None]:
    """By BatchGetItem, which is no snapshot, and which no function is granted."""

    def snapshot(of: Store, keys: Iterable[Key]) -> dict[Key, Item]:
        table = of._table
        asked: Any = {table: {"Keys": [store._marshalled_key(key) for key in dict.fromkeys(keys)]}}
        found = of._client.batch_get_item(RequestItems=asked)["Responses"][table]
        return dict(store.unmarshalled(item) for item in found)

    with mock.patch.object(Store, "_snapshot", snapshot), mock.patch.object(Policies, "refused", return_value=()):
        yield


def checks_nothing() -> AbstractContextManager[Any]:
    """What is read and not written may be otherwise by then."""
    return mock.patch.object(desk, "checks", return_value=())


def checks_all_but_the_session() -> AbstractContextManager[Any]:
    """Whoever has signed out meanwhile goes on."""

    def but_one(*what: Any) -> Iterator[Check]:
        return (check for check in checks(*what) if not check.key.sk.startswith("SESSION#"))

    return mock.patch.object(desk, "checks", but_one)


def lets_anyone_pass_the_role_on() -> AbstractContextManager[Any]:
    """Whoever was the administrator a moment ago still is."""

    def whoever(name: str, email: str, *more: Key) -> Reads[Administered]:
        sound = administered(name, email, *more)

        def state(items: Items) -> Administered:
            return Administered(Subscription.stored(items[state_key(name)]), items)

        return Reads(sound.keys, state, sound.vouched)

    return mock.patch.object(transfer, "administered", whoever)


@pytest.mark.parametrize(
    ("mistake", "journey", "rival"),
    [
        (reads_each_item_for_itself, "remove-user", transfer.TRANSFER),
        (checks_nothing, "add-user", SIGN_OUT),
        *(
            pytest.param(*mistake, marks=pytest.mark.proof)
            for mistake in (
                (reads_each_item_for_itself, "cancel", transfer.TRANSFER),
                (checks_all_but_the_session, "cancel", SIGN_OUT),
                (lets_anyone_pass_the_role_on, "transfer", transfer.TRANSFER),
            )
        ),
    ],
)
def test_a_mistake_turns_a_race_red(mistake: Mistake, journey: str, rival: AnyJob, world: World) -> None:
    with world.put_back():
        races = Races(Driver(world, JOURNEYS[journey]))
        meets = next(one for one in races.rivals.now() if _is(one, rival))
        # What comes of one after the other is known from here on: the mistake has no part in it.
        sound = races.race("call", meets)
        assert sound.ways
        assert not sound.differences
        with mistake():
            assert races.race("call", meets).differences


def _is(rival: Rival, job: AnyJob) -> bool:
    return isinstance(rival.deed, Call) and rival.deed.job is job and not rival.is_refused
