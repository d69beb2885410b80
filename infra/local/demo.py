"""The demo data: companies, people and subscriptions in every state, dated from today."""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from functions.onboarding import account as accounts
from functions.onboarding import papers, waits
from functions.onboarding.account import Account, Document
from functions.onboarding.authentication import kept
from functions.onboarding.factor import Factor, factor_key, seal
from functions.onboarding.papers import Kind
from functions.onboarding.staff import member_key
from functions.onboarding.waits import waited
from functions.shared import clock, links, second_factor
from functions.shared.brand import brand
from functions.shared.calendar import A_DAY, last_day_of_year_from
from functions.shared.events import Event
from functions.shared.items import Put, new
from functions.shared.keys import Keys
from functions.shared.session import account_key
from functions.shared.staff import STAFF
from functions.shared.store import Store
from functions.shared.terms import CURRENT, sha256
from functions.shared.texts import Language
from functions.subscriptions.activation import SUBSCRIPTION_ACTIVATED
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.agreement import Agreement, drawn_up
from functions.subscriptions.billing import vat_on
from functions.subscriptions.catalogue import Edition, Licence, Product, catalogue
from functions.subscriptions.consumers import consumers
from functions.subscriptions.fetch_contract import consent
from functions.subscriptions.invoice import counter_key, invoice_of, number_of, pointers, seller_of
from functions.subscriptions.invoice import kept as kept_invoice
from functions.subscriptions.leases import LASTS, Lease, Seats, new_id
from functions.subscriptions.order import Order, OrderLine, order_key
from functions.subscriptions.reference import reference
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.signature import SUBSCRIPTION_SIGNED
from functions.subscriptions.subscription import (
    TRIALS,
    Member,
    MemberStatus,
    Status,
    Subscription,
    begun,
    enlisted,
    mark_of,
    partition,
)
from functions.subscriptions.take_over import TAKEOVER_ASKED
from functions.subscriptions.takeovers import Takeover, digest
from functions.subscriptions.takeovers import new_id as new_takeover_id
from functions.subscriptions.terms import TERMS_ACCEPTED
from infra.local.resources import Stack

PASSWORD = "seven calm herons cross the river"  # noqa: S105 — everybody knows it, and it opens nothing but a demo

# Longest possible transaction.
_WRITES_AT_ONCE = 100


@dataclass(frozen=True)
class Person:
    """Someone with an account; `says` names the part they play."""

    email: str
    company: str
    says: str
    language: Language
    profile: Literal["design_office", "engineer", "student"] = "design_office"
    account_status: Literal["pending", "complete"] = "complete"
    roles: tuple[str, ...] = ()
    registered_days_ago: int = 200
    totp_secret: str | None = None


@dataclass(frozen=True)
class Demo:
    """A subscription to be, its dates in days from today; `others` are its users beside the administrator.

    `software` says of which of the catalogue's it is, by its place; where there is less, it begins again.

    One that is `free` was chosen after a trial, which leads to no contract. Of a floating one some seats are `leased`:
    by whom, on which device, for how many minutes by now. Somebody may have `asked` for the administrator's place.
    """

    name: str
    status: Status
    starts_in: int
    days: int = 365
    seats: int = 5
    licence: Licence = "individual"
    software: int = 0
    edition: Edition = "premium"
    others: tuple[str, ...] = ()
    free: bool = False
    leased: tuple[tuple[str, str, int], ...] = ()
    asked: "Asked | None" = None


@dataclass(frozen=True)
class Asked:
    """That a user asks to take over: who, why, and how many days ago."""

    by: str
    reason: str
    days_ago: int


# Between the steps of an activation.
_A_WHILE = timedelta(minutes=5)
_WITHOUT_TERMS = ("awaiting_terms", "trial", "trial_ended")
_WITH_CONTRACT = ("awaiting_signature", "active", "cancelling", "ended")

DURAND = "Bureau d’études Durand"
NORTHGATE = "Northgate Structures"
HADDAD = "Studio Haddad"
RIVOLI = "Rivoli Engineering Group"

CAMILLE = Person("camille.durand@example.com", DURAND, "administrator of subscriptions in every state, in French", "fr")
ALEX = Person("alex.morgan@example.com", NORTHGATE, "administrator of subscriptions in every state, in English", "en")
LEA = Person("lea.petit@example.com", DURAND, "user of two of Camille's subscriptions, in French", "fr")
SAM = Person("sam.taylor@example.com", NORTHGATE, "user of two of Alex's subscriptions, in English", "en")
NOOR = Person("noor.haddad@example.com", HADDAD, "outsider: of another company, with one subscription of her own", "en")
JO = Person(
    "jo.keller@example.com",
    brand().name,
    "member of the staff, who decides on papers and on requests to take over, with a second factor",
    "en",
    roles=("staff",),
    totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106 — as public as the password
)
ROBIN = Person(
    "robin.faure@example.com",
    brand().name,
    "member of support, with a second factor, in French",
    "fr",
    roles=("support",),
    totp_secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",  # noqa: S106 — as public as the password
)
MARC = Person(
    "marc.leroy@example.com",
    "Leroy Ingénierie",
    "design office whose papers are still missing, in French",
    "fr",
    account_status="pending",
    registered_days_ago=10,
)
INES = Person(
    "ines.garcia@example.com",
    "Inès Garcia",
    "engineer on her own whose papers are still missing, in English",
    "en",
    profile="engineer",
    account_status="pending",
    registered_days_ago=20,
)
TOM = Person(
    "tom.nguyen@example.com",
    "École des ponts",
    "student whose card is still missing, in French",
    "fr",
    profile="student",
    account_status="pending",
    registered_days_ago=5,
)
# Who decided on papers before the demo begins, and has no account by now.
REVIEWER = "kim.reyes@example.com"
NADIA = Person("nadia.rivoli@example.com", RIVOLI, "administrator of a hundred subscriptions, in English", "en")
CHLOE = Person(
    "chloe.morel@example.com",
    DURAND,
    "engineer who holds one of Camille's floating seats, and asked to take over nine days ago, in French",
    "fr",
)
HUGO = Person("hugo.blanc@example.com", DURAND, "engineer who holds another of them, in French", "fr")
PRIYA = Person(
    "priya.shah@example.com",
    NORTHGATE,
    "engineer who holds one of Alex's floating seats, and asked to take over yesterday, in English",
    "en",
)
OWEN = Person("owen.hughes@example.com", NORTHGATE, "engineer who holds another of them, in English", "en")
EMMA = Person(
    "emma.roux@example.com",
    "Emma Roux",
    "student with an active subscription signed today, which she may withdraw from, in French",
    "fr",
    profile="student",
    registered_days_ago=30,
)
PEOPLE = (CAMILLE, ALEX, LEA, SAM, NOOR, JO, ROBIN, MARC, INES, TOM, NADIA, CHLOE, HUGO, PRIYA, OWEN, EMMA)
_ACCOUNTS = {person.email: f"A-{number}" for number, person in enumerate(PEOPLE, 1001)}
# Where all of them are billed what the demo begins with.
STREET = "12 rue des Ateliers"
# Numbers that pass the check, of no firm of these names.
_SIRENS = {DURAND: "732829320", NORTHGATE: "552100554", RIVOLI: "404833048"}
_WITH_A_SEAT = {person.email for person in (CHLOE, HUGO, PRIYA, OWEN)}
_SEATS_IN_FRENCH = (
    (CHLOE.email, "Poste 12", 95),
    (HUGO.email, "Portable du chantier", 40),
    (CAMILLE.email, "Bureau", 10),
)
_ASKED_IN_FRENCH = Asked(CHLOE.email, "Camille a quitté le bureau en octobre, et personne ne lit sa boîte.", 9)
_ASKED_IN_ENGLISH = Asked(PRIYA.email, "Alex has moved to another firm. I run the office now.", 1)
_SEATS_IN_ENGLISH = ((PRIYA.email, "Workstation 12", 95), (OWEN.email, "Site laptop", 40))
# Invited, without an account of their own yet.
_COLLEAGUES = ("omar.keita@example.com", "ida.holm@example.com", "paul.reyes@example.com")
_ENGINEERS = tuple(
    f"{name}@example.com"
    for name in (
        *("adele.roy", "bruno.petit", "carla.nunes", "david.klein", "elsa.berg"),
        *("felix.martin", "gina.rossi", "henri.faure", "iris.vogel"),
    )
)


def people() -> list[dict[str, Any]]:
    """The people, as the API of the local run shows them."""
    return [
        {"email": person.email, "password": PASSWORD, "company": person.company, "says": person.says}
        | {"roles": list(person.roles)}
        | ({"totp_secret": person.totp_secret} if person.totp_secret else {})
        for person in PEOPLE
    ]


def codes() -> dict[str, str]:
    """The code of each person's second factor at this moment, by their address."""
    now = second_factor.step(time.time())
    return {person.email: second_factor.code(person.totp_secret, now) for person in PEOPLE if person.totp_secret}


def write(stack: Stack) -> None:
    """Write all of it into empty tables and user pools."""
    for pool in stack.user_pools():
        for person in PEOPLE:
            _give_password(stack.client("cognito-idp"), pool, person.email)
    now = clock.now()
    [table] = stack.tables()
    store = Store(stack.client("dynamodb"), table)
    writes = [
        *_accounts(now),
        *_decided_lately(now),
        *_second_factors(stack),
        *_subscriptions(now, _keys(stack)),
        *_invoices(now),
    ]
    for start in range(0, len(writes), _WRITES_AT_ONCE):
        store.commit(writes[start : start + _WRITES_AT_ONCE])
    waits.summarise(store, now)


def _keys(stack: Stack) -> Keys:
    kept = stack.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])
    return Keys.of(json.loads(kept["SecretString"]))


def _give_password(cognito: Any, pool: str, email: str) -> None:
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=kept(PASSWORD), Permanent=True)


def _accounts(now: datetime) -> Iterator[Put]:
    for person in PEOPLE:
        account = Account(
            account_id=_ACCOUNTS[person.email],
            email=person.email,
            company=person.company,
            profile=person.profile,
            language=person.language,
            account_status=person.account_status,
            roles=person.roles,
            siren=_SIRENS.get(person.company),
            registered_at=clock.rfc3339(now - timedelta(days=person.registered_days_ago)),
            documents=dict(_accepted(person, now)) if person.account_status == "complete" else {},
        )
        yield new(account_key(person.email), account.put().attributes)
        yield Put(accounts.person_key(account.account_id), {"email": account.email})
        if person.account_status == "pending":
            yield from accounts.deadlines(account)
        if STAFF in person.roles:
            yield new(member_key(person.email), {"email": person.email})


def _accepted(person: Person, now: datetime) -> Iterator[tuple[Kind, Document]]:
    """What is left of papers that were sent in the first week, and accepted a day later."""
    sent = now - timedelta(days=person.registered_days_ago - 7)
    decided = clock.rfc3339(sent + A_DAY)
    for paper in papers.needed(person.profile):
        yield (
            paper.kind,
            Document(
                status="accepted",
                filename=f"{paper.kind}.pdf",
                issued_on=(sent - 30 * A_DAY).date().isoformat() if paper.younger_than_months else None,
                sha256=hashlib.sha256(f"{person.email} {paper.kind}".encode()).hexdigest(),
                sent_at=clock.rfc3339(sent),
                decided_at=decided,
                decided_by=REVIEWER,
                destroyed_at=decided,
            ),
        )


def _decided_lately(now: datetime) -> Iterator[Put]:
    """How long papers waited that customers who are not of the demo sent in the last weeks: some hours, or two days."""
    for number in range(20):
        decided = now - (1 + number) * A_DAY
        sent = decided - timedelta(hours=2 + 46 * (number % 9 == 0) + number % 5)
        yield waited(f"A-{number}", "identity", clock.rfc3339(sent), decided)


def _second_factors(stack: Stack) -> Iterator[Put]:
    for person in PEOPLE:
        if person.totp_secret:
            account = _ACCOUNTS[person.email]
            content = seal(stack.client("kms"), os.environ["FACTOR_KEY"], account, person.totp_secret)
            yield Factor(factor_key(person.email), None, sealed=content).put()


def _of_a_company(colleague: Person, leased: tuple[tuple[str, str, int], ...], asked: Asked) -> tuple[Demo, ...]:
    """One subscription in each state, and several active ones to add users to.

    Twelve engineers share three floating seats, which of them have one; one of these asks to take over.
    """
    engineers = (*(email for email, _, _ in leased if email in _WITH_A_SEAT), *_ENGINEERS)
    office = Demo(
        "active-floating",
        "active",
        -15,
        seats=3,
        licence="floating",
        software=3,
        others=engineers,
        leased=leased,
        asked=asked,
    )
    return (
        Demo("active", "active", -100, others=(colleague.email,)),
        Demo("active-alone", "active", -40, seats=10, software=1),
        Demo("active-full", "active", -200, seats=2, software=2, others=(colleague.email,)),
        office,
        Demo("active-standard", "active", -320, seats=4, software=4, edition="standard"),
        Demo("awaiting-terms", "awaiting_terms", 0, seats=3),
        Demo("awaiting-activation", "awaiting_activation", 0, seats=2, software=1),
        Demo("awaiting-signature", "awaiting_signature", 0, seats=4, software=2),
        Demo("cancelling", "cancelling", -300, seats=3, software=5),
        Demo("ended", "ended", -400, seats=2, software=6),
        Demo("trial", "trial", -10, days=30, seats=1, software=7),
        Demo("trial-ended", "trial_ended", -45, days=30, seats=1, software=8),
    )


def _of_a_group() -> Iterator[Demo]:
    """A hundred: the offices of a group that try the software, stay with Standard for the most part, or order it.

    Few have a contract, each of which is set before it can be signed. None falls due in the next two months, when
    other people's mails are looked at.
    """
    free = Demo("", "active", -30, seats=1, edition="standard", free=True)
    kinds = (
        *[free] * 50,
        *[replace(free, status="cancelling", starts_in=-120)] * 3,
        *[Demo("", "active", -60, seats=12, others=_COLLEAGUES)] * 5,
        *[Demo("", "active", -90, seats=2, others=_COLLEAGUES[:1])] * 4,
        *[Demo("", "active", -45, seats=6, licence="floating")] * 3,
        Demo("", "cancelling", -120, seats=3),
        *[Demo("", "ended", -400, seats=4)] * 2,
        *[Demo("", "awaiting_signature", 0, seats=8)] * 3,
        *[Demo("", "awaiting_activation", 0, seats=2)] * 4,
        *[Demo("", "awaiting_terms", 0, seats=5)] * 8,
        *[Demo("", "trial", -9, days=30, seats=1)] * 6,
        *[Demo("", "trial_ended", -50, days=30, seats=1)] * 11,
    )
    for number, kind in enumerate(kinds, 1):
        # What waits begins today; the others on different days.
        start = kind.starts_in - number % 20 if kind.starts_in else 0
        yield replace(kind, name=f"{number:03}", starts_in=start, software=number)


@cache
def _software() -> tuple[Product, ...]:
    """What the catalogue sells of it and, like the first of these, what it no longer does."""
    sold = [one for one in catalogue().products if one.family == "software"]
    return (*sold, *(sold[0].model_copy(update={"product": name}) for name in catalogue().former))


def _product(demo: Demo) -> Product:
    """What it is of: what can be tried, where it began with a trial."""
    product = _software()[demo.software % len(_software())]
    return product if product.trial or not (demo.free or demo.status in TRIALS) else catalogue().tried


def _offered(demo: Demo) -> Demo:
    """The same as its product is offered: one that is not shared has a seat for each user."""
    product = _product(demo)
    edition = demo.edition if demo.edition in product.editions else product.editions[0]
    if demo.licence in product.licences:
        return replace(demo, edition=edition)
    seats = max(demo.seats, 1 + len(demo.others))
    return replace(demo, edition=edition, licence=product.licences[0], seats=seats, leased=())


def _demos() -> Iterator[tuple[Person, Demo, int]]:
    """Each with its administrator, and what its contract's number ends with."""
    of_all = (
        (CAMILLE, _of_a_company(LEA, _SEATS_IN_FRENCH, _ASKED_IN_FRENCH)),
        (ALEX, _of_a_company(SAM, _SEATS_IN_ENGLISH, _ASKED_IN_ENGLISH)),
        (NOOR, (Demo("active", "active", -60, seats=3),)),
        (NADIA, _of_a_group()),
        (EMMA, (Demo("active", "active", 0, seats=2),)),
    )
    for number, (administrator, demo) in enumerate(((who, demo) for who, demos in of_all for demo in demos), 101):
        yield administrator, _offered(demo), number


def _subscriptions(now: datetime, keys: Keys) -> Iterator[Put]:
    for administrator, demo, number in _demos():
        yield from _subscription(administrator, demo, number, now, keys)


def _invoices(now: datetime) -> Iterator[Put]:
    """What was ordered before the demo begins, billed in the order of its days; the files are set when asked for."""
    seller = seller_of(os.environ["SUPPLIER"], os.environ["SUPPLIER_VAT"], os.environ["SUPPLIER_LEGAL"])
    paid = [(_kept(*demo, now), demo[0]) for demo in _demos()]
    billed = sorted((one for one in paid if one[0].unit_price), key=lambda one: (one[0].start, one[0].id))
    counters: dict[int, int] = {}
    for subscription, person in billed:
        year = subscription.start.year
        counters[year] = counters.get(year, 0) + 1
        number, day = number_of(year, counters[year]), subscription.start.isoformat()
        order = _order(subscription, person, now)
        invoice = invoice_of(order, number, day, person.language, seller)
        invoice = replace(invoice, lines=(replace(invoice.lines[0], subscription=subscription.id),))
        yield new(order_key(order.by, order.id), replace(order, invoice=number).attributes())
        yield from (*kept_invoice(invoice), *pointers(invoice))
    for year, last in counters.items():
        latest = max(one.start for one, _ in billed if one.start.year == year)
        yield new(counter_key(year), {"last": last, "issued_on": latest.isoformat()})


def _order(subscription: Subscription, person: Person, now: datetime) -> Order:
    """What a subscription was ordered with."""
    placed_at = _first_morning(subscription.start, now)
    siren = _SIRENS.get(person.company)
    line = OrderLine(
        subscription.product, subscription.edition, subscription.licence, subscription.seats, subscription.unit_price
    )
    return Order(
        id=reference(placed_at, subscription.id),
        by=person.email,
        placed_at=placed_at,
        lines=(line,),
        billing={
            "company": person.company,
            "street": STREET,
            "postcode": "75011",
            "city": "Paris",
            "country": "FR",
            **({"siren": siren} if siren else {}),
        },
        vat=vat_on(line.amount, "FR", None),
        seed="",
        is_consumer=person.profile in consumers().profiles,
    )


def _kept(administrator: Person, demo: Demo, number: int, now: datetime) -> Subscription:
    """A subscription as it stands today."""
    start = clock.day(now) + timedelta(days=demo.starts_in)
    name = f"{administrator.email.partition('.')[0]}-{demo.name}"
    product = _product(demo)
    unit_price = 0 if demo.free or demo.status in TRIALS else product.unit_price
    net = unit_price * demo.seats
    is_signed = demo.status in _WITH_CONTRACT and demo.status != "awaiting_signature"
    until = consumers().may_withdraw_until(administrator.profile, start) if is_signed else None
    return Subscription(
        id=name,
        contract_number=f"G-{start.year}-{number:06}",
        product=product.product,
        edition=demo.edition,
        licence=demo.licence,
        seats=demo.seats,
        users=1 + len(demo.others),
        status=demo.status,
        administrator=administrator.email,
        start=start,
        end=start + demo.days * A_DAY - A_DAY if demo.days != 365 else last_day_of_year_from(start),
        unit_price=unit_price,
        paid=net + vat_on(net, "FR", None).amount,
        withdrawable_until=until,
        withdrawable_by=mark_of(name, administrator.email) if until else None,
        terms_accepted=None if demo.free or demo.status in _WITHOUT_TERMS else _acceptance(administrator, start, now),
    )


def _subscription(administrator: Person, demo: Demo, number: int, now: datetime, keys: Keys) -> Iterator[Put]:
    subscription = _kept(administrator, demo, number, now)
    name, start = subscription.id, subscription.start
    begins = _first_morning(start, now)
    if demo.asked:
        takeover = _takeover(subscription, demo.asked, now, keys)
        subscription = replace(subscription, takeover=takeover.says)
        yield from _asks(subscription, takeover, administrator)
    yield from begun(subscription, clock.rfc3339(begins))
    if demo.status in _WITH_CONTRACT and not demo.free:
        yield _agreement(subscription, administrator, begins).put_new()
    for event in _happened(subscription, begins):
        yield event.put(partition(name), "demo")
    yield from deadlines(subscription, clock.day(now))
    for hours, email in enumerate(demo.others, 1):
        added = begins + timedelta(hours=hours)
        status: MemberStatus = "active" if email in _ACCOUNTS else "invited"
        yield from enlisted(subscription, Member(email, "user", status, clock.rfc3339(added)))
        data = subscription.facts() | {"email": email, "language": administrator.language}
        yield USER_ADDED.event(added, administrator.email, data).put(partition(name), "demo")
    yield from _leases(subscription, demo.leased, now, keys)


def _takeover(subscription: Subscription, asked: Asked, now: datetime, keys: Keys) -> Takeover:
    seed = keys.seed(hashlib.sha256(subscription.id.encode()).hexdigest())
    return Takeover(
        id=new_takeover_id(subscription.id, hashlib.sha256(asked.by.encode()).hexdigest()),
        subscription=subscription.id,
        asked_by=asked.by,
        administrator=subscription.administrator,
        reason=asked.reason,
        asked_at=clock.rfc3339(now - timedelta(days=asked.days_ago)),
        link=digest(links.token(seed, keys)),
        seed=seed,
    )


def _asks(subscription: Subscription, takeover: Takeover, administrator: Person) -> Iterator[Put]:
    """The request; its e-mails are sent, and no reminder falls due when other people's mails are looked at."""
    yield takeover.put_new()
    yield takeover.waits
    data = takeover.facts(subscription) | {"language": administrator.language}
    at = datetime.fromisoformat(takeover.asked_at)
    yield TAKEOVER_ASKED.event(at, takeover.asked_by, data).put(partition(subscription.id), "demo")


def _leases(
    subscription: Subscription, leased: Iterable[tuple[str, str, int]], now: datetime, keys: Keys
) -> Iterator[Put]:
    """The seats that are taken, renewed just now."""
    for seat, (email, device, minutes) in enumerate(leased, 1):
        since = clock.rfc3339(now - timedelta(minutes=minutes))
        lease_id = new_id(subscription.id, seat, f"{seat:064x}", _ACCOUNTS[email], keys)
        lease = Lease(lease_id, seat, email, device, since, clock.rfc3339(now + LASTS), joined=1)
        yield Seats.read(subscription, {}, now).written(lease)


def _happened(subscription: Subscription, began: datetime) -> Iterator[Event]:
    """How it came to where it stands, all of it on its first morning."""
    by, facts = subscription.administrator, subscription.facts()
    if not subscription.terms_accepted:
        return
    yield TERMS_ACCEPTED.event(began, by, {**subscription.terms_accepted, **facts})
    if subscription.status in _WITH_CONTRACT:
        yield SUBSCRIPTION_ACTIVATED.event(began + _A_WHILE, by, facts)
    if subscription.status in _WITH_CONTRACT and subscription.status != "awaiting_signature":
        yield SUBSCRIPTION_SIGNED.event(began + 2 * _A_WHILE, by, facts | {"signer": _signer(by)})


def _signer(address: str) -> str:
    return address.partition("@")[0].replace(".", " ").title()


def _acceptance(administrator: Person, start: date, now: datetime) -> dict[str, str]:
    return {
        "version": CURRENT,
        "language": administrator.language,
        "sha256": sha256(CURRENT, administrator.language),
        "by": administrator.email,
        "at": clock.rfc3339(_first_morning(start, now)),
    }


def _agreement(subscription: Subscription, administrator: Person, began: datetime) -> Agreement:
    """Drawn up on its first day and, but for one that awaits it, signed then; its files are made when asked for."""
    is_consumer = administrator.profile in consumers().profiles
    facts = drawn_up(subscription, administrator.company, os.environ["SUPPLIER"], is_consumer=is_consumer)
    agreement = Agreement(subscription.id, facts, _read_sha256(json.dumps(facts)))
    if subscription.status == "awaiting_signature":
        return agreement
    evidence = {
        "contract_number": subscription.contract_number,
        "signer": _signer(administrator.email),
        "account": administrator.email,
        "signed_at": clock.rfc3339(began + 2 * _A_WHILE),
        "ip": "192.0.2.10",
        "code_sent_to": administrator.email,
        "read_sha256": agreement.read_sha256,
        "consent": consent(agreement),
        "terms_version": CURRENT,
        "terms_accepted_at": clock.rfc3339(began),
        "terms_sha256": sha256(CURRENT, administrator.language),
    }
    return replace(agreement, signature=evidence)


@cache
def _read_sha256(facts: str) -> str:
    # Imported late, and set once a process: both take their time.
    from functions.contracts.document import Contract
    from functions.contracts.render import render

    return hashlib.sha256(render(Contract.of(json.loads(facts)))).hexdigest()


def _first_morning(start: date, now: datetime) -> datetime:
    """Ten o'clock in Paris on its first day, or just now if that is still to come."""
    return min(now - 2 * _A_WHILE, datetime.combine(start, datetime.min.time(), clock.PARIS) + timedelta(hours=10))
