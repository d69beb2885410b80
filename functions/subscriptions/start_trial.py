"""Start the trial of a product."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.shared import clock
from functions.shared.desk import Decision
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import RequestModel
from functions.shared.form import Form, Once
from functions.shared.items import Reads, new
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import Refused, conflict
from functions.subscriptions.catalogue import ProductName, catalogue
from functions.subscriptions.choose_edition import CHOOSE, NOT_A_TRIAL
from functions.subscriptions.reference import contract_number, reference
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import Subscription, begun, partition
from functions.subscriptions.trial import deadlines, facts, last_day, trial_key

TRIAL_USED = conflict("trial_used", "trials")
TRIAL_STARTED = Told(
    "trial_started",
    "trials",
    mails=(Mail("trials.mails.started", holds=Holds(("trial",), ("administrator",))),),
    publishes=("end", "available_on"),
)


def _with_trial(product: str) -> str:
    if catalogue()[product].trial is None:
        raise PydanticCustomError("no_trial", "this product has no trial")
    return product


def _offer(schema: dict[str, Any]) -> None:
    schema["enum"] = [one.product for one in catalogue().products if one.trial]


class StartTrial(RequestModel):
    """Which product to try."""

    product: Annotated[ProductName, AfterValidator(_with_trial), Field(json_schema_extra=_offer)]


def reads(ask: Ask[StartTrial], email: str) -> Reads[bool]:
    """Whether the account has tried the product."""
    key = trial_key(email, ask.body.product)
    return Reads((key,), lambda items: key in items)


def decide(is_used: bool, ask: SignedIn[StartTrial]) -> Change[ShownSubscription]:
    """Start the trial of a product.

    Each account can try it once. Raises Refused `trial_used`.
    """
    product, email = ask.body.product, ask.reader.email
    if is_used:
        raise Refused(TRIAL_USED, product=product)
    offered = catalogue()[product].trial
    assert offered is not None  # noqa: S101 — the request's model takes no other product
    name = reference(ask.now, ask.seed)
    trial = Subscription(
        id=name,
        contract_number=contract_number(name, ask.now),
        product=product,
        edition=offered.edition,
        licence="individual",
        seats=1,
        users=1,
        status="trial",
        administrator=email,
        start=ask.today,
        end=last_day(ask.today),
    )
    at = clock.rfc3339(ask.now)
    used = new(trial_key(email, product), {"subscription": name, "started_at": at})
    return Change(
        shown(trial, "administrator", ask),
        (used, *begun(trial, at), *deadlines(trial)),
        ((partition(name), TRIAL_STARTED.event(ask.now, email, facts(trial))),),
    )


START = Job(
    name="start-trial",
    method="POST",
    path="/api/trials",
    body=StartTrial,
    answer=ShownSubscription,
    status=201,
    does=Decision(reads, decide),
    refuses=(TRIAL_USED,),
    tells=(TRIAL_STARTED,),
    form=Form("trials.start", lasts=True, once=Once(CHOOSE, unless=NOT_A_TRIAL)),
    leads_to={"subscription_id": "/id"},
)
