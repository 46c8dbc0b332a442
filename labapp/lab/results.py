"""Results that arrive although Redis was away for a while."""

from __future__ import annotations

import time
from typing import Any

from celery.exceptions import TimeoutError
from celery.result import AsyncResult

#: How often the stored result is looked at beside listening, seconds.
LOOK = 1.0


class PatientResult(AsyncResult):  # type: ignore[misc]
    """An AsyncResult whose `get` looks for itself now and then.

    Celery's own only listens once it has looked. When it listens on a connection that broke in an
    outage, it connects anew, looks, and then subscribes: a result that is published between the
    two is never heard of, and `get` waits for ever.
    """

    def get(self, timeout: float | None = None, **options: Any) -> Any:
        """As AsyncResult.get: the result, or the task's own exception; TimeoutError in time."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK if end is None else min(LOOK, max(0.0, end - time.monotonic()))
            try:
                return super().get(timeout=left, **options)
            except TimeoutError:
                # It may have come just now; or the task has raised a TimeoutError of its own.
                if self.ready():
                    return super().get(**options)
                if end is not None and time.monotonic() >= end:
                    raise
