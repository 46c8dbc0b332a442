"""Revoking a task so that it stays revoked, whether or not a worker hears of it now.

Celery's revoke is a broadcast: a worker that starts later has never heard of it and runs the
task. So the id is kept in Redis too, and each worker of this app reads the list as it connects.
"""

from __future__ import annotations

import time
from typing import Any

from celery import Celery, states

from labapp.tasks.ledger import redis_client

REVOKED = "labapp:revoked"
MOST_REVOKED = 10_000
WAITING = frozenset({states.PENDING, states.RETRY})


def revoke(celery: Celery, task_id: str, state: str, terminate: bool = False) -> str:
    """Revoke a task that is in `state`; answer with the state that it is in then.

    A waiting task is REVOKED at once. One that runs goes on, unless `terminate`: then the pool
    process that runs it is ended. One that has ended keeps its state.
    """
    if state in states.READY_STATES:
        return state
    remember_revoked(celery, task_id)
    celery.control.revoke(task_id, terminate=terminate)
    if state not in WAITING:
        return state
    # Stored here since no worker may be there to store it; displays are pushed the news too.
    celery.backend.mark_as_revoked(task_id, "revoked")
    return str(states.REVOKED)


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
