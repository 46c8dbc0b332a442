"""Celery's events, with what a picture needs and they leave out.

That a task was sent, to which queue and in which group; which try it is; and which of the pool's
processes runs it, where Celery's own events carry the pid of the worker. Off in a stock lab.
"""

from __future__ import annotations

import functools
import mmap
from collections.abc import Callable
from typing import Any


class Flag:
    """One bit that a worker shares with the children that it forks."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1)

    def set(self, up: bool) -> None:
        """Put it up or down."""
        self._page[0] = int(up)

    def __call__(self) -> bool:
        return bool(self._page[0])


somebody_looks = Flag()
"""In a worker: whether events are wanted, as its main process has found out last."""


def install(wanted: Callable[[], bool] = lambda: True) -> None:
    """Tell of each task that this process sends, while that is wanted."""
    from celery.app.amqp import AMQP

    AMQP.as_task_v2 = telling_of_sending(AMQP.as_task_v2, lambda amqp: wanted())


def install_in_worker() -> None:
    """The same while somebody looks, and the pool's own pids."""
    install(somebody_looks)
    from celery.worker.request import Request

    Request.send_event = _with_child(Request.send_event)


def telling_of_sending(as_task: Any, wanted: Callable[[Any], bool]) -> Any:
    """A maker of messages that also makes the event of their being sent, where it is wanted."""

    @functools.wraps(as_task)
    def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        message = as_task(self, *args, **kwargs)
        if not wanted(self):
            return message
        headers = message.headers
        sent = message.sent_event or {
            "uuid": headers["id"],
            "name": headers["task"],
            "root_id": headers["root_id"],
            "parent_id": headers["parent_id"],
            "retries": headers["retries"],
            "eta": headers["eta"],
        }
        more = {"group_id": headers.get("group"), "ignore_result": headers.get("ignore_result")}
        return message._replace(sent_event={**sent, **more})

    return told


def _with_child(send_event: Any) -> Any:
    @functools.wraps(send_event)
    def told(self: Any, type: str, **fields: Any) -> Any:
        fields.setdefault("retries", self.request_dict.get("retries") or 0)
        if type == "task-started":
            fields["child_pid"] = self.worker_pid
            fields["group_id"] = self.group
            fields["queue"] = (self.delivery_info or {}).get("routing_key")
        return send_event(self, type, **fields)

    return told
