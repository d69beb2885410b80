"""A company as the machine knows it: what the desk must keep of it, told a second time and more simply."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor

from dateutil.relativedelta import relativedelta

from functions.onboarding import papers
from functions.onboarding.account import DAYS
from functions.onboarding.papers import Kind, Profile
from functions.shared.calendar import last_day_of_term, last_day_of_year_around
from functions.subscriptions.subscription import OPEN_TO_USERS, USABLE, Status

# In these states a paper may be sent.
_TO_SEND = ("missing", "uploaded", "rejected", "ask_again")


@dataclass
class Paper:
    """Where a paper stands; `awaited` is where the file that may land does so, `held` what was taken in."""

    status: str = "missing"
    awaited: str | None = None
    held: str | None = None


@dataclass
class Account:
    """An account, from its registration."""

    id: str
    profile: Profile
    registered: date
    is_complete: bool = False
    papers: dict[Kind, Paper] = field(default_factory=dict)

    def paper(self, kind: Kind) -> Paper:
        """One of its papers."""
        return self.papers.setdefault(kind, Paper())

    def status(self, today: date) -> str:
        """Complete with its last paper, over after the last day."""
        stand = {self.paper(paper.kind).status for paper in papers.needed(self.profile)}
        if self.is_complete or stand == {"accepted"}:
            return "complete"
        if today > self.registered + timedelta(days=DAYS):
            return "expired"
        return "in_review" if "in_review" in stand else "pending"


@dataclass
class Code:
    """A code that was mailed: the account that it would open, until when it works."""

    digits: str
    until: datetime
    tries: int = 0
    profile: Profile | None = None
    password: str = ""
    registered: date | None = None


@dataclass
class Person:
    """Someone with a mailbox; without an `account` a name on a list at most."""

    email: str
    password: str = ""
    account: Account | None = None
    is_staff: bool = False
    is_signed_in: bool = False
    to_register: Code | None = None
    to_reset: Code | None = None

    def is_known(self, today: date) -> bool:
        """Whether they cannot register: who has an account can, once its time is over."""
        return self.account is not None and self.account.status(today) != "expired"


@dataclass(frozen=True)
class Lease:
    """A seat that somebody has on a device, until when if it is not renewed."""

    id: str
    email: str
    device: str
    until: datetime


@dataclass
class Asked:
    """A request to take over: its id, who asks, who is asked, and from when on it can be accepted."""

    id: str
    by: str
    administrator: str
    decidable_from: datetime
    outcome: str = ""


@dataclass
class Contract:
    """A subscription: who is in it with which standing, and how it stands on the day it was last changed."""

    id: str
    number: str
    product: str
    licence: str
    seats: int
    status: Status
    administrator: str
    end: date
    edition: str = "premium"
    users: dict[str, str] = field(default_factory=dict)
    # Who passed the role on to somebody without an account, and when it goes back.
    unclaimed: tuple[str, date] | None = None
    read_sha256: str | None = None
    # What a seat costs a year, what more of them cost before VAT, and how many there are next year, if they are fewer.
    unit_price: int = 0
    added_for: int = 0
    seats_next: int | None = None
    amended: int = 0
    code: Code | None = None
    leases: list[Lease] = field(default_factory=list)
    # What was paid in cents, and the day on which a student concluded it.
    paid: int = 0
    concluded: date | None = None
    concluded_by: str = ""
    takeover: Asked | None = None

    def on(self, today: date) -> "Contract":
        """As it stands on a day, if nobody changes it."""
        if today <= self.end:
            return self
        over: dict[Status, Status] = {"cancelling": "ended", "trial": "trial_ended"}
        if self.status in over:
            return replace(self, status=over[self.status])
        if self.status != "active":
            return self
        seats = self.seats_next or self.seats
        return replace(self, end=last_day_of_year_around(self.end, today), seats=seats, seats_next=None)

    def price_of(self, added: int, today: date) -> int:
        """What more seats cost for what is left of the year, which is no less than a day."""
        next_year = self.end + timedelta(days=1)
        days_of_year = (next_year - (next_year - relativedelta(years=1))).days
        exact = Fraction(added * self.unit_price * (next_year - today).days, days_of_year)
        return floor(exact + Fraction(1, 2))

    def role(self, email: str) -> str | None:
        """What somebody is in it."""
        if email == self.administrator:
            return "administrator"
        return "user" if email in self.users else None

    def why_not_use(self, today: date) -> str | None:
        """The code that refuses what only a running subscription permits."""
        return None if self.on(today).status in OPEN_TO_USERS else "not_active"

    def held(self, now: datetime, today: date) -> list[Lease]:
        """The leases that live: whoever goes takes theirs along, and so does the last day."""
        is_usable = self.on(today).status in USABLE
        return [one for one in self.leases if is_usable and now < one.until and one.email in self.users]

    def gone(self, email: str) -> None:
        """Somebody is out."""
        del self.users[email]
        self.leases = [one for one in self.leases if one.email != email]

    def why_not_withdraw(self, today: date) -> str | None:
        """The code that refuses the withdrawal. The clock's days are working days or not as the calendar has them."""
        status = self.on(today).status
        if status == "withdrawn":
            return "already_withdrawn"
        if status not in (*OPEN_TO_USERS, "ended") or not self.unit_price:
            return "not_active"
        if self.concluded is None or self.concluded_by != self.administrator:
            return "not_a_consumer"
        return "withdrawal_over" if today > last_day_of_term(self.concluded, 14) else None

    @property
    def is_full(self) -> bool:
        """Whether each seat has a name."""
        return self.licence == "individual" and len(self.users) >= (self.seats_next or self.seats)


@dataclass
class Link:
    """A link that was mailed: what it is about, under which administrator, until when it works, if it is not used."""

    token: str
    contract: str
    administrator: str
    until: datetime
    is_used: bool = False


@dataclass
class Company:
    """All of them, in the order in which they came."""

    people: dict[str, Person] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)
    tried: set[tuple[str, str]] = field(default_factory=set)
    cancelling: list[Link] = field(default_factory=list)
    inviting: list[Link] = field(default_factory=list)
    # How often what happened must stand in the table: (partition, kind of event).
    happened: Counter[tuple[str, str]] = field(default_factory=Counter)

    def tell(self, what: str, contract: Contract | None = None, account: Account | None = None, *, n: int = 1) -> None:
        """Something that happened to one of them."""
        where = f"SUBSCRIPTION#{contract.id}" if contract else f"ACCOUNT#{account.id}" if account else ""
        self.happened[where, what] += n

    def passed_on(self, contract: Contract) -> None:
        """To another than who had the role: nobody asks for it any more, unless it is they who have it."""
        if contract.takeover and contract.takeover.by != contract.administrator:
            self.tell("takeover_overtaken", contract)
        contract.takeover = None

    def of(self, email: str) -> Iterator[Contract]:
        """The contracts that a person belongs to."""
        return (contract for contract in self.contracts.values() if email in contract.users)

    def access(self, email: str, product: str, today: date) -> date | None:
        """Until when a person may use a product: by an individual licence, if they have one."""
        held = (contract.on(today) for contract in self.of(email) if contract.product == product)
        usable = [(contract.licence == "individual", contract.end) for contract in held if contract.status in USABLE]
        return max(usable)[1] if usable else None


def why_not_send(account: Account, kind: Kind, today: date) -> str | None:
    """The code that refuses a paper."""
    if kind not in [paper.kind for paper in papers.needed(account.profile)]:
        return "not_needed"
    status = account.paper(kind).status
    if account.status(today) == "complete" or status in ("accepted", "refused"):
        return "already_decided"
    if account.status(today) == "expired":
        return "deadline_passed"
    return None if status in _TO_SEND else "already_sent"
