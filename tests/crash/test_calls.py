"""What a job costs: at most two DynamoDB calls, with session, permission, audit and idempotency in."""

import pytest

from tests.crash.driver import Driver
from tests.crash.world import World
from tests.functions.everywhere import JOBS

# A registration says the same to everyone, and its confirmation reads what the person was invited to; a long order
# and the papers' files go beyond one transaction. Each of the others is one read and one write.
MORE = {"confirm-registration": 3, "place-order": 2}


@pytest.mark.parametrize("job", JOBS)
def test_at_most_two_calls_of_dynamodb(job: str, world: World, record_property: pytest.FixtureRequest) -> None:
    with world.put_back():
        calls = Driver(world, job).clean["call"].calls
    in_table = [name for name in calls if name.startswith("dynamodb.")]
    assert len(in_table) <= MORE.get(job, 2), calls
