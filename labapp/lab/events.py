"""What a Stack and its parts share: the guardian's news, the lock, and who wants to be told."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from labapp.lab.errors import StateError
from labapp.lab.part import Part, Process

if TYPE_CHECKING:
    from labapp.lab.guardian import Guardian

#: How long a button waits for another action on the same lab to end, seconds.
LOCK_PATIENCE = 60.0


class Switchboard:
    """Keeps each process's last report, wakes whoever waits, and tells subscribers of changes.

    Two locks: `_lock` is held for a whole action (start, stop, restart), so that buttons and cells
    may act at once; `_changed` guards the news and is held for moments only, also by the
    guardian's listening thread, which never takes the first.
    """

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._processes: dict[str, Process] = {}
        self._guardian: Guardian | None = None
        self._subscribers: list[Callable[[Part], None]] = []
        self.gone = False

    def parts(self) -> list[Part]:
        """The parts in the order in which they are shown."""
        raise NotImplementedError

    @property
    def owner(self) -> int:
        """The process that made the lab; in a forked child it is none of that child's business."""
        return self._owner

    @property
    def running(self) -> bool:
        """Whether the lab has been started and not stopped."""
        return self._guardian is not None and not self.gone

    @property
    def guardian(self) -> Guardian:
        """The living guardian; StateError where there is none."""
        if os.getpid() != self._owner:
            raise StateError(
                "This lab belongs to the process that started it. Make one here: Lab()."
            )
        if self._guardian is None:
            raise StateError("The lab is not running. Start it first: lab.start().")
        if self.gone:
            raise StateError(
                "The lab's guardian has ended, and all its parts with it. Start it anew."
            )
        return self._guardian

    @contextlib.contextmanager
    def acting(self, what: str) -> Iterator[None]:
        """Hold the lab for one action; StateError if it is not running or busy for too long."""
        _ = self.guardian
        with self.locked(what):
            _ = self.guardian  # it may have been stopped while this waited
            yield

    @contextlib.contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """Hold the lab's lock, whether it runs or not."""
        if not self._lock.acquire(timeout=LOCK_PATIENCE):
            raise StateError(f"Cannot {what}: the lab is busy with something else. Try again.")
        try:
            yield
        finally:
            self._lock.release()

    def subscribe(self, callback: Callable[[Part], None]) -> Callable[[], None]:
        """Call `callback` with each part that changes, on any thread; returns how to stop that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    def notify(self, part: Part) -> None:
        """Wake the waiting and tell the subscribers; a display's error never reaches the lab."""
        with self._changed:
            self._changed.notify_all()
        for callback in list(self._subscribers):
            with contextlib.suppress(Exception):
                callback(part)

    def track(self, key: str) -> Process:
        """The process with this key, known from now on."""
        with self._changed:
            return self._processes.setdefault(key, Process(key))

    def living(self, name: str) -> list[Process]:
        """Every process of a part that has not ended, the forgotten ones included."""
        with self._changed:
            return [
                process
                for process in self._processes.values()
                if process.key.rpartition(".")[0] == name and not process.ended
            ]

    def send_signal(self, key: str, signum: int, *, group: bool = False) -> None:
        """Have the guardian signal one service."""
        self.guardian.signal(key, signum, group=group)

    def wait_for_change(self, timeout: float) -> None:
        """Sleep until there is news, `timeout` seconds at most."""
        with self._changed:
            self._changed.wait(timeout)

    def wait_for(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until the condition holds or the guardian is gone; False after `timeout` seconds."""
        end = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                if self.gone:
                    return True
                self._changed.wait(min(left, 0.5))
        return True

    def hear(self, processes: dict[str, Process], event: dict[str, Any]) -> None:
        """One answer of the guardian that these processes belong to; runs on its own thread.

        What an earlier guardian says late is none of this lab's business: its keys are the same.
        """
        if event["op"] == "gone":
            self._hear_gone(processes)
            return
        if "key" not in event:
            return
        with self._changed:
            if processes is not self._processes:
                return
            process = self.track(event["key"])
            match event["op"]:
                case "spawned":
                    process.pid = event["pid"]
                case "report":
                    process.report.update(event["report"])
                case "exit":
                    process.exit_code = event["code"]
            self._changed.notify_all()
        if event["op"] in ("asked", "report"):
            return
        name = process.key.rpartition(".")[0]
        for part in self.parts():
            if part.name == name:
                if event["op"] == "exit":
                    part.note_exit(process)
                else:
                    self.notify(part)
        self.on_processes_changed()

    def on_processes_changed(self) -> None:
        """A process came or went; the Stack writes its record here."""

    def _hear_gone(self, processes: dict[str, Process]) -> None:
        with self._changed:
            if processes is not self._processes:
                return
            self.gone = True
            for process in self._processes.values():
                if process.exit_code is None:
                    process.exit_code = -9
            stopped = self._guardian is None
            self._changed.notify_all()
        if stopped:
            return  # the lab's end is no news
        for part in self.parts():
            if part.state not in ("stopped", "killed", "failed"):
                part.set_state("killed", "The lab's guardian has ended, and this part with it.")
