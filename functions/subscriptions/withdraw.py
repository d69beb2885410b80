"""Withdrawal: a consumer takes back a contract concluded at a distance, without a reason, and is refunded.

By a function that is there for as long as it may be done, in two steps, «Renoncer au contrat ici» and «Confirmer la
rétractation», with a receipt at once that gives date and hour: code de la consommation, articles L221-18 to L221-28,
as directive (EU) 2023/2673 has them since 19 June 2026. What was paid is paid back whole, whether or not the software
was used.
"""

from dataclasses import replace

from functions.shared import clock
from functions.shared.desk import Decision
from functions.shared.events import Mail, Told
from functions.shared.fields import Agreed, Model, Nothing, RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, conflict
from functions.subscriptions.agreement import Agreement, agreement_key
from functions.subscriptions.reference import reference
from functions.subscriptions.subscription import (
    NOT_ACTIVE,
    OPEN_TO_USERS,
    Administered,
    Status,
    Subscription,
    administered,
    partition,
    refuse,
    struck_off,
)
from functions.subscriptions.takeovers import ended_with_contract

NOT_A_CONSUMER = conflict("not_a_consumer", "withdrawal")
WITHDRAWAL_OVER = conflict("withdrawal_over", "withdrawal")
ALREADY_WITHDRAWN = conflict("already_withdrawn", "withdrawal")
# The firm's accounts pay back what the second e-mail tells them; the event itself is there for the credit note.
WITHDRAWN = Told(
    "withdrawn",
    "withdrawal",
    mails=(Mail("withdrawal.mails.receipt"), Mail("withdrawal.mails.refund", to="accounts")),
    publishes=("reference", "refund", "signer"),
)


class Withdraw(RequestModel):
    """That it is confirmed."""

    confirm: Agreed


class Withdrawn(Model):
    """What the receipt says too; `refund` in cents, VAT included."""

    subscription_id: str
    status: Status
    reference: str
    withdrawn_at: str
    refund: int


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses the withdrawal, if any."""
    if subscription.status == "withdrawn":
        return ALREADY_WITHDRAWN
    # What is used free of charge after a trial was never signed.
    if subscription.status not in (*OPEN_TO_USERS, "ended") or not subscription.unit_price:
        return NOT_ACTIVE
    if not subscription.is_consumers:
        return NOT_A_CONSUMER
    today, last = subscription.as_of, subscription.withdrawable_until or ""
    return WITHDRAWAL_OVER if today is None or today.isoformat() > last else None


def reads(ask: Ask[Withdraw], email: str) -> Reads[Administered]:
    """The subscription, and who signed its contract."""
    name = ask.path["subscription_id"]
    return administered(name, email, agreement_key(name))


def decide(state: Administered, ask: SignedIn[Withdraw]) -> Change[Withdrawn]:
    """Withdraw from a contract.

    Access ends with this very change, everybody's; all that was paid is to be paid back. Raises Refused
    `already_withdrawn`, `not_active`, `not_a_consumer`, `withdrawal_over`.
    """
    subscription = state.subscription.on(ask.today)
    refuse(why_not(subscription))
    said = {"reference": reference(ask.now, ask.seed), "at": clock.rfc3339(ask.now), "refund": subscription.paid}
    after = replace(subscription, status="withdrawn", withdrawal=said).unasked
    data = {**after.facts(), "language": ask.reader.language, **said, "signer": _signer(state, ask)}
    return Change(
        Withdrawn(
            subscription_id=after.id,
            status=after.status,
            reference=said["reference"],
            withdrawn_at=said["at"],
            refund=after.paid,
        ),
        (after.put(), *struck_off(subscription)),
        (
            (partition(after.id), WITHDRAWN.event(ask.now, ask.reader.email, data)),
            *ended_with_contract(subscription, ask.reader.email, ask.now),
        ),
    )


def _signer(state: Administered, ask: SignedIn[Withdraw]) -> str:
    """Whose contract it is, by the name that stands on it; what was chosen free of charge has none."""
    kept = state.items.get(agreement_key(state.subscription.id))
    signature = Agreement.stored(kept).signature if kept else None
    return signature["signer"] if signature else ask.reader.company


WITHDRAW = Job(
    name="withdraw",
    method="POST",
    path="/api/subscriptions/{subscription_id}/withdrawal",
    body=Withdraw,
    answer=Withdrawn,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, ALREADY_WITHDRAWN, NOT_ACTIVE, NOT_A_CONSUMER, WITHDRAWAL_OVER),
    tells=(WITHDRAWN,),
    why_not=why_not,
    done=ALREADY_WITHDRAWN,
    form=Form(
        "withdrawal.form",
        about="subscription",
        check=True,
        asks=Nothing,
        says={"confirm": True},
        option=True,
        lasts=True,
        hidden_by=NOT_A_CONSUMER,
    ),
    confirms=True,
)
