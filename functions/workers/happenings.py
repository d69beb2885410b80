"""What can happen, as whoever tells it says; and what of it leaves the house by a webhook, in which form.

Whoever tells an event names the facts that it publishes. Nothing else of it goes out, so that no code, link or login
does because nobody has thought of it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from functions.onboarding import app as onboarding
from functions.shared import clock
from functions.shared.events import Event, Told
from functions.subscriptions import app as subscriptions

TELLS: Mapping[str, Told] = {
    told.name: told
    for told in (
        *subscriptions.TELLS,
        *onboarding.TELLS,
        *(told for job in (*subscriptions.JOBS, *onboarding.JOBS) for told in job.tells),
    )
}
PUBLISHED: Mapping[str, Told] = {name: told for name, told in TELLS.items() if told.publishes is not None}


class Fact(NamedTuple):
    """What a fact means, and in which form it is told: as JSON's own, a date as `2026-11-26`."""

    form: Literal["text", "whole number", "date", "texts"]
    meaning: str


# Whom or what an event is about, where it says so.
ABOUT: Mapping[str, Fact] = {
    "by": Fact("text", "who did it: an address, or the name of the desk or of its support for what these did"),
    "account": Fact("text", "the number of an account"),
    "email": Fact("text", "the address of the person whom it is about"),
    "other": Fact("text", "the address of another person whom it concerns: a new address, whoever asks to take over"),
    "subscription": Fact("text", "the id of a subscription"),
    "contract_number": Fact("text", "the number of its contract"),
    "product": Fact("text", "the name of its product"),
}
FACTS: Mapping[str, Fact] = {
    "amendment": Fact("text", "the number of an amendment of the contract"),
    "available_on": Fact("date", "the day from which Standard can be chosen"),
    "back_on": Fact("date", "the day on which the role goes back to who had it"),
    "begins": Fact("date", "the first day that it holds for"),
    "check": Fact("text", "which check the file did not pass, a code"),
    "comment": Fact("text", "what the customer added in their own words"),
    "company": Fact("text", "the company of the account"),
    "credited": Fact("text", "the number of the invoice that is credited"),
    "deadline": Fact("date", "the last day for the papers"),
    "decidable_from": Fact("date", "the day from which the staff may decide"),
    "decided_by": Fact("text", "the address of the member of the staff who decided"),
    "due_on": Fact("date", "the day on which it is due"),
    "end": Fact("date", "the last day of the subscription, or of what it is about"),
    "former": Fact("text", "the address before"),
    "issued_on": Fact("date", "the day on which it was issued"),
    "kind": Fact("text", "which paper, a code"),
    "kinds": Fact("texts", "which papers, their codes"),
    "name": Fact("text", "the name that the cancellation was signed with"),
    "next_year_cents": Fact("whole number", "the price of the next year in cents, without VAT"),
    "next_year_with_vat_cents": Fact("whole number", "the same with VAT"),
    "number": Fact("text", "the number of the invoice or credit note"),
    "order": Fact("text", "the number of the order"),
    "reason": Fact("text", "the reason, a code or the customer's or the staff's words"),
    "reason_code": Fact("text", "which ready-made reason, if it was one"),
    "reference": Fact("text", "the reference of the acknowledgement"),
    "refund": Fact("whole number", "what is to be paid back, in cents with VAT"),
    "renews_on": Fact("date", "the day on which the next year begins"),
    "seats": Fact("whole number", "how many seats there are then"),
    "seats_before": Fact("whole number", "how many there were"),
    "sha256": Fact("text", "the SHA-256 of the file, in hexadecimal"),
    "signer": Fact("text", "the name of who signed"),
    "takeover": Fact("text", "the id of the request to take over"),
    "total_with_vat": Fact("text", "the total with VAT, as the customer reads it"),
    "unit_price": Fact("whole number", "the price of a seat and year in cents, without VAT"),
    "until": Fact("date", "the last day on which it can be undone"),
    "version": Fact("text", "the version of the terms"),
    "why": Fact("text", "the reason of the decision"),
}
# What an event's partition is called outside.
_SUBJECTS = {"SUBSCRIPTION": "subscription", "ACCOUNT": "account", "ORDERS": "orders_of"}


def subject(partition: str) -> dict[str, str]:
    """Whose event it is: of a subscription, of an account, or of the orders of an address."""
    kind, _, name = partition.partition("#")
    return {_SUBJECTS[kind]: name}


def body(partition: str, event: Event) -> dict[str, Any]:
    """What a receiver is told of an event, in the form of Standard Webhooks."""
    told = PUBLISHED[event.type]
    facts = {name: event.facts[name] for name in (*ABOUT, *(told.publishes or ())) if event.facts.get(name) is not None}
    return {
        "type": event.type,
        "timestamp": clock.rfc3339(event.at),
        "data": {"subject": subject(partition), **{name: _plain(value) for name, value in facts.items()}},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
