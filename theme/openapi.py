"""The API's description: one document of every function's jobs."""

from typing import Any

from functions.shared import openapi
from theme.jobs import jobs


def document() -> dict[str, Any]:
    """Paths and schemas of all functions."""
    return openapi.document(list(jobs().values()))
