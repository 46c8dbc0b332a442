"""Doing something some seconds after a disturbance, when what was said meanwhile has arrived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress


class Afterwards:
    """Calls ``work`` these many seconds after each ``disturbed()``, on a thread of its own.

    The thread lives for as long as something is due. ``work`` returns whether it wants to be
    called once more, after the longest of the pauses.
    """

    def __init__(self, work: Callable[[], bool], pauses: Sequence[float]) -> None:
        self._work = work
        self._pauses = pauses
        self._due: list[float] = []
        self._lock = threading.Lock()
        self._waits = False
        self._over = threading.Event()

    def disturbed(self) -> None:
        """Something happened; cheap, on any thread."""
        now = time.monotonic()
        with self._lock:
            # What is next stays next: it would never come where one follows close upon another.
            self._due = sorted({*self._due[:1], *(now + pause for pause in self._pauses)})
            self._begin()

    def close(self) -> None:
        """Call nobody any more."""
        self._over.set()

    def _begin(self) -> None:
        if not self._waits and not self._over.is_set():
            self._waits = True
            threading.Thread(target=self._go, name="labapp-afterwards", daemon=True).start()

    def _go(self) -> None:
        while not self._over.wait(self._until_due()):
            with self._lock:
                if self._due and self._due[0] <= time.monotonic():
                    del self._due[0]
                elif self._due:
                    continue
                else:
                    self._waits = False
                    return
            with suppress(Exception):  # whatever it asks may be away
                if self._work():
                    with self._lock:
                        self._due = self._due or [time.monotonic() + max(self._pauses)]

    def _until_due(self) -> float:
        with self._lock:
            return max(0.0, self._due[0] - time.monotonic()) if self._due else 0.0
