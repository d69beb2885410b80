"""A lock that many share or one has alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Who wants it alone waits for those inside, and lets nobody else in before."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._wanted_alone = 0
        self._alone = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Held together with others."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone and not self._wanted_alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Held by nobody else."""
        with self._condition:
            self._wanted_alone += 1
            self._condition.wait_for(lambda: not self._alone and not self._inside)
            self._wanted_alone -= 1
            self._alone = True
        try:
            yield
        finally:
            with self._condition:
                self._alone = False
                self._condition.notify_all()
