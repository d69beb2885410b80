"""What a job costs: at most two DynamoDB calls, with session, permission, audit and idempotency in."""

import pytest

from tests.crash.driver import Driver
from tests.crash.world import World
from tests.functions.everywhere import JOBS
from tests.journeys import JOURNEYS

# Two jobs of the staff go from an account's name to its person, and a list beside what it belongs to is followed by a
# look whether anyone was in between; for who joins, what they were invited to is found and accepted.
MORE = {"confirm-registration": 5, "show-review": 4, "decide-review": 3}
MORE |= {"show-subscription": 3, "show-history": 3, "list-users": 3}


@pytest.mark.parametrize("job", JOBS)
def test_at_most_two_calls_of_dynamodb(job: str, world: World) -> None:
    with world.put_back():
        calls = Driver(world, JOURNEYS[job]).clean["call"].calls
    in_table = [name for name in calls if name.startswith("dynamodb.")]
    assert len(in_table) <= MORE.get(job, 2), calls
