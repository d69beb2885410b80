"""Has done what is not: `python -m infra.redrive dev|staging|prod [--do]`.

Reads the dead letters and the marks of what workers still owe. Without `--do` it says what it would do and changes
nothing. With it, each worker sweeps until nothing more comes of that, what else was given up is handed to its function
once more, and letters whose work is done are deleted. Safe to repeat: the work is the workers' own.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from functions.shared import clock, outbox
from functions.shared.cloud import Cloud
from functions.shared.items import Key
from functions.shared.outbox import Mark, Worker
from functions.shared.store import Store
from functions.workers.stream import PATIENCE
from infra import firm, reached, webhooks
from infra.cloudformation import Aws
from infra.firm import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

# Longer than a function may run.
PATIENT = Config(read_timeout=910, retries={"total_max_attempts": 1})
# Meanwhile nobody else reads them; those that stay are shown again at once.
_HIDDEN_SECONDS = 1800
# Longer than it takes from what happens to its record in the stream.
_ON_ITS_WAY = timedelta(minutes=5)
_OUTPUTS: Mapping[Worker, str] = {
    "notifications": "NotificationsFunctionName",
    "sealing": "SealingFunctionName",
    "uploads": "UploadsFunctionName",
}


@dataclass(frozen=True)
class Desk:
    """What is read and set to work: of the account, or of the local cloud."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    functions: "LambdaClient"
    table: str
    queue: str
    workers: Mapping[Worker, str]
    # Owes to the receivers of webhooks, which have no marks, what has happened since a moment.
    catch_up: Callable[[datetime], object]

    @classmethod
    def of(cls, aws: Aws, stack: str) -> "Desk":
        """A stack's."""
        put_out = aws.of_deployed(stack, REGION)
        sqs = aws.client("sqs", REGION)
        desk = Cloud(reached.settings(put_out))
        receivers = webhooks.Receivers(aws.client("secretsmanager", REGION), desk.settings.webhooks)
        return cls(
            aws.client("dynamodb", REGION),
            sqs,
            boto3.client("lambda", region_name=REGION, config=PATIENT),
            put_out["TableName"],
            sqs.get_queue_url(QueueName=put_out["DeadLettersName"])["QueueUrl"],
            {worker: put_out[name] for worker, name in _OUTPUTS.items()},
            lambda since: webhooks.catch_up(desk, aws.client("dynamodb", REGION), receivers, since, clock.now()),
        )

    @property
    def store(self) -> Store:
        """The table."""
        return Store(self.dynamodb, self.table)

    def marks(self) -> list[Mark]:
        """All that the workers should have done by now."""
        before = clock.now() - PATIENCE
        return [mark for worker in self.workers for mark in outbox.overdue(self.store, worker, before)]

    def call(self, function: str, event: Any) -> Any:
        """A function's answer. Raises Failed."""
        answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Failed(said.get("errorType") or said.get("errorMessage"))
        return said


class Failed(Exception):
    """A function has failed once more; the argument says how."""


@dataclass(frozen=True)
class Letter:
    """A dead letter: one that a worker wrote of an event that fails by itself, or Lambda of what it gave up."""

    handle: str
    content: Mapping[str, Any]

    @property
    def function(self) -> str:
        """Whose events they were that Lambda gave up."""
        arn: str = self.content["requestContext"]["functionArn"]
        return arn.split(":function:")[1].partition(":")[0]

    def __str__(self) -> str:
        """What it is, naming nobody."""
        match self.content:
            case {"mark": _, "kind": kind, "worker": worker, "cause": cause}:
                return f"an event {kind} that fails by itself: {worker}, {cause}"
            case {"DDBStreamBatchInfo": {"batchSize": size}}:
                return f"{size} events of the stream that {self.function} never got to"
            case {"requestPayload": _}:
                return f"a call of {self.function} that failed"
        return "of a kind that this command does not know: read it in the console"

    def lost_since(self, workers: Mapping[Worker, str]) -> datetime | None:
        """Since when something may never have been brought to the webhooks, of which no worker keeps marks."""
        match self.content:
            case {"DDBStreamBatchInfo": {"approximateArrivalOfFirstRecord": first}}:
                # What happened a moment before it arrived.
                is_of_webhooks = self.function not in workers.values()
                return datetime.fromisoformat(first) - _ON_ITS_WAY if is_of_webhooks else None
        return None

    def do(self, desk: Desk) -> bool:
        """Have it done, once the workers have swept and the webhooks have caught up; says whether it is."""
        match self.content:
            case {"mark": [pk, sk]}:
                return desk.store.item(Key(pk, sk)) is None
            case _ if self.lost_since(desk.workers):
                return True
            case {"DDBStreamBatchInfo": {"approximateArrivalOfLastRecord": last}}:
                until, function = datetime.fromisoformat(last), self.function
                return not any(mark.at <= until and desk.workers[mark.worker] == function for mark in desk.marks())
            case {"requestPayload": event}:
                try:
                    desk.call(self.function, event)
                except Failed:
                    return False
                return True
        return False


def letters(desk: Desk) -> Iterator[Letter]:
    """All that lie there, hidden from others until they are shown again or deleted."""
    while True:
        answer = desk.sqs.receive_message(
            QueueUrl=desk.queue, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN_SECONDS, WaitTimeSeconds=1
        )
        if not (found := answer.get("Messages")):
            return
        yield from (Letter(message["ReceiptHandle"], json.loads(message["Body"])) for message in found)


def redrive(desk: Desk, say: Callable[[str], object], *, do: bool) -> bool:
    """Say what is not done and, if asked to, have it done; whether all of it is, then."""
    lying = list(letters(desk))
    kept = list(lying)
    try:
        owed = desk.marks()
        _count(say, "dead letters", map(str, lying))
        _count(say, "not done", map(_told, owed))
        if not do:
            say("nothing was changed; --do has it done" if lying or owed else "all is done")
            return not lying and not owed
        for worker, function in desk.workers.items():
            say(f"{worker}: {_swept(desk, function)} done")
        if lost := [since for letter in lying if (since := letter.lost_since(desk.workers))]:
            # Once for all of them: the whole table is read.
            desk.catch_up(min(lost))
        for letter in lying:
            if letter.do(desk):
                desk.sqs.delete_message(QueueUrl=desk.queue, ReceiptHandle=letter.handle)
                kept.remove(letter)
    finally:
        for letter in kept:
            desk.sqs.change_message_visibility(QueueUrl=desk.queue, ReceiptHandle=letter.handle, VisibilityTimeout=0)
    left = desk.marks()
    _count(say, "still not done", map(_told, left))
    _count(say, "still there", map(str, kept))
    return not kept and not left


def _count(say: Callable[[str], object], which: str, told: Iterable[str]) -> None:
    for what, count in sorted(Counter(told).items()):
        say(f"{which}: {count} × {what}")


def _swept(desk: Desk, function: str) -> int:
    """How much a worker has done, asked until nothing more comes of it."""
    done = 0
    while True:
        answer: Mapping[str, int] = desk.call(function, {})
        done += answer["done"]
        if not (answer["done"] and answer["left"]):
            return done


def _told(mark: Mark) -> str:
    why = f", tried {mark.tries} times: {mark.cause}" if mark.tries else ", not tried yet"
    return f"{mark.kind} for {mark.worker} since {mark.at:%Y-%m-%d %H:00}{why}"


def main() -> int:
    """Say what is not done, and have it done with `--do`; 1 while something is not."""
    parser = argparse.ArgumentParser(prog="python -m infra.redrive")
    parser.add_argument("stage", choices=firm.STAGES)
    parser.add_argument("--do", action="store_true", help="have it done; without, only say what would be")
    asked = parser.parse_args()
    desk = Desk.of(Aws(), firm.read(asked.stage).stack())
    return 0 if redrive(desk, lambda line: sys.stdout.write(line + "\n"), do=asked.do) else 1


if __name__ == "__main__":
    sys.exit(main())
