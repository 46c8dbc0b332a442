"""One part of a lab: a service with its state, its log and its switches."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from labapp.lab.errors import StartError, StateError, StopError
from labapp.lab.logs import Logs, tail

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

State = Literal[
    "stopped",
    "starting",
    "ready",
    "stopping",
    "failed",
    "killed",
    "slow",
    "full",
    "frozen",
    "paused",
]
Kind = Literal["redis", "worker", "web", "flower"]
#: What a fault makes of a part that is ready; its process lives on.
HINDERED = ("slow", "full", "frozen", "paused")
#: How many log lines stay readable after the lab's folder is gone.
KEPT_LINES = 200


@dataclass
class Process:
    """One life of a service, as the guardian reports it."""

    key: str
    pid: int | None = None
    report: dict[str, Any] = field(default_factory=dict)
    exit_code: int | None = None

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.exit_code is not None


class Part:
    """A service of the lab; start, stop, kill and restart return when it is done.

    `state` is one of stopped, starting, ready, stopping, failed, killed, and while a fault is on
    also slow, full, frozen, paused; `reason` says why. `address` never shows a password; it is
    empty while there is none.
    """

    kind: Kind
    #: Whether the lab started it, and so may stop it.
    own = True

    def __init__(self, stack: Stack, name: str) -> None:
        self._stack = stack
        self.name = name
        self.state: State = "stopped"
        self.reason = ""
        self.process: Process | None = None
        self._kept: list[str] = []
        #: What a process that was asked to end will have been.
        self._ends_as: State = "stopped"
        #: Processes that were asked to end and may take their time.
        self._leaving: list[Process] = []

    def __repr__(self) -> str:
        return f"<{self.name}: {self.state}>"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self.process
        return process.pid if process and not process.ended else None

    @property
    def address(self) -> str:
        """Where it listens, if it listens."""
        return ""

    @property
    def detail(self) -> str:
        """What it is, in a few words."""
        return ""

    @property
    def log_path(self) -> Path:
        """The file that its output goes to."""
        return self._stack.folder_path / f"{self.name}.log"

    def logs(self, n: int = 20) -> Logs:
        """The last `n` lines of its output, passwords masked; they stay readable after stop."""
        return Logs(tail(self.log_path, n) or self._kept[-n:])

    @property
    def last_line(self) -> str:
        """The newest line of its output that says something."""
        lines = [line for line in self.logs(10) if line.strip()]
        return lines[-1] if lines else ""

    def start(self, timeout: float = 30.0) -> None:
        """Start it if it does not run; StartError says why it could not.

        It returns when the service itself says that it is ready.
        """
        with self._stack.acting(f"start {self.name}"):
            if self.state in HINDERED:
                self._stack.faults.release(self)
            if self.state == "ready":
                return
            try:
                self.launch()
                self.await_ready(time.monotonic() + timeout)
            except BaseException:
                if self.state == "starting":  # an interrupt: half started is not started
                    self._clear_the_way()
                    self.set_state("stopped")
                raise

    def stop(self, timeout: float = 30.0) -> None:
        """End it in order; StopError after `timeout` seconds, and it goes on ending."""
        with self._stack.acting(f"stop {self.name}"):
            process = self.begin_stop()
            if process is None:
                return
            if not self._stack.wait_for(lambda: process.ended, timeout):
                raise StopError(self._slow_stop(timeout))
            self.set_state("stopped")

    def kill(self) -> None:
        """End it at once, as `kill -9` would: nothing is finished, nothing is said."""
        with self._stack.acting(f"kill {self.name}"):
            process = self.process
            if process is None or process.ended:
                self.set_state("killed")
                return
            self._ends_as = "killed"
            self.set_state("stopping")
            self._stack.send_signal(process.key, signal.SIGKILL, group=True)
            self._stack.wait_for(lambda: process.ended, 10)
            self.set_state("killed")

    def restart(self, timeout: float = 30.0, force: bool = False) -> None:
        """Stop it and start it again on the same address."""
        with self._stack.acting(f"restart {self.name}"):
            self.kill() if force else self.stop(timeout)
            self.start(timeout)

    # What the Stack and the kinds of part use.

    def spawn(self) -> str:
        """Ask the guardian for a new process; returns its key. Each kind has its own."""
        raise NotImplementedError

    def is_ready(self, process: Process) -> bool:
        """Whether the new process can be used."""
        return bool(process.report.get("ready"))

    def launch(self) -> Process:
        """Start a process without waiting for it."""
        self._clear_the_way()
        self.set_state("starting")
        self.process = self._stack.track(self.spawn())
        return self.process

    def await_ready(self, deadline: float) -> None:
        """Wait for readiness until `deadline` (monotonic seconds), or raise StartError."""
        process = self.process
        assert process is not None
        while not self.is_ready(process):
            if process.ended or "error" in process.report:
                self._fail(process.report.get("error") or self._ended_early(process))
            if self._stack.gone:
                self._fail("The lab's guardian was killed while it started. Start a new lab.")
            if time.monotonic() > deadline:
                self._fail(f"{self.name} was not ready in time. Give it longer with timeout=.")
            self._stack.wait_for_change(0.01)
        self.set_state("ready")

    def begin_stop(self) -> Process | None:
        """Ask a running process to end; None if there is none."""
        process = self.process
        if process is None or process.ended:
            self.set_state("stopped")
            return None
        self._stack.faults.release(self)  # who stands still hears no signal
        self._ends_as = "stopped"
        self.set_state("stopping")
        self._stack.send_signal(process.key, signal.SIGTERM)
        return process

    def note_exit(self, process: Process) -> None:
        """The guardian saw a process of this part end; unasked for, that is a failure."""
        if process is self.process and self.state in ("ready", *HINDERED):
            self.set_state("failed", f"{self.name} ended by itself ({how_it_ended(process)}).")
        elif process is self.process and self.state == "stopping":
            self.set_state(self._ends_as)
        else:
            self._stack.notify(self)

    def set_state(self, state: State, reason: str = "") -> None:
        """Change the state and tell whoever watches."""
        self.state, self.reason = state, reason
        self._stack.notify(self)

    def keep_logs(self) -> None:
        """Remember the last lines: the folder is about to go."""
        self._kept = list(self.logs(KEPT_LINES))

    def _clear_the_way(self) -> None:
        """Kill what an interrupted start or stop left: it holds the port, or runs old code."""
        left = [p for p in self._stack.living(self.name) if p not in self._leaving]
        for process in left:
            self._stack.send_signal(process.key, signal.SIGKILL, group=True)
        self._stack.wait_for(lambda: all(process.ended for process in left), 10)

    def _slow_stop(self, timeout: float) -> str:
        return f"{self.name} has not ended within {timeout:g} s. kill() ends it at once."

    def _ended_early(self, process: Process) -> str:
        return f"{self.name} ended while starting ({how_it_ended(process)})."

    def _fail(self, reason: str) -> None:
        if self.process is not None and not self.process.ended and not self._stack.gone:
            self._stack.send_signal(self.process.key, signal.SIGKILL, group=True)
        lines = [line for line in self.logs(6) if line.strip() and line.strip() != reason]
        self.set_state("failed", reason)
        said = "".join(f"\n    {line}" for line in lines)
        raise StartError(f"{self.name}: {reason}" + (f"\n  Its last words:{said}" if said else ""))


def how_it_ended(process: Process) -> str:
    """An exit code or a signal, in words."""
    code = process.exit_code
    if code is None:
        return "still running"
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def needs(part: Any, name: str) -> Any:
    """What the lab was made with, or StateError where this lab was made without it."""
    if part is None:
        raise StateError(f"This lab has no {name}; it was made without one.")
    return part
