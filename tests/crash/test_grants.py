"""Least privilege: each grant of template.yaml is one that something fails without, so that there is none besides."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from infra.local.policies import Grant, Policies
from infra.local.template import load
from tests.crash.deeds import DEEDS, Scene
from tests.crash.driver import Driver
from tests.crash.world import World
from tests.desk import Desk, first_calls
from tests.journeys import JOURNEYS
from tests.journeys.given import Given

type Attempt = Callable[[], Sequence[str]]

FUNCTIONS = sorted(
    name
    for name, resource in load(Path(__file__).parents[2] / "template.yaml")["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
)
# Without this one a file that another run has dealt with is tried again by the sweep: the same comes of it, later.
LATE = "UploadsFunction: s3:ListBucket on"


class Attempts:
    """All that is done with the desk, each from its own beginning, and the grants that it needs."""

    def __init__(self, cloud: Desk, world: World) -> None:
        self._cloud = cloud
        self._world = world
        self._needed: dict[str, AbstractSet[Grant]] = {}

    def needing(self, grants: set[Grant]) -> Iterator[tuple[Attempt, Sequence[str], set[Grant]]]:
        """Those that need any of what the caller has left of these, what comes of them, and what of it they need.

        What one needs is known from when it was made first; it is not made again for a function that has no part in it.
        """
        policies = self._cloud.cloud.policies
        for name in (*JOURNEYS, *DEEDS):
            if grants & self._needed.get(name, grants):
                with self._begun(name) as attempt:
                    policies.needed.clear()
                    right = attempt()
                    self._needed[name] = set(policies.needed)
                    if needed := grants & policies.needed:
                        yield attempt, right, needed

    @contextmanager
    def _begun(self, name: str) -> Iterator[Attempt]:
        if name in JOURNEYS:
            with self._world.put_back():
                driver = Driver(self._world, JOURNEYS[name])
                yield partial(self._come_of, lambda: driver.run().things)
        else:
            yield partial(self._come_of, partial(self._done, name))

    def _done(self, deed: str) -> Sequence[str]:
        with self._world.put_back():
            DEEDS[deed](Scene(self._world, self._cloud.cloud, Given(self._world.cloud)))
        return []

    def _come_of(self, doing: Attempt) -> Sequence[str]:
        """Where no function has been called before."""
        with first_calls(self._cloud.cloud):
            return doing()


@pytest.fixture(scope="module")
def attempts(cloud: Desk, world: World) -> Attempts:
    """The same for each function."""
    return Attempts(cloud, world)


def declared(policies: Policies, function: str) -> set[Grant]:
    """What the template itself grants it, but for what only comes later without."""
    grants = {grant for grant in policies.grants if grant.function == function and not grant.added_by_sam}
    return {grant for grant in grants if not str(grant).startswith(LATE)}


@pytest.mark.proof
@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_any_of_them_something_fails(function: str, cloud: Desk, attempts: Attempts) -> None:
    policies = cloud.cloud.policies
    untried = declared(policies, function)
    for attempt, right, needed in attempts.needing(untried):
        assert attempt() == right, "the same comes of it each time"
        for grant in needed:
            with policies.without(grant):
                if what_comes_of(attempt) != right:
                    untried.discard(grant)
    assert not untried, "\n".join(map(str, untried))


def what_comes_of(attempt: Attempt) -> Sequence[str] | None:
    """None when it fails."""
    try:
        return attempt()
    except Exception:
        return None
