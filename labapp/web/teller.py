"""What the streams are told: read once for all of them, when something has been pushed.

The feed says that a task has changed; its status is then read as `/task_status/<id>` reads it,
so that both tell the same, and laid down for each stream that tells of this task.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import Celery, states

from labapp.live import Following, TaskState, feed_for
from labapp.tasks.ledger import Ledger, NoRedisError, Sent, redis_client
from labapp.web.errors import AWAY, UNREACHABLE, why
from labapp.web.health import read_health, unavailable
from labapp.web.jobs import JOBS, job_of
from labapp.web.status import SENTENCES, Status, read_statuses
from labapp.web.streams import Event, Stream

HEALTH_EVERY = 0.25
"""Seconds between two looks at queue and workers, which nothing pushes, while somebody looks on."""
LOST: Status = {
    "state": "UNKNOWN",
    "status": "No longer known: Redis was restarted and came back empty, or the record of this "
    "task has been dropped.",
}


@dataclass
class Followed:
    """A task that streams tell of: how it is followed, until it has ended, and its status."""

    following: Following | None
    status: Status | None = None

    def let_go(self) -> None:
        """Follow it no longer."""
        if self.following is not None:
            self.following.close()
            self.following = None


class Teller:
    """Follows what the open streams tell of and fills them; used by the hub's thread alone.

    `wake` is called, on any thread, when `tell` has something to do.
    """

    def __init__(self, celery: Celery, ledger: Ledger, wake: Callable[[], None]) -> None:
        self._celery = celery
        self._ledger = ledger
        self._wake = wake
        self._feed = feed_for(celery)
        self._tasks: dict[str, Followed] = {}
        self._list: dict[str, Sent] = {}
        self._listed: set[str] = set()
        self._gone: dict[str, Sent] = {}
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._news: Following | None = None
        self._news_came = False
        self._health: dict[str, Any] = {"status": "ok"}
        self._health_at = float("-inf")
        self._link = ""

    def close(self) -> None:
        """Follow nothing any more, and hold no connection."""
        for task in self._tasks.values():
            task.let_go()
        if self._news is not None:
            self._news.close()
        with suppress(NoRedisError):
            redis_client(self._celery).connection_pool.disconnect(inuse_connections=False)

    def tell(self, streams: Collection[Stream]) -> float | None:
        """Bring every stream up to date; gives the seconds until it wants to be asked again.

        What cannot be read, since Redis is away, is told as such, and read the next time.
        """
        whole = any(stream.task_id is None for stream in streams)
        self._health = self._look_at_health(whole)
        if self._health["status"] == "ok":
            try:
                self._read_list(whole)
                self._follow({stream.task_id for stream in streams if stream.task_id})
                self._lay_down(streams, self._read_changed())
            except UNREACHABLE as error:
                self._health = unavailable(why(error))
        data = json.dumps(self._health)
        for stream in streams:
            stream.post_health(self._health["status"], data)
        return HEALTH_EVERY if whole or self._health["status"] != "ok" else None

    def _look_at_health(self, whole: bool) -> dict[str, Any]:
        """Read anew while somebody looks on or Redis is away, and when the feed's link changes."""
        now, link = time.monotonic(), self._feed.link.state
        due = (whole or self._health["status"] != "ok") and now - self._health_at >= HEALTH_EVERY
        if not due and link == self._link:
            return self._health
        self._link, self._health_at = link, now
        health = read_health(self._celery)
        if health["status"] == "ok" and link == "unreachable":
            # Redis is back and the feed not yet: what is shown would be older than it looks.
            return unavailable(AWAY)
        return health

    def _read_list(self, whole: bool) -> None:
        """Keep the list of the tasks sent last, and note those that it has lost."""
        if not whole:
            if self._news is not None:
                self._news.close()
            self._news, self._list, self._listed, self._gone = None, {}, set(), {}
            return
        if self._news is None:
            self._news_came = True
            self._news = self._feed.follow([self._ledger.news], self._hear_news)
        if not self._news_came:
            return
        self._news_came = False
        try:
            recent = {sent.id: sent for sent in reversed(self._ledger.recent(JOBS))}
        except UNREACHABLE:
            self._news_came = True
            raise
        before, self._list = self._list, recent
        if len(recent) < JOBS:  # else others have pushed them out, and pages do the same
            self._gone |= {key: sent for key, sent in before.items() if key not in recent}

    def _follow(self, alone: Collection[str]) -> None:
        """Follow what is on the list or has a stream of its own, and nothing else."""
        wanted = self._list.keys() | alone
        for task_id in self._tasks.keys() - wanted:
            self._tasks.pop(task_id).let_go()
        for task_id in wanted - self._tasks.keys():
            following = self._feed.follow([task_id], partial(self._hear, task_id))
            self._tasks[task_id] = Followed(following)
            self._hear(task_id, following)

    def _hear(self, task_id: str, _: Following) -> None:
        with self._lock:
            self._changed.add(task_id)
        self._wake()

    def _hear_news(self, _: Following) -> None:
        self._news_came = True
        self._wake()

    def _read_changed(self) -> set[str]:
        """Read what has been heard of; gives the tasks whose status is another than before."""
        with self._lock:
            pushed, self._changed = self._changed, set()
        ids = [task_id for task_id in pushed if task_id in self._tasks]
        # Before the reading: what comes between the two is newer than what is read.
        heard = [self._heard(task_id) for task_id in ids]
        try:
            statuses = read_statuses(self._celery, ids)
        except UNREACHABLE:
            with self._lock:
                self._changed |= pushed
            raise
        changed = set()
        for task_id, state, read in zip(ids, heard, statuses, strict=True):
            task = self._tasks[task_id]
            status = _agreed(read, state)
            if status != task.status:
                changed.add(task_id)
                task.status = status
            if status["state"] in states.READY_STATES:
                task.let_go()
        return changed

    def _heard(self, task_id: str) -> TaskState:
        following = self._tasks[task_id].following
        return TaskState(task_id) if following is None else following.snapshot()[task_id]

    def _lay_down(self, streams: Collection[Stream], changed: Collection[str]) -> None:
        newcomer = any(stream.task_id is None and not stream.welcomed for stream in streams)
        # What had a stream of its own before it came onto the list has not changed by that.
        fresh = (self._list.keys() - self._listed) | set(changed)
        self._listed = set(self._list)
        keys = [key for key in self._list if newcomer or key in fresh]
        listed = {key: self._event(key, self._list[key]) for key in keys}
        news = {key: event for key, event in listed.items() if key in fresh}
        news |= {key: _event(key, LOST, sent) for key, sent in self._gone.items()}
        self._gone.clear()
        for stream in streams:
            if stream.task_id is None:
                events = news if stream.welcomed else listed
            elif stream.task_id in changed or not stream.welcomed:
                events = {stream.task_id: self._event(stream.task_id, None)}
            else:
                continue
            for task_id, event in events.items():
                stream.post(f"task {task_id}", event)
            stream.welcomed = True

    def _event(self, task_id: str, sent: Sent | None) -> Event:
        return _event(task_id, self._tasks[task_id].status or {}, sent)


def _event(task_id: str, status: Status, sent: Sent | None) -> Event:
    final = status.get("state") in states.READY_STATES
    return Event("task", json.dumps(job_of(task_id, status, sent)), final)


def _agreed(read: Status, heard: TaskState) -> Status:
    """What was read; where no record stands any more, what the feed had heard of it."""
    if read["state"] != states.PENDING or heard.state == states.PENDING:
        return read
    told = heard.message or heard.text or SENTENCES.get(heard.state, "")
    return {"state": heard.state, "status": told}
