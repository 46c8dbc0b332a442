"""The push feed: one thread and one connection for all tasks that one kernel follows."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from labapp.live.asking import Asking
from labapp.live.book import Book
from labapp.live.broker import EventChannel
from labapp.live.counting import Counting
from labapp.live.ear import Ear
from labapp.live.event_stream import EventStream
from labapp.live.following import Following, Link, checked_ids
from labapp.live.source import News, Source, SourceError
from labapp.live.state import TaskState

PERIOD = 0.05
LINGER = 2.0
PATIENCE = 0.1, 0.5
log = logging.getLogger(__name__)


class Feed:
    """Tells every ``Following`` what its tasks do: their app's results, and events if wanted.

    Only the newest record of a task is kept, and it is decoded once each 50 ms at most. The
    thread starts with the first task followed and ends when nobody follows one any more.
    """

    def __init__(self, backend: Any, source: Source) -> None:
        self._source = source
        self._book = Book(backend)
        self._asking = Asking(self._book.model)
        self._stream = EventStream()
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._link = Link()
        self._followings: set[Following] = set()
        self._counting = Counting(self._source, self._book)

    @property
    def link(self) -> Link:
        return self._link

    @property
    def address(self) -> str:
        """Where the result store is, without a password."""
        return self._source.address

    @property
    def counts_chords(self) -> bool:
        """Whether chords can be followed by their counters; else follow each of their parts."""
        return self._source.counts_chords

    def follow(
        self,
        ids: Iterable[str],
        callback: Callable[[Following], object] | None = None,
        *,
        events: EventChannel | None = None,
        chords: Mapping[str, int] | None = None,
    ) -> Following:
        """Follow these tasks; returns at once, what is known already arrives by the callback.

        ``events`` (of ``event_channel``) asks workers for events too, for as long as it is
        followed. ``chords`` are ids of chord headers with their sizes: each is followed as one
        thing, from the chord's own counters.

        Raises TypeError or ValueError for what can be no task's id.
        """
        if os.getpid() != self._pid:
            raise RuntimeError("This feed belongs to the process before the fork: use feed_for.")
        sizes = dict(chords or {})
        checked = checked_ids([*ids, *sizes])
        following = Following(self, checked, callback, events=events, chords=sizes)
        with self._lock:
            self._followings.add(following)
            if self._thread is None:
                self._link = Link()
                self._thread = threading.Thread(target=self._run, name="labapp-feed", daemon=True)
                self._thread.start()
        self._wake()
        return following

    def listen(self, ear: Ear) -> Callable[[], None]:
        """Have an ear hear all events while anybody follows with events; returns how to stop."""
        return self._book.ears.add(ear)

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
                self._book.ears.tell(lost)
                pause, lost = PATIENCE[0], False
                self._listen()
            except SourceError as error:
                self._tell({}, Link("unreachable", str(error)))
                self._book.ears.tell(reason=str(error))
                time.sleep(pause)
                pause = min(longest, pause * 2)
            except Exception:
                # Nothing that a store sends may end the feed; it begins again, and says so.
                log.debug("the feed begins again", exc_info=True)
                self._tell({}, Link("unreachable", "The feed stumbled and begins again."))
                self._book.ears.tell(reason="The feed stumbled and begins again.")
                time.sleep(longest)
            finally:
                self._source.close()
                self._stream.close()
                self._counting.rest()

    def _anybody(self) -> bool:
        """Whether to go on; else the thread signs off, under the lock that starts another."""
        with self._lock:
            if self._followings:
                return True
            self._thread = None
            self._book.clear()
            self._asking.want(())
            return False

    def _catch_up(self, lost: bool) -> None:
        """After each connection: listen first, then read once, so that nothing falls between."""
        self._book.keep(self._wanted())
        self._asking.hold_soon()
        going_on = self._book.going_on()
        tasks = [key for key in going_on if key not in self._counting.chords]
        self._want_events()
        self._source.add(tasks)
        records = self._source.read(tasks) if tasks else {}
        found = {key: record for key, record in records.items() if record is not None}
        self._book.store(found)
        self._book.miss([key for key in going_on if key not in found], lost)
        self._tell(self._book.known(going_on), self._link_now())
        self._woken.set()  # those who came while there was no connection are welcomed next

    def _listen(self) -> None:
        pending = News()
        due = quiet_since = time.monotonic()
        while True:
            self._welcome()
            self._asking.go_on()
            counted = self._counting.go_on(self._readers())
            if counted or self._link_now() != self._link:  # who falls silent sends no news
                self._tell(counted, self._link_now())
            now = time.monotonic()
            if now >= due and (pending.records or pending.events or self._book.doubting):
                self._deliver(pending)
                pending, due = News(), now + PERIOD
            if self._followings:
                quiet_since = now
            elif now - quiet_since > LINGER:
                return
            # Between two deliveries nobody is waiting for a single message.
            news = self._source.wait(self._pause(now, due), gather=now < due)
            pending.records.update(news.records)
            pending.events += news.events
            if self._stream:
                pending.events += self._stream.drain()

    def _pause(self, now: float, due: float) -> float:
        """Seconds until there is something to do, if nothing arrives."""
        if now < due:
            return due - now
        often = PERIOD if self._stream or self._book.doubting else LINGER / 4
        count_at = self._counting.due(self._readers())
        return often if count_at is None else min(often, max(0.0, count_at - now))

    def _welcome(self) -> None:
        """Take in tasks that are new, and let go of those that nobody follows any more."""
        if not self._woken.is_set():
            return
        self._woken.clear()
        wanted = self._wanted()
        self._source.remove(self._book.keep(wanted))
        self._want_events()
        new = [key for key in wanted if key not in self._book]
        tasks = [key for key in new if key not in self._counting.chords]
        self._book.follow(tasks)
        self._source.add(tasks)
        if tasks:
            self._book.store(self._source.read(tasks))
        self._book.put(TaskState(key) for key in new if key in self._counting.chords)
        self._tell(self._book.known(wanted), self._link_now())

    def _want_events(self) -> None:
        self._asking.want(following.events for following in self._readers())
        self._stream.want(self._source.listen(self._asking.channels))

    def _deliver(self, news: News) -> None:
        # SUCCESS is final in the store too; a message that arrives late changes nothing.
        records = {
            key: record
            for key, record in news.records.items()
            if key in self._book and not self._book.ready(key)
        }
        states = self._book.store(records) | self._book.hear(news.events)
        if doubtful := self._book.doubtful():
            states |= self._book.settle(self._source.read(doubtful))
        self._tell(states, self._link_now())

    def _link_now(self) -> Link:
        return Link(self._source.kind, "", self._asking.status(self._source.refused))

    def _tell(self, states: Mapping[str, TaskState], link: Link) -> None:
        self._link = link
        for following in self._readers():
            try:
                following._update(states, link)
            except Exception:
                log.debug("a reader of the feed failed", exc_info=True)
        ended = [key for key, state in states.items() if state.ready]
        if ended and link.state != "unreachable":
            self._source.remove(ended)

    def _readers(self) -> list[Following]:
        with self._lock:
            return list(self._followings)

    def _wanted(self) -> Collection[str]:
        readers = self._readers()
        self._counting.want(readers)
        return dict.fromkeys(key for following in readers for key in following.ids).keys()
