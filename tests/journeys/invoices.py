"""How invoices come about, and are listed, fetched and packed; and how an account is changed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.onboarding import change_account
from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.due import Due
from functions.shared.items import Put
from functions.subscriptions import cancellation, invoices, withdraw
from functions.subscriptions.billing import vat_on
from functions.subscriptions.invoice import counter_key, invoice_of, kept, number_of, pointers, seller_of
from functions.subscriptions.order import Order, OrderLine, order_key
from functions.subscriptions.reference import reference
from functions.subscriptions.renewal import PERIOD_OVER
from functions.subscriptions.subscription import promoted
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given
from tests.journeys.seats import change_to, signed

SELLER = seller_of("Example SAS, 1 rue de l’Exemple, 75002 Paris, France", "FR00000000000", "SAS, 1 €")


def list_invoices(given: Given) -> Journey:
    admin, user = given.person(), given.person("user")
    subscription = given.subscription(admin, user)
    for _ in range(3):
        billed(given, admin, subscription)
    return Journey(Call(invoices.LIST, admin, query="limit=2"))


def list_after_a_transfer(given: Given) -> Journey:
    """Of somebody else's order, for who administers it by now; their role may pass on meanwhile."""
    former, admin = given.person("former"), given.person()
    subscription = given.subscription(former, admin)
    billed(given, former, subscription)
    given.write(*promoted(given.kept(subscription), admin, clock.now()))
    return Journey(Call(invoices.LIST, admin))


def list_of_one(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin)
    billed(given, admin, subscription)
    return Journey(Call(invoices.LIST, admin, query=f"subscription={subscription}"))


def fetch_invoice(given: Given) -> Journey:
    admin = given.person(language="fr")
    return Journey(Call(invoices.FETCH, admin, {"number": billed(given, admin, given.subscription(admin))}))


def fetch_year(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin)
    for _ in range(2):
        billed(given, admin, subscription)
    return Journey(Call(invoices.ARCHIVE, admin, query=f"year={given.today().year}"))


def renew_what_was_billed(given: Given) -> Journey:
    """The year that begins is billed as the contract was, with a copy to the accounts."""
    admin, accounts = given.person(language="fr"), given.address("accounts")
    given.write_account(admin, {**given.account(admin), "invoices_email": accounts})
    billed(given, admin, subscription := _overdue(given, admin))
    return Journey(Work("DueFunction", {}), rivals=(change_to(given, admin, subscription, 6),))


def cancel_what_has_renewed(given: Given) -> Journey:
    """On the day after the last one, before any worker has come to it: the year that has begun is billed."""
    admin = given.person()
    subscription = _overdue(given, admin)
    cancel = Call(cancellation.CANCEL, admin, {"subscription_id": subscription}, {"reason": "other"})
    return Journey(cancel, rivals=(change_to(given, admin, subscription, 6),))


def withdraw_from_what_was_billed(given: Given) -> Journey:
    """Ordered, and seats added to it: a credit note for each of the two, of which one was not billed yet."""
    student, accounts = given.person(profile="student"), given.address("accounts")
    given.write_account(student, {**given.account(student), "invoices_email": accounts})
    subscription = signed(
        given,
        student,
        concluded_by=student,
        paid=1197_60,
        withdrawable_until=given.today().isoformat(),
    )
    billed(given, student, subscription)
    order = ordered(student, subscription)
    order = replace(order, change={"kind": "more", "subscription": subscription})
    given.write(Put(order_key(student, order.id), {**order.attributes(), "version": 1}))
    return Journey(Call(withdraw.WITHDRAW, student, {"subscription_id": subscription}, {"confirm": True}))


def change_account_(given: Given) -> Journey:
    admin = given.person()
    change = _change(admin, invoices_email=given.address("accounts"), language="fr")
    return Journey(change, rivals=(_change(admin, language="en"), _change(admin, invoices_email=None)))


def unknown_subscription(given: Given) -> Call:
    return Call(invoices.LIST, given.person(), query="subscription=s-0")


def not_the_administrator(given: Given) -> Call:
    user = given.person("user")
    return Call(invoices.LIST, user, query=f"subscription={given.subscription(given.person(), user)}")


def somebody_elses(given: Given) -> Call:
    admin, user = given.person(), given.person("user")
    return Call(invoices.FETCH, user, {"number": billed(given, admin, given.subscription(admin, user))})


def nothing_that_year(given: Given) -> Call:
    return Call(invoices.ARCHIVE, given.person(), query="year=2001")


def ordered(by: str, subscription: str) -> Order:
    """One seat for a year, billed in France."""
    line = OrderLine("PROFIS Engineering", "premium", "individual", 1, 499_00)
    now = clock.now()
    return Order(
        id=reference(now, subscription + clock.rfc3339(now)),
        by=by,
        placed_at=now,
        lines=(line,),
        billing={"company": "Durand", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"},
        vat=vat_on(line.amount, "FR", None),
        seed="seed",
    )


def billed(given: Given, by: str, subscription: str) -> str:
    """An invoice of it, the next in its year's series; returns its number."""
    year = given.today().year
    last = int((given.store.item(counter_key(year)) or {"last": 0})["last"]) + 1
    order = ordered(by, subscription)
    invoice = invoice_of(order, number_of(year, last), given.today().isoformat(), "en", SELLER)
    invoice = replace(invoice, lines=(replace(invoice.lines[0], subscription=subscription),))
    counter = {"last": last, "issued_on": given.today().isoformat(), "version": last}
    given.write(*kept(invoice), *pointers(invoice), Put(counter_key(year), counter))
    return invoice.number


def _overdue(given: Given, admin: str) -> str:
    """A contract whose year was over yesterday."""
    start = given.today() - timedelta(days=366)
    subscription = signed(given, admin, start=start, end=last_day_of_year_from(start))
    given.write(Due(given.today(), PERIOD_OVER, subscription).put())
    return subscription


def _change(by: str, **fields: Any) -> Call:
    return Call(change_account.CHANGE, by, body=fields)


JOURNEYS: dict[str, Begin] = {
    "list-invoices": list_invoices,
    "list-invoices: after a transfer": list_after_a_transfer,
    "list-invoices: of one subscription": list_of_one,
    "fetch-invoice": fetch_invoice,
    "fetch-invoices-of-year": fetch_year,
    "renewal: of what was billed": renew_what_was_billed,
    "cancel: what has renewed": cancel_what_has_renewed,
    "withdraw: from what was billed": withdraw_from_what_was_billed,
    "change-account": change_account_,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("list-invoices", "not_found"): unknown_subscription,
    ("list-invoices", "forbidden"): not_the_administrator,
    ("fetch-invoice", "not_found"): somebody_elses,
    ("fetch-invoices-of-year", "not_found"): nothing_that_year,
}
