"""What is counted and measured, as CloudWatch reads it from a line of the log (embedded metric format).

Few dimensions, since each of their values is paid for as a metric of its own: the rest is asked of the lines.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

NAMESPACE = "Guichet"
# Which stack it is, beside a metric's own dimensions.
SERVICE = "service"


class Metric(NamedTuple):
    """Something measured; its dimensions are facts of the line that says it."""

    name: str
    unit: Literal["Count", "Seconds"] = "Count"
    by: tuple[str, ...] = ()


class Measured(NamedTuple):
    """How much of it there was."""

    metric: Metric
    value: float = 1


JOBS = Metric("Jobs", by=("outcome",))
REFUSALS = Metric("Refusals", by=("code",))
MAILS_SENT = Metric("MailsSent")
MAILS_FAILED = Metric("MailsFailed")
SECONDS_TO_MAIL = Metric("SecondsToMail", "Seconds")
CONTRACTS_SEALED = Metric("ContractsSealed")
PAPERS_DECIDED = Metric("PapersDecided", by=("decision",))
SUPPORT_LOOKS = Metric("SupportLooks")
DAILY_RUNS = Metric("DailyRuns")
OLDEST_UNDONE = Metric("OldestUndone", "Seconds")
OLDEST_WEBHOOK = Metric("OldestWebhook", "Seconds")
WEBHOOKS_GIVEN_UP = Metric("WebhooksGivenUp")
METRICS = (
    *(JOBS, REFUSALS, MAILS_SENT, MAILS_FAILED, SECONDS_TO_MAIL, CONTRACTS_SEALED, PAPERS_DECIDED, SUPPORT_LOOKS),
    *(DAILY_RUNS, OLDEST_UNDONE, OLDEST_WEBHOOK, WEBHOOKS_GIVEN_UP),
)


def dimensions(metric: Metric, facts: Mapping[str, object]) -> dict[str, str]:
    """Those of one metric in a line with these facts. Raises KeyError when the line does not say one of its own."""
    return {SERVICE: str(facts.get(SERVICE, "guichet")), **{name: str(facts[name]) for name in metric.by}}


def embedded(facts: Mapping[str, object], measured: Iterable[Measured]) -> dict[str, object]:
    """What a line with these facts says besides, so that they are measured; nothing without any."""
    directives: list[object] = []
    said: dict[str, object] = {}
    for one in measured:
        by = dimensions(one.metric, facts)
        said |= {**by, one.metric.name: one.value}
        metrics = [{"Name": one.metric.name, "Unit": one.metric.unit}]
        directives.append({"Namespace": NAMESPACE, "Dimensions": [list(by)], "Metrics": metrics})
    if not directives:
        return {}
    return {**said, "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}}
