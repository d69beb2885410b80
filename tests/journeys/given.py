"""What a journey begins with, written straight into the table."""

import secrets
import time
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from functions.onboarding.authentication import Login, make_login
from functions.onboarding.mailbox import code_key
from functions.shared import clock, limits, one_time_codes, session
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.shared.items import Item, Key, Put, Write, next_version
from functions.shared.limits import Limit
from functions.shared.session import account_key
from functions.shared.terms import CURRENT, sha256
from functions.subscriptions.subscription import (
    Member,
    Role,
    Subscription,
    begun,
    enlisted,
    joined,
    mark_of,
    partition,
    state_key,
    user_key,
)

PASSWORD = "correct horse, battery, staple"
# The event that somebody's invitation comes from.
INVITATION = "4" * 32
_WRITES_AT_ONCE = 100
_SEED = "2" * 32
_TOKEN = "t" * 43


class Given:
    """People and subscriptions of a test's own; their names are like no others'."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.store = cloud.store
        self.cookies: dict[str, str] = {}
        self._mark = secrets.token_hex(4)
        # On the loopback, and nobody else's, so that nobody else's tries count here.
        self.network = f"127.{100 + secrets.randbelow(100)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"

    def address(self, name: str = "someone") -> str:
        """An address that nobody has."""
        return f"{name}-{self._mark}@example.com"

    def person(self, name: str = "admin", *, password: bool = False, **account: Any) -> str:
        """Someone with an account, signed in; returns the address. `password` lets them sign in themselves."""
        email = self.address(name)
        login = secrets.token_hex(16)
        if password:
            make_login(self.cloud, Login(login, PASSWORD))
        usual = {
            "account_id": f"A-{name}-{self._mark}",
            "email": email,
            "login": login,
            "company": "Durand",
            "profile": "design_office",
            "language": "en",
            "account_status": "complete",
            "roles": [],
            "registered_at": clock.rfc3339(clock.now() - timedelta(days=20)),
            "version": 1,
        }
        self.write(Put(account_key(email), usual | account))
        self.sign_in(email)
        return email

    def account(self, email: str) -> dict[str, Any]:
        """What is kept of a person's account."""
        return dict(self.store.item(account_key(email)) or {})

    def write_account(self, email: str, account: Item) -> None:
        """The account as it is to be."""
        self.write(Put(account_key(email), account))

    def join(self, subscription_id: str, email: str) -> None:
        """One more user of a subscription."""
        self.write(*joined(self.kept(subscription_id), Member(email, "user", "active", clock.rfc3339(clock.now()))))

    def use_up(self, limit: Limit, who: str, *, left: int = 0) -> None:
        """All that a limit allows somebody now, or somewhere, has been done, but for what is `left`."""
        if limit.counted == "budget":
            count = limits.spent(limit, who, clock.now(), self.cloud.keys)
            self.write(count._replace(times=limit.most - left))
            return
        until = int(clock.now().timestamp()) + limit.seconds
        attributes = {"count": limit.most - left, "until": until, "expires_at": until}
        self.write(Put(limits.tried(limit, who, self.cloud.keys).key, attributes))

    def sign_in(self, email: str, **changes: Any) -> None:
        """A session of a person, as if opened just now but for the changes."""
        token = secrets.token_urlsafe(32)
        account = self.account(email)
        second_factor = session.needs_second_factor(account.get("roles", ()))
        opening = session.opened(email, token, account.get("login"), second_factor=second_factor)
        self.write(Put(opening.key, {**opening.attributes, **changes}))
        opens, _ = session.cookies_that_open(email, token, account.get("account_id", ""))
        self.cookies[email] = opens.partition(";")[0]

    def ask_for_code(self, email: str, purpose: str, about: Item | None = None) -> None:
        """A code was sent to the address, asked for from the browser whose cookie is `asking`."""
        self.write(one_time_codes.issue({}, self.code_key(email, purpose), _SEED, clock.now(), about))

    def code(self, email: str, purpose: str, *, wrong: bool = False) -> str:
        """The code that was sent, or another."""
        right = one_time_codes.code(self.code_key(email, purpose), _SEED, self.cloud.keys)
        return f"{(int(right) + wrong) % 1_000_000:06}"

    def code_key(self, email: str, purpose: str) -> Key:
        """Where that code is kept."""
        return code_key(email, purpose, session.browser(_TOKEN))

    @property
    def asking(self) -> str:
        """The cookie of the browser that asks for codes."""
        return session.cookie_that_asks(_TOKEN).partition(";")[0]

    def known(self, email: str) -> str:
        """The cookie of a browser in which the person has proven themselves."""
        return session.cookie_that_knows(_SEED, email, self.cloud.keys).partition(";")[0]

    def idle(self, email: str, minutes: int) -> None:
        """The same, opened and last used that long ago."""
        ago = minutes * 60
        now = int(time.time())
        self.sign_in(
            email,
            idle_until=now - ago + session.IDLE_SECONDS,
            absolute_until=now - ago + session.ABSOLUTE_SECONDS,
            expires_at=now - ago + session.ABSOLUTE_SECONDS,
            confirmed_at=now - ago,
            papers_at=now - ago,
        )

    def subscription(self, administrator: str, *others: str, concluded_by: str | None = None, **fields: Any) -> str:
        """A subscription with its users, active for a year unless said otherwise; returns its id."""
        today = clock.day(clock.now())
        usual: dict[str, Any] = {
            "id": f"s-{secrets.token_hex(4)}",
            # None of the demo's, which have six digits, and none of the thousands that long races begin with.
            "contract_number": f"G-2026-{10**8 + secrets.randbelow(9 * 10**8)}",
            "product": "PROFIS Engineering",
            "edition": "Premium",
            "licence": "individual",
            "seats": 5,
            "users": 1 + len(others),
            "status": "active",
            "administrator": administrator,
            "start": today - timedelta(days=30),
            "end": today + timedelta(days=334),
        }
        subscription = Subscription(**usual | fields)
        if concluded_by:
            subscription = replace(subscription, withdrawable_by=mark_of(subscription.id, concluded_by))
        at = clock.rfc3339(clock.now())
        writes: list[Write] = [*begun(subscription, at)]
        for email in others:
            writes += enlisted(subscription, Member(email, "user", "active", at))
        self.write(*writes)
        return subscription.id

    def acceptance(self, by: str) -> dict[str, str]:
        """That somebody has accepted the terms just now."""
        return {
            "version": CURRENT,
            "language": "en",
            "sha256": sha256(CURRENT, "en"),
            "by": by,
            "at": clock.rfc3339(clock.now()),
        }

    def invited(self, subscription_id: str, email: str, role: Role) -> None:
        """One of its users has no account yet."""
        key = user_key(subscription_id, email)
        kept = self.store.item(key)
        assert kept
        invited = {"role": role, "status": "invited", "invited_at": kept["added_at"], "invitation": INVITATION}
        self.write(next_version(key, {**kept, **invited}))

    def event(self, subscription_id: str, kind: str, by: str, days_ago: int, **data: Any) -> None:
        """Something that happened to a subscription."""
        at = clock.now() - timedelta(days=days_ago)
        self.write(Event(kind, at, by, data).put(partition(subscription_id), secrets.token_hex(4)))

    def write(self, *writes: Write) -> None:
        """Anything else."""
        for start in range(0, len(writes), _WRITES_AT_ONCE):
            self.store.commit(writes[start : start + _WRITES_AT_ONCE])

    def kept(self, subscription_id: str) -> Subscription:
        """A subscription as it is kept now."""
        item = self.store.item(state_key(subscription_id))
        assert item
        return Subscription.stored(item)

    def of_subscription(self, subscription_id: str) -> dict[Key, Item]:
        """All that is kept of a subscription."""
        return dict(self.store.query(partition(subscription_id), first="!", last="~"))

    def of_person(self, email: str) -> dict[Key, Item]:
        """All that is kept of a person."""
        return dict(self.store.query(session.person(email), first="!", last="~"))

    @staticmethod
    def today() -> date:
        """The business day."""
        return clock.day(clock.now())
