"""How Lambda enters: the environment is read and the clients are made at the first call, not at import."""

import os
from collections.abc import Callable
from typing import Any

from functions.shared.cloud import Cloud
from functions.shared.settings import Settings

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


def on_first_call(create: Callable[[Cloud], Handler]) -> Handler:
    """A handler that makes the real one when it is first needed."""
    made: list[Handler] = []

    def handler(event: Event, context: Any) -> dict[str, Any]:
        if not made:
            made.append(create(Cloud(Settings.from_environment(os.environ))))
        return made[0](event, context)

    return handler
