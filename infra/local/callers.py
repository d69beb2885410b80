"""Who calls AWS: each function signs with an access key of its own, as with its role; all else with the root's."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from infra.local.aws import ACCESS_KEY, SECRET_KEY

_calling: ContextVar[str] = ContextVar("calling", default=ACCESS_KEY)


def access_key(function: str) -> str:
    """What the function of that name in the template signs with."""
    return f"{ACCESS_KEY}-{function}"


def function_of(key: str) -> str:
    """Whose access key that is, by the name in the template; nobody's is the name of no function."""
    return key.removeprefix(f"{ACCESS_KEY}-")


def is_known(key: str) -> bool:
    """Whether it is the root's or made for a function."""
    return key == ACCESS_KEY or key.startswith(f"{ACCESS_KEY}-")


@contextmanager
def calling(key: str) -> Iterator[None]:
    """Meanwhile this thread signs with that access key."""
    token = _calling.set(key)
    try:
        yield
    finally:
        _calling.reset(token)


def sign_as_callers() -> None:
    """Let each signature be the caller's: all functions share one process here, and so one environment."""
    from botocore.credentials import Credentials, EnvProvider, ReadOnlyCredentials

    class CallersCredentials(Credentials):
        """Those of the function whose call this thread is in: no function starts threads of its own."""

        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            return ReadOnlyCredentials(_calling.get(), self.secret_key, None)

    if hasattr(EnvProvider, "load_from_environment"):
        return

    def load(provider: EnvProvider) -> Any:
        found = provider.load_from_environment()  # type: ignore[attr-defined]
        # A test may have other keys of its own in the environment, for an AWS of its own.
        if found is None or found.access_key != ACCESS_KEY:
            return found
        return CallersCredentials(ACCESS_KEY, SECRET_KEY, method=provider.METHOD)

    EnvProvider.load_from_environment = EnvProvider.load  # type: ignore[attr-defined]
    EnvProvider.load = load  # type: ignore[method-assign, assignment]
