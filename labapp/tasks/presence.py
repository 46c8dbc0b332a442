"""Presence: which workers of this app are at work, told by themselves.

Celery's ping waits its whole time-out for answers and is heard by a busy worker late or never.
Here each worker keeps a key alive, so that asking is one look at Redis.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery, bootsteps
from redis import RedisError

from labapp.tasks.ledger import NoRedisError, redis_client
from labapp.tasks.revocation import recall_revoked

WORKERS = "labapp:workers"
BEAT = 1.0
"""Seconds between two signs of life."""
LIFETIME = 3
"""Seconds after which a worker that was killed is no longer listed."""

logger = logging.getLogger(__name__)


class Presence(bootsteps.StartStopStep):  # type: ignore[misc]
    """Signs a worker in when it is connected to the broker, and out when it stops."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Runs at each new connection, before the first message is looked at."""
        try:
            recall_revoked(consumer.app)
        except (RedisError, NoRedisError) as error:
            logger.warning("Revoked tasks could not be read and may run: %s", error)
        self._sign_in(consumer)
        self._timer = consumer.timer.call_repeatedly(BEAT, self._sign_in, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        try:
            redis_client(consumer.app).delete(_key(consumer.hostname))
        except (RedisError, NoRedisError):
            logger.debug("Redis is away: the sign of life ends by itself", exc_info=True)

    terminate = stop

    def _sign_in(self, consumer: Any) -> None:
        try:
            pipe = redis_client(consumer.app).pipeline(transaction=False)
            pipe.sadd(WORKERS, consumer.hostname)
            pipe.set(_key(consumer.hostname), os.getpid(), ex=LIFETIME)
            pipe.execute()
        except (RedisError, NoRedisError):
            logger.debug("Redis is away: no sign of life this time", exc_info=True)


def present_workers(celery: Celery) -> list[str]:
    """Names of the workers at work, such as `celery@host`; one killed is gone after 3 s."""
    client = redis_client(celery)
    names: list[str] = sorted(raw.decode() for raw in client.smembers(WORKERS))  # type: ignore[union-attr]
    if not names:
        return []
    signs: Any = client.mget([_key(name) for name in names])
    gone = [name for name, sign in zip(names, signs, strict=True) if sign is None]
    if gone:
        client.srem(WORKERS, *gone)
    return [name for name in names if name not in gone]


def _key(hostname: str) -> str:
    return f"{WORKERS}:{hostname}"
