"""The API's description: one document of what every function says of itself."""

from typing import Any


def document() -> dict[str, Any]:
    """Paths and components of all functions, merged."""
    from functions.onboarding import app as onboarding
    from functions.subscriptions import app as subscriptions

    merged, *others = (subscriptions.openapi(), onboarding.openapi())
    for other in others:
        merged["paths"] |= other["paths"]
        for kind, components in other.get("components", {}).items():
            merged.setdefault("components", {}).setdefault(kind, {}).update(components)
    return merged
