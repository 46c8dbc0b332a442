"""A queue with more in it than the workers can work off."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labapp.lab.errors import OptionError, StateError
from labapp.lab.faults.base import Fault
from labapp.lab.redis_part import RedisPart
from labapp.lab.secret import mask
from labapp.lab.spec import check_number

if TYPE_CHECKING:
    import redis

    from labapp.lab.stack import Stack

#: A task of our own app that takes time, and how long each message takes of a slot.
OUR_APP = "labapp.tasks:celery"
OUR_TASK, OUR_ARGUMENTS = "labapp.tasks.long_running.long_running_task", {"seconds": 0.1}
#: A task that every Celery app has; it is done in a millisecond.
ANY_TASK = "celery.accumulate"
MOST = 20_000
#: Messages that are read at a time.
CHUNK = 500
#: How often the queue is gone through: a worker may put messages back in between.
PASSES = 10


class QueueFlooded(Fault):
    """Sends `count` messages at once to `queue`; nobody is told of their results.

    Without `task` each takes a tenth of a second of our own app's workers, and a moment of any
    other app's. Repair takes out those that wait; the few that a worker holds already still run.
    """

    name = "queue flooded"
    says = "A queue gets 500 small tasks at once: what comes later waits for long."
    kind = "redis"
    needs_redis = True

    def __init__(
        self,
        stack: Stack,
        *,
        count: int = 500,
        queue: str | None = None,
        task: str | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(stack, stack.redis)
        self._ids = [str(uuid.uuid4()) for _ in range(check_number(count, "count", 1, MOST))]
        if task is None and (args or kwargs):
            raise OptionError("args= and kwargs= are those of a task: name it with task=.")
        self._call = _call_of(stack) if task is None else (task, list(args), dict(kwargs or {}))
        self.queue = queue or _first_queue(stack)

    def _check(self) -> None:
        if self._stack.broker_url != self._stack.redis.url:
            raise StateError(
                f"{self.name!r} is refused: this lab did not start its broker. "
                "Lab() without broker= runs a Redis of its own."
            )

    def _break(self) -> None:
        task, args, kwargs = self._call
        app = self._stack.celery
        try:
            with app.producer_or_acquire() as producer:
                for task_id in self._ids:
                    app.send_task(
                        task,
                        args=args,
                        kwargs=kwargs,
                        task_id=task_id,
                        queue=self.queue,
                        producer=producer,
                        ignore_result=True,
                    )
        except Exception as error:
            raise StateError(
                f"The queue {self.queue!r} was not flooded: {mask(str(error))}"
            ) from None

    def _mend(self) -> None:
        assert isinstance(self.part, RedisPart)
        ids = set(self._ids)
        options = {"socket_timeout": 10.0, "decode_responses": False}
        with contextlib.closing(self.part.client(**options)) as client:
            for _ in range(PASSES):
                taken = _empty_queue(client, self.queue, ids)
                for tell in list(self._stack.celery.tell_of_taken_back):
                    tell(taken)
                if not (taken or _forget_fetched(client, ids)):
                    return


def _call_of(stack: Stack) -> tuple[str, list[Any], dict[str, Any]]:
    if any(worker.app == OUR_APP for worker in stack.workers.values()):
        return OUR_TASK, [], dict(OUR_ARGUMENTS)
    return ANY_TASK, ["flood"], {}


def _first_queue(stack: Stack) -> str:
    queues = next((worker.queues for worker in stack.workers.values() if worker.queues), None)
    return queues[0] if queues else str(stack.celery.conf.task_default_queue)


def _empty_queue(client: redis.Redis, queue: str, ids: set[str]) -> list[str]:
    """Take these tasks out of a queue and no others; the ids of those that were in it."""
    found = [raw for raw in _waiting(client, queue) if _id_of(raw) in ids]
    removed: list[int] = []
    for start in range(0, len(found), CHUNK):
        with client.pipeline(transaction=False) as pipe:
            for raw in found[start : start + CHUNK]:
                pipe.lrem(queue, 1, raw)  # type: ignore[arg-type]
            removed += pipe.execute()
    # A worker may have been quicker with one of them: that one runs.
    return [_id_of(raw) or "" for raw, count in zip(found, removed, strict=True) if count]


def _waiting(client: redis.Redis, queue: str) -> Iterator[bytes]:
    """Every message of a queue, from the end where new ones come in: none can be passed over."""
    start = 0
    while chunk := client.lrange(queue, start, start + CHUNK - 1):
        yield from chunk  # type: ignore[misc]
        start += CHUNK


def _forget_fetched(client: redis.Redis, ids: set[str]) -> bool:
    """Take these tasks off the list of those to be given back; whether there were any."""
    tags = [tag for tag, raw in client.hscan_iter("unacked", count=CHUNK) if _id_of(raw) in ids]
    if tags:
        client.hdel("unacked", *tags)
        client.zrem("unacked_index", *tags)
    return bool(tags)


def _id_of(raw: bytes) -> str | None:
    """The task's id in a message, or in a fetched one with its routing; None in anything else."""
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        read = json.loads(raw)
        message = read[0] if isinstance(read, list) else read
        return str(message["headers"]["id"])
    return None
