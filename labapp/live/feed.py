"""The push feed: one thread and one connection for all tasks that one kernel follows."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from celery.backends.base import DisabledBackend
from celery.backends.redis import RedisBackend

from labapp.live.following import Following, Link, checked_ids
from labapp.live.polling import PollingSource
from labapp.live.redis_pubsub import RedisSource
from labapp.live.source import Record, Source, SourceError
from labapp.live.state import UNKNOWN, TaskState, read_state

if TYPE_CHECKING:
    from celery import Celery

PERIOD = 0.05
LINGER = 2.0
PATIENCE = 0.1, 0.5
CAME_BACK_EMPTY = (
    "Redis was restarted and came back empty, so it no longer knows this task. "
    "Send it again; if a worker still holds it, its next report shows here."
)
RECORD_IS_GONE = "Its record is gone from the result store: it expired, or somebody deleted it."
log = logging.getLogger(__name__)


class Feed:
    """Tells every ``Following`` what its tasks do, from their app's own result backend.

    Only the newest record of a task is kept, and it is decoded once each 50 ms at most. The
    thread starts with the first task followed and ends when nobody follows one any more.
    """

    def __init__(self, backend: Any) -> None:
        if isinstance(backend, DisabledBackend):
            raise ValueError(
                "This Celery app has no result backend, so nobody can tell what its tasks do. "
                "Set result_backend, for example to redis://localhost:6379/0."
            )
        self._backend = backend
        self._source: Source = (
            RedisSource(backend) if isinstance(backend, RedisBackend) else PollingSource(backend)
        )
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._link = Link()
        self._followings: set[Following] = set()
        self._states: dict[str, TaskState] = {}
        self._heard_of: set[str] = set()

    @property
    def link(self) -> Link:
        return self._link

    @property
    def address(self) -> str:
        """Where the result store is (``127.0.0.1:6379``), without a password."""
        return self._source.address

    def follow(
        self, ids: Iterable[str], callback: Callable[[Following], object] | None = None
    ) -> Following:
        """Follow these tasks; returns at once, what is known already arrives by the callback.

        Raises TypeError or ValueError for what can be no task's id.
        """
        if os.getpid() != self._pid:
            raise RuntimeError("This feed belongs to the process before the fork: use feed_for.")
        following = Following(self, checked_ids(ids), callback)
        with self._lock:
            self._followings.add(following)
            if self._thread is None:
                self._link = Link()
                self._thread = threading.Thread(target=self._run, name="labapp-feed", daemon=True)
                self._thread.start()
        self._wake()
        return following

    def _leave(self, following: Following) -> None:
        with self._lock:
            self._followings.discard(following)
        self._wake()

    def _wake(self) -> None:
        self._woken.set()
        self._source.wake()

    def _run(self) -> None:
        pause, longest = PATIENCE
        lost = False
        while self._anybody():
            try:
                lost = self._source.open() or lost
                self._catch_up(lost)
                pause, lost = PATIENCE[0], False
                self._listen()
            except SourceError as error:
                self._tell({}, Link("unreachable", str(error)))
                time.sleep(pause)
                pause = min(longest, pause * 2)
            except Exception:
                # Nothing that a store sends may end the feed; it begins again, and says so.
                log.debug("the feed begins again", exc_info=True)
                self._tell({}, Link("unreachable", "The feed stumbled and begins again."))
                time.sleep(longest)
            finally:
                self._source.close()

    def _anybody(self) -> bool:
        """Whether to go on; else the thread signs off, under the lock that starts another."""
        with self._lock:
            if self._followings:
                return True
            self._thread = None
            self._states.clear()
            self._heard_of.clear()
            return False

    def _catch_up(self, lost: bool) -> None:
        """After each connection: listen first, then read once, so that nothing falls between."""
        with self._lock:
            wanted = self._wanted()
            self._states = {key: self._states[key] for key in wanted if key in self._states}
            before = dict(self._states)
        going_on = [key for key, state in before.items() if not state.ready]
        self._source.add(going_on)
        states = {}
        for key, record in self._read(going_on):
            states[key] = self._decode(key, record)
            if record is None:
                states[key] = self._without_record(before[key], lost)
        self._tell(before | states, Link(self._source.kind))
        self._woken.set()  # those who came while there was no connection are welcomed next

    def _without_record(self, before: TaskState, lost: bool) -> TaskState:
        if lost:
            reason = CAME_BACK_EMPTY
        elif before.id in self._heard_of and before.state != UNKNOWN:
            reason = RECORD_IS_GONE
        else:
            return before
        return TaskState(before.id, UNKNOWN, message=reason, name=before.name)

    def _listen(self) -> None:
        pending: dict[str, Record] = {}
        due = quiet_since = time.monotonic()
        while True:
            self._welcome(pending)
            now = time.monotonic()
            if pending and now >= due:
                self._deliver(pending)
                pending, due = {}, now + PERIOD
            if self._followings:
                quiet_since = now
            elif now - quiet_since > LINGER:
                return
            timeout = due - now if pending else LINGER / 4
            pending.update(self._source.wait(timeout))

    def _welcome(self, pending: dict[str, Record]) -> None:
        """Take in tasks that are new, and let go of those that nobody follows any more."""
        if not self._woken.is_set():
            return
        self._woken.clear()
        with self._lock:
            wanted = self._wanted()
            left = self._states.keys() - wanted
            for key in left:
                del self._states[key]
                pending.pop(key, None)
            self._heard_of -= left
            known = {key: self._states[key] for key in wanted if key in self._states}
        self._source.remove(left)
        new = [key for key in wanted if key not in known]
        self._source.add(new)
        states = {key: self._decode(key, record) for key, record in self._read(new)}
        self._tell(known | states, self._link)

    def _read(self, ids: Collection[str]) -> Iterable[tuple[str, Record]]:
        return self._source.read(ids).items() if ids else ()

    def _deliver(self, records: Mapping[str, Record]) -> None:
        states = {}
        for key, record in records.items():
            known = self._states.get(key)
            # SUCCESS is final in the store too; a message that arrives late changes nothing.
            if known is not None and not known.ready:
                states[key] = self._decode(key, record)
        self._tell(states, self._link)

    def _decode(self, key: str, record: Record) -> TaskState:
        state = read_state(key, record, self._backend)
        if record is not None and state.state != "PENDING":
            self._heard_of.add(key)
        return state

    def _tell(self, states: Mapping[str, TaskState], link: Link) -> None:
        self._link = link
        with self._lock:
            self._states.update(states)
            followings = list(self._followings)
        for following in followings:
            try:
                following._update(states, link)
            except Exception:
                log.debug("a reader of the feed failed", exc_info=True)
        ended = [key for key, state in states.items() if state.ready]
        if ended and link.state != "unreachable":
            self._source.remove(ended)

    def _wanted(self) -> dict[str, None]:
        return {key: None for following in self._followings for key in following.ids}


# Weak: a feed lives while somebody follows, so labs that come and go leave nothing open.
_feeds: WeakValueDictionary[tuple[object, ...], Feed] = WeakValueDictionary()
_feeds_lock = threading.Lock()


def feed_for(app: Celery, backend: Any = None) -> Feed:
    """The feed of this app's result store: one for each kernel and store, made when first asked.

    ``backend`` is the store of an AsyncResult that does not use its app's own.
    """
    backend = app.backend if backend is None else backend
    key = (
        os.getpid(),
        type(backend),
        backend.as_uri(include_password=True),
        getattr(backend, "task_keyprefix", None),
        getattr(backend, "serializer", None),
        frozenset(getattr(backend, "accept", None) or ()),
    )
    with _feeds_lock:
        feed = _feeds.get(key)
        if feed is None:
            feed = _feeds[key] = Feed(backend)
        return feed
