"""Tasks that a worker of its own runs and that its end cuts short; not collected as tests.

VISIBILITY and SOFT in the environment set a visibility timeout and a soft shutdown, in seconds.
"""

import os
import signal
from time import sleep
from typing import Any

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import task_failure
from redis import Redis

celery = Celery("deliveries")
server = Redis.from_url(os.environ.get("REDIS_URL", "redis://"), decode_responses=True)

if seconds := os.environ.get("VISIBILITY"):
    celery.conf.broker_transport_options = {
        "visibility_timeout": float(seconds),
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }
celery.conf.worker_soft_shutdown_timeout = float(os.environ.get("SOFT", "0"))


class Noting(celery.Task):  # type: ignore[misc, name-defined]
    """A task that counts its runs and its calls of `on_failure` in Redis, under its id."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        server.incr(f"runs:{self.request.id}")
        return super().__call__(*args, **kwargs)

    def on_failure(self, exc: Exception, task_id: str, *_: Any) -> None:
        server.incr(f"on_failure:{task_id}")


@task_failure.connect  # type: ignore[untyped-decorator]
def told(task_id: str, **_: Any) -> None:
    server.incr(f"signal:{task_id}")


@celery.task(base=Noting)  # type: ignore[untyped-decorator]
def early(seconds: float) -> None:
    sleep(seconds)


@celery.task(base=Noting, acks_late=True)  # type: ignore[untyped-decorator]
def late(seconds: float) -> None:
    sleep(seconds)


@celery.task(base=Noting, acks_late=True)  # type: ignore[untyped-decorator]
def until_told(key: str) -> None:
    while not server.exists(key):
        sleep(0.05)


@celery.task(base=Noting, time_limit=1)  # type: ignore[untyped-decorator]
def limited(seconds: float) -> str:
    sleep(seconds)
    return "to the end"


@celery.task(base=Noting, soft_time_limit=1)  # type: ignore[untyped-decorator]
def softly_limited(seconds: float) -> str:
    try:
        for _ in range(int(seconds * 10)):
            sleep(0.1)
    except SoftTimeLimitExceeded:
        return "tidied up"
    return "to the end"


def _killed(task: Any, times: int) -> None:
    if int(server.get(f"runs:{task.request.id}") or 0) <= times:  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)


@celery.task(base=Noting, bind=True)  # type: ignore[untyped-decorator]
def killed_early(self: Any, times: int) -> None:
    _killed(self, times)


@celery.task(base=Noting, bind=True, acks_late=True)  # type: ignore[untyped-decorator]
def killed_late(self: Any, times: int) -> None:
    _killed(self, times)


@celery.task(  # type: ignore[untyped-decorator]
    base=Noting, bind=True, acks_late=True, reject_on_worker_lost=True, max_retries=1
)
def killed_and_rejected(self: Any, times: int) -> None:
    _killed(self, times)
