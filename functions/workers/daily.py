"""Once a day: the work of everything that has fallen due, each piece committed with the end of its note."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from functions.onboarding import account, authentication
from functions.shared import clock, due
from functions.shared.cloud import Cloud
from functions.shared.due import Due
from functions.shared.entry import Handler, on_first_call
from functions.shared.store import Conflict, Delete, Write
from functions.subscriptions import renewal, trial
from functions.workers import accounts, deadlines

ATTEMPTS = 5

# Reads what it needs of the subject and says what to write. What it does elsewhere must be safe to repeat.
type Work = Callable[[Cloud, str, datetime], Iterable[Write]]

WORK: Mapping[str, Work] = {
    renewal.PERIOD_OVER: deadlines.period_over,
    renewal.NOTICE: deadlines.notice,
    trial.FIRST_NOTICE: deadlines.first_trial_notice,
    trial.LAST_NOTICE: deadlines.last_trial_notice,
    trial.OVER: deadlines.trial_over,
    account.REMINDER: accounts.papers_reminder,
    account.DEADLINE: accounts.papers_deadline,
    authentication.UNUSED_LOGIN: accounts.unused_login,
}


class Unfinished(Exception):
    """Some of the work failed; its notes stand, so that a later run does it."""


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        now = clock.now()
        failed = 0
        for note in due.until(cloud.store, clock.day(now)):
            try:
                do_once(cloud, note, now)
            except Exception as error:
                failed += 1
                at = traceback.extract_tb(error.__traceback__)[-1]
                line = {
                    "message": "due work failed",
                    "kind": note.kind,
                    "on": note.on.isoformat(),
                    "cause": type(error).__name__,
                    "at": f"{at.filename}:{at.lineno}",
                }
                sys.stdout.write(json.dumps(line) + "\n")
        if failed:
            raise Unfinished(failed)
        return {}

    return handler


def do_once(cloud: Cloud, note: Due, now: datetime) -> None:
    """Do one piece of work; its note goes in the same transaction, so that it is done once however often it is tried.

    Raises Conflict when others keep changing the subject.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            cloud.store.commit([*WORK[note.kind](cloud, note.subject, now), Delete(note.key)])
        except Conflict:
            if note.key not in cloud.store.get([note.key]):
                return
            if attempt == ATTEMPTS:
                raise
        else:
            return


handler = on_first_call(create)
