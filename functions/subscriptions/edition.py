"""The edition: Standard, chosen once a trial is over."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.shared import clock
from functions.shared.desk import Change, Desk
from functions.shared.events import Event
from functions.shared.fields import RequestModel
from functions.shared.form import Form
from functions.shared.job import Answer, Job
from functions.shared.refusal import Refused
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.store import Items
from functions.subscriptions import administration
from functions.subscriptions import subscription as subscriptions
from functions.subscriptions.portal import ShownSubscription
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import Subscription, partition, year_from
from functions.subscriptions.trial import available_on


class ChooseEdition(RequestModel):
    """Which edition to go on with."""

    edition: Annotated[Literal["standard"], Field(json_schema_extra={"enum": ["standard"]})]


def decide_choose(trial: Subscription, reader: Reader, edition: Literal["standard"], now: datetime) -> Change:
    """Active in that edition from today, free of charge, by the year. Raises Refused `trial_running`, `not_a_trial`."""
    today = clock.day(now)
    before = trial.on(today)
    if reason := subscriptions.why_not_choose_edition(before):
        raise Refused(reason, **({"available_on": available_on(before)} if reason == "trial_running" else {}))
    chosen = replace(before, status="active", edition=edition, start=today, end=year_from(today))
    data = {
        "email": chosen.administrator,
        "product": chosen.product,
        "subscription": chosen.id,
        "end": chosen.end.isoformat(),
    }
    return Change(
        Answer(200, subscriptions.shown(chosen, "administrator", today)),
        (chosen.put(), *deadlines(chosen, today)),
        ((partition(chosen.id), Event("edition_chosen", now, reader.email, data)),),
    )


def choose_edition(desk: Desk, request: Request) -> Answer:
    """Choose the edition to go on with after a trial."""

    def decide(trial: Subscription, _: Items, reader: Reader, now: datetime) -> Change:
        return decide_choose(trial, reader, request.body.edition, now)

    return administration.change(desk, request, decide)


CHOOSE = Job(
    name="choose-edition",
    method="POST",
    path="/api/subscriptions/{subscription_id}/edition",
    run=choose_edition,
    body=ChooseEdition,
    answer=ShownSubscription,
    codes=("not_found", "forbidden", "trial_running", "not_a_trial"),
)
CHOOSE_FORM = Form(CHOOSE, "trials.edition", about="subscription", action="choose_edition", check=True)
