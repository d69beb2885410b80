"""What a job costs: at most two DynamoDB calls, with session, permission, audit and idempotency in."""

import pytest

from tests.crash.driver import Driver
from tests.crash.world import World
from tests.functions.everywhere import JOBS
from tests.journeys import JOURNEYS

# The staff go from an account's name to its person, and a list beside what it belongs to is followed by a
# look whether anyone was in between; for who joins, what they were invited to is found and accepted.
MORE = {"confirm-registration": 5, "show-review": 4, "decide-review": 3}
MORE |= {"list-account-messages": 3, "answer-message": 3}
MORE |= {"show-subscription": 3, "show-history": 3, "list-users": 3, "preview-users": 3, "export-users": 3}
# What does not fit one transaction is planned, done in steps, and answered: a look whether it was, then two each, the
# plan what it reads besides. What is shown or planned of a colleague is found among what both have.
MORE |= {"add-users": 1 + 3 + 2 * 2 + 2, "show-colleague": 3, "remove-colleague": 1 + 4 + 2 * 2 + 2}
# What the reader took over is found first, since invoices stand where they were ordered: under who ordered them, and
# under the subscription. Those of one subscription alone take two; a year's are read to be packed.
MORE |= {"list-invoices": 2 + 1, "fetch-invoices-of-year": 2 + 1 + 1}
# A link knows an account's number: that leads to the address, wherever that has gone to meanwhile.
MORE |= {"open-address-link": 1 + 1 + 1}
# An account moves or closes in steps, of which each looks whether it still is to be taken: it is finished by whoever
# comes next. As many as there are kinds of what hangs on it (orders, invoices, what is the person's own),
# subscriptions, and orders to bill before. To close it, what others did is masked besides, and the try is counted.
MORE |= {"confirm-address": 1 + 2 + 25, "undo-address": 2 + 2 + 17, "close-account": 6 + 35}
# The code for it counts where one for a registration does, and the password where that of a sign-in does.
MORE |= {"change-address": 1 + 6 + 1 + 1}
# What is exported lies in as many partitions: of the address, the account, its orders and invoices, each subscription.
MORE |= {"export-account": 8}
# The software names its product: which licences its user has of it is found first.
MORE |= {"take-lease": 3}
# Support's look counts in two limits, finds whom it is about, notes that, and reads what they see: their subscriptions,
# the history of each, the account and the e-mails. An e-mail to send again is found by its name.
MORE |= {"look-up": 2 + 1 + 4 + 1 + 1 + 1 + 2 + 1 + 1, "send-mail-again": 5}
# The staff, what waits for them, and how that and its people are.
MORE |= {"list-takeovers": 3}
# Of what anyone can ask for, each try is counted before it is made, by a call of its own for whoever and wherever it
# counts; a sign-in that succeeds is given back.
MORE |= {
    "confirm-session": 4,
    "sign-in": 10,
    "register": 7,
    "forgot-password": 7,
    "cancel-without-account": 5,
    "give-feedback": 4,
}


@pytest.mark.parametrize("job", JOBS)
def test_at_most_two_calls_of_dynamodb(job: str, world: World) -> None:
    with world.put_back():
        calls = Driver(world, JOURNEYS[job]).clean["call"].calls
    in_table = [name for name in calls if name.startswith("dynamodb.")]
    assert len(in_table) <= MORE.get(job, 2), calls
