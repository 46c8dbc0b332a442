"""A history that is kept up to date by the feed, for as long as somebody wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from celery.states import READY_STATES

from labapp.live.afterwards import Afterwards
from labapp.live.broker import event_channel
from labapp.live.following import Following, Link
from labapp.live.held import held_ids
from labapp.live.history import History
from labapp.live.registry import feed_for
from labapp.live.state import UNKNOWN, TaskState
from labapp.live.told import ENDED

if TYPE_CHECKING:
    from celery import Celery

MOST_DOUBTED = 5_000
"""Tasks whose results are asked for after an outage, the newest."""

ASK_AGAIN = (1.5, 5.0)
"""Seconds after the beginning, and after a disturbance, at which it is asked what became of tasks.
Workers notice within a second that somebody looks, and find their way back later or sooner than we
do: what they said before is lost."""


class Recording:
    """Hears all events of one app. After an outage, or when a worker was lost or came anew, it asks
    the result store for what it missed, and the broker whether it still holds what waits.

    ``ask`` has workers that the lab did not start asked for events, which is not taken back.
    """

    def __init__(self, app: Celery, ask: bool = False) -> None:
        self._afterwards = Afterwards(self._ask, ASK_AGAIN)
        self.history = History(disturbed=self._afterwards.disturbed)
        self.app = app
        self._channel = event_channel(app, ask)
        self._feed = feed_for(app)
        self._lock = threading.Lock()
        self._results: list[Following] = []
        self._missing: dict[str, object] = {}
        self._deaf = self._feed.listen(self)
        #: A client that tells what it does is believed where no event says so.
        self._told: list[tuple[list[Any], Any]] = [
            (getattr(app, "tell_of_sent", []), self.history.expect),
            (getattr(app, "tell_of_taken_back", []), self.history.taken_back),
            (getattr(app, "tell_of_end", []), self._ended),
        ]
        for tell, listener in self._told:
            tell.append(listener)
        self._following = self._feed.follow([], events=self._channel)
        self._afterwards.disturbed()

    @property
    def link(self) -> Link:
        """How it hears, and whether a worker is heard."""
        return self._following.link

    @property
    def address(self) -> str:
        """Where the result store is, without a password."""
        return self._feed.address

    @property
    def listens(self) -> bool:
        """Whether events can be heard at all; else results are all there is."""
        return self._channel is not None

    def follow_results(self, ids: Collection[str]) -> None:
        """Take these results in too: where events are missing they are all there is."""
        wanted = list(ids)[-MOST_DOUBTED:]
        if not wanted:
            return
        following = self._feed.follow(wanted, self._found)
        with self._lock:
            self._results.append(following)
            old = self._results[:-4]
            self._results = self._results[-4:]
        for one in old:
            one.close()

    def ask_again(self) -> None:
        """Ask what became of tasks, when what is said just now has arrived."""
        self._afterwards.disturbed()

    def catch_up(self, timeout: float = 0.5) -> None:
        """Wait until what has ended is known to have: a result is stored before it is told of.

        What is not told in time is taken from the results. ``timeout`` is in seconds.
        """
        until = time.monotonic() + timeout
        ended = {key: state for key, state in self._states(until) if state in READY_STATES}
        while time.monotonic() < until and any(map(self._untold, ended)):
            time.sleep(0.01)
        for key in filter(self._untold, ended):
            self._ended(key, ended[key])

    def _states(self, until: float) -> Iterator[tuple[str, str]]:
        """Of each task that has not ended, as far as was told, what the store says now."""
        for key in self.history.unended()[-MOST_DOUBTED:]:
            if time.monotonic() < until:
                yield key, self.app.backend.get_state(key)

    def _ended(self, task_id: str, state: str) -> None:
        self.history.take_state(TaskState(task_id, state))

    def _untold(self, task_id: str) -> bool:
        told = self.history.tasks.get(task_id)
        return told is not None and told.place != ENDED

    def close(self) -> None:
        """Hear no more; the history stays as it is."""
        self._deaf()
        self._afterwards.close()
        for tell, listener in self._told:
            if listener in tell:
                tell.remove(listener)
        with self._lock:
            following, self._results = [self._following, *self._results], []
        for one in following:
            one.close()

    # The feed's ear.

    def heard(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.history.take(events)

    def connected(self, empty: bool) -> None:
        if self.history.resumed(empty):
            self.follow_results(self.history.unended())

    def disconnected(self, reason: str) -> None:
        self.history.interrupted(reason)

    # After a disturbance.

    def _ask(self) -> bool:
        """Ask what became of what has not ended; whether it has to be asked once more."""
        self.follow_results(self.history.unended())
        if self._channel is None:
            return False
        waiting = self.history.waiting()
        held = held_ids(self._channel, self.history.queues()) if waiting else set()
        if held is None:
            return False
        before = self._missing
        self._missing = {key: mark for key, mark in waiting.items() if key not in held}
        gone = {key for key, mark in self._missing.items() if before.get(key) == mark}
        return bool(self._missing) and not self.history.lose_messages(gone)

    def _found(self, following: Following) -> None:
        states = following.changes()
        for state in states.values():
            if state.state != UNKNOWN and (state.ready or not self.listens):
                self.history.take_state(state)  # what goes on is told by events, if they are heard
        if all(state.ready for state in following.snapshot().values()):
            following.close()
