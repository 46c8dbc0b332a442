"""01_worker_not_started: somebody takes from both queues, and nothing that waited is lost.

It is judged in the learner's lab. Every look goes through clients of its own, so that what was done
to the lab's own object counts for nothing; nothing is sent but questions.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import redis as redis_py

from labapp.grade.looking import fields, listed
from labapp.grade.trial import Trial

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

PICTURES, DEFAULT = "pictures", "celery"
#: How often the workers are asked, a second each.
ASKED = 3
#: Seconds without a message waiting or in hand after which nothing more will come.
REST = 1.5
#: What waits when the story begins.
PHOTOS = (
    {"name": "wedding.jpg", "width": 4000, "height": 3000, "owner": "Kim"},
    {"name": "lake.jpg", "width": 1200, "height": 1600, "owner": "Ana"},
    {"name": "goat.jpg", "width": 640, "height": 640, "owner": "Jo"},
)


def prepare(lab: Stack) -> None:
    """Upload the pictures of the story: they wait, since nobody takes them."""
    for photo in PHOTOS:
        lab.post("/photos", json=photo)


def check(trial: Trial) -> None:
    """Redis, web app, uploads, workers, queues, in the order in which one would look."""
    redis = redis_of(trial)
    if redis is None or not web_answers(trial):
        trial.end()
    uploads = fields(redis, "uploads")
    if not trial.require(
        "There are uploads in the lab",
        uploads,
        expected="some",
        seen="some" if uploads else "none",
        diagnosis="no-uploads",
    ):
        trial.end()
    queues = queues_served(trial)
    if not trial.require(
        "A worker answers a ping",
        queues is not None,
        expected="pong",
        seen="pong" if queues is not None else "nobody",
        diagnosis="no-worker",
    ):
        trial.end()
    served(trial, queues or set())
    settle(trial, redis, list(uploads))
    nothing_waits(trial, redis)
    nothing_lost(trial, redis, uploads)


def redis_of(trial: Trial) -> Any:
    """A client of the lab's Redis; None where it does not answer."""
    client = None
    with contextlib.suppress(Exception):
        client = redis_py.Redis.from_url(str(trial.stack.redis.url), decode_responses=True)
        client.ping()
    there = client is not None and trial.stack.redis.state == "ready"
    trial.require(
        "Redis answers",
        there,
        expected="PONG",
        seen="PONG" if there else "nothing",
        diagnosis="redis-not-running",
    )
    return client if there else None


def web_answers(trial: Trial) -> bool:
    """Without the web app nobody can upload anything."""
    status = trial.get("/photos").status if trial.stack.web.state == "ready" else 0
    return trial.require(
        "The web app answers",
        status == 200,
        expected=200,
        seen=status or "no answer",
        diagnosis="web-not-running",
    )


def queues_served(trial: Trial) -> set[str] | None:
    """The queues that living workers take from; None where no worker answers.

    A question is published, and who is not yet listening never hears it: so it is asked again.
    """
    from celery import Celery

    url, found, answered = str(trial.stack.broker_url), set(), False
    with Celery("look", broker=url, backend=url, set_as_current=False) as app:
        for _ in range(ASKED):
            replies = app.control.inspect(timeout=1.0).active_queues() or {}
            answered = answered or bool(replies)
            found |= {str(one["name"]) for queues in replies.values() for one in queues or []}
            if found >= {PICTURES, DEFAULT}:
                break
    return found if answered else None


def served(trial: Trial, queues: set[str]) -> None:
    """Both queues have somebody who takes from them."""
    for queue, diagnosis in ((PICTURES, "wrong-queue"), (DEFAULT, "default-forgotten")):
        trial.require(
            f"A worker takes from the queue {queue}",
            queue in queues,
            expected="yes",
            seen="yes" if queue in queues else "no",
            detail=", ".join(sorted(queues)),
            diagnosis=diagnosis,
        )


def settle(trial: Trial, redis: Any, ids: list[str]) -> None:
    """A worker that has just started is given a moment for what waits; one at rest is not."""
    if trial.diagnosis:
        return
    busy_at = time.monotonic()

    def over() -> bool:
        nonlocal busy_at
        if depth(redis) or redis.hlen("unacked"):
            busy_at = time.monotonic()
        return _done(redis, ids) == len(ids) or time.monotonic() > busy_at + REST

    trial.eventually(over, 5.0, every=0.1)


def depth(redis: Any) -> int:
    """How many messages wait in both queues."""
    return sum(int(redis.llen(key)) for key in (PICTURES, DEFAULT) if redis.type(key) == "list")


def nothing_waits(trial: Trial, redis: Any) -> None:
    waiting = depth(redis)
    trial.require(
        "Nothing waits in either queue",
        not waiting,
        expected="0 messages",
        seen=f"{waiting} messages",
        diagnosis="still-waiting",
    )


def nothing_lost(trial: Trial, redis: Any, uploads: dict[str, str]) -> None:
    """Each upload ended in SUCCESS, stands in the album, and its owner was told."""
    done = _done(redis, list(uploads))
    album = fields(redis, "album")
    mails = " ".join(listed(redis, "mails"))
    shown = sum(name in album and name in mails for name in uploads.values())
    many = len(uploads)
    lost = "still-waiting" if depth(redis) else "uploads-lost"
    trial.require(
        "Every upload ends in SUCCESS",
        done == many,
        expected=f"{many} SUCCESS",
        seen=f"{done} SUCCESS",
        diagnosis=lost,
    )
    trial.require(
        "Every picture is in the album and its owner told",
        shown == many,
        expected=f"{many} pictures",
        seen=f"{shown} pictures",
        diagnosis=lost,
    )


def _done(redis: Any, ids: list[str]) -> int:
    records = redis.mget([f"celery-task-meta-{one}" for one in ids])
    return sum('"SUCCESS"' in (record or "") for record in records)
