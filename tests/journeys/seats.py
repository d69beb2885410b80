"""How a subscription's seats are changed, what that costs, and why they are not."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.due import Due
from functions.shared.items import Put
from functions.subscriptions import change_seats, renewal, seats
from functions.subscriptions.agreement import Agreement, drawn_up
from functions.subscriptions.amendment import Amendment, number_of
from functions.subscriptions.fetch_contract import FETCH, draw_up
from functions.subscriptions.order import billing_key
from functions.subscriptions.subscription import partition
from infra.local.certificate import issue_test_chain
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given
from tests.journeys.users import add

PRICE = 499_00
# A year ago less so many days, when the notice of the renewal may go out.
NEARLY_OVER = timedelta(days=365 - 60)
BILLING = {"company": "Durand", "street": "1 rue Neuve", "postcode": "1000", "city": "Bruxelles", "country": "BE"}


def preview_seats(given: Given) -> Journey:
    admin = given.person()
    given.write(Put(billing_key(admin), {"billing": BILLING, "taxed_in": "BE", "version": 1}))
    return Journey(_of(change_seats.PREVIEW, admin, signed(given, admin), seats=8))


def add_seats(given: Given) -> Journey:
    admin = given.person()
    given.write(Put(billing_key(admin), {"billing": BILLING, "taxed_in": "BE", "version": 1}))
    name = signed(given, admin, given.person("colleague"), seats=2)
    change = change_to(given, admin, name, 4)
    return Journey(
        change,
        rivals=(change, change_to(given, admin, name, 9), add(admin, name, given.address("new"))),
    )


def plan_fewer_seats(given: Given) -> Journey:
    admin = given.person(language="fr")
    name = signed(given, admin, given.address("leaving"))
    return Journey(
        change_to(given, admin, name, 2),
        rivals=(change_to(given, admin, name, 7), add(admin, name, given.address("new"))),
    )


def keep_seats(given: Given) -> Journey:
    admin = given.person()
    name = signed(given, admin, given.person("colleague"), seats_next=2)
    return Journey(change_to(given, admin, name, 5), rivals=(add(admin, name, given.address("new")),))


def add_user_while_seats_are_planned(given: Given) -> Journey:
    admin = given.person()
    name = signed(given, admin)
    return Journey(add(admin, name, given.address("new")), rivals=(change_to(given, admin, name, 1),))


def change_as_the_year_is_over(given: Given) -> Journey:
    """No worker has come to the renewal yet, which makes the seats fewer first."""
    admin = given.person()
    start = given.today() - timedelta(days=400)
    name = signed(given, admin, start=start, end=last_day_of_year_from(start), seats_next=3)
    given.write(Due(given.today(), renewal.PERIOD_OVER, name).put())
    return Journey(change_to(given, admin, name, 4))


def renewal_with_fewer(given: Given) -> Journey:
    admin = given.person(language="fr")
    start = given.today() - timedelta(days=366)
    name = signed(given, admin, start=start, end=last_day_of_year_from(start), seats_next=3)
    given.write(Due(given.today(), renewal.PERIOD_OVER, name).put())
    return Journey(Work("DueFunction", {}))


def notice_of_fewer(given: Given) -> Journey:
    admin = given.person(language="fr")
    start = given.today() - NEARLY_OVER
    name = signed(given, admin, start=start, end=last_day_of_year_from(start), seats_next=3)
    given.write(Due(given.today(), renewal.NOTICE, name).put())
    return Journey(Work("DueFunction", {}), rivals=(change_to(given, admin, name, 9),))


def fetch_an_amended_contract(given: Given) -> Journey:
    admin = given.person()
    name = signed(given, admin, given.person("colleague"), amended=2, is_drawn_up=True)
    mark = {"sha256": "a" * 64, "version": "1", "sealed_at": clock.rfc3339(clock.now())}
    given.write(_amendment(given, name, 1, mark).put_new(), _amendment(given, name, 2).put_new())
    return Journey(Call(FETCH, admin, {"subscription_id": name}), rivals=(change_to(given, admin, name, 9),))


def seal_an_amendment(given: Given) -> Journey:
    """By two runs at once: a stream may hand a record on twice."""
    cloud, admin = given.cloud, given.person()
    name = signed(given, admin, amended=1)
    public_key = cloud.kms.get_public_key(KeyId=cloud.settings.sealing_key)["PublicKey"]
    chain = issue_test_chain(public_key, cloud.settings.supplier.partition(",")[0])
    cloud.files.put_object(Bucket=cloud.settings.contracts, Key="seals/local.pem", Body=chain)
    # Its e-mail is another worker's.
    happened = change_seats.SEATS_ADDED.event(clock.now(), admin, {"amendment": number_of(1)})._replace(
        owed=("sealing",)
    )
    put = happened.put(partition(name), "")
    given.write(_amendment(given, name, 1).put_new(), *happened.written(partition(name), ""))
    said = {one: {"S": text} for one, text in put.attributes.items() if isinstance(text, str)}
    image = {"PK": {"S": put.key.pk}, "SK": {"S": put.key.sk}, **said, "data": {"M": {"amendment": {"S": "A-1"}}}}
    change = {"SequenceNumber": "1", "ApproximateCreationDateTime": time.time(), "NewImage": image}
    work = Work("SealingFunction", {"Records": [{"dynamodb": change}]})
    return Journey(work, rivals=(work,))


def seats_in_use(given: Given) -> Call:
    admin = given.person()
    name = signed(given, admin, given.address("one"), given.address("two"))
    return _of(change_seats.CHANGE, admin, name, seats=2, terms=True, total=0)


def price_changed(given: Given) -> Call:
    admin = given.person()
    return _of(change_seats.CHANGE, admin, signed(given, admin), seats=7, terms=True, total=1)


def changed_too_often(given: Given) -> Call:
    admin = given.person()
    name = signed(given, admin)
    given.use_up(change_seats.CHANGES, name)
    return change_to(given, admin, name, 7)


def signed(given: Given, admin: str, *others: str, is_drawn_up: bool = False, **fields: Any) -> str:
    """A subscription at a price, whose contract is signed; its file is there only if it `is_drawn_up`."""
    start = given.today() - timedelta(days=30)
    usual: dict[str, Any] = {
        "start": start,
        "end": last_day_of_year_from(start),
        "unit_price": PRICE,
        "terms_accepted": given.acceptance(admin),
    }
    name = given.subscription(admin, *others, **usual | fields)
    facts = drawn_up(given.kept(name), "Durand", "Example SAS, Paris")
    read = draw_up(given.cloud, facts) if is_drawn_up else "0" * 64
    signature = {"signer": "Émilie Roux", "account": admin, "signed_at": clock.rfc3339(clock.now())}
    given.write(Agreement(name, facts, read, signature).put_new())
    return name


def change_to(given: Given, by: str, name: str, count: int) -> Call:
    """A right order of so many seats, as things stand."""
    now = given.kept(name).on(given.today())
    total = seats.seat_change(now, count, given.today()).amount
    return _of(change_seats.CHANGE, by, name, seats=count, terms=True, total=total)


def _amendment(given: Given, name: str, number: int, sealed: Mapping[str, Any] | None = None) -> Amendment:
    kept = given.kept(name)
    says = {
        **seats.seat_change(replace(kept, seats=kept.seats - 1), kept.seats, given.today()).facts(),
        "number": number_of(number),
        "contract_number": kept.contract_number,
        "supplier": "Example SAS, Paris",
        "company": "Durand",
        "product": kept.product,
        "edition": "premium",
        "licence": kept.licence,
        "end": kept.end.isoformat(),
        "vat": 0,
        "language": "en",
    }
    evidence = {
        "contract_number": kept.contract_number,
        "amendment": number_of(number),
        "order": "20261126-101010-ABCDEFGH",
        "signer": kept.administrator,
        "signed_at": clock.rfc3339(clock.now()),
        "ip": "192.0.2.1",
        "consent": "Order with obligation to pay",
        "terms_version": "2026-09",
    }
    return Amendment(name, says, evidence, sealed)


def _of(job: Any, by: str, name: str, **body: Any) -> Call:
    return Call(job, by, {"subscription_id": name}, body)


def _in_status(job: Any, *, is_free: bool, **body: Any) -> Refuse:
    """A call of the job about a subscription that costs nothing, or is cancelled."""

    def refuse(given: Given) -> Call:
        admin = given.person()
        fields: dict[str, Any] = {"unit_price": 0} if is_free else {"status": "cancelling"}
        return _of(job, admin, signed(given, admin, **fields), **body)

    return refuse


_CHANGED = {"seats": 7, "terms": True, "total": 0}

JOURNEYS: dict[str, Begin] = {
    "preview-seats": preview_seats,
    "change-seats": add_seats,
    "change-seats: fewer": plan_fewer_seats,
    "change-seats: none fewer": keep_seats,
    "fetch-contract: with amendments": fetch_an_amended_contract,
    "renewal: with fewer seats": renewal_with_fewer,
    "renewal: notice of fewer seats": notice_of_fewer,
}
MEETINGS: dict[str, Begin] = {
    "change-seats: the year is over": change_as_the_year_is_over,
    "change-seats: the amendment is sealed": seal_an_amendment,
    "add-user: while fewer seats are planned": add_user_while_seats_are_planned,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("preview-seats", "not_active"): _in_status(change_seats.PREVIEW, is_free=False, seats=7),
    ("preview-seats", "free_of_charge"): _in_status(change_seats.PREVIEW, is_free=True, seats=7),
    ("change-seats", "not_active"): _in_status(change_seats.CHANGE, is_free=False, **_CHANGED),
    ("change-seats", "free_of_charge"): _in_status(change_seats.CHANGE, is_free=True, **_CHANGED),
    ("change-seats", "seats_in_use"): seats_in_use,
    ("change-seats", "price_changed"): price_changed,
    ("change-seats", "used_up"): changed_too_often,
}
