"""Runs the functions' handlers in this process, and loads them anew when their code has changed."""

import importlib
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.callers import access_key, calling
from infra.local.files import Fingerprint, fingerprint
from infra.local.locks import SharedLock
from infra.local.resources import Function

type Handler = Callable[[Any, Any], Any]

_LOOK_EVERY = 0.2
_CLOCK = "functions.shared.clock"
# Reads them afresh too, since it writes the demo data with them.
_DEMO = "infra.local.demo"


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler about its call."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler may still run."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Functions:
    """The functions by their name in the template; business time is theirs, so it is set here too."""

    def __init__(self, functions: Mapping[str, Function], root: Path, *, reload: bool) -> None:
        self.by_name = functions
        self._code = root / "functions"
        # What the functions' environment is made of, once.
        self._declaring = (root / "template.yaml", root / "functions/shared/brand.toml")
        self._reload = reload
        self._in_use = SharedLock()
        self._loading = {name: threading.RLock() for name in functions}
        self._handlers: dict[str, Handler] = {}
        self._offset = timedelta()
        self._looked = time.monotonic()
        self._seen, self._declared = self._look()

    def invoke(self, name: str, event: Any) -> Any:
        """Call a function as Lambda does. Raises whatever its handler or its import raises."""
        self.refresh()
        with self._in_use.shared():
            return self.call(name, event)

    def call(self, name: str, event: Any) -> Any:
        """The same for a function that another one calls, which holds the code as it is."""
        with calling(access_key(name)):
            return self._handle(name, event)

    def _handle(self, name: str, event: Any) -> Any:
        function = self.by_name[name]
        context = Context(function.name, function.arn, function.memory, time.monotonic() + function.timeout)
        if name not in self._handlers:
            # Its first call alone: clients are made in it, which one session cannot do in two threads.
            with self._loading[name]:
                if name not in self._handlers:
                    module, _, attribute = function.handler.rpartition(".")
                    handler: Handler = getattr(importlib.import_module(module), attribute)
                    answer = handler(event, context)
                    self._handlers[name] = handler
                    return answer
        return self._handlers[name](event, context)

    def now(self) -> datetime:
        """The business time."""
        moment: datetime = importlib.import_module(_CLOCK).now()
        return moment

    @property
    def code(self) -> Fingerprint:
        """The state of the code that is loaded."""
        return self._seen

    def travel(self, offset: timedelta) -> None:
        """Set business time that far from real time."""
        importlib.import_module(_CLOCK).travel(offset)

    def refresh(self) -> None:
        """Drop the loaded code if a file of it has changed."""
        if not self._reload or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        # Looked without holding anybody up: only what has changed is worth waiting for those inside.
        seen, declared = self._look()
        if (seen, declared) == (self._seen, self._declared):
            return
        with self._in_use.alone():
            if declared != self._declared:
                self._declared = declared
                print(  # noqa: T201
                    "template.yaml, or the brand, has changed: start again for what functions are given of it"
                    " (of a brand the company, support and sender, in e-mails and documents).",
                    file=sys.stderr,
                )
            if seen != self._seen:
                self._seen = seen
                self.restart()

    def _look(self) -> tuple[Fingerprint, Fingerprint]:
        return fingerprint([self._code]), fingerprint(self._declaring)

    def restart(self) -> None:
        """Drop the loaded code, so that the next call of each function is its first."""
        if clock := sys.modules.get(_CLOCK):
            self._offset = clock.offset()
        for module in [name for name in sys.modules if name.partition(".")[0] == "functions" or name == _DEMO]:
            del sys.modules[module]
        importlib.invalidate_caches()
        self._handlers.clear()
        try:
            self.travel(self._offset)
        except Exception:
            # The next call that needs it fails with the same error; the next edit mends both.
            traceback.print_exc(file=sys.stderr)
