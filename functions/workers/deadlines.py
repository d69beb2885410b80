"""What is due to subscriptions: the notice before they renew, the end or the new year after their last day."""

from collections.abc import Iterable
from datetime import datetime

from functions.shared.cloud import Cloud
from functions.shared.store import Write
from functions.subscriptions import trial
from functions.subscriptions.renewal import decide_notice, decide_period_over
from functions.subscriptions.subscription import Subscription, state_key


def notice(cloud: Cloud, subscription_id: str, now: datetime) -> Iterable[Write]:
    """The renewal notice, while it is of use."""
    return decide_notice(_read(cloud, subscription_id), now)


def period_over(cloud: Cloud, subscription_id: str, now: datetime) -> Iterable[Write]:
    """The day after the last one."""
    return decide_period_over(_read(cloud, subscription_id), now)


def first_trial_notice(cloud: Cloud, subscription_id: str, now: datetime) -> Iterable[Write]:
    """A week before a trial ends."""
    return trial.decide_first_notice(_read(cloud, subscription_id), now)


def last_trial_notice(cloud: Cloud, subscription_id: str, now: datetime) -> Iterable[Write]:
    """The day before a trial ends."""
    return trial.decide_last_notice(_read(cloud, subscription_id), now)


def trial_over(cloud: Cloud, subscription_id: str, now: datetime) -> Iterable[Write]:
    """The day after a trial."""
    return trial.decide_over(_read(cloud, subscription_id), now)


def _read(cloud: Cloud, subscription_id: str) -> Subscription:
    key = state_key(subscription_id)
    return Subscription.stored(cloud.store.get([key])[key])
