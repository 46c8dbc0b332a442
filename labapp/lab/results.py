"""Results that arrive although Redis was away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from celery import states
from celery.exceptions import TimeoutError
from celery.result import AsyncResult

#: How often the stored result is looked at beside listening, seconds.
LOOK = 1.0
#: How long records that were published before the end are waited for, seconds.
CATCH_UP = 0.3


class PatientResult(AsyncResult):  # type: ignore[misc]
    """An AsyncResult whose `get` looks for itself now and then.

    Celery's own only listens once it has looked. When it listens on a connection that broke in an
    outage, it connects anew, looks, and then subscribes: a result that is published between the
    two is never heard of, and `get` waits for ever.
    """

    def get(
        self,
        timeout: float | None = None,
        on_message: Callable[[Any], object] | None = None,
        **options: Any,
    ) -> Any:
        """As AsyncResult.get: the result, or the task's own exception; TimeoutError in time.

        `on_message` hears the last record too where a look, not the listening, found the end.
        """
        if on_message is None:
            return self._get(timeout, **options)
        ear = Ear(self.id, on_message)
        try:
            return self._get(timeout, on_message=ear, **options)
        finally:
            if self._cache is not None:
                ear.catch_up(self)

    def _get(self, timeout: float | None, **options: Any) -> Any:
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


class Ear:
    """Passes records on, and knows whether the last one of its task was among them."""

    def __init__(self, task_id: str, on_message: Callable[[Any], object]) -> None:
        self._id = task_id
        self._on_message = on_message
        self._heard_the_end = False

    def __call__(self, record: Any) -> None:
        if record["task_id"] == self._id and record["status"] in states.READY_STATES:
            self._heard_the_end = True
        self._on_message(record)

    def catch_up(self, result: Any) -> None:
        """Hear what was published and not read yet; the last record from the store if need be."""
        consumer = result.backend.result_consumer
        before, consumer.on_message = consumer.on_message, self
        end = time.monotonic() + CATCH_UP
        try:
            while not self._heard_the_end and time.monotonic() < end:
                consumer.drain_events(timeout=0.05)
        except Exception:
            # The connection broke; what the result is, is known already.
            end = 0
        finally:
            consumer.on_message = before
        if not self._heard_the_end:
            self(result._cache)
