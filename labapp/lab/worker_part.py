"""A Celery worker as a part of the lab."""

from __future__ import annotations

import contextlib
import signal
import time
from typing import TYPE_CHECKING

from labapp.lab.errors import StopError
from labapp.lab.part import Part, Process
from labapp.lab.spec import check_number, check_queues

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

READY = ("SUCCESS", "FAILURE", "REVOKED", "REJECTED", "IGNORED")


class WorkerPart(Part):
    """One worker with its pool; a restart brings new code in and loses no task."""

    kind = "worker"

    def __init__(
        self,
        stack: Stack,
        name: str,
        app: str,
        *,
        queues: list[str] | None = None,
        concurrency: int = 2,
        pool: str = "prefork",
    ) -> None:
        super().__init__(stack, name)
        self.app = app
        self.queues = check_queues(queues)
        self.concurrency = check_number(concurrency, "concurrency", 1, 1000)
        self.pool = pool
        self._generation = 0

    @property
    def detail(self) -> str:
        queues = f", queues {', '.join(self.queues)}" if self.queues else ""
        return f"{self.pool}, {self.concurrency} slots{queues}"

    @property
    def address(self) -> str:
        """The node name that Celery knows it by."""
        return self.node if self._generation else ""

    @property
    def node(self) -> str:
        """The current node name; each restart has its own, since two live for a moment."""
        number = f".{self._generation}" if self._generation > 1 else ""
        return f"{self.name}{number}@{self._stack.node_host}"

    def spawn(self) -> str:
        self._generation += 1
        return self._stack.guardian.run(
            self.name,
            "worker",
            app=self.app,
            hostname=self.node,
            pool=self.pool,
            concurrency=self.concurrency,
            queues=self.queues,
            stock=self._stack.stock,
            **self._stack.surroundings(self),
        )

    def restart(self, timeout: float = 30.0, force: bool = False) -> str | None:  # type: ignore[override]
        """Start a new worker with the code as it is now, then end the old one warmly.

        The old one finishes its running tasks, up to `timeout` seconds; after that StopError
        names them and leaves them running. With `force` it is killed, and what that loses is
        returned as a sentence.
        """
        with self._stack.acting(f"restart {self.name}"):
            old = self.process
            if old is None or old.ended:
                self.start(timeout)
                return None
            if force:
                lost = self._running_now()
                self.kill()
                self.start(timeout)
                return _loss(self.name, lost)
            self._stack.faults.release(self)
            end = time.monotonic() + timeout
            self.replace(old, end)
            if not self._stack.wait_for(lambda: old.ended, max(0.0, end - time.monotonic())):
                raise StopError(self._still_running(old, timeout))
            return None

    def replace(self, old: Process, deadline: float) -> None:
        """Start a new process and ask the old one to end, which it does when its tasks are done."""
        try:
            self.launch_beside(old, deadline)
            self._stack.send_signal(old.key, signal.SIGTERM)
        except BaseException:
            if self.process is not old:  # an interrupt in between: two would work side by side
                self._stack.send_signal(old.key, signal.SIGTERM)
            raise

    def launch_beside(self, old: Process, deadline: float) -> None:
        """Start the new process while the old one works; if it cannot, the old one stays."""
        self._let_leave(old)
        try:
            self.launch()
            self.await_ready(deadline)
        except BaseException:
            if not old.ended:
                self.process = old
                self._clear_the_way()
                self._leaving.remove(old)
                self.set_state("ready", "The new worker did not start; the old one still works.")
            raise

    def begin_stop(self) -> Process | None:
        process = super().begin_stop()
        if process is not None:
            self._let_leave(process)  # its tasks may need longer than this call waits
        return process

    def _let_leave(self, process: Process) -> None:
        living = [one for one in self._leaving if not one.ended and one is not process]
        self._leaving = [*living, process]

    def kill(self) -> None:
        for process in self._leaving:
            if not process.ended:
                self._stack.send_signal(process.key, signal.SIGKILL, group=True)
        self._leaving.clear()
        super().kill()

    def _slow_stop(self, timeout: float) -> str:
        assert self.process is not None
        return self._still_running(self.process, timeout)

    def _still_running(self, process: Process, timeout: float) -> str:
        names = self._unfinished(process.report.get("running") or [])
        what = ", ".join(names) or "a task"
        return (
            f"The old {self.name} has not ended within {timeout:g} s: {what} is still running, and "
            "goes on. Wait with a longer timeout=, or use force=True, which loses it."
        )

    def _unfinished(self, running: list[list[str]]) -> list[str]:
        names = []
        for task_id, name in running:
            state = ""
            with contextlib.suppress(Exception):
                state = self._stack.celery.AsyncResult(task_id).state
            if state not in READY:
                names.append(f"{name}[{task_id}]")
        return names

    def _running_now(self) -> list[str]:
        with contextlib.suppress(Exception):
            inspect = self._stack.celery.control.inspect(
                destination=[self.node], timeout=1.0, limit=1
            )
            active = (inspect.active() or {}).get(self.node) or []
            return [f"{task['name']}[{task['id']}]" for task in active]
        return []


def _loss(name: str, running: list[str]) -> str:
    if not running:
        return f"{name} was killed; no task was running in it."
    return (
        f"{name} was killed in the middle of {', '.join(running)}. A task acknowledged early, as "
        "is the default, is lost; with acks_late it runs again after the visibility timeout."
    )
