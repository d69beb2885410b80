"""What falls due: found without looking through everything, done once, and again when it failed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.shared import clock, due
from functions.shared.cloud import Cloud
from functions.shared.due import Due
from functions.shared.items import Key, Put, Write
from functions.subscriptions.renewal import NOTICE, PERIOD_OVER, decide_notice, decide_period_over, notice_window
from functions.workers import daily as worker
from tests import kept
from tests.desk import Desk, unwrapped

CAMILLE, LEA = "camille.durand@example.com", "lea.petit@example.com"
OWN = "/api/subscriptions/one-of-my-own"


def subjects(desk: Desk, part: str) -> list[str]:
    return [mail.subject for mail in desk.mails(CAMILLE) if "PROFIS Measuring" in mail.subject and part in mail.subject]


def run() -> None:
    """The daily run once more, whatever day it is."""
    worker.create(kept.cloud())({}, None)


def to_day(desk: Desk, day: date) -> None:
    """Noon of that day, with every run until then."""
    desk.advance_to(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))
    desk.settle()


@pytest.mark.parametrize(
    ("end", "earliest", "latest"),
    [
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 1)),
        (date(2027, 5, 30), date(2027, 3, 1), date(2027, 4, 30)),
        (date(2027, 3, 30), date(2026, 12, 31), date(2027, 2, 28)),
        (date(2028, 3, 30), date(2027, 12, 31), date(2028, 2, 29)),
        (date(2027, 2, 28), date(2026, 12, 1), date(2027, 2, 1)),
    ],
)
def test_when_a_renewal_notice_may_go_out(end: date, earliest: date, latest: date) -> None:
    assert notice_window(end) == (earliest, latest)


@given(end=st.dates(date(2020, 1, 1), date(2100, 1, 1)))
@example(end=date(2027, 5, 30))
@example(end=date(2028, 2, 28))
def test_the_window_opens_three_months_before_and_closes_one_month_before(end: date) -> None:
    earliest, latest = notice_window(end)
    assert timedelta(days=89) <= end + timedelta(days=1) - earliest <= timedelta(days=92)
    assert timedelta(days=28) <= end + timedelta(days=1) - latest <= timedelta(days=34)


def test_the_administrator_is_told_once_before_each_renewal(desk: Desk) -> None:
    end = date(2027, 6, 30)
    kept.write_subscription(CAMILLE, end, LEA)

    to_day(desk, date(2027, 3, 31))
    assert not subjects(desk, "se renouvelle")
    to_day(desk, date(2027, 4, 1))
    assert subjects(desk, "") == ["PROFIS Measuring (G-2026-900001) se renouvelle le 1er juillet 2027"]
    [mail] = [mail for mail in desk.mails(CAMILLE) if "PROFIS Measuring" in mail.subject]
    assert "jusqu’au 30 juin 2027 inclus" in unwrapped(mail)
    assert "refuser le renouvellement\u00a0: le 30 juin 2027" in unwrapped(mail)
    assert "/fr/cancel/?subscription=one-of-my-own#cancel-title" in mail.text
    to_day(desk, date(2027, 7, 1))
    assert len(subjects(desk, "")) == 1
    assert kept.read_subscription("one-of-my-own").end == date(2028, 6, 30)
    to_day(desk, date(2028, 5, 1))
    assert subjects(desk, "") == [
        "PROFIS Measuring (G-2026-900001) se renouvelle le 1er juillet 2028",
        "PROFIS Measuring (G-2026-900001) se renouvelle le 1er juillet 2027",
    ]
    assert [event["type"] for event in kept.events("one-of-my-own")] == [
        "renewal_noticed",
        "renewed",
        "renewal_noticed",
    ]


def test_the_notice_goes_to_who_is_the_administrator_that_day(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 6, 30), LEA)
    desk.client(CAMILLE).post(f"{OWN}/administrator", {"email": LEA})
    to_day(desk, date(2027, 4, 2))
    assert [mail.to for mail in desk.mails() if "se renouvelle le 1er juillet" in mail.subject] == [LEA]


def test_whoever_has_cancelled_is_told_of_no_renewal_and_whoever_takes_it_back_is(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 6, 30))
    camille = desk.client(CAMILLE)
    camille.post(f"{OWN}/cancellation", {"reason": "other"})
    to_day(desk, date(2027, 4, 15))
    assert not subjects(desk, "se renouvelle")
    camille.delete(f"{OWN}/cancellation")
    to_day(desk, date(2027, 4, 16))
    assert len(subjects(desk, "se renouvelle")) == 1
    # Told already: cancelling and taking it back once more is no second notice.
    camille.post(f"{OWN}/cancellation", {"reason": "other"})
    camille.delete(f"{OWN}/cancellation")
    to_day(desk, date(2027, 7, 2))
    assert len(subjects(desk, "se renouvelle")) == 1


def test_the_day_after_the_last_one_a_cancelled_subscription_ends_and_its_administrator_is_told(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 2, 28), LEA)
    desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})

    to_day(desk, date(2027, 2, 28))
    assert kept.read_subscription("one-of-my-own").status == "cancelling"
    assert not subjects(desk, "a pris fin")
    to_day(desk, date(2027, 3, 1))
    assert kept.read_subscription("one-of-my-own").status == "ended"
    subject = "PROFIS Measuring (G-2026-900001) a pris fin"
    assert subjects(desk, "a pris fin") == [subject]
    [mail] = [mail for mail in desk.mails(CAMILLE) if mail.subject == subject]
    assert "Le 28 février 2027 était le dernier jour" in unwrapped(mail)


def test_a_run_that_is_repeated_does_nothing_twice(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 2, 28))
    desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})
    to_day(desk, date(2027, 3, 1))
    before = kept.events("one-of-my-own")

    # As if the note had outlived its work.
    kept.store().put(Due(date(2027, 3, 1), PERIOD_OVER, "one-of-my-own").put())
    run()
    run()

    assert kept.events("one-of-my-own") == before
    assert len(subjects(desk, "a pris fin")) == 1
    assert not due.until(kept.store(), date(2027, 3, 1))


def test_what_a_long_silence_left_undone_is_done_at_the_next_run(desk: Desk) -> None:
    kept.write_subscription(CAMILLE, date(2027, 2, 28))
    desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})
    clock.travel(datetime(2027, 9, 1, 12, tzinfo=UTC) - datetime.now(UTC))
    run()
    assert kept.read_subscription("one-of-my-own").status == "ended"
    assert len(subjects(desk, "a pris fin")) == 1


def test_one_that_fails_holds_up_no_other_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.day(clock.now())
    tried: list[str] = []
    broken = True

    def work(cloud: Cloud, subject: str, now: datetime) -> Iterable[Write]:
        tried.append(subject)
        if broken and subject == "first":
            raise RuntimeError
        yield Put(Key("DONE", subject), {"times": tried.count(subject)})

    run()
    monkeypatch.setattr(worker, "WORK", {"work": work})
    for name in ("first", "second"):
        kept.store().put(Due(today, "work", name).put())
    kept.store().put(Due(today + timedelta(days=1), "work", "tomorrow").put())

    with pytest.raises(worker.Unfinished):
        run()
    assert [note.subject for note in due.until(kept.store(), today)] == ["first"]
    broken = False
    run()

    assert tried == ["first", "second", "first"]
    assert not due.until(kept.store(), today)


def test_work_that_loses_a_race_is_decided_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone takes the cancellation back while the worker is about to end it."""
    subscription = kept.write_subscription(CAMILLE, date(2026, 12, 31))
    desk.client(CAMILLE).post(f"{OWN}/cancellation", {"reason": "other"})
    stale = kept.read_subscription(subscription.id)
    desk.client(CAMILLE).delete(f"{OWN}/cancellation")
    now = datetime(2027, 1, 1, 12, tzinfo=UTC)
    read = iter([stale])

    def work(cloud: Cloud, subject: str, at: datetime) -> Iterable[Write]:
        return decide_period_over(next(read, None) or kept.read_subscription(subject), at)

    monkeypatch.setattr(worker, "WORK", {PERIOD_OVER: work})
    worker.do_once(kept.cloud(), Due(date(2027, 1, 1), PERIOD_OVER, subscription.id), now)

    assert kept.read_subscription(subscription.id).status == "active"
    assert kept.read_subscription(subscription.id).end == date(2027, 12, 31)


def test_outside_its_window_no_notice_is_written(desk: Desk) -> None:
    subscription = kept.write_subscription(CAMILLE, date(2027, 6, 30))
    for day, told in ((date(2027, 3, 31), 0), (date(2027, 4, 1), 3), (date(2027, 6, 1), 3), (date(2027, 6, 2), 0)):
        now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert len(list(decide_notice(subscription, now))) == told, day


def test_every_kind_that_is_noted_has_its_work() -> None:
    assert {PERIOD_OVER, NOTICE} <= worker.WORK.keys()
