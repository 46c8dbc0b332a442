"""A warm shutdown without its waits: same promises, milliseconds instead of two seconds.

Celery 5.7 stops warmly in 1.6 to 2.4 s, nearly all of it asleep: the loop waits for its BRPOP,
each pool process sleeps 1 s after its last word, the pool's timer thread sleeps 0.5 s. Each wait is
cut short here and nothing else is changed: running tasks still finish and unacked messages still
go back. Off in a stock lab.
"""

from __future__ import annotations

import contextlib
import os
import time
from types import SimpleNamespace
from typing import Any


def install() -> None:
    """Wire the three shortcuts into this worker process, before the worker is made."""
    from celery import signals
    from celery.concurrency import prefork

    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)

    def on_ready(sender: Any, **_: Any) -> None:
        hub = getattr(sender, "hub", None)
        if hub is not None:
            hub.add_reader(wake_read, _wake, wake_read, sender)

    def on_stopping(**_: Any) -> None:
        with contextlib.suppress(OSError):
            os.write(wake_write, b".")

    signals.worker_ready.connect(on_ready, weak=False)
    signals.worker_shutting_down.connect(on_stopping, weak=False)
    signals.worker_process_shutdown.connect(_leave_at_once, weak=False)
    # The pool's on_stop looks `time` up in its module: only there does half a second become 20 ms.
    prefork.time = SimpleNamespace(
        **{**vars(time), "sleep": lambda seconds: time.sleep(min(seconds, 0.02))}
    )


def _leave_at_once(exitcode: int = 0, **_: Any) -> None:
    """The last thing a pool process does; its results were read before it was told to stop."""
    os._exit(exitcode)


def _wake(wake_read: int, consumer: Any) -> None:
    """Runs in the event loop: the loop is awake now, and its BRPOP is called back.

    CLIENT UNBLOCK is atomic in the server: either a message was popped and is on its way, or the
    answer is nil. No message is lost, as it could be if the connection were closed.
    """
    with contextlib.suppress(OSError):
        os.read(wake_read, 64)
    with contextlib.suppress(Exception):
        channel = consumer.task_consumer.channel
        blocked = channel.client.connection._sock.getsockname()
        with consumer.app.connection_for_write() as connection:
            client = connection.default_channel.client
            for row in client.client_list():
                if row["addr"] == f"{blocked[0]}:{blocked[1]}":
                    client.client_unblock(row["id"])
