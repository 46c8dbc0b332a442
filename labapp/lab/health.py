"""Is this lab well? Each part, a round trip through each worker, and what lies in the queues."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labapp.lab.secret import mask

if TYPE_CHECKING:
    from labapp.lab.stack import Stack
    from labapp.lab.worker_part import WorkerPart

#: A task that every Celery app has: it gives its arguments back.
ECHO = "celery.accumulate"


@dataclass
class Check:
    """One line of the answer."""

    name: str
    ok: bool
    said: str


@dataclass
class Health:
    """The answer of `lab.health()`: `ok`, the checks, and a text that reads well."""

    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return "\n".join(
            f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.said}" for check in self.checks
        )

    def add(self, name: str, ok: bool, said: str) -> None:
        """Note one check."""
        self.checks.append(Check(name, ok, said))


def examine_health(stack: Stack, timeout: float) -> Health:
    """Look at each part, send one message through each worker, count what waits in the queues."""
    health = Health()
    _ = stack.guardian
    for part in stack.parts():
        health.add(part.name, part.state == "ready", part.reason or part.state)
    if stack.redis.state != "ready" or not _redis_answers(stack, health):
        return health
    for worker in stack.workers.values():
        if worker.state == "ready":
            said = _round_trip(stack, worker, timeout)
            health.add(f"round trip through {worker.name}", not said, said or "answered")
    _queues(stack, health)
    return health


def _redis_answers(stack: Stack, health: Health) -> bool:
    try:
        with contextlib.closing(stack.redis.client(socket_timeout=2.0)) as client:
            client.ping()
        return True
    except Exception as error:
        health.add("redis answers", False, mask(str(error)))
        return False


def _round_trip(stack: Stack, worker: WorkerPart, timeout: float) -> str:
    """An empty string if the worker gave the word back, else what is wrong."""
    word = f"health-{time.monotonic_ns()}"
    queue = worker.queues[0] if worker.queues else stack.celery.conf.task_default_queue
    try:
        sent = stack.celery.send_task(ECHO, args=[word], queue=queue, expires=timeout)
        # Asked for, not listened for: after an outage the listening side can miss an answer.
        end = time.monotonic() + timeout
        while not sent.ready() and time.monotonic() < end:
            time.sleep(0.01)
        answer = sent.result if sent.ready() else None
        if answer is not None:
            for tell in list(stack.celery.tell_of_end):
                tell(sent.id, "SUCCESS")  # nobody can ask for it any more
        sent.forget()
    except Exception as error:
        return mask(f"{type(error).__name__}: {error}")
    if answer is None:
        return f"no answer within {timeout:g} s from queue {queue!r}: busy, or nobody listens"
    return "" if answer == [word] else f"another answer came back: {answer!r:.80}"


def _queues(stack: Stack, health: Health) -> None:
    names: set[str] = {stack.celery.conf.task_default_queue}
    for worker in stack.workers.values():
        names.update(worker.queues)
    for name in sorted(names):
        depth = _depth(stack, name)
        if depth is not None:
            health.add(f"queue {name}", depth == 0, f"{depth} waiting")


def _depth(stack: Stack, queue: str) -> int | None:
    """How many messages wait, as the transport counts them; None where it cannot."""
    try:
        with stack.celery.connection_for_read() as connection:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(queue, passive=True).message_count)
    except Exception:
        return 0
