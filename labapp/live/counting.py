"""What Redis does not push: read four times a second while somebody looks, and never otherwise."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from contextlib import suppress

from labapp.live.book import Book
from labapp.live.broker import EventChannel
from labapp.live.chords import chord_state
from labapp.live.following import Following
from labapp.live.queues import QueueReader
from labapp.live.source import Source
from labapp.live.state import TaskState

EVERY = 0.25


class Counting:
    """The counters of followed chords, and the depths of the queues that readers look at."""

    def __init__(self, source: Source, book: Book) -> None:
        self.chords: dict[str, int] = {}
        self._source = source
        self._book = book
        self._queues = QueueReader()
        self._next = 0.0

    def want(self, followings: Iterable[Following]) -> None:
        """Count the chords of these, from now on and at once."""
        self.chords = {key: size for one in followings for key, size in one.chords.items()}
        self._next = 0.0

    def due(self, followings: Collection[Following]) -> float | None:
        """When there is something to read, in the seconds of a monotonic clock."""
        looking = any(following.queues for following in followings)
        return self._next if self.chords or looking else None

    def go_on(self, followings: Collection[Following]) -> dict[str, TaskState]:
        """Read what is due; the states of the chords come back, depths go to who looks at them."""
        now = time.monotonic()
        if now < self._next:
            return {}
        self._next = now + EVERY
        self._look_at_queues([following for following in followings if following.queues])
        return self._count_chords()

    def rest(self) -> None:
        """Hold no connection."""
        self._queues.close()

    def _count_chords(self) -> dict[str, TaskState]:
        going_on = {key: size for key, size in self.chords.items() if not self._book.ready(key)}
        self.chords = going_on
        if not going_on:
            return {}
        counts = self._source.count(going_on)
        states = [chord_state(key, counts[key], size) for key, size in going_on.items()]
        return self._book.put(state for state in states if state is not None)

    def _look_at_queues(self, followings: Collection[Following]) -> None:
        wanted: dict[EventChannel, set[str]] = {}
        for following in followings:
            if following.events is not None:
                wanted.setdefault(following.events, set()).update(following.queues)
        depths = self._queues.read(wanted)
        for following in followings:
            found = depths.get(following.events, {}) if following.events else {}
            with suppress(Exception):  # a reader that fails disturbs no other
                following._tell_depths({k: found[k] for k in following.queues if k in found})
