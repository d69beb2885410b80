"""How Lambda enters: environment and clients are read and made once, in Lambda at import, else at the first call."""

import gc
import os
from collections.abc import Callable
from typing import Any

from functions.shared import log
from functions.shared.cloud import Cloud
from functions.shared.settings import Settings

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


def enter(create: Callable[[Cloud], Handler], *needs: str, write: Callable[[log.Line], None] = log.write) -> Handler:
    """A handler whose lines are written by `write`, and say which function it is and which call.

    `needs` are the clients (attributes of Cloud) without which the function does nothing. Lambda gives the full
    processor while it imports a module and a share of it afterwards, so there all is made at once; elsewhere a module
    is imported where there may be no cloud yet.
    """
    made: list[tuple[str, Handler]] = []

    def make() -> None:
        cloud = Cloud(Settings.from_environment(os.environ))
        for client in needs:
            getattr(cloud, client)
        made.append((cloud.settings.service, create(cloud)))

    def handler(event: Event, context: Any) -> dict[str, Any]:
        if not made:
            make()
        service, does = made[0]
        call = getattr(context, "aws_request_id", None)
        name = getattr(context, "function_name", None)
        with log.about(write, service=service, function=name, function_request_id=call, correlation_id=call):
            return does(event, context)

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        make()
        # What was made stays: no collection needs to look at it again.
        gc.freeze()
        gc.enable()
    return handler
