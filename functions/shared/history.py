"""A history: what happened, worded for whoever reads it."""

from collections.abc import Mapping
from typing import Any

from functions.shared import clock
from functions.shared.events import Event, Told
from functions.shared.fields import Model
from functions.shared.texts import Texts


class Happening(Model):
    """Something that happened, worded for the reader."""

    at: str
    by: str
    event: str
    text: str


def happening(event: Event, told: Told, facts: Mapping[str, Any], texts: Texts) -> Happening:
    """An event, with the facts that its wording names."""
    return Happening(at=clock.rfc3339(event.at), by=event.by, event=event.type, text=texts(told.history, **facts))
