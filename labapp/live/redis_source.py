"""Redis pushes: every state that a worker stores is published on a channel named as its key.

Subscribed by task id, never by pattern: pub/sub knows no database numbers, so a pattern would
hear the tasks of every app on that server. Events have channels that carry the number.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Set
from contextlib import contextmanager, suppress
from typing import Any, Literal

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

from labapp.live.broker import EventChannel
from labapp.live.redis_pubsub import ANSWER_WITHIN, Listener, chunks, sentence
from labapp.live.source import Count, News, Record, SourceError


class RedisSource:
    """One subscribed connection; a second one lives only while keys are read."""

    kind: Literal["live", "polling"] = "live"
    counts_chords = True

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.address = _address(backend.connparams)
        self.refused = False
        self._client: Redis | None = None
        self._listener: Listener | None = None
        self._ids: dict[bytes, str] = {}
        self._listens = False
        self._run_id: str | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def __del__(self) -> None:
        os.close(self._wake_read)
        os.close(self._wake_write)

    def open(self) -> bool:
        self.close()
        with self._told():
            self._client = self._connect()
            lost = self._restarted_empty(self._client)
            self._listener = Listener(self._client)
        return lost

    def add(self, ids: Collection[str]) -> None:
        keys = {self._key(task_id): task_id for task_id in ids}
        self._ids.update(keys)
        with self._told():
            self._heard.subscribe(keys)

    def remove(self, ids: Collection[str]) -> None:
        keys = [key for key in map(self._key, ids) if self._ids.pop(key, None) is not None]
        with self._told():
            self._heard.unsubscribe(keys)

    def listen(self, channels: Set[EventChannel]) -> Set[EventChannel]:
        here = {channel for channel in channels if channel.address == self.address}
        wanted = () if self.refused else {channel.pattern for channel in here}
        self._listens = bool(wanted)
        with self._told():
            self._heard.only_patterns(wanted)
        return channels - here

    def read(self, ids: Collection[str]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        with self._reading() as client:
            for chunk in chunks(ids):
                values: Any = client.mget([self._key(task_id) for task_id in chunk])
                records.update(zip(chunk, values, strict=True))
        return records

    def count(self, chords: Collection[str]) -> dict[str, Count | None]:
        """Five short commands a chord, in one round trip however many chords."""
        assert self._client is not None
        with self._told():
            pipe: Any = self._client.pipeline(transaction=False)
            for chord in chords:
                parts, size, more, over = (self._group_key(chord, end) for end in _COUNTERS)
                pipe.zcard(parts).llen(parts)  # one of the two, as result_chord_ordered has it
                pipe.get(size).get(more).get(over)
            answers = pipe.execute(raise_on_error=False)
        rows = zip(*[iter(answers)] * 5, strict=True)
        counts = {chord: _count(*row) for chord, row in zip(chords, rows, strict=True)}
        if all(count is not None and count.over for count in counts.values()):
            self._rest()  # else it is asked again in a moment
        return counts

    def wait(self, timeout: float, gather: bool = False) -> News:
        news = News()
        try:
            with self._told():
                if self._heard.wait(timeout, self._wake_read, gather):
                    os.read(self._wake_read, 65_536)
                for by_pattern, channel, data in self._heard.drain():
                    if by_pattern:
                        news.events.append(data)
                    elif (task_id := self._ids.get(channel)) is not None:
                        news.records[task_id] = data
        except SourceError as error:
            # Which of the two subscriptions was refused is not told: try without events.
            self.refused |= self._listens and isinstance(error.__cause__, NoPermissionError)
            raise
        return news

    def wake(self) -> None:
        with suppress(BlockingIOError):  # it is full of wake-ups already
            os.write(self._wake_write, b"\0")

    def close(self) -> None:
        listener, client = self._listener, self._client
        self._listener = self._client = None
        self._ids.clear()
        if listener is not None:
            listener.close()
        elif client is not None:
            client.close()

    @property
    def _heard(self) -> Listener:
        assert self._listener is not None
        return self._listener

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise SourceError(sentence(error, self.address)) from error

    @contextmanager
    def _reading(self) -> Iterator[Redis]:
        assert self._client is not None
        with self._told():
            yield self._client
            self._rest()

    def _rest(self) -> None:
        """Reading happens when somebody starts to watch; between times it holds nothing open."""
        if self._client is not None:
            self._client.connection_pool.disconnect(inuse_connections=False)

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

    def _key(self, task_id: str) -> bytes:
        key: bytes = self._backend.get_key_for_task(task_id)
        return key

    def _group_key(self, group_id: str, end: str) -> bytes:
        key: bytes = self._backend.get_key_for_group(group_id, end)
        return key


# The results that are in, the size as it was sent, what replaced tasks add, and a mark at the end.
_COUNTERS = (".j", ".s", ".t", ".c")


def _count(ordered: Any, listed: Any, size: Any, more: Any, over: Any) -> Count | None:
    ended = max(number if isinstance(number, int) else 0 for number in (ordered, listed))
    try:
        total = int(size) + int(more or 0) if isinstance(size, bytes) else None
    except ValueError:
        total = None
    if over == b"done":
        return Count(ended, total, True)
    if not ended and total is None:
        return None
    return Count(ended, total, total is not None and ended >= total)


def _address(params: dict[str, Any]) -> str:
    return str(params.get("path") or f"{params.get('host')}:{params.get('port')}")
