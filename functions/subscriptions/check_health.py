"""Health: whether the desk and its table answer."""

from typing import Literal

from functions.shared.desk import OpenView
from functions.shared.fields import Model, Nothing
from functions.shared.items import Key, Reads
from functions.shared.job import Ask, Job


class Health(Model):
    """All is well."""

    status: Literal["ok"]


def reads(ask: Ask[Nothing]) -> Reads[None]:
    """An item that is never there, so that the table has answered."""
    return Reads((Key("HEALTH", "HEALTH"),), lambda items: None)


def show(state: None, ask: Ask[Nothing]) -> Health:
    """Whether the desk answers; only once the table does."""
    return Health(status="ok")


CHECK = Job(
    name="check-health",
    method="GET",
    path="/api/health",
    body=Nothing,
    answer=Health,
    does=OpenView(reads, show),
)
