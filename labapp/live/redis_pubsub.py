"""One subscribed connection to a Redis server: channels by name, and patterns for events."""

from __future__ import annotations

import selectors
import time
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, TypeVar

from redis import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    ResponseError,
    TimeoutError,
)

T = TypeVar("T")
CHUNK = 1_000
ANSWER_WITHIN = 2.0
QUIET = 1.0
DRAIN_AT_MOST = 0.05


class Listener:
    """Says what is published; notices a server that is frozen. Used by one thread.

    Every method may raise RedisError or OSError.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pubsub: Any = client.pubsub(ignore_subscribe_messages=True)
        self._patterns: set[bytes] = set()
        self._heard = time.monotonic()
        self._asked: float | None = None

    def subscribe(self, channels: Collection[bytes]) -> None:
        self._heard = time.monotonic()
        for chunk in chunks(channels):
            self._pubsub.subscribe(*chunk)

    def unsubscribe(self, channels: Collection[bytes]) -> None:
        for chunk in chunks(channels):
            self._pubsub.unsubscribe(*chunk)

    def only_patterns(self, patterns: Collection[bytes]) -> None:
        """Hear what is published on channels that match, and no longer what matched before."""
        wanted = set(patterns)
        if new := wanted - self._patterns:
            self._pubsub.psubscribe(*new)
        if left := self._patterns - wanted:
            self._pubsub.punsubscribe(*left)
        self._patterns = wanted

    def wait(self, timeout: float, wake: int, gather: bool = False) -> bool:
        """Wait until something arrives, or the descriptor ``wake`` can be read: then True.

        To ``gather`` is to wait for that descriptor and for the time alone.
        """
        self._check_pulse()
        if not gather and self.readable():
            return False
        connection = self._pubsub.connection
        # redis-py has no public name for its socket; without it this is a wait of one tick.
        sock = getattr(connection, "_sock", None)
        if sock is None and connection is not None:
            timeout = min(timeout, DRAIN_AT_MOST)
        with selectors.DefaultSelector() as selector:
            selector.register(wake, selectors.EVENT_READ)
            if sock is not None and not gather:
                selector.register(sock, selectors.EVENT_READ)
            return any(key.fd == wake for key, _ in selector.select(max(0.0, timeout)))

    def readable(self) -> bool:
        connection = self._pubsub.connection
        return connection is not None and bool(connection.can_read(timeout=0))

    def drain(self) -> Iterator[tuple[bool, bytes, bytes]]:
        """All that has arrived, as (by pattern, channel, data); ends after one tick in a flood."""
        until = time.monotonic() + DRAIN_AT_MOST
        while self.readable() and time.monotonic() < until:
            message = self._pubsub.get_message(timeout=ANSWER_WITHIN)
            self._heard, self._asked = time.monotonic(), None
            if message is not None and message["type"] in ("message", "pmessage"):
                yield message["type"] == "pmessage", message["channel"], message["data"]

    def close(self) -> None:
        self._pubsub.close()
        self._client.close()

    def _check_pulse(self) -> None:
        """A frozen server keeps its connections open: only an unanswered PING tells."""
        now = time.monotonic()
        if self._asked is not None and now - self._asked > ANSWER_WITHIN:
            raise TimeoutError("no answer to PING")
        if self._asked is None and now - self._heard > QUIET and self._pubsub.subscribed:
            self._pubsub.ping()
            self._asked = now


def sentence(error: Exception, where: str) -> str:
    """What is wrong with a Redis server, without its password."""
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


def chunks(items: Collection[T]) -> Iterator[list[T]]:
    """The items in lists of a thousand: no single command holds the server up."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
