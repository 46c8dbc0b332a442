"""What is known of watched tasks, counted as it changes: drawing 10,000 costs what 20 cost."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from labapp.live import TaskState
from labapp.live.state import ENDED, UNKNOWN
from labapp.live.words import NOT_ENDED
from labapp.show.pace import Pace
from labapp.show.words import word_for

NOT_BEGUN = frozenset({"PENDING", "RECEIVED", "RETRY", UNKNOWN, NOT_ENDED})
"""States of a task that no worker is known to run."""
CANDIDATES = 200


class Tally:
    """The newest state of each thing watched, with the counts over all of them.

    ``sizes`` names the chords among them, with how many tasks each stands for. ``began`` is in
    Unix seconds, ``took`` in seconds. For one thread at a time.
    """

    def __init__(
        self,
        states: Iterable[TaskState],
        labels: Iterable[str],
        *,
        sizes: Mapping[str, int] | None = None,
        began: Mapping[str, float] | None = None,
        took: Mapping[str, float] | None = None,
    ) -> None:
        self.states: dict[str, TaskState] = {}
        self.labels: dict[str, str] = {}
        self.places: dict[str, int] = {}
        self.counts: Counter[str] = Counter()
        self.began = dict(began or {})
        self.took = dict(took or {})
        self.done = 0
        self.sizes = dict(sizes or {})
        self._percent = 0.0
        self._open: dict[str, None] = {}
        self._ranks: dict[int, dict[str, None]] = {}
        self._paces: dict[str, Pace] = {}
        for state, label in zip(states, labels, strict=True):
            self.labels[state.id] = label
            self.places[state.id] = len(self.places)
            self._add(state)
        self.total = sum(self.sizes.get(key, 1) for key in self.states)

    @property
    def percent(self) -> float:
        """0 to 100 over all tasks; a running one counts as far as it says it is."""
        return self._percent / self.total if self.total else 100.0

    @property
    def over(self) -> bool:
        return not self._open

    @property
    def lost(self) -> bool:
        """Whether all that has not ended is unknown to its store."""
        return bool(self._open) and all(self.states[key].state == UNKNOWN for key in self._open)

    @property
    def running(self) -> int:
        """How many tasks are known to run."""
        return sum(
            count for state, count in self.counts.items() if self._runs(state, count)
        )  # parts of a chord are counted, and nobody says which of them run

    @property
    def waiting(self) -> int:
        """How many tasks have not ended and are not known to run."""
        return self.total - self.done - self.running

    def put(self, state: TaskState, now: float) -> None:
        """Take in the newest state of one of them."""
        before = self.states[state.id]
        self._ranks[word_for(before.state).rank].pop(state.id, None)
        self._count(before, -1)
        self._time(state, now)
        self._add(state)

    def unended(self) -> list[str]:
        """Keys of those that have not ended, in the order watched."""
        return sorted(self._open, key=self.places.__getitem__)

    def urgent(self, most: int) -> list[str]:
        """Keys of the few to look at: the longest running, then trouble, then who waits."""
        chosen: list[str] = []
        for rank in sorted(self._ranks):
            # Each group is in the order in which its members came into it: the oldest are first.
            oldest = islice(self._ranks[rank], CANDIDATES)
            chosen += heapq.nsmallest(most - len(chosen), oldest, key=self._age)
        return chosen

    def end_of(self, key: str) -> float | None:
        """When a task will end if it goes on as it went so far, in Unix seconds."""
        pace = self._paces.get(key)
        return pace.end if pace else None

    def note_pace(self, now: float) -> None:
        """Take in how far all of them are together, under the key of the whole: "".

        The wait for the first of them tells nothing of how fast they go.
        """
        if self.percent:
            self._note_pace("", self.percent, now)

    def _runs(self, state: str, count: int) -> bool:
        return count > 0 and state not in NOT_BEGUN and not TaskState("", state).ready

    def _age(self, key: str) -> tuple[float, int]:
        return self.began.get(key, float("inf")), self.places[key]

    def _add(self, state: TaskState) -> None:
        key = state.id
        self.states[key] = state
        self._ranks.setdefault(word_for(state.state).rank, {})[key] = None
        if state.ready:
            self._open.pop(key, None)
        else:
            self._open[key] = None
        self._count(state, 1)

    def _count(self, state: TaskState, sign: int) -> None:
        size = self.sizes.get(state.id)
        self._percent += sign * percent_of(state) * (size or 1)
        self.done += sign * (size or 1) * state.ready
        if size is None or state.ready or state.state == UNKNOWN:
            self.counts[state.state] += sign * (size or 1)
            return
        ended = min(size, int(state.current or 0))
        self.done += sign * ended
        self.counts[ENDED] += sign * ended
        self.counts[NOT_ENDED] += sign * (size - ended)

    def _time(self, state: TaskState, now: float) -> None:
        key = state.id
        if state.ready:
            self._paces.pop(key, None)
            if key in self.began:
                self.took.setdefault(key, now - self.began[key])
        elif state.state not in NOT_BEGUN:
            self.began.setdefault(key, now)
            if state.percent is not None:
                self._note_pace(key, state.percent, now)
        elif state.state == "RETRY":
            self._paces.pop(key, None)

    def _note_pace(self, key: str, percent: float, now: float) -> None:
        pace = self._paces.get(key)
        if pace is None:
            self._paces[key] = Pace.at(percent, now)
        else:
            pace.note(percent, now)


def percent_of(state: TaskState) -> float:
    """0 to 100; a task that has ended is over, however it ended."""
    return 100.0 if state.ready else state.percent or 0.0
