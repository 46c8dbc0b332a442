"""The Celery client of one Stack: a bare app that reads results and asks workers, no more."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any

#: Seconds before a call gives up on a Redis that is gone or frozen.
PATIENCE = 2.0
NEEDED = ("httpx", "celery.backends.redis", "kombu.transport.redis")


def import_client() -> None:
    """Begin to import what the first request needs, while the services start on another core.

    On a thread, which no interrupt reaches: an import that is cut in half stays broken until the
    kernel is restarted. Whoever needs a module sooner waits for it, as for any import.
    """
    threading.Thread(target=lambda: [importlib.import_module(name) for name in NEEDED]).start()


def bare_client(broker: str, backend: str, viewers_key: str | None = None) -> Any:
    """A Celery app of its own, so that the kernel need not import the learner's module.

    Calls fail within seconds when Redis is gone; unconfigured, `.delay()` would hang for 19 s.
    CELERY_* variables of the kernel, which override every setting elsewhere, do not reach it.
    Whoever is in its list `tell_of_sent` hears the id and the name of each task that it has sent;
    in `tell_of_taken_back`, the ids of those whose messages the lab has taken out of a queue again;
    in `tell_of_end`, the id and the state of one whose result the lab has fetched and deleted.
    `viewers_key` is what the workers look at to know whether somebody wants their events; with it
    the client too tells of what it sends, while anybody is in its list `tell_of_sent`.
    """
    from celery import Celery
    from celery.app.amqp import AMQP
    from celery.app.control import Control
    from celery.loaders.app import AppLoader

    from labapp.lab.boot.telling import telling_of_sending
    from labapp.lab.results import PatientResult

    class Telling(AMQP):  # type: ignore[misc]
        as_task_v2 = telling_of_sending(AMQP.as_task_v2, lambda amqp: bool(amqp.app.tell_of_sent))

    class Unread(AppLoader):  # type: ignore[misc]
        def read_configuration(self, env: str = "") -> dict[str, Any]:
            return {}

    class Impatient(Control):  # type: ignore[misc]
        """Asks over a new connection: over one that broke, kombu's tries never end."""

        def broadcast(self, *args: Any, connection: Any = None, **kwargs: Any) -> Any:
            if connection is not None:
                return super().broadcast(*args, connection=connection, **kwargs)
            with self.app.connection_for_write() as new:
                return super().broadcast(*args, connection=new, **kwargs)

    class Client(Celery):  # type: ignore[misc]
        backend_cls = backend
        control_cls = Impatient
        amqp_cls = "celery.app.amqp:AMQP" if viewers_key is None else Telling

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.tell_of_sent: list[Callable[[str, str], object]] = []
            self.tell_of_taken_back: list[Callable[[Collection[str]], object]] = []
            self.tell_of_end: list[Callable[[str, str], object]] = []

        def send_task(self, name: str, *args: Any, **kwargs: Any) -> Any:
            result = super().send_task(name, *args, **kwargs)
            for told in list(self.tell_of_sent):
                told(result.id, name)
            return result

        @cached_property
        def AsyncResult(self) -> Any:  # noqa: N802
            return self.subclass_with_self(PatientResult)

        def connection_for_read(self, url: str | None = None, **options: Any) -> Any:
            return super().connection_for_read(url or broker, **options)

        def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
            return super().connection_for_write(url or broker, **options)

    app = Client("lab", broker=broker, backend=backend, loader=Unread, set_as_current=False)
    patient = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    app.conf.update(
        accept_content=["json"],
        result_accept_content=["json"],
        labapp_viewers_key=viewers_key,
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


def retire(client: Any) -> None:
    """Close a client whose Redis is about to go.

    Results that outlive it would unsubscribe when they are collected, and print a traceback.
    """
    client.backend.result_consumer.subscribed_to.clear()
    client.close()
