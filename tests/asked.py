"""What a rule is asked, for tests of the rules alone."""

from datetime import datetime
from functools import cache
from typing import Any

from functions.shared import clock
from functions.shared.job import Ask, SignedIn
from functions.shared.keys import Keys
from functions.shared.request import Request
from functions.shared.session import Reader
from functions.shared.settings import Settings
from functions.subscriptions.app import JOBS

ADMIN = Reader("admin@example.com", "A-1", "Durand", "design_office", "complete", "fr", ())
KEYS = Keys(b"a key of the tests")
ACTIONS = {job.action: job.offer for job in JOBS if job.offer}


@cache
def settings() -> Settings:
    """A deployment of no particular values."""
    names = (
        "TABLE",
        "USER_POOL",
        "USER_POOL_CLIENT",
        "SECRET",
        "SENDER",
        "SITE_URL",
        "CONTRACTS",
        "SUPPLIER",
        "PAPERS",
    )
    return Settings.from_environment(dict.fromkeys(names, "x"))


def asked[Body](body: Body, *, now: datetime | None = None, language: str = "", **path: str) -> Ask[Body]:
    """A request by anyone."""
    headers = {"accept-language": language}
    return Ask(
        request=Request("POST", "/", {}, headers, (), "192.0.2.1", "request-1", values=path),
        body=body,
        now=now or clock.now(),
        random="5" * 64,
        get_keys=lambda: KEYS,
        settings=settings(),
        actions=ACTIONS,
    )


def asked_by[Body](reader: Reader, body: Body, **more: Any) -> SignedIn[Body]:
    """A request by somebody who is signed in."""
    return SignedIn.by(reader, asked(body, **more))
