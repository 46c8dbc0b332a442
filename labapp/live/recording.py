"""A history that is kept up to date by the feed, for as long as somebody wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labapp.live.broker import event_channel
from labapp.live.following import Following, Link
from labapp.live.history import History
from labapp.live.registry import feed_for
from labapp.live.state import UNKNOWN

if TYPE_CHECKING:
    from celery import Celery

MOST_DOUBTED = 5_000
"""Tasks whose results are asked for after an outage, the newest."""

ASK_AGAIN = (1.5, 5.0)
"""Seconds after the beginning, and after an outage, at which results are asked for."""


class Recording:
    """Hears all events of one app; after an outage it asks the result store for what it missed.

    ``ask`` has workers that the lab did not start asked for events, which is not taken back.
    """

    def __init__(self, app: Celery, ask: bool = False) -> None:
        self.history = History()
        self.app = app
        self._channel = event_channel(app, ask)
        self._feed = feed_for(app)
        self._lock = threading.Lock()
        self._results: list[Following] = []
        self._broken = False
        # Workers notice within a second that somebody looks: what they did before was not told.
        self._ask_again = [time.monotonic() + pause for pause in ASK_AGAIN]
        self._deaf = self._feed.listen(self)
        #: A client that tells what it sends is believed where the event of it is lost.
        self._sent: list[Any] = getattr(app, "tell_of_sent", [])
        self._sent.append(self.history.expect)
        self._following = self._feed.follow([], events=self._channel)

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

    def close(self) -> None:
        """Hear no more; the history stays as it is."""
        self._deaf()
        if self.history.expect in self._sent:
            self._sent.remove(self.history.expect)
        with self._lock:
            following, self._results = [self._following, *self._results], []
        for one in following:
            one.close()

    # The feed's ear.

    def heard(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.history.take(events)
        if self._ask_again and time.monotonic() > self._ask_again[0]:
            del self._ask_again[0]
            self.follow_results(self.history.unended())

    def connected(self, empty: bool) -> None:
        self.history.resumed(empty)
        if self._broken:
            self._broken = False
            # Workers find their way back later or sooner than we do: what they said before is lost.
            self._ask_again = [time.monotonic() + pause for pause in ASK_AGAIN]
            self.follow_results(self.history.unended())

    def disconnected(self, reason: str) -> None:
        self._broken = True
        self.history.interrupted(reason)

    def _found(self, following: Following) -> None:
        states = following.changes()
        for state in states.values():
            if state.state != UNKNOWN and (state.ready or not self.listens):
                self.history.take_state(state)  # what goes on is told by events, if they are heard
        if all(state.ready for state in following.snapshot().values()):
            following.close()
