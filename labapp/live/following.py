"""One reader's view of some tasks: what they are now, and what changed since it last asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from labapp.live.asking import Events
from labapp.live.broker import EventChannel
from labapp.live.queues import QueueDepth
from labapp.live.state import TaskState

if TYPE_CHECKING:
    from labapp.live.feed import Feed


@dataclass(frozen=True, slots=True)
class Link:
    """How the states arrive; ``reason`` is a sentence when they do not.

    ``events`` says whether Celery's events are heard beside the results.
    """

    state: Literal["connecting", "live", "polling", "unreachable"] = "connecting"
    reason: str = ""
    events: Events = "off"


class Following:
    """Follows tasks by id until ``close``. Safe on any thread.

    ``callback(following)`` runs on the feed's thread after changes, at most once each 50 ms; it
    must be quick. A reader that is slow loses nothing but the states in between: ``changes``
    keeps the newest of each task only, so it never grows beyond the tasks followed.
    """

    def __init__(
        self,
        feed: Feed,
        ids: Iterable[str],
        callback: Callable[[Following], object] | None,
        *,
        events: EventChannel | None = None,
        chords: Mapping[str, int] | None = None,
    ) -> None:
        self._feed = feed
        self.events = events
        self.chords = dict(chords or {})
        self._callback = callback
        self._lock = threading.Lock()
        self._states = {task_id: TaskState(task_id) for task_id in ids}
        self._unread = set(self._states)
        self._changes: dict[str, TaskState] = {}
        self._known = threading.Event()
        if not self._states:
            self._known.set()
        self.link = Link()
        self.queues: tuple[str, ...] = ()
        self.depths: dict[str, QueueDepth] = {}

    def look_at_queues(self, names: Iterable[str]) -> None:
        """Keep ``depths`` of these queues up to date, and of no others; none cost nothing.

        They are read four times a second. It needs ``events``, which name the broker.
        """
        before, self.queues = self.queues, tuple(names)
        if self.queues != before:
            self.depths = {}
            self._feed._wake()

    @property
    def address(self) -> str:
        """Where the result store is, without a password."""
        return self._feed.address

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._states)

    def snapshot(self) -> dict[str, TaskState]:
        """Every task's newest state, in the order asked for."""
        with self._lock:
            return dict(self._states)

    def changes(self) -> dict[str, TaskState]:
        """The newest state of each task that changed since the last call."""
        with self._lock:
            taken, self._changes = self._changes, {}
            return taken

    def wait_known(self, timeout: float) -> bool:
        """Wait until each task has been read once; False if the store did not answer in time."""
        return self._known.wait(timeout)

    def close(self) -> None:
        """Follow no longer. Harmless when repeated."""
        self._feed._leave(self)

    def _tell_depths(self, depths: dict[str, QueueDepth]) -> None:
        """Called by the feed's thread only."""
        if depths != self.depths:
            self.depths = depths
            if self._callback is not None:
                self._callback(self)

    def _update(self, states: Mapping[str, TaskState], link: Link) -> None:
        """Called by the feed's thread only, with the states of other readers' tasks among them."""
        with self._lock:
            mine = {key: new for key, new in states.items() if key in self._states}
            changed = {key: new for key, new in mine.items() if self._states[key] != new}
            moved = bool(changed) or link != self.link
            self._states.update(changed)
            self._changes.update(changed)
            self.link = link
            self._unread.difference_update(mine)
            first = not self._unread and not self._known.is_set()
        if first:
            self._known.set()
        if (moved or first) and self._callback is not None:
            self._callback(self)


def checked_ids(ids: Iterable[str]) -> dict[str, None]:
    """The ids, each once. One that no store can look up would end the news of all the others."""
    checked = dict.fromkeys(ids)
    for task_id in checked:
        if not isinstance(task_id, str):
            raise TypeError(f"a task's id is text, not {type(task_id).__name__}")
        try:
            usable = bool(task_id.encode())
        except UnicodeEncodeError:
            usable = False
        if not usable:
            raise ValueError(f"{task_id[:100]!r} is no task's id")
    return checked
