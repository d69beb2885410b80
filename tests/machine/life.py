"""A company's life: a state machine whose steps are what people, workers, the clock and bad luck do.

Each step says what it must be answered, from a model beside it (company.py); after each the desk is compared with the
model, and with what must never be (watch.py).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from functions.onboarding import documents, password, registration, reviews, sign_in
from functions.onboarding.papers import KINDS, PROFILES, Kind, Profile, needed
from functions.shared import clock, one_time_codes
from functions.shared.job import AnyJob
from functions.shared.terms import CURRENT
from functions.subscriptions import (
    activation,
    add_user,
    add_users,
    cancellation,
    change_seats,
    check_access,
    choose_edition,
    colleagues,
    decide_takeover,
    fetch_contract,
    free_seat,
    invitation,
    invite_again,
    object_to_takeover,
    orders,
    place_order,
    portal,
    remove_user,
    renew_lease,
    signature,
    start_trial,
    take_lease,
    take_over,
    terms,
    transfer,
    users,
    withdraw,
)
from functions.subscriptions.catalogue import catalogue
from functions.subscriptions.subscription import USABLE
from tests.crash.driver import Phase
from tests.crash.faults import KINDS as FAULT_KINDS
from tests.crash.faults import Fault, Watch
from tests.journeys import Call, Work
from tests.journeys.given import PASSWORD
from tests.machine.beginning import COMPANY, START, Beginning, begin
from tests.machine.company import Account, Asked, Code, Contract, Lease, Link, Person, why_not_send
from tests.machine.watch import Watcher

type Trouble = tuple[Phase, Fault] | None

PRODUCTS = ("PROFIS Engineering", "PROFIS Rebar")
DEVICES = ("Laptop Umbriel", "Desktop Oberon")
SIGNER = "Quirina Vandervelde"
COMMENT = "Abracadabra, said the comment"
_OK, _NOTHING = 200, 204
_FILE = "my-secret-card.jpeg"
_UPLOAD = {"filename": _FILE, "content_type": "image/jpeg", "size": 40}
_BILLING = {"country": "FR", "company": COMPANY, "street": "12 rue Xanthippe", "postcode": "75011", "city": "Paris"}
# As many as nobody's limit refuses, who asks for codes or guesses: the limits have tests of their own.
_FEW, _FEW_IN_ALL = 3, 15

# Of the numbers of ANY, those that lead to what can be done.
_MOSTLY = 9
# Any of the people, of the contracts, of the links: counted around.
ANY = st.integers(0, 11)
# Mostly who may.
WHO = st.sampled_from(("administrator",) * 5 + ("user", "stranger"))
MOSTLY = st.sampled_from((True, True, True, False))
MISTAKEN = st.sampled_from((False, False, False, True))
DECISION = st.sampled_from(("accept", "accept", "ask_again", "refuse"))
TROUBLE: st.SearchStrategy[Trouble] = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.builds(
        lambda phase, kind, at: (phase, Fault(kind[0], at, kind[1])),
        st.sampled_from(("call", "delivery")),
        st.sampled_from(FAULT_KINDS),
        st.integers(0, 4),
    ),
)
HOURS = st.sampled_from((timedelta(minutes=11), timedelta(hours=5), timedelta(hours=25), timedelta(days=3)))
WEEKS = st.sampled_from((timedelta(days=8), timedelta(days=30), timedelta(days=56), timedelta(days=190)))


class Life(RuleBasedStateMachine):
    """One company from one beginning."""

    def __init__(self, beginning: Beginning) -> None:
        super().__init__()
        self.given, self.world = beginning.given, beginning.world
        self.company = beginning.company()
        self._put_back = self.world.put_back()
        self._put_back.__enter__()
        begin(START + timedelta(hours=1))
        self._cookies = dict(self.given.cookies)
        self.watcher = Watcher(beginning, self.company)
        self.watcher.hide(PASSWORD, COMPANY, SIGNER, COMMENT, _FILE, *DEVICES, *self.company.people)
        for cookie in self.given.cookies.values():
            self.watcher.hide(cookie.rpartition(".")[2])
        self._stalled = 0
        self._landed: list[tuple[Account, Kind, str, bool, Any]] = []
        self._asked: dict[tuple[str, str], int] = {}
        self._again: Counter[str] = Counter()
        self._last: tuple[Call, str, Mapping[str, Any]] | None = None
        self._in_delivery: Fault | None = None
        self._calls = 0
        self.leases: list[tuple[Contract, str, Person]] = []
        self.takeovers: list[tuple[Contract, Asked]] = []
        self._latest_cookie = ""

    def teardown(self) -> None:
        """Whatever was held up comes about in the end."""
        try:
            self._stalled = 0
            self._settle()
            self.watcher.look(settled=True)
            self.watcher.look_for_secrets()
        finally:
            self.given.cookies = self._cookies
            self._put_back.__exit__(None, None, None)

    @invariant()
    def nothing_that_must_never_be(self) -> None:
        """After every step; what workers have done meanwhile included, unless they are held up."""
        if self._stalled:
            self._stalled -= 1
            self.watcher.look(settled=False)
        else:
            self._settle()
            self.watcher.look(settled=True)

    # The team.

    @rule(which=ANY, who=WHO, whom=ANY, trouble=TROUBLE)
    def add(self, which: int, who: str, whom: int, trouble: Trouble) -> None:
        """Add a user."""
        contract, person = self._standing(which, "active", "cancelling"), self._person(whom)
        by = self._as(contract, which, who)
        why = self._may_not(contract, by)
        if not why and person.email in contract.users:
            why = 409, "already_a_user"
        if not why and (code := contract.why_not_use(self.today)):
            why = 409, code
        if not why and contract.on(self.today).is_full:
            why = 409, "no_seat_left"
        self._ask(add_user.ADD, by, contract, {"email": person.email}, trouble=trouble, why=why)
        if not why:
            contract.users[person.email] = "active" if person.account else "invited"
            self.company.tell("user_added", contract)

    @rule(which=ANY, who=WHO, whom=ANY, trouble=TROUBLE)
    def remove(self, which: int, who: str, whom: int, trouble: Trouble) -> None:
        """Remove a user, who is out with the answer."""
        contract = self._shared(which)
        by, person = self._as(contract, which, who), self._member(contract, whom)
        why = self._may_not(contract, by)
        if not why and person.email not in contract.users:
            why = 404, "not_found"
        if not why and person.email == contract.administrator:
            why = 409, "is_administrator"
        values = {"subscription_id": contract.id, "email": person.email}
        self._ask(remove_user.REMOVE, by, contract, values=values, trouble=trouble, why=why)
        if not why:
            contract.gone(person.email)
            self.company.tell("user_removed", contract)
            self._asks_no_more(person, contract)
            self._is_out(person, contract)

    @rule(which=ANY, who=WHO, first=ANY, trouble=TROUBLE)
    def add_team(self, which: int, who: str, first: int, trouble: Trouble) -> None:
        """Add three people at once, one of them twice, and what is nobody's address."""
        contract = self._standing(which, "active", "cancelling")
        by, team = self._as(contract, which, who), {self._person(first + n).email: None for n in range(3)}
        why = self._may_not(contract, by)
        if not why and (code := contract.why_not_use(self.today)):
            why = 409, code
        lines = [*team, next(iter(team)).upper(), "nobody"]
        answer = self._ask(add_users.ADD, by, contract, {"emails": lines}, trouble=trouble, why=why)
        if why:
            return
        said = []
        for email in team:
            said.append(
                "already_a_user" if email in contract.users else "no_seat_left" if contract.is_full else "added"
            )
            if said[-1] == "added":
                contract.users[email] = "active" if self.company.people[email].account else "invited"
                self.company.tell("user_added", contract)
        assert [item["verdict"] for item in answer["items"]] == [*said, "repeated", "invalid"]

    @rule(which=ANY, who=WHO, whom=ANY, trouble=TROUBLE)
    def invite_again(self, which: int, who: str, whom: int, trouble: Trouble) -> None:
        """Send an invitation again, three times a day at most."""
        contract = self._shared(which)
        by, person = self._as(contract, which, who), self._member(contract, whom)
        why = self._may_not(contract, by)
        if not why and person.email not in contract.users:
            why = 404, "not_found"
        if not why and person.account:
            why = 409, "already_active"
        if not why and (code := contract.why_not_use(self.today)):
            why = 409, code
        again = f"{contract.id} {person.email} {self.today}"
        if not why and self._again[again] >= invite_again.AGAIN.most:
            why = 429, "used_up"
        values = {"subscription_id": contract.id, "email": person.email}
        self._ask(invite_again.INVITE, by, contract, values=values, trouble=trouble, why=why)
        if not why:
            self._again[again] += 1
            self.company.tell("invited_again", contract)

    @rule(which=ANY, whom=ANY, trouble=TROUBLE)
    def leave(self, which: int, whom: int, trouble: Trouble) -> None:
        """A colleague leaves, and is out of all that an administrator has."""
        contract = self._shared(which)
        by, person = self._as(contract, which, "administrator"), self._member(contract, whom)
        used = [one for one in self.company.of(person.email) if one.administrator == by]
        why = None if used else (404, "not_found")
        if person.email == by:
            why = 409, "is_administrator"
        answer = self._ask(colleagues.REMOVE, by, None, values={"email": person.email}, trouble=trouble, why=why)
        if why:
            return
        assert ({*answer["removed"]}, answer["kept"]) == ({one.id for one in used}, [])
        for one in used:
            del one.users[person.email]
            self.company.tell("user_removed", one)
            self._asks_no_more(person, one)
        for one in used:
            self._is_out(person, one)

    @rule(which=ANY, who=WHO, whom=ANY, trouble=TROUBLE)
    def transfer(self, which: int, who: str, whom: int, trouble: Trouble) -> None:
        """Pass the administrator's role on; the former one is out with the answer."""
        contract = self._shared(which)
        by, person = self._as(contract, which, who), self._member(contract, whom)
        why = self._may_not(contract, by)
        if not why and (person.email not in contract.users or person.email == contract.administrator):
            why = 409, "not_a_user"
        if not why and (code := contract.why_not_use(self.today)):
            why = 409, code
        self._ask(transfer.TRANSFER, by, contract, {"email": person.email}, trouble=trouble, why=why)
        if not why:
            former = self.company.people[contract.administrator]
            contract.gone(former.email)
            contract.administrator = person.email
            is_unclaimed = contract.users[person.email] == "invited"
            contract.unclaimed = (former.email, self.today + timedelta(days=7)) if is_unclaimed else None
            self.company.tell("transferred_unclaimed" if is_unclaimed else "transferred", contract)
            self.company.passed_on(contract)
            self._is_out(former, contract)

    # The administrator has left.

    @rule(which=ANY, whom=ANY, trouble=TROUBLE)
    def take_over(self, which: int, whom: int, trouble: Trouble) -> None:
        """Ask for the administrator's place."""
        contract = self._shared(which)
        person = self._member(contract, whom)
        if not self._is_signed_in(person) or self._has_asked_enough("takeover", contract.id):
            return
        why: tuple[int, str] | None = None
        if person.email not in contract.users:
            why = 404, "not_found"
        elif person.email == contract.administrator:
            why = 409, "is_administrator"
        elif code := contract.why_not_use(self.today):
            why = 409, code
        elif contract.takeover:
            why = 409, "takeover_pending"
        answer = self._ask(take_over.TAKE_OVER, person.email, contract, {"reason": COMMENT}, trouble=trouble, why=why)
        if not why:
            from_then_on = datetime.fromisoformat(answer["decidable_from"])
            asked = Asked(answer["id"], person.email, contract.administrator, from_then_on)
            contract.takeover = asked
            self.takeovers.append((contract, asked))
            self.company.tell("takeover_asked", contract)

    @rule(which=ANY, is_accepted=MOSTLY, is_staff=MOSTLY, trouble=TROUBLE)
    def decide_takeover(self, which: int, is_accepted: bool, is_staff: bool, trouble: Trouble) -> None:
        """Accept or refuse it; who is accepted is the administrator with the answer, and the former one is out."""
        if not self.takeovers:
            return
        contract, asked = self.takeovers[which % len(self.takeovers)]
        by = self._staff if is_staff else self.company.people[contract.administrator]
        if not self._is_signed_in(by):
            return
        why: tuple[int, str] | None = None
        if not by.is_staff:
            why = 404, "not_found"
        elif by.email in (asked.by, asked.administrator):
            why = 403, "own_request"
        elif asked.outcome:
            why = 409, "takeover_closed"
        elif contract.takeover is not asked or contract.why_not_use(self.today):
            why = 409, "takeover_outdated"
        elif is_accepted and self._now < asked.decidable_from:
            why = 409, "too_early"
        body = {"decision": "accept" if is_accepted else "refuse", "reason": COMMENT}
        values = {"takeover": asked.id}
        self._ask(decide_takeover.DECIDE, by.email, None, body, values, trouble=trouble, why=why)
        if not why:
            asked.outcome, contract.takeover = "decided", None
            self.company.tell("takeover_accepted" if is_accepted else "takeover_refused", contract)
            if is_accepted:
                former = self.company.people[contract.administrator]
                contract.gone(former.email)
                contract.administrator, contract.unclaimed = asked.by, None
                self._is_out(former, contract)

    @rule(which=ANY, trouble=TROUBLE)
    def object_to_takeover(self, which: int, trouble: Trouble) -> None:
        """The administrator says that they are there, by the link; once more says and changes nothing."""
        self._settle()
        if not self.takeovers:
            return
        contract, asked = self.takeovers[which % len(self.takeovers)]
        token = next(
            found[1]
            for mail in reversed(self.watcher.mails)
            if (found := re.search(rf"takeover-objection/#token=({re.escape(asked.id)}[\w.-]+)", mail[2]))
        )
        self.watcher.hide(token.rpartition(".")[2])
        why: tuple[int, str] | None = None
        if asked.outcome != "objected" and (contract.takeover is not asked or contract.why_not_use(self.today)):
            why = 410, "link_expired"
        self._ask(object_to_takeover.OBJECT, None, None, {"token": token}, trouble=trouble, why=why)
        if not why and not asked.outcome:
            asked.outcome, contract.takeover = "objected", None
            self.company.tell("takeover_objected", contract)

    # The seats of a floating licence.

    @rule(which=ANY, whom=ANY, device=st.sampled_from(DEVICES), trouble=TROUBLE)
    def take_seat(self, which: int, whom: int, device: str, trouble: Trouble) -> None:
        """Start the software."""
        wanted = self._fitting(which, lambda one: one.licence == "floating" and one.on(self.today).status == "active")
        person = self._member(wanted, whom)
        if not self._is_signed_in(person):
            return
        usable = [one for one in self.company.of(person.email) if one.product == wanted.product]
        usable = [one for one in usable if one.on(self.today).status in USABLE]
        held = {one.id: one.held(self._now, self.today) for one in usable}
        mine = [
            (one, lease)
            for one in usable
            for lease in held[one.id]
            if (lease.email, lease.device) == (person.email, device)
        ]
        free = sorted((one for one in usable if len(held[one.id]) < one.seats), key=lambda one: one.id)
        why: tuple[int, str] | None = None
        if not usable:
            why = 403, "forbidden"
        elif any(one.licence == "individual" for one in usable):
            why = 409, "no_lease_needed"
        elif not mine and not free:
            why = 409, "all_seats_in_use"
        body = {"product": wanted.product, "device": device}
        status = 200 if mine else 201
        answer = self._ask(take_lease.TAKE, person.email, None, body, trouble=trouble, why=why, status=status)
        if why:
            return
        contract = mine[0][0] if mine else free[0]
        assert answer["subscription_id"] == contract.id
        assert answer["in_use"] == len(held[contract.id]) + (not mine)
        contract.leases = [one for one in contract.leases if one.id != answer["id"]]
        until = datetime.fromisoformat(answer["expires_at"])
        contract.leases.append(Lease(answer["id"], person.email, device, until))
        self.leases.append((contract, answer["id"], person))

    @rule(which=ANY, ends=MISTAKEN, trouble=TROUBLE)
    def keep_seat(self, which: int, ends: bool, trouble: Trouble) -> None:
        """The software renews the lease of a seat, or gives it back."""
        if not self.leases:
            return
        contract, lease, person = self.leases[-1 - which % len(self.leases)]
        if not self._is_signed_in(person):
            return
        values = {"lease": lease}
        lives = lease in [one.id for one in contract.held(self._now, self.today)]
        if ends:
            self._ask(renew_lease.RELEASE, person.email, None, values=values, trouble=trouble)
        else:
            why = None if lives else (410, "lease_ended")
            answer = self._ask(renew_lease.RENEW, person.email, None, values=values, trouble=trouble, why=why)
        rest = [one for one in contract.leases if one.id != lease]
        if lives and not ends:
            until = datetime.fromisoformat(answer["expires_at"])
            rest += [replace(one, until=until) for one in contract.leases if one.id == lease]
        contract.leases = rest if lives or ends else contract.leases

    @rule(which=ANY, who=WHO, trouble=TROUBLE)
    def free(self, which: int, who: str, trouble: Trouble) -> None:
        """The administrator looks who has seats, and frees one."""
        contract = self._fitting(which, lambda one: bool(one.leases))
        by = self._as(contract, which, who)
        why = self._may_not(contract, by)
        listed = self._ask(free_seat.LIST, by, contract, why=why)
        held = contract.held(self._now, self.today)
        if not why:
            assert {one["id"] for one in listed["items"]} == {one.id for one in held}
        if not held:
            return
        lease = held[which % len(held)].id
        values = {"subscription_id": contract.id, "lease": lease}
        self._ask(free_seat.FREE, by, contract, values=values, trouble=trouble, why=why)
        if not why:
            contract.leases = [one for one in contract.leases if one.id != lease]

    # The seats.

    @rule(which=ANY, who=WHO, added=st.sampled_from((-2, -1, 0, 1, 3)), trouble=TROUBLE)
    def change_seats(self, which: int, who: str, added: int, trouble: Trouble) -> None:
        """More seats, fewer from the next year, or as many as now where fewer were planned."""
        contract = self._fitting(which, lambda one: one.unit_price > 0 and one.on(self.today).status == "active")
        by, now = self._as(contract, which, who), contract.on(self.today)
        if self._has_asked_enough("seats", contract.id):
            return
        seats = max(1, now.seats + added)
        why = self._may_not(contract, by)
        if not why and (now.status != "active" or not now.unit_price):
            why = 409, "not_active" if now.status != "active" else "free_of_charge"
        if not why and seats == now.seats and now.seats_next is None:
            why = 422, "invalid_fields"
        # Of one that is over nothing is left to be paid.
        total = max(0, now.price_of(max(0, seats - now.seats), self.today))
        previewed = self._ask(change_seats.PREVIEW, by, contract, {"seats": seats}, why=why)
        if not why:
            assert (previewed["amount"], previewed["next_year"]) == (total, seats * now.unit_price)
            if now.licence == "individual" and seats < len(now.users):
                why = 409, "seats_in_use"
        body = {"seats": seats, "terms": True, "total": total}
        self._ask(change_seats.CHANGE, by, contract, body, trouble=trouble, why=why)
        # What is planned already is agreed already.
        if why or seats == now.seats_next:
            return
        told = "seats_added" if seats > now.seats else "seats_reduced" if seats < now.seats else "reduction_dropped"
        contract.end, contract.seats = now.end, max(seats, now.seats)
        contract.seats_next = seats if seats < now.seats else None
        contract.added_for, contract.amended = contract.added_for + total, contract.amended + 1
        contract.paid += previewed["total_with_vat"]
        self.company.tell(told, contract)
        self.watcher.amended.append((contract, f"A-{contract.amended}"))
        placed = self._ask(orders.LIST, by, None)["items"][0]
        assert placed["total"] == total
        self.company.orders.setdefault(by, []).append(placed["id"])

    # The end.

    @rule(which=ANY, who=WHO, trouble=TROUBLE)
    def cancel(self, which: int, who: str, trouble: Trouble) -> None:
        """Cancel, signed in."""
        contract = self._standing(which, "active")
        by = self._as(contract, which, who)
        why = self._may_not(contract, by) or self._why_not_cancel(contract)
        body = {"reason": "other", "comment": COMMENT}
        answer = self._ask(cancellation.CANCEL, by, contract, body, trouble=trouble, why=why)
        if not why:
            assert answer["usable_until"] == contract.on(self.today).end.isoformat()
            self._cancelled(contract)

    @rule(which=ANY, who=WHO, trouble=TROUBLE)
    def undo(self, which: int, who: str, trouble: Trouble) -> None:
        """Take a cancellation back."""
        contract = self._standing(which, "cancelling")
        by = self._as(contract, which, who)
        why = self._may_not(contract, by)
        if not why and contract.on(self.today).status != "cancelling":
            why = 409, "not_cancelling"
        self._ask(cancellation.UNDO, by, contract, trouble=trouble, why=why)
        if not why:
            contract.status = "active"
            self.company.tell("cancellation_undone", contract)

    @rule(which=ANY, whom=ANY, is_administrator=MOSTLY, trouble=TROUBLE)
    def ask_for_link(self, which: int, whom: int, is_administrator: bool, trouble: Trouble) -> None:
        """Ask for a link that cancels, without an account; only its administrator gets one."""
        contract = self._standing(which, "active")
        email = contract.administrator if is_administrator else self._person(whom).email
        if self._has_asked_enough("link", email):
            return
        body = {"contract_number": contract.number, "email": email}
        self._ask(cancellation.ASK_FOR_LINK, None, None, body, trouble=trouble, status=202)
        self.company.happened[f"CANCELLATION-REQUEST#{email}", "cancellation_link_wanted"] += 1
        until = clock.now() + cancellation.LINK_LIFE
        self._settle()
        if email == contract.administrator:
            self.company.tell("cancellation_link_made", contract)
            token = self._mailed(email, r"#token=(\S+)")
            self.company.cancelling.append(Link(token, contract.id, email, until))
        self.watcher.look(settled=True)

    @rule(which=ANY, trouble=TROUBLE)
    def cancel_by_link(self, which: int, trouble: Trouble) -> None:
        """Look at what a link would cancel, and cancel it."""
        if not (links := self.company.cancelling):
            return
        link = links[which % len(links)]
        contract = self.company.contracts[link.contract]
        why = self._is_dead(link, contract) or self._why_not_cancel(contract)
        self._ask(cancellation.OPEN_LINK, None, None, {"token": link.token}, why=why)
        body = {"reason": "too_expensive", "comment": COMMENT, "token": link.token}
        self._ask(cancellation.CANCEL_BY_LINK, None, None, body, trouble=trouble, why=why)
        if not why:
            link.is_used = True
            self._cancelled(contract)

    @rule(which=ANY, who=WHO, trouble=TROUBLE)
    def withdraw(self, which: int, who: str, trouble: Trouble) -> None:
        """A student takes a contract back, and has their money again; nobody uses it any longer."""
        contract = self._fitting(which, lambda one: one.why_not_withdraw(self.today) is None)
        by = self._as(contract, which, who)
        why = self._may_not(contract, by)
        if not why and (code := contract.why_not_withdraw(self.today)):
            why = 409, code
        answer = self._ask(withdraw.WITHDRAW, by, contract, {"confirm": True}, trouble=trouble, why=why)
        if not why:
            assert (answer["status"], answer["refund"]) == ("withdrawn", contract.paid)
            contract.status, contract.takeover = "withdrawn", None
            self.company.tell("withdrawn", contract)
            for email in contract.users:
                person = self.company.people[email]
                if person.account and person.is_signed_in:
                    self._has_access(person, contract.product)

    # From the order to the signature.

    @rule(who=ANY, products=st.lists(st.integers(0, 1), min_size=1, max_size=2), mistake=ANY, trouble=TROUBLE)
    def order(self, who: int, products: list[int], mistake: int, trouble: Trouble) -> None:
        """Order software."""
        person = self._person(who)
        if not self._is_signed_in(person) or len(self.company.contracts) > 8:
            return
        lines = [
            {"product": PRODUCTS[product], "licence": ("individual", "floating")[number], "quantity": 2 - number}
            for number, product in enumerate(products)
        ]
        body: dict[str, Any] = {"lines": lines, "billing": _BILLING, "terms": True}
        why = None
        if mistake == 0:
            why = 422, "mixed_order"
            lines.append({"product": "LM-20", "quantity": 1})
        elif mistake == 1:
            why = 409, "price_changed"
            body["total"] = 1
        answer = self._ask(place_order.PLACE, person.email, None, body, trouble=trouble, why=why, status=201)
        if why:
            return
        self.company.orders.setdefault(person.email, []).append(answer["id"])
        self.company.happened[f"ORDERS#{person.email}", "order_placed"] += 1
        made = [self._begun(shown, person, "subscription_ordered") for shown in answer["subscriptions"]]
        self._settle()
        until = clock.now() + invitation.LIFE
        for contract, product in zip(made, products, strict=True):
            # By the catalogue of the day, with VAT as in France.
            contract.paid = contract.seats * (598_80, 418_80)[product]
            token = self._mailed(person.email, rf"#subscription={contract.id}&token=(\S+)")
            self.company.inviting.append(Link(token, contract.id, person.email, until))

    @rule(which=ANY, is_renewed=MISTAKEN, trouble=TROUBLE)
    def follow_invitation(self, which: int, is_renewed: bool, trouble: Trouble) -> None:
        """Accept the terms by the link of an e-mail, or ask for a new one."""
        if not (links := self.company.inviting):
            return
        link = links[which % len(links)]
        contract = self.company.contracts[link.contract]
        body: dict[str, Any] = {"subscription_id": contract.id, "token": link.token}
        why = self._is_dead(link, contract)
        if is_renewed:
            why = None if why == (410, "link_expired") else why
        if not why and contract.status != "awaiting_terms":
            why = 409, "terms_already_accepted"
        if is_renewed:
            self._ask(invitation.RENEW, None, None, body, trouble=trouble, why=why, status=202)
            if not why:
                link.is_used = True
                self.company.tell("invitation_renewed", contract)
                self._settle()
                token = self._mailed(contract.administrator, rf"#subscription={contract.id}&token=(\S+)")
                until = clock.now() + invitation.LIFE
                links.append(Link(token, contract.id, contract.administrator, until))
            return
        body |= {"accepted": True, "terms_version": CURRENT, "language": "fr"}
        self._ask(invitation.ACCEPT, None, None, body, trouble=trouble, why=why)
        if not why:
            self._accepted(contract)

    @rule(which=ANY, who=WHO, steps=st.integers(1, 3), is_mistaken=MISTAKEN, trouble=TROUBLE)
    def go_on(self, which: int, who: str, steps: int, is_mistaken: bool, trouble: Trouble) -> None:
        """Whatever brings a contract nearer to its signature, up to three steps of it."""
        contract = self._standing(which, "awaiting_terms", "awaiting_activation", "awaiting_signature")
        by = self._as(contract, which, who)
        for _ in range(steps):
            self._go_on(contract, by, is_mistaken, trouble)

    def _go_on(self, contract: Contract, by: str, is_mistaken: bool, trouble: Trouble) -> None:
        why = self._may_not(contract, by)
        if contract.status == "awaiting_terms":
            if not why and is_mistaken:
                why = 409, "terms_changed"
            body = {"accepted": True, "terms_version": "2019-01" if is_mistaken else CURRENT}
            self._ask(terms.ACCEPT, by, contract, body, trouble=trouble, why=why)
            if not why:
                self._accepted(contract)
        elif contract.status == "awaiting_activation":
            answer = self._ask(activation.ACTIVATE, by, contract, trouble=trouble, why=why)
            if not why:
                contract.status = "awaiting_signature"
                contract.read_sha256 = answer["contract"]["sha256"]
                self.company.tell("subscription_activated", contract)
        else:
            self._sign(contract, by, is_mistaken, trouble, why)

    def _sign(
        self, contract: Contract, by: str, is_mistaken: bool, trouble: Trouble, why: tuple[int, str] | None
    ) -> None:
        if not why and contract.status in ("trial", "trial_ended"):
            why = 409, "is_trial"
        if not why and contract.status != "awaiting_signature":
            why = 409, "already_signed"
        if not why and self._has_asked_enough("signature", contract.id):
            return
        self._ask(signature.SEND_CODE, by, contract, trouble=trouble, why=why, status=202)
        digits = "000000"
        if not why:
            self.company.tell("signature_code_sent", contract)
            self._settle()
            digits = self._mailed(by, r"(?<!\S)(\d{6})(?!\S)")
            shown = self._ask(fetch_contract.FETCH, by, contract)
            assert shown["sha256"] == contract.read_sha256
            assert not shown["signed"]
        body = {"name": SIGNER, "code": digits, "consent": True, "sha256": contract.read_sha256 or "0" * 64}
        if is_mistaken and not why:
            other = body | ({"sha256": "0" * 64} if int(digits) % 2 else {"code": _other(digits)})
            refused = (409, "document_changed") if int(digits) % 2 else (422, "wrong_code")
            self._ask(signature.SIGN, by, contract, other, trouble=trouble, why=refused)
        self._ask(signature.SIGN, by, contract, body, trouble=trouble, why=why)
        if not why:
            contract.status = "active"
            self._concluded(contract, by)
            self.company.tell("subscription_signed", contract)
            self.watcher.to_be_sealed.append(contract)

    @rule(who=ANY, trouble=TROUBLE)
    def begin_trial(self, who: int, trouble: Trouble) -> None:
        """Try a product, once for each account."""
        person, product = self._person(who), PRODUCTS[0]
        if not self._is_signed_in(person):
            return
        why = (409, "trial_used") if (person.email, product) in self.company.tried else None
        answer = self._ask(
            start_trial.START, person.email, None, {"product": product}, trouble=trouble, why=why, status=201
        )
        if not why:
            self.company.tried.add((person.email, product))
            self._begun(answer, person, "trial_started")

    @rule(which=ANY, who=WHO, trouble=TROUBLE)
    def choose(self, which: int, who: str, trouble: Trouble) -> None:
        """Go on after a trial."""
        contract = self._standing(which, "trial", "trial_ended")
        by = self._as(contract, which, who)
        why = self._may_not(contract, by)
        status = contract.on(self.today).status
        if not why and status != "trial_ended":
            over = "edition_already_chosen" if contract.edition == "standard" else "not_a_trial"
            why = 409, "trial_running" if status == "trial" else over
        answer = self._ask(choose_edition.CHOOSE, by, contract, {"edition": "standard"}, trouble=trouble, why=why)
        if not why:
            contract.status, contract.edition = "active", "standard"
            contract.end = date.fromisoformat(answer["end"])
            self.company.tell("edition_chosen", contract)

    # The people.

    @rule(whom=ANY, profile=st.sampled_from(PROFILES), goes_on=MOSTLY, trouble=TROUBLE)
    def register(self, whom: int, profile: Profile, goes_on: bool, trouble: Trouble) -> None:
        """Ask for an account; a code goes out, or word that there is one."""
        person = self._unknown(whom)
        if self._has_asked_enough("registration", person.email):
            return
        secret = f"seven grey herons wade {self._calls}"
        self.watcher.hide(secret)
        body = {"email": person.email, "company": COMPANY, "profile": profile, "password": secret, "language": "fr"}
        self._ask(registration.REGISTER, self._browser(person), None, body, trouble=trouble, status=202)
        self._settle()
        if person.is_known(self.today):
            person.to_register = None
            self.company.tell("registration_repeated", account=person.account)
            return
        digits = self._mailed(person.email, r"(?<!\d)(\d{6})(?!\d)")
        until = clock.now() + one_time_codes.LIFE
        person.to_register = Code(digits, until, 0, profile, secret, self.today)
        if goes_on:
            self._confirm(person, is_mistaken=False, trouble=trouble)

    @rule(whom=ANY, is_mistaken=MISTAKEN, trouble=TROUBLE)
    def confirm(self, whom: int, is_mistaken: bool, trouble: Trouble) -> None:
        """Open the account with the code."""
        if whom >= _MOSTLY or self._unknown(whom).to_register:
            self._confirm(self._unknown(whom), is_mistaken, trouble)

    def _confirm(self, person: Person, is_mistaken: bool, trouble: Trouble) -> None:
        code = person.to_register
        is_right = self._is_right(code, is_mistaken) and not person.is_known(self.today)
        body = {"email": person.email, "code": self._digits(code, is_mistaken)}
        why = None if is_right else (422, "wrong_code")
        self._ask(registration.CONFIRM, self._browser(person), None, body, trouble=trouble, why=why, status=_NOTHING)
        if is_right and code and code.profile and code.registered:
            kept = self.given.account(person.email)
            person.account = Account(kept["account_id"], code.profile, code.registered)
            person.password, person.to_register, person.is_signed_in = code.password, None, False
            self.company.tell("registration_requested", account=person.account)
            self.company.tell("registered", account=person.account)
            for contract in self.company.of(person.email):
                contract.users[person.email] = "active"

    @rule(whom=ANY, goes_on=MOSTLY, trouble=TROUBLE)
    def forget(self, whom: int, goes_on: bool, trouble: Trouble) -> None:
        """Ask for a code for a new password; nobody learns whether there is an account."""
        person = self._person(whom)
        if self._has_asked_enough("password", person.email) or person.is_staff:
            return
        body = {"email": person.email}
        self._ask(password.FORGET, self._browser(person), None, body, trouble=trouble, status=202)
        self._settle()
        person.to_reset = None
        if person.account:
            self.company.tell("password_forgotten", account=person.account)
            digits = self._mailed(person.email, r"(?<!\d)(\d{6})(?!\d)")
            person.to_reset = Code(digits, clock.now() + one_time_codes.LIFE)
            if goes_on:
                self._reset(person, is_mistaken=False, trouble=trouble)

    @rule(whom=ANY, is_mistaken=MISTAKEN, trouble=TROUBLE)
    def reset(self, whom: int, is_mistaken: bool, trouble: Trouble) -> None:
        """Set a new password; every session of the old one ends with it."""
        asked = [one for one in self.company.people.values() if one.to_reset]
        if asked or whom >= _MOSTLY:
            self._reset(asked[whom % len(asked)] if asked else self._person(whom), is_mistaken, trouble)

    def _reset(self, person: Person, is_mistaken: bool, trouble: Trouble) -> None:
        is_right = self._is_right(person.to_reset, is_mistaken) and person.account is not None
        secret = f"eleven quiet boats at dusk {self._calls}"
        self.watcher.hide(secret)
        body = {"email": person.email, "code": self._digits(person.to_reset, is_mistaken), "password": secret}
        why = None if is_right else (422, "wrong_code")
        self._ask(password.RESET, self._browser(person), None, body, trouble=trouble, why=why, status=_NOTHING)
        if is_right:
            person.password, person.to_reset = secret, None
            self.company.tell("password_changed", account=person.account)
            if person.is_signed_in:
                self._ask(sign_in.SHOW, person.email, None, why=(401, "not_signed_in"))
            person.is_signed_in = False

    @rule(whom=ANY, is_mistaken=MISTAKEN, trouble=TROUBLE)
    def sign_in(self, whom: int, is_mistaken: bool, trouble: Trouble) -> None:
        """Sign in, or fail to: an address that nobody has fails like a wrong password."""
        person = self._person(whom)
        if person.is_staff or self._has_asked_enough("sign-in", person.email):
            return
        self._open_session(person, is_mistaken or person.account is None, trouble)

    @rule(whom=ANY, trouble=TROUBLE)
    def sign_out(self, whom: int, trouble: Trouble) -> None:
        """Sign out: the session is dead on the server too."""
        person = self._person(whom)
        if person.is_staff or not person.is_signed_in:
            return
        self._ask(sign_in.SIGN_OUT, person.email, None, trouble=trouble, status=_NOTHING)
        person.is_signed_in = False
        self._ask(sign_in.SHOW, person.email, None, why=(401, "not_signed_in"))

    # The papers.

    @rule(whom=ANY, kind=st.sampled_from(KINDS), is_needed=MOSTLY, is_good=MOSTLY, lands=MOSTLY, trouble=TROUBLE)
    def send_paper(self, whom: int, kind: Kind, is_needed: bool, is_good: bool, lands: bool, trouble: Trouble) -> None:
        """Announce a paper and, mostly, send it."""
        able = [one for one in self.company.people.values() if one.account and not one.account.is_complete]
        person = able[whom % len(able)]
        if not self._is_signed_in(person) or person.account is None:
            return
        account = person.account
        kinds = [paper.kind for paper in needed(account.profile)]
        kinds = [one for one in kinds if not why_not_send(account, one, self.today)] or kinds
        kind = kinds[whom % len(kinds)] if is_needed else kind
        body = {**_UPLOAD, "kind": kind, "issued_on": self.today.isoformat()}
        code = why_not_send(account, kind, self.today)
        why = (422 if code == "not_needed" else 409, code) if code else None
        answer = self._ask(documents.SEND, person.email, None, body, trouble=trouble, why=why, status=201)
        if why:
            return
        paper = account.paper(kind)
        paper.status = "missing" if paper.status == "uploaded" else paper.status
        paper.awaited = answer["upload"]["fields"]["key"]
        if lands:
            content = (b"\xff\xd8\xff good " if is_good else b"bad ") + paper.awaited.encode()
            stored = self.given.cloud.files.put_object(
                Bucket=self.given.cloud.settings.papers, Key=paper.awaited, Body=content
            )
            record = {"s3": {"object": {"key": paper.awaited, "versionId": stored["VersionId"]}}}
            self._landed.append((account, kind, paper.awaited, is_good, {"Records": [record]}))

    @rule(whom=ANY, decision=DECISION, is_staff=MOSTLY, is_mistaken=MISTAKEN, trouble=TROUBLE)
    def decide(self, whom: int, decision: str, is_staff: bool, is_mistaken: bool, trouble: Trouble) -> None:
        """The staff decide on a paper; a stranger does not even learn that there is one."""
        self._settle()
        waiting = [
            (one.account, kind)
            for one in self.company.people.values()
            if one.account
            for kind, paper in one.account.papers.items()
            if paper.status != "missing"
        ]
        if not waiting:
            return
        if whom < _MOSTLY:
            waiting = [one for one in waiting if one[0].paper(one[1]).status == "in_review"] or waiting
        account, kind = waiting[whom % len(waiting)]
        paper = account.paper(kind)
        by = self._staff if is_staff else self._person(whom)
        if not self._is_signed_in(by):
            return
        body: dict[str, Any] = {"document": kind, "decision": decision}
        if not is_mistaken:
            body["reason"] = COMMENT
        why: tuple[int, str] | None = None
        if not by.is_staff:
            why = 404, "not_found"
        elif account.status(self.today) == "expired":
            why = 409, "deadline_passed"
        elif paper.status in ("accepted", "refused", "ask_again"):
            why = 409, "already_decided"
        elif paper.status != "in_review":
            why = 409, "nothing_to_decide"
        elif is_mistaken and decision != "accept":
            why = 422, "invalid_fields"
        self._ask(reviews.DECIDE, by.email, None, body, {"account": account.id}, trouble=trouble, why=why)
        if not why:
            status, told = {
                "accept": ("accepted", "paper_accepted"),
                "ask_again": ("ask_again", "paper_asked_again"),
                "refuse": ("refused", "paper_refused"),
            }[decision]
            paper.status, paper.held, paper.awaited = status, None, None
            self.company.tell(told, account=account)
            if account.status(self.today) == "complete":
                self.company.tell("account_completed", account=account)

    # The clock, the workers, bad luck.

    @rule(span=HOURS, trouble=TROUBLE)
    def hours_pass(self, span: timedelta, trouble: Trouble) -> None:
        """And the daily run, on the first morning after."""
        self._pass(span, trouble)

    @rule(span=WEEKS, trouble=TROUBLE)
    def weeks_pass(self, span: timedelta, trouble: Trouble) -> None:
        """The same, without a daily run on the days between: it comes late."""
        self._pass(span, trouble)

    @rule(steps=st.integers(1, 3))
    def workers_are_held_up(self, steps: int) -> None:
        """What happens meanwhile is worked on later."""
        self._stalled = steps + 1

    @rule()
    def all_is_handed_over_again(self) -> None:
        """A stream may hand on what it has handed on before."""
        self._settle()
        with self.watcher.listening():
            self.world.deliver_again(["NotificationsFunction", "SealingFunction"])
            for _, _, _, _, event in self.watcher.taken_in:
                self.world.work(Work("UploadsFunction", event))

    @rule(is_same=st.booleans())
    def ask_again(self, is_same: bool) -> None:
        """The last successful change once more, with its key: the same answer, and nothing is done."""
        if self._last is None:
            return
        call, key, answer = self._last
        if call.by in self.company.people and not self.company.people[call.by].is_signed_in:
            expected: tuple[int, str | None] = (401, "not_signed_in")
        elif is_same:
            expected = answer["statusCode"], None
        elif call.job is add_user.ADD:
            expected, call = (
                (422, "idempotency_key_reused"),
                Call(call.job, call.by, call.values, {"email": "z@example.com"}),
            )
        else:
            return
        if call.job is sign_in.SIGN_OUT:
            if self.company.people[str(call.by)].is_signed_in:
                return  # by another session, which it would end
            expected = answer["statusCode"], None
        with self.watcher.listening():
            again = self.world.answer(self.given, call, key)
        assert _told(again) == expected
        if expected[1] is None:
            assert again.get("body") == answer.get("body")

    @rule(which=ANY, who=WHO, job=st.sampled_from((portal.SHOW, portal.HISTORY, users.LIST, fetch_contract.FETCH)))
    def look(self, which: int, who: str, job: AnyJob) -> None:
        """At a subscription: its administrator sees all, its users little, a stranger nothing."""
        contract, by = self._contract(which), self._by(which, who)
        why = self._may_not(contract, by)
        if job is portal.SHOW and why == (403, "forbidden"):
            why = None
        if job is fetch_contract.FETCH and not why and contract.read_sha256 is None:
            why = 409, "no_contract_yet"
        answer = self._ask(job, by, contract, why=why)
        if why:
            return
        if job is portal.SHOW:
            now = contract.on(self.today)
            assert (answer["status"], answer["end"]) == (now.status, now.end.isoformat())
            assert ("users" in answer) == (by == contract.administrator)
        if job is users.LIST:
            assert {one["email"]: one["status"] for one in answer["items"]} == contract.users

    @rule(who=ANY, product=st.sampled_from(PRODUCTS))
    def look_around(self, who: int, product: str) -> None:
        """At all that one has: one's own, and nobody else's."""
        person = self._person(who)
        if not self._is_signed_in(person):
            return
        mine = self._ask(portal.LIST, person.email, None)
        assert {one["id"] for one in mine["items"]} == {one.id for one in self.company.of(person.email)}
        placed = self._ask(orders.LIST, person.email, None)
        assert {one["id"] for one in placed["items"]} == set(self.company.orders.get(person.email, []))
        for email, others in self.company.orders.items():
            if email != person.email:
                values = {"order_id": others[-1]}
                self._ask(orders.SHOW, person.email, None, values=values, why=(404, "not_found"))
        self._has_access(person, product)
        listed = self._ask(reviews.LIST, person.email, None, why=None if person.is_staff else (404, "not_found"))
        if person.is_staff and not self._stalled:
            waits = {
                one.account.id
                for one in self.company.people.values()
                if one.account and any(paper.status == "in_review" for paper in one.account.papers.values())
            }
            assert {one["account"] for one in listed["items"]} == waits

    # What the steps are made of.

    @property
    def today(self) -> date:
        """The business day."""
        return clock.day(clock.now())

    @property
    def _now(self) -> datetime:
        return clock.now()

    @property
    def _staff(self) -> Person:
        return next(person for person in self.company.people.values() if person.is_staff)

    def _contract(self, which: int) -> Contract:
        contracts = list(self.company.contracts.values())
        return contracts[which % len(contracts)]

    def _person(self, which: int) -> Person:
        people = list(self.company.people.values())
        return people[which % len(people)]

    def _fitting(self, which: int, fits: Callable[[Contract], bool]) -> Contract:
        """Mostly one that fits."""
        fitting = [one for one in self.company.contracts.values() if fits(one)]
        return fitting[which % len(fitting)] if fitting and which < _MOSTLY else self._contract(which)

    def _standing(self, which: int, *statuses: str) -> Contract:
        """Mostly one that stands so."""
        return self._fitting(which, lambda one: one.on(self.today).status in statuses)

    def _shared(self, which: int) -> Contract:
        """Mostly one with more users than its administrator."""
        return self._fitting(which, lambda one: len(one.users) > 1)

    def _member(self, contract: Contract, whom: int) -> Person:
        """Mostly one of a contract's users beside its administrator."""
        members = [email for email in contract.users if email != contract.administrator]
        return self.company.people[members[whom % len(members)]] if members and whom < _MOSTLY else self._person(whom)

    def _unknown(self, whom: int) -> Person:
        """Mostly somebody who can register."""
        can = [one for one in self.company.people.values() if not one.is_known(self.today)]
        can = [one for one in can if one.to_register] or can
        person = can[whom % len(can)] if can and whom < _MOSTLY else self._person(whom)
        return person if not person.is_staff else self._person(0)

    def _by(self, which: int, who: str) -> str:
        return self._as(self._contract(which), which, who)

    def _as(self, contract: Contract, which: int, who: str) -> str:
        """Someone who is signed in and plays that part for a contract, else its administrator."""
        parts: dict[str, Callable[[Person], bool]] = {
            "administrator": lambda one: one.email == contract.administrator,
            "user": lambda one: contract.role(one.email) == "user",
            "stranger": lambda one: contract.role(one.email) is None,
        }
        fit = [one for one in self.company.people.values() if one.account and parts[who](one)]
        if not fit:
            fit = [one for one in self.company.people.values() if one.account and one.email == contract.administrator]
        person = fit[which % len(fit)] if fit else self._person(0)
        self._is_signed_in(person)
        return person.email

    def _is_signed_in(self, person: Person) -> bool:
        """Whether they are, who sign in where they can."""
        if person.account and not person.is_signed_in:
            self._open_session(person, is_mistaken=False, trouble=None)
        return person.account is not None

    def _open_session(self, person: Person, is_mistaken: bool, trouble: Trouble) -> None:
        secret = "nine wrong umbrellas" if is_mistaken else person.password
        body = {"email": person.email, "password": secret}
        why = (401, "wrong_credentials") if is_mistaken else None
        self._ask(sign_in.SIGN_IN, self._browser(person), None, body, trouble=trouble, why=why)
        if not is_mistaken:
            self.given.cookies[person.email] = self._latest_cookie
            self.watcher.hide(self._latest_cookie.rpartition(".")[2])
            person.is_signed_in = True

    def _may_not(self, contract: Contract, by: str) -> tuple[int, str] | None:
        role = contract.role(by)
        if role is None:
            return 404, "not_found"
        return None if role == "administrator" else (403, "forbidden")

    def _why_not_cancel(self, contract: Contract) -> tuple[int, str] | None:
        status = contract.on(self.today).status
        if status == "cancelling":
            return 409, "already_cancelling"
        return None if status == "active" else (409, "not_active")

    def _is_dead(self, link: Link, contract: Contract) -> tuple[int, str] | None:
        if link.is_used:
            return 404, "not_found"
        if contract.administrator != link.administrator:
            return 404, "not_found"
        return (410, "link_expired") if clock.now() >= link.until else None

    def _cancelled(self, contract: Contract) -> None:
        now = contract.on(self.today)
        contract.end, contract.seats, contract.seats_next = now.end, now.seats, now.seats_next
        contract.status = "cancelling"
        self.company.tell("cancelled", contract)

    def _concluded(self, contract: Contract, by: str) -> None:
        account = self.company.people[by].account
        contract.concluded = self.today if account and account.profile == "student" else None
        contract.concluded_by = by

    def _accepted(self, contract: Contract) -> None:
        contract.status = "awaiting_activation"
        self.company.tell("terms_accepted", contract)

    def _begun(self, shown: Mapping[str, Any], person: Person, told: str) -> Contract:
        contract = Contract(
            shown["id"],
            shown["contract_number"],
            shown["product"],
            shown["licence"],
            shown["seats"],
            shown["status"],
            person.email,
            date.fromisoformat(shown["end"]),
            shown["edition"],
            {person.email: "active"},
            unit_price=0 if shown["status"] == "trial" else catalogue()[shown["product"]].unit_price,
        )
        self.company.contracts[contract.id] = contract
        self.company.tell(told, contract)
        return contract

    def _asks_no_more(self, person: Person, contract: Contract) -> None:
        if contract.takeover and contract.takeover.by == person.email:
            contract.takeover = None
            self.company.tell("takeover_left", contract)

    def _is_out(self, person: Person, contract: Contract) -> None:
        """Nothing is left to whoever was let go."""
        if person.account and person.is_signed_in:
            self._ask(portal.SHOW, person.email, contract, why=(404, "not_found"))
            self._has_access(person, contract.product)

    def _has_access(self, person: Person, product: str) -> None:
        answer = self._ask(check_access.CHECK, person.email, None, query=f"product={product}")
        until = self.company.access(person.email, product, self.today)
        assert (answer["allowed"], answer["until"]) == (until is not None, until and until.isoformat())

    def _browser(self, person: Person) -> str | None:
        """Whose cookies come along when somebody without a session asks, by the name that Given has them under."""
        name = f"browser of {person.email}"
        return name if name in self.given.cookies else None

    def _has_asked_enough(self, what: str, who: str) -> bool:
        asked = self._asked.get((what, who), 0)
        if asked >= _FEW or sum(self._asked.values()) >= _FEW_IN_ALL:
            return True
        self._asked[what, who] = asked + 1
        return False

    def _is_right(self, code: Code | None, is_mistaken: bool) -> bool:
        if code is None or is_mistaken:
            if code:
                code.tries += 1
            return False
        return clock.now() < code.until and code.tries < one_time_codes.MAX_TRIES

    def _digits(self, code: Code | None, is_mistaken: bool) -> str:
        if code is None:
            return "000000"
        return _other(code.digits) if is_mistaken else code.digits

    def _mailed(self, to: str, pattern: str) -> str:
        """What the latest e-mail to somebody carries, which is a secret from then on."""
        for mail in reversed(self.watcher.mails):
            if mail[0] == to and (found := re.search(pattern, mail[2])):
                secret = next(group for group in found.groups() if group)
                self.watcher.hide(secret)
                return secret
        raise AssertionError(f"no e-mail to {to} says {pattern}")

    def _ask(
        self,
        job: AnyJob,
        by: str | None,
        contract: Contract | None,
        body: Mapping[str, Any] | None = None,
        values: Mapping[str, str] | None = None,
        *,
        query: str = "",
        trouble: Trouble = None,
        why: tuple[int, str] | None = None,
        status: int | None = None,
    ) -> Any:
        """Ask, whatever goes wrong meanwhile, and insist on the answer that the model expects."""
        self._calls += 1
        if values is None:
            values = {"subscription_id": contract.id} if contract else {}
        call, key = Call(job, by, values, body, query), f"key {self._calls}"
        phase, fault = trouble or (None, None)
        if phase == "call":
            self.world.watch = Watch(fault)
        elif phase == "delivery":
            self._in_delivery = fault
        with self.watcher.listening():
            answer = self.world.answer(self.given, call, key)
        self.world.watch = None
        assert _told(answer) == (why or (status or job.status, None)), f"{job.name}: {answer.get('body')}"
        if job.method != "GET" and job is not change_seats.PREVIEW and not why:
            self._last = call, key, answer
        for cookie in answer.get("cookies", ()):
            name = cookie.partition("=")[0]
            if name.endswith("-session"):
                self._latest_cookie = cookie.partition(";")[0]
            elif name.endswith("-asking") and body and "email" in body:
                self.given.cookies[f"browser of {body['email']}"] = cookie.partition(";")[0]
        return json.loads(answer.get("body") or "null")

    def _pass(self, span: timedelta, trouble: Trouble) -> None:
        self._settle()
        before = self.today
        clock.travel(clock.offset() + span)
        if self.today != before:
            self._asked.clear()
            self.watcher.before_the_daily_run()
            self._work(Work("DueFunction", {}), trouble)
            self._settle()
            self.watcher.after_the_daily_run()

    def _work(self, work: Work, trouble: Trouble) -> None:
        if trouble:
            self.world.watch = Watch(trouble[1])
        with self.watcher.listening():
            self.world.work(work)
        self.world.watch = None

    def _settle(self) -> None:
        """The workers do what there is to do."""
        fault, self._in_delivery = self._in_delivery, None
        landed, self._landed = self._landed, []
        for account, kind, key, is_good, event in landed:
            self._work(Work("UploadsFunction", event), ("delivery", fault) if fault else None)
            self.watcher.taken_in.append((account, kind, key, is_good, event))
            paper = account.paper(kind)
            if paper.awaited == key and account.status(self.today) != "expired":
                paper.status, paper.awaited = ("in_review", None) if is_good else ("rejected", None)
                paper.held = key if is_good else None
                self.company.tell("paper_received" if is_good else "paper_rejected", account=account)
        self.world.watch = Watch(fault) if fault else None
        with self.watcher.listening():
            self.world.deliver(["NotificationsFunction", "SealingFunction"])
        self.world.watch = None
        self.watcher.settled()


def _told(answer: Mapping[str, Any]) -> tuple[int, str | None]:
    body = json.loads(answer.get("body") or "null") or {}
    return answer["statusCode"], body.get("code") if answer["statusCode"] >= 400 else None


def _other(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06}"
