"""Outages: SES, S3, KMS or Cognito is gone for an hour, a day, a week, and everything is done in the end, once.

A journey's call comes first, then the outage. What the stream hands over fails, or the stream has forgotten it, since
nothing read it for a day; from then on the sweeps alone go on, until the service is back.
"""

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from functions.shared import clock
from functions.subscriptions.cancellation import OPEN_LINK
from functions.workers import stream
from infra.local.template import load
from tests.crash.deeds import bring_the_seal
from tests.crash.driver import Driver
from tests.crash.faults import down
from tests.crash.invariants import broken
from tests.crash.world import WORKERS, World, masked, nobody_waits
from tests.journeys import JOURNEYS, Call, Work

# How long an outage lasts, and how often it is swept meanwhile here, in hours.
OUTAGES = {1: 0.25, 25: 5, 8 * 24: 24}
# What nothing but a service can do, by a journey that asks it for that.
SHORT = (
    ("ses", "add-user"),
    ("ses", "cancel-without-account"),
    ("ses", "place-order: a long one"),
    ("s3", "decide-review: ask again"),
    ("s3", "decide-review: the last day is over"),
    ("s3", "send-document: the file lands"),
    ("s3", "sign"),
    ("kms", "sign"),
    ("cognito-idp", "reset-password"),
)
# A login that is not used any more is looked at some days later.
LATER = timedelta(days=5)
# One of each service, for as long as the stream takes to forget; the others at length.
SOON = {
    ("ses", "add-user", 25),
    ("s3", "decide-review: ask again", 25),
    ("kms", "sign", 25),
    ("cognito-idp", "reset-password", 25),
}
EACH = [
    one if one in SOON else pytest.param(*one, marks=pytest.mark.proof)
    for one in ((service, name, hours) for service, name in SHORT for hours in OUTAGES)
]
ALARM = load(Path(__file__).parents[2] / "infra/alarms.yaml")["Resources"]["LeftUndone"]["Properties"]


@dataclass(frozen=True)
class Came:
    """What came of a journey: what is kept, the e-mails, and the oldest that was undone, by the quarter of an hour.

    `asked` is how often a service that was gone was asked for something, `failed` how often the daily run failed.
    """

    kept: list[str]
    mails: list[str]
    undone: Mapping[int, float]
    asked: int
    failed: int

    @property
    def rings(self) -> bool:
        """Whether the alarm would: for two quarters of an hour after one another, as each in between is worse."""
        quarters = sum(oldest > ALARM["Threshold"] for oldest in self.undone.values())
        return quarters >= ALARM["DatapointsToAlarm"] or self.failed > 0


def live_through(driver: Driver, service: str, hours: int, *, is_down: bool = True, forgotten: bool = False) -> Came:
    """The journey, an outage after its call (unless all is well), and what is done when that is over."""
    world, call = driver.world, driver.journey.call
    undone: dict[int, float] = {}
    failed = 0

    def sweep() -> None:
        for function in WORKERS:
            oldest = world.sweep(function)["oldest"]
            quarter = int(clock.now().timestamp() // ALARM["Period"])
            undone[quarter] = max(undone.get(quarter, 0), oldest)

    def hand_over() -> None:
        if forgotten:
            world.forget()
        else:
            world.hand_over([*WORKERS])

    def run_daily() -> int:
        try:
            world.work(Work("DueFunction", {}))
        except Exception:
            return 1
        return 0

    with world.put_back(), nobody_waits(), mock.patch.object(stream, "HELD_UP", timedelta()):
        is_daily = service == "cognito-idp"
        lands = isinstance(call, Work) and call.function == "UploadsFunction"
        if not lands:
            driver.do(call)
        clock.travel(clock.offset() + (LATER if is_daily else timedelta()))
        outage: AbstractContextManager[list[str]] = down(service) if is_down else nullcontext([])
        with outage as asked:
            if lands:
                driver.do(call)
            hand_over()
            # The first sweep comes within minutes: what needs nothing that is gone is done on the same day.
            clock.travel(clock.offset() + 2 * stream.PATIENCE)
            if is_down:
                sweep()
            passed = 0.0
            while passed < hours:
                passed += OUTAGES[hours]
                clock.travel(clock.offset() + timedelta(hours=OUTAGES[hours]))
                if is_down:
                    sweep()
                failed += is_daily and run_daily()
        if is_daily:
            assert not run_daily()
        # What is done calls for more: a destroyed paper for an e-mail.
        for _ in range(3):
            hand_over()
            clock.travel(clock.offset() + 2 * stream.PATIENCE)
            sweep()
        items = world.items()
        assert not broken(items)
        assert not [key for key in items if key.pk.startswith("PENDING#")]
        kept = sorted(masked(json.dumps(one, sort_keys=True, default=str)) for one in world.stored())
        mails = sorted(masked("\n".join(mail)) for mail in world.mails())
        return Came(kept, mails, undone, len(asked), failed)


def survives(world: World, name: str, service: str, hours: int, *, forgotten: bool) -> Came:
    """What came of an outage, which is what comes without one."""
    with world.put_back():
        bring_the_seal(world.cloud)
        driver = Driver(world, JOURNEYS[name])
        whole = live_through(driver, service, hours, is_down=False)
        came = live_through(driver, service, hours, forgotten=forgotten)
    assert came.kept == whole.kept
    assert came.mails == whole.mails
    return came


def test_an_email_does_not_wait_for_the_store_that_keeps_the_paper(world: World) -> None:
    with world.put_back(), nobody_waits(), mock.patch.object(stream, "HELD_UP", timedelta()):
        driver = Driver(world, JOURNEYS["decide-review: ask again"])
        driver.do(driver.journey.call)
        with down("s3"):
            world.hand_over(["NotificationsFunction"])
        assert len(world.mails()) == 1
        assert world.pending("NotificationsFunction")


def test_a_link_that_is_mailed_too_late_for_it_opens_all_the_same(world: World) -> None:
    """The cancellation without an account, which nobody can ask for otherwise, after a week without SES."""
    with world.put_back(), nobody_waits():
        driver = Driver(world, JOURNEYS["cancel-without-account"])
        driver.do(driver.journey.call)
        with down("ses"):
            world.hand_over(["NotificationsFunction"])
            for _ in range(8):
                clock.travel(clock.offset() + timedelta(days=1))
                world.sweep("NotificationsFunction")
        world.forget()
        assert not world.mails()
        assert world.sweep("NotificationsFunction")["left"] == 0
        [(_, _, text)] = world.mails()
        found = re.search(r"#(?:token=)?(\S+)", text)
        assert found
        opened = world.answer(driver.given, Call(OPEN_LINK, body={"token": found[1]}), "a key")
        assert opened["statusCode"] == 200, opened


@pytest.mark.parametrize(("service", "name", "hours"), EACH)
def test_everything_is_done_in_the_end_and_an_alarm_has_rung(service: str, name: str, hours: int, world: World) -> None:
    for forgotten in (False, True):
        came = survives(world, name, service, hours, forgotten=forgotten)
        assert came.asked
        assert came.rings
