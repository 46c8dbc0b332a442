"""The Celery client of one Stack: a bare app that reads results and asks workers, no more."""

from __future__ import annotations

from typing import Any

#: Seconds before a call gives up on a Redis that is gone or frozen.
PATIENCE = 2.0


def bare_client(broker: str, backend: str) -> Any:
    """A Celery app of its own, so that the kernel need not import the learner's module.

    Calls fail within seconds when Redis is gone; unconfigured, `.delay()` would hang for 19 s.
    """
    from celery import Celery

    app = Celery("lab", broker=broker, backend=backend, set_as_current=False)
    patient = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    app.conf.update(
        accept_content=["json"],
        result_accept_content=["json"],
        broker_connection_timeout=PATIENCE,
        task_publish_retry=False,
        redis_socket_connect_timeout=PATIENCE,
        redis_socket_timeout=PATIENCE,
        redis_retry_on_timeout=False,
        result_backend_transport_options={"retry_policy": {"timeout": PATIENCE, **patient}},
    )
    if broker.startswith(("redis://", "rediss://")):
        app.conf.broker_transport_options = {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            **patient,
        }
    return app
