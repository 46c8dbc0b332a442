"""Revoking a task so that it stays revoked, whether or not a worker hears of it now.

Celery's revoke is a broadcast: a worker that starts later has never heard of it and runs the
task, and so does one that has just handed the task to its pool. So the id is kept in Redis too:
each worker of this app reads the list as it connects, and each task is looked up as it starts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from celery import Celery, states
from celery.exceptions import Ignore
from redis import RedisError

from labapp.tasks.ledger import NoRedisError, redis_client

REVOKED = "labapp:revoked"
MOST_REVOKED = 10_000
WAITING = frozenset({states.PENDING, states.RETRY})

logger = logging.getLogger(__name__)


def revoke(
    celery: Celery, task_id: str, read_state: Callable[[], str], terminate: bool = False
) -> tuple[str, str]:
    """Revoke a task; answer with the state that it was found in, and the one it is in then.

    A waiting task is REVOKED at once. One that runs goes on, unless `terminate`: then the pool
    process that runs it is ended. One that has ended keeps its state.
    """
    if (found := read_state()) in states.READY_STATES:
        return found, found
    remember_revoked(celery, task_id)
    celery.control.revoke(task_id, terminate=terminate)
    # Looked at again: STARTED is stored before the list is read, so a task that is seen waiting
    # now finds itself on the list when it starts.
    if (now := read_state()) not in WAITING:
        return (found if now == states.REVOKED else now), now
    # Stored here since no worker may be there to store it; displays are pushed the news too.
    celery.backend.mark_as_revoked(task_id, "revoked")
    return found, str(states.REVOKED)


def refuse_revoked(celery: Celery, task_id: str) -> None:
    """In the process that is about to run a task: raise `Ignore` if it was revoked meanwhile."""
    try:
        if redis_client(celery).zscore(REVOKED, task_id) is None:
            return
    except (RedisError, NoRedisError) as error:
        logger.debug("Whether %s was revoked is not known, so it runs: %s", task_id, error)
        return
    celery.backend.mark_as_revoked(task_id, "revoked")
    raise Ignore(f"{task_id} was revoked before it ran")


def remember_revoked(celery: Celery, task_id: str) -> None:
    """Put an id on the list that workers read as they connect; it lives as long as results."""
    lifetime = celery.backend.expires
    now = time.time()
    pipe = redis_client(celery).pipeline(transaction=False)
    pipe.zadd(REVOKED, {task_id: now})
    pipe.zremrangebyrank(REVOKED, 0, -MOST_REVOKED - 1)
    if lifetime:
        pipe.zremrangebyscore(REVOKED, "-inf", now - lifetime)
        pipe.expire(REVOKED, lifetime)
    pipe.execute()


def recall_revoked(celery: Celery) -> None:
    """In a worker: refuse what was revoked while it was not there."""
    from celery.worker.state import revoked

    ids: Any = redis_client(celery).zrange(REVOKED, 0, -1)
    revoked.update(raw.decode() for raw in ids)
