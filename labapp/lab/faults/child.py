"""One pool process of a worker, killed as the system's memory killer does it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from labapp.lab.errors import StateError
from labapp.lab.faults.base import Fault
from labapp.lab.faults.choice import worker_of
from labapp.lab.processes import children_of, end, start_mark

if TYPE_CHECKING:
    from labapp.lab.stack import Stack
    from labapp.lab.worker_part import WorkerPart

#: How long a pool may take to replace a process, seconds; mostly it is a tenth.
WHOLE_WITHIN = 20.0


class ChildKilled(Fault):
    name = "one child killed"
    says = "A pool process is killed, one at work if there is one; the worker makes another."
    kind = "worker"
    passing = True
    needs_redis = True
    part: WorkerPart

    def __init__(self, stack: Stack, *, worker: Any = None) -> None:
        super().__init__(stack, worker_of(stack, worker))
        self._killed = 0

    def _check(self) -> None:
        if self.part.pool != "prefork":
            raise StateError(
                f"{self.part.name} has no pool processes: its pool is {self.part.pool!r}. "
                "lab.add_worker(name, pool='prefork') starts one that has."
            )
        self._targets = self._at_work() or self._pool()
        if not self._targets:
            raise StateError(f"{self.part.name} did not say which pool processes it has.")

    def _break(self) -> None:
        for pid in self._targets:
            if end(pid, start_mark(pid)):
                self._killed = pid
                return
        raise StateError(f"{self.part.name} has no living pool process now. Try again.")

    def _mend(self) -> None:
        deadline = time.monotonic() + WHOLE_WITHIN
        while not self._whole():
            if time.monotonic() > deadline:
                raise StateError(
                    f"{self.part.name} has not replaced its pool process within "
                    f"{WHOLE_WITHIN:g} s. lab.workers[{self.part.name!r}].restart() starts it anew."
                )
            self._stack.wait_for_change(0.02)

    def _holds(self) -> bool:
        return super()._holds() and self._process is not None and not self._process.ended

    def _whole(self) -> bool:
        pool = self._pool()
        return len(pool) >= self.part.concurrency and self._killed not in pool

    def _pool(self) -> list[int]:
        """The living pool processes, by the worker's own account."""
        stats = self._ask("stats")
        pids = stats.get("pool", {}).get("processes", []) if isinstance(stats, dict) else []
        return self._own(pids)

    def _at_work(self) -> list[int]:
        active = self._ask("active")
        return self._own([task.get("worker_pid") for task in active or []])

    def _own(self, pids: list[Any]) -> list[int]:
        """Those that are the worker's children: what comes over Redis can name any process."""
        children = children_of(self.part.pid)
        return [pid for pid in pids if pid in children and start_mark(pid)]

    def _ask(self, what: str) -> Any:
        with contextlib.suppress(Exception):
            control = self._stack.celery.control
            inspect = control.inspect(destination=[self.part.node], timeout=1.0, limit=1)
            return (getattr(inspect, what)() or {}).get(self.part.node)
        return None
