"""What is known of the followed tasks: the store's last word on each, and what events add."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from labapp.live.ear import Ears
from labapp.live.events import read_events
from labapp.live.model import Model, merged
from labapp.live.source import Record
from labapp.live.state import UNKNOWN, TaskState, read_state

CAME_BACK_EMPTY = (
    "Redis was restarted and came back empty, so it no longer knows this task. "
    "Send it again; if a worker still holds it, its next report shows here."
)
RECORD_IS_GONE = "Its record is gone from the result store: it expired, or somebody deleted it."
DOUBT = 0.1
"""Seconds that a result may take to be published after its event; then the store is asked."""


class Book:
    """Records and events go in, the state of each followed task comes out.

    Only the newest record of a task is decoded, once for each call of ``store``.
    """

    def __init__(self, backend: Any) -> None:
        self.model = Model()
        self.ears = Ears()
        self._backend = backend
        self._stored: dict[str, TaskState] = {}
        self._counts: dict[str, int] = {}
        self._states: dict[str, TaskState] = {}
        self._told_of: set[str] = set()
        self._doubts: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._states

    def known(self, keys: Iterable[str]) -> dict[str, TaskState]:
        """The states of those that are known."""
        return {key: self._states[key] for key in keys if key in self._states}

    def going_on(self) -> list[str]:
        """Ids of the tasks that have not ended."""
        return [key for key, state in self._states.items() if not state.ready]

    def ready(self, key: str) -> bool:
        state = self._states.get(key)
        return state is not None and state.ready

    def keep(self, wanted: Collection[str]) -> list[str]:
        """Forget the others; their ids come back."""
        left = [key for key in self._states if key not in wanted]
        for key in left:
            del self._stored[key], self._counts[key], self._states[key]
        self._told_of.difference_update(left)
        self._doubts.difference_update(left)
        self.model.leave(left)
        return left

    def clear(self) -> None:
        self.keep(())
        self.model.clear()

    def follow(self, keys: Collection[str]) -> None:
        self.model.follow(keys)

    def store(self, records: Mapping[str, Record]) -> dict[str, TaskState]:
        """Take in what the store holds of these tasks; their states come back."""
        for key, record in records.items():
            state = read_state(key, record, self._backend)
            if record is not None and state.state != "PENDING":
                self._told_of.add(key)
            self._put(state)
        return {key: self._merge(key) for key in records}

    def settle(self, records: Mapping[str, Record]) -> dict[str, TaskState]:
        """Where the store, asked in doubt, has a result, that counts; else the event does."""
        for key, record in records.items():
            state = read_state(key, record, self._backend)
            if state.ready:
                self._put(state)
        return {key: self._merge(key) for key in records if key in self._stored}

    def put(self, states: Iterable[TaskState]) -> dict[str, TaskState]:
        """Take in states that were made elsewhere: counters of chords, reasons for a loss."""
        found = list(states)
        for state in found:
            self._put(state)
        return {state.id: self._merge(state.id) for state in found}

    def hear(self, messages: Iterable[bytes]) -> dict[str, TaskState]:
        """Take in messages of events; the states of the tasks that they tell of come back."""
        events = [event for data in messages for event in read_events(data)]
        self.ears.hear(events)
        touched = {self.model.take(event) for event in events}
        return self._touched(touched - {None})

    def doubtful(self) -> list[str]:
        """Tasks that have ended by an event and not in the store: it has to be asked once."""
        now = time.monotonic()
        self._doubts = {key for key in self._doubts if not self.ready(key)}
        tasks = self.model.tasks
        due = [key for key in self._doubts if key in tasks and now - tasks[key].since > DOUBT]
        for key in due:
            tasks[key].confirmed = True
        self._doubts.difference_update(due)
        return due

    @property
    def doubting(self) -> bool:
        return bool(self._doubts)

    def miss(self, keys: Iterable[str], lost: bool) -> None:
        """These have no record after an outage; one that has had none before just waits."""
        reason = CAME_BACK_EMPTY if lost else RECORD_IS_GONE
        for key in keys:
            before = self._stored[key]
            if lost or (key in self._told_of and before.state != UNKNOWN):
                self.put([TaskState(key, UNKNOWN, message=reason, name=before.name)])

    def _touched(self, keys: Iterable[str | None]) -> dict[str, TaskState]:
        found = {}
        for key in keys:
            if key is None or key not in self._stored or self.ready(key):
                continue
            heard = self.model.tasks[key]
            if heard.final and not heard.confirmed:
                self._doubts.add(key)
            found[key] = self._merge(key)
        return found

    def _put(self, state: TaskState) -> None:
        self._stored[state.id] = state
        self._counts[state.id] = self.model.next_count()

    def _merge(self, key: str) -> TaskState:
        heard = self.model.tasks.get(key)
        later = heard is not None and heard.count > self._counts[key]
        state = self._states[key] = merged(self._stored[key], heard, later)
        return state
