"""Where a Celery app's events are heard, and who is to be asked to send them.

With a Redis broker events are published, on channels that carry the number of the database:
``/0.celeryev/task.multi``. So those of two apps in two databases never mix, as results could.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    from celery import Celery

PATIENCE = 2.0
"""Seconds before a server that does not answer is given up."""
ALIVE = 10
"""Seconds that workers send events for after a viewer was last there."""


@dataclass(frozen=True)
class EventChannel:
    """One app's events: the pattern to subscribe to, and how its workers are asked for them.

    ``key`` is what the workers of a lab look at: they send events while it lives. Without a key
    workers are asked by a broadcast, which is never taken back.
    """

    address: str
    pattern: bytes
    key: str | None
    params: dict[str, Any] = field(repr=False, compare=False)
    options: dict[str, Any] = field(repr=False, compare=False)
    app: Celery = field(repr=False, compare=False)

    def connect(self) -> Redis:
        """A client of the broker that fails within seconds where there is no server."""
        return Redis(
            **self.params,
            protocol=2,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )

    def hold(self) -> None:
        """Keep the key alive for ten seconds more: somebody is looking. Raises RedisError."""
        if self.key is not None:
            client = self.connect()
            try:
                client.set(self.key, "1", ex=ALIVE)
            finally:
                client.close()

    def broadcast(self) -> None:
        """Ask the workers that are there now; on a thread, since a broker may keep it waiting."""
        threading.Thread(target=self._enable, name="labapp-ask", daemon=True).start()

    def _enable(self) -> None:
        try:
            self.app.control.enable_events()
        except Exception:  # results are shown all the same, and the display says so
            return


def event_channel(app: Celery, ask: bool = False) -> EventChannel | None:
    """The channel of an app's events; None where nobody is asked for them, or none can be heard.

    A lab's own app names the key of its viewers in its configuration. For any other, workers are
    asked only with ``ask``. Events are heard through Redis alone, not through Sentinel.
    """
    key = app.conf.get("labapp_viewers_key")
    if key is None and not ask:
        return None
    connection = app.connection_for_read()
    if type(connection.transport).__module__ != "kombu.transport.redis":
        return None
    if type(connection.transport).__name__ != "Transport":
        return None
    params = redis_params(connection)
    options = connection.transport_options or {}
    return EventChannel(
        address=str(params.get("unix_socket_path") or f"{params['host']}:{params['port']}"),
        pattern=_pattern(options, params["db"], app.conf.event_exchange).encode(),
        key=key,
        params=params,
        options=options,
        app=app,
    )


def redis_params(connection: Any) -> dict[str, Any]:
    """What redis-py needs to reach the broker that a kombu connection names, without reaching."""
    login = {"username": connection.userid or None, "password": connection.password or None}
    database = _database(connection.virtual_host)
    if "://" in (connection.hostname or ""):
        from redis.connection import parse_url

        told = parse_url("unix" + connection.hostname.partition("socket")[2])
        path, number = told.get("path"), _database(told.get("virtual_host", database))
        return {**login, "unix_socket_path": path, "db": number}
    where = {"host": connection.hostname or "127.0.0.1", "port": connection.port or 6379}
    ssl = connection.ssl
    secure = {"ssl": True, **(ssl if isinstance(ssl, dict) else {})} if ssl else {}
    return {**where, **login, "db": database, **secure}


def _database(name: Any) -> int:
    text = str(name or "").strip("/")
    return int(text) if text.isdigit() else 0


def _pattern(options: dict[str, Any], database: int, exchange: str) -> str:
    """As kombu names its fanout channels; its options may leave parts of the name out."""
    prefix = options.get("fanout_prefix", True)
    start = prefix if isinstance(prefix, str) else "/{db}." if prefix else ""
    name = options.get("global_keyprefix", "") + start.format(db=database) + exchange
    return f"{name}/*" if options.get("fanout_patterns", True) else name
