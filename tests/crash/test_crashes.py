"""Whatever goes wrong at whichever call to AWS: an acknowledged change is there, once, and so are its mails."""

from collections.abc import Iterator

import pytest

from tests.crash.driver import PHASES, Driver, Outcome
from tests.crash.faults import KINDS, Fault, Kind
from tests.crash.world import World
from tests.journeys import JOURNEYS

ONE_MAIL = ["dynamodb.BatchGetItem", "dynamodb.PutItem", "ses.POST", "dynamodb.PutItem"]


# The journeys in the middle of which others may act; the driver's fixture holds it against what each says itself.
WITH_RIVALS = [
    "accept-invitation",
    "accept-terms",
    "activate",
    "add-user",
    "add-user: with an account",
    "cancel",
    "cancel-by-link",
    "choose-edition",
    "confirm-registration",
    "decide-review",
    "decide-review: ask again",
    "forgot-password",
    "place-order",
    "register",
    "remove-user",
    "renew-invitation",
    "reset-password",
    "send-signature-code",
    "show-session: after a while",
    "sign",
    "sign-out",
    "start-trial",
    "transfer",
    "undo-cancellation",
]


@pytest.fixture(scope="module", params=sorted(JOURNEYS))
def driver(request: pytest.FixtureRequest, world: World) -> Iterator[Driver]:
    """One journey, from its own beginning."""
    with world.put_back():
        driver = Driver(world, request.param)
        assert bool(driver.journey.rivals) == (request.param in WITH_RIVALS)
        yield driver


@pytest.fixture(autouse=True)
def something_has_gone_wrong(driver: Driver) -> Iterator[None]:
    """No test ends without a fault that came about."""
    before = driver.faults
    yield
    assert driver.faults > before


@pytest.mark.parametrize(("kind", "lasting"), KINDS)
def test_a_fault_at_any_call(driver: Driver, kind: Kind, lasting: bool) -> None:
    """In the call itself, and in what is worked on afterwards."""
    for phase in PHASES:
        clean = driver.clean[phase]
        if phase == "delivery" and clean.calls == ONE_MAIL and driver.name != "add-user":
            continue  # what is done for one e-mail is the same for all, and tried where the first of them is sent
        for number in range(len(clean.calls)):
            fault = Fault(kind, number, lasting)
            outcome = driver.run(phase, fault)
            assert outcome.fired, f"{fault} never came about"
            if difference := outcome.difference(clean):
                pytest.fail(f"{phase}: {fault} of {clean.calls}\n{difference}")
            assert_mails(outcome, clean, may_repeat=phase == "delivery" and _is_about_sending(clean.calls, fault))


def _is_about_sending(calls: list[str], fault: Fault) -> bool:
    """Whether it strikes after an e-mail may have left and before that is noted: only then may it leave twice."""
    sendings = [number for number, name in enumerate(calls) if name.startswith("ses.")]
    return any(number <= fault.at <= number + 1 or (fault.lasting and fault.at <= number + 1) for number in sendings)


def assert_mails(outcome: Outcome, clean: Outcome, *, may_repeat: bool) -> None:
    """Every e-mail left, and none twice unless it may."""
    if may_repeat:
        assert set(outcome.mails) == set(clean.mails)
    else:
        assert outcome.mails == clean.mails


@pytest.mark.parametrize("driver", WITH_RIVALS, indirect=True)
def test_another_writer_in_between(driver: Driver) -> None:
    """The outcome is as if one had come after the other, whichever was first."""
    calls = len(driver.clean["call"].calls)
    for rival in driver.journey.rivals:
        orders = [driver.one_after_the_other(rival, rival_first=first) for first in (True, False)]
        for number in range(calls):
            outcome = driver.run("call", Fault("rival", number), rival)
            assert outcome.fired
            if difference := outcome.difference(*orders):
                pytest.fail(f"{rival.job.name} at call {number} of {outcome.calls}\n{difference}")
            assert outcome.mails in [order.mails for order in orders]
