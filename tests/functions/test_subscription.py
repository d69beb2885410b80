"""The subscription's rules alone: how it stands on a day, who may do what, how its seats count."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.shared.fields import Nothing
from functions.shared.items import Set
from functions.shared.refusal import Refused
from functions.shared.texts import LANGUAGES, Texts
from functions.subscriptions import add_user, remove_user
from functions.subscriptions.app import JOBS
from functions.subscriptions.shown_subscription import actions, shown
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    USABLE,
    Member,
    Role,
    Status,
    Subscription,
    administered,
    found,
    joined,
    left,
    membership_key,
    promoted,
    state_key,
    user_key,
)
from tests.asked import ACTIONS, asked

DAYS = st.dates(date(2020, 1, 1), date(2100, 1, 1))
STATUSES = get_args(Status.__value__)
ROLES = get_args(Role.__value__)


def a_subscription(**fields: Any) -> Subscription:
    """An active subscription for the year 2026, unless said otherwise."""
    usual: dict[str, Any] = {
        "id": "s-1",
        "contract_number": "G-2026-000001",
        "product": "PROFIS Engineering",
        "edition": "Premium",
        "licence": "individual",
        "seats": 3,
        "users": 1,
        "status": "active",
        "administrator": "admin@example.com",
        "start": date(2026, 1, 1),
        "end": date(2026, 12, 31),
        "version": 1,
    }
    return Subscription(**usual | fields)


@pytest.mark.parametrize("status", STATUSES)
def test_until_its_last_day_a_subscription_stands_as_it_is_kept(status: Status) -> None:
    kept = a_subscription(status=status)
    assert kept.on(kept.end) == kept


@pytest.mark.parametrize(
    ("status", "the_day_after"),
    [
        ("cancelling", "ended"),
        ("trial", "trial_ended"),
        ("active", "active"),
        ("ended", "ended"),
        ("trial_ended", "trial_ended"),
        ("awaiting_terms", "awaiting_terms"),
        ("awaiting_activation", "awaiting_activation"),
        ("awaiting_signature", "awaiting_signature"),
    ],
)
def test_the_day_after_its_last_day(status: Status, the_day_after: Status) -> None:
    kept = a_subscription(status=status)
    assert kept.on(kept.end + timedelta(days=1)).status == the_day_after


@pytest.mark.parametrize(
    ("start", "end", "today", "renewed_to"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31)),
        (date(2026, 3, 15), date(2027, 3, 14), date(2027, 3, 15), date(2028, 3, 14)),
        (date(2026, 3, 15), date(2027, 3, 14), date(2030, 3, 14), date(2030, 3, 14)),
        (date(2026, 3, 15), date(2027, 3, 14), date(2030, 3, 15), date(2031, 3, 14)),
        # From 1 March: the year's last day is 28 February, or the 29th where there is one.
        (date(2026, 3, 1), date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 29)),
        (date(2026, 3, 1), date(2027, 2, 28), date(2028, 3, 1), date(2029, 2, 28)),
        # From 29 February: the second year begins on 1 March, and so do all others.
        (date(2028, 2, 29), date(2029, 2, 28), date(2029, 3, 1), date(2030, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28), date(2031, 3, 1), date(2032, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28), date(2032, 2, 29), date(2032, 2, 29)),
        # To 28 February of a leap year: from the 29th on.
        (date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29), date(2029, 2, 28)),
        # 2100 has no 29 February.
        (date(2096, 2, 29), date(2097, 2, 28), date(2100, 2, 28), date(2100, 2, 28)),
        (date(2096, 2, 29), date(2097, 2, 28), date(2100, 3, 1), date(2101, 2, 28)),
    ],
)
def test_an_active_subscription_goes_on_year_by_year(start: date, end: date, today: date, renewed_to: date) -> None:
    assert a_subscription(start=start, end=end).on(today).end == renewed_to


@given(start=DAYS, days=st.integers(1, 12_000))
@example(start=date(2028, 2, 29), days=1461)
def test_the_year_of_use_that_today_is_in_is_never_over_and_never_longer_than_a_year(start: date, days: int) -> None:
    kept = a_subscription(start=start, end=_last_day_of_the_first_year(start))
    today = start + timedelta(days=days)
    assert today <= kept.on(today).end <= max(kept.end, today + timedelta(days=365))


@given(start=DAYS, earlier=st.integers(1, 4000), later=st.integers(0, 4000))
@example(start=date(2028, 2, 29), earlier=1, later=1095)
@example(start=date(2024, 3, 1), earlier=1, later=1460)
def test_a_renewal_kept_in_between_changes_nothing(start: date, earlier: int, later: int) -> None:
    """The rules never depend on when a worker or another job wrote the subscription down."""
    kept = a_subscription(start=start, end=_last_day_of_the_first_year(start))
    then = kept.end + timedelta(days=earlier)
    today = then + timedelta(days=later)
    assert kept.on(then).end < kept.on(kept.on(then).end + timedelta(days=1)).end
    assert kept.on(then).on(today) == kept.on(today)


def _last_day_of_the_first_year(start: date) -> date:
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:
        return date(start.year + 1, 2, 28)


@pytest.mark.parametrize(
    ("licence", "seats", "users", "used", "has_free_seat"),
    [
        ("individual", 3, 1, 1, True),
        ("individual", 3, 2, 2, True),
        ("individual", 3, 3, 3, False),
        ("individual", 1, 1, 1, False),
        ("floating", 3, 2, 2, True),
        ("floating", 3, 3, 3, True),
        ("floating", 3, 40, 3, True),
    ],
)
def test_seats(licence: str, seats: int, users: int, used: int, has_free_seat: bool) -> None:
    subscription = a_subscription(licence=licence, seats=seats, users=users)
    assert (subscription.seats_used, subscription.has_free_seat) == (used, has_free_seat)


def test_what_is_kept_is_what_was_there() -> None:
    subscription = a_subscription(version=4)
    assert Subscription.stored(subscription.attributes()) == subscription
    assert Subscription.stored(subscription.attributes() | {"of_a_later_release": 1}) == subscription


def test_it_is_written_over_the_version_that_was_read() -> None:
    put = a_subscription(version=4).put()
    assert put.attributes["version"] == 5
    assert (put.condition, put.values) == ("version = :read_version", {":read_version": 4})


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("role", ROLES)
def test_every_action_is_allowed_or_says_in_words_why_not(status: Status, role: Role) -> None:
    worded = {code.name: code for job in JOBS for code in job.refuses}
    for users in (1, 2, 3):
        offered = actions(a_subscription(status=status, users=users), role, ACTIONS)
        assert [action.action for action in offered] == list(ACTIONS)
        for action in offered:
            assert action.allowed == (action.reason is None)
            if action.reason:
                assert all(f"{worded[action.reason].texts}.reason" in Texts(language) for language in LANGUAGES)


@pytest.mark.parametrize("status", STATUSES)
def test_a_user_can_do_nothing_of_what_is_the_administrators(status: Status) -> None:
    offered = {action.action: action.reason for action in actions(a_subscription(status=status), "user", ACTIONS)}
    reason = offered.pop("take_over")
    assert set(offered.values()) == {"forbidden"}
    assert reason == (None if status in OPEN_TO_USERS else "not_active")
    to_administrator = {
        one.action: one.reason for one in actions(a_subscription(status=status), "administrator", ACTIONS)
    }
    assert to_administrator["take_over"] == "is_administrator"


@pytest.mark.parametrize("status", STATUSES)
def test_users_are_added_while_it_is_active(status: Status) -> None:
    refused = add_user.why_not(a_subscription(status=status))
    assert refused == (None if status in OPEN_TO_USERS else NOT_ACTIVE)


def test_no_user_is_added_without_a_seat() -> None:
    assert add_user.why_not(a_subscription(seats=2, users=2)) == add_user.NO_SEAT_LEFT
    assert add_user.why_not(a_subscription(seats=2, users=2, licence="floating")) is None


def test_the_administrator_alone_has_nobody_to_remove() -> None:
    assert remove_user.why_not(a_subscription(users=1)) == remove_user.NO_OTHER_USER
    assert remove_user.why_not(a_subscription(users=2)) is None


def test_one_who_has_no_part_in_it_finds_nothing() -> None:
    state = {state_key("s-1"): a_subscription().attributes()}
    with pytest.raises(Refused, match="not_found"):
        found(state, "s-1", "outsider@example.com")
    with pytest.raises(Refused, match="not_found"):
        found({}, "s-1", "admin@example.com")


def test_only_the_administrator_administers() -> None:
    items = {
        state_key("s-1"): a_subscription().attributes(),
        membership_key("s-1", "admin@example.com"): {"role": "administrator"},
        membership_key("s-1", "user@example.com"): {"role": "user"},
    }
    assert administered("s-1", "admin@example.com").state(items).subscription == a_subscription()
    assert found(items, "s-1", "user@example.com") == (a_subscription(), "user")
    with pytest.raises(Refused, match="forbidden"):
        administered("s-1", "user@example.com").state(items)


def test_it_is_shown_as_it_stands_today() -> None:
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    seen = shown(a_subscription(status="cancelling", end=date(2026, 6, 30)), "administrator", asked(Nothing(), now=now))
    assert (seen.status, seen.end, seen.role) == ("ended", "2026-06-30", "administrator")


def test_a_new_member_passes_on_and_takes_only_what_is_theirs() -> None:
    """Joined, promoted and left: the count, and both lists of who belongs."""
    subscription, now = a_subscription(users=2), datetime(2026, 7, 1, 12, tzinfo=UTC)
    member = Member("new@example.com", "user", "invited", "2026-01-01T00:00:00Z")
    first, *lists = joined(subscription, member)
    assert first == replace(subscription, users=3).put()
    assert [write.key for write in lists] == [user_key("s-1", member.email), membership_key("s-1", member.email)]
    passed_on = promoted(subscription, member.email, now)
    assert passed_on[0] == replace(subscription, users=1, administrator=member.email).put()
    # Who accepts an invitation meanwhile stays accepted: only the role is written, and that it was taken over.
    assert [write for write in passed_on if isinstance(write, Set)] == [
        Set(user_key("s-1", member.email), {"role": "administrator"}),
        Set(membership_key("s-1", member.email), {"role": "administrator", "taken_over": True}),
    ]
    assert left(subscription, member.email, now)[0] == replace(subscription, users=1).put()


def test_of_what_was_withdrawn_nobody_has_a_seat() -> None:
    assert a_subscription(users=2, status="withdrawn").seats_used == 0


def test_only_what_is_active_cancelled_or_on_trial_is_usable() -> None:
    assert {"active", "cancelling", "trial"} == USABLE
