"""How long the queues of a lab are, for its map: asked for only while a page shows it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from labapp.live.broker import event_channel
from labapp.live.history import History
from labapp.live.queues import QueueDepth, QueueReader

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

SEEN_FOR = 12.0
"""Seconds for which a page that says that it is on screen is believed; it says so each five."""
MOST = 20


class Depths:
    """``now`` is what was read last, by queue: empty before that, None where it cannot be read."""

    def __init__(self, stack: Stack, history: History) -> None:
        self._stack = stack
        self._history = history
        self._broker = event_channel(stack.celery, ask=True)
        self._reader = QueueReader()
        self._seen: dict[str, float] = {}
        self._queues: dict[str, None] = dict.fromkeys(["celery"])
        self.now: Mapping[str, QueueDepth] | None = {}
        #: How often Redis was asked: at most four times a second, while on screen.
        self.reads = 0

    def see(self, view: str, on: bool) -> None:
        """A page tells whether the map is on its screen."""
        now = time.monotonic()
        self._seen = {key: at for key, at in self._seen.items() if now - at < SEEN_FOR}
        if on:
            self._seen[view] = now
        else:
            self._seen.pop(view, None)

    @property
    def on_screen(self) -> bool:
        """Whether any page shows the map."""
        now = time.monotonic()
        return any(now - at < SEEN_FOR for at in list(self._seen.values()))

    def queues(self) -> list[str]:
        """The queues that workers take from, and those that tasks were sent to."""
        for worker in self._stack.workers.values():
            self._queues.update(dict.fromkeys(worker.queues or ["celery"]))
        newest = self._history.newest(50)
        self._queues.update({told.queue: None for told in newest if told.queue})
        return list(self._queues)[:MOST]

    def look(self) -> bool:
        """Read them; whether they are others than before."""
        before, self.now = self.now, self._read(self.queues())
        return self.now != before

    def close(self) -> None:
        """Read them once more, for the last picture, and hold no connection."""
        self.now = self._read(self._queues) or self.now
        self._reader.close()

    def _read(self, queues: Collection[str]) -> Mapping[str, QueueDepth] | None:
        if self._broker is None:
            return None
        self.reads += 1
        return self._reader.read({self._broker: queues}).get(self._broker)
