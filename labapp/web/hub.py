"""The hub of the event streams: one thread for all of them, while there are any."""

from __future__ import annotations

import logging
import threading

from celery import Celery

from labapp.tasks.ledger import Ledger
from labapp.web.streams import Stream, TooManyStreamsError
from labapp.web.teller import Teller

MOST_STREAMS = 32
"""Streams open at once: half of the server's threads, since each of them holds one."""
AGAIN = 0.25
"""Seconds until something that nobody thought of is tried again."""

logger = logging.getLogger(__name__)


class Hub:
    """Opens and closes streams, and keeps the thread that fills them while one is open."""

    def __init__(self, celery: Celery, ledger: Ledger, most: int = MOST_STREAMS) -> None:
        self._celery = celery
        self._ledger = ledger
        self._most = most
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._streams: set[Stream] = set()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def open(self, task_id: str | None = None, page: str = "") -> Stream:
        """A stream of one task, or of those of the ledger; to be closed by whoever opened it.

        A page has one stream: an earlier one of the same name ends. Raises `TooManyStreamsError`.
        """
        self.close_page(page)
        stream = Stream(task_id, page)
        with self._lock:
            if len(self._streams) >= self._most:
                raise TooManyStreamsError(
                    f"{self._most} event streams are open, and there can be no more at once. "
                    "Close a page that shows tasks, or try again in a moment."
                )
            self._streams.add(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="labapp-hub", daemon=True)
                self._thread.start()
        self._woken.set()
        return stream

    def close(self, stream: Stream) -> None:
        """Close a stream; harmless when repeated. With the last one the thread ends."""
        with self._lock:
            self._streams.discard(stream)
        stream.end()
        self._woken.set()

    def close_page(self, page: str) -> None:
        """Close the stream that a page has named so, if there is one."""
        with self._lock:
            found = [stream for stream in self._streams if page and stream.page == page]
        for stream in found:
            self.close(stream)

    def _open_streams(self) -> list[Stream]:
        """The open ones; if there is none the thread signs off, under the lock of `open`."""
        with self._lock:
            if not self._streams:
                self._thread = None
            return list(self._streams)

    def _run(self) -> None:
        teller = Teller(self._celery, self._ledger, self._woken.set)
        while True:
            self._woken.clear()
            if not (streams := self._open_streams()):
                break
            pause: float | None = AGAIN
            try:
                pause = teller.tell(streams)
            except Exception:
                # Nothing that a store holds may end the thread that serves everybody.
                logger.exception("The event streams stumbled and go on")
            self._woken.wait(pause)
        teller.close()
