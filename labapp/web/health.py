"""How the app is: Redis, workers, queue, each by itself.

200 means that this app can do its own part, which is to take tasks and to look them up. So a
missing worker is told, and is no 503: restarting the web app, which is what a 503 from here gets
it in production, would not bring a worker back.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from kombu.exceptions import ChannelError

from labapp.tasks.ledger import redis_client
from labapp.tasks.presence import present_workers
from labapp.web.answers import answer
from labapp.web.errors import UNREACHABLE, why

blueprint = Blueprint("health", __name__)

Part = dict[str, Any]


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Tell the state of each part; 503 where Redis cannot be used."""
    health = read_health(current_app.extensions["celery"])
    return answer(health, "health.html", 200 if health["status"] == "ok" else 503)


def read_health(celery: Celery) -> dict[str, Any]:
    """`{"status": "ok" | "unavailable", "parts": {"redis", "worker", "queue"}}`."""
    try:
        redis_client(celery).ping()
        worker = _worker(present_workers(celery))
        queue = _queue(celery)
    except UNREACHABLE as error:
        return unavailable(why(error))
    redis = {"state": "ready", "detail": "Redis answers."}
    return {"status": "ok", "parts": {"redis": redis, "worker": worker, "queue": queue}}


def _worker(names: list[str]) -> Part:
    if not names:
        return {"state": "missing", "detail": "No worker is at work: tasks wait.", "names": []}
    at_work = "1 worker is" if len(names) == 1 else f"{len(names)} workers are"
    return {"state": "ready", "detail": f"{at_work} at work.", "names": names}


def _queue(celery: Celery) -> Part:
    """How many tasks wait in the default queue; those that a worker has fetched do not count."""
    name = celery.conf.task_default_queue
    with celery.pool.acquire(block=True, timeout=celery.conf.broker_pool_acquire_timeout) as broker:
        try:
            depth = broker.default_channel.queue_declare(name, passive=True).message_count
        except ChannelError:
            # A queue that nothing was ever sent to does not exist yet.
            depth = 0
    return {"state": "ready", "detail": f"{depth} waiting in {name!r}.", "depth": depth}


def unavailable(sentence: str) -> dict[str, Any]:
    """The health while Redis cannot be used, with the reason."""
    unknown = {"state": "unknown", "detail": "Not known while Redis is away."}
    redis = {"state": "unavailable", "detail": sentence}
    parts = {"redis": redis, "worker": dict(unknown), "queue": dict(unknown)}
    return {"status": "unavailable", "parts": parts}
