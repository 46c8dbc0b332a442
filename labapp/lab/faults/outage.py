"""What all faults of Redis share: who suffered from it is well again before repair returns."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from labapp.lab.faults.base import Fault
from labapp.lab.part import Part, Process
from labapp.lab.worker_part import WorkerPart

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

#: How long repair waits for workers to find Redis again, seconds: Celery's own look rarely.
PATIENCE = 10.0
START_WITHIN = 30.0


class Outage(Fault):
    """A fault of the lab's own Redis.

    Workers suffer from it too. Repair waits until those that were heard before are heard again,
    starts anew what ended of it, and replaces who stays silent: a worker that has met an error it
    cannot recover from may take half a minute to end, and takes no task while it does.
    """

    kind = "redis"

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, stack.redis)
        self._bystanders: list[tuple[Part, Process]] = []
        self._heard: list[Part] = []

    def _check(self) -> None:
        for part in self._stack.parts():
            if part is not self.part and part.state == "ready" and part.process is not None:
                self._bystanders.append((part, part.process))
                if isinstance(part, WorkerPart) and self._hears(part):
                    self._heard.append(part)

    def _settle(self) -> None:
        if self.part.state != "ready":
            return  # another hand has stopped it, and nobody finds it
        deadline = time.monotonic() + PATIENCE
        for part, process in self._bystanders:
            while (silent := self._is_silent(part, process)) and time.monotonic() < deadline:
                self._stack.wait_for_change(0.05)
            if part.process is process and part.state == "failed":
                part.start()
            elif silent and isinstance(part, WorkerPart):
                part.replace(process, time.monotonic() + START_WITHIN)

    def _is_silent(self, part: Part, process: Process) -> bool:
        """Whether a worker that answered before the fault does not, and nobody has ended it."""
        same = part.process is process and part.state == "ready"
        return same and part in self._heard and not self._hears(part)

    def _hears(self, worker: Part) -> bool:
        """Whether a worker answers a ping."""
        with contextlib.suppress(Exception):
            control = self._stack.celery.control
            return bool(control.inspect(destination=[worker.address], timeout=0.2, limit=1).ping())
        return False
