"""Choose the edition to go on with after a trial: Standard, free of charge."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from functions.shared.calendar import last_day_of_year_from
from functions.shared.desk import Decision
from functions.shared.events import Holds, Mail, Told
from functions.shared.fields import RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.refusal import FORBIDDEN, NOT_FOUND, Code, Refused, conflict
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.shown_subscription import ShownSubscription, shown
from functions.subscriptions.subscription import Administered, Subscription, administered, partition, refuse
from functions.subscriptions.trial import available_on

TRIAL_RUNNING = conflict("trial_running", "trials")
NOT_A_TRIAL = conflict("not_a_trial", "trials")
EDITION_ALREADY_CHOSEN = conflict("edition_already_chosen", "trials")
EDITION_CHOSEN = Told(
    "edition_chosen",
    "trials",
    mails=(Mail("trials.mails.chosen", holds=Holds(("active",), ("administrator",))),),
    publishes=("end",),
)


class ChooseEdition(RequestModel):
    """Which edition to go on with."""

    edition: Annotated[Literal["standard"], Field(json_schema_extra={"enum": ["standard"]})]


def why_not(subscription: Subscription) -> Code | None:
    """The code that refuses another edition, if any; it can be chosen once a trial is over."""
    if subscription.status == "trial":
        return TRIAL_RUNNING
    # Free of charge, it comes from a trial alone.
    if subscription.edition == "standard":
        return EDITION_ALREADY_CHOSEN
    return None if subscription.status == "trial_ended" else NOT_A_TRIAL


def reads(ask: Ask[ChooseEdition], email: str) -> Reads[Administered]:
    """The subscription."""
    return administered(ask.path["subscription_id"], email)


def decide(state: Administered, ask: SignedIn[ChooseEdition]) -> Change[ShownSubscription]:
    """Choose the edition to go on with after a trial.

    Active in it from today, free of charge, by the year. Raises Refused `trial_running`, `not_a_trial`,
    `edition_already_chosen`.
    """
    before = state.subscription.on(ask.today)
    if before.status == "trial":
        raise Refused(TRIAL_RUNNING, available_on=available_on(before))
    refuse(why_not(before))
    chosen = replace(
        before,
        status="active",
        edition=ask.body.edition,
        start=ask.today,
        end=last_day_of_year_from(ask.today),
    )
    told = EDITION_CHOSEN.event(ask.now, ask.reader.email, {**chosen.facts(), "end": chosen.end})
    return Change(
        shown(chosen, "administrator", ask),
        (chosen.put(), *deadlines(chosen, ask.today)),
        ((partition(chosen.id), told),),
    )


CHOOSE = Job(
    name="choose-edition",
    method="POST",
    path="/api/subscriptions/{subscription_id}/edition",
    body=ChooseEdition,
    answer=ShownSubscription,
    does=Decision(reads, decide),
    refuses=(NOT_FOUND, FORBIDDEN, TRIAL_RUNNING, NOT_A_TRIAL, EDITION_ALREADY_CHOSEN),
    tells=(EDITION_CHOSEN,),
    why_not=why_not,
    done=EDITION_ALREADY_CHOSEN,
    form=Form("trials.edition", about="subscription", check=True, lasts=True),
)
