"""Invoices and credit notes of what the reader ordered or administers: in a list, one alone, or a year packed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Annotated, Literal

from botocore.exceptions import ClientError
from pydantic import Field

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, Look, known_to
from functions.shared.fields import Model, Nothing
from functions.shared.items import Item, Items, Key, Put, Reads, checks
from functions.shared.job import Ask, Job, SignedIn
from functions.shared.lists import Cursors, Listed, Page, listed
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Refused
from functions.shared.session import account_key, claim
from functions.shared.store import Conflict, Store, Unsettled, retry_lost_races
from functions.subscriptions.fetch_contract import Link, link, typeset
from functions.subscriptions.invoice import (
    POINTED_AT_ONCE,
    PREFIX,
    Invoice,
    Renewal,
    bill,
    file_key,
    invoice_key,
    keys_to_bill_renewal,
    listed_key,
    pointers,
    reads_to_bill,
    seller_of,
)
from functions.subscriptions.invoice import bill_renewal as bill_renewal_of
from functions.subscriptions.memberships import belonging, names_of_taken_over
from functions.subscriptions.order import order_key, orders_of
from functions.subscriptions.subscription import Subscription, administered, membership_key, partition, state_key

# A number is shorter by far.
_MAX_NUMBER = 40
# Memberships beside the session, the account and the reader's own list, of the hundred that can be read at once.
_AT_ONCE = 97
# Files of one call: a file that is not set yet takes a tenth of a second.
_SET_AT_ONCE = 50
_LATEST = "~"


class ShownInvoice(Model):
    """An invoice or a credit note; amounts in cents. One about several subscriptions, or none, names none."""

    number: str
    kind: Literal["invoice", "credit_note"]
    issued_on: str
    order: str
    subscription: str | None
    total: int
    vat: int
    total_with_vat: int


class InvoiceFile(Link):
    """Where the file is, for five minutes, and its SHA-256."""

    sha256: str


class Sought(Page):
    """Which of them: all, or those about one subscription that the reader administers."""

    subscription: Annotated[str, Field(max_length=200)] | None = None


class Year(Model):
    """Which year's invoices: of the year that their numbers name."""

    year: Annotated[int, Field(ge=2000, le=9999)]


def list_invoices(desk: Desk, ask: Ask[Sought]) -> Listed[ShownInvoice]:
    """The reader's invoices and credit notes, newest first: of what they ordered or administer."""
    if name := ask.body.subscription:
        # What is listed once never changes: read before the role is proven.
        where = partition(name)
        found = listed(desk.cloud.store, where, PREFIX, ask.body, ask.keys, _listed, backward=True)
        desk.reads(ask, lambda email: administered(name, email))
        return found
    cursors = Cursors(f"invoices of {claim(ask.request).email}", ask.keys)
    position = cursors.position(ask.body)
    _, theirs = _theirs(desk, ask, PREFIX, f"{PREFIX}{position or _LATEST}", ask.body.limit + 2)
    numbers = [number for number in sorted(theirs, reverse=True) if number != position]
    shown = numbers[: ask.body.limit]
    return Listed(
        items=[_shown(number, theirs[number]) for number in shown],
        next=cursors.of(shown[-1]) if len(numbers) > len(shown) else None,
    )


def _listed(key: Key, item: Item) -> ShownInvoice:
    return _shown(key.sk.removeprefix(PREFIX), item)


def _shown(number: str, listed: Item) -> ShownInvoice:
    said = {name: listed.get(name) for name in ShownInvoice.model_fields}
    return ShownInvoice.model_validate({**said, "number": number})


def fetch_invoice(desk: Desk, ask: Ask[Nothing]) -> InvoiceFile:
    """A link to an invoice as a Factur-X PDF."""
    number = ask.path["number"]
    kept = desk.cloud.store.item(invoice_key(number)) if len(number) <= _MAX_NUMBER else None
    invoice = Invoice.stored(kept) if kept else None
    asked = _insist_on_theirs(desk, ask, invoice)
    with known_to(asked.reader):
        if invoice is None:
            raise Refused(NOT_FOUND)
    version, sha256 = stored_file(desk.cloud, invoice)
    return _file(desk.cloud, file_key(number), version, sha256, number)


def fetch_archive(desk: Desk, ask: Ask[Year]) -> InvoiceFile:
    """A link to a year's invoices and credit notes, packed as a ZIP."""
    of_year = f"{PREFIX}F-{ask.body.year}-"
    asked, found = _theirs(desk, ask, of_year, f"{of_year}{_LATEST}")
    with known_to(asked.reader):
        if not found:
            raise Refused(NOT_FOUND)
    numbers = sorted(found)
    cloud, key = desk.cloud, f"archives/{hashlib.sha256(' '.join(numbers).encode()).hexdigest()}.zip"
    if (stored := _stored(cloud, key)) is None:
        for some in batched(numbers, _SET_AT_ONCE, strict=False):
            typeset(cloud, {"invoices": [invoice.facts() for invoice in _invoices(cloud.store, some)]})
        typeset(cloud, {"archive": [file_key(number) for number in numbers], "key": key})
        stored = _stored(cloud, key)
    assert stored is not None  # noqa: S101 — it was stored just now, and the store reads its own writes
    return _file(cloud, key, *stored, f"{ask.body.year}", "zip")


def stored_file(cloud: Cloud, invoice: Invoice) -> tuple[str, str]:
    """The version and the SHA-256 of an invoice's file, which is set now if it is not there yet.

    Raises Refused `try_again` when it cannot be.
    """
    key = file_key(invoice.number)
    stored = _stored(cloud, key)
    if stored is None:
        typeset(cloud, {"invoices": [invoice.facts()]})
        stored = _stored(cloud, key)
    assert stored is not None  # noqa: S101 — it was stored just now, and the store reads its own writes
    return stored


def _stored(cloud: Cloud, key: str) -> tuple[str, str] | None:
    try:
        found = cloud.files.head_object(Bucket=cloud.settings.contracts, Key=key)
    except ClientError as error:
        if error.response["Error"].get("Code") not in ("404", "NoSuchKey"):
            raise
        return None
    return found["VersionId"], found["Metadata"]["sha256"]


def _file(
    cloud: Cloud, key: str, version: str, sha256: str, name: str, kind: Literal["pdf", "zip"] = "pdf"
) -> InvoiceFile:
    where = link(cloud, key, version, "attachment", name, kind)
    return InvoiceFile(url=where.url, expires_at=where.expires_at, sha256=sha256)


def _invoices(store: Store, numbers: Iterable[str]) -> Iterator[Invoice]:
    keys = [invoice_key(number) for number in numbers]
    found = retry_lost_races(lambda: store.snapshot(keys)) if keys else {}
    yield from (Invoice.stored(found[key]) for key in keys)


def _theirs[Body](
    desk: Desk, ask: Ask[Body], first: str, last: str, limit: int | None = None
) -> tuple[SignedIn[Body], dict[str, Item]]:
    """The reader, and what is said of their invoices between two places of a list, the newest of them, by number.

    Whoever has administered a subscription since it began has ordered all of it: only those that were taken over are
    looked through. What is listed once never changes, so it is read before the session and the role are proven.
    """
    email = claim(ask.request).email
    taken_over = names_of_taken_over(desk, email)
    store = desk.cloud.store

    def read(where: str) -> dict[str, Item]:
        found = store.query(where, first=first, last=last, limit=limit, backward=True)
        return {key.sk.removeprefix(PREFIX): item for key, item in found}

    own, of_others = read(orders_of(email)), {name: read(partition(name)) for name in taken_over}
    asked, belongs = belonging(desk, ask, taken_over)
    for subscription, role in belongs:
        if role == "administrator":
            own |= of_others[subscription.id]
    return asked, own


def _insist_on_theirs(desk: Desk, ask: Ask[Nothing], invoice: Invoice | None) -> SignedIn[Nothing]:
    """The reader, if it is of what they ordered or administer. Raises Refused `not_found`."""
    about: Sequence[str] = invoice.subscriptions if invoice else ()
    groups = [*batched(about, _AT_ONCE, strict=False)] or [()]

    def reads(group: Sequence[str], email: str) -> Reads[bool]:
        own = listed_key(orders_of(email), invoice.number) if invoice else None
        memberships = [membership_key(name, email) for name in group]

        def state(items: Items) -> bool:
            roles = [items.get(key, {}).get("role") for key in memberships]
            return own in items or "administrator" in roles

        return Reads([*([own] if own else []), *memberships], state)

    for group in groups:
        asked, is_theirs = desk.reads(ask, lambda email, group=group: reads(group, email))  # type: ignore[misc]
        if is_theirs:
            return asked
    with known_to(asked.reader):
        raise Refused(NOT_FOUND)


def bill_order(cloud: Cloud, by: str, order_id: str, moved_to: str | None = None) -> None:
    """Bill an order, unless it is billed, or at another address by now, which its person may be `moved_to`."""
    settings, store, now = cloud.settings, cloud.store, clock.now()
    seller = seller_of(settings.supplier, settings.supplier_vat, settings.supplier_legal)
    account = account_key(moved_to or by)
    reads = reads_to_bill(by, order_id, account, now)
    # Nothing of an order depends on where the account is going.
    store.decide(reads, lambda items: bill(items, by, order_id, account, seller, now), settled=False)
    billed = store.item(order_key(by, order_id)) or {}
    if "invoice" not in billed or len(billed["lines"]) <= POINTED_AT_ONCE:
        return
    rest = pointers(next(_invoices(store, [billed["invoice"]])))[POINTED_AT_ONCE:]

    def missing(items: Items) -> list[Put]:
        return [one for one in rest if one.key not in items]

    store.decide(Reads([one.key for one in rest], lambda items: items), missing)


def bill_renewal(cloud: Cloud, renewal: Renewal) -> None:
    """Bill a year that a subscription was renewed for, unless it is billed; what is free of charge is not.

    Raises Conflict while others are first, or the administrator's account is in the middle of a change in steps.
    """
    if not renewal.seats * renewal.unit_price:
        return
    settings, store, now = cloud.settings, cloud.store, clock.now()
    seller = seller_of(settings.supplier, settings.supplier_vat, settings.supplier_legal)
    state = state_key(renewal.subscription)

    def attempt() -> None:
        subscription = Subscription.stored(store.item(state) or {})
        # What is listed once never changes.
        listed = store.query(partition(subscription.id), first=PREFIX, last=f"{PREFIX}{_LATEST}")
        numbers = [key.sk.removeprefix(PREFIX) for key, item in listed if item["kind"] == "invoice"]
        earlier = [*_invoices(store, dict.fromkeys((*numbers[:1], *numbers[-1:])))]
        keys = keys_to_bill_renewal(renewal, subscription.administrator, now)
        try:
            items = store.snapshot(keys)
        except Unsettled as unsettled:
            raise Conflict from unsettled
        if items[state]["administrator"] != subscription.administrator:
            raise Conflict
        if writes := [*bill_renewal_of(items, renewal, earlier, seller, now)]:
            store.commit([*writes, *checks(items, keys, (), writes)])

    retry_lost_races(attempt)


LIST = Job(
    name="list-invoices",
    method="GET",
    path="/api/invoices",
    body=Sought,
    answer=Listed[ShownInvoice],
    does=Look(list_invoices),
    refuses=(NOT_FOUND, FORBIDDEN),
    leads_to={"number": "/items/0/number"},
)
FETCH = Job(
    name="fetch-invoice",
    method="GET",
    path="/api/invoices/{number}",
    body=Nothing,
    answer=InvoiceFile,
    does=Look(fetch_invoice),
    refuses=(NOT_FOUND,),
)
ARCHIVE = Job(
    name="fetch-invoices-of-year",
    method="GET",
    path="/api/invoices/archive",
    body=Year,
    answer=InvoiceFile,
    does=Look(fetch_archive),
    refuses=(NOT_FOUND,),
)
