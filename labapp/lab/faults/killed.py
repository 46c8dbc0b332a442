"""Killed, as by `kill -9`; mended by a start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labapp.lab.faults.base import Fault
from labapp.lab.faults.choice import worker_of
from labapp.lab.faults.outage import Outage

if TYPE_CHECKING:
    from labapp.lab.stack import Stack


class Killed(Fault):
    """A part that is killed and stays away until it is started again."""

    def _break(self) -> None:
        self.part.kill()
        self.part.set_state("killed", f"Killed by the fault {self.name!r}.")

    def _mend(self) -> None:
        self.part.start()


class RedisDown(Killed, Outage):
    name = "redis down"
    says = "Redis is killed: connections are refused, and it comes back empty."


class WorkerKilled(Killed):
    name = "worker killed"
    says = "A worker is killed with its pool: what it was running is lost, unless acks_late."
    kind = "worker"
    needs_redis = True

    def __init__(self, stack: Stack, *, worker: Any = None) -> None:
        super().__init__(stack, worker_of(stack, worker))


class WebKilled(Killed):
    name = "web killed"
    says = "The web app is killed: requests are refused, tasks go on."
    kind = "web"

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, stack.web)
