"""The ledger: which tasks this app has sent, kept in Redis as long as their results.

Celery keeps no such list. A task that waits has no result yet, so its state is PENDING; so is
that of an id that nobody ever sent. With a ledger the two can be told apart.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery
from celery.signals import before_task_publish
from redis import Redis, RedisError

__all__ = ["Ledger", "NoRedisError", "Sent", "redis_client"]

RECENT = "labapp:ledger"
NOTED = "NOTED"
MOST_RECENT = 1000
LONGEST_NAME = 200
LONGEST_ARGUMENTS = 200
LONGEST_ID = 255
EMPTY = frozenset({"()", "[]", "{}", "None"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One task that was sent: its id, name and arguments, both shortened, time in Unix seconds."""

    id: str
    name: str
    arguments: str
    sent: float


class NoRedisError(RuntimeError):
    """The app's result backend is not Redis, so it has no ledger."""


class Ledger:
    """The tasks sent by one Celery app, by whichever of its processes."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def listen(self) -> Ledger:
        """Note every task that the app sends from this process, from now on."""
        before_task_publish.connect(self._before_publish, weak=True)
        return self

    @property
    def news(self) -> str:
        """The id under which each entry is announced as it is written, with the app's db number.

        An announcement has the shape of a task's record (state NOTED, the result is the new id)
        and the channel that belongs to this id. So whoever follows tasks can follow the ledger
        beside them, over the same connection. Pub/sub knows no db numbers, hence the one here.
        """
        return f"{RECENT}:{getattr(self._celery.backend, 'connparams', {}).get('db') or 0}"

    def ping(self) -> None:
        """Raise redis' ConnectionError or TimeoutError where nothing could be noted."""
        redis_client(self._celery).ping()

    def note(self, task_id: str, name: str, arguments: str) -> None:
        """Write down a task; writing it again, as a retry does, keeps its place in the list.

        An id that is too long to be known is not written down.
        """
        if len(task_id) > LONGEST_ID:
            return
        backend: Any = self._celery.backend
        lifetime: int | None = backend.expires or None
        shown = {"name": shortened(name, LONGEST_NAME)}
        entry = json.dumps(shown | {"arguments": shortened(arguments, LONGEST_ARGUMENTS)})
        announcement = {"status": NOTED, "result": task_id, "task_id": self.news}
        pipe = redis_client(self._celery).pipeline(transaction=False)
        pipe.set(_key(task_id), entry, ex=lifetime)
        pipe.zadd(RECENT, {task_id: time.time()}, nx=True)
        pipe.zremrangebyrank(RECENT, 0, -MOST_RECENT - 1)
        if lifetime:
            pipe.expire(RECENT, lifetime)
        pipe.publish(backend.get_key_for_task(self.news), backend.encode(announcement))
        pipe.execute()

    def knows(self, task_id: str) -> bool:
        """Whether the task was sent here; a result of its own in the backend counts as well."""
        if not 0 < len(task_id) <= LONGEST_ID:
            return False
        keys = _key(task_id), self._celery.backend.get_key_for_task(task_id)
        return bool(redis_client(self._celery).exists(*keys))

    def recent(self, count: int = 20) -> list[Sent]:
        """The tasks sent last, newest first."""
        client = redis_client(self._celery)
        places: Any = client.zrange(RECENT, 0, max(0, count - 1), desc=True, withscores=True)
        if not places:
            return []
        entries: Any = client.mget([_key(raw.decode()) for raw, _ in places])
        found = zip(places, entries, strict=True)
        return [
            Sent(raw.decode(), *_read(entry), sent=score)
            for (raw, score), entry in found
            if entry is not None
        ]

    def _before_publish(
        self,
        sender: str = "",
        headers: Mapping[str, Any] | None = None,
        declare: Iterable[Any] | None = None,
        **_: object,
    ) -> None:
        # The signal does not say which app sends. The queue does: each app has its own objects.
        queues = self._celery.amqp.queues
        if not any(queue is queues.get(queue.name) for queue in declare or ()):
            return
        headers = headers or {}
        reprs = (headers.get(name) for name in ("argsrepr", "kwargsrepr"))
        arguments = " ".join(text for text in reprs if text and text not in EMPTY)
        try:
            self.note(headers["id"], str(sender), arguments)
        except RedisError as error:
            # A task that could still be sent is not held up by its entry.
            logger.warning("Task %s is not in the ledger: %s", headers["id"], error)


def redis_client(celery: Celery) -> Redis:
    """The app's own connection to its result backend, with the time-outs of its configuration.

    Raises `NoRedisError` where the backend is not Redis.
    """
    client = getattr(celery.backend, "client", None)
    if not isinstance(client, Redis):
        raise NoRedisError(
            "labapp keeps its ledger in Redis: point CELERY_RESULT_BACKEND or REDIS_URL at one."
        )
    return client


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and a mark that there was more: `length` characters in all."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _key(task_id: str) -> str:
    return f"{RECENT}:{task_id}"


def _read(entry: bytes) -> tuple[str, str]:
    read = json.loads(entry)
    return read["name"], read["arguments"]
