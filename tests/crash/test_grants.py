"""Least privilege: each grant of template.yaml is one that something fails without, so that there is none besides."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from infra.local.policies import Grant, Policies
from tests.crash.deeds import DEEDS, Scene, first_calls
from tests.crash.driver import Driver
from tests.crash.world import World
from tests.desk import Desk
from tests.journeys import JOURNEYS
from tests.journeys.given import Given

type Attempt = Callable[[], Sequence[str]]


@pytest.fixture(scope="module")
def policies(cloud: Desk) -> Policies:
    """What the functions may, and what they needed so far."""
    return cloud.cloud.policies


def attempts(cloud: Desk, world: World) -> Iterator[Attempt]:
    """All that is done with the desk, each from its own beginning; an attempt says what came of it."""
    for begin in JOURNEYS.values():
        with world.put_back():
            driver = Driver(world, begin)
            yield lambda driver=driver: driver.run().things  # type: ignore[misc]
    for deed in DEEDS.values():

        def attempt(deed: Callable[[Scene], None] = deed) -> Sequence[str]:
            with world.put_back():
                deed(Scene(world, cloud.cloud, Given(world.cloud)))
            return []

        yield attempt


def declared(policies: Policies) -> set[Grant]:
    """What the template itself grants."""
    return {grant for grant in policies.grants if not grant.added_by_sam}


@pytest.mark.proof
def test_without_any_of_them_something_fails(cloud: Desk, policies: Policies, world: World) -> None:
    untried = declared(policies)
    for attempt in attempts(cloud, world):
        policies.needed.clear()
        right = what_comes_of(attempt, cloud)
        tried = policies.needed & untried
        assert right is not None
        assert not tried or what_comes_of(attempt, cloud) == right, "the same comes of it each time"
        for grant in tried:
            with policies.without(grant):
                if what_comes_of(attempt, cloud) != right:
                    untried.discard(grant)
    # Without this one a file that another run has dealt with is tried again by the sweep: the same comes of it, later.
    late = {grant for grant in untried if str(grant).startswith("UploadsFunction: s3:ListBucket on")}
    assert not untried - late, "\n".join(map(str, untried - late))


def what_comes_of(attempt: Attempt, cloud: Desk) -> Sequence[str] | None:
    """What comes of it where no function has been called before; None when it fails."""
    with first_calls(cloud.cloud):
        try:
            return attempt()
        except Exception:
            return None
