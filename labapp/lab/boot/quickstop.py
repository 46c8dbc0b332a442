"""A warm shutdown without its waits and without its race. Off in a stock lab.

The waits: Celery 5.7 stops warmly in 1.6 to 2.4 s, nearly all of it asleep. The loop waits for its
BRPOP, each pool process sleeps 1 s after its last word, the pool's timer thread sleeps 0.5 s. Each
is cut short here.

The race: a task that was written to a pool process whose acceptance has not been read yet is
dropped from the pool's books at shutdown (`AsynPool.flush`) and its message is put back, while the
process runs it: it runs twice, and the process then waits 30 s for its result to be counted. So
the loop reads the outstanding acceptances before it stops. Everything else stays Celery's own:
running tasks finish, unacked messages go back.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from inspect import isgenerator
from types import SimpleNamespace
from typing import Any

#: How long the loop may go on reading acceptances, seconds; one takes a millisecond.
SETTLE = 1.0


def install() -> None:
    """Wire the shortcuts into this worker process, before the worker is made."""
    from celery import signals
    from celery.concurrency import prefork
    from celery.worker import state

    wake_read, wake_write = os.pipe()
    for fd in (wake_read, wake_write):
        os.set_blocking(fd, False)
    consumers: list[Any] = []

    def on_ready(sender: Any, **_: Any) -> None:
        consumers[:] = [sender]
        hub = getattr(sender, "hub", None)
        if hub is not None:
            hub.add_reader(wake_read, _drain, wake_read)

    def on_stopping(**_: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(wake_write, b".")

    patient = state.maybe_shutdown

    def maybe_shutdown() -> None:
        # The loop calls this between two turns: nothing is half-way through, nothing slips in.
        # 0 is an exit code here, and means stop.
        if state.should_stop is not None and state.should_stop is not False and consumers:
            consumer = consumers.pop()
            for preparation in (_call_back_brpop, _settle):
                with contextlib.suppress(Exception):
                    preparation(consumer)
        patient()

    signals.worker_ready.connect(on_ready, weak=False)
    signals.worker_shutting_down.connect(on_stopping, weak=False)
    signals.worker_process_shutdown.connect(_leave_at_once, weak=False)
    state.maybe_shutdown = maybe_shutdown
    # The pool's on_stop looks `time` up in its module: only there does half a second become 20 ms.
    prefork.time = SimpleNamespace(
        **{**vars(time), "sleep": lambda seconds: time.sleep(min(seconds, 0.02))}
    )


def _leave_at_once(exitcode: int = 0, **_: Any) -> None:
    """The last thing a pool process does; its results were read before it was told to stop."""
    os._exit(exitcode)


def _drain(wake_read: int) -> None:
    """Runs in the event loop, which is awake now: that was the purpose."""
    with contextlib.suppress(OSError):
        os.read(wake_read, 64)


def _call_back_brpop(consumer: Any) -> None:
    """Have the server answer the outstanding BRPOP now.

    CLIENT UNBLOCK is atomic in the server: either a message was popped and is on its way, or the
    answer is nil. No message is lost, as it could be if the connection were closed.
    """
    blocked = consumer.task_consumer.channel.client.connection._sock.getsockname()
    with consumer.app.connection_for_write() as connection:
        client = connection.default_channel.client
        for row in client.client_list():
            if row["addr"] == f"{blocked[0]}:{blocked[1]}":
                client.client_unblock(row["id"])


def _settle(consumer: Any) -> None:
    """Read results until every task that was handed to a pool process is known to be accepted."""
    pool = consumer.pool._pool
    hub = consumer.hub
    end = time.monotonic() + SETTLE
    while time.monotonic() < end and any(_handed_over(job) for job in list(pool._cache.values())):
        for writer in list(pool._active_writers):
            if writer.gi_frame is not None and writer.gi_frame.f_lasti > 0:
                next(writer, None)  # half written: the process must get the rest
        readable, _, _ = select.select(list(pool._fileno_to_outq), [], [], 0.01)
        for fd in readable:
            callback, args = hub.readers[fd]
            if isgenerator(callback):
                next(callback, None)  # half read: this resumes it
            else:
                callback(*args)


def _handed_over(job: Any) -> bool:
    """Written to a living pool process, which has not been heard to accept it."""
    return job._write_to is not None and not job._accepted and job._write_to._is_alive()
