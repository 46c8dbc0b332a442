"""01_worker_not_started: somebody takes from both queues, and nothing that waited is lost.

It is judged in the learner's lab. Every look goes through clients of its own, so that what was done
to the lab's own object counts for nothing; nothing is sent but questions.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import redis as redis_py

from labapp.grade.checks.album import Photo, prepare, sent_to, shown
from labapp.grade.looking import counted, fields
from labapp.grade.trial import Trial

__all__ = ["check", "prepare"]

PICTURES, DEFAULT = "pictures", "celery"
#: What is sent to each queue.
TASKS = {PICTURES: "photos.shrink", DEFAULT: "photos.tell"}
#: How often the workers are asked, a second each.
ASKED = 3
#: Seconds without a message waiting or in hand after which nothing more will come.
REST = 1.5
#: Seconds in which a worker at rest has asked Redis for its next message; it does so all the time.
NEXT = 3.0


@dataclass
class Worker:
    """What a living worker says of itself; no tasks where it did not say."""

    queues: set[str]
    tasks: set[str] = field(default_factory=set)

    def strange_to(self, queue: str) -> bool:
        """Whether it takes from the queue and does not know the task that waits there."""
        return queue in self.queues and bool(self.tasks) and TASKS[queue] not in self.tasks


def check(trial: Trial) -> None:
    """Redis, web app, uploads, workers, queues, in the order in which one would look."""
    redis = redis_of(trial)
    if redis is None or not web_answers(trial):
        trial.end()
    sent = sent_to(trial.stack)
    uploads = {task_id: photo.name for task_id, photo in sent.items()} | fields(redis, "uploads")
    if not trial.require(
        "There are uploads in the lab",
        uploads,
        expected="some",
        seen="some" if uploads else "none",
        diagnosis="no-uploads",
    ):
        trial.end()
    workers = ask(trial)
    if not trial.require(
        "A worker answers a ping",
        workers,
        expected="pong",
        seen="pong" if workers else "nobody",
        diagnosis="no-worker",
    ):
        trial.end()
    served(trial, workers)
    known(trial, workers)
    settle(trial, redis, list(uploads))
    nothing_waits(trial, redis)
    nothing_lost(trial, redis, uploads, sent)
    next_awaited(trial, redis)


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


def ask(trial: Trial) -> dict[str, Worker]:
    """The workers that answer, with their queues and tasks, by node name.

    A question is published, and who is not yet listening never hears it: so it is asked again.
    """
    from celery import Celery

    url, found = str(trial.stack.broker_url), dict[str, Worker]()
    with Celery("look", broker=url, backend=url, set_as_current=False) as app:
        for _ in range(ASKED):
            replies = app.control.inspect(timeout=1.0).active_queues() or {}
            for name, queues in replies.items():
                found[name] = Worker({str(one["name"]) for one in queues or []})
            if set().union(*(one.queues for one in found.values())) >= set(TASKS):
                break
        if found:
            known = app.control.inspect(list(found), timeout=1.0, limit=len(found)).registered()
            for name, tasks in (known or {}).items():
                found[name].tasks = {str(one).partition(" ")[0] for one in tasks or []}
    return found


def served(trial: Trial, workers: dict[str, Worker]) -> None:
    """Both queues have somebody who takes from them."""
    queues = set().union(*(one.queues for one in workers.values()))
    for queue, diagnosis in ((PICTURES, "wrong-queue"), (DEFAULT, "default-forgotten")):
        trial.require(
            f"A worker takes from the queue {queue}",
            queue in queues,
            expected="yes",
            seen="yes" if queue in queues else "no",
            detail=", ".join(sorted(queues)),
            diagnosis=diagnosis,
        )


def known(trial: Trial, workers: dict[str, Worker]) -> None:
    """Nobody takes from a queue whose task they do not know: Celery throws such a message away."""
    strange = sorted(
        name for name, one in workers.items() if any(map(one.strange_to, (PICTURES, DEFAULT)))
    )
    trial.require(
        "Who takes from a queue knows the task in it",
        not strange,
        expected="0 strangers",
        seen=f"{len(strange)} strangers",
        detail=", ".join(strange),
        diagnosis="wrong-app",
    )


def settle(trial: Trial, redis: Any, ids: list[str]) -> None:
    """A worker that has just started is given a moment for what waits; one at rest is not."""
    if trial.diagnosis:
        return
    busy_at = time.monotonic()

    def over() -> bool:
        nonlocal busy_at
        if waiting(redis):  # a pool tells of what it has taken up late, after SUCCESS at times
            busy_at = time.monotonic()
            return False
        return set(states(redis, ids)) == {"SUCCESS"} or time.monotonic() > busy_at + REST

    trial.eventually(over, 5.0, every=0.1)


def waiting(redis: Any) -> int:
    """How many messages wait in both queues, or in the hands of a worker that has not done them."""
    queued = sum(int(redis.llen(key)) for key in TASKS if redis.type(key) == "list")
    return queued + len(fields(redis, "unacked"))


def nothing_waits(trial: Trial, redis: Any) -> None:
    many = waiting(redis)
    trial.require(
        "Nothing waits in either queue",
        not many,
        expected="0 messages",
        seen=f"{many} messages",
        diagnosis="still-waiting",
    )


def nothing_lost(trial: Trial, redis: Any, uploads: dict[str, str], sent: dict[str, Photo]) -> None:
    """Each upload ended in SUCCESS, stands in the album, and its owner was told."""
    ended = states(redis, list(uploads))
    done, many = shown(redis, uploads, sent), len(uploads)
    why = "still-waiting" if waiting(redis) else "uploads-lost"
    trial.require(
        "Every upload ends in SUCCESS",
        set(ended) == {"SUCCESS"},
        expected=f"{many} SUCCESS",
        seen=counted(ended),
        diagnosis="tasks-failed" if "FAILURE" in ended else why,
    )
    trial.require(
        "Every picture is in the album and its owner told",
        done == many,
        expected=f"{many} pictures",
        seen=f"{done} pictures",
        diagnosis=why,
    )


def next_awaited(trial: Trial, redis: Any) -> None:
    """Somebody waits at Redis for the next message: to answer questions is not to take."""
    there = trial.eventually(lambda: _at_the_counter(redis), NEXT, every=0.1)
    trial.require(
        "A worker waits at Redis for the next message",
        there,
        expected="yes",
        seen="yes" if there else "no",
        diagnosis="nobody-takes",
    )


def _at_the_counter(redis: Any) -> bool:
    """Whether a client is blocked on a list; who asked the workers something is blocked no more."""
    try:
        return any(one["cmd"] == "brpop" and "b" in one["flags"] for one in redis.client_list())
    except redis_py.ResponseError:  # a server that does not let everybody see who is there
        return True


def states(redis: Any, ids: list[str]) -> list[str]:
    """The state of each task, read from the store; PENDING where nothing is written."""
    return [_state(record) for record in redis.mget([f"celery-task-meta-{one}" for one in ids])]


def _state(record: str | None) -> str:
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(record or "{}").get("status", "PENDING"))
    return "unreadable"
