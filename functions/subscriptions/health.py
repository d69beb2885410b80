"""Health: whether the desk and its table answer."""

from typing import Literal

from pydantic import BaseModel

from functions.shared.desk import Desk
from functions.shared.job import Answer, Job
from functions.shared.request import Request
from functions.shared.store import Key


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"]


def check_health(desk: Desk, request: Request) -> Answer:
    """Answers once the table does."""
    desk.cloud.store.get([Key("HEALTH", "HEALTH")])
    return Answer(200, {"status": "ok"})


CHECK = Job(name="check-health", method="GET", path="/api/health", run=check_health, answer=Health, signed_in=False)
