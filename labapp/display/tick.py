"""The render tick: however often things change, they are drawn at most once each 50 ms.

One thread draws for the whole kernel. The first change is drawn at once (leading edge), those
that follow are drawn together, and the last one is always drawn.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

PERIOD = 0.05
log = logging.getLogger(__name__)


class Tick:
    """Calls ``draw`` soon after ``touch``, at most once each ``period`` seconds.

    ``draw`` runs on the render thread, or in ``flush`` on the caller's; never twice at once.
    An exception in it ends the drawing and goes to ``on_error``, so that a display that cannot
    be drawn never disturbs what it shows.
    """

    def __init__(
        self,
        draw: Callable[[], None],
        period: float = PERIOD,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self.period = period
        self._draw = draw
        self._on_error = on_error
        self._drawing = threading.RLock()
        self._closed = False
        self._last = float("-inf")

    def touch(self) -> None:
        """Something changed: draw it soon. Cheap, and safe on any thread."""
        if not self._closed:
            _renderer().request(self)

    def flush(self, timeout: float = 2.0) -> bool:
        """Draw now, on this thread; False if another drawing took longer than ``timeout``."""
        if not self._drawing.acquire(timeout=timeout):
            return False
        try:
            self._render()
        finally:
            self._drawing.release()
        return True

    def close(self) -> None:
        """Draw no more."""
        self._closed = True

    def _render(self) -> None:
        with self._drawing:
            if self._closed:
                return
            self._last = time.monotonic()
            try:
                self._draw()
            except Exception as error:
                self._closed = True
                log.debug("a display could not be drawn", exc_info=True)
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        if self._on_error is None:
            return
        try:
            self._on_error(error)
        except Exception:  # the one thread that draws must go on
            log.debug("an error of a display could not be shown", exc_info=True)


class _Renderer:
    """The one thread that draws; it starts with the first change and sleeps between them."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._changed = threading.Condition()
        self._waiting: set[Tick] = set()
        self._thread: threading.Thread | None = None

    def request(self, tick: Tick) -> None:
        with self._changed:
            self._waiting.add(tick)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="labapp-render", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            for tick in self._next():
                tick._render()

    def _next(self) -> list[Tick]:
        with self._changed:
            while True:
                now = time.monotonic()
                due = [tick for tick in self._waiting if tick._last + tick.period <= now]
                if due:
                    self._waiting.difference_update(due)
                    return due
                wait = min((tick._last + tick.period - now for tick in self._waiting), default=None)
                self._changed.wait(wait)


_current: _Renderer | None = None
_creating = threading.Lock()


def _renderer() -> _Renderer:
    global _current
    with _creating:
        # A forked child has the object but not its thread.
        if _current is None or _current.pid != os.getpid():
            _current = _Renderer()
        return _current
