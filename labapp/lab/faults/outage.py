"""What all faults of Redis share: who suffered from it is well again before repair returns."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from labapp.lab.faults.base import Fault
from labapp.lab.part import Part, Process
from labapp.lab.worker_part import WorkerPart

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

#: How long repair waits for workers that look for Redis, seconds; Celery's own look rarely.
PATIENCE = 10.0


class Outage(Fault):
    """A fault of the lab's own Redis.

    Repair waits until the workers have found Redis again, and starts anew what ended of it.
    """

    kind = "redis"

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, stack.redis)
        self._bystanders: list[tuple[Part, Process | None]] = []

    def _set(self) -> None:
        others = [part for part in self._stack.parts() if part is not self.part]
        self._bystanders = [(part, part.process) for part in others if part.state == "ready"]
        super()._set()

    def _settle(self) -> None:
        if self.part.state != "ready":
            return  # another hand has stopped it: nobody finds it
        deadline = time.monotonic() + PATIENCE
        for part, process in self._bystanders:
            while self._seeks_redis(part, process) and time.monotonic() < deadline:
                self._stack.wait_for_change(0.05)
            if part.process is process and part.state == "failed":
                part.start()

    def _seeks_redis(self, part: Part, process: Process | None) -> bool:
        """Whether a worker has not found Redis again, as far as its silence tells."""
        if part.process is not process or part.state != "ready":
            return False
        return isinstance(part, WorkerPart) and not _answers_ping(self._stack.celery, part)


def _answers_ping(app: Any, worker: WorkerPart) -> bool:
    with contextlib.suppress(Exception):
        inspect = app.control.inspect(destination=[worker.node], timeout=0.2, limit=1)
        return bool(inspect.ping())
    return False
