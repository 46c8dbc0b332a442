"""How long the web app waits for Redis: a third of a second, so that no visitor waits for long.

Celery as it comes retries for 19 s in `.delay()` while Redis is away. In a worker patience is
right, so this stands in the web app's configuration alone.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.backends.redis import RedisBackend

PATIENCE = 0.3
"""Seconds that one call to Redis may take."""
POOL = 64
"""Connections to the broker: at least as many as the server has threads, or they queue."""

_NO_RETRIES = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}

CLIENT: dict[str, Any] = {
    "broker_connection_timeout": PATIENCE,
    "broker_pool_limit": POOL,
    "broker_pool_acquire_timeout": PATIENCE,
    "broker_transport_options": {
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        **_NO_RETRIES,
    },
    "task_publish_retry": False,
    "redis_socket_timeout": PATIENCE,
    "redis_socket_connect_timeout": PATIENCE,
    "redis_retry_on_timeout": False,
    "result_backend_transport_options": {"retry_policy": {"timeout": PATIENCE, **_NO_RETRIES}},
}


class QuietBackend(RedisBackend):  # type: ignore[misc]
    """The Redis backend of a process that sends tasks and never waits for one.

    Celery's own subscribes to each task's result as it is sent; all threads queue for that one
    connection, and it retries by itself when Redis is away.
    """

    def on_task_call(self, producer: object, task_id: str) -> None:
        """Subscribe to nothing."""


def quieten(celery: Celery) -> None:
    """Give an app that keeps results in Redis the quiet backend, wherever its address is from."""
    url = str(celery.conf.result_backend or "")
    scheme = url.partition("://")[0]
    if scheme in {"redis", "rediss", "unix", "redis+socket"}:
        quiet = f"{QuietBackend.__module__}:{QuietBackend.__qualname__}"
        celery.backend_cls = f"{quiet}+{url.removeprefix('redis+')}"
