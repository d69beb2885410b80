"""The desk of a stage as operators' commands work on it, with their own rights; or the one that `make serve` runs.

A stage's is found by what its stack has put out. The local one says itself where its AWS is, and what time it is there.
"""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.items import Item, Key
from functions.shared.settings import Settings
from functions.shared.store import unmarshalled
from infra import firm
from infra.cloudformation import Aws
from infra.firm import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOCAL: Final = "local"


class NoDesk(Exception):
    """The local desk does not answer; the argument says so, and what to do."""


def add_stage(parser: argparse.ArgumentParser) -> None:
    """Let a command take `--stage`."""
    parser.add_argument("--stage", choices=(*firm.STAGES, LOCAL), default="prod")


def cloud(stage: str) -> Cloud:
    """The desk of a stage. Raises NoDesk when it is the local one and none runs on PORT."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    if stage == LOCAL:
        return _local()
    of_stage = firm.read(stage)
    found = settings(Aws().of_deployed(of_stage.stack(), REGION))
    return Cloud(found._replace(supplier=of_stage.parameters["Supplier"]))


def settings(outputs: Mapping[str, str]) -> Settings:
    """What commands need of a stack's outputs."""
    return Settings(
        table=outputs["TableName"],
        user_pool=outputs["UserPoolId"],
        user_pool_client="",
        secret=outputs["DeskSecretArn"],
        sender="",
        site_url="",
        contracts=outputs["ContractsName"],
        supplier="",
        papers=outputs["PapersName"],
        webhooks=outputs["WebhooksSecretArn"],
    )


def items(client: "DynamoDBClient", table: str) -> Iterator[tuple[Key, Item]]:
    """Every item, since the whole table is read."""
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from map(unmarshalled, page["Items"])


def _local() -> Cloud:
    # Its credentials are in the local cloud's module alone, which deployed commands do without.
    from infra.local.aws import ACCESS_KEY, SECRET_KEY

    functions = _asked("functions.json")
    os.environ |= {
        "AWS_ENDPOINT_URL": functions["endpoint"],
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    clock.travel(datetime.fromisoformat(_asked("clock")["now"]) - datetime.now(UTC))
    environment = {name: value for own in functions["environment"].values() for name, value in own.items()}
    return Cloud(Settings.from_environment({**environment, "WEBHOOKS_ANYWHERE": "true"}))


def _asked(what: str) -> Any:
    try:
        with urlopen(f"http://localhost:{os.environ.get('PORT') or '8000'}/_local/{what}") as answer:
            return json.load(answer)
    except URLError as error:
        raise NoDesk(f"No desk answers on this machine ({error.reason}): start it first, with make serve.") from error
