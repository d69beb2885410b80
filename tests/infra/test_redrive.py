"""What was given up is said, and done again: events that fail by themselves, the stream's, and calls of functions."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.shared import clock, due
from functions.shared.due import Due
from functions.shared.items import Key, Put
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.subscription import partition
from functions.workers import owed
from infra import redrive, webhooks
from tests import kept
from tests.desk import Desk
from tests.journeys.given import Given
from tests.receivers import inboxes, receivers

WORKERS = {"notifications": "NotificationsFunction", "sealing": "SealingFunction", "uploads": "UploadsFunction"}


@pytest.fixture
def records(desk: Desk) -> Iterator[redrive.Desk]:
    """The local desk, whose stream hands nothing over: only what is asked for here is done."""
    functions, stack = desk.cloud.functions.by_name, desk.cloud.stack
    with desk.cloud.nothing_delivered():
        yield redrive.Desk(
            boto3.client("dynamodb"),
            boto3.client("sqs"),
            boto3.client("lambda"),
            stack.tables()[0],
            stack.queues()[0],
            {worker: functions[name].name for worker, name in WORKERS.items()},  # type: ignore[misc]
            lambda since: webhooks.catch_up(kept.cloud(), boto3.client("dynamodb"), receivers(), since, clock.now()),
        )


def told(given: Given, name: str, days: int = 2, **facts: str) -> str:
    """Somebody who should have had an e-mail some days ago."""
    email = given.address(name)
    at = clock.now() - timedelta(days=days)
    data = {"email": email, "subscription": "s", "contract_number": "G-1", "language": "en", **facts}
    given.write(*USER_ADDED.event(at, given.address(), data).written(partition("s"), name))
    return email


def letter(records: redrive.Desk, content: Any) -> None:
    records.sqs.send_message(QueueUrl=records.queue, MessageBody=json.dumps(content))


def lying(records: redrive.Desk) -> int:
    asked: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    about = records.sqs.get_queue_attributes(QueueUrl=records.queue, AttributeNames=asked)["Attributes"]
    assert about["ApproximateNumberOfMessagesNotVisible"] == "0"
    return int(about["ApproximateNumberOfMessages"])


def given_up(records: redrive.Desk, **more: Any) -> dict[str, Any]:
    """What Lambda writes of a function's events."""
    arn = f"arn:aws:lambda:eu-west-3:123456789012:function:{records.workers['notifications']}"
    return {"requestContext": {"functionArn": arn, "condition": "RetriesExhausted"}, **more}


def run(records: redrive.Desk, *, do: bool) -> tuple[bool, list[str]]:
    said: list[str] = []
    return redrive.redrive(records, said.append, do=do), said


def test_without_do_it_says_what_is_not_done_and_changes_nothing(desk: Desk, records: redrive.Desk) -> None:
    email = told(Given(kept.cloud()), "somebody", product="PROFIS")
    letter(records, given_up(records, DDBStreamBatchInfo={"batchSize": 1, "approximateArrivalOfLastRecord": _now()}))
    for _ in range(2):
        done, said = run(records, do=False)
        assert not done
        assert said[0].startswith("dead letters: 1 × 1 events of the stream that")
        assert said[1].startswith("not done: 1 × user_added for notifications since ")
        assert said[1].endswith(", not tried yet")
        assert "--do" in said[2]
        assert "@" not in "".join(said)
        assert lying(records) == 1
    assert email not in {mail.to for mail in desk.cloud.mails()}


def test_what_a_stream_gave_up_is_done_and_its_letter_goes(desk: Desk, records: redrive.Desk) -> None:
    email = told(Given(kept.cloud()), "somebody", product="PROFIS")
    letter(records, given_up(records, DDBStreamBatchInfo={"batchSize": 1, "approximateArrivalOfLastRecord": _now()}))
    done, said = run(records, do=True)
    assert done, said
    assert "notifications: 1 done" in said
    assert [mail.to for mail in desk.cloud.mails()].count(email) == 1
    assert lying(records) == 0
    assert run(records, do=True)[0]
    assert run(records, do=False) == (True, ["all is done"])
    assert [mail.to for mail in desk.cloud.mails()].count(email) == 1


def test_what_a_stream_never_brought_to_the_webhooks_is_owed_to_their_receivers(
    desk: Desk, records: redrive.Desk
) -> None:
    with inboxes(desk.cloud, "crm"):
        told(Given(kept.cloud()), "somebody", days=0, product="PROFIS")
        arn = desk.cloud.functions.by_name["WebhooksFunction"].arn
        times: list[datetime] = []

        def catch_up(since: datetime) -> None:
            times.append(since)
            records.catch_up(since)

        for first in (clock.now() + timedelta(hours=1), clock.now()):
            at = clock.rfc3339(first)
            batch = {"batchSize": 1, "approximateArrivalOfFirstRecord": at, "approximateArrivalOfLastRecord": at}
            letter(records, {"requestContext": {"functionArn": arn}, "DDBStreamBatchInfo": batch})
        run(replace(records, catch_up=catch_up), do=True)
        assert "user_added" in [one.kind for one in owed.waiting(kept.store(), "crm")]
        # The whole table is read for all letters at once.
        assert len(times) == 1
        assert lying(records) == 0


def test_what_fails_by_itself_stays_with_its_letter_until_it_is_mended(desk: Desk, records: redrive.Desk) -> None:
    given = Given(kept.cloud())
    sibling, poison = told(given, "sibling", product="PROFIS"), told(given, "poison", days=3)
    done, said = run(records, do=True)
    # The sweep itself has told the dead letters of it.
    assert lying(records) == 1
    assert not done
    done, said = run(records, do=True)
    assert not done
    assert any(line.startswith("still not done: 1 × user_added") and line.endswith("KeyError") for line in said)
    assert any(line.startswith("still there: 1 × an event user_added that fails by itself") for line in said)
    assert lying(records) == 1
    assert [mail.to for mail in desk.cloud.mails() if mail.to in (sibling, poison)] == [sibling]

    [mark] = records.marks()
    event = Key(partition("s"), f"EVENT#{mark.key.sk}")
    item = kept.item(event)
    kept.store().put(Put(event, {**item, "data": {**item["data"], "product": "PROFIS"}}))
    done, said = run(records, do=True)
    assert done, said
    assert lying(records) == 0
    assert poison in {mail.to for mail in desk.cloud.mails()}


def test_a_call_that_failed_is_made_once_more(desk: Desk, records: redrive.Desk) -> None:
    """The daily run, as long as it fails."""
    function = desk.cloud.functions.by_name["DueFunction"].name
    context = {"functionArn": f"arn:aws:lambda:eu-west-3:123456789012:function:{function}"}
    letter(records, {"requestContext": context, "requestPayload": {"detail": {}}})
    note = Due(clock.day(clock.now()), "none of ours", "nobody")
    kept.store().put(note.put())

    done, said = run(records, do=True)
    assert not done
    assert lying(records) == 1
    assert any(line == f"still there: 1 × a call of {function} that failed" for line in said)

    kept.store().remove(note.key)
    assert run(records, do=True)[0]
    assert lying(records) == 0
    assert not due.until(kept.store(), clock.day(clock.now()))


def test_a_letter_of_another_kind_stays(desk: Desk, records: redrive.Desk) -> None:
    letter(records, {"something": "else"})
    done, said = run(records, do=True)
    assert not done
    assert "still there: 1 × of a kind that this command does not know: read it in the console" in said
    assert lying(records) == 1


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
