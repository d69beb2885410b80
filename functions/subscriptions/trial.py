"""The trial: 30 days of a product, once for each account, with notice before it ends."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.due import Due
from functions.shared.events import DESK, Event
from functions.shared.fields import RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader, person
from functions.shared.store import Items, Key, Put, Write, new
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.catalogue import Product, ProductName, catalogue
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.reference import contract_number, reference
from functions.subscriptions.subscription import Subscription, begun, partition

# The day on which it begins is the first, so the last day of use is 29 days later and Standard opens on the day after.
DAYS = 30
FIRST_NOTICE = "trial_first_notice"
LAST_NOTICE = "trial_last_notice"
OVER = "trial_over"
# How many days before the last one its end is announced.
_NOTICES = {FIRST_NOTICE: 7, LAST_NOTICE: 1}
_A_DAY = timedelta(days=1)


def _with_trial(product: str) -> str:
    if catalogue()[product].trial is None:
        raise PydanticCustomError("no_trial", "this product has no trial")
    return product


def _offer(schema: dict[str, Any]) -> None:
    schema["enum"] = [one.product for one in catalogue().products if one.trial]


class StartTrial(RequestModel):
    """Which product to try."""

    product: Annotated[ProductName, AfterValidator(_with_trial), Field(json_schema_extra=_offer)]


def trial_key(email: str, product: str) -> Key:
    """Where it is kept that an account has tried a product."""
    return Key(person(email), f"TRIAL#{product.casefold()}")


def available_on(trial: Subscription) -> date:
    """The first day after the trial, on which the edition can be chosen."""
    return trial.end + _A_DAY


def decide_start(product: Product, reader: Reader, name: str, *, is_used: bool, now: datetime) -> Change:
    """A subscription in trial, named `name`. Raises Refused `trial_used`."""
    if is_used or product.trial is None:
        raise Refused("trial_used", product=product.product)
    today = clock.day(now)
    trial = Subscription(
        id=name,
        contract_number=contract_number(name, now),
        product=product.product,
        edition=product.trial.edition,
        licence="individual",
        seats=1,
        users=1,
        status="trial",
        administrator=reader.email,
        start=today,
        end=today + (DAYS - 1) * _A_DAY,
    )
    at = clock.rfc3339(now)
    return Change(
        Answer(201, subscriptions.shown(trial, "administrator", today)),
        (
            new(trial_key(reader.email, product.product), {"subscription": name, "started_at": at}),
            *begun(trial, at),
            *_notes(trial),
        ),
        ((partition(name), Event("trial_started", now, reader.email, _facts(trial))),),
    )


def _notes(trial: Subscription) -> Iterator[Put]:
    for kind, days in _NOTICES.items():
        yield Due(trial.end - days * _A_DAY, kind, trial.id).put()
    yield Due(available_on(trial), OVER, trial.id).put()


def decide_first_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice a week before the trial ends, unless it is so late that the last one takes its place."""
    if clock.day(now) < stored.end - _NOTICES[LAST_NOTICE] * _A_DAY:
        yield from _notice(stored, FIRST_NOTICE, now)


def decide_last_notice(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The notice on the day before the last one, or on that one if it is late."""
    yield from _notice(stored, LAST_NOTICE, now)


def _notice(stored: Subscription, kind: str, now: datetime) -> Iterator[Write]:
    if stored.on(clock.day(now)).status == "trial":
        yield Event("trial_ending", now, DESK, _facts(stored)).put(partition(stored.id), kind)


def decide_over(stored: Subscription, now: datetime) -> Iterator[Write]:
    """The day after the last one: the trial has ended, and its user is told what can follow."""
    ended = stored.on(clock.day(now))
    if stored.status != "trial" or ended.status != "trial_ended":
        return
    yield ended.put()
    yield Event("trial_ended", now, DESK, _facts(ended)).put(partition(stored.id), OVER)


def _facts(trial: Subscription) -> dict[str, Any]:
    return {
        "email": trial.administrator,
        "product": trial.product,
        "subscription": trial.id,
        "end": trial.end.isoformat(),
        "available_on": available_on(trial).isoformat(),
    }


def start_trial(desk: Desk, request: Request) -> Answer:
    """Start the trial of a product."""
    product = catalogue()[request.body.product]
    name = reference(clock.now())

    def keys(email: str) -> Iterable[Key]:
        return [trial_key(email, product.product)]

    def decide(items: Items, reader: Reader, now: datetime) -> Change:
        is_used = trial_key(reader.email, product.product) in items
        return decide_start(product, reader, name, is_used=is_used, now=now)

    return desk.change(request, keys, decide)


START = Job(
    name="start-trial",
    method="POST",
    path="/api/trials",
    run=start_trial,
    body=StartTrial,
    answer=ShownSubscription,
    status=201,
    codes=("trial_used",),
)
START_FORM = Form(START, "trials.start")
