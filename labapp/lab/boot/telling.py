"""Celery's events, with what a picture needs and they leave out.

That a task was sent, to which queue and in which group; which try it is; and which of the pool's
processes runs it, where Celery's own events carry the pid of the worker. Off in a stock lab.
"""

from __future__ import annotations

import functools
from typing import Any


def install() -> None:
    """Add to what Celery tells in this process; who wants no events gets none."""
    from celery.app.amqp import AMQP

    AMQP.as_task_v2 = telling_of_sending(AMQP.as_task_v2)


def install_in_worker() -> None:
    """The same, and the pool's own pids."""
    install()
    from celery.worker.request import Request

    Request.send_event = _with_child(Request.send_event)


def telling_of_sending(as_task: Any) -> Any:
    """A maker of messages that also makes the event of their being sent."""

    @functools.wraps(as_task)
    def told(*args: Any, **kwargs: Any) -> Any:
        message = as_task(*args, **kwargs)
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
