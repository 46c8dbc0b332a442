"""Stopped by SIGSTOP, for good or in turns: alive, and silent."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any, ClassVar

from labapp.lab.faults.base import Fault
from labapp.lab.faults.choice import check_seconds, worker_of
from labapp.lab.faults.outage import Outage
from labapp.lab.part import State
from labapp.lab.processes import is_stopped

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

#: How long a signal may take to be seen, seconds; mostly it is a millisecond.
SEEN_WITHIN = 5.0


class Halted(Fault):
    """A part whose processes stand still; its own state says so."""

    state: ClassVar[State]
    reason: ClassVar[str]

    def _break(self) -> None:
        self._signal(signal.SIGSTOP)
        self._show(self.state, self.reason)

    def _mend(self) -> None:
        self._release()

    def _release(self) -> None:
        self._signal(signal.SIGCONT)
        self._show("ready")

    def _holds(self) -> bool:
        alive = self._process is not None and not self._process.ended
        return super()._holds() and alive and self.part.state == self.state

    def _signal(self, signum: int) -> None:
        process = self._process
        assert process is not None
        self._stack.send_signal(process.key, signum, group=True)
        deadline = time.monotonic() + SEEN_WITHIN
        while not process.ended and is_stopped(process.pid) != (signum == signal.SIGSTOP):
            if time.monotonic() > deadline:
                break
            self._stack.wait_for_change(0.002)

    def _show(self, state: State, reason: str = "") -> None:
        if self._process is not None and not self._process.ended:
            self.part.set_state(state, reason)


class RedisFrozen(Halted, Outage):
    name = "redis frozen"
    says = "Redis stands still: connections are taken and nothing is answered."
    state = "frozen"
    reason = "It is frozen: connections are taken and nothing is answered."


class WorkerPaused(Halted):
    name = "worker paused"
    says = "A worker and its pool stand still, as with a laptop that sleeps: tasks wait."
    kind = "worker"
    state = "paused"
    reason = "It is paused: it and its pool stand still, and tasks wait."

    def __init__(self, stack: Stack, *, worker: Any = None) -> None:
        super().__init__(stack, worker_of(stack, worker))


class RedisSlow(Halted, Outage):
    name = "redis slow"
    says = "Redis stands still for 0.1 s at a time: it answers, late."
    state = "slow"
    reason = "It is slow: most of the time it stands still, so answers come late."

    def __init__(self, stack: Stack, *, seconds: float = 0.1) -> None:
        super().__init__(stack)
        self._still = check_seconds(seconds, 0.01, 5)

    def _break(self) -> None:
        assert self._process is not None
        self._stack.guardian.pulse(self._process.key, self._still)
        self._show(self.state, self.reason)

    def _release(self) -> None:
        assert self._process is not None
        self._stack.guardian.pulse(self._process.key, 0)
        super()._release()
