"""The API's description: one document of every function's jobs."""

from typing import Any

from functions.onboarding import app as onboarding
from functions.shared import openapi
from functions.subscriptions import app as subscriptions
from functions.verification import app as verification


def document() -> dict[str, Any]:
    """Paths and schemas of all functions."""
    return openapi.document([*subscriptions.JOBS, *onboarding.JOBS, *verification.JOBS])
