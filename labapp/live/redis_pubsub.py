"""Redis pushes: every state that a worker stores is published on a channel named as its key.

Subscribed by task id, never by pattern: pub/sub knows no database numbers, so a pattern would
hear the tasks of every app on that server.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Literal, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

from labapp.live.source import Record, SourceError

T = TypeVar("T")
CHUNK = 1_000
ANSWER_WITHIN = 2.0
QUIET = 1.0
DRAIN_AT_MOST = 0.05


class RedisSource:
    """One subscribed connection; a second one lives only while keys are read."""

    kind: Literal["live", "polling"] = "live"

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.address = _address(backend.connparams)
        self._client: Redis | None = None
        self._pubsub: Any = None
        self._ids: dict[bytes, str] = {}
        self._run_id: str | None = None
        self._heard = 0.0
        self._asked: float | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def __del__(self) -> None:
        os.close(self._wake_read)
        os.close(self._wake_write)

    def open(self) -> bool:
        self.close()
        try:
            self._client = self._connect()
            lost = self._restarted_empty(self._client)
            self._pubsub = self._client.pubsub(ignore_subscribe_messages=True)
        except (RedisError, OSError) as error:
            raise SourceError(self._sentence(error)) from error
        self._heard, self._asked = time.monotonic(), None
        return lost

    def add(self, ids: Collection[str]) -> None:
        keys = {self._key(task_id): task_id for task_id in ids}
        self._ids.update(keys)
        self._heard = time.monotonic()
        self._tell(self._pubsub.subscribe, keys)

    def remove(self, ids: Collection[str]) -> None:
        keys = [key for key in map(self._key, ids) if self._ids.pop(key, None) is not None]
        self._tell(self._pubsub.unsubscribe, keys)

    def read(self, ids: Collection[str]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        assert self._client is not None
        try:
            for chunk in _chunks(ids):
                values: Any = self._client.mget([self._key(task_id) for task_id in chunk])
                records.update(zip(chunk, values, strict=True))
            # Reading happens when somebody starts to watch; between times it holds nothing open.
            self._client.connection_pool.disconnect(inuse_connections=False)
        except (RedisError, OSError) as error:
            raise SourceError(self._sentence(error)) from error
        return records

    def wait(self, timeout: float) -> dict[str, Record]:
        try:
            self._check_pulse()
            if not self._readable():
                self._select(timeout)
            return self._drain()
        except (RedisError, OSError) as error:
            raise SourceError(self._sentence(error)) from error

    def wake(self) -> None:
        with suppress(BlockingIOError):  # it is full of wake-ups already
            os.write(self._wake_write, b"\0")

    def close(self) -> None:
        pubsub, client = self._pubsub, self._client
        self._pubsub = self._client = None
        self._ids.clear()
        if pubsub is not None:
            pubsub.close()
        if client is not None:
            client.close()

    def _connect(self) -> Redis:
        # redis-py's own ten retries would hide for a minute that Redis is gone; RESP2 is cheaper
        # to read; the feed has its own pulse.
        params = {
            **self._backend.connparams,
            "protocol": 2,
            "decode_responses": False,
            "socket_timeout": ANSWER_WITHIN,
            "retry": Retry(NoBackoff(), 0),
            "retry_on_timeout": False,
            "health_check_interval": 0,
            "max_connections": None,
        }
        if "socket_connect_timeout" in params:  # a socket file's connection takes none
            params["socket_connect_timeout"] = ANSWER_WITHIN
        client: Redis = self._backend._create_client(**params)
        return client

    def _restarted_empty(self, client: Redis) -> bool:
        """Whether another server process answers than before, and it has loaded no keys."""
        try:
            server: dict[str, Any] = client.info("server")
            loaded: dict[str, Any] = client.info("persistence")
        except (NoPermissionError, ResponseError):
            return False
        before, self._run_id = self._run_id, str(server.get("run_id"))
        if before is None or before == self._run_id:
            return False
        return not loaded.get("rdb_last_load_keys_loaded") and not loaded.get("aof_enabled")

    def _tell(self, command: Any, keys: Collection[bytes]) -> None:
        try:
            for chunk in _chunks(keys):
                command(*chunk)
        except (RedisError, OSError) as error:
            raise SourceError(self._sentence(error)) from error

    def _check_pulse(self) -> None:
        """A frozen server keeps its connections open: only an unanswered PING tells."""
        now = time.monotonic()
        if self._asked is not None and now - self._asked > ANSWER_WITHIN:
            raise TimeoutError("no answer to PING")
        if self._asked is None and now - self._heard > QUIET and self._pubsub.subscribed:
            self._pubsub.ping()
            self._asked = now

    def _readable(self) -> bool:
        connection = self._pubsub.connection
        return connection is not None and bool(connection.can_read(timeout=0))

    def _select(self, timeout: float) -> None:
        connection = self._pubsub.connection
        # redis-py has no public name for its socket; without it this is a wait of one tick.
        sock = getattr(connection, "_sock", None)
        if sock is None and connection is not None:
            timeout = min(timeout, DRAIN_AT_MOST)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            if sock is not None:
                selector.register(sock, selectors.EVENT_READ)
            for key, _ in selector.select(max(0.0, timeout)):
                if key.fd == self._wake_read:
                    os.read(self._wake_read, 65_536)

    def _drain(self) -> dict[str, Record]:
        """All that has arrived, the newest of each task; stops after one tick in a flood."""
        newest: dict[str, Record] = {}
        until = time.monotonic() + DRAIN_AT_MOST
        while self._readable() and time.monotonic() < until:
            message = self._pubsub.get_message(timeout=ANSWER_WITHIN)
            self._heard, self._asked = time.monotonic(), None
            if message is None or message["type"] != "message":
                continue
            task_id = self._ids.get(message["channel"])
            if task_id is not None:
                newest[task_id] = message["data"]
        return newest

    def _key(self, task_id: str) -> bytes:
        key: bytes = self._backend.get_key_for_task(task_id)
        return key

    def _sentence(self, error: Exception) -> str:
        where = self.address
        if isinstance(error, AuthenticationError) or "authentication" in str(error).lower():
            return f"Redis at {where} wants another password."
        if isinstance(error, TimeoutError):
            return f"Redis at {where} does not answer."
        if isinstance(error, BusyLoadingError):
            return f"Redis at {where} is still loading its data."
        if isinstance(error, NoPermissionError):
            return f"Redis at {where} does not let this user subscribe to results."
        if isinstance(error, ResponseError):
            return f"Redis at {where} refuses to tell about results."
        return f"Redis at {where} is gone."


def _address(params: dict[str, Any]) -> str:
    return str(params.get("path") or f"{params.get('host')}:{params.get('port')}")


def _chunks(items: Collection[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
