"""What happened to tasks: a bounded history, told by Celery's events, and by results without them.

One source for every display that looks back. It adds nothing: a step is there because somebody
told of it, and what was not told is missing.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from labapp.live.beats import IDLE_FOR, Beats
from labapp.live.events import text_in
from labapp.live.places import Places
from labapp.live.state import TaskState
from labapp.live.steps import Steps
from labapp.live.told import AGAIN, ENDED, FETCHED, QUEUED, UNACCOUNTED, Told

MOST_GAPS = 20

MESSAGE_GONE = "No queue and no worker has its message any more, and no result of it was stored."
TAKEN_BACK = "Taken out of its queue before a worker had fetched it."


@dataclass(slots=True)
class Gap:
    """Seconds in which nothing could be heard; ``end`` is None while it lasts."""

    start: float
    end: float | None
    reason: str


class History:
    """Takes events and results; keeps the newest tasks, and counts that are exact over all.

    Safe on any thread; read ``tasks`` under ``lock``.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        disturbed: Callable[[], object] = lambda: None,
    ) -> None:
        #: Called where something may have been lost that nobody will tell of.
        self._disturbed = disturbed
        self.lock = threading.RLock()
        self._places = Places()
        self._steps = Steps(self._places)
        self.heard: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self._beats = Beats(self._places)
        self._now = now
        self.since = now()
        self._readers: list[Callable[[Collection[str]], object]] = []

    # What is told.

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in events, in the order in which they were heard."""
        with self.lock:
            touched = {self._take(event) for event in events}
            lost = self._doubt()
        self._tell((touched | lost) - {""})
        if lost:
            self._disturbed()

    def take_state(self, state: TaskState) -> None:
        """Take in what the result store holds, where it says more than events did."""
        with self.lock:
            changed = self._steps.take_state(state, self._now())
        if changed:
            self._tell({state.id})

    def expect(self, task_id: str, name: str = "") -> None:
        """A task that is known to have been sent, whatever is heard of it."""
        with self.lock:
            told = self._places.task(task_id)
            told.name = told.name or name
        self._tell({task_id})

    def lose_worker(self, worker: str) -> None:
        """A worker is gone at once, so what it ran is lost, unless it is run again."""
        with self.lock:
            touched = self._beats.gone(worker, self._now())
        self._tell(touched)
        self._disturbed()

    def taken_back(self, ids: Iterable[str]) -> None:
        """Tasks whose messages were taken out of their queue again, by who had sent them."""
        with self.lock:
            waiting = [told for key in ids if (told := self.tasks.get(key)) and _waits(told)]
            for told in waiting:
                self._steps.end(told, told.last, "revoked", self._now(), TAKEN_BACK)
        self._tell({told.id for told in waiting})

    def lose_messages(self, ids: Collection[str]) -> bool:
        """Tasks that seem to wait, and whose messages are nowhere; whether that is sure.

        It is not while a worker runs more than it has told of: it may be these.
        """
        with self.lock:
            if self._beats.run_unheard(self._now()):
                return False
            waiting = [told for key in ids if (told := self.tasks.get(key)) and _waits(told)]
            for told in waiting:
                told.reason = MESSAGE_GONE
                self._places.move(told, UNACCOUNTED)
        self._tell({told.id for told in waiting})
        return len(waiting) == len(ids)

    def interrupted(self, reason: str) -> None:
        """From now on nothing can be heard."""
        with self.lock:
            if self.gaps and self.gaps[-1].end is None:
                return
            self.gaps.append(Gap(self._now(), None, reason))
            del self.gaps[:-MOST_GAPS]
        self._tell(())

    def resumed(self, empty: bool) -> bool:
        """It can be heard again; ``empty`` if Redis has lost what it held.

        Returns whether it could not be heard before.
        """
        with self.lock:
            over = bool(self.gaps) and self.gaps[-1].end is None
            if over:
                self.gaps[-1].end = self._now()
            touched = self._places.empty(self._now()) if empty else set()
        self._tell(touched)
        if over:
            self._disturbed()
        return over

    def look(self) -> None:
        """Notice what nobody tells: that a worker is silent."""
        with self.lock:
            touched = self._doubt()
        if touched:
            self._tell(touched)
            self._disturbed()

    # What is read.

    @property
    def tasks(self) -> Mapping[str, Told]:
        """The tasks that are remembered, in the order in which they were first heard of."""
        return self._places.tasks

    @property
    def counts(self) -> Counter[str]:
        """How many tasks are in which place."""
        return self._places.counts

    @property
    def outcomes(self) -> Counter[str]:
        """How many tasks ended in which way."""
        return self._places.outcomes

    def subscribe(self, reader: Callable[[Collection[str]], object]) -> Callable[[], None]:
        """Call ``reader`` with the ids that changed, on any thread; returns how to stop that."""
        self._readers.append(reader)

        def unsubscribe() -> None:
            if reader in self._readers:
                self._readers.remove(reader)

        return unsubscribe

    def newest(self, count: int) -> list[Told]:
        """The last tasks that were heard of for the first time, oldest first."""
        with self.lock:
            return list(islice(reversed(self._places.tasks.values()), count))[::-1]

    def unended(self) -> list[str]:
        """Ids of tasks that are not known to have ended."""
        with self.lock:
            return [told.id for told in self.tasks.values() if told.place != ENDED]

    def waiting(self) -> dict[str, object]:
        """Ids of tasks that wait in a queue that is known, each with a mark: the same, no news."""
        with self.lock:
            found = [told for told in self.tasks.values() if _waits(told) and told.queue]
            return {told.id: (told.place, len(told.tries), told.last.received) for told in found}

    def queues(self) -> list[str]:
        """Every queue that a remembered task was sent to."""
        with self.lock:
            return list(dict.fromkeys(told.queue for told in self.tasks.values() if told.queue))

    def running_in(self, worker: str) -> int:
        """How many tasks run in a worker, as far as was told."""
        with self.lock:
            return len(self._places.running.get(worker, ()))

    @property
    def total(self) -> int:
        """Every task heard of."""
        return sum(self.counts.values())

    # How.

    def _take(self, event: Mapping[str, Any]) -> str:
        kind = text_in(event, "type")
        worker = text_in(event, "hostname")
        if kind.startswith("worker-"):
            self._beats.take(worker, event, kind != "worker-offline", self._now())
            if kind == "worker-online":  # one that comes anew, or has lost its connection
                self._disturbed()
            return ""
        task_id = text_in(event, "uuid")
        if not task_id or not kind.startswith("task-"):
            return ""
        self.heard[kind] += 1
        now = self._now()
        if kind != "task-sent":
            self._beats.heard(worker, now)
        self._steps.take(kind, event, worker, now)
        return task_id

    def _doubt(self) -> set[str]:
        """Tasks that are lost, by what their workers say or do not say."""
        now = self._now()
        if self.gaps and (self.gaps[-1].end or now) > now - 2 * IDLE_FOR:
            return set()  # what was said meanwhile is still on its way
        return self._beats.doubt(now)

    def _tell(self, ids: Collection[str]) -> None:
        for reader in list(self._readers):
            reader(ids)


def _waits(told: Told) -> bool:
    return told.place in (QUEUED, FETCHED, AGAIN)
