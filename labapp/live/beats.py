"""What workers say of themselves every few seconds, and what silence means for their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labapp.live.events import count_in, number_in
from labapp.live.places import Places

MISSED = 3
"""Beats in a row that are not heard before a worker is taken for gone."""
IDLE_FOR = 2.5
"""Seconds that a task is known to run before a worker that says it runs nothing is believed."""

WORKER_GONE = "It ran in {worker}, which was lost in the middle of it."
WORKER_IDLE = "{worker} runs nothing any more, and how this task ended was not heard."


@dataclass(slots=True)
class Beat:
    """A worker's newest word about itself, in Unix seconds of our clock."""

    heard: float
    every: float = 2.0
    active: int | None = None
    online: bool = True

    def silent(self, now: float) -> bool:
        """Whether nothing was heard for longer than it may be."""
        return not self.online or now - self.heard > MISSED * self.every


class Beats:
    """The newest beat of each worker, and which tasks are lost by it. For one thread at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._of: dict[str, Beat] = {}

    def take(self, worker: str, event: Mapping[str, Any], online: bool, now: float) -> None:
        """Take in what a worker says of itself."""
        active = event.get("active")
        self._of[worker] = Beat(
            now,
            max(0.1, number_in(event, "freq") or 2.0),
            count_in(event, "active") if isinstance(active, int) else None,
            online,
        )

    def heard(self, worker: str, now: float) -> None:
        """It told of a task, so it lives."""
        self._of.setdefault(worker, Beat(now)).heard = now

    def gone(self, worker: str, now: float) -> set[str]:
        """A worker that is known to be gone; the ids of what it ran."""
        self._of.setdefault(worker, Beat(now)).online = False
        return self._places.lose(worker, WORKER_GONE)

    def doubt(self, now: float) -> set[str]:
        """Tasks that run, as far as was told, in workers that are silent or run nothing."""
        touched: set[str] = set()
        for worker, beat in self._of.items():
            if not self._places.running.get(worker):
                continue
            if beat.silent(now):
                touched |= self._places.lose(worker, WORKER_GONE)
            elif beat.active == 0:
                long_ago = beat.heard - IDLE_FOR
                touched |= self._places.lose(worker, WORKER_IDLE, before=long_ago)
        return touched

    def run_unheard(self, now: float) -> bool:
        """Whether a worker says that it runs more than is known; or none was ever heard."""
        running = self._places.running
        return not self._of or any(
            len(running.get(worker, ())) < (beat.active or 0)
            for worker, beat in self._of.items()
            if not beat.silent(now)
        )
