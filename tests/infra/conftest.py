"""What operators do seals too, and feels no browser either."""

from tests.workers.conftest import no_browsers_event_loop

__all__ = ["no_browsers_event_loop"]
