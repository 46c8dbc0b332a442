"""What events tell of tasks and workers, bounded however much is told."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from celery import states

from labapp.live.events import count_in, due_in, number_in, text_in
from labapp.live.state import UNKNOWN, TaskState

MOST_OTHERS = 5_000
"""Tasks that nobody follows yet: who follows one a moment later knows at once what was told."""
MOST_WORKERS = 500
MISSED_BEATS = 3
"""A worker that misses so many heartbeats is taken for gone."""

_STATES = {
    "task-sent": "",
    "task-received": states.RECEIVED,
    "task-started": states.STARTED,
    "task-retried": states.RETRY,
    "task-succeeded": states.SUCCESS,
    "task-failed": states.FAILURE,
    "task-revoked": states.REVOKED,
}
_WORDS = {states.RETRY: "exception", states.FAILURE: "exception", states.SUCCESS: "result"}


@dataclass(slots=True)
class Heard:
    """What events have told of one task; ``count`` says which news came later than which."""

    state: str = ""
    name: str = ""
    worker: str = ""
    retries: int = 0
    due: float | None = None
    text: str = ""
    count: int = 0
    since: float = field(default_factory=time.monotonic)
    confirmed: bool = False

    @property
    def final(self) -> bool:
        return self.state in states.READY_STATES


@dataclass(slots=True)
class WorkerState:
    """A worker by its own words: running and finished tasks, and when it was last heard.

    ``pid`` and ``starts`` (how often it was heard to come online) tell one life from the next.
    """

    name: str
    pid: int = 0
    starts: int = 0
    active: int = 0
    processed: int = 0
    every: float = 2.0
    heard: float = 0.0
    online: bool = True

    def alive(self, now: float) -> bool:
        return self.online and now - self.heard < MISSED_BEATS * self.every


class Model:
    """Takes events; keeps what they say of followed tasks, of the newest others, of workers."""

    def __init__(self) -> None:
        self.tasks: dict[str, Heard] = {}
        self.workers: dict[str, WorkerState] = {}
        self._others: OrderedDict[str, Heard] = OrderedDict()
        self._count = 0

    def next_count(self) -> int:
        """A number that is higher than any before."""
        self._count += 1
        return self._count

    def follow(self, keys: Collection[str]) -> None:
        """From now on these tasks are kept for as long as they are followed."""
        for key in keys:
            if key not in self.tasks:
                self.tasks[key] = self._others.pop(key, Heard())

    def leave(self, keys: Collection[str]) -> None:
        for key in keys:
            self.tasks.pop(key, None)

    def clear(self) -> None:
        self.tasks.clear()
        self.workers.clear()
        self._others.clear()

    def take(self, event: Mapping[str, Any]) -> str | None:
        """Take in one event; the id of the followed task that it tells of comes back."""
        kind = text_in(event, "type")
        if kind.startswith("worker-"):
            self._take_worker(kind, event)
        elif kind in _STATES:
            return self._take_task(_STATES[kind], event)
        return None

    @property
    def lives(self) -> set[tuple[str, int, int]]:
        """Each worker that was heard, one that was started anew as another."""
        return {(worker.name, worker.pid, worker.starts) for worker in self.workers.values()}

    def anybody(self) -> bool:
        """Whether a worker has been heard of lately."""
        now = time.monotonic()
        return any(worker.alive(now) for worker in self.workers.values())

    def _take_task(self, state: str, event: Mapping[str, Any]) -> str | None:
        key = text_in(event, "uuid")
        if not key:
            return None
        followed = key in self.tasks
        heard = self.tasks[key] if followed else self._other(key)
        heard.count = self.next_count()
        heard.name = text_in(event, "name") or heard.name
        if not state:
            return key if followed else None
        heard.state, heard.since = state, time.monotonic()
        heard.worker = text_in(event, "hostname")
        heard.text = text_in(event, _WORDS.get(state, ""))
        self._note_worker(heard.worker, event)
        if state == states.RECEIVED:
            heard.due, heard.retries = due_in(event), count_in(event, "retries")
        elif state != states.RETRY:  # that is told when the next try is received already
            heard.due = None
        return key if followed else None

    def _other(self, key: str) -> Heard:
        heard = self._others.pop(key, Heard())
        self._others[key] = heard
        if len(self._others) > MOST_OTHERS:
            self._others.popitem(last=False)
        return heard

    def _take_worker(self, kind: str, event: Mapping[str, Any]) -> None:
        name = text_in(event, "hostname")
        if not name:
            return
        worker = self._note_worker(name, event)
        worker.starts += kind == "worker-online"
        worker.active = count_in(event, "active")
        worker.processed = count_in(event, "processed")
        worker.every = max(0.1, number_in(event, "freq") or 2.0)
        worker.online = kind != "worker-offline"

    def _note_worker(self, name: str, event: Mapping[str, Any]) -> WorkerState:
        worker = self.workers.get(name)
        if worker is None:
            if len(self.workers) >= MOST_WORKERS:
                del self.workers[min(self.workers.values(), key=lambda one: one.heard).name]
            worker = self.workers[name] = WorkerState(name)
        worker.pid = count_in(event, "pid") or worker.pid
        worker.heard, worker.online = time.monotonic(), True
        return worker


def merged(stored: TaskState, heard: Heard | None, later: bool) -> TaskState:
    """What the store says, and what only events can add; ``later`` if the event came after it.

    The store is right about results. Events know more of a task that the store has nothing of
    yet, and of one that is tried again.
    """
    if heard is None or not heard.count:
        return stored
    if stored.ready:
        # No name: a picture that is stored must not hang on who heard what when.
        return replace(stored, worker=heard.worker, retries=heard.retries)
    shown = heard.state
    if heard.final and not heard.confirmed:
        # The result may be on its way, or the store may have to be asked: not over yet.
        shown = states.RECEIVED if shown == states.REVOKED else states.STARTED
    again = stored.state == states.RETRY and shown == states.STARTED and heard.retries > 0
    over = heard.final and heard.confirmed
    known: dict[str, Any] = {}
    if stored.state == states.PENDING or (later and (stored.state == UNKNOWN or again or over)):
        known = {"state": shown or stored.state, "message": "", "length": 0}
        known["text"] = heard.text if over or shown == states.RETRY else ""
    return replace(
        stored,
        name=stored.name or heard.name,
        worker=heard.worker,
        retries=heard.retries,
        due=heard.due,
        **known,
    )
