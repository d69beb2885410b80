"""How the workers write their lines: by Powertools' Logger and Metrics, in the form that the API's functions have."""

import json
import logging
import sys
from typing import TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from functions.shared.log import Line
from functions.shared.metrics import NAMESPACE, SERVICE, dimensions


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Looks for the standard output at each line, as `print` does."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


# `service` is a fact of the line; where in the code it was written would always be the same place.
_LOGGER = Logger(
    service="guichet", level="INFO", logger_handler=_StandardOutput(), utc=True, use_rfc3339=True, location=None
)


def write(line: Line) -> None:
    """Write a line, and a further one for each of its metrics, whose dimensions differ."""
    say = {"INFO": _LOGGER.info, "WARNING": _LOGGER.warning, "ERROR": _LOGGER.error}[line.level]
    say(line.message, extra=dict(line.facts))
    for one in line.measured:
        by = dimensions(one.metric, line.facts)
        # One of its own each time: Metrics keeps what it has in its class, for all threads.
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=by[SERVICE])
        for name, value in by.items():
            metrics.add_dimension(name, value)
        metrics.add_metric(one.metric.name, one.metric.unit, one.value)
        sys.stdout.write(json.dumps(metrics.serialize_metric_set()) + "\n")
