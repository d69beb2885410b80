"""Invoices: each order, renewal and withdrawal is billed once, and the file of each invoice is stored and sent."""

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.events import Event
from functions.subscriptions import invoices
from functions.subscriptions.invoice import PREFIX, Invoice, Renewal, credit, file_key, invoice_key, reads_to_credit
from functions.subscriptions.invoices import stored_file
from functions.subscriptions.order import PREFIX as ORDER
from functions.subscriptions.order import Order, orders_of
from functions.subscriptions.subscription import partition


def bill_order(cloud: Cloud, event: Event) -> None:
    """Bill what was ordered; a repeat finds it billed."""
    invoices.bill_order(cloud, event.by, event.data["order"])


def bill_renewal(cloud: Cloud, event: Event) -> None:
    """Bill the year that a subscription was renewed for; a repeat finds it billed."""
    said = event.data
    invoices.bill_renewal(
        cloud, Renewal(said["subscription"], said["begins"], said["end"], said["seats"], said["unit_price"])
    )


def credit_withdrawal(cloud: Cloud, event: Event) -> None:
    """A credit note for each invoice of what was withdrawn from: for all that was paid. A repeat finds them made.

    What has not been billed yet, however late that is, is billed first: nothing is credited that was not.
    """
    name = event.data["subscription"]
    for key, item in cloud.store.query(orders_of(event.by), first=ORDER, last=f"{ORDER}~"):
        order = Order.stored(key, item)
        if (order.change or {}).get("subscription") == name or name in {made.id for made in order.subscriptions}:
            invoices.bill_order(cloud, event.by, order.id)
    for key, listed in cloud.store.query(partition(name), first=PREFIX, last=f"{PREFIX}~"):
        if listed["kind"] == "invoice":
            _credit(cloud, _invoice(cloud, key.sk.removeprefix(PREFIX)), name)


def store_file(cloud: Cloud, event: Event) -> None:
    """Store the file of an invoice, unless it is there."""
    stored_file(cloud, _invoice(cloud, event.data["number"]))


def file_of(cloud: Cloud, event: Event) -> tuple[str, bytes]:
    """The name and the content of an invoice's file, to be sent."""
    number = event.data["number"]
    stored_file(cloud, _invoice(cloud, number))
    stored = cloud.files.get_object(Bucket=cloud.settings.contracts, Key=file_key(number))
    return f"{number}.pdf", stored["Body"].read()


def _credit(cloud: Cloud, invoice: Invoice, subscription: str) -> None:
    now = clock.now()
    reads = reads_to_credit(invoice, subscription, now)
    cloud.store.decide(reads, lambda items: credit(items, invoice, subscription, now))


def _invoice(cloud: Cloud, number: str) -> Invoice:
    kept = cloud.store.item(invoice_key(number))
    assert kept is not None  # noqa: S101 — what has a number is never gone
    return Invoice.stored(kept)
