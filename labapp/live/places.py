"""In which place each task is, and how many are in which: exact, however many are remembered."""

from __future__ import annotations

from collections import Counter, OrderedDict
from itertools import islice

from labapp.live.slots import Slots
from labapp.live.told import AGAIN, ENDED, FETCHED, LOST, QUEUED, RUNNING, UNACCOUNTED, Told, Try

MOST_TASKS = 10_000
"""Tasks that are remembered; the oldest of those that have ended go first."""
MOST_WORKERS = 500
REDIS_EMPTY = "Redis came back empty while it waited, so its message is gone."


class Places:
    """``counts`` says how many tasks are in which place, ``outcomes`` how those that ended did.

    Their sum is every task heard of, also of those that are not remembered any more.
    For one thread at a time.
    """

    def __init__(self) -> None:
        self.tasks: OrderedDict[str, Told] = OrderedDict()
        self.counts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.running: dict[str, set[str]] = {}
        self.forgotten = 0
        self._slots: dict[str, Slots] = {}
        self._emptied = 0.0

    def task(self, task_id: str) -> Told:
        """The task with this id; a new one is taken for sent and not fetched."""
        told = self.tasks.get(task_id)
        if told is None:
            told = self.tasks[task_id] = Told(task_id)
            self.counts[QUEUED] += 1
            if len(self.tasks) > MOST_TASKS:
                self._forget()
        return told

    def _forget(self) -> None:
        """Let the oldest that has ended go; it stays in the counts."""
        oldest = islice(self.tasks.values(), 200)
        gone = next((told for told in oldest if told.place == ENDED), None)
        gone = gone or next(iter(self.tasks.values()))
        self.forgotten += gone.place != ENDED
        self.leave_slot(gone)
        del self.tasks[gone.id]

    def run(self, told: Told, one: Try, child: int | None) -> None:
        """It runs in this try's worker, in the slot that is its child's or the lowest free."""
        self.leave_slot(told)
        one.slot = self._slots.setdefault(one.worker, Slots()).take(told.id, child)
        self.running.setdefault(one.worker, set()).add(told.id)
        if len(self._slots) > MOST_WORKERS:
            oldest = next(iter(self._slots))
            del self._slots[oldest]
            self.running.pop(oldest, None)
        self.move(told, RUNNING)

    def wait(self, told: Told, place: str, at: float) -> None:
        """It waits; or what waited is gone, where this is told late of a Redis that was emptied."""
        if at < self._emptied:
            self.move(told, UNACCOUNTED)
            told.reason = REDIS_EMPTY
        else:
            self.move(told, place)

    def move(self, told: Told, place: str, outcome: str = "") -> None:
        """It is there now; ``outcome`` says how it ended, where it has."""
        self.counts[told.place] -= 1
        self.counts[place] += 1
        if told.place == ENDED:
            self.outcomes[told.outcome] -= 1
        if place == ENDED:
            self.outcomes[outcome] += 1
        told.place, told.outcome = place, outcome
        if place != UNACCOUNTED:
            told.reason = ""

    def leave_slot(self, told: Told, killed: bool = False) -> None:
        """It is not known to run any more; ``killed`` if the process that ran it was ended too."""
        for one in told.tries:
            if one.worker in self._slots:
                self._slots[one.worker].leave(told.id, killed)
            if one.worker in self.running:
                self.running[one.worker].discard(told.id)

    def lose(self, worker: str, reason: str, before: float = float("inf")) -> set[str]:
        """What this worker ran, begun before then, is unaccounted for; the ids come back."""
        lost = set()
        for key in list(self.running.get(worker, ())):
            told = self.tasks[key]
            one = told.to_end(worker)
            if one.started is not None and one.started < before:
                one.outcome = LOST
                told.reason = reason.format(worker=worker)
                self.leave_slot(told)
                self.move(told, UNACCOUNTED)
                lost.add(key)
        return lost

    def empty(self, now: float) -> set[str]:
        """Redis lost what it held: what waited in it is unaccounted for; the ids come back."""
        touched = set()
        self._emptied = now
        for told in self.tasks.values():
            if told.place in (QUEUED, FETCHED, AGAIN):
                told.reason = REDIS_EMPTY
                self.move(told, UNACCOUNTED)
                touched.add(told.id)
        return touched
